"""The Transformer as training runs it: in windows, from the keys and values of the block before."""

import keras
import numpy as np
import pytest
from small_networks import numpy_of

from nextword.networks.kinds import network_config
from nextword.networks.network import assign_weights, network_weights
from nextword.networks.transformer.config import TransformerConfig
from nextword.networks.transformer.model import build_transformer
from nextword.networks.transformer.training import hidden_with_state, state_shapes

B, T, V = 2, 24, 12
CONFIG = TransformerConfig(hidden_dim=8, num_layers=3, num_heads=2, context_length=8)
GENERATOR = np.random.default_rng(4)
IDS = GENERATOR.integers(0, V, (B, T)).astype(np.int32)


@pytest.fixture(scope="module")
def network():
    """Return a network in which every weight matters."""
    model = build_transformer(GENERATOR.normal(0.0, 0.5, (V, 5)), CONFIG)
    weights = {name: GENERATOR.normal(0, 0.6, array.shape) for name, array in network_weights(model).items()}
    assign_weights(model, weights)
    return model


def in_windows(network, length, precision="float32", ids=IDS, keeps=np.ones(IDS.shape, np.float32)):
    shapes = state_shapes(network_config(network), B)
    states = [keras.ops.zeros(shape) for shape in shapes.values()]
    parts = []
    for start in range(0, T, length):
        window = ids[:, start : start + length]
        hidden, states = hidden_with_state(network, window, keeps[:, start : start + length], states, False, precision)
        assert [tuple(state.shape) for state in states] == list(shapes.values())
        parts.append(numpy_of(hidden))
    return np.concatenate(parts, axis=1)


def as_a_whole(network):
    below = keras.Model(network.input, network.get_layer("hidden").output)
    return below.predict_on_batch(IDS)


@pytest.mark.backend
@pytest.mark.parametrize("length", [4, 8, 24])
def test_windows_of_whole_blocks_see_what_the_network_sees(network, length):
    np.testing.assert_allclose(in_windows(network, length), as_a_whole(network), atol=1e-4)


def test_shorter_windows_see_at_least_a_block_and_never_more_than_a_window():
    # Of one layer: through several, what was seen of older tokens is passed on.
    config = TransformerConfig(hidden_dim=8, num_layers=1, num_heads=2, context_length=8)
    network = build_transformer(GENERATOR.normal(0.0, 0.5, (V, 5)), config)
    weights = {name: GENERATOR.normal(0, 0.6, array.shape) for name, array in network_weights(network).items()}
    assign_weights(network, weights)
    base = in_windows(network, 3)
    for position in (0, 5, 10, 13, 22):
        changed = IDS.copy()
        changed[:, position] = (changed[:, position] + 1) % V
        is_seen = np.abs(in_windows(network, 3, ids=changed) - base).max(axis=(0, 2)) > 1e-6
        distances = np.arange(T) - position
        assert is_seen[(distances >= 0) & (distances <= config.block_length)].all(), position
        assert not is_seen[(distances < 0) | (distances >= config.context_length)].any(), position


def test_windows_shorter_than_a_block_begin_as_the_network_does(network):
    np.testing.assert_allclose(in_windows(network, 3)[:, :4], as_a_whole(network)[:, :4], atol=1e-4)


@pytest.mark.backend
@pytest.mark.parametrize("length", [4, 8, 24])
def test_behind_a_fresh_start_nothing_is_seen_of_what_was_read(network, length):
    keeps = np.ones(IDS.shape, np.float32)
    keeps[0, 10] = 0.0  # within a block
    changed = IDS.copy()
    changed[:, :10] = (changed[:, :10] + 1) % V
    base, other = (in_windows(network, length, ids=ids, keeps=keeps) for ids in (IDS, changed))
    np.testing.assert_array_equal(base[0, 10:], other[0, 10:])
    assert np.abs(base[1, 10] - other[1, 10]).max() > 1e-3  # the other row reads on
    assert np.abs(base[0, 9] - other[0, 9]).max() > 1e-3


def test_states_are_zero_blocks_of_every_layer():
    shapes = state_shapes(CONFIG, B)
    assert [*shapes] == ["was_read", "keys_0", "values_0", "keys_1", "values_1", "keys_2", "values_2"]
    assert shapes["was_read"] == (B, 4)
    assert {shapes[name] for name in shapes if name != "was_read"} == {(B, 4, 8)}


def gradients_of(variables, function):
    """Return the gradients of a scalar in some weights, with the backend at hand."""
    if keras.backend.backend() == "jax":
        import jax

        def value(values):
            with keras.StatelessScope(zip(variables, values, strict=True)):
                return function()

        return [numpy_of(gradient) for gradient in jax.grad(value)([variable.value for variable in variables])]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        result = function()
    return [numpy_of(tf.convert_to_tensor(gradient)) for gradient in tape.gradient(result, variables)]


@pytest.mark.backend
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_gradients_are_finite_from_the_first_token_on(network, precision):
    states = [keras.ops.zeros(shape) for shape in state_shapes(CONFIG, B).values()]  # nothing was read: all is hidden

    def loss():
        hidden, after = hidden_with_state(network, IDS[:, :6], np.ones((B, 6), "f"), states, True, precision)
        return sum(keras.ops.sum(keras.ops.square(part)) for part in (hidden, *after))

    layers = [layer for layer in network.layers if layer.name != "logits"]  # which comes after `hidden`
    variables = {f"{layer.name}/{v.name}": v for layer in layers for v in layer.trainable_variables}
    for name, gradient in zip(variables, gradients_of([*variables.values()], loss), strict=True):
        assert np.isfinite(gradient).all(), name
        assert gradient.any(), name


def test_bfloat16_changes_little(network):
    exact, rounded = in_windows(network, 4), in_windows(network, 4, "bfloat16")
    assert not np.array_equal(exact, rounded)
    assert np.linalg.norm(exact - rounded) < 0.1 * np.linalg.norm(exact)


def test_what_was_not_read_is_not_seen(network):
    shapes = state_shapes(CONFIG, B)
    zeros = [keras.ops.zeros(shape) for shape in shapes.values()]
    # Whatever is where nothing was read makes no difference.
    filled = [zeros[0], *(keras.ops.ones(shape) for shape in [*shapes.values()][1:])]
    first, second = (
        hidden_with_state(network, IDS[:, :4], np.ones((B, 4), "f"), states, False, "float32")[0]
        for states in (zeros, filled)
    )
    np.testing.assert_allclose(numpy_of(first), numpy_of(second), atol=1e-6)
