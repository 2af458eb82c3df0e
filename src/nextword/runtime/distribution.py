"""The next token's probabilities after one text, computed only where they are asked for.

Input: a runtime and a state. Output: one `Distribution` a text: bounds for spans of ids, exact probabilities of a span
or of given ids. Whoever wants the best few then never computes the spans whose bounds are low (`best.py`).

Ids are counted in the order of frequency, so the best few mostly stand in the first of some dozen spans.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nextword.runtime.contract import Runtime, State
from nextword.runtime.whole import probabilities_of

# Ids of a span: its probabilities are computed in about the time that a call takes.
SPAN = 4096

Numbers = NDArray[np.floating[Any]]


class Distribution(Protocol):
    """The next token's probabilities after one text; what is computed on the way may be kept."""

    @property
    def edges(self) -> NDArray[np.int64]:
        """Ids from 0 to V, ascending: where the spans begin that suit it, and the end of the last."""

    @property
    def opened(self) -> int:
        """How much was computed because it was asked for; when it has grown, bounds may be lower than before."""

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return for each span a number that no probability in it exceeds, rounding aside.

        Args:
            edges: Ascending ids: where S spans begin, and V, the end of the last.

        Returns:
            float64 of shape (S,); the nearer to the highest probability, the fewer spans are looked at.
        """

    def span(self, first: int, last: int) -> Numbers:
        """Return the probabilities of all ids of a span, a new array of shape (last - first,).

        Args:
            first: The first of the ids.
            last: The id behind the last of them.
        """

    def at(self, ids: NDArray[np.int64]) -> Numbers:
        """Return the probabilities of given ids, a new array of shape (n,).

        Args:
            ids: Token ids of shape (n,), in any order.
        """


def distributions_of(runtime: Runtime, state: State) -> Sequence[Distribution]:
    """Return the distribution of every text, by the method `distributions` of a runtime that has one.

    The others compute all probabilities at once; those of several texts in one go.

    Args:
        runtime: Any runtime.
        state: State of B texts.

    Returns:
        B distributions.
    """
    tell = getattr(runtime, "distributions", None)
    if tell is not None:
        told: Sequence[Distribution] = tell(state)
        return told
    edges = span_edges(runtime.vocabulary_size)
    return [WholeDistribution(row, edges) for row in probabilities_of(runtime, state)]


def span_edges(vocabulary_size: int, cutoffs: Sequence[int] = ()) -> NDArray[np.int64]:
    """Return edges of spans of 4,096 ids, and of clusters.

    Args:
        vocabulary_size: V.
        cutoffs: Ids at which clusters begin.

    Examples:
        >>> span_edges(10_000, (5_000,)).tolist()
        [0, 4096, 5000, 8192, 10000]
    """
    edges = np.append(np.arange(0, vocabulary_size, SPAN), vocabulary_size)
    return np.union1d(edges, np.array(cutoffs, np.int64)) if len(cutoffs) else edges


def common_edges(distributions: Sequence[Distribution]) -> NDArray[np.int64]:
    """Return the edges of all distributions.

    Args:
        distributions: At least one, over one vocabulary.
    """
    each = [distribution.edges for distribution in distributions]
    if all(np.array_equal(edges, each[0]) for edges in each[1:]):
        return each[0]
    merged = np.concatenate(each)
    merged.sort()
    is_new = np.ones(len(merged), np.bool_)
    np.not_equal(merged[1:], merged[:-1], out=is_new[1:])
    return merged[is_new]


@dataclass(frozen=True, slots=True, eq=False)
class WholeDistribution:
    """A distribution of which everything is known.

    Args:
        probabilities: Of shape (V,).
        edges: Of the spans.
    """

    probabilities: Numbers
    edges: NDArray[np.int64]

    @property
    def opened(self) -> int:
        """Nothing is left to compute."""
        return 0

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the highest probability of each span; see `Distribution.bounds`.

        Args:
            edges: Edges of S spans.
        """
        return np.maximum.reduceat(self.probabilities[: edges[-1]], edges[:-1]).astype(np.float64)

    def span(self, first: int, last: int) -> Numbers:
        """Return probabilities; see `Distribution.span`.

        Args:
            first: The first of the ids.
            last: The id behind the last of them.
        """
        return self.probabilities[first:last].copy()

    def at(self, ids: NDArray[np.int64]) -> Numbers:
        """Return probabilities; see `Distribution.at`.

        Args:
            ids: Token ids of shape (n,).
        """
        return self.probabilities[ids]


class WeightedSum:
    """A weighted sum of distributions, such as that of a mixture.

    Args:
        parts: Distributions over one vocabulary, at least one.
        weights: One each, 0 or more.

    Attributes:
        edges: The edges of all parts.
    """

    __slots__ = ("_first", "_parts", "edges")

    def __init__(self, parts: Sequence[Distribution], weights: Sequence[float]) -> None:
        """Keep the parts with their weights."""
        self._parts = [(part, np.float32(weight)) for part, weight in zip(parts, weights, strict=True)]
        self.edges = common_edges(parts)
        self._first: Numbers | None = None

    @property
    def opened(self) -> int:
        """What the parts have computed."""
        return sum(part.opened for part, _ in self._parts)

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weighted sums of the bounds; see `Distribution.bounds`.

        Args:
            edges: Edges of S spans.
        """
        return np.asarray(sum(float(weight) * part.bounds(edges) for part, weight in self._parts))

    def span(self, first: int, last: int) -> Numbers:
        """Return probabilities; see `Distribution.span`.

        Args:
            first: The first of the ids.
            last: The id behind the last of them.
        """
        if last > self.edges[1]:
            return self._sum([part.span(first, last) for part, _ in self._parts])
        if self._first is None:  # kept, as the probability of a line break is wanted first, and then the best few
            end = int(self.edges[1])
            self._first = self._sum([part.span(0, end) for part, _ in self._parts])
        return self._first[first:last].copy()

    def at(self, ids: NDArray[np.int64]) -> Numbers:
        """Return probabilities; see `Distribution.at`.

        Args:
            ids: Token ids of shape (n,).
        """
        return self._sum([part.at(ids) for part, _ in self._parts])

    def _sum(self, of_parts: list[Numbers]) -> Numbers:
        total, *others = of_parts
        total *= self._parts[0][1]
        for (_, weight), probabilities in zip(self._parts[1:], others, strict=True):
            probabilities *= weight
            total += probabilities
        return total
