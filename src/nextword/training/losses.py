"""What a prediction costs: the cross-entropy of the targets by the exact softmax, or by a sampled one.

Input: hidden vectors, targets and the output matrix. Output: nats a target, differentiable, on every Keras backend.
"""

from typing import Any

from keras import ops

from nextword.networks.config import Precision
from nextword.networks.layers import IMPOSSIBLE, take_rows, value_of, with_own_gradient
from nextword.networks.products import product
from nextword.tokens.vocabulary import PAD_ID


def exact_cross_entropy(hidden: Any, targets: Any, table: Any, bias: Any, precision: Precision) -> Any:
    """Return the cross-entropy of each target by the softmax over the whole vocabulary, in nats, shape (N,).

    Args:
        hidden: Vectors (N, D).
        targets: Token ids (N,).
        table: Output matrix (V, D).
        bias: (V,).
        precision: Of the product with the output matrix.
    """
    of_target = ops.sum(hidden * take_rows(table, targets), axis=-1) + ops.take(bias, targets)
    is_pad = ops.arange(bias.shape[0]) == PAD_ID
    logits = product(hidden, ops.transpose(table), precision) + ops.where(is_pad, IMPOSSIBLE, value_of(bias))  # (N, V)
    return _log_of_sum(ops.full_like(of_target, IMPOSSIBLE), logits) - of_target


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
    num_targets = targets.shape[0]
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
