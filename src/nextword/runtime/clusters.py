"""A distribution in clusters: the frequent tokens, and clusters of rarer ones that are computed when asked for.

Input: probabilities of the head and of each cluster, and a function that computes those within a cluster. Output: a
`Distribution` that never computes a cluster whose share is too low to matter.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nextword.runtime.distribution import Numbers


class ClusteredDistribution:
    """The next token's probabilities after one text, by an adaptive softmax.

    Args:
        head: Probabilities of the tokens of the head, float32 of shape (cutoffs[0],).
        shares: Probability of each cluster, all of its tokens together.
        cutoffs: Ids at which the clusters begin.
        edges: Edges of spans, the cutoffs among them; see `span_edges`.
        compute: Returns the probabilities within a cluster, float32 that sum to 1, by its number from 0. It is called
            once for each cluster that is asked for.

    References:
        Grave et al., 2017, Efficient softmax approximation for GPUs.
    """

    __slots__ = ("_compute", "_shares", "_starts", "_zones", "edges")

    def __init__(
        self,
        head: NDArray[np.float32],
        shares: Sequence[float],
        cutoffs: Sequence[int],
        edges: NDArray[np.int64],
        compute: Callable[[int], NDArray[np.float32]],
    ) -> None:
        """Keep the head; the clusters are still to be computed."""
        self.edges = edges
        self._starts = [0, *cutoffs, int(edges[-1])]
        self._shares = shares
        self._compute = compute
        self._zones: list[NDArray[np.float32] | None] = [head, *[None] * len(cutoffs)]

    @property
    def opened(self) -> int:
        """How many clusters were computed."""
        return sum(zone is not None for zone in self._zones) - 1

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the highest probabilities, of a cluster that was not computed its share; see `Distribution.bounds`.

        Args:
            edges: Edges of S spans.
        """
        bounds = np.zeros(len(edges) - 1)
        for number, zone in enumerate(self._zones):
            start, end = self._starts[number], self._starts[number + 1]
            inside = edges.clip(start, end)
            filled = inside[:-1] < inside[1:]
            if not filled.any():
                continue
            if zone is None:
                highest: NDArray[np.floating] | float = self._shares[number - 1]
            else:
                starts = inside[:-1][filled] - start
                highest = np.maximum.reduceat(zone[: inside[-1] - start], starts)
            bounds[filled] = np.maximum(bounds[filled], highest)
        return bounds

    def span(self, first: int, last: int) -> Numbers:
        """Return probabilities; see `Distribution.span`.

        Args:
            first: The first of the ids.
            last: The id behind the last of them.
        """
        pieces = [
            self._zone(number)[max(first, start) - start : last - start]
            for number, start, end in self._numbered()
            if first < end and start < last
        ]
        return np.concatenate(pieces)

    def at(self, ids: NDArray[np.int64]) -> Numbers:
        """Return probabilities; see `Distribution.at`.

        Args:
            ids: Token ids of shape (n,).
        """
        probabilities = np.empty(len(ids), np.float32)
        for number, start, end in self._numbered():
            inside = (ids >= start) & (ids < end)
            if inside.any():
                probabilities[inside] = self._zone(number)[ids[inside] - start]
        return probabilities

    def _numbered(self) -> Iterator[tuple[int, int, int]]:
        return zip(range(len(self._zones)), self._starts[:-1], self._starts[1:], strict=True)

    def _zone(self, number: int) -> NDArray[np.float32]:
        """Return the probabilities of the head, 0, or of a cluster."""
        zone = self._zones[number]
        if zone is None:
            zone = self._zones[number] = self._compute(number - 1) * np.float32(self._shares[number - 1])
        return zone
