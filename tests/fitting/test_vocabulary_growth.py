"""A model over more words: the new ones share what unknown words had, and nothing else changes."""

import numpy as np
import pytest
from refusals import refuses
from small_networks import CONFIGS, VOCABULARY_SIZE, random_weights

import nextword as nw
from nextword.fitting.vocabulary_growth import extend_network, extend_ngram, extend_part, shares_of_unknown
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.kinds import kind_of
from nextword.ngrams.unigram import UnigramRuntime
from nextword.tokens.vocabulary import UNK_ID


def test_new_words_share_what_unknown_ones_had(build_tiny_runtime):
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    for options in ({}, {"tie_embeddings": False}):
        network = build_tiny_runtime(9, **options)
        extended = extend_network(network, shares)
        old, new = (r.log_probabilities(r.advance(r.initial_state(), [4, 5, 1])) for r in (network, extended))
        np.testing.assert_allclose(np.exp(new[0, 2:9]), np.exp(old[0, 2:]), rtol=0, atol=1e-6)
        np.testing.assert_allclose(np.exp(new[0, [1, 9, 10, 11]]), np.exp(old[0, 1]) * shares, rtol=0, atol=1e-6)
    assert extend_network(network, shares[:1]) is network
    ngram = nw.build_ngram(np.array([3, 4, 5, 3, 4, 6, 2] * 9), vocabulary_size=9)
    extended_ngram = extend_ngram(ngram, shares)
    old, new = (r.log_probabilities(r.advance(r.initial_state(), [3, 4])) for r in (ngram, extended_ngram))
    np.testing.assert_allclose(np.exp(new[0, 2:9]), np.exp(old[0, 2:]), rtol=1e-6)
    np.testing.assert_allclose(np.exp(new[0, [UNK_ID, 9, 10, 11]]), np.exp(old[0, UNK_ID]) * shares, rtol=1e-5)
    assert extend_ngram(ngram, shares[:1]) is ngram


@pytest.mark.parametrize("config", [config for name, config in CONFIGS.items() if "clusters" in name])
def test_new_words_are_a_cluster_where_there_are_clusters(config):
    network = kind_of(config).runtime(config, random_weights(config))
    shares, size = np.array([0.4, 0.3, 0.2, 0.1]), VOCABULARY_SIZE
    grown = extend_network(extend_network(network, shares), np.array([0.9, 0.1]))
    assert grown.config.cutoffs == (*config.cutoffs, size, size + 3)
    old, new = (r.log_probabilities(r.advance(r.initial_state(), [4, 10, 1, 7])) for r in (network, grown))
    np.testing.assert_allclose(np.exp(new[0, 2:size]), np.exp(old[0, 2:]), rtol=0, atol=1e-6)
    unknown = np.exp(old[0, UNK_ID]) * np.array([0.36, 0.3, 0.2, 0.1, 0.04])
    np.testing.assert_allclose(np.exp(new[0, [UNK_ID, *range(size, size + 4)]]), unknown, rtol=0, atol=1e-6)
    # A new word is read as `<unk>` was.
    as_new, as_unknown = (grown.advance(grown.initial_state(), [4, word, 7])[0] for word in (size + 1, UNK_ID))
    np.testing.assert_allclose(as_new, as_unknown, rtol=1e-5, atol=1e-6)


def test_a_network_without_clusters_stays_so_however_many_words_come(build_tiny_runtime):
    grown = extend_network(build_tiny_runtime(9), np.full(40_000, 1 / 40_000))
    assert grown.config.cutoffs == ()
    assert grown.vocabulary_size == 9 + 39_999


def test_words_still_unknown_keep_a_share():
    special = ("<pad>", "<unk>", "<eos>")
    known = nw.Vocabulary((*special, "tea"), (0, 7, 1, 5))
    cases = [
        # `<unk>` was seen twice in the new text; the 7 times before are those of other words.
        ((0, 9, 2, 7, 4, 1), (2.0, 4.0, 1.0)),
        # Nothing is unknown in it: half of the word seen once.
        ((0, 7, 2, 7, 4, 1), (0.5, 4.0, 0.5)),
        # Nor is one seen once.
        ((0, 7, 2, 7, 4, 2), (0.5, 4.0, 2.0)),
    ]
    for counts, parts in cases:
        shares = shares_of_unknown(known, nw.Vocabulary((*special, "tea", "milk", "rum"), counts))
        np.testing.assert_allclose(shares, np.array(parts) / sum(parts))
    np.testing.assert_array_equal(shares_of_unknown(known, known), [1.0])


def test_a_cache_knows_no_more_of_the_new_text_than_the_words(tiny_language_model):
    cache = nw.build_cache(tiny_language_model.vocabulary)
    extended = extend_part(cache, np.array([0.5, 0.25, 0.25]))
    old, new = (r.log_probabilities(r.advance(r.initial_state(), [4, 5])) for r in (cache, extended))
    size = cache.vocabulary_size
    np.testing.assert_allclose(np.exp(new[0, 2:size]), np.exp(old[0, 2:]), rtol=1e-6)
    np.testing.assert_allclose(np.exp(new[0, [UNK_ID, size, size + 1]]).sum(), np.exp(old[0, UNK_ID]), rtol=1e-6)


def test_a_mixture_grows_part_by_part(build_tiny_runtime):
    parts = (build_tiny_runtime(9), nw.build_ngram([3, 4, 5, 2] * 4, vocabulary_size=9))
    extended = extend_part(MixtureRuntime(parts, (0.25, 0.75)), np.array([0.5, 0.5]))
    assert extended.weights == (0.25, 0.75)
    assert [part.vocabulary_size for part in extended.models] == [10, 10]


def test_other_parts_are_refused(tiny_language_model):
    with refuses(nw.InputError, "cannot-grow", received="UnigramRuntime"):
        extend_part(UnigramRuntime(tiny_language_model.vocabulary), np.array([1.0]))
