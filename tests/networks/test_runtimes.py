"""The contract of every network in NumPy: the probabilities of Keras, and the promises of its state and weights."""

import itertools

import numpy as np
import pytest
from refusals import refuses
from small_networks import CONFIGS, VOCABULARY_SIZE, random_weights

from nextword.errors import InputError
from nextword.networks.kinds import is_network, kind_of, to_runtime
from nextword.networks.network import assign_weights, build_network, network_weights
from nextword.networks.weights import half_precision_weights
from nextword.ngrams.unigram import UnigramRuntime
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary

LENGTHS = (1, 2, 3, 5, 9, 17, 33, 60)


def runtime_of(config, scale=0.7):
    return kind_of(config).runtime(config, random_weights(config, scale))


@pytest.fixture(scope="module", params=CONFIGS)
def config(request):
    """Return the config of one variant after the other."""
    return CONFIGS[request.param]


@pytest.fixture(scope="module")
def runtime(config):
    return runtime_of(config)


def contexts(length, number):
    return np.random.default_rng(length).integers(0, VOCABULARY_SIZE, (number, length)).astype(np.int32)


def probabilities_of(runtime, ids):
    state = runtime.advance(runtime.initial_state(len(ids)), ids)
    return np.exp(runtime.log_probabilities(state))


def softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def equal(left, right):
    # Key-value states compare what is in them, bit by bit.
    return len(left) == len(right) and all(map(np.array_equal, left, right))


def agree_with_keras(model):
    """Compare the runtime with Keras; return how far the probabilities vary from context to context."""
    runtime = to_runtime(model)
    longest = contexts(max(LENGTHS), 50)  # a prefix of each row is a context of its own: 400 in all
    expected = softmax(model.predict_on_batch(longest))  # (B, T, V)
    for length in LENGTHS:
        actual = probabilities_of(runtime, longest[:, :length])
        np.testing.assert_allclose(actual, expected[:, length - 1], atol=1e-5, rtol=0)
    return expected[:, -1].std(axis=0).mean()


@pytest.mark.backend
def test_probabilities_are_those_of_keras(config):
    assert agree_with_keras(build_network(config, random_weights(config))) > 1e-3


def test_extreme_weights_stay_finite(config):
    probabilities = probabilities_of(runtime_of(config, 300.0), contexts(9, 20))
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_the_keras_model_may_go_on_changing(config):
    model = build_network(config, random_weights(config))
    runtime = to_runtime(model)
    before = probabilities_of(runtime, contexts(4, 2))
    assign_weights(model, {name: np.zeros_like(array) for name, array in network_weights(model).items()})
    np.testing.assert_array_equal(probabilities_of(runtime, contexts(4, 2)), before)


def test_only_networks_are_networks(runtime):
    assert is_network(runtime)
    assert not is_network(UnigramRuntime(Vocabulary((*SPECIAL_TOKENS, "tea"), (0, 1, 2, 3))))


# --- weights


PROJECTED = CONFIGS["lstm projected"]


def changed(**changes):
    """Return weights of the projected LSTM with some replaced, or left out where None."""
    weights = random_weights(PROJECTED)
    for name, array in changes.items():
        del weights[name.replace("__", "/")]
        if array is not None:
            weights[name.replace("__", "/")] = array
    return weights


def spoiled(value):
    bias = np.zeros(24, np.float32)
    bias[[3, 5]] = value
    return bias


@pytest.mark.parametrize(
    ("weights", "code", "figures"),
    [
        ({}, "weights-do-not-fit", {"weight": "embedding/table", "shape": None}),
        (changed(embedding__table=None), "weights-do-not-fit", {"weight": "embedding/table", "shape": None}),
        (changed(logits__bias=None), "weights-do-not-fit", {"weight": "logits/bias", "shape": None}),
        (changed(embedding__table=np.zeros(4, np.float32)), "weights-do-not-fit", {"shape": (4,)}),
        (
            changed(lstm_0__bias=None),
            "weights-do-not-fit",
            {"weight": "lstm_0/bias", "shape": None, "expected": (24,), "differing": 1},
        ),
        (changed(lstm_0__bias=np.zeros(20, np.float32)), "weights-do-not-fit", {"shape": (20,), "expected": (24,)}),
        (
            changed(embedding__table=np.zeros((11, 4), np.float32)),
            "weights-do-not-fit",
            {"weight": "embedding/table", "shape": (11, 4), "expected": (12, 4)},
        ),
        ({**changed(), "lstm_9/bias": spoiled(0)}, "weights-do-not-fit", {"weight": "lstm_9/bias", "expected": None}),
        (changed(lstm_0__bias=spoiled(np.nan)), "weight-not-finite", {"weight": "lstm_0/bias", "values": 2}),
        (changed(lstm_0__bias=spoiled(np.inf)), "weight-not-finite", {"weight": "lstm_0/bias", "values": 2}),
    ],
)
def test_wrong_weights_are_refused(weights, code, figures):
    with refuses(InputError, code, **figures):
        kind_of(PROJECTED).runtime(PROJECTED, weights)


def test_weights_of_another_config_are_refused():
    for config, other in itertools.permutations(CONFIGS.values(), 2):
        with refuses(InputError, "weights-do-not-fit"):
            kind_of(config).runtime(config, random_weights(other))


def test_half_precision_rounds_all_but_a_frozen_embedding():
    for config in CONFIGS.values():
        weights = random_weights(config)
        before = {name: array.copy() for name, array in weights.items()}
        rounded = half_precision_weights(config, weights)
        assert rounded.keys() == weights.keys()
        for name, array in rounded.items():
            is_frozen = name == "embedding/table" and not config.train_embeddings
            assert array.dtype == np.float32
            np.testing.assert_array_equal(array, before[name] if is_frozen else before[name].astype(np.float16))
            assert np.array_equal(array, before[name]) == is_frozen
            np.testing.assert_array_equal(weights[name], before[name])
        again = half_precision_weights(config, rounded)
        assert all(np.array_equal(again[name], rounded[name]) for name in rounded)


def test_weights_beyond_half_precision_stay(config):
    weights = random_weights(config)
    weights["logits/bias"][5] = 65_505.0
    rounded = half_precision_weights(config, weights)
    assert all(np.array_equal(rounded[name], weights[name]) for name in weights)


def test_a_runtime_in_half_precision_predicts_nearly_the_same(config):
    model = build_network(config, random_weights(config))
    exact, rounded = to_runtime(model), to_runtime(model, half_precision=True)
    expected = half_precision_weights(config, network_weights(model))
    assert all(np.array_equal(rounded.weights[name], expected[name]) for name in expected)
    probabilities = [probabilities_of(runtime, contexts(20, 2)) for runtime in (exact, rounded)]
    assert not np.array_equal(*probabilities)
    np.testing.assert_allclose(*probabilities, atol=0.02)
