"""What parts expected of a text: perplexity and top-3 recall of any mixture, against the mixture itself."""

import numpy as np
import pytest

import nextword as nw
from nextword.mixing.held_out_scores import score_held_out
from nextword.mixing.runtime import MixtureRuntime

TEXTS = nw.sample_texts()[:300]
TOKENIZER = nw.build_tokenizer(TEXTS[30:])
IDS = nw.encode_texts(TOKENIZER, TEXTS[:30])
SIZE = len(TOKENIZER.vocabulary)


@pytest.fixture(scope="module")
def parts(build_tiny_runtime):
    ngram = nw.build_ngram(nw.encode_texts(TOKENIZER, TEXTS[30:]), vocabulary_size=SIZE)
    return ngram, nw.build_cache(TOKENIZER.vocabulary), build_tiny_runtime(SIZE)


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.5, 0.2, 0.3), (0.02, 0.9, 0.08), (0.2, 0.8, 0.0)])
def test_figures_are_those_of_the_mixture(parts, weights):
    seen = score_held_out(parts, IDS, np.ones(len(IDS), np.bool_))
    kept = [n for n, weight in enumerate(weights) if weight]
    mixture = MixtureRuntime(tuple(parts[n] for n in kept), tuple(weights[n] for n in kept))
    evaluation = nw.evaluate(nw.build_language_model(TOKENIZER, mixture), TEXTS[:30])
    assert seen.perplexity(np.array(weights)) == pytest.approx(evaluation.perplexity, rel=1e-4)
    assert seen.recall(np.array(weights)) == pytest.approx(evaluation.recall_at[3], abs=0.004)  # ties


def test_what_is_not_scored_is_read(parts):
    scored = np.zeros(len(IDS), np.bool_)
    scored[[5, 6, 40, *range(60, 200)]] = True
    some, everything = score_held_out(parts, IDS, scored), score_held_out(parts, IDS, np.ones(len(IDS), np.bool_))
    np.testing.assert_allclose(some.probabilities, everything.probabilities[:, scored], rtol=1e-4)
    np.testing.assert_array_equal(some.is_word, everything.is_word[scored])


def test_losses_weigh_recall_against_perplexity(parts):
    seen = score_held_out(parts, IDS, np.ones(len(IDS), np.bool_))
    weights = np.array([1.0, 0.0, 0.0])
    words = np.count_nonzero(seen.is_word)
    expected = np.log(seen.perplexity(weights)) - 2.5 * words / (words + 1000) * seen.recall(weights)
    assert seen.losses(weights).mean() == pytest.approx(expected)
