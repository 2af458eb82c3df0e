"""The embedding matrix: one vector per word of the vocabulary.

Input: a vocabulary and, if there are any, pretrained vectors. Output: a float32 matrix of shape (V, D), the first
weight of every network. Words without a pretrained vector get a random one of the same spread, so that no network
begins by telling the two kinds apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError, InputError, check_config, check_integer, check_kind, take_plain_numbers
from nextword.tokens.forms import spellings
from nextword.tokens.vocabulary import PAD_ID, SPECIAL_TOKENS, Vocabulary, checked_words
from nextword.vectors.formats import MAX_DIMENSION
from nextword.vectors.values import Vectors

_DEFAULT_DIM = 200
_DEFAULT_LIMIT = 0.1
_LARGEST = 1e38  # twice this is still a float32
_BLOCK = 4096  # rows whose squares are held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingConfig:
    """Width and seed of the embedding matrix.

    Args:
        embedding_dim: Width D, from 1 to 4096; None means the width of the pretrained vectors, or 200 without any.
        seed: Seed of the random rows.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; code "option-out-of-range".

    Examples:
        >>> EmbeddingConfig(embedding_dim=64)
        EmbeddingConfig(embedding_dim=64, seed=0)
    """

    embedding_dim: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.embedding_dim is not None:
            check_integer("embedding_dim", self.embedding_dim, 1, MAX_DIMENSION)
        check_integer("seed", self.seed, 0)
        take_plain_numbers(self)


def build_embedding_matrix(
    vocabulary: Sequence[str],
    config: EmbeddingConfig = EmbeddingConfig(),
    vectors: Vectors | None = None,
) -> NDArray[np.float32]:
    """Return one embedding vector per word; the `<pad>` row is zero.

    Without vectors, rows are drawn uniformly in [-0.1, 0.1]. With vectors, the row of a word is its vector as it was
    loaded; a word that the vectors lack is looked up in its lower-case, capitalised and upper-case form, and then drawn
    uniformly around zero with the standard deviation of all loaded numbers (in [-0.1, 0.1] if that is zero). Each
    special token but `<pad>`, and each role token, is drawn. What is drawn for a word depends on the seed, its id and
    D; of the vectors only that standard deviation enters, never which words they have.

    Args:
        vocabulary: Words in id order, length V, the three special tokens first.
        config: Width and seed of the matrix.
        vectors: Pretrained vectors, as `load_vectors` gives them.

    Returns:
        Array of shape (V, D), float32; row i embeds token id i.

    Raises:
        ConfigError: If `config.embedding_dim` differs from the width of the vectors; code "embedding-dim-mismatch".
        InputError: If `vocabulary` is empty or does not begin with the special tokens, or `vectors` are not finite or
            too large; codes "special-tokens-missing" and "vectors-not-finite".
        InputTypeError: If `vocabulary` has something else than words, `config` is of another stage, or `vectors` are
            none; codes as in `checked_words`, and "wrong-kind".

    Examples:
        >>> matrix = build_embedding_matrix(("<pad>", "<unk>", "<eos>", "tea"), EmbeddingConfig(embedding_dim=8))
        >>> matrix.shape, matrix[0].any().item(), bool(abs(matrix).max() <= 0.1)
        ((4, 8), False, True)

    References:
        Bengio et al., 2003, A Neural Probabilistic Language Model; Kim, 2014, Convolutional Neural Networks for
        Sentence Classification (random rows with the variance of the pretrained ones).
    """
    if not isinstance(vocabulary, Vocabulary):
        vocabulary = checked_words("vocabulary", vocabulary)
    check_config(config, EmbeddingConfig)
    if vectors is not None:
        check_kind("vectors", vectors, Vectors, "Read a file of them: `load_vectors(path, vocabulary)`.")
    if tuple(vocabulary[: len(SPECIAL_TOKENS)]) != SPECIAL_TOKENS:
        received = f"{vocabulary[: len(SPECIAL_TOKENS)]!r:.80} as its first words" if len(vocabulary) else "no words"
        raise InputError(
            f"`vocabulary` must begin with {SPECIAL_TOKENS}; received {received}. Use `build_vocabulary`.",
            code="special-tokens-missing",
            first_words=tuple(vocabulary[: len(SPECIAL_TOKENS)]),
        )
    dimension = _dimension(config.embedding_dim, vectors)
    limit = np.float32(_DEFAULT_LIMIT if vectors is None else _limit_of_same_spread(vectors.matrix))
    generator = np.random.default_rng(config.seed)
    # All rows are drawn, also those replaced below: so no row depends on which other words have a vector.
    matrix = generator.random((len(vocabulary), dimension), dtype=np.float32)  # (V, D) in [0, 1)
    matrix -= np.float32(0.5)
    matrix *= 2 * limit
    if vectors is not None:
        rows = {word: row for row, word in enumerate(vectors.words)}
        first = vocabulary.first_word if isinstance(vocabulary, Vocabulary) else len(SPECIAL_TOKENS)
        for token_id, word in enumerate(vocabulary):
            row = _find(word, rows) if token_id >= first else None
            if row is not None:
                matrix[token_id] = vectors.matrix[row]
    matrix[PAD_ID] = 0.0
    return matrix


def _dimension(embedding_dim: int | None, vectors: Vectors | None) -> int:
    """Return D, from the option or the vectors."""
    if vectors is None:
        return _DEFAULT_DIM if embedding_dim is None else embedding_dim
    width = vectors.matrix.shape[1]
    if embedding_dim not in (None, width):
        raise ConfigError(
            f"`embedding_dim` must be the width of the vectors, {width}; received {embedding_dim}. "
            f"Leave `embedding_dim` out, or load vectors of {embedding_dim} numbers.",
            code="embedding-dim-mismatch",
            embedding_dim=embedding_dim,
            width=width,
        )
    return int(width)


def _limit_of_same_spread(matrix: NDArray[np.float32]) -> float:
    """Return the limit L for which a uniform draw in [-L, L] has the standard deviation of all numbers of a matrix."""
    if not matrix.size:
        return _DEFAULT_LIMIT
    # In float64, block by block: a copy of the whole matrix in float64 would take twice its memory.
    blocks = [matrix[start : start + _BLOCK] for start in range(0, len(matrix), _BLOCK)]
    with np.errstate(invalid="ignore"):
        mean = float(sum(block.sum(dtype=np.float64) for block in blocks)) / matrix.size
        variance = float(sum(np.square(block - mean, dtype=np.float64).sum() for block in blocks)) / matrix.size
    limit = math.sqrt(3.0 * variance)
    if not limit < _LARGEST:
        raise InputError(
            f"`vectors` must hold finite numbers of ordinary size; received a standard deviation of {variance**0.5:g}. "
            "Typical values are below 10.",
            code="vectors-not-finite",
            standard_deviation=variance**0.5,
        )
    return limit or _DEFAULT_LIMIT


def _find(word: str, rows: Mapping[str, int]) -> int | None:
    """Return the row of a word, or of its best other spelling."""
    for spelling in spellings(word):
        row = rows.get(spelling)
        if row is not None:
            return row
    return None
