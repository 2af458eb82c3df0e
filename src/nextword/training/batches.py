"""Token ids -> batches of inputs and targets.

Input: one stream of token ids. Output: equal windows of B parallel parts of the stream, in reading order, so that the
state a network ends one batch with is the state its next batch begins with. Every token is a target exactly once. Pure
NumPy: what is random is drawn from a given generator.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.tokens.vocabulary import EOS_ID, PAD_ID, UNK_ID


@dataclass(frozen=True, slots=True)
class Batches:
    """S batches of B rows of T tokens.

    Attributes:
        inputs: Token ids, int32 of shape (S, B, T).
        targets: The next token of every input, int32 of shape (S, B, T); `<pad>` (0) where a row has ended and
            where the token does not count in the loss.
    """

    inputs: NDArray[np.int32]
    targets: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number S of batches."""
        return len(self.inputs)


def build_batches(
    ids: NDArray[np.int32], batch_size: int, sequence_length: int, loss_mask: NDArray[np.bool_] | None = None
) -> Batches:
    """Cut a stream into B parallel rows, and the rows into windows of T tokens.

    The first input is `<eos>`, the state of nothing read yet; the input of every other target is the token before it,
    across windows and rows too. Rows are padded on the right, where no target is.

    Args:
        ids: Token ids, int32 of shape (N,), N at least 1.
        batch_size: Rows B.
        sequence_length: Tokens T in a window.
        loss_mask: Which tokens are targets, booleans of shape (N,); the others are only read. None for all.

    Examples:
        >>> batches = build_batches(np.arange(3, 10, dtype=np.int32), batch_size=2, sequence_length=3)
        >>> batches.inputs[0].tolist(), batches.targets[0].tolist()
        ([[2, 3, 4], [6, 7, 8]], [[3, 4, 5], [7, 8, 9]])
        >>> batches.targets[1].tolist()
        [[6, 0, 0], [0, 0, 0]]
    """
    row_length = -(-len(ids) // batch_size)
    num_windows = -(-row_length // sequence_length)

    def cut(stream: NDArray[np.int32]) -> NDArray[np.int32]:
        rows = np.full(batch_size * row_length, PAD_ID, dtype=np.int32)
        rows[: len(stream)] = stream
        padded = np.full((batch_size, num_windows * sequence_length), PAD_ID, dtype=np.int32)
        padded[:, :row_length] = rows.reshape(batch_size, row_length)
        return np.ascontiguousarray(padded.reshape(batch_size, num_windows, sequence_length).swapaxes(0, 1))

    targets = ids if loss_mask is None else np.where(loss_mask, ids, np.int32(PAD_ID))
    return Batches(cut(np.concatenate(([EOS_ID], ids[:-1])).astype(np.int32)), cut(targets))


def build_validation_batches(
    ids: NDArray[np.int32], batch_size: int, sequence_length: int, loss_mask: NDArray[np.bool_] | None = None
) -> Batches:
    """Cut a stream as `build_batches` does, in so few rows that each has 20 windows or more; the others stay empty.

    Every row begins knowing nothing of what came before, which in many short rows would make a model look worse.

    Args:
        ids: Token ids, int32 of shape (N,), N at least 1.
        batch_size: Rows B, the empty ones included.
        sequence_length: Tokens T in a window.
        loss_mask: Which tokens are targets, booleans of shape (N,); None for all.

    Examples:
        >>> build_validation_batches(np.arange(3, 9, dtype=np.int32), 2, 4).targets[:, 0].tolist()
        [[3, 4, 5, 6], [7, 8, 0, 0]]
    """
    rows = max(1, min(batch_size, len(ids) // (20 * sequence_length)))
    batches = build_batches(ids, rows, sequence_length, loss_mask)
    empty = ((0, 0), (0, batch_size - rows), (0, 0))
    return Batches(np.pad(batches.inputs, empty), np.pad(batches.targets, empty))  # with `<pad>`, 0


def replace_once_seen(ids: NDArray[np.int32], rate: float, generator: "np.random.Generator") -> NDArray[np.int32]:
    """Replace words seen once by `<unk>`, each with probability `rate`, so that unknown words have a probability.

    A stream that has `<unk>` already is returned as it is.

    Args:
        ids: Token ids of shape (N,).
        rate: Probability, 0 to 1.
        generator: Where randomness comes from.

    Examples:
        >>> replace_once_seen(np.array([3, 4, 3, 2], np.int32), 1.0, np.random.default_rng(0)).tolist()
        [3, 1, 3, 2]
    """
    if UNK_ID in ids:
        return ids
    once_seen = np.bincount(ids)[ids] == 1
    once_seen &= ids != EOS_ID
    replaced = once_seen & (generator.random(len(ids)) < rate)
    return np.where(replaced, np.int32(UNK_ID), ids)


@dataclass(frozen=True, slots=True)
class NegativeSampler:
    """Draws negatives for the sampled softmax from the unigram distribution to the power 0.75.

    Attributes:
        num_negatives: How many tokens K are drawn at a time.
        cumulative: Cumulative probabilities, float64 of shape (V,).
        log_expected: Natural log of how often each token is expected among K drawn, float32 of shape (V,).

    References:
        Jean et al., 2015, On Using Very Large Target Vocabulary; Mikolov et al., 2013, Distributed Representations of
        Words and Phrases and their Compositionality (the power).
    """

    num_negatives: int
    cumulative: NDArray[np.float64]
    log_expected: NDArray[np.float32]

    def draw(self, generator: "np.random.Generator") -> NDArray[np.int32]:
        """Draw token ids with replacement, int32 of shape (K,).

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
    weights = np.maximum(np.bincount(ids, minlength=vocabulary_size), 1.0) ** 0.75
    weights[PAD_ID] = 0.0
    probabilities = weights / weights.sum()
    with np.errstate(divide="ignore"):
        log_expected = np.maximum(np.log(num_negatives * probabilities), -1e9)
    return NegativeSampler(num_negatives, np.cumsum(probabilities), log_expected.astype(np.float32))
