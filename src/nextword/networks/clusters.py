"""The vocabulary of a network in clusters, so that rare words cost little: adaptive softmax and adaptive input.

Input: how many words there are, ids where clusters begin, and a width. Output: the names and shapes of the tables, and
the tables of an embedding matrix. The head has the most frequent words, in vectors of the full width D; each cluster
behind it has more and rarer words, in vectors of a quarter of the width of the cluster before, and a projection that
takes them to D. The head gives the share of each cluster beside the probabilities of its own words.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError, described
from nextword.tokens.vocabulary import SPECIAL_TOKENS

# From so many words on one softmax over all of them costs more than it gives.
CLUSTERED_FROM = 30_000

# Where clusters begin by default; the last ones only where enough words are left to fill them.
DEFAULT_CUTOFFS = (4_000, 16_000, 64_000, 256_000)

# Each cluster has vectors of a quarter of the width of the one before, but so wide at least.
NARROWER, LEAST_WIDTH = 4, 8

MOST_CUTOFFS = 1_000


def check_cutoffs(cutoffs: object) -> tuple[int, ...] | None:
    """Return where clusters begin, as a tuple, after checking it.

    Args:
        cutoffs: Ascending token ids above those of the special tokens, at most 1,000; none for one softmax; None to
            choose by the number of words.

    Raises:
        ConfigError: If it is anything else; code "option-out-of-range".
    """
    if cutoffs is None:
        return None
    if isinstance(cutoffs, list | tuple) and len(cutoffs) <= MOST_CUTOFFS:
        whole = all(isinstance(cut, int) and not isinstance(cut, bool) for cut in cutoffs)
        if whole and all(low < high for low, high in pairwise((len(SPECIAL_TOKENS), *cutoffs))):
            return tuple(cutoffs)
    raise ConfigError(
        f"`cutoffs` are at most {MOST_CUTOFFS} ascending token ids above {len(SPECIAL_TOKENS)}, such as (4000, 16000), "
        f"() for one softmax over all words, or None to choose by their number; received {described(cutoffs)}.",
        code="option-out-of-range",
        option="cutoffs",
        value=cutoffs,
    )


class Cut(Protocol):
    """A config of a network, as far as clusters go.

    Attributes:
        cutoffs: Ids at which clusters begin; None to choose by the number of words.
        train_embeddings: Whether the matrix is trained; one that stays as it was given is not cut by itself.
    """

    @property
    def cutoffs(self) -> tuple[int, ...] | None: ...  # noqa: D102
    @property
    def train_embeddings(self) -> bool: ...  # noqa: D102


def cutoffs_of(config: Cut, vocabulary_size: int) -> tuple[int, ...]:
    """Return the ids at which the clusters of a network begin; by default none below 30,000 words.

    Args:
        config: Sizes of the network.
        vocabulary_size: V.

    Raises:
        ConfigError: If a cluster would have no words; code "cutoffs-beyond-vocabulary".

    Examples:
        >>> from nextword.networks.lstm.config import LSTMConfig
        >>> cutoffs_of(LSTMConfig(), 10_000), cutoffs_of(LSTMConfig(), 100_000)
        ((), (4000, 16000, 64000))
    """
    cutoffs = config.cutoffs
    if cutoffs is None:
        if vocabulary_size < CLUSTERED_FROM or not config.train_embeddings:
            return ()
        return tuple(cut for cut in DEFAULT_CUTOFFS if 1.25 * cut < vocabulary_size)
    if cutoffs and cutoffs[-1] >= vocabulary_size:
        raise ConfigError(
            f"`cutoffs` begin clusters of a vocabulary of {vocabulary_size} words; received {cutoffs}. Leave out those "
            "that are no ids of it.",
            code="cutoffs-beyond-vocabulary",
            cutoffs=cutoffs,
            vocabulary_size=vocabulary_size,
        )
    return cutoffs


def cluster_spans(cutoffs: tuple[int, ...], vocabulary_size: int) -> tuple[tuple[int, int], ...]:
    """Return the first id of each cluster behind the head, and the one behind its last.

    Args:
        cutoffs: Resolved.
        vocabulary_size: V.

    Examples:
        >>> cluster_spans((4, 6), 9)
        ((4, 6), (6, 9))
    """
    return tuple(pairwise((*cutoffs, vocabulary_size))) if cutoffs else ()


class Tail(NamedTuple):
    """A cluster of words behind the head, in NumPy or in Keras.

    Attributes:
        first: Its first id.
        last: The id behind its last one.
        table: A narrow vector a word, (n, d).
        projection: What takes them to the width of the head, (d, D).
    """

    first: int
    last: int
    table: Any
    projection: Any


def tails_of(cutoffs: tuple[int, ...], vocabulary_size: int, weight: Callable[[str], Any]) -> tuple[Tail, ...]:
    """Return the clusters behind the head.

    Args:
        cutoffs: Resolved.
        vocabulary_size: V.
        weight: Returns the weight of a token table that has this name: "table_1", "projection_1", "table_2", ...
    """
    return tuple(
        Tail(*span, weight(f"table_{number}"), weight(f"projection_{number}"))
        for number, span in enumerate(cluster_spans(cutoffs, vocabulary_size), start=1)
    )


def cluster_widths(cutoffs: tuple[int, ...], width: int) -> tuple[int, ...]:
    """Return the widths of the vectors of the clusters behind the head.

    Args:
        cutoffs: Resolved.
        width: D, of the head.

    Examples:
        >>> cluster_widths((4000, 16000, 64000), 200)
        (50, 12, 8)
    """
    return tuple(min(width, max(LEAST_WIDTH, width // NARROWER**number)) for number in range(1, len(cutoffs) + 1))


def table_shapes(layer: str, cutoffs: tuple[int, ...], vocabulary_size: int, width: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the weights of a token table by name: of one matrix (V, D) where there are no clusters.

    Args:
        layer: Name of the layer.
        cutoffs: Resolved.
        vocabulary_size: V.
        width: D.

    Examples:
        >>> shapes = table_shapes("embedding", (4,), 9, 32)
        >>> shapes["embedding/table"], shapes["embedding/table_1"], shapes["embedding/projection_1"]
        ((4, 32), (5, 8), (8, 32))
    """
    shapes: dict[str, tuple[int, ...]] = {f"{layer}/table": (cutoffs[0] if cutoffs else vocabulary_size, width)}
    spans, widths = cluster_spans(cutoffs, vocabulary_size), cluster_widths(cutoffs, width)
    for number, ((first, last), narrow) in enumerate(zip(spans, widths, strict=True), start=1):
        shapes[f"{layer}/table_{number}"] = (last - first, narrow)
        shapes[f"{layer}/projection_{number}"] = (narrow, width)
    return shapes


def output_shapes(cutoffs: tuple[int, ...], vocabulary_size: int, width: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the other weights of an output layer by name.

    Args:
        cutoffs: Resolved.
        vocabulary_size: V.
        width: Of the vectors that words are scored against.

    Examples:
        >>> output_shapes((4,), 9, 32)
        {'logits/bias': (9,), 'clusters/kernel': (32, 1), 'clusters/bias': (1,)}
    """
    shapes: dict[str, tuple[int, ...]] = {"logits/bias": (vocabulary_size,)}
    if cutoffs:
        shapes |= {"clusters/kernel": (width, len(cutoffs)), "clusters/bias": (len(cutoffs),)}
    return shapes


def clustered_tables(
    matrix: NDArray[np.float32], cutoffs: tuple[int, ...], layer: str = "embedding"
) -> dict[str, NDArray[np.float32]]:
    """Return the tables and projections whose products are nearest to an embedding matrix, by name.

    Args:
        matrix: (V, D).
        cutoffs: Resolved.
        layer: Name of the layer.

    References:
        Eckart and Young, 1936, The approximation of one matrix by another of lower rank.

    Examples:
        >>> tables = clustered_tables(np.eye(12, 8, dtype=np.float32), (4,))
        >>> np.allclose(tables["embedding/table_1"] @ tables["embedding/projection_1"], np.eye(12, 8)[4:])
        True
    """
    tables = {f"{layer}/table": np.array(matrix[: cutoffs[0]] if cutoffs else matrix)}
    spans, widths = cluster_spans(cutoffs, len(matrix)), cluster_widths(cutoffs, matrix.shape[1])
    for number, ((first, last), narrow) in enumerate(zip(spans, widths, strict=True), start=1):
        rows = matrix[first:last]
        _, directions = np.linalg.eigh((rows.T @ rows).astype(np.float64))  # ascending
        projection = np.ascontiguousarray(directions[:, ::-1][:, :narrow].T, np.float32)
        # The sign of a direction is that of its largest number, the same on every machine.
        largest = np.take_along_axis(projection, np.abs(projection).argmax(axis=1)[:, None], axis=1)
        projection *= np.sign(largest)
        tables[f"{layer}/table_{number}"] = rows @ projection.T
        tables[f"{layer}/projection_{number}"] = projection
    return tables
