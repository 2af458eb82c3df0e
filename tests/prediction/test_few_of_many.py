"""What is asked for the best few words, or for given ones, of a large vocabulary: as from the whole distribution."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from large_vocabularies import TOKENIZER, WORDS, Clustered, Random, cache, mixture, ngram

import nextword as nw
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.runtime import best
from nextword.tokens.template import Template
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS

TEXTS = st.lists(st.sampled_from([*WORDS[:60], *WORDS[-60:], ".", "苹", "unheard", "\n"]), max_size=8).map(" ".join)


class Ending(Random):
    """A runtime that ends a line behind every fourth word."""

    def logits_after(self, last):
        logits = super().logits_after(last)
        logits[EOS_ID] = 12.0 if last % 4 == 0 else 6.0 if last % 4 == 1 else 0.0
        return logits


class ClusteredEnding(Ending, Clustered):
    """The same in clusters."""


MODELS = {
    "n-grams": nw.build_language_model(TOKENIZER, ngram(4)),
    "mixture": nw.build_language_model(TOKENIZER, mixture(Clustered(1), ngram(3), cache(), weights=(0.5, 0.3, 0.2))),
    "ends": nw.build_language_model(TOKENIZER, mixture(ClusteredEnding(2), cache(), weights=(0.9, 0.1))),
    "two methods": nw.build_language_model(TOKENIZER, Ending(3)),
}
MODELS["blocked"] = nw.block(MODELS["ends"], [*WORDS[:4], WORDS[-1], f"{WORDS[5]} {WORDS[7]}", "苹果"])
MODELS["at a temperature"] = nw.with_temperature(MODELS["mixture"], 1.5)
MODELS["blocked, at a temperature"] = nw.with_temperature(MODELS["blocked"], 0.5)


def both(function, *arguments, **options):
    """Return what a function returns when it searches, and from the whole distribution."""
    answers = []
    for smallest in (1, 1 << 40):
        with patch.object(best, "SEARCHED_FROM", smallest):
            answers.append(function(*arguments, **options))
    return answers


def assert_same(found, whole):
    """Check predictions: the same words where neighbours differ by more than 1e-6, probabilities within 1e-6."""
    assert len(found) == len(whole)
    of_words = dict(whole)
    for (word, probability), (other, expected) in zip(found, whole, strict=True):
        assert abs(probability - expected) <= 1e-6
        assert word == other or abs(of_words.get(word, whole[-1].probability) - expected) <= 1e-6


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=12, deadline=None)
@given(
    text=TEXTS, top_k=st.integers(1, 9), prefix=st.sampled_from(["t", "te", "tea0", "TEA1", "苹", "x", "", WORDS[-1]])
)
def test_words_are_those_of_the_whole_distribution(name, text, top_k, prefix):
    lm = MODELS[name]
    assert_same(*both(nw.predict_next_word, lm, text, top_k))
    assert_same(*both(nw.complete_word, lm, text, prefix, top_k))
    assert_same(*both(nw.complete_word, lm, text, top_k=top_k))
    for word in (WORDS[0], WORDS[-1], "unheard"):
        np.testing.assert_allclose(*both(nw.word_probability, lm, text, word), atol=1e-6)
    assert_same(*both(nw.rank_candidates, lm, text, [WORDS[1], f"{WORDS[-2]} {WORDS[3]}", WORDS[-1], "unheard"]))
    found, whole = both(nw.score, lm, text, complete=True)
    assert found.words == whole.words or np.allclose(*([np.exp(log) for _, log in s.words] for s in (found, whole)))


@pytest.mark.parametrize("name", MODELS)
def test_many_texts_are_as_each_alone(name):
    texts = [f"{WORDS[number]} {WORDS[-number]}" for number in range(1, 6)]
    together, whole = both(nw.predict_next_words, MODELS[name], texts, 4)
    for text, found, expected in zip(texts, together, whole, strict=True):
        assert_same(found, expected)
        assert_same(found, nw.predict_next_word(MODELS[name], text, 4))


@pytest.mark.parametrize("name", MODELS)
def test_a_session_is_a_fresh_start_to_the_last_bit(name, monkeypatch):
    monkeypatch.setattr(best, "SEARCHED_FROM", 1)
    lm = MODELS[name]
    session = nw.start_session(lm, WORDS[2])
    for word in (*WORDS[9:13], ".", WORDS[4], "苹"):
        session = session.advance(word)
        fresh = nw.start_session(lm, session.text)
        assert session.predict(7) == fresh.predict(7) == nw.predict_next_word(lm, session.text, 7)
        typed = session.with_text(session.text + " te")
        assert typed.complete(7) == nw.complete_word(lm, typed.text, top_k=7)


def test_completions_are_one_distribution(monkeypatch):
    monkeypatch.setattr(best, "SEARCHED_FROM", 1)
    lm = MODELS["mixture"]
    completions = nw.complete_word(lm, WORDS[3], prefix="te", top_k=len(WORDS))
    assert len(completions) == 3_000
    assert sum(probability for _, probability in completions) == pytest.approx(1.0)


def test_behind_a_finished_sentence_suggestions_read_on():
    lm = MODELS["ends"]
    ending = next(word for word in WORDS[:50] if nw.next_word_probabilities(lm, word)[EOS_ID] > 0.5)
    found, whole = both(nw.predict_next_word, lm, ending, 5)
    assert_same(found, whole)
    assert sum(probability for _, probability in whole) > 1.2 * sum(
        sorted(nw.next_word_probabilities(lm, ending)[3:])[-5:]
    )


def test_a_model_of_conversations_does_not_read_on():
    assert MODELS["ends"].template is None
    found, whole = both(
        nw.predict_next_word, nw.LanguageModel(TOKENIZER, ClusteredEnding(2), template=Template()), WORDS[1]
    )
    assert_same(found, whole)


def test_blocked_words_are_never_found(monkeypatch):
    monkeypatch.setattr(best, "SEARCHED_FROM", 1)
    lm = MODELS["blocked"]
    for text in ("", WORDS[1], WORDS[5], "苹"):
        found = {word for word, _ in nw.predict_next_word(lm, text, top_k=90)}
        assert not found & {*WORDS[:4], WORDS[-1], *([WORDS[7]] if text == WORDS[5] else [])}
    assert nw.word_probability(lm, WORDS[5], WORDS[7]) == 0.0
    assert nw.word_probability(lm, WORDS[6], WORDS[7]) > 0.0


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 0.0},
        {"top_k": 1},
        {"top_k": 40, "temperature": 1.3},
        {"top_k": 7, "top_p": 0.8, "min_p": 0.05},
        {"temperature": 0.0, "no_repeat_ngram": 2},
        {"top_k": 5, "repetition_penalty": 1.5},
        {"top_p": 0.5},
    ],
)
def test_generated_words_are_those_of_the_whole_distribution(name, options):
    config = nw.GenerationConfig(max_words=12, stop_at="never", seed=4, **options)
    found, whole = both(lambda: list(nw.generate_predictions(MODELS[name], WORDS[2], config)))
    assert [word for word, _ in found] == [word for word, _ in whole]
    np.testing.assert_allclose(*([probability for _, probability in words] for words in (found, whole)), atol=1e-6)


def peaked_model():
    """Return a model of 40,000 words in clusters that is all but sure of one: float32 has no number for the others."""
    tokenizer = nw.Tokenizer(nw.Vocabulary((*SPECIAL_TOKENS, *(f"w{number}" for number in range(40_000)))))
    config = nw.LSTMConfig(hidden_dim=2, num_layers=1)
    size = len(tokenizer.vocabulary)
    weights = {name: np.zeros(shape, np.float32) for name, shape in config.weight_shapes(size, 2).items()}
    weights["logits/bias"][3] = 200.0
    return nw.build_language_model(tokenizer, LSTMRuntime(config, weights))


def test_words_that_are_hardly_possible_are_told_apart_all_the_same():
    lm = peaked_model()
    assert nw.predict_next_word(lm, "w5", top_k=1)[0].word == "w0"
    of_prefix = nw.complete_word(lm, "", prefix="w399", top_k=5)
    ids = lm.vocabulary.ids_with_prefix("w399")
    logs = lm.runtime.log_probabilities(nw.start_session(lm).state)[0][ids].astype(np.float64)
    expected = np.sort(np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum())[::-1]
    np.testing.assert_allclose([probability for _, probability in of_prefix], expected[:5], rtol=1e-4)
    others = nw.predict_next_word(nw.block(lm, ["w0"]), "w5", top_k=3)
    logs = nw.block(lm, ["w0"]).runtime.log_probabilities(nw.start_session(nw.block(lm, ["w0"]), "w5").state)[0]
    assert [word for word, _ in others] == ["w1", "w2", "w3"]
    np.testing.assert_allclose([probability for _, probability in others], np.exp(logs[4:7]), rtol=1e-5)
