"""The last words of n-grams <-> small integers.

Input: the n-grams of one order, and those that are one word shorter. Output: one small integer for each n-gram, or its
word. What follows a context follows the context without its first word too, of which there are few words: so a word is
its rank among those. Ranks ascend in a context, and only their differences are kept, less one each.

References:
    Pibiri and Venturini, 2017, Efficient data structures for massive n-gram datasets (ranks among the successors of
    the shorter context).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError

# N-grams that are looked at together: arrays of all would be the largest thing in memory, and take longer.
BLOCK_LENGTH = 1 << 16
_MOST = np.iinfo(np.int32).max

Integers = NDArray[np.int32]


class Shorter(NamedTuple):
    """The n-grams of one order, as the next one looks them up.

    Attributes:
        starts: Where those of each context begin, and the end of the last, of shape (number of contexts + 1,).
        words: Their last words, of shape (N,).
        suffixes: Rows of the n-grams without their first word in the table of the order below, of shape (N,).
    """

    starts: Integers
    words: Integers
    suffixes: Integers


def single_words(vocabulary_size: int) -> Shorter:
    """Return the n-grams of one word: all words follow the context of none.

    Args:
        vocabulary_size: V.

    Examples:
        >>> [array.tolist() for array in single_words(3)]
        [[0, 3], [0, 1, 2], [0, 0, 0]]
    """
    return Shorter(
        np.array([0, vocabulary_size], np.int32),
        np.arange(vocabulary_size, dtype=np.int32),
        np.zeros(vocabulary_size, np.int32),
    )


def ranks_of(starts: Integers, words: Integers, shorter: Shorter) -> tuple[Integers, Integers] | None:
    """Return the differences of the ranks of words, and the rows of their suffixes.

    Args:
        starts: Where the n-grams of each context begin, and the end of the last.
        words: Their last words, ascending in a context.
        shorter: The n-grams that are their contexts.

    Returns:
        Two arrays of shape (N,): how much larger each rank is than that before it in its context, of the first one than
        -1; and the rows. None where an n-gram has a suffix that is not there, as after odd pruning.

    Examples:
        >>> after_one = np.int32([0, 0, 2, 3]), np.int32([1, 2, 2])  # 1 1, 1 2, 2 2
        >>> steps, suffixes = ranks_of(*after_one, single_words(3))
        >>> steps.tolist(), suffixes.tolist()
        ([2, 1, 3], [1, 2, 2])
        >>> ranks_of(np.int32([0, 1, 1, 2]), np.int32([2, 2]), Shorter(*after_one, suffixes))  # 1 1 2, 2 2 2
        (array([2, 1], dtype=int32), array([1, 2], dtype=int32))
    """
    size = 1 + int(max(shorter.words.max(initial=0), words.max(initial=0)))
    # Context and last word of each shorter n-gram as one ascending number.
    shorter_bounds = _continued(shorter.starts)
    keys = np.repeat(shorter_bounds.contexts * size, np.diff(shorter_bounds.bounds))
    keys += shorter.words
    contexts, bounds = _continued(starts)
    steps, suffixes = np.empty(len(words), np.int32), np.empty(len(words), np.int32)
    for first, last in _blocks(bounds):
        span = slice(bounds[first], bounds[last])
        shorter_contexts = np.repeat(shorter.suffixes[contexts[first:last]], np.diff(bounds[first : last + 1]))
        wanted = shorter_contexts.astype(np.int64) * size + words[span]
        rows = np.searchsorted(keys, wanted)
        if rows.max() >= len(keys) or (keys[rows] != wanted).any():
            return None
        ranks = rows - shorter.starts[shorter_contexts]
        steps[span] = np.diff(ranks, prepend=-1)
        begins = bounds[first:last]
        steps[begins] = ranks[begins - span.start] + 1
        suffixes[span] = rows
    return steps, suffixes


def words_of(
    contexts: NDArray[np.intp], bounds: Integers, steps: Callable[[int, int], NDArray[np.int64]], shorter: Shorter
) -> tuple[Integers, Integers]:
    """Return the words of n-grams, and the rows of their suffixes, from the differences of their ranks.

    Args:
        contexts: Rows of the C contexts that any n-gram begins with, ascending.
        bounds: Where the n-grams of each begin, and the end of the last, of shape (C + 1,).
        steps: Takes first and last + 1 of some n-grams; returns a new array of what `ranks_of` returned of them, which
            is at least 1.
        shorter: The n-grams that are their contexts.

    Returns:
        Two arrays of shape (N,).

    Raises:
        InputError: If a rank is beyond the words that there are; code "tensors-contradict".

    Examples:
        >>> contexts, bounds = np.array([1, 2]), np.int32([0, 2, 3])
        >>> words, suffixes = words_of(contexts, bounds, lambda i, j: np.array([2, 1, 3])[i:j], single_words(3))
        >>> words.tolist(), suffixes.tolist()
        ([1, 2, 2], [1, 2, 2])
    """
    words, suffixes = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.int32)
    for first, last in _blocks(bounds):
        span = slice(bounds[first], bounds[last])
        begins = bounds[first : last + 1] - bounds[first]
        ends = begins[1:] - 1
        shorter_contexts = shorter.suffixes.take(contexts[first:last])
        # Running sums over all contexts of the block, from which those before each context are taken off.
        rows = steps(span.start, span.stop)
        np.cumsum(rows, out=rows)
        last_rows = rows.take(ends)
        shifts = shorter.starts.take(shorter_contexts) - np.int64(1)
        shifts[1:] -= last_rows[:-1]
        if (last_rows + shifts >= shorter.starts.take(shorter_contexts + 1)).any():
            raise InputError("an n-gram has a word that no shorter one ends with.", code="tensors-contradict")
        rows += np.repeat(shifts, np.diff(begins))
        suffixes[span] = rows
        words[span] = shorter.words.take(rows)
    return words, suffixes


class _Continued(NamedTuple):
    """The contexts that any n-gram begins with, and where theirs begin; the others would take most of the memory."""

    contexts: NDArray[np.intp]
    bounds: Integers


def _continued(starts: Integers) -> _Continued:
    contexts = np.flatnonzero(starts[1:] != starts[:-1])
    return _Continued(contexts, np.append(starts[contexts], starts[-1]))


def _blocks(bounds: Integers) -> Iterator[tuple[int, int]]:
    """Yield first and last + 1 of contexts that have about a block of n-grams together."""
    first, number = 0, len(bounds) - 1
    while first < number:
        last = int(np.searchsorted(bounds, np.int32(min(int(bounds[first]) + BLOCK_LENGTH, _MOST)), side="right")) - 1
        last = min(max(last, first + 1), number)
        yield first, last
        first = last
