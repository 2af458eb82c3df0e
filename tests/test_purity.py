"""Every stage is pure: called twice it returns equal values, and it leaves inputs and global random states alone."""

import random

import keras
import numpy as np
import pytest

import nextword as nw
from nextword.networks.network import network_weights

TEXTS = nw.sample_texts()[:24]
CONFIG = nw.FitConfig(
    network=nw.LSTMConfig(hidden_dim=6, num_layers=2, dropout=0.3),
    training=nw.TrainingConfig(epochs=1, batch_size=2, sequence_length=8),
    ngram=nw.NgramConfig(order=3),
)


TRANSFORMER = nw.TransformerConfig(hidden_dim=8, num_layers=1, num_heads=2, context_length=8, dropout=0.3)


@pytest.fixture(scope="module")
def values():
    """One value of every kind that stages take."""
    tokenizer = nw.build_tokenizer(TEXTS)
    ids = nw.encode_texts(tokenizer, TEXTS)
    matrix = nw.build_embedding_matrix(tokenizer.vocabulary, nw.EmbeddingConfig(embedding_dim=6))
    model = nw.build_lstm(matrix, CONFIG.network)
    ngram = nw.build_ngram(ids, CONFIG.ngram, vocabulary_size=len(tokenizer.vocabulary))
    lm = nw.build_language_model(tokenizer, model)
    return {"tokenizer": tokenizer, "ids": ids, "matrix": matrix, "model": model, "ngram": ngram, "lm": lm}


def train(v):
    return nw.train(v["model"], v["ids"], CONFIG.training, validation_ids=v["ids"][:40], progress=False).model


def train_transformer(v):
    model = nw.build_transformer(v["matrix"], TRANSFORMER)
    return nw.train(model, v["ids"], CONFIG.training, validation_ids=v["ids"][:40], progress=False).model


def start_from(v):
    config = nw.FitConfig(training=CONFIG.training, ngram=CONFIG.ngram)
    return nw.next_word_probabilities(nw.fit(TEXTS[:9], config, start_from=v["lm"], progress=False))


def mix(v):
    cache = nw.build_cache(v["tokenizer"].vocabulary)
    mixed = nw.mix([v["ngram"], nw.to_runtime(v["model"]), cache], v["ids"][:60])
    return mixed.log_probabilities(mixed.advance(mixed.initial_state(), [2]))


def generate(v):
    return nw.generate(v["lm"], "I", nw.GenerationConfig(stop_at="never", max_words=9))


STAGES = {
    "build_tokenizer": lambda v: nw.build_tokenizer(TEXTS).vocabulary.words,
    "encode_texts": lambda v: nw.encode_texts(v["tokenizer"], TEXTS),
    "build_embedding_matrix": lambda v: nw.build_embedding_matrix(v["tokenizer"].vocabulary),
    "build_lstm": lambda v: nw.build_lstm(v["matrix"], CONFIG.network),
    "build_transformer": lambda v: nw.build_transformer(v["matrix"], TRANSFORMER),
    "train": train,
    "train a transformer": train_transformer,
    "start_from": start_from,
    "build_ngram": lambda v: nw.build_ngram(v["ids"], vocabulary_size=len(v["tokenizer"].vocabulary)).unigram,
    "build_cache": lambda v: nw.build_cache(v["tokenizer"].vocabulary).base,
    "mix": mix,
    "build_language_model": lambda v: nw.next_word_probabilities(nw.build_language_model(v["tokenizer"], v["model"])),
    "predict_next_word": lambda v: nw.predict_next_word(v["lm"], "我喜欢"),
    "complete_word": lambda v: nw.complete_word(v["lm"], "I l"),
    "score": lambda v: nw.score(v["lm"], "I like tea."),
    "generate": generate,
    "block": lambda v: nw.predict_next_word(nw.block(v["lm"], ["I"])),
    "session": lambda v: nw.start_session(v["lm"], "I").with_text("I like").predict(),
    "evaluate": lambda v: nw.evaluate(v["lm"], TEXTS[:3]),
    "calibrate": lambda v: nw.calibrate(v["lm"], TEXTS[:3]).runtime.shape.temperature,
    "find_copies": lambda v: nw.find_copies(v["tokenizer"], TEXTS[:3], TEXTS[2:9], min_words=2),
    "fit": lambda v: nw.next_word_probabilities(nw.fit(TEXTS, CONFIG, progress=False)),
}


def plain(value):
    """Return a value as something that can be compared."""
    if isinstance(value, keras.Model):
        return {name: array.tolist() for name, array in network_weights(value).items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def draws():
    """Draw from the three global generators."""
    numbers = np.random.random(3).tolist()  # noqa: NPY002
    return random.random(), numbers, keras.ops.convert_to_numpy(keras.random.uniform((3,))).tolist()


ON_EVERY_BACKEND = {"build_lstm", "build_transformer", "train"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.backend if name in ON_EVERY_BACKEND else ()) for name in STAGES]
)
def test_a_stage_is_pure(name, values):
    stage = STAGES[name]
    inputs = {key: plain(values[key]) for key in ("ids", "matrix", "model")}
    keras.utils.set_random_seed(5)
    expected = draws()
    keras.utils.set_random_seed(5)
    first = plain(stage(values))
    assert draws() == expected
    random.seed(99)
    np.random.seed(99)  # noqa: NPY002
    assert plain(stage(values)) == first
    assert {key: plain(values[key]) for key in inputs} == inputs
