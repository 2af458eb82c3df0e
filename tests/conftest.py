"""Builders that several tests share: small models with random weights, without Keras."""

import random

import numpy as np
import pytest

from nextword.networks.kinds import kind_of
from nextword.networks.lstm.config import LSTMConfig
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.tokenizer import build_tokenizer

TINY_TEXTS = ("I like green tea.", "You like black tea, too!", "我喜欢喝茶。", "我喜欢吃苹果，你呢？", "😀 tea\n茶")


@pytest.fixture(scope="session")
def build_tiny_runtime():
    """Return a function that builds a runtime of a network, an LSTM by default, with random weights."""

    def build(vocabulary_size, *, kind=LSTMConfig, embedding_dim=6, weights_seed=0, scale=0.8, **options):
        config = kind(**{"hidden_dim": 5, "num_layers": 2, **options})
        generator = np.random.default_rng(weights_seed)
        shapes = config.weight_shapes(vocabulary_size, embedding_dim)
        weights = {name: generator.normal(0.0, scale, shape).astype(np.float32) for name, shape in shapes.items()}
        return kind_of(config).runtime(config, weights)

    return build


@pytest.fixture(scope="session")
def tiny_language_model(build_tiny_runtime):
    """Return an LSTM language model with random weights over a few English and Chinese words."""
    tokenizer = build_tokenizer(TINY_TEXTS)
    return LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))


@pytest.fixture
def random_states_unchanged():
    """Fail a test that changes the random state of Python or NumPy."""

    def states():
        name, keys, *rest = np.random.get_state()  # noqa: NPY002
        return random.getstate(), name, keys.tolist(), rest

    before = states()
    yield
    assert states() == before
