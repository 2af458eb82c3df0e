"""A distribution in clusters: the frequent tokens, and clusters of rarer ones that are computed when asked for.

Input: probabilities of the head and of each cluster, and a function that computes those within a cluster. Output: a
`Distribution` that never computes a cluster whose tokens are too improbable to matter, by its share and its `Ceiling`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.runtime.distribution import Numbers

# Tokens whose highest numbers stand for all of them.
BLOCK = 64


class ClusteredDistribution:
    """The next token's probabilities after one text, by an adaptive softmax.

    Args:
        head: Probabilities of the tokens of the head, float32 of shape (cutoffs[0],).
        shares: Probability of each cluster, all of its tokens together.
        cutoffs: Ids at which the clusters begin.
        edges: Edges of spans, the cutoffs among them; see `span_edges`.
        compute: Returns the probabilities within a cluster, float32 that sum to 1, by its number from 0. It is called
            once for each cluster that is asked for.
        ceilings: A number for each cluster that no probability within it exceeds, such as that of a `Ceiling`; by
            default 1.

    References:
        Grave et al., 2017, Efficient softmax approximation for GPUs.
    """

    __slots__ = ("_compute", "_highest", "_shares", "_starts", "_zones", "edges")

    def __init__(
        self,
        head: NDArray[np.float32],
        shares: Sequence[float],
        cutoffs: Sequence[int],
        edges: NDArray[np.int64],
        compute: Callable[[int], NDArray[np.float32]],
        ceilings: Sequence[float] | None = None,
    ) -> None:
        """Keep the head; the clusters are still to be computed."""
        self.edges = edges
        self._starts = np.array((0, *cutoffs, edges[-1]))
        self._shares = shares
        self._highest = [
            share * min(ceiling, 1.0) for share, ceiling in zip(shares, ceilings or [1.0] * len(shares), strict=True)
        ]
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
        cutoffs = self._starts[1:-1]
        places = edges.searchsorted(cutoffs)
        if ((edges[places] != cutoffs) & (cutoffs > edges[0])).any():  # a span reaches into two clusters
            finer = np.union1d(edges, cutoffs[cutoffs > edges[0]])
            return np.maximum.reduceat(self.bounds(finer), finer.searchsorted(edges[:-1]))
        bounds = np.empty(len(edges) - 1)
        between = [0, *places.tolist(), len(bounds)]
        for number, zone in enumerate(self._zones):
            low, high = between[number], between[number + 1]
            if zone is None:
                bounds[low:high] = self._highest[number - 1]
            elif low < high:
                bounds[low:high] = np.maximum.reduceat(zone, edges[low:high] - self._starts[number])
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
        starts = self._starts.tolist()
        return zip(range(len(self._zones)), starts[:-1], starts[1:], strict=True)

    def _zone(self, number: int) -> NDArray[np.float32]:
        """Return the probabilities of the head, 0, or of a cluster."""
        zone = self._zones[number]
        if zone is None:
            zone = self._zones[number] = self._compute(number - 1) * np.float32(self._shares[number - 1])
        return zone


@dataclass(frozen=True, slots=True, eq=False)
class Ceiling:
    """How high a probability of a cluster can be, whatever the text; made by `ceiling_of`.

    Args:
        log_shares: Log of the probability of some tokens where the hidden vector is 0, descending, float64.
        distances: How far the vectors of these tokens are from their mean, ascending, float64.
    """

    log_shares: NDArray[np.float64]
    distances: NDArray[np.float64]

    def at(self, hidden: NDArray[np.float32]) -> float:
        """Return a number that no probability exceeds.

        Args:
            hidden: The vector that the vectors of the tokens are multiplied by, of shape (D,).
        """
        length = float(np.sqrt(hidden @ hidden))
        highest = float((self.log_shares + length * self.distances).max())
        return float(np.exp(min(highest, 0.0)))


def ceiling_of(vectors: NDArray[np.float32], biases: NDArray[np.float32]) -> Ceiling:
    """Return the ceiling of a softmax over products and biases.

    With p(w | 0) the probability of a token w where the hidden vector h is 0, and m the mean of all vectors v weighted
    by it, Jensen's inequality says that the sum of all exponentials is at least exp(h m) times that of 0. So p(w | h)
    is at most p(w | 0) exp(h (v - m)), and that is at most p(w | 0) exp(|h| |v - m|). Only few tokens are highest for
    some |h|: those of which no other has both a higher p(w | 0) and a longer v - m.

    Args:
        vectors: Output vectors of the tokens, float32 of shape (n, D).
        biases: Their biases, float32 of shape (n,).

    Examples:
        >>> vectors, biases = np.array([[1.0], [0.0], [-1.0]], np.float32), np.zeros(3, np.float32)
        >>> [round(ceiling_of(vectors, biases).at(np.array([h], np.float32)), 2) for h in (0.0, 0.5, 9.0)]
        [0.33, 0.55, 1.0]
    """
    logs = biases - biases.max().astype(np.float64)
    shares = np.exp(logs)
    total = shares.sum()
    offsets = vectors - (shares @ vectors / total).astype(np.float32)
    distances = np.sqrt(np.einsum("nd,nd->n", offsets, offsets))
    # Neighbours are about as frequent, so of a block the highest of each counts: nothing long has to be sorted.
    blocks = np.arange(0, len(logs), BLOCK)
    logs, distances = np.maximum.reduceat(logs, blocks) - np.log(total), np.maximum.reduceat(distances, blocks)
    order = np.lexsort((-distances, -logs))
    logs, distances = logs[order], distances[order]
    is_longest = distances > np.maximum.accumulate(np.append(-1.0, distances[:-1]))
    return Ceiling(logs[is_longest], distances[is_longest].astype(np.float64))
