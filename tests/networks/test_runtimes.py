"""Every network in NumPy against Keras, and the promises of its state and weights."""

import itertools

import numpy as np
import pytest

from nextword.errors import InputError, InputTypeError
from nextword.networks.kinds import kind_of, to_runtime
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.network import assign_weights, build_network, network_weights
from nextword.networks.transformer.config import TransformerConfig
from nextword.networks.weights import in_half_precision
from nextword.runtime import Runtime
from nextword.training.config import TrainingConfig
from nextword.training.loop import train

VOCABULARY_SIZE, WIDTH = 12, 4
MATRIX = np.random.default_rng(7).normal(0.0, 0.5, (VOCABULARY_SIZE, WIDTH)).astype(np.float32)
LENGTHS = (1, 2, 3, 5, 9, 17, 33, 60)

CONFIGS = {
    "tied": LSTMConfig(hidden_dim=WIDTH, num_layers=2),
    "projection": LSTMConfig(hidden_dim=6, num_layers=1),
    "untied": LSTMConfig(hidden_dim=6, num_layers=3, tie_embeddings=False),
    "frozen": LSTMConfig(hidden_dim=3, num_layers=1, train_embeddings=False),
    "transformer": TransformerConfig(hidden_dim=WIDTH, num_layers=2, num_heads=1, context_length=8),
    "wide transformer": TransformerConfig(hidden_dim=8, num_layers=3, num_heads=2, context_length=16),
    "frozen transformer": TransformerConfig(hidden_dim=6, num_heads=3, context_length=2, train_embeddings=False),
}


def random_weights(config, scale=0.7):
    """Return weights far larger than initial ones, so that every product matters."""
    generator = np.random.default_rng(5)
    shapes = config.weight_shapes(VOCABULARY_SIZE, WIDTH)
    return {name: generator.normal(0.0, scale, shape).astype(np.float32) for name, shape in shapes.items()}


def runtime_of(kind, scale=0.7):
    config = CONFIGS[kind]
    return kind_of(config).runtime(config, random_weights(config, scale))


@pytest.fixture(scope="module", params=["projection", "transformer"])
def trained(request):
    """Return a network trained for some steps on tokens that go round."""
    ids = np.tile([3, 4, 5, 6, 7, 8, 9, 10, 11, 2], 40)
    config = CONFIGS[request.param]
    rate = 5.0 if request.param == "projection" else 0.05
    options = TrainingConfig(epochs=3, batch_size=4, sequence_length=10, learning_rate=rate)
    return train(kind_of(config).build(MATRIX, config), ids, options, progress=False).model


@pytest.fixture(scope="module", params=["untied", "projection", "wide transformer"])
def runtime(request):
    """Return a runtime of every kind."""
    return runtime_of(request.param)


def contexts(length, number):
    return np.random.default_rng(length).integers(0, VOCABULARY_SIZE, (number, length)).astype(np.int32)


def probabilities_of(runtime, ids):
    state = runtime.advance(runtime.initial_state(len(ids)), ids)
    return np.exp(runtime.log_probabilities(state))


def softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def equal(left, right):
    # Memories compare what is in them, bit by bit.
    return len(left) == len(right) and all(map(np.array_equal, left, right))


def agree_on_1000_contexts(model):
    """Compare the runtime with Keras; return how far the probabilities vary from context to context."""
    runtime = to_runtime(model)
    longest = contexts(max(LENGTHS), 1000 // len(LENGTHS))  # 125 rows; a prefix of each is a context of its own
    expected = softmax(model.predict_on_batch(longest))  # (B, T, V)
    for length in LENGTHS:
        actual = probabilities_of(runtime, longest[:, :length])
        np.testing.assert_allclose(actual, expected[:, length - 1], atol=1e-5, rtol=0)
    return expected[:, -1].std(axis=0).mean()


@pytest.mark.parametrize("kind", CONFIGS)
def test_probabilities_are_those_of_keras(kind):
    model = build_network(CONFIGS[kind], random_weights(CONFIGS[kind]))
    assert agree_on_1000_contexts(model) > 1e-3


def test_probabilities_of_a_trained_network_are_those_of_keras(trained):
    assert agree_on_1000_contexts(trained) > 1e-3


@pytest.mark.parametrize("kind", ["untied", "wide transformer"])
def test_extreme_weights_stay_finite(kind):
    probabilities = probabilities_of(runtime_of(kind, 300.0), contexts(9, 20))
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_log_probabilities(runtime):
    assert isinstance(runtime, Runtime)
    assert runtime.vocabulary_size == VOCABULARY_SIZE
    logs = runtime.log_probabilities(runtime.advance(runtime.initial_state(3), contexts(4, 3)))
    assert logs.shape == (3, VOCABULARY_SIZE)
    assert logs.dtype == np.float32
    assert (logs[:, 0] == -np.inf).all()
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1.0, rtol=1e-5)


def test_the_initial_state_is_zero(runtime):
    state = runtime.initial_state(3)
    assert all(len(part) == 3 for part in state)
    assert not any(part.any() for part in state if part.dtype == np.float32)
    assert equal(state, runtime.initial_state(3))


@pytest.mark.parametrize("batch", [0, -1, 1.0, True, "1"])
def test_wrong_batches_are_refused(runtime, batch):
    with pytest.raises(InputError, match="`batch` is the number of texts"):
        runtime.initial_state(batch)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_carried_state_equals_a_fresh_start_to_the_last_bit(runtime, batch):
    ids = contexts(60, batch)
    fresh = runtime.advance(runtime.initial_state(batch), ids)
    for cuts in ([7], [1, 2, 19, 59], list(range(1, 60))):
        state = runtime.initial_state(batch)
        for start, end in itertools.pairwise([0, *cuts, 60]):
            state = runtime.advance(state, ids[:, start:end])
        assert equal(state, fresh)
        np.testing.assert_array_equal(runtime.log_probabilities(state), runtime.log_probabilities(fresh))


def test_rows_of_a_batch_do_not_touch_each_other(runtime):
    ids = contexts(10, 4)
    together = probabilities_of(runtime, ids)
    alone = np.concatenate([probabilities_of(runtime, row[None]) for row in ids])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_ids_of_one_text_may_be_flat(runtime):
    ids = contexts(5, 1)
    state = runtime.advance(runtime.initial_state(), ids)
    assert equal(runtime.advance(runtime.initial_state(), ids[0]), state)
    assert equal(runtime.advance(runtime.initial_state(), ids[0].tolist()), state)
    assert equal(runtime.advance(state, []), state)
    two = runtime.advance(runtime.initial_state(2), [3, 4])
    assert equal(two, runtime.advance(runtime.initial_state(2), [[3], [4]]))


@pytest.mark.parametrize(
    ("ids", "error", "match"),
    [
        ([3, 12], InputError, "token id 12 at position 1 of text 0 is outside the vocabulary of 12"),
        ([-1], InputError, "token id -1 at position 0"),
        ([[1, 2], [3, 4]], InputError, r"received shape \(2, 2\)"),
        ([1.0], InputTypeError, "token ids are integers; received an array of float64"),
        (["tea"], InputTypeError, "token ids are integers"),
    ],
)
def test_wrong_ids_are_refused(runtime, ids, error, match):
    with pytest.raises(error, match=match):
        runtime.advance(runtime.initial_state(), ids)


def test_calls_are_pure(runtime):
    ids = contexts(6, 2)
    state = runtime.advance(runtime.initial_state(2), ids)
    kept, kept_ids = [part.copy() for part in state], ids.copy()
    weights = {name: array.copy() for name, array in runtime.weights.items()}
    assert equal(runtime.advance(state, ids), runtime.advance(state, ids))
    np.testing.assert_array_equal(runtime.log_probabilities(state), runtime.log_probabilities(state))
    assert equal(state, kept)
    np.testing.assert_array_equal(ids, kept_ids)
    assert all(np.array_equal(runtime.weights[name], array) for name, array in weights.items())


def test_weights_are_read_only(runtime):
    for array in runtime.weights.values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0
    with pytest.raises(TypeError, match="does not support item assignment"):
        runtime.weights["logits/bias"] = np.zeros(VOCABULARY_SIZE, np.float32)
    with pytest.raises(AttributeError):
        runtime.weights = {}


@pytest.mark.parametrize("kind", ["projection", "wide transformer"])
def test_the_given_weights_are_not_kept(kind):
    config = CONFIGS[kind]
    weights = random_weights(config)
    runtime = kind_of(config).runtime(config, weights)
    before = probabilities_of(runtime, contexts(4, 2))
    for array in weights.values():
        array[...] = 0.0
    weights.clear()
    np.testing.assert_array_equal(probabilities_of(runtime, contexts(4, 2)), before)


@pytest.mark.parametrize("kind", ["tied", "transformer"])
def test_the_keras_model_may_go_on_changing(kind):
    model = build_network(CONFIGS[kind], random_weights(CONFIGS[kind]))
    runtime = to_runtime(model)
    before = probabilities_of(runtime, contexts(4, 2))
    assign_weights(model, {name: np.zeros_like(array) for name, array in network_weights(model).items()})
    np.testing.assert_array_equal(probabilities_of(runtime, contexts(4, 2)), before)


def changed(**changes):
    """Return weights of the variant "projection" with some replaced, or left out where None."""
    weights = random_weights(CONFIGS["projection"])
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
    ("weights", "match"),
    [
        ({}, "needs the weight `embedding/table`"),
        (changed(embedding__table=None), "needs the weight `embedding/table`"),
        (changed(embedding__table=np.zeros(4, np.float32)), r"`embedding/table` of shape \(V, D\)"),
        (changed(lstm_0__bias=None), r"'lstm_0/bias' should be \(24,\) and is absent \(1 differ\)"),
        (changed(lstm_0__bias=np.zeros(20, np.float32)), r"'lstm_0/bias' should be \(24,\) and is \(20,\)"),
        (changed(embedding__table=np.zeros((11, 4), np.float32)), r"'logits/bias' should be \(11,\) and is \(12,\)"),
        ({**changed(), "lstm_9/bias": spoiled(0)}, r"'lstm_9/bias' should be absent and is \(24,\)"),
        (changed(lstm_0__bias=spoiled(np.nan)), "'lstm_0/bias' holds 2 NaN or infinities"),
        (changed(lstm_0__bias=spoiled(np.inf)), "'lstm_0/bias' holds 2 NaN or infinities"),
    ],
)
def test_wrong_weights_are_refused(weights, match):
    with pytest.raises(InputError, match=match):
        kind_of(CONFIGS["projection"]).runtime(CONFIGS["projection"], weights)


def test_weights_of_another_config_are_refused():
    for config, other in (("untied", "tied"), ("wide transformer", "transformer"), ("transformer", "tied")):
        with pytest.raises(InputError, match="the weights do not fit the config"):
            kind_of(CONFIGS[config]).runtime(CONFIGS[config], random_weights(CONFIGS[other]))


def test_other_models_are_refused():
    with pytest.raises(InputTypeError, match=r"built by `nextword.build_lstm` or .*, or a runtime; received a str"):
        to_runtime("model")


@pytest.mark.parametrize("train_embeddings", [True, False])
def test_weights_in_half_precision_predict_nearly_the_same(build_tiny_runtime, train_embeddings):
    runtime = build_tiny_runtime(30, train_embeddings=train_embeddings)
    rounded = in_half_precision(runtime)
    assert rounded.config == runtime.config
    for name, weight in rounded.weights.items():
        frozen = name == "embedding/table" and not train_embeddings
        expected = runtime.weights[name] if frozen else runtime.weights[name].astype(np.float16)
        np.testing.assert_array_equal(weight, expected)
    states = [model.advance(model.initial_state(), [5, 7, 9]) for model in (runtime, rounded)]
    logs, rounded_logs = (m.log_probabilities(s)[0, 1:] for m, s in zip((runtime, rounded), states, strict=True))
    assert not np.array_equal(logs, rounded_logs)
    np.testing.assert_allclose(rounded_logs, logs, atol=0.01)
    assert in_half_precision(rounded).weights.keys() == rounded.weights.keys()


def test_weights_beyond_half_precision_stay(build_tiny_runtime):
    runtime = build_tiny_runtime(30, scale=1e5)
    assert in_half_precision(runtime) is runtime


def test_a_transformer_in_half_precision():
    runtime = runtime_of("wide transformer")
    rounded = in_half_precision(runtime)
    assert type(rounded) is type(runtime)
    expected = probabilities_of(runtime, contexts(20, 2))
    np.testing.assert_allclose(probabilities_of(rounded, contexts(20, 2)), expected, atol=0.02)
