"""A model whose words are in clusters does all that others do: from its fit to further training, by way of a file."""

import dataclasses

import numpy as np
import pytest

import nextword as nw
from nextword.networks.kinds import is_network
from nextword.runtime import models_in

TEXTS = [f"the {colour} cat drinks {drink} with {name} ." for colour in ("red", "blue", "old") for drink in
         ("tea", "milk", "rum") for name in ("Ann", "Bob", "Eve", "Max")] * 3  # fmt: skip
NETWORKS = {
    "lstm": nw.LSTMConfig(hidden_dim=12, num_layers=1, cutoffs=(8, 14)),
    "transformer": nw.TransformerConfig(hidden_dim=8, num_layers=1, num_heads=1, cutoffs=(8, 14)),
}


def network_of(lm):
    return next(model for model in models_in(lm.runtime) if is_network(model))


@pytest.fixture(scope="module", params=NETWORKS)
def lm(request):
    rate = {"lstm": None, "transformer": 0.01}[request.param]
    training = nw.TrainingConfig(epochs=8, learning_rate=rate)
    config = nw.FitConfig(network=NETWORKS[request.param], training=training)
    return nw.fit(TEXTS, config, progress=False)


def test_it_learns_from_vectors_of_the_text_and_unknown_words_have_a_probability(lm):
    network = network_of(lm)
    assert network.config.cutoffs == (8, 14)
    assert network.weights["embedding/table"].shape[0] == 8
    perplexity = nw.evaluate(nw.build_language_model(lm.tokenizer, network), TEXTS[:12]).perplexity
    assert perplexity < 0.8 * nw.evaluate(lm, TEXTS[:12]).baselines["unigram"].perplexity
    assert nw.word_probability(lm, "the red cat drinks", "gin") > 0.0


def test_a_file_of_it_answers_the_same(lm, tmp_path):
    nw.save(lm, tmp_path / "clusters.nextword")
    loaded = nw.load(tmp_path / "clusters.nextword")
    assert network_of(loaded).config == network_of(lm).config
    assert nw.predict_next_word(loaded, "the red cat") == nw.predict_next_word(lm, "the red cat")
    halves = [array.astype(np.float16).astype(np.float32) for array in network_of(lm).weights.values()]
    assert all(map(np.array_equal, halves, network_of(lm).weights.values()))


def test_blocked_words_and_a_temperature(lm):
    text = "the red cat drinks"
    words = [word for word, _ in nw.predict_next_word(lm, text, top_k=3)]
    without = nw.predict_next_word(nw.block(lm, words[:1]), text, top_k=2)
    assert [word for word, _ in without] == words[1:]
    sharper = nw.with_temperature(lm, 0.5)
    assert nw.predict_next_word(sharper, text)[0].probability > nw.predict_next_word(lm, text)[0].probability
    assert nw.next_word_probabilities(sharper, text).sum() == pytest.approx(1.0)


def test_it_is_trained_further_with_new_words(lm):
    texts = [text.replace("rum", "cocoa") for text in TEXTS]
    network = dataclasses.replace(network_of(lm).config, cutoffs=None)
    for config in (nw.FitConfig(), nw.FitConfig(network=network)):
        config = dataclasses.replace(config, training=nw.TrainingConfig(epochs=2))
        grown = nw.fit(texts, config, start_from=lm, progress=False)
        assert network_of(grown).config.cutoffs == (8, 14, len(lm.vocabulary))
        assert len(grown.vocabulary) == len(lm.vocabulary) + 1
        before = nw.word_probability(lm, "the red cat drinks", "cocoa")  # that of any unknown word
        assert nw.word_probability(grown, "the red cat drinks", "cocoa") > 2 * before
