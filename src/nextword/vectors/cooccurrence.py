"""Token ids -> word vectors from counts of neighbouring words: a start for the embedding, made in seconds.

Input: a stream of token ids and the vocabulary. Output: `Vectors`, as `load_vectors` returns them, in which words that
stand beside the same words are near each other. A network that begins with them needs half the passes over the text.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError, check_config, check_ids, check_integer, take_plain_numbers
from nextword.tokens.vocabulary import Vocabulary, check_vocabulary
from nextword.vectors.formats import MAX_DIMENSION
from nextword.vectors.values import Vectors, VectorsReport

# Numbers in the table of counts at most, 256 MB: with a large vocabulary fewer neighbours are told apart.
MAX_COUNTS = 1 << 26
BLOCK = 1 << 20  # tokens counted at a time
ROWS = 1 << 14  # words whose vectors are made at a time
SMOOTHING = 5.0  # added to every total, so that chance meetings of rare words weigh little
_DEFAULT_DIMENSION = 200
SPARE, ITERATIONS = 50, 6  # of the subspace iteration
# Root mean square of the numbers in a vector: with this one, a network with tied embeddings learns fastest. Below a
# million tokens the vectors say less, so they are shorter, by the fourth root of the number of tokens.
COORDINATE, FULL_LENGTH_FROM = 0.23, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CooccurrenceConfig:
    """Width of the vectors and what counts as a neighbour.

    Args:
        dimension: Numbers D in a vector; None means 200, and in `fit` the width of the embedding.
        neighbours: How many of the most frequent tokens are told apart as neighbours, on each side.
        window: Farthest neighbour, in tokens; one at distance d counts 1/d.
        seed: Seed of the rotation that spreads the principal parts over all D numbers; distances do not depend on it.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; code "option-out-of-range".

    Examples:
        >>> CooccurrenceConfig(window=2)
        CooccurrenceConfig(dimension=None, neighbours=1000, window=2, seed=0)
    """

    dimension: int | None = None
    neighbours: int = 1000
    window: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.dimension is not None:
            check_integer("dimension", self.dimension, 1, MAX_DIMENSION)
        check_integer("neighbours", self.neighbours, 1, 10_000)
        check_integer("window", self.window, 1, 100)
        check_integer("seed", self.seed, 0)
        take_plain_numbers(self)


def build_cooccurrence_vectors(
    ids: ArrayLike, vocabulary: Vocabulary, config: CooccurrenceConfig = CooccurrenceConfig()
) -> Vectors:
    """Return a vector for every word: the principal parts of its pointwise mutual information with its neighbours.

    All vectors have the same length, which grows with the text. Where there are fewer words than numbers in a vector,
    the vectors span fewer dimensions.

    Args:
        ids: Stream of `encode_texts`, integers of shape (N,).
        vocabulary: The words of its token ids, length V.
        config: Width and window.

    Returns:
        Vectors of all words of the vocabulary but the special and role tokens, float32 of shape (V - 3, D) where there
            are no role tokens.

    Raises:
        InputTypeError: If the ids are no integers (code "ids-not-integers"), `vocabulary` is none ("not-a-vocabulary"),
            or `config` is of another stage ("wrong-kind").
        InputError: If there is none, or one is outside the vocabulary; codes "ids-empty" and "id-outside-vocabulary".

    Examples:
        >>> from nextword.tokens.tokenizer import build_tokenizer, encode_texts
        >>> texts = ["I like tea.", "I like milk.", "You drink tea.", "You drink milk."]
        >>> tokenizer = build_tokenizer(texts)
        >>> vectors = build_cooccurrence_vectors(encode_texts(tokenizer, texts), tokenizer.vocabulary)
        >>> tea, milk, like = (vectors.matrix[vectors.words.index(word)] for word in ("tea", "milk", "like"))
        >>> bool(tea @ milk > tea @ like)
        True

    References:
        Levy and Goldberg, 2014, Neural Word Embedding as Implicit Matrix Factorization; Bullinaria and Levy, 2012,
        Extracting semantic representations from word co-occurrence statistics (square root of the singular values).
    """
    check_vocabulary(vocabulary)
    check_config(config, CooccurrenceConfig)
    stream = check_ids(ids, len(vocabulary))
    if not len(stream):
        raise InputError(
            "`ids` has no tokens, and vectors are counted from at least one. Give more text.", code="ids-empty"
        )
    words = vocabulary.words[vocabulary.first_word :]
    information = _information(_counts(stream, len(vocabulary), config))[vocabulary.first_word :]
    dimension = config.dimension or _DEFAULT_DIMENSION
    matrix = _principal_parts(information, dimension, config.seed)
    length = COORDINATE * min(1.0, len(stream) / FULL_LENGTH_FROM) ** 0.25 * dimension**0.5
    for start in range(0, len(matrix), ROWS):
        rows = matrix[start : start + ROWS]
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        # A shorter one is the rounding of a word that has nothing in common with the others.
        rows *= np.where(norms < 1e-6, np.float32(0.0), np.float32(length) / np.maximum(norms, np.float32(1e-6)))
    report = VectorsReport(
        format="neighbouring words",
        rows_read=len(words),
        dimension=dimension,
        duplicates=0,
        wanted=len(words),
        found=len(words),
    )
    return Vectors(words, matrix, report)


def _counts(stream: NDArray[np.int32], vocabulary_size: int, config: CooccurrenceConfig) -> NDArray[np.float32]:
    """Count the neighbours of every token, weighted by distance, (V, 2 * neighbours): left ones, then right ones."""
    totals = np.zeros(vocabulary_size, np.int64)
    for start in range(0, len(stream), BLOCK):
        totals += np.bincount(stream[start : start + BLOCK], minlength=vocabulary_size)
    frequent = np.argsort(-totals, kind="stable")
    frequent = frequent[: max(1, min(config.neighbours, vocabulary_size, MAX_COUNTS // (2 * vocabulary_size)))]
    columns = np.full(vocabulary_size, -1, np.int64)
    columns[frequent] = np.arange(len(frequent))
    width = 2 * len(frequent)
    counts = np.zeros(vocabulary_size * width, np.float32)
    for start in range(0, len(stream), BLOCK):
        for distance in range(1, config.window + 1):
            left = stream[start : start + BLOCK].astype(np.int64)
            right = stream[start + distance : start + BLOCK + distance].astype(np.int64)
            left = left[: len(right)]
            for word, neighbour, side in ((right, left, 0), (left, right, len(frequent))):
                known = columns[neighbour] >= 0
                cells = word[known] * width + columns[neighbour[known]] + side
                np.add.at(counts, cells, np.float32(1.0 / distance))
    return counts.reshape(vocabulary_size, width)


def _information(counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn counts into smoothed positive pointwise mutual information, in place, the mean of each neighbour taken off.

    log(1 + observed / expected): 0 where two never meet.
    """
    of_word = counts.sum(axis=1, keepdims=True, dtype=np.float64) + SMOOTHING
    of_neighbour = counts.sum(axis=0, keepdims=True, dtype=np.float64) + SMOOTHING
    counts *= (counts.sum(dtype=np.float64) / of_word).astype(np.float32)
    counts /= of_neighbour.astype(np.float32)
    np.log1p(counts, out=counts)
    counts -= counts.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    return counts


def _principal_parts(information: NDArray[np.float32], dimension: int, seed: int) -> NDArray[np.float32]:
    """Return the left singular vectors times the root of the singular values, randomly rotated, (rows, D).

    By subspace iteration (Halko et al., 2011, Finding Structure with Randomness): a tenth of the time of all of them.
    """
    generator = np.random.default_rng(seed)
    squared = (information.T @ information).astype(np.float64)
    parts = min(len(squared), dimension)
    space = generator.normal(size=(len(squared), min(len(squared), parts + SPARE)))
    for _ in range(ITERATIONS):
        space, _ = np.linalg.qr(squared @ space)
    squares, inner = np.linalg.eigh(space.T @ squared @ space)
    roots = np.maximum(squares[::-1][:parts], 0.0) ** 0.25  # of the singular values
    directions = space @ inner[:, ::-1][:, :parts]
    scaled = np.divide(directions, roots, out=np.zeros_like(directions), where=roots > 1e-3)
    # Each number of a vector then has a share of every part, so that dropout takes no part away as a whole.
    rotation, _ = np.linalg.qr(generator.normal(size=(dimension, dimension)))
    return np.asarray(information @ (scaled @ rotation[:parts]).astype(np.float32))
