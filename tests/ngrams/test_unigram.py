"""The unigram baseline: relative frequencies, and what unknown words get."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.ngrams.unigram import UnigramRuntime
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary


def probabilities(*counts):
    """Return the distribution for counts of `<pad> <unk> <eos>` and words."""
    words = (*SPECIAL_TOKENS, *(chr(ord("a") + i) for i in range(len(counts) - 3)))
    runtime = UnigramRuntime(Vocabulary(words, counts))
    return np.exp(runtime.log_probabilities(runtime.initial_state())[0])


def test_half_of_the_words_seen_once_goes_to_unk():
    np.testing.assert_allclose(probabilities(0, 0, 2, 4, 1, 1), np.array([0, 1, 2, 4, 0.5, 0.5]) / 8, rtol=1e-6)


def test_one_end_is_no_word_seen_once():
    np.testing.assert_allclose(probabilities(0, 0, 1, 2, 1), np.array([0, 0.5, 1, 2, 0.5]) / 4, rtol=1e-6)


def test_a_text_with_unk_of_its_own_is_counted_as_it_is():
    np.testing.assert_allclose(probabilities(0, 2, 3, 4, 1), np.array([0, 2, 3, 4, 1]) / 10, rtol=1e-6)


def test_what_was_never_seen_counts_as_half():
    np.testing.assert_allclose(probabilities(0, 0, 0, 4, 3), np.array([0, 0.5, 0.5, 4, 3]) / 8, rtol=1e-6)
    np.testing.assert_allclose(probabilities(0, 0, 0, 0, 0), np.array([0, 1, 1, 1, 1]) / 4, rtol=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=20), st.integers(0, 3))
def test_likelier_is_what_was_more_frequent(counts, unknown):
    answer = probabilities(0, unknown, *counts)
    assert answer[0] == 0.0
    assert answer[1:].min() >= 0.5 / (sum(counts) + unknown + 0.5 * len(answer)) * (1 - 1e-6)
    assert answer.sum(dtype=np.float64) == pytest.approx(1.0, abs=1e-6)
    words = [(count, answer[3 + i]) for i, count in enumerate(counts[1:])]
    assert [p for _, p in sorted(words)] == sorted(p for _, p in words)


def test_role_tokens_are_never_predicted():
    roles = ("<user>", "<assistant>")
    vocabulary = Vocabulary((*SPECIAL_TOKENS, *roles, "a"), (0, 1, 2, 7, 7, 5), roles=roles)
    runtime = UnigramRuntime(vocabulary)
    logs = runtime.log_probabilities(runtime.initial_state())[0]
    np.testing.assert_allclose(np.exp(logs), np.array([0, 1, 2, 0, 0, 5]) / 8, rtol=1e-6)


def test_the_vocabulary_stays_as_it_was():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "a", "b"), (0, 0, 2, 3, 1))
    runtime = UnigramRuntime(vocabulary)
    assert vocabulary.counts == (0, 0, 2, 3, 1)
    with pytest.raises(ValueError, match="read-only"):
        runtime.log_probabilities(runtime.initial_state())[:] = 0.0
