"""The next word: ranking by hand and by sorting, the whole distribution, and which part of a long text counts."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError, InputTypeError
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.context import ANCHOR_CHARACTERS, context_start, read_context
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.next_word import (
    Prediction,
    next_word_probabilities,
    predict_next_word,
)
from nextword.runtime import top_positions
from nextword.tokens.tokenizer import build_tokenizer
from nextword.tokens.vocabulary import EOS_ID, PAD_ID

CASES = ["", "I like", "我喜欢", "I like 茶", "😀", "Ｈｉ，", "unheard of", "tea\n茶", "\n", " "]


@pytest.fixture
def unigram_model():
    """Return a model whose distribution is known: `<eos>` 4, b 2, c 2, a 0.5, d 0.5, `<unk>` 1, of 10."""
    tokenizer = build_tokenizer(["c b", "b", "c a", "d"])
    return LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))


def after(lm, ids):
    """Return the distribution after given ids."""
    logs = lm.runtime.log_probabilities(lm.runtime.advance(lm.runtime.initial_state(), ids))[0]
    return np.exp(logs.astype(np.float64))


def test_by_hand(unigram_model):
    predictions = predict_next_word(unigram_model, "a b", top_k=3)
    assert [prediction.word for prediction in predictions] == ["b", "c", "a"]
    assert [prediction.probability for prediction in predictions] == pytest.approx(
        [0.2 + 0.4 * 0.2, 0.2 + 0.4 * 0.2, 0.05 + 0.4 * 0.05], rel=1e-6
    )  # the line may end here: see `reading_on`
    assert isinstance(predictions, tuple)
    assert predictions[0] == Prediction("b", predictions[0].probability)
    assert {type(value) for prediction in predictions for value in prediction} == {str, float}
    np.testing.assert_allclose(
        next_word_probabilities(unigram_model, "a b"), [0, 0.1, 0.4, 0.2, 0.2, 0.05, 0.05], rtol=1e-6
    )


def test_special_tokens_are_never_suggested(unigram_model, tiny_language_model):
    assert next_word_probabilities(unigram_model).argmax() == EOS_ID
    for lm in (unigram_model, tiny_language_model):
        for text in CASES:
            predictions = predict_next_word(lm, text, top_k=10_000)
            assert sorted(prediction.word for prediction in predictions) == sorted(lm.vocabulary[3:])
            assert sum(prediction.probability for prediction in predictions) < 1.0


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize("top_k", [1, 5, np.int64(3), 10_000])
def test_the_ranking_is_that_of_the_distribution(tiny_language_model, text, top_k):
    lm = tiny_language_model
    probabilities = next_word_probabilities(lm, text)
    predictions = predict_next_word(lm, text, top_k)
    ranked = sorted(range(3, len(lm.vocabulary)), key=lambda token_id: (-probabilities[token_id], token_id))
    assert [prediction.word for prediction in predictions] == [lm.vocabulary[i] for i in ranked[:top_k]]
    expected = probabilities[ranked[:top_k]]
    np.testing.assert_allclose([prediction.probability for prediction in predictions], expected, rtol=1e-5)


@pytest.mark.parametrize("text", CASES)
def test_the_distribution_sums_to_one(tiny_language_model, text):
    probabilities = next_word_probabilities(tiny_language_model, text)
    assert probabilities.shape == (len(tiny_language_model.vocabulary),)
    assert probabilities.dtype == np.float64
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-6)
    assert np.flatnonzero(probabilities == 0.0).tolist() == [PAD_ID]


def test_a_text_is_read_after_one_eos(tiny_language_model):
    lm = tiny_language_model
    np.testing.assert_allclose(next_word_probabilities(lm), after(lm, [EOS_ID]), rtol=1e-6)
    for text in CASES[1:]:
        ids = [EOS_ID, *lm.tokenizer.encode(text).tolist()]
        np.testing.assert_allclose(next_word_probabilities(lm, text), after(lm, ids), rtol=1e-6)


@pytest.mark.parametrize(
    "end", ["\n", "\r\n", "\n\n", " \n \t", "\x0b", "\u2028", "\n\u3000\u3000", "\n\u00a0", "\n\ufeff"]
)
def test_a_line_break_at_the_end_is_read_as_eos(tiny_language_model, end):
    lm = tiny_language_model
    for text in ("I like", "我喜欢", "tea\n茶"):
        ids = [EOS_ID, *lm.tokenizer.encode(text).tolist(), EOS_ID]
        np.testing.assert_allclose(next_word_probabilities(lm, text + end), after(lm, ids), rtol=1e-6)
        assert not np.allclose(next_word_probabilities(lm, text), next_word_probabilities(lm, text + end))


@pytest.mark.parametrize("text", ["\n", " ", "\r\n \n", "\u3000"])
def test_a_text_without_words_is_empty(tiny_language_model, text):
    np.testing.assert_array_equal(
        next_word_probabilities(tiny_language_model, text), next_word_probabilities(tiny_language_model, "")
    )


def test_words_typed_one_by_one_are_a_line_after_lines(tiny_language_model):
    """A text that goes on after a line break is the text with the break inside."""
    lm = tiny_language_model
    state = lm.runtime.advance(read_context(lm, "I like\n").state, lm.tokenizer.encode("茶"))
    assert all(map(np.array_equal, state, read_context(lm, "I like\n茶").state))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([-np.inf, -3.0, -2.5, -2.5, -1.0]) | st.floats(-9.0, 0.0, width=32), min_size=1, max_size=300
    ),
    st.integers(1, 40),
)
def test_top_positions_are_those_of_sorting(values, top_k):
    logs = np.array(values, np.float32)
    logs.flags.writeable = False
    ranked = sorted(range(len(values)), key=lambda position: (-logs[position], position))
    assert top_positions(logs, top_k).tolist() == ranked[:top_k]


@pytest.mark.parametrize("size", [99, 100, 101, 10_000, 10_403])
def test_top_positions_of_many(size):
    logs = np.random.default_rng(size).integers(-40, 0, size).astype(np.float32)
    ranked = np.lexsort((np.arange(size), -logs))
    assert top_positions(logs, 5).tolist() == ranked[:5].tolist()


def test_where_the_part_that_counts_begins():
    cases = {0: 0, 1: 0, 4096: 0, 8191: 0, 8192: 4096, 12287: 4096, 12288: 8192, 100_000: 94_208}
    assert {length: context_start(length) for length in cases} == cases


@settings(deadline=None)
@given(st.integers(0, 10_000_000))
def test_at_least_4096_characters_count(length):
    start = context_start(length)
    assert start % ANCHOR_CHARACTERS == 0
    assert length - start < 2 * ANCHOR_CHARACTERS
    assert start == 0 or length - start >= ANCHOR_CHARACTERS
    # A text that grows is read from the same place for 4,096 characters.
    assert context_start(length // ANCHOR_CHARACTERS * ANCHOR_CHARACTERS) == start


def test_a_long_text_answers_like_its_tail(tiny_language_model):
    words = ("I like tea", "我喜欢茶。", "You like\n", "😀")
    drawn = np.random.default_rng(0).integers(len(words), size=40_000)
    text = " ".join(words[i] for i in drawn)[:100_000]
    assert len(text) == 100_000
    tail = text[context_start(100_000) :]
    assert len(tail) == 5792
    answer = next_word_probabilities(tiny_language_model, text)
    np.testing.assert_array_equal(answer, next_word_probabilities(tiny_language_model, tail))
    np.testing.assert_array_equal(answer, next_word_probabilities(tiny_language_model, "you " * 23_552 + tail))
    assert predict_next_word(tiny_language_model, text) == predict_next_word(tiny_language_model, tail)


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure(tiny_language_model):
    lm = tiny_language_model
    first = next_word_probabilities(lm, "I like")
    kept = first.copy()
    first[:] = 0.0
    np.testing.assert_array_equal(next_word_probabilities(lm, "I like"), kept)
    before = predict_next_word(lm, "I like")
    predict_next_word(lm, "我喜欢\n")
    assert predict_next_word(lm, "I like") == before


@pytest.mark.parametrize("top_k", [0, -1, True, np.True_, 2.5, 3.0, "3", None])
def test_wrong_numbers_of_words_are_refused(tiny_language_model, top_k):
    with refuses(ConfigError, "option-out-of-range", option="top_k", value=top_k):
        predict_next_word(tiny_language_model, "I like", top_k=top_k)


@pytest.mark.parametrize("text", [None, b"tea", 3, ["I", "like"]])
@pytest.mark.parametrize("ask", [predict_next_word, next_word_probabilities])
def test_what_is_no_text_is_refused(tiny_language_model, ask, text):
    with refuses(InputTypeError, "text-not-str", argument="text", received=type(text).__name__):
        ask(tiny_language_model, text)
