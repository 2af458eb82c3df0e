"""Token ids -> batches of inputs and targets.

Input: one stream of token ids. Output: equal windows of B parallel parts of the stream, in reading order, so that the
state a network ends one batch with is the state its next batch begins with. Every token is a target exactly once. Pure
NumPy: what is random is drawn from a given generator.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.files.temporary import pieces_of
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, UNK_ID
from nextword.training.order import TextStream


@dataclass(frozen=True, slots=True)
class Batches:
    """S batches of B rows of T tokens.

    Attributes:
        inputs: Token ids, int32 of shape (S, B, T).
        targets: The next token of every input, int32 of shape (S, B, T); `<pad>` (0) where a row has ended and
            where the token does not count in the loss.
        keeps: What the state before every input is multiplied by, float32 of shape (S, B, T): 0 where a text is read
            from a fresh start, else 1.
    """

    inputs: NDArray[np.int32]
    targets: NDArray[np.int32]
    keeps: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number S of batches."""
        return len(self.inputs)


def build_batches(stream: TextStream, batch_size: int, sequence_length: int) -> Batches:
    """Cut a stream into B parallel rows, and the rows into windows of T tokens.

    The input of every target is the token before it, across windows and rows too, and `<eos>` at a fresh start: the
    state of nothing read yet. Rows are padded on the right, where no target is.

    Args:
        stream: N tokens, N at least 1.
        batch_size: Rows B.
        sequence_length: Tokens T in a window.

    Examples:
        >>> stream = TextStream(np.arange(3, 10, dtype=np.int32), starts=np.array([0, 2]))
        >>> batches = build_batches(stream, batch_size=2, sequence_length=3)
        >>> batches.inputs[0].tolist(), batches.targets[0].tolist()
        ([[2, 3, 2], [6, 7, 8]], [[3, 4, 5], [7, 8, 9]])
        >>> batches.keeps[0].tolist(), batches.targets[1].tolist()
        ([[0.0, 1.0, 0.0], [1.0, 1.0, 1.0]], [[6, 0, 0], [0, 0, 0]])
    """
    ids, loss_mask, starts = stream.ids, stream.loss_mask, stream.starts
    row_length = -(-len(ids) // batch_size)
    num_windows = -(-row_length // sequence_length)

    def cut(values: NDArray[Any], padding: float) -> NDArray[Any]:
        rows = np.full(batch_size * row_length, padding, dtype=values.dtype)
        rows[: len(values)] = values
        padded = np.full((batch_size, num_windows * sequence_length), padding, dtype=values.dtype)
        padded[:, :row_length] = rows.reshape(batch_size, row_length)
        return np.ascontiguousarray(padded.reshape(batch_size, num_windows, sequence_length).swapaxes(0, 1))

    targets = ids if loss_mask is None else np.where(loss_mask, ids, np.int32(PAD_ID))
    inputs = np.concatenate(([EOS_ID], ids[:-1])).astype(np.int32)
    keeps = np.ones(len(ids), np.float32)
    if starts is not None:
        inputs[starts] = EOS_ID
        keeps[starts] = 0.0
    return Batches(cut(inputs, PAD_ID), cut(targets, PAD_ID), cut(keeps, 1.0))


def build_validation_batches(stream: TextStream, batch_size: int, sequence_length: int) -> Batches:
    """Cut a stream as `build_batches` does, in so few rows that each has 20 windows or more; the others stay empty.

    Every row begins knowing nothing of what came before, which in many short rows would make a model look worse.

    Args:
        stream: N tokens, N at least 1.
        batch_size: Rows B, the empty ones included.
        sequence_length: Tokens T in a window.

    Examples:
        >>> build_validation_batches(TextStream(np.arange(3, 9, dtype=np.int32)), 2, 4).targets[:, 0].tolist()
        [[3, 4, 5, 6], [7, 8, 0, 0]]
    """
    rows = max(1, min(batch_size, len(stream.ids) // (20 * sequence_length)))
    batches = build_batches(stream, rows, sequence_length)
    empty = ((0, 0), (0, batch_size - rows), (0, 0))
    return Batches(np.pad(batches.inputs, empty), np.pad(batches.targets, empty), np.pad(batches.keeps, empty))


# Room for the targets of a cluster grows in such steps, where every number of them has to be compiled.
PLACES = 32


def most_in_clusters(
    targets_of_steps: Iterable[NDArray[np.int32]], spans: Sequence[tuple[int, int]]
) -> tuple[int, ...]:
    """Return how many targets of one batch are in each cluster of words at most, rounded up to a multiple of 32.

    Args:
        targets_of_steps: Targets (B, T) of each batch of an epoch.
        spans: First id of each cluster, and the id behind its last.

    Examples:
        >>> most_in_clusters(np.arange(3, 99).reshape(2, 4, 12), ((5, 9), (9, 99)))
        (32, 64)
    """
    most = [0] * len(spans)
    for targets in targets_of_steps if spans else ():
        for number, (first, last) in enumerate(spans):
            most[number] = max(most[number], int(np.count_nonzero((targets >= first) & (targets < last))))
    return tuple(PLACES * max(1, -(-count // PLACES)) for count in most)


def places_in_clusters(
    targets: NDArray[np.int32], spans: Sequence[tuple[int, int]], sizes: Sequence[int] = ()
) -> list[NDArray[np.int32]]:
    """Return which targets of a batch are in each cluster of words.

    Args:
        targets: (B, T).
        spans: First id of each cluster, and the id behind its last.
        sizes: How many places to return for each; by default as many as there are, and one at least.

    Returns:
        Positions among the B * T targets, int32 of shape (size,) each; -1 behind the last.

    Examples:
        >>> [places.tolist() for places in places_in_clusters(np.array([[3, 7], [9, 5]]), ((5, 8), (8, 10)), (3, 1))]
        [[1, 3, -1], [2]]
    """
    places = []
    flat = targets.reshape(-1)
    for number, (first, last) in enumerate(spans):
        found = np.flatnonzero((flat >= first) & (flat < last))
        places.append(np.full(sizes[number] if sizes else max(1, len(found)), -1, np.int32))
        places[-1][: len(found)] = found
    return places


def find_once_seen(ids: NDArray[np.int32], counts: NDArray[np.int64] | None = None) -> NDArray[np.bool_] | None:
    """Return which tokens are words seen once, which may be read as `<unk>` so that unknown words have a probability.

    Args:
        ids: Token ids of shape (N,).
        counts: How often each token was seen, integers of shape (V,), 0 for role tokens; None counts `ids`.

    Returns:
        Booleans of shape (N,); None for a stream that has `<unk>` already.

    Examples:
        >>> find_once_seen(np.array([3, 4, 3, 2], np.int32)).tolist()
        [False, True, False, False]
        >>> find_once_seen(np.array([3, 4, 3, 2], np.int32), np.array([0, 0, 1, 2, 9])).any()
        np.False_
    """
    parts = list(pieces_of(len(ids)))
    if any((ids[part] == UNK_ID).any() for part in parts):
        return None
    is_once = np.asarray((np.bincount(ids) if counts is None else counts) == 1)
    is_once[EOS_ID : EOS_ID + 1] = False
    result = np.empty(len(ids), np.bool_)
    for part in parts:
        result[part] = is_once[ids[part]]
    return result


def replace_once_seen(stream: TextStream, rate: float, generator: "np.random.Generator") -> TextStream:
    """Replace words seen once by `<unk>`, each with probability `rate`.

    Args:
        stream: N tokens; one whose `once_seen` is None is returned as it is.
        rate: Probability, 0 to 1.
        generator: Where randomness comes from.

    Examples:
        >>> ids = np.array([3, 4, 3, 2], np.int32)
        >>> stream = TextStream(ids, once_seen=find_once_seen(ids))
        >>> replace_once_seen(stream, 1.0, np.random.default_rng(0)).ids.tolist()
        [3, 1, 3, 2]
    """
    if stream.once_seen is None:
        return stream
    replaced = stream.once_seen & (generator.random(len(stream.ids)) < rate)
    return stream._replace(ids=np.where(replaced, np.int32(UNK_ID), stream.ids))


@dataclass(frozen=True, slots=True)
class NegativeSampler:
    """Draws negatives for the sampled softmax from the unigram distribution to the power 0.75.

    Attributes:
        num_negatives: How many tokens K are drawn at a time.
        cumulative: Cumulative probabilities, float64 of shape (V,), or of the words of a cluster.
        log_expected: Natural log of how often each token is expected among K drawn, float32 of the same shape.

    References:
        Jean et al., 2015, On Using Very Large Target Vocabulary; Mikolov et al., 2013, Distributed Representations of
        Words and Phrases and their Compositionality (the power).
    """

    num_negatives: int
    cumulative: NDArray[np.float64]
    log_expected: NDArray[np.float32]

    def draw(self, generator: "np.random.Generator") -> NDArray[np.int32]:
        """Draw token ids with replacement, in a cluster counted from its first, int32 of shape (K,).

        Args:
            generator: Where randomness comes from.
        """
        drawn = np.searchsorted(self.cumulative, generator.random(self.num_negatives), side="right")
        return np.minimum(drawn, len(self.cumulative) - 1).astype(np.int32)


def build_negative_sampler(ids: NDArray[np.int32], vocabulary_size: int, num_negatives: int) -> NegativeSampler:
    """Count a stream of token ids into a sampler of negatives.

    Args:
        ids: Token ids of shape (N,); a token never seen counts as seen once, `<pad>` is never drawn.
        vocabulary_size: V.
        num_negatives: Negatives K at a time.

    References:
        Mikolov et al., 2013, Distributed Representations of Words and Phrases and their Compositionality (the power).

    Examples:
        >>> sampler = build_negative_sampler(np.array([3, 3, 2], np.int32), vocabulary_size=4, num_negatives=5)
        >>> sampler.draw(np.random.default_rng(0)).tolist()
        [3, 1, 1, 1, 3]
    """
    return negative_samplers_of(np.bincount(ids, minlength=vocabulary_size), num_negatives)[0]


def negative_samplers_of(
    counts: NDArray[np.int64], num_negatives: int, spans: Sequence[tuple[int, int]] = ()
) -> tuple[NegativeSampler, ...]:
    """Return samplers of negatives from the counts of a stream, of the head and of each cluster.

    Args:
        counts: How often each token is read, integers of shape (V,).
        num_negatives: Negatives K at a time; of a vocabulary in clusters half as many of the head, and a quarter of
            each cluster.
        spans: First id of each cluster, and the id behind its last; none for one softmax.

    Examples:
        >>> [len(sampler.cumulative) for sampler in negative_samplers_of(np.array([0, 0, 1, 2, 0, 1, 1]), 8, ((4, 7),))]
        [4, 3]
    """
    weights = np.maximum(counts, 1.0) ** 0.75
    weights[PAD_ID] = 0.0
    if not spans:
        return (_sampler_of(weights, num_negatives),)
    parts = [(0, spans[0][0], max(1, num_negatives // 2)), *((*span, max(1, num_negatives // 4)) for span in spans)]
    return tuple(_sampler_of(weights[first:last], number) for first, last, number in parts)


def _sampler_of(weights: NDArray[np.float64], num_negatives: int) -> NegativeSampler:
    probabilities = weights / weights.sum()
    with np.errstate(divide="ignore"):
        log_expected = np.maximum(np.log(num_negatives * probabilities), -1e9)
    return NegativeSampler(num_negatives, np.cumsum(probabilities), log_expected.astype(np.float32))
