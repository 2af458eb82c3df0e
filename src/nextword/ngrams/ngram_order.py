"""All n-grams of one order: a trie in arrays, and probabilities that are made of its counts when they are asked for.

Input: n-grams sorted by context, then by word, with their counts. Output: the words that follow a context, with
discounted probabilities and a back-off weight. They are computed some contexts at a time, when one of them is first
asked for: so a large model answers soon after it was loaded, and takes memory for what is asked of it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError

# N-grams whose probabilities are computed at once, when the first of them is asked for.
BLOCK_LENGTH = 8_192
# Contexts whose counts are added up at once.
CONTEXTS_AT_ONCE = 65_536


class ContextSums(NamedTuple):
    """What there is of each context.

    Attributes:
        starts: Where its n-grams begin, and the end of the last, int32 of shape (number of contexts + 1,).
        sums: The sum of their counts, int64 of shape (number of contexts,).
    """

    starts: NDArray[np.int32]
    sums: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, init=False)
class NgramOrder:
    """All n-grams of one order; what is computed from them is float32 and the same wherever it is computed.

    Attributes:
        words: Last token of each n-gram, int32 of shape (N,).
        counts: Their counts, at least 1, of shape (N,), in the smallest of uint8, uint16 and int32.
        starts: Where the n-grams of each context begin, and the end of the last, int32 of shape
            (number of contexts + 1,).
        left_out: Count of what goes on from each context and is not among the n-grams, integers of shape (number of
            contexts,); None where nothing was left out.
        discounts: What is taken from counts of 0, 1, 2 and 3 or more, float64 of shape (4,).
    """

    words: NDArray[np.int32]
    counts: NDArray[Any]
    starts: NDArray[np.int32]
    left_out: NDArray[np.integer] | None
    discounts: NDArray[np.float64]
    _probabilities: NDArray[np.float32]
    _weights: NDArray[np.float32]
    _is_ready: bytearray  # of each block of n-grams, 1 when it was computed

    def __init__(
        self,
        words: NDArray[np.int32],
        counts: NDArray[np.int32],
        sizes: NDArray[np.int32],
        totals: NDArray[np.int32],
        discounts: NDArray[np.float64],
    ) -> None:
        """Check the n-grams.

        Args:
            words: Last token of each n-gram.
            counts: Their counts.
            sizes: How many of them go on from each context, of shape (number of contexts,).
            totals: Count of everything that goes on from each context, what was left out too, of the same shape.
            discounts: What is taken from counts of 0, 1, 2 and 3 or more.

        Raises:
            InputError: If they contradict each other; codes "ngram-order-shapes", "ngram-sizes", "ngram-counts",
                "ngram-discounts", "ngrams-not-sorted" and "ngram-mass".
        """
        if words.shape != counts.shape or sizes.shape != totals.shape:
            shapes = {"words": words.shape, "counts": counts.shape, "sizes": sizes.shape, "totals": totals.shape}
            raise InputError(
                "the n-grams of an order need one count each, and their contexts one total each.",
                code="ngram-order-shapes",
                **shapes,
            )
        least, most = (int(sizes.min()), int(sizes.max())) if len(sizes) else (0, 0)
        is_possible = least >= 0 and most <= len(words) <= np.iinfo(np.int32).max
        if not is_possible or sizes.sum(dtype=np.int64) != len(words):
            raise InputError(
                "the numbers of n-grams of the contexts do not add up to all n-grams.",
                code="ngram-sizes",
                expected=len(words),
            )
        starts, sums = sums_of_contexts(counts, sizes)
        left_out = totals - sums
        if (totals[sizes > 0] < 1).any():
            raise InputError("n-grams were counted at least once.", code="ngram-counts")
        check_sorted(words, starts)
        if len(counts) and counts.min() < 1:
            raise InputError("n-grams were counted at least once.", code="ngram-counts")
        counts = counts.astype(smallest_kind(int(counts.max(initial=0))))
        self._fill(words, counts, starts, left_out if left_out.any() else None, discounts)

    @classmethod
    def of_starts(
        cls,
        words: NDArray[np.int32],
        counts: NDArray[Any],
        starts: NDArray[np.int32],
        left_out: NDArray[np.integer] | None,
        discounts: NDArray[np.float64],
    ) -> "NgramOrder":
        """Return n-grams whose order and contexts were checked already, as those of a file are while it is decoded.

        Args:
            words: Last token of each n-gram, ascending in a context.
            counts: Their counts, of the kind that `smallest_kind` returns.
            starts: Where the n-grams of each context begin, ascending from 0 to N.
            left_out: Count of what is not among them for each context; None where nothing was left out.
            discounts: What is taken from counts of 0, 1, 2 and 3 or more.

        Raises:
            InputError: If counts or discounts are impossible; codes "ngram-counts", "ngram-discounts" and "ngram-mass".
        """
        order = cls.__new__(cls)
        order._fill(words, counts, starts, left_out, discounts)
        return order

    def _fill(
        self,
        words: NDArray[np.int32],
        counts: NDArray[Any],
        starts: NDArray[np.int32],
        left_out: NDArray[np.integer] | None,
        discounts: NDArray[np.float64],
    ) -> None:
        values = {
            "words": words,
            "counts": counts,
            "starts": starts,
            "left_out": left_out,
            "discounts": discounts,
            "_probabilities": np.zeros(len(words), np.float32),
            "_weights": np.zeros(len(starts) - 1, np.float32),
            "_is_ready": bytearray(len(words) // BLOCK_LENGTH + 1),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        for array in (words, counts, starts, left_out, discounts):
            if array is not None:
                array.flags.writeable = False
        if len(counts) and counts.min() < 1:
            raise InputError("n-grams were counted at least once.", code="ngram-counts")
        if discounts.shape != (4,) or not np.isfinite(discounts).all():
            raise InputError(
                f"there are 4 finite discounts; received {discounts!r:.80}.",
                code="ngram-discounts",
                discounts=discounts.tolist(),
            )
        has_fitting_totals = left_out is None or left_out.min(initial=0) >= 0
        # Where each n-gram keeps some of its count, and a context has no more than its total, none has too much.
        if not has_fitting_totals or not ((discounts[1:] >= 0.0) & (discounts[1:] < (1.0, 2.0, 3.0))).all():
            self._compute_all()

    @property
    def sizes(self) -> NDArray[np.int32]:
        """How many n-grams go on from each context, int32 of shape (number of contexts,); made at each call."""
        return _read_only(np.diff(self.starts))

    @property
    def totals(self) -> NDArray[np.int32]:
        """Count of everything that goes on from each context, int32 of the same shape; made at each call."""
        sums = sums_of_contexts(self.counts, self.sizes).sums
        return _read_only((sums if self.left_out is None else sums + self.left_out).astype(np.int32))

    @property
    def discounted_probabilities(self) -> NDArray[np.float32]:
        """Probability of each n-gram in its context without what shorter contexts add, of shape (N,)."""
        self._compute_all()
        return _read_only(self._probabilities)

    @property
    def backoff_weights(self) -> NDArray[np.float32]:
        """What each context leaves to the context one word shorter, float32 of shape (number of contexts,)."""
        self._compute_all()
        return _read_only(self._weights)

    def following(self, row: int) -> tuple[NDArray[np.int32], NDArray[np.float32], float] | None:
        """Return the words that follow a context, their discounted probabilities and its back-off weight.

        Args:
            row: Row of the context.

        Returns:
            Arrays of one length and a number; None where nothing follows.
        """
        start, end = self.starts[row : row + 2].tolist()
        if start == end:
            return None
        if not self._is_ready[start // BLOCK_LENGTH]:
            self._compute(start // BLOCK_LENGTH)
        return self.words[start:end], self._probabilities[start:end], float(self._weights[row])

    def _compute_all(self) -> None:
        while (block := self._is_ready.find(0)) >= 0:  # found in no time where there is none
            self._compute(block)

    def _compute(self, block: int) -> None:
        """Turn the counts of the contexts that begin in a block into probabilities; two threads find the same ones."""
        # Of the kind of the starts, which would be copied to another one.
        bounds = np.minimum(np.array([block, block + 1]) * BLOCK_LENGTH, len(self.words) + 1).astype(np.int32)
        first, last = np.searchsorted(self.starts[:-1], bounds).tolist()
        span = slice(self.starts[first], self.starts[last])
        contexts = np.repeat(np.arange(last - first), np.diff(self.starts[first : last + 1]))
        counts = self.counts[span]
        totals = np.bincount(contexts, weights=counts, minlength=last - first)  # integers, exactly
        if self.left_out is not None:
            totals += self.left_out[first:last]
        exact = (counts - self.discounts[np.minimum(counts, 3)]) / totals[contexts]
        rest = 1.0 - np.bincount(contexts, weights=exact, minlength=last - first)
        if (exact <= 0).any() or (rest < -1e-9).any():
            raise InputError("the n-grams of a context have more than its probability.", code="ngram-mass")
        self._probabilities[span] = exact
        self._weights[first:last] = np.maximum(rest, 0.0)
        self._is_ready[block] = 1


def sums_of_contexts(counts: NDArray[Any], sizes: NDArray[np.int32]) -> ContextSums:
    """Return where the n-grams of each context begin, and the sum of their counts.

    Args:
        counts: Count of each n-gram, of shape (N,).
        sizes: How many n-grams go on from each context; their sum is N.

    Examples:
        >>> sums = sums_of_contexts(np.int32([1, 2, 5]), np.int32([2, 0, 1]))
        >>> sums.starts.tolist(), sums.sums.tolist()
        ([0, 2, 2, 3], [3, 0, 5])
    """
    starts = np.zeros(len(sizes) + 1, np.int32)  # there are fewer n-grams than 2^31
    np.cumsum(sizes, out=starts[1:])
    sums = np.empty(len(sizes), np.int64)
    # Some contexts at a time: arrays of all would be the largest thing in memory, and take longer.
    for first in range(0, len(sizes), CONTEXTS_AT_ONCE):
        bounds = starts[first : first + CONTEXTS_AT_ONCE + 1]
        running = np.zeros(bounds[-1] - bounds[0] + 1, np.int64)
        np.cumsum(counts[bounds[0] : bounds[-1]], out=running[1:])
        sums[first : first + CONTEXTS_AT_ONCE] = np.diff(running[bounds - bounds[0]])
    return ContextSums(starts, sums)


def smallest_kind(largest: int) -> type[np.integer[Any]]:
    """Return the kind in which counts are kept.

    Args:
        largest: The largest of them.

    Examples:
        >>> [smallest_kind(largest).__name__ for largest in (255, 256, 65_536)]
        ['uint8', 'uint16', 'int32']
    """
    return np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.int32


def check_sorted(words: NDArray[np.int32], starts: NDArray[np.int32]) -> None:
    """Refuse words that do not ascend in each context.

    Args:
        words: Last token of each n-gram.
        starts: Where the n-grams of each context begin, and the end of the last.

    Raises:
        InputError: If two do not; code "ngrams-not-sorted".
    """
    is_start = np.zeros(len(words) + 1, np.bool_)
    is_start[starts] = True  # where another context begins, words need not ascend
    ascending = (words[1:] > words[:-1]) | is_start[1:-1]
    if not ascending.all():
        raise InputError(
            "the n-grams of a context are sorted by word.",
            code="ngrams-not-sorted",
            position=int(ascending.argmin()) + 1,
        )


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
