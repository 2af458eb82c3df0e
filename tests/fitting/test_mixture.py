"""What `fit` does with network, n-grams and cache: weights, what is left out, and counting again."""

import numpy as np
import pytest

import nextword as nw
from nextword.fitting import mixture as blending
from nextword.fitting.mixture import MIXED_ON, READ, Earlier, _with_context, blend
from nextword.mixing.cache import CacheConfig, CacheRuntime
from nextword.mixing.runtime import MixtureRuntime
from nextword.mixing.weights import describe_mixture
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.ngrams.runtime import NgramRuntime

TEXTS = nw.sample_texts("english")[:300]
TOKENIZER = nw.build_tokenizer(TEXTS[30:])
IDS = nw.encode_texts(TOKENIZER, TEXTS)
IS_HELD_OUT = np.arange(len(IDS)) < len(nw.encode_texts(TOKENIZER, TEXTS[:30]))
NOTHING = np.zeros(len(IDS), np.bool_)
VOCABULARY = TOKENIZER.vocabulary
COUNTS = {"ngram": NgramConfig(), "cache": CacheConfig()}


@pytest.fixture(scope="module")
def network(build_tiny_runtime):
    return build_tiny_runtime(len(VOCABULARY), scale=0.1)


def test_every_part_has_a_weight_and_a_sentence(network):
    runtime, notes = blend(network, IDS, IS_HELD_OUT, VOCABULARY, **COUNTS)
    assert isinstance(runtime, MixtureRuntime)
    assert sum(runtime.weights) == pytest.approx(1.0)
    assert "n-gram model" in notes[0]
    assert "held-out perplexity" in notes[0]
    assert notes[1:] == ["Counted the n-grams again with the held-out part."]
    _, notes = blend(network, IDS[-300:], IS_HELD_OUT[:300] & (np.arange(300) < 40), VOCABULARY, **COUNTS)
    assert notes[1] == "Held-out tokens are few, 40: the weights stay close to the usual ones."


def test_the_held_out_part_is_counted_in_the_end_but_unknown_words_keep_their_probability(network):
    counted = build_ngram(IDS[~IS_HELD_OUT], vocabulary_size=len(VOCABULARY))
    runtime, _ = blend(network, IDS, IS_HELD_OUT, VOCABULARY, ngram=NgramConfig(), cache=None)
    ngram = next(part for part in getattr(runtime, "parts", (runtime,)) if isinstance(part, NgramRuntime))
    assert len(ngram.orders[1].words) > len(counted.orders[1].words)
    np.testing.assert_array_equal(ngram.unigram, counted.unigram)
    with_unknown = np.where(IDS == 7, 1, IDS)  # a text with an `<unk>` of its own
    runtime, _ = blend(network, with_unknown, IS_HELD_OUT, VOCABULARY, ngram=NgramConfig(), cache=None)
    ngram = next(part for part in getattr(runtime, "parts", (runtime,)) if isinstance(part, NgramRuntime))
    again = build_ngram(with_unknown, vocabulary_size=len(VOCABULARY))
    np.testing.assert_array_equal(ngram.unigram, again.unigram)


def test_with_nothing_held_out_the_usual_weights_hold_and_the_ngrams_lead_the_network(network):
    runtime, notes = blend(network, IDS[:150], NOTHING[:150], VOCABULARY, **COUNTS)
    assert runtime.weights == pytest.approx((0.05, 0.2, 0.75))
    assert notes == [
        "Mixed: 5% LSTM, 20% n-gram model, 75% recency cache; usual weights for 150 tokens, as nothing is held out "
        "to fit them on."
    ]
    runtime, _ = blend(network, IDS[:150], NOTHING[:150], VOCABULARY, ngram=NgramConfig(), cache=None)
    assert runtime.weights == pytest.approx((0.2, 0.8))
    runtime, _ = blend(network, IDS, NOTHING, VOCABULARY, ngram=None, cache=CacheConfig(window=9))
    assert isinstance(runtime.models[1], CacheRuntime)
    assert runtime.models[1].config.window == 9


def test_weights_are_judged_on_what_counts(network, monkeypatch):
    seen = {}

    def describe(parts, ids, *, scored, **options):
        seen["ids"], seen["scored"] = ids, scored
        return describe_mixture(parts, ids, loss_mask=scored, **options)

    monkeypatch.setattr(blending, "describe_mixture", describe)
    counts = IDS % 2 == 0
    blend(network, IDS, IS_HELD_OUT, VOCABULARY, loss_mask=counts, **COUNTS)
    np.testing.assert_array_equal(seen["ids"][seen["scored"]], IDS[IS_HELD_OUT & counts])
    assert len(seen["ids"]) == np.flatnonzero(IS_HELD_OUT & counts)[-1] + 1  # read whole, what does not count too
    usual = blend(network, IDS, IS_HELD_OUT, VOCABULARY, loss_mask=~IS_HELD_OUT, **COUNTS)[1]
    assert "nothing is held out to fit them on" in usual[0]


def test_a_given_model_comes_back_where_the_mixture_is_worse(network):
    ngram = build_ngram(IDS, vocabulary_size=len(VOCABULARY))  # knows the held-out part by heart
    options = {"ngram": None, "cache": None}
    runtime, notes = blend(network, IDS, IS_HELD_OUT, VOCABULARY, **options, earlier=Earlier(ngram, (), len(IDS)))
    assert runtime is ngram
    assert notes[-1] == "Kept the given model: held-out text finds it better than the new mixture."
    runtime, notes = blend(network, IDS, IS_HELD_OUT, VOCABULARY, **options, earlier=Earlier(ngram, (ngram,), len(IDS)))
    assert ngram in getattr(runtime, "parts", (runtime,))
    assert not [note for note in notes if note.startswith("Kept")]


def test_ngrams_of_an_earlier_text_are_parts_with_and_without_new_ones(network):
    earlier = Earlier(network, (build_ngram(IDS[:900], vocabulary_size=len(VOCABULARY)),), 900)
    runtime, notes = blend(network, IDS, NOTHING, VOCABULARY, ngram=None, cache=None, earlier=earlier)
    assert runtime.models == (network, *earlier.ngrams)
    assert "n-gram model of an earlier text" in notes[0]
    runtime, _ = blend(network, IDS, NOTHING, VOCABULARY, ngram=NgramConfig(), cache=None, earlier=earlier)
    assert runtime.models[:2] == (network, *earlier.ngrams)
    assert isinstance(runtime.models[2], NgramRuntime)
    assert runtime.weights[1] == pytest.approx(runtime.weights[2])


def test_without_counts_the_network_stays_alone(network):
    assert blend(network, IDS, IS_HELD_OUT, VOCABULARY, ngram=None, cache=None) == (network, [])


def test_the_text_before_what_is_scored_is_read_within_a_budget():
    scored = np.zeros(10, np.bool_)
    scored[[3, 4, 8]] = True
    np.testing.assert_array_equal(np.flatnonzero(_with_context(scored)), np.arange(9))
    many = np.arange(200_000) % 20 == 19
    read = np.count_nonzero(_with_context(many & (np.cumsum(many) <= MIXED_ON)))
    assert MIXED_ON < read <= MIXED_ON + READ
