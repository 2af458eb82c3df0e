"""A distribution that is a base, the same after every text, and a few words more.

Input: the base, what it counts, and words with what they add, as n-grams and the cache have them. Output: a
`Distribution` in which no call looks at all V tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.runtime.distribution import Numbers, span_edges

# The highest probability of so many ids is kept.
BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """Probabilities of all tokens, and the highest of each block of ids; made by `base_of`.

    Attributes:
        probabilities: float32 of shape (V,).
        maxima: The highest of every 256 of them, and a 0 behind, float32.
        edges: Edges of spans; see `span_edges`.
    """

    probabilities: NDArray[np.float32]
    maxima: NDArray[np.float32]
    edges: NDArray[np.int64]

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return for each span the highest probability of the blocks in it, and of those at its ends.

        Args:
            edges: Edges of S spans.
        """
        pairs = np.empty(2 * len(edges) - 2, np.int64)  # first block and the one behind the last, span by span
        pairs[::2] = edges[:-1] // BLOCK
        pairs[1::2] = (edges[1:] - 1) // BLOCK + 1
        return np.maximum.reduceat(self.maxima, pairs)[::2]


def base_of(probabilities: NDArray[np.float32]) -> Base:
    """Return a base with the highest probabilities of its blocks.

    Args:
        probabilities: float32 of shape (V,).

    Examples:
        >>> base_of(np.array([0.0, 0.25, 0.75], np.float32)).bounds(np.array([0, 2, 3])).tolist()
        [0.75, 0.75]
    """
    maxima = np.append(np.maximum.reduceat(probabilities, np.arange(0, len(probabilities), BLOCK)), np.float32(0.0))
    edges = span_edges(len(probabilities))
    maxima.flags.writeable = edges.flags.writeable = False
    return Base(probabilities, maxima, edges)


@dataclass(frozen=True, slots=True, eq=False)
class SparseDistribution:
    """A base times a weight, and what some words add.

    Args:
        base: Probabilities without a text.
        rest: What they count, 0 to 1.
        words: Ids, ascending, each once, integers of shape (n,).
        values: What each adds, float32 of shape (n,).
    """

    base: Base
    rest: float
    words: NDArray[np.signedinteger]
    values: NDArray[np.float32]

    @property
    def edges(self) -> NDArray[np.int64]:
        """Edges of spans of equal length."""
        return self.base.edges

    @property
    def opened(self) -> int:
        """Nothing is computed beforehand, and nothing kept."""
        return 0

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the highest of the base and of the words of each span together; see `Distribution.bounds`.

        Args:
            edges: Edges of S spans.
        """
        bounds = self.base.bounds(edges).astype(np.float64)
        bounds *= self.rest
        if len(self.words):
            places = self.words.searchsorted(edges.astype(self.words.dtype))
            starts = places[:-1]
            filled = starts < places[1:]
            if filled.any():
                bounds[filled] += np.maximum.reduceat(self.values[: places[-1]], starts[filled])
        return bounds

    def span(self, first: int, last: int) -> Numbers:
        """Return probabilities; see `Distribution.span`.

        Args:
            first: The first of the ids.
            last: The id behind the last of them.
        """
        probabilities = self.base.probabilities[first:last] * np.float32(self.rest)
        if len(self.words):
            low, high = self.words.searchsorted(np.array((first, last), self.words.dtype))
            if low < high:
                probabilities[self.words[low:high] - first] += self.values[low:high]
        return probabilities

    def at(self, ids: NDArray[np.int64]) -> Numbers:
        """Return probabilities; see `Distribution.at`.

        Args:
            ids: Token ids of shape (n,).
        """
        probabilities = self.base.probabilities[ids] * np.float32(self.rest)
        if len(self.words):
            places, found = _places_of(self.words, ids)
            probabilities[found] += self.values[places[found]]
        return probabilities


Addition = tuple[float, NDArray[np.int32], NDArray[np.float32]]


def added_up(additions: Sequence[Addition]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return what several lists of words add together.

    Args:
        additions: A weight, ascending ids, each once, and numbers that are multiplied by the weight.

    Returns:
        The ids of all lists, ascending, each once, and their sums, float32; new arrays.

    Examples:
        >>> lists = [(1.0, np.array([4, 7]), np.array([0.25, 0.5])), (0.5, np.array([7]), np.array([1.0]))]
        >>> [array.tolist() for array in added_up(lists)]
        [[4, 7], [0.25, 1.0]]
    """
    if not additions:
        return np.empty(0, np.int32), np.empty(0, np.float32)
    # Most words of a shorter list are in the longest too: there they are added in place.
    (weight, words, numbers), *others = sorted(additions, key=lambda addition: -len(addition[1]))
    sums = np.float32(weight) * numbers.astype(np.float32, copy=False)
    for weight, more_words, numbers in others:
        more = np.float32(weight) * numbers.astype(np.float32, copy=False)
        places, found = _places_of(words, more_words)
        if found.all():
            sums[places] += more
            continue
        sums[places[found]] += more[found]
        words = np.insert(words, places[~found], more_words[~found])
        sums = np.insert(sums, places[~found], more[~found])
    return words, sums


def _places_of(
    words: NDArray[np.signedinteger], ids: NDArray[np.signedinteger]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where ids stand, or would stand, in ascending words, and which of them stand there."""
    places = words.searchsorted(ids.astype(words.dtype, copy=False))
    return places, words.take(places, mode="clip") == ids
