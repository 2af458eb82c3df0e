"""Vectors from neighbouring words: counts by hand, words of equal company together, and what they are worth."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import nextword as nw
from nextword.vectors import cooccurrence
from nextword.vectors.cooccurrence import CooccurrenceConfig, build_cooccurrence_vectors

TEXTS = nw.sample_texts()
TOKENIZER = nw.build_tokenizer(TEXTS)
IDS = nw.encode_texts(TOKENIZER, TEXTS)


def vocabulary_of(size):
    return nw.Vocabulary(("<pad>", "<unk>", "<eos>", *(f"w{number}" for number in range(size - 3))))


def test_neighbours_are_counted_by_distance_on_both_sides():
    stream = np.array([3, 4, 3, 5, 2], np.int32)
    counts = cooccurrence._counts(stream, 6, CooccurrenceConfig(neighbours=2, window=2))
    # The two most frequent tokens, 3 and then 2, are the neighbours: left ones in columns 0 and 1, right ones after.
    expected = np.zeros((6, 4))
    expected[4] = [1, 0, 1, 0]  # 3 on both sides of 4
    expected[3] = [0.5, 0, 0.5, 0.5]  # 3 two before and two behind; 2 two behind the second 3
    expected[5] = [1, 0, 0, 1]  # 3 before, 2 behind
    expected[2] = [0.5, 0, 0, 0]  # 3 two before
    np.testing.assert_allclose(counts, expected)


def test_blocks_make_no_difference(monkeypatch):
    config = CooccurrenceConfig(neighbours=50)
    whole = cooccurrence._counts(IDS, len(TOKENIZER.vocabulary), config)
    monkeypatch.setattr(cooccurrence, "BLOCK", 101)
    np.testing.assert_allclose(cooccurrence._counts(IDS, len(TOKENIZER.vocabulary), config), whole, rtol=1e-5)


def test_vectors_are_the_principal_parts():
    config = CooccurrenceConfig(neighbours=100)
    information = cooccurrence._information(cooccurrence._counts(IDS, len(TOKENIZER.vocabulary), config))
    u, s, _ = np.linalg.svd(information.astype(np.float64), full_matrices=False)
    expected = u[:, :20] * s[:20] ** 0.5
    found = cooccurrence._principal_parts(information, 20, 0)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=0.02 * np.abs(expected @ expected.T).max())


def test_words_of_equal_company_are_near_each_other():
    texts = [f"{who} {verb} {what} ." for who in ("I", "You") for verb in ("like", "want") for what in ("tea", "milk")]
    tokenizer = nw.build_tokenizer(texts)
    vectors = build_cooccurrence_vectors(nw.encode_texts(tokenizer, texts), tokenizer.vocabulary)
    place = {word: row for row, word in enumerate(vectors.words)}
    unit = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    for pair in (("I", "You"), ("like", "want"), ("tea", "milk")):
        similarity = unit @ unit[place[pair[0]]]
        assert vectors.words[int(np.argsort(-similarity)[1])] == pair[1]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=40), st.integers(1, 12), st.integers(1, 9), st.integers(1, 5))
def test_any_stream_gives_finite_vectors_of_one_length(ids, dimension, neighbours, window):
    config = CooccurrenceConfig(dimension=dimension, neighbours=neighbours, window=window)
    vectors = build_cooccurrence_vectors(ids, vocabulary_of(8), config)
    assert vectors.matrix.shape == (5, dimension)
    assert np.isfinite(vectors.matrix).all()
    length = cooccurrence.COORDINATE * (len(ids) / 1e6) ** 0.25 * dimension**0.5
    norms = np.linalg.norm(vectors.matrix, axis=1)
    assert (norms <= length * 1.001).all()


@pytest.mark.usefixtures("random_states_unchanged")
def test_it_is_pure_and_the_seed_turns_them():
    before = IDS.copy()
    first, again, other = (
        build_cooccurrence_vectors(IDS, TOKENIZER.vocabulary, CooccurrenceConfig(dimension=16, seed=seed)).matrix
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(IDS, before)
    assert not np.allclose(first, other)
    # Another seed turns the vectors, but who is near whom stays.
    nearness = [(matrix @ matrix[:200].T).ravel() for matrix in (first, other)]
    assert np.corrcoef(*nearness)[0, 1] > 0.99


def test_a_large_vocabulary_has_fewer_neighbours(monkeypatch):
    monkeypatch.setattr(cooccurrence, "MAX_COUNTS", 8 * 6)
    assert cooccurrence._counts(np.array([3, 4, 5, 6], np.int32), 8, CooccurrenceConfig()).shape == (8, 6)


def test_they_are_a_start_for_the_embedding():
    vectors = build_cooccurrence_vectors(IDS, TOKENIZER.vocabulary, CooccurrenceConfig(dimension=16))
    matrix = nw.build_embedding_matrix(TOKENIZER.vocabulary, vectors=vectors)
    np.testing.assert_array_equal(matrix[3:], vectors.matrix)
    assert "neighbouring words" in str(vectors.report)


def test_errors():
    with pytest.raises(nw.InputError, match="at least one token"):
        build_cooccurrence_vectors([], vocabulary_of(5))
    with pytest.raises(nw.InputError, match="outside the vocabulary"):
        build_cooccurrence_vectors([9], vocabulary_of(5))
    with pytest.raises(nw.ConfigError, match="`window`"):
        CooccurrenceConfig(window=0)
    with pytest.raises(nw.ConfigError, match="`dimension`"):
        CooccurrenceConfig(dimension=0)
