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


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=20), st.integers(0, 3))
def test_every_token_but_pad_has_a_probability(counts, unknown):
    given_probabilities = probabilities(0, unknown, *counts)
    assert given_probabilities[0] == 0.0
    assert (given_probabilities[1:] > 0.0).all()
    assert given_probabilities.sum(dtype=np.float64) == pytest.approx(1.0, abs=1e-6)


def test_what_came_before_does_not_matter():
    runtime = UnigramRuntime(Vocabulary((*SPECIAL_TOKENS, "a", "b"), (0, 1, 2, 3, 4)))
    state = runtime.initial_state(2)
    assert [part.shape for part in state] == [(2, 0)]
    before, after = (runtime.log_probabilities(s) for s in (state, runtime.advance(state, [[3, 4], [4, 4]])))
    np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(before[0], before[1])


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "a", "b"), (0, 0, 2, 3, 1))
    first, second = UnigramRuntime(vocabulary), UnigramRuntime(vocabulary)
    np.testing.assert_array_equal(
        first.log_probabilities(first.initial_state()), second.log_probabilities(second.initial_state())
    )
    assert vocabulary.counts == (0, 0, 2, 3, 1)
    with pytest.raises(ValueError, match="read-only"):
        first.log_probabilities(first.initial_state())[:] = 0.0
