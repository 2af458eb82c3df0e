"""The embedding matrix: random rows, pretrained rows, and that neither disturbs the other."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError, InputError
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary
from nextword.vectors.embedding import EmbeddingConfig, build_embedding_matrix
from nextword.vectors.values import Vectors, VectorsReport

WORDS = ("tea", "Milk", "茶", "😀")
VOCABULARY = Vocabulary(SPECIAL_TOKENS + WORDS)


def vectors_of(rows):
    """Return vectors made by hand."""
    matrix = np.array(list(rows.values()), dtype=np.float32).reshape(len(rows), -1 if rows else 2)
    report = VectorsReport(
        format="by hand", rows_read=len(rows), dimension=matrix.shape[1], duplicates=0, wanted=9, found=len(rows)
    )
    return Vectors(tuple(rows), matrix, report)


def test_random_rows():
    matrix = build_embedding_matrix(VOCABULARY)
    assert matrix.shape == (7, 200)
    assert matrix.dtype == np.float32
    assert matrix.flags.writeable
    assert not matrix[0].any()
    assert 0.09 < np.abs(matrix).max() <= np.float32(0.1)
    assert abs(matrix[1:].mean()) < 0.01
    assert abs(matrix[1:].std() - 0.1 / np.sqrt(3)) < 0.005
    assert len({row.tobytes() for row in matrix}) == 7


def test_a_plain_tuple_serves_as_vocabulary():
    np.testing.assert_array_equal(build_embedding_matrix(VOCABULARY.words), build_embedding_matrix(VOCABULARY))


def test_pretrained_rows_are_used_as_they_are():
    vectors = vectors_of({"茶": [1.0, 2.0], "tea": [-1.0, 0.5], "coffee": [9.0, 9.0]})
    matrix = build_embedding_matrix(VOCABULARY, vectors=vectors)
    assert matrix.shape == (7, 2)
    assert matrix[3].tolist() == [-1.0, 0.5]
    assert matrix[5].tolist() == [1.0, 2.0]
    assert not matrix[0].any()
    assert all(matrix[token_id].all() for token_id in (1, 2, 4, 6))


@pytest.mark.parametrize("spelling", ["Milk", "milk", "MILK"])
def test_other_casings_are_looked_up(spelling):
    assert build_embedding_matrix(VOCABULARY, vectors=vectors_of({spelling: [4.0, 5.0]}))[4].tolist() == [4.0, 5.0]


def test_the_exact_casing_wins():
    vectors = vectors_of({"milk": [1.0, 1.0], "MILK": [2.0, 2.0], "Milk": [3.0, 3.0]})
    assert build_embedding_matrix(VOCABULARY, vectors=vectors)[4].tolist() == [3.0, 3.0]


def test_special_tokens_are_not_looked_up():
    vectors = vectors_of({"<pad>": [7.0, 7.0], "<unk>": [7.0, 7.0], "<eos>": [7.0, 7.0], "tea": [-7.0, 7.0]})
    matrix = build_embedding_matrix(VOCABULARY, vectors=vectors)
    assert not matrix[0].any()
    assert 7.0 not in np.abs(matrix[1:3])


def test_unknown_rows_have_the_spread_of_the_loaded_ones():
    loaded = np.random.default_rng(0).normal(0.3, 2.5, (5000, 20)).astype(np.float32)
    vectors = vectors_of({f"known{number}": row for number, row in enumerate(loaded)})
    unknown = tuple(f"unknown{number}" for number in range(3000))
    matrix = build_embedding_matrix(SPECIAL_TOKENS + unknown, vectors=vectors)[1:]
    assert matrix.std() == pytest.approx(loaded.std(), rel=0.02)
    assert abs(matrix.mean()) < 0.05
    assert np.abs(matrix).max() == pytest.approx(np.sqrt(3) * loaded.std(), rel=0.01)


@pytest.mark.parametrize("rows", [{}, {"tea": [0.0, 0.0]}])
def test_vectors_without_any_spread_leave_the_default(rows):
    matrix = build_embedding_matrix(VOCABULARY, vectors=vectors_of(rows))
    unknown = np.delete(matrix, [0, 3], axis=0)
    assert unknown.all()
    assert np.abs(unknown).max() <= np.float32(0.1)


@settings(deadline=None, max_examples=50)
@given(st.sets(st.sampled_from(WORDS)), st.integers(0, 2**32))
def test_a_random_row_does_not_depend_on_which_other_words_have_vectors(known, seed):
    config = EmbeddingConfig(seed=seed)
    plain = build_embedding_matrix(VOCABULARY, EmbeddingConfig(embedding_dim=2, seed=seed))
    # The same numbers, so the same spread, under the names of different words.
    names = [word if word in known else f"other {word}" for word in WORDS]
    vectors = vectors_of({name: [1.0 + row, -row] for row, name in enumerate(names)})
    matrix = build_embedding_matrix(VOCABULARY, config, vectors)
    scale = np.sqrt(3) * vectors.matrix.std() / 0.1
    for token_id, word in enumerate(VOCABULARY):
        if word not in known:
            np.testing.assert_allclose(matrix[token_id], plain[token_id] * scale, rtol=1e-5)


def test_the_seed_decides():
    first, second, other = (build_embedding_matrix(VOCABULARY, EmbeddingConfig(seed=seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure():
    vectors = vectors_of({"tea": [1.0, 2.0]})
    before, words = vectors.matrix.copy(), VOCABULARY.words
    first = build_embedding_matrix(VOCABULARY, vectors=vectors)
    first[:] = 3
    second, third = (build_embedding_matrix(VOCABULARY, vectors=vectors) for _ in range(2))
    np.testing.assert_array_equal(second, third)
    np.testing.assert_array_equal(vectors.matrix, before)
    assert VOCABULARY.words == words


@pytest.mark.parametrize("value", [0, -1, 4097, True, 1.0, "8", np.float32(8)])
def test_wrong_widths_are_refused(value):
    with refuses(ConfigError, "option-out-of-range", option="embedding_dim", value=value):
        EmbeddingConfig(embedding_dim=value)


@pytest.mark.parametrize("value", [-1, False, 1.5, None])
def test_wrong_seeds_are_refused(value):
    with refuses(ConfigError, "option-out-of-range", option="seed", value=value):
        EmbeddingConfig(seed=value)


def test_a_width_other_than_that_of_the_vectors_is_refused():
    vectors = vectors_of({"tea": [1.0, 2.0]})
    assert build_embedding_matrix(VOCABULARY, EmbeddingConfig(embedding_dim=2), vectors).shape == (7, 2)
    with refuses(ConfigError, "embedding-dim-mismatch", embedding_dim=3, width=2):
        build_embedding_matrix(VOCABULARY, EmbeddingConfig(embedding_dim=3), vectors)


@pytest.mark.parametrize("words", [(), ("tea", "milk")])
def test_a_vocabulary_without_special_tokens_is_refused(words):
    with refuses(InputError, "special-tokens-missing", first_words=words):
        build_embedding_matrix(words)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_vectors_that_are_not_finite_are_refused(value):
    with refuses(InputError, "vectors-not-finite"):
        build_embedding_matrix(VOCABULARY, vectors=vectors_of({"tea": [value, -value]}))
