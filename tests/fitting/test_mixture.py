"""What `fit` does with network, n-grams and cache: weights, what is left out, what is kept, and counting again."""

import dataclasses

import numpy as np
import pytest

import nextword as nw
from nextword.fitting.further_training import BaseModel
from nextword.fitting.mixture import CONTEXT_TOKENS, JUDGED_TOKENS, judged_on, mix_parts
from nextword.fitting.start import SplitStream, Start
from nextword.mixing.cache import CacheRuntime
from nextword.mixing.runtime import MixtureRuntime
from nextword.ngrams.runtime import NgramRuntime
from nextword.runtime import parts_of

TEXTS = nw.sample_texts("english")[:300]
TOKENIZER = nw.build_tokenizer(TEXTS[30:])
IDS = nw.encode_texts(TOKENIZER, TEXTS)
IS_HELD_OUT = np.arange(len(IDS)) < len(nw.encode_texts(TOKENIZER, TEXTS[:30]))
V = len(TOKENIZER.vocabulary)
EVERY = np.ones(len(IDS), np.bool_)
BOTH = nw.FitConfig(ngram=nw.NgramConfig())
NGRAMS = nw.FitConfig(ngram=nw.NgramConfig(), cache=None)
NEITHER = nw.FitConfig(ngram=None, cache=None)


@pytest.fixture(scope="module")
def network(build_tiny_runtime):
    return build_tiny_runtime(V, scale=0.1)


def stream_of(ids, is_held_out, mask):
    """Return a stream of texts, each of which ends with `<eos>`."""
    return SplitStream(ids, is_held_out, mask, mask, np.append(True, ids[:-1] == 2))


def start_of(ids=IDS, is_held_out=IS_HELD_OUT, loss_mask=EVERY, base=None):
    stream = stream_of(ids, is_held_out, loss_mask[: len(ids)])
    return Start(stream=stream, tokenizer=TOKENIZER, model=None, training=nw.TrainingConfig(), base=base)


def base_of(parts, weights, tokens=900):
    runtime = MixtureRuntime(parts, weights) if len(parts) > 1 else parts[0]
    return BaseModel(runtime=runtime, tokens=tokens, blocked=(), notes=())


def runtimes(mixture):
    return [part.runtime for part in parts_of(mixture.runtime)]


def codes(mixture):
    return [note.code for note in mixture.notes]


def test_every_part_has_a_weight_and_a_figure(network):
    mixture = mix_parts(network, start_of(), BOTH)
    weights = [part.weight for part in parts_of(mixture.runtime)]
    assert sum(weights) == pytest.approx(1.0)
    assert codes(mixture) == ["mixed", "counted-again"]
    figures = mixture.notes[0].figures
    assert list(figures["weights"].values()) == weights
    assert figures["tokens"] == np.count_nonzero(IS_HELD_OUT)
    assert set(figures["without"]) == set(figures["weights"])
    assert figures["without"]["n-gram model"] > 1.5 * figures["perplexity"]  # the network knows nothing
    few = IS_HELD_OUT[:300] & (np.arange(300) < 40)
    mixture = mix_parts(network, start_of(IDS[-300:], few), BOTH)
    assert codes(mixture)[1] == "few-held-out-tokens"
    assert mixture.notes[1].figures == {"tokens": 40}


def test_the_held_out_part_is_counted_in_the_end_but_unknown_words_keep_their_probability(network):
    counted = nw.build_ngram(IDS[~IS_HELD_OUT], vocabulary_size=V)

    def ngram_of(ids):
        return next(part for part in runtimes(mix_parts(network, start_of(ids), NGRAMS)) if type(part) is NgramRuntime)

    ngram = ngram_of(IDS)
    assert len(ngram.orders[1].words) > len(counted.orders[1].words)
    np.testing.assert_array_equal(ngram.unigram, counted.unigram)
    with_unknown = np.where(IDS == 7, 1, IDS).astype(np.int32)  # a text with an `<unk>` of its own
    again = nw.build_ngram(with_unknown, vocabulary_size=V)
    np.testing.assert_array_equal(ngram_of(with_unknown).unigram, again.unigram)


def test_with_nothing_held_out_the_usual_weights_hold_and_the_ngrams_lead_the_network(network):
    short = start_of(IDS[:150], ~EVERY[:150])
    mixture = mix_parts(network, short, BOTH)
    assert mixture.runtime.weights == pytest.approx((0.05, 0.2, 0.75))
    assert codes(mixture) == ["usual-weights"]
    assert mixture.notes[0].figures["names"] == ["LSTM", "n-gram model", "recency cache"]
    assert mix_parts(network, short, NGRAMS).runtime.weights == pytest.approx((0.2, 0.8))
    cache_only = nw.FitConfig(ngram=None, cache=nw.CacheConfig(window=9))
    cache = runtimes(mix_parts(network, start_of(is_held_out=~EVERY), cache_only))[1]
    assert isinstance(cache, CacheRuntime)
    assert cache.config.window == 9


def test_weights_are_judged_on_what_counts(network):
    counts = IDS % 2 == 0
    mixture = mix_parts(network, start_of(loss_mask=counts), BOTH)
    assert mixture.notes[0].figures["tokens"] == np.count_nonzero(IS_HELD_OUT & counts)
    assert codes(mix_parts(network, start_of(loss_mask=~IS_HELD_OUT), BOTH)) == ["usual-weights"]


def test_held_out_text_is_read_once_from_fresh_starts_and_once_as_a_stream(network):
    class Counted:
        """A runtime that counts the tokens it reads."""

        vocabulary_size = V

        def __init__(self):
            self.read = 0

        def initial_state(self, batch=1):
            return (np.zeros((batch, 1), np.float32),)

        def advance(self, state, ids):
            self.read += np.size(ids)
            return state

        def log_probabilities(self, state):
            return np.full((len(state[0]), V), -np.log(V), np.float32)

    counted = Counted()
    ngram = nw.build_ngram(IDS[~IS_HELD_OUT], vocabulary_size=V)
    base = base_of((network, ngram, counted), (0.5, 0.3, 0.2))
    mix_parts(network, start_of(base=base), BOTH)
    fresh, running = judged_on(start_of().stream)
    assert (len(fresh), len(running)) == (np.count_nonzero(IDS[IS_HELD_OUT] == 2), 1)
    # The `<eos>` before each, and all ids but the last, behind which nothing is judged.
    assert counted.read == sum(len(ids) for ids, _ in (*fresh, *running))


def test_a_given_model_is_kept_where_the_mixture_is_worse(network, build_tiny_runtime):
    by_heart = nw.build_ngram(IDS, vocabulary_size=V)  # knows the held-out part
    base = base_of((network, by_heart), (0.1, 0.9))
    mixture = mix_parts(build_tiny_runtime(V, scale=0.1, weights_seed=1), start_of(base=base), BOTH)
    # Its n-grams are a part of the new mixture too, which then needs nothing else.
    assert by_heart in runtimes(mixture)
    forgetful = dataclasses.replace(base, runtime=MixtureRuntime((network, HiddenNgram(by_heart)), (0.1, 0.9)))
    mixture = mix_parts(build_tiny_runtime(V, scale=0.1, weights_seed=1), start_of(base=forgetful), NEITHER)
    assert mixture.runtime is forgetful.runtime
    assert mixture.keeps_base_network
    assert codes(mixture)[-2:] == ["held-out-perplexity", "kept-base-model"]
    figures = mixture.notes[-2].figures
    assert figures["before"] < figures["after"]


class HiddenNgram:
    """An n-gram model that is not recognised as one, so that no mixture takes it over."""

    def __init__(self, ngram):
        self.vocabulary_size = ngram.vocabulary_size
        self.initial_state, self.advance, self.log_probabilities = (
            ngram.initial_state,
            ngram.advance,
            ngram.log_probabilities,
        )


def test_the_better_of_two_networks_is_kept(network, build_tiny_runtime):
    wild = build_tiny_runtime(V, scale=3.0, weights_seed=1)
    mixture = mix_parts(wild, start_of(base=base_of((network,), (1.0,))), BOTH)
    assert mixture.keeps_base_network
    assert codes(mixture)[0] == "kept-base-network"
    assert wild not in runtimes(mixture)
    kept = runtimes(mixture)[0]
    for name, weight in kept.weights.items():
        np.testing.assert_array_equal(weight, network.weights[name].astype(np.float16))
    assert any((kept.weights[name] != weight).any() for name, weight in network.weights.items())
    mixture = mix_parts(network, start_of(base=base_of((wild,), (1.0,))), BOTH)
    assert not mixture.keeps_base_network
    assert "kept-base-network" not in codes(mixture)


def test_ngrams_of_an_earlier_text_are_parts_with_and_without_new_ones(network):
    earlier = nw.build_ngram(IDS[:900], vocabulary_size=V)
    start = start_of(is_held_out=~EVERY, base=base_of((network, earlier), (0.5, 0.5)))
    mixture = mix_parts(network, start, NEITHER)
    assert runtimes(mixture) == [network, earlier]
    assert mixture.notes[0].figures["names"] == ["LSTM", "n-gram model of an earlier text"]
    mixture = mix_parts(network, start, NGRAMS)
    assert runtimes(mixture)[:2] == [network, earlier]
    assert isinstance(runtimes(mixture)[2], NgramRuntime)
    assert mixture.runtime.weights[1] == pytest.approx(mixture.runtime.weights[2])


def test_without_counts_the_network_stays_alone(network):
    mixture = mix_parts(network, start_of(), NEITHER)
    assert (mixture.runtime, mixture.notes) == (network, ())


@pytest.mark.parametrize("every", [1, 20, 400])
def test_what_is_judged_is_drawn_evenly_and_read_within_a_budget(every):
    number = 40_000 * every if every < 20 else 400_000
    ids = np.arange(number, dtype=np.int32) + 10  # so that a token tells where it stands
    ids[9::10] = 2
    held_out = np.arange(number) // 10 % every == every - 1
    stream = stream_of(ids, held_out, np.ones(number, np.bool_))
    fresh, running = judged_on(stream)
    wanted = min(JUDGED_TOKENS, np.count_nonzero(held_out))
    for readings in (fresh, running):
        judged = np.concatenate([ids[mask] for ids, mask in readings])
        assert 0.9 * wanted <= len(judged) <= 1.1 * wanted
        places = judged[judged > 2] - 10
        assert held_out[places].all()
        halves = np.histogram(places, bins=4, range=(0, number))[0]
        assert halves.min() > 0.8 * halves.max()  # of the end as many as of the beginning
    assert all(mask.all() for _, mask in fresh)
    ((read, _),) = running
    assert len(read) <= 1.1 * JUDGED_TOKENS + CONTEXT_TOKENS


def test_held_out_texts_are_read_from_their_beginning_and_behind_what_comes_before():
    ids = np.array([5, 2, 6, 7, 2, 8, 9, 2, 4, 2], np.int32)
    held_out = np.array([0, 0, 1, 1, 1, 0, 0, 0, 1, 1], np.bool_)
    counts = np.array([1, 1, 0, 1, 1, 1, 1, 1, 1, 1], np.bool_)
    stream = SplitStream(ids, held_out, counts, counts, np.append(True, ids[:-1] == 2))
    fresh, ((read, judged),) = judged_on(stream)
    assert [(part.tolist(), mask.tolist()) for part, mask in fresh] == [
        ([6, 7, 2], [False, True, True]),
        ([4, 2], [True, True]),
    ]
    assert read.tolist() == ids.tolist()
    assert np.flatnonzero(judged).tolist() == [3, 4, 8, 9]
    assert judged_on(stream, read_on=False)[1] == []


def test_models_are_judged_on_the_end_of_a_text_that_is_cut():
    ids = np.array([5, 6, 7, 8, 2], np.int32)
    held_out = np.arange(5) >= 3
    every = np.ones(5, np.bool_)
    fresh, _ = judged_on(SplitStream(ids, held_out, every, every, np.arange(5) == 0))
    assert [part.tolist() for part, _ in fresh] == [[8, 2]]


def test_usual_weights_follow_the_tokens_of_both_texts(network):
    earlier = nw.build_ngram(IDS[:900], vocabulary_size=V)
    short = {"ids": IDS[:150], "is_held_out": ~EVERY[:150]}
    weights = [
        mix_parts(
            network, start_of(**short, base=base_of((network, earlier), (0.5, 0.5), tokens)), NEITHER
        ).runtime.weights[0]
        for tokens in (0, 50_000, 500_000)
    ]
    assert weights == sorted(set(weights))
