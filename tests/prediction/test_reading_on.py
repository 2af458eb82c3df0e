"""Suggestions behind a finished sentence."""

from dataclasses import dataclass

import numpy as np
import pytest

import nextword as nw
from nextword.prediction.reading_on import suggestion_log_probabilities
from nextword.tokens.template import ROLE_TOKENS, Template
from nextword.tokens.vocabulary import SPECIAL_TOKENS

EOS = 2


@dataclass
class Bigrams:
    """A runtime whose state is the last token, with a given table of next-token probabilities."""

    table: np.ndarray

    @property
    def vocabulary_size(self):
        return len(self.table)

    def initial_state(self, batch=1):
        return (np.zeros(batch, np.int64),)

    def advance(self, state, ids):
        return (np.asarray(ids).reshape(len(state[0]), -1)[:, -1].astype(np.int64),)

    def log_probabilities(self, state):
        with np.errstate(divide="ignore"):
            return np.log(self.table[state[0]]).astype(np.float32)


def language_model(of_eos, words=("tea", "milk", "."), **options):
    """Return a model that ends a line behind "." with some probability, and begins lines with "milk"."""
    size = 3 + len(words)
    table = np.full((size, size), 1e-4)
    table[:, 0] = 0.0
    table[EOS, 4], table[3, 4], table[5, 5] = 1.0, 1.0, 1.0
    table /= table.sum(axis=1, keepdims=True)
    table[5] *= 1.0 - of_eos
    table[5, EOS] += of_eos
    tokenizer = nw.Tokenizer(nw.Vocabulary((*SPECIAL_TOKENS, *words)))
    return nw.LanguageModel(tokenizer, Bigrams(table), **options)


def state_of(lm, *ids):
    return lm.runtime.advance(lm.runtime.initial_state(), ids)


def test_the_first_word_of_the_next_line_is_suggested():
    lm = language_model(0.9)
    assert [word for word, _ in nw.predict_next_word(lm, "tea.", top_k=1)] == ["milk"]
    assert nw.predict_next_words(lm, ["tea.", "milk."], 1) == [nw.predict_next_word(lm, "tea.", 1)] * 2
    assert nw.start_session(lm, "tea.").predict(1) == nw.predict_next_word(lm, "tea.", 1)
    assert nw.complete_word(lm, "tea. m")[0].word == "milk"
    assert nw.complete_word(lm, "tea.", prefix="")[0].word == "milk"


def test_probabilities_are_those_of_both_ways():
    lm = language_model(0.9)
    here, behind = lm.runtime.table[5], lm.runtime.table[EOS]
    probabilities = np.exp(suggestion_log_probabilities(lm, state_of(lm, 5)))[0]
    np.testing.assert_allclose(probabilities[3:], (here + here[EOS] * behind)[3:], rtol=1e-5)
    assert probabilities.sum() == pytest.approx(1.0)
    predictions = nw.predict_next_word(lm, "tea.", top_k=9)
    assert sum(probability for _, probability in predictions) <= 1.0


@pytest.mark.parametrize("of_eos", [0.0, 0.02, 0.049])
def test_nothing_changes_where_a_line_break_is_unlikely(of_eos):
    lm = language_model(of_eos)
    state = state_of(lm, 5)
    logs = lm.runtime.log_probabilities(state)
    assert suggestion_log_probabilities(lm, state, logs) is logs


def test_the_change_is_continuous_in_the_probability_of_a_line_break():
    shares = np.linspace(0.0, 0.998, 500)
    models = [language_model(share) for share in shares]
    of_milk = [float(np.exp(suggestion_log_probabilities(lm, state_of(lm, 5)))[0, 4]) for lm in models]
    assert np.abs(np.diff(of_milk)).max() < 2.1 * shares[1]
    assert of_milk[-1] > 0.99


def test_only_the_rows_behind_a_sentence_change():
    lm = language_model(0.5)
    state = tuple(map(np.concatenate, zip(state_of(lm, 3), state_of(lm, 5), strict=True)))
    logs = lm.runtime.log_probabilities(state)
    before = logs.copy()
    both = suggestion_log_probabilities(lm, state, logs)
    np.testing.assert_array_equal(logs, before)
    np.testing.assert_array_equal(both[0], logs[0])
    np.testing.assert_array_equal(both[1], suggestion_log_probabilities(lm, state_of(lm, 5))[0])


def test_other_functions_stay_at_the_next_token():
    lm = language_model(0.9)
    assert nw.next_word_probabilities(lm, "tea.")[EOS] == pytest.approx(0.9, abs=0.01)
    assert nw.word_probability(lm, "tea.", "milk") < 0.01
    assert nw.rank_candidates(lm, "tea.", ["milk"])[0].probability < 0.01


def test_blocked_words_stay_blocked_behind_a_sentence():
    lm = nw.block(language_model(0.9), ["milk"])
    assert "milk" not in [word for word, _ in nw.predict_next_word(lm, "tea.", top_k=9)]
    assert nw.complete_word(lm, "tea. m") == ()


def test_parts_of_a_blocked_word_stay_blocked_although_a_line_break_would_part_them():
    lm = language_model(0.9, words=("茶", "果", "苹"))
    assert nw.predict_next_word(lm, "苹", top_k=1)[0].word == "果"
    blocked = nw.block(lm, ["苹果"])
    assert "果" not in [word for word, _ in nw.predict_next_word(blocked, "苹", top_k=9)]
    assert np.exp(suggestion_log_probabilities(blocked, state_of(blocked, 5))).sum() == pytest.approx(1.0)


def test_a_turn_of_a_conversation_ends_there():
    words = (*ROLE_TOKENS, "tea", "milk")
    table = np.full((8, 8), 0.1)
    table[:, EOS] = 0.9
    table[:, 0] = 0.0
    table /= table.sum(axis=1, keepdims=True)
    tokenizer = nw.Tokenizer(nw.Vocabulary((*SPECIAL_TOKENS, *words), roles=ROLE_TOKENS))
    lm = nw.LanguageModel(tokenizer, Bigrams(table), template=Template())
    state = state_of(lm, 6)
    logs = lm.runtime.log_probabilities(state)
    assert suggestion_log_probabilities(lm, state, logs) is logs
