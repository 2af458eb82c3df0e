"""What a prediction costs: the cross-entropy of the targets by the exact softmax, or by a sampled one.

Input: hidden vectors, targets and the output matrix. Output: nats a target, differentiable, on every Keras backend.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from keras import ops

from nextword.networks.clusters import Tail
from nextword.networks.config import Precision
from nextword.networks.layers import IMPOSSIBLE, take_rows, value_of, with_own_gradient
from nextword.networks.products import product
from nextword.tokens.vocabulary import PAD_ID


class OutputWeights(NamedTuple):
    """The weights of an output layer.

    Attributes:
        table: Rows of all words, (V, D), or of the head, (h, D).
        bias: (V,).
        tails: The clusters behind the head.
        cluster_kernel: What makes of vectors the logits of the clusters, (D, C); None without clusters.
        cluster_bias: (C,); None without clusters.
    """

    table: Any
    bias: Any
    tails: Sequence[Tail] = ()
    cluster_kernel: Any = None
    cluster_bias: Any = None


class Sample(NamedTuple):
    """Words that targets are compared with.

    Attributes:
        negatives: Ids, (K,).
        log_expected: Natural log of how often each of them is expected in the sample, (K,).
    """

    negatives: Any
    log_expected: Any


def exact_cross_entropy(
    hidden: Any, targets: Any, table: Any, bias: Any, precision: Precision, *, has_pad: bool = True
) -> Any:
    """Return the cross-entropy of each target by the softmax over the whole vocabulary, in nats, shape (N,).

    Args:
        hidden: Vectors (N, D).
        targets: Token ids (N,).
        table: Output matrix (V, D).
        bias: (V,).
        precision: Of the product with the output matrix.
        has_pad: Whether the first row is that of `<pad>`, which never comes.
    """
    of_target = ops.sum(hidden * take_rows(table, targets), axis=-1) + ops.take(bias, targets)
    biases = value_of(bias)
    if has_pad:
        biases = ops.where(ops.arange(bias.shape[0]) == PAD_ID, IMPOSSIBLE, biases)
    logits = product(hidden, ops.transpose(table), precision) + biases  # (N, V)
    return _log_of_sum(ops.full_like(of_target, IMPOSSIBLE), logits) - of_target


def clustered_cross_entropy(
    hidden: Any,
    targets: Any,
    places: Sequence[Any],
    output: OutputWeights,
    precision: Precision,
    samples: Sequence[Sample] = (),
) -> Any:
    """Return the cross-entropy of each target by the softmax over head and clusters, in nats, shape (N,).

    Every target costs the softmax of the head; one in a cluster costs that of the cluster too.

    Args:
        hidden: Vectors (N, D).
        targets: Token ids (N,).
        places: For each cluster, which of the targets are in it, positions (K,); behind them any number of -1.
        output: With clusters.
        precision: Of the large products.
        samples: Words of the head, and of each cluster counted from its first, that stand for all of them; none for the
            exact softmax. The clusters themselves are always among those of the head.

    References:
        Grave et al., 2017, Efficient softmax approximation for GPUs.
    """
    size = output.tails[0].first
    in_head = targets
    for number, tail in enumerate(output.tails):
        inside = ops.logical_and(targets >= tail.first, targets < tail.last)
        in_head = ops.where(inside, size + number, in_head)
    table = ops.concatenate([output.table, ops.transpose(output.cluster_kernel)], axis=0)
    bias = value_of(output.bias)
    biases = ops.concatenate([bias[:size], output.cluster_bias], axis=0)
    if samples:
        clusters = ops.arange(size, size + len(output.tails), dtype="int32")
        negatives = ops.concatenate([samples[0].negatives, clusters])
        log_expected = ops.concatenate([samples[0].log_expected, ops.zeros(len(output.tails))])
        total = sampled_cross_entropy(hidden, in_head, negatives, log_expected, table, biases, precision)
    else:
        total = exact_cross_entropy(hidden, in_head, table, biases, precision)
    for number, (tail, of_cluster) in enumerate(zip(output.tails, places, strict=True), start=1):
        positions = ops.maximum(of_cluster, 0)
        within = ops.clip(ops.take(targets, positions) - tail.first, 0, tail.last - tail.first - 1)
        narrow = ops.matmul(take_rows(hidden, positions), ops.transpose(tail.projection))
        biases = bias[tail.first : tail.last]
        if samples:
            nats = sampled_cross_entropy(narrow, within, *samples[number], tail.table, biases, precision)
        else:
            nats = exact_cross_entropy(narrow, within, tail.table, biases, precision, has_pad=False)
        nats = nats * ops.cast(of_cluster >= 0, nats.dtype)
        total = total + ops.segment_sum(nats, positions, num_segments=hidden.shape[0])
    return total


def sampled_cross_entropy(
    hidden: Any, targets: Any, negatives: Any, log_expected: Any, table: Any, bias: Any, precision: Precision
) -> Any:
    """Return an estimate of the cross-entropy of each target from a sample of the vocabulary, in nats, shape (N,).

    Each negative is weighted by 1 / its expected count, so that their sum estimates the sum over the whole vocabulary
    (the log-q correction).

    Args:
        hidden: Vectors (N, D).
        targets: Token ids (N,).
        negatives: Token ids (K,), shared by all targets; one that is the target itself does not count.
        log_expected: Natural log of how often each negative is expected in the sample, (K,).
        table: Output matrix (V, D).
        bias: (V,).
        precision: Of the product with the negatives' rows.

    References:
        Jean et al., 2015, On Using Very Large Target Vocabulary for Neural Machine Translation.
    """
    num_targets = ops.shape(targets)[0]
    ids = ops.concatenate([targets, negatives])
    rows, biases = take_rows(table, ids), ops.take(bias, ids)
    of_target = ops.sum(hidden * rows[:num_targets], axis=-1) + biases[:num_targets]
    of_negatives = product(hidden, ops.transpose(rows[num_targets:]), precision)
    of_negatives = of_negatives + (biases[num_targets:] - log_expected)  # (N, K)
    hits = ops.expand_dims(targets, 1) == ops.expand_dims(negatives, 0)
    return _log_of_sum(of_target, ops.where(hits, IMPOSSIBLE, of_negatives)) - of_target


@with_own_gradient
def _log_of_sum(first: Any, others: Any) -> Any:
    """Return log(exp(first) + sum of exp(others)) for rows, (N,) and (N, K); the exponentials are taken only once."""
    highest = ops.maximum(first, ops.max(others, axis=-1))  # (N,)
    powers = ops.exp(others - highest[:, None])
    power = ops.exp(first - highest)
    total = power + ops.sum(powers, axis=-1)

    def gradient(*upstream: Any) -> Any:
        share = upstream[0] / total
        return share * power, share[:, None] * powers

    return ops.log(total) + highest, gradient
