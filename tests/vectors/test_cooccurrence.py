"""Vectors from neighbouring words: against counts by hand and a full decomposition, and who is near whom."""

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.vectors import cooccurrence
from nextword.vectors.cooccurrence import CooccurrenceConfig, build_cooccurrence_vectors


def vocabulary_of(size):
    return nw.Vocabulary(("<pad>", "<unk>", "<eos>", *(f"w{number}" for number in range(size - 3))))


@pytest.fixture(scope="module")
def tokenizer():
    return nw.build_tokenizer(nw.sample_texts()[:300])


@pytest.fixture(scope="module")
def ids(tokenizer):
    return nw.encode_texts(tokenizer, nw.sample_texts()[:300])


def reference_counts(ids, size, config):
    """Counts of neighbours by three loops: those before in the left half of the columns, those after in the right."""
    totals = np.bincount(ids, minlength=size)
    neighbours = sorted(range(size), key=lambda token_id: -totals[token_id])[: config.neighbours]
    counts = np.zeros((size, 2 * len(neighbours)))
    for position, token_id in enumerate(ids):
        for distance in range(1, config.window + 1):
            for side, other in ((0, position - distance), (len(neighbours), position + distance)):
                if 0 <= other < len(ids) and ids[other] in neighbours:
                    counts[token_id, side + neighbours.index(ids[other])] += 1 / distance
    return counts


def reference_products(counts, dimension, tokens):
    """Inner products of the vectors of all words, by a full decomposition in float64."""
    of_word = counts.sum(axis=1, keepdims=True) + cooccurrence.SMOOTHING
    of_neighbour = counts.sum(axis=0, keepdims=True) + cooccurrence.SMOOTHING
    information = np.log1p(counts * counts.sum() / (of_word * of_neighbour))
    information = (information - information.mean(axis=0))[3:]
    left, singular, _ = np.linalg.svd(information, full_matrices=False)
    vectors = left[:, :dimension] * singular[:dimension] ** 0.5
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    length = cooccurrence.COORDINATE * (tokens / 1e6) ** 0.25 * dimension**0.5
    return length**2 * vectors @ vectors.T


def products(vectors):
    return vectors.matrix @ vectors.matrix.T


def test_neighbours_are_counted_by_distance_on_both_sides():
    ids, config = [3, 4, 3, 5, 2], CooccurrenceConfig(dimension=4, neighbours=2, window=2)
    # The two most frequent tokens, 3 and then 2, are the neighbours: left ones in columns 0 and 1, right ones after.
    counts = np.zeros((6, 4))
    counts[4] = [1, 0, 1, 0]  # 3 on both sides of 4
    counts[3] = [0.5, 0, 0.5, 0.5]  # 3 two before and two behind; 2 two behind the second 3
    counts[5] = [1, 0, 0, 1]  # 3 before, 2 behind
    counts[2] = [0.5, 0, 0, 0]  # 3 two before
    np.testing.assert_allclose(reference_counts(ids, 6, config), counts)
    vectors = build_cooccurrence_vectors(ids, vocabulary_of(6), config)
    np.testing.assert_allclose(products(vectors), reference_products(counts, 4, 5), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("config", "tolerance"),
    [
        (CooccurrenceConfig(dimension=20, neighbours=100), 0.03),  # the last of the 20 parts are not quite found
        (CooccurrenceConfig(neighbours=30, window=1), 1e-4),  # room for every part
    ],
)
def test_vectors_are_the_principal_parts(config, tolerance, tokenizer, ids):
    size, ids = len(tokenizer.vocabulary), ids[:3000]
    counts = reference_counts(ids.tolist(), size, config)
    found = products(build_cooccurrence_vectors(ids, tokenizer.vocabulary, config))
    expected = reference_products(counts, config.dimension or 200, len(ids))
    known = counts[3:].any(axis=1)  # words outside the stream have no neighbours, and so all the same vector
    length = expected[0, 0]
    np.testing.assert_allclose(found[known][:, known], expected[known][:, known], atol=tolerance * length)


def test_blocks_make_no_difference(monkeypatch, tokenizer, ids):
    config = CooccurrenceConfig(dimension=16, neighbours=50)
    whole = products(build_cooccurrence_vectors(ids, tokenizer.vocabulary, config))
    monkeypatch.setattr(cooccurrence, "BLOCK", 101)
    in_blocks = products(build_cooccurrence_vectors(ids, tokenizer.vocabulary, config))
    np.testing.assert_allclose(in_blocks, whole, atol=1e-4 * whole.max())


def test_a_large_vocabulary_has_fewer_neighbours(monkeypatch, tokenizer, ids):
    size = len(tokenizer.vocabulary)
    three, four = (
        build_cooccurrence_vectors(ids, tokenizer.vocabulary, CooccurrenceConfig(dimension=6, neighbours=neighbours))
        for neighbours in (3, 4)
    )
    monkeypatch.setattr(cooccurrence, "MAX_COUNTS", size * 6)
    fewer = build_cooccurrence_vectors(ids, tokenizer.vocabulary, CooccurrenceConfig(dimension=6, neighbours=4))
    np.testing.assert_array_equal(fewer.matrix, three.matrix)
    assert not np.array_equal(fewer.matrix, four.matrix)


def test_words_of_equal_company_are_near_each_other():
    texts = [f"{who} {verb} {what} ." for who in ("I", "You") for verb in ("like", "want") for what in ("tea", "milk")]
    tokenizer = nw.build_tokenizer(texts)
    config = CooccurrenceConfig(dimension=32)
    vectors = build_cooccurrence_vectors(nw.encode_texts(tokenizer, texts), tokenizer.vocabulary, config)
    rows = {word: row for row, word in enumerate(vectors.words)}
    unit = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    for pair in (("I", "You"), ("like", "want"), ("tea", "milk")):
        similarity = unit @ unit[rows[pair[0]]]
        assert vectors.words[int(np.argsort(-similarity)[1])] == pair[1]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=40), st.integers(1, 12), st.integers(1, 9), st.integers(1, 5))
@example([1, 1, 3, 4, 1], 1, 1, 1)  # of which rounding left a three-hundredth of the length
def test_any_stream_gives_finite_vectors_of_one_length(ids, dimension, neighbours, window):
    config = CooccurrenceConfig(dimension=dimension, neighbours=neighbours, window=window)
    vectors = build_cooccurrence_vectors(ids, vocabulary_of(8), config)
    assert vectors.matrix.shape == (5, dimension)
    assert np.isfinite(vectors.matrix).all()
    length = cooccurrence.COORDINATE * (len(ids) / 1e6) ** 0.25 * dimension**0.5
    norms = np.linalg.norm(vectors.matrix, axis=1)
    assert (np.isclose(norms, length, rtol=1e-3) | (norms < 1e-3 * length)).all()
    if len(set(ids)) > 1:
        assert norms.max() > 0.9 * length or not vectors.matrix.any()


def test_the_length_grows_with_the_fourth_root_of_the_tokens_up_to_a_million(monkeypatch, tokenizer, ids):
    def length(tokens, full_length_from):
        monkeypatch.setattr(cooccurrence, "FULL_LENGTH_FROM", full_length_from)
        config = CooccurrenceConfig(dimension=9, neighbours=20)
        vectors = build_cooccurrence_vectors(ids[:tokens], tokenizer.vocabulary, config)
        return np.linalg.norm(vectors.matrix, axis=1).max()

    full = 3 * cooccurrence.COORDINATE
    assert cooccurrence.FULL_LENGTH_FROM == 1_000_000
    assert length(2000, 32_000) == pytest.approx(full / 2, rel=1e-4)
    assert length(2000, 2000) == length(2000, 100) == pytest.approx(full, rel=1e-4)


@pytest.mark.usefixtures("random_states_unchanged")
def test_it_is_pure_and_the_seed_turns_them(tokenizer, ids):
    before = ids.copy()
    first, again, other = (
        build_cooccurrence_vectors(
            ids, tokenizer.vocabulary, CooccurrenceConfig(dimension=16, neighbours=100, seed=seed)
        )
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.matrix, again.matrix)
    np.testing.assert_array_equal(ids, before)
    assert not np.allclose(first.matrix, other.matrix)
    # Another seed turns the vectors, but who is near whom stays.
    assert np.corrcoef(products(first).ravel(), products(other).ravel())[0, 1] > 0.99


def test_they_are_a_start_for_the_embedding(tokenizer, ids):
    vectors = build_cooccurrence_vectors(ids, tokenizer.vocabulary, CooccurrenceConfig(dimension=16, neighbours=50))
    matrix = nw.build_embedding_matrix(tokenizer.vocabulary, vectors=vectors)
    np.testing.assert_array_equal(matrix[3:], vectors.matrix)
    assert (vectors.report.format, vectors.report.coverage) == ("neighbouring words", 1.0)


def test_a_vocabulary_of_special_tokens_alone_has_no_vectors():
    vectors = build_cooccurrence_vectors([1, 2], vocabulary_of(3), CooccurrenceConfig(dimension=4))
    assert vectors.matrix.shape == (0, 4)
    assert "0 of 0 words" in str(vectors.report)


def test_wrong_ids_are_refused():
    with refuses(nw.InputError, "ids-empty"):
        build_cooccurrence_vectors([], vocabulary_of(5))
    with refuses(nw.InputError, "id-outside-vocabulary", token_id=9, position=1):
        build_cooccurrence_vectors([4, 9], vocabulary_of(5))
    with refuses(nw.InputTypeError, "ids-not-integers"):
        build_cooccurrence_vectors([0.5], vocabulary_of(5))


@pytest.mark.parametrize(
    ("option", "value"),
    [("window", 0), ("window", 101), ("dimension", 0), ("dimension", 4097), ("neighbours", 0), ("seed", -1)],
)
def test_wrong_options_are_refused(option, value):
    with refuses(nw.ConfigError, "option-out-of-range", option=option, value=value):
        CooccurrenceConfig(**{option: value})
