"""Completion is the next-word distribution restricted to the words that begin as the unfinished one does."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.reading_on import suggestion_log_probabilities
from nextword.tokens.forms import comparison_form
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer

TEXTS = (
    "I like green tea, and Green tea too.",
    "you don't like well-known teams",
    "我想吃苹果。",
    "我喜欢苹果汁",
)


@pytest.fixture(scope="module")
def build_lm(build_tiny_runtime):
    def build(**options):
        tokenizer = build_tokenizer(TEXTS, TokenizerConfig(**options))
        return LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))

    return build


@pytest.fixture(scope="module")
def lm(build_lm):
    return build_lm()


def by_hand(lm, context, prefix, *, fold=comparison_form):
    """Every word that begins so with its share, best first."""
    state = nw.start_session(lm, context).state
    probabilities = np.exp(suggestion_log_probabilities(lm, state)[0].astype(np.float64))
    matches = [i for i in range(3, len(lm.vocabulary)) if fold(lm.vocabulary[i]).startswith(fold(prefix))]
    total = sum(probabilities[i] for i in matches)
    ranked = sorted(matches, key=lambda i: (-probabilities[i], not lm.vocabulary[i].startswith(prefix), i))
    return [(lm.vocabulary[i], probabilities[i] / total) for i in ranked]


def assert_same(predictions, expected):
    assert [word for word, _ in predictions] == [word for word, _ in expected]
    np.testing.assert_allclose([p for _, p in predictions], [p for _, p in expected], rtol=1e-4)


@pytest.mark.parametrize("context", ["", "I like", "我想", "you don't like"])
@pytest.mark.parametrize("prefix", ["t", "te", "g", "", "苹", "苹果", "don'", "I"])
def test_it_is_the_restricted_distribution(lm, context, prefix):
    expected = by_hand(lm, context, prefix)
    assert_same(nw.complete_word(lm, context, prefix, top_k=99), expected)
    assert sum(p for _, p in nw.complete_word(lm, context, prefix, top_k=99)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "context", "prefix"),
    [
        ("I like te", "I like", "te"),
        ("I like tea", "I like", "tea"),
        ("te", "", "te"),
        ("我想吃苹", "我想吃", "苹"),
        ("我想吃苹果", "我想吃", "苹果"),
        ("you don'", "you", "don'"),
        ("you well-", "you", "well-"),
        ("I like ", "I like", ""),
        ("I like\n", "I like\n", ""),
        ("我想吃 ", "我想吃", ""),
        ("我想吃\u3000", "我想吃", ""),
        ("I like tea,", "I like tea,", ""),
        ("我想吃苹果。", "我想吃苹果。", ""),
        ("tea'", "tea'", ""),
        ("😀", "😀", ""),
        ("", "", ""),
    ],
)
def test_where_the_unfinished_word_begins(lm, text, context, prefix):
    expected = by_hand(lm, context, prefix)
    assert_same(nw.complete_word(lm, text, top_k=99), expected)


def test_chinese_foods_are_completed(lm):
    assert {word for word, _ in nw.complete_word(lm, "我想吃苹")} == {"苹果", "苹果汁"} & set(lm.vocabulary)


def test_whitespace_and_character_levels(build_lm):
    words = build_lm(level="whitespace")
    assert_same(nw.complete_word(words, "I like te", top_k=9), by_hand(words, "I like", "te"))
    assert_same(nw.complete_word(words, "I like tea,", top_k=9), by_hand(words, "I like", "tea,"))
    assert nw.complete_word(words, "I like <unk>") == ()
    characters = build_lm(level="char")
    assert_same(nw.complete_word(characters, "I l", top_k=99), by_hand(characters, "I l", ""))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I like gr", {"green", "Green"}),
        ("I like GRE", {"green", "Green"}),
        ("you don’", {"don't"}),
        ("you DON\u02bc", {"don't"}),
        ("you ｄｏ", {"don't"}),
        ("you well\u2011", {"well-known"}),
        ("you WELL－K", {"well-known"}),
    ],
)
def test_a_prefix_may_have_any_spelling(lm, text, found):
    assert {word for word, _ in nw.complete_word(lm, text)} == found
    assert {word for word, _ in nw.start_session(lm, text).complete()} == found


def test_of_equal_words_those_come_first_that_begin_as_typed(lm):
    runtime = lm.runtime
    weights = {name: np.zeros_like(array) for name, array in runtime.weights.items()}
    equal = LanguageModel(lm.tokenizer, LSTMRuntime(runtime.config, weights))
    order = {word: [found for found, _ in nw.complete_word(equal, "I like", word)] for word in ("gr", "Gr", "GR")}
    listed = [word for word in lm.vocabulary if word.lower() == "green"]
    assert order == {"gr": ["green", "Green"], "Gr": ["Green", "green"], "GR": listed}
    assert [found for found, _ in nw.complete_word(equal, "I like", "Gr", top_k=1)] == ["Green"]


def test_a_blocked_word_leaves_the_others(lm):
    best = nw.complete_word(lm, "I like", "te")
    assert len(best) == 2
    for word, _ in best:
        blocked = nw.block(lm, [word])
        others = [found for found, _ in best if found != word]
        for prefix, top_k in (("te", 1), ("te", 2), (word, 1), (word, 5)):
            found = [found for found, _ in nw.complete_word(blocked, "I like", prefix, top_k)]
            assert found == [other for other in others if other.startswith(prefix)]
    everything = nw.block(lm, [word for word, _ in best])
    assert nw.complete_word(everything, "I like", "te") == ()
    assert nw.complete_word(everything, "I like", "g") != ()


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["tea", "like", "I", "苹果"]), st.text("ab 我", max_size=4))
def test_an_exact_match_is_always_there(lm, word, context):
    for top_k in (1, 2, 5):
        found = nw.complete_word(lm, context, word, top_k=top_k)
        assert word in [found_word for found_word, _ in found]
        assert len(found) <= top_k
        assert [p for _, p in found][:-1] == sorted([p for _, p in found][:-1], reverse=True)


def test_no_such_word_gives_nothing(lm):
    assert nw.complete_word(lm, "I like xyz") == ()
    assert nw.complete_word(lm, "I like", "a b") == ()
    assert nw.complete_word(lm, "I like", "<eo") == ()


def test_arguments_of_a_wrong_kind_are_refused(lm):
    with refuses(nw.InputTypeError, "text-not-str", argument="text", received="int"):
        nw.complete_word(lm, 3)
    with refuses(nw.InputTypeError, "text-not-str", argument="prefix", received="int"):
        nw.complete_word(lm, "a", prefix=3)
    with refuses(nw.ConfigError, "option-out-of-range", option="top_k", value=0):
        nw.complete_word(lm, "a", top_k=0)
