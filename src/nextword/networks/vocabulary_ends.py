"""Both ends of a network in NumPy: token ids to vectors, and the last vectors to what is expected next.

Input: the weights of a network. Output: embeddings (B, D), and logits or probabilities (B, V), whether the vocabulary
is one matrix or in clusters; in clusters, distributions too of which only what is asked for is computed.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.networks.clusters import cluster_spans
from nextword.networks.weights import Weights
from nextword.runtime import (
    Ceiling,
    ClusteredDistribution,
    Distribution,
    WholeDistribution,
    ceiling_of,
    softmax,
    span_edges,
)
from nextword.tokens.vocabulary import PAD_ID

Floats = NDArray[np.float32]


class Tail(NamedTuple):
    """A cluster of words behind the head.

    Attributes:
        first: Its first id.
        last: The id behind its last one.
        table: A narrow vector a word, (n, d).
        projection: What takes them to the width of the head, (d, D).
        bias: (n,).
    """

    first: int
    last: int
    table: Floats
    projection: Floats
    bias: Floats


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

    References:
        Grave et al., 2017, Efficient softmax approximation for GPUs.
    """

    projection: Floats | None
    table: Floats
    bias: Floats
    tails: tuple[Tail, ...]
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
        head = self.head_logits(vectors)
        if not self.tails:
            return head
        logits = np.empty((len(head), self.vocabulary_size), np.float32)
        first = self.tails[0].first
        logits[:, :first] = head[:, :first]
        for number, tail in enumerate(self.tails):
            within = tail_logits(tail, vectors)
            within -= within.max(axis=1, keepdims=True)
            within += head[:, first + number, None] - np.log(np.exp(within).sum(axis=1, keepdims=True))
            logits[:, tail.first : tail.last] = within
        return logits

    def probabilities(self, hidden: Floats) -> Floats:
        """Return the next token's probabilities, (B, V).

        Args:
            hidden: What the network ended with, (B, H).
        """
        vectors = self.projected(hidden)
        head = softmax(self.head_logits(vectors))
        if not self.tails:
            return head
        probabilities = np.empty((len(head), self.vocabulary_size), np.float32)
        first = self.tails[0].first
        probabilities[:, :first] = head[:, :first]
        for number, tail in enumerate(self.tails):
            within = softmax(tail_logits(tail, vectors))
            within *= head[:, first + number, None]
            probabilities[:, tail.first : tail.last] = within
        return probabilities

    def distributions(self, hidden: Floats) -> list[Distribution]:
        """Return B distributions that compute a cluster only where it is asked for.

        Args:
            hidden: What the network ended with, (B, H).
        """
        if not self.tails:
            return [WholeDistribution(row, self._edges) for row in self.probabilities(hidden)]
        if not self._ceilings:
            self._ceilings[:] = [ceiling_of(tail.table, tail.bias) for tail in self.tails]
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
            lambda number: softmax(_scores(self.tails[number], narrow[number]))[0],
            [ceiling.at(row[0]) for ceiling, row in zip(self._ceilings, narrow, strict=True)],
        )


def tail_logits(tail: Tail, vectors: Floats) -> Floats:
    """Return the logits of the words of a cluster among themselves, (B, n).

    Args:
        tail: The cluster.
        vectors: Projected, (B, D).
    """
    return _scores(tail, vectors @ tail.projection.T)


def _scores(tail: Tail, narrow: Floats) -> Floats:
    """Return the logits of vectors of the width of the cluster, (B, d)."""
    logits = narrow @ tail.table.T
    logits += tail.bias
    return logits


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
    table, bias = weights[f"{layer}/table"], weights["logits/bias"]
    if cutoffs:
        table = np.concatenate([table, weights["clusters/kernel"].T])
        bias = np.concatenate([bias[: cutoffs[0]], weights["clusters/bias"]])
        for array in (table, bias):
            array.flags.writeable = False
    return Output(weights.get("projection/kernel"), table, bias, _tails(weights, cutoffs, layer))


def _tails(weights: Weights, cutoffs: tuple[int, ...], layer: str) -> tuple[Tail, ...]:
    bias = weights["logits/bias"]
    return tuple(
        Tail(
            first,
            last,
            weights[f"{layer}/table_{number}"],
            weights[f"{layer}/projection_{number}"],
            bias[first:last],
        )
        for number, (first, last) in enumerate(cluster_spans(cutoffs, len(bias)), start=1)
    )
