"""Held-out scores: perplexity and top-3 recall of any mixture, against those of the mixture itself."""

import tracemalloc

import numpy as np
import pytest

import nextword as nw
from nextword.mixing.held_out_scores import Reading, score_held_out
from nextword.mixing.runtime import MixtureRuntime
from nextword.runtime import log_probabilities_along
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary

TEXTS = nw.sample_texts()[:300]
TOKENIZER = nw.build_tokenizer(TEXTS[30:])
IDS = nw.encode_texts(TOKENIZER, TEXTS[:30])
SIZE = len(TOKENIZER.vocabulary)


@pytest.fixture(scope="module")
def parts(build_tiny_runtime):
    ngram = nw.build_ngram(nw.encode_texts(TOKENIZER, TEXTS[30:]), vocabulary_size=SIZE)
    return ngram, nw.build_cache(TOKENIZER.vocabulary), build_tiny_runtime(SIZE)


@pytest.fixture(scope="module")
def scores(parts):
    return score_held_out(parts, [Reading(IDS, np.ones(len(IDS), np.bool_))])


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.5, 0.2, 0.3), (0.02, 0.9, 0.08), (0.2, 0.8, 0.0)])
def test_figures_are_those_of_the_mixture(parts, scores, weights):
    kept_parts = [part for part, weight in enumerate(weights) if weight]
    mixture = MixtureRuntime(tuple(parts[part] for part in kept_parts), tuple(weights[part] for part in kept_parts))
    evaluation = nw.evaluate(nw.build_language_model(TOKENIZER, mixture), TEXTS[:30], as_stream=True)
    assert scores.perplexity(np.array(weights)) == pytest.approx(evaluation.perplexity, rel=1e-4)
    # Of the next token; suggestions, which `evaluate` counts, read on behind a finished sentence.
    hits = 0
    for ids, logs in log_probabilities_along(mixture, mixture.advance(mixture.initial_state(), [2]), IDS):
        ahead = (logs[:, 3:] > logs[np.arange(len(ids)), ids][:, None]).sum(axis=1)
        hits += np.count_nonzero((ids >= 3) & (ahead < 3))
    assert scores.recall(np.array(weights)) == pytest.approx(hits / np.count_nonzero(IDS >= 3), abs=0.004)  # ties


def test_some_parts_alone_are_as_the_others_with_weight_0(scores):
    some = scores.of([2, 0])
    assert some.perplexity(np.array([0.3, 0.7])) == pytest.approx(scores.perplexity(np.array([0.7, 0.0, 0.3])))
    assert some.recall(np.array([0.3, 0.7])) == pytest.approx(scores.recall(np.array([0.7, 0.0, 0.3])))


def test_what_is_not_counted_is_read(parts, scores):
    mask = np.zeros(len(IDS), np.bool_)
    mask[[5, 6, 40, *range(60, 200)]] = True
    some = score_held_out(parts, [Reading(IDS, mask)])
    np.testing.assert_allclose(some.probabilities, scores.probabilities[:, mask], rtol=1e-4)
    np.testing.assert_allclose(some.confidences, scores.confidences[:, mask], rtol=1e-4)
    np.testing.assert_array_equal(some.is_word, scores.is_word[mask])


def test_losses_weigh_recall_against_perplexity(scores):
    weights = np.array([1.0, 0.0, 0.0])
    words = np.count_nonzero(scores.is_word)
    expected = np.log(scores.perplexity(weights)) - 2.5 * words / (words + 1000) * scores.recall(weights)
    assert scores.losses(weights).mean() == pytest.approx(expected)


def test_weights_that_depend_on_what_was_read_are_those_of_the_mixture(parts):
    lengths = (3, 17, 300)
    texts = np.split(IDS[: sum(lengths)], np.cumsum(lengths)[:-1])
    readings = [Reading(text, np.ones(len(text), np.bool_)) for text in texts]
    scores = score_held_out(parts, readings, by_read=True)
    weights = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.1, 0.8, 0.1]])
    mixture = MixtureRuntime(parts, (0.1, 0.8, 0.1), ((0.7, 0.2, 0.1), (0.3, 0.3, 0.4)))
    nats = 0.0
    for ids, _ in readings:
        state = mixture.advance(mixture.initial_state(), [2])
        for token_id in ids:
            nats -= float(mixture.log_probabilities(state)[0, token_id])
            state = mixture.advance(state, [token_id])
    assert scores.perplexity(weights) == pytest.approx(np.exp(nats / sum(lengths)), rel=1e-4)
    assert scores.first(3).probabilities.shape == (3, 3)
    assert scores.perplexity(weights) != pytest.approx(scores.perplexity(weights[2]), rel=1e-3)


@pytest.mark.parametrize("count", [1, 2, 150])
def test_many_texts_are_scored_as_each_alone(parts, count):
    generator = np.random.default_rng(count)
    lengths = [*generator.integers(1, 30, count).tolist(), 700]
    readings = [Reading(np.resize(IDS, length), generator.random(length) < 0.8) for length in lengths]
    readings[0] = Reading(readings[0].ids, np.zeros(lengths[0], np.bool_))  # which is not scored at all
    together = score_held_out(parts, readings, by_read=True)
    begin = 0
    for reading in readings:
        tokens = int(np.count_nonzero(reading.loss_mask))
        if tokens:
            alone = score_held_out(parts, [reading], by_read=True)
            span = slice(begin, begin + tokens)
            np.testing.assert_allclose(together.probabilities[:, span], alone.probabilities, rtol=1e-5)
            np.testing.assert_allclose(together.confidences[:, span], alone.confidences, rtol=1e-6)
            np.testing.assert_array_equal(together.knot_shares[:, span], alone.knot_shares)
            np.testing.assert_array_equal(together.is_word[span], alone.is_word)
        begin += tokens
    assert begin == len(together.is_word)


@pytest.mark.parametrize("numbers", [1, 3 * SIZE, 7 * 3 * SIZE + 5])
def test_scores_are_the_same_however_few_are_computed_at_once(parts, scores, monkeypatch, numbers):
    monkeypatch.setattr("nextword.mixing.held_out_scores.DENSE_NUMBERS", numbers)
    few = score_held_out(parts, [Reading(IDS[:300], np.ones(300, np.bool_))])
    np.testing.assert_allclose(few.probabilities, scores.probabilities[:, :300], rtol=1e-4)
    np.testing.assert_allclose(np.sort(few.top_candidates), np.sort(scores.top_candidates[:, :300]), rtol=1e-4)


def test_distributions_of_a_large_vocabulary_stay_within_their_room(build_tiny_runtime):
    size, tokens = 60_000, 200
    words = (*SPECIAL_TOKENS, *(f"w{number}" for number in range(size - 3)))
    ids = np.random.default_rng(1).integers(2, size, tokens).astype(np.int32)
    cache = nw.build_cache(Vocabulary(words))
    parts = [build_tiny_runtime(size), cache, nw.build_ngram(ids, vocabulary_size=size)]
    tracemalloc.start()
    score_held_out(parts, [Reading(ids, np.ones(tokens, np.bool_))])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6 < 4 * tokens * size * len(parts)


@pytest.mark.parametrize("size", [12, 64 * 8 + 3, 64 * 9 + 2, 5_000])
def test_candidates_are_the_most_probable_words(build_tiny_runtime, size):
    network = build_tiny_runtime(size, scale=2.0)
    ids = np.random.default_rng(size).integers(1, size, 40).astype(np.int32)
    scores = score_held_out([network], [Reading(ids, np.ones(40, np.bool_))])
    state = network.advance(network.initial_state(), [2])
    for targets, logs in log_probabilities_along(network, state, ids):
        for token_id, row, kept in zip(targets.tolist(), np.exp(logs), scores.top_candidates[0], strict=True):
            best = sorted(range(3, size), key=lambda word: -row[word])[:8]
            expected = sorted(row[word] for word in best if word != token_id)
            np.testing.assert_allclose(sorted(kept)[8 - len(expected) :], expected, rtol=1e-5)
            assert np.count_nonzero(kept) <= len(expected)
