"""Both ends of a network in NumPy: token ids to vectors, and the last vectors to what is expected next.

Input: the weights of a network. Output: embeddings (B, D), and logits or probabilities (B, V), whether the vocabulary
is one matrix or in clusters; in clusters, distributions too of which only what is asked for is computed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nextword.networks.clusters import Tail, tails_of
from nextword.networks.weights import Weights
from nextword.runtime import (
    Ceiling,
    ClusteredDistribution,
    Distribution,
    WholeDistribution,
    ceiling_of,
    log_softmax,
    softmax,
    span_edges,
)
from nextword.tokens.vocabulary import PAD_ID

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """The embedding of token ids.

    Attributes:
        table: Vectors of the head, or of all words, (H, D).
        tails: The clusters behind it.
    """

    table: Floats
    tails: tuple[Tail, ...]

    def of(self, ids: NDArray[np.integer]) -> Floats:
        """Return the vectors (B, D) of ids (B,).

        Args:
            ids: Token ids.
        """
        if not self.tails:
            return np.asarray(self.table[ids])
        vectors = np.asarray(self.table[np.minimum(ids, len(self.table) - 1)])
        for tail in self.tails:
            rows = np.flatnonzero((ids >= tail.first) & (ids < tail.last))
            for row in rows.tolist():  # one by one, so that a vector does not depend on its neighbours
                vectors[row] = tail.table[ids[row] - tail.first] @ tail.projection
        return vectors


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """The output layer: a softmax over all words, or over those of the head and the clusters, and over each cluster.

    Attributes:
        projection: What takes the last vectors to the width of the tables, (H, D); None where they have it.
        table: Rows of the head and, behind them, of the clusters, (h + C, D).
        bias: (h + C,).
        tails: The clusters.
        biases: Of the words of each cluster, (n,).

    References:
        Grave et al., 2017, Efficient softmax approximation for GPUs.
    """

    projection: Floats | None
    table: Floats
    bias: Floats
    tails: tuple[Tail, ...]
    biases: tuple[Floats, ...]
    _edges: NDArray[np.int64] = field(init=False, repr=False)
    _ceilings: list[Ceiling] = field(init=False, repr=False, default_factory=list)  # made when first asked for

    def __post_init__(self) -> None:
        """Cut the vocabulary in spans."""
        cutoffs = [tail.first for tail in self.tails]
        object.__setattr__(self, "_edges", span_edges(self.vocabulary_size, cutoffs))

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return self.tails[-1].last if self.tails else len(self.table)

    def projected(self, hidden: Floats) -> Floats:
        """Return vectors (B, D) of the last vectors (B, H) of a network.

        Args:
            hidden: What the network ended with.
        """
        return hidden if self.projection is None else hidden @ self.projection

    def head_logits(self, vectors: Floats) -> Floats:
        """Return the logits of the words of the head and of the clusters, (B, h + C).

        Args:
            vectors: Projected, (B, D).
        """
        logits = vectors @ self.table.T
        logits += self.bias
        logits[:, PAD_ID] = -np.inf
        return logits

    def logits(self, hidden: Floats) -> Floats:
        """Return log-probabilities plus any one number a text, (B, V); `<pad>` has -inf.

        Args:
            hidden: What the network ended with, (B, H).
        """
        vectors = self.projected(hidden)
        of_clusters = (log_softmax(self._within(vectors, number)) for number in range(len(self.tails)))
        return self._whole(self.head_logits(vectors), np.add, of_clusters)

    def probabilities(self, hidden: Floats) -> Floats:
        """Return the next token's probabilities, (B, V).

        Args:
            hidden: What the network ended with, (B, H).
        """
        vectors = self.projected(hidden)
        of_clusters = (softmax(self._within(vectors, number)) for number in range(len(self.tails)))
        return self._whole(softmax(self.head_logits(vectors)), np.multiply, of_clusters)

    def _whole(self, head: Floats, combine: np.ufunc, of_clusters: Iterable[Floats]) -> Floats:
        """Return numbers of all words (B, V), those of a cluster combined with what the head (B, h + C) says of it."""
        if not self.tails:
            return head
        first = self.tails[0].first
        whole = np.empty((len(head), self.vocabulary_size), np.float32)
        whole[:, :first] = head[:, :first]
        for place, (tail, numbers) in enumerate(zip(self.tails, of_clusters, strict=True), start=first):
            combine(numbers, head[:, place, None], out=whole[:, tail.first : tail.last])
        return whole

    def _within(self, vectors: Floats, number: int) -> Floats:
        """Return the logits of the words of a cluster among themselves, (B, n), of projected vectors (B, D)."""
        return self._scored(vectors @ self.tails[number].projection.T, number)

    def _scored(self, narrow: Floats, number: int) -> Floats:
        """Return the same of vectors of the width of the cluster, (B, d)."""
        logits: Floats = narrow @ self.tails[number].table.T
        logits += self.biases[number]
        return logits

    def distributions(self, hidden: Floats) -> list[Distribution]:
        """Return B distributions that compute a cluster only where it is asked for.

        Args:
            hidden: What the network ended with, (B, H).
        """
        if not self.tails:
            return [WholeDistribution(row, self._edges) for row in self.probabilities(hidden)]
        if not self._ceilings:
            self._ceilings[:] = [
                ceiling_of(tail.table, bias) for tail, bias in zip(self.tails, self.biases, strict=True)
            ]
        vectors = self.projected(hidden)
        return [self._distribution(vectors[row : row + 1]) for row in range(len(vectors))]

    def _distribution(self, vector: Floats) -> Distribution:
        head, first = softmax(self.head_logits(vector))[0], self.tails[0].first
        narrow = [vector @ tail.projection.T for tail in self.tails]
        return ClusteredDistribution(
            head[:first],
            head[first:].tolist(),
            [tail.first for tail in self.tails],
            self._edges,
            lambda number: softmax(self._scored(narrow[number], number))[0],
            [ceiling.at(row[0]) for ceiling, row in zip(self._ceilings, narrow, strict=True)],
        )


def token_vectors(weights: Weights, cutoffs: tuple[int, ...]) -> TokenVectors:
    """Return the embedding that a network has.

    Args:
        weights: Every weight by name.
        cutoffs: Resolved.
    """
    return TokenVectors(weights["embedding/table"], _tails(weights, cutoffs, "embedding"))


def output_layer(weights: Weights, cutoffs: tuple[int, ...]) -> Output:
    """Return the output layer that a network has.

    Args:
        weights: Every weight by name.
        cutoffs: Resolved.
    """
    layer = "output" if "output/table" in weights else "embedding"
    table, bias, tails = weights[f"{layer}/table"], weights["logits/bias"], _tails(weights, cutoffs, layer)
    biases = tuple(bias[tail.first : tail.last] for tail in tails)
    if cutoffs:
        table = np.concatenate([table, weights["clusters/kernel"].T])
        bias = np.concatenate([bias[: cutoffs[0]], weights["clusters/bias"]])
        for array in (table, bias):
            array.flags.writeable = False
    return Output(weights.get("projection/kernel"), table, bias, tails, biases)


def _tails(weights: Weights, cutoffs: tuple[int, ...], layer: str) -> tuple[Tail, ...]:
    return tails_of(cutoffs, len(weights["logits/bias"]), lambda name: weights[f"{layer}/{name}"])
