"""The Transformer as training runs it: in windows, from the keys and values of the block before."""

import keras
import numpy as np
import pytest

from nextword.models.attention import hidden_with_state, state_shapes
from nextword.models.config import TransformerConfig
from nextword.models.network import assign_weights, network_weights
from nextword.models.transformer import build_transformer

B, T, V = 2, 24, 12
CONFIG = TransformerConfig(hidden_dim=8, num_layers=3, num_heads=2, context_length=8)
GENERATOR = np.random.default_rng(4)
IDS = GENERATOR.integers(0, V, (B, T)).astype(np.int32)


def numpy_of(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


@pytest.fixture(scope="module")
def network():
    """Return a network in which every weight matters."""
    model = build_transformer(GENERATOR.normal(0.0, 0.5, (V, 5)), CONFIG)
    weights = {name: GENERATOR.normal(0, 0.6, array.shape) for name, array in network_weights(model).items()}
    assign_weights(model, weights)
    return model


def in_windows(network, length, precision="float32"):
    states = [keras.ops.zeros(shape) for shape in state_shapes(CONFIG, B).values()]
    parts = []
    for start in range(0, T, length):
        window = IDS[:, start : start + length]
        hidden, states = hidden_with_state(network, window, states, False, precision)
        assert [tuple(state.shape) for state in states] == list(state_shapes(CONFIG, B).values())
        parts.append(numpy_of(hidden))
    return np.concatenate(parts, axis=1)


def as_a_whole(network):
    below = keras.Model(network.input, network.get_layer("hidden").output)
    return below.predict_on_batch(IDS)


@pytest.mark.parametrize("length", [4, 8, 12, 24])
def test_windows_of_whole_blocks_see_what_the_network_sees(network, length):
    np.testing.assert_allclose(in_windows(network, length), as_a_whole(network), atol=1e-4)


def test_shorter_windows_see_the_start_alike_and_never_less_than_a_block(network):
    found, expected = in_windows(network, 3), as_a_whole(network)
    np.testing.assert_allclose(found[:, :4], expected[:, :4], atol=1e-4)
    assert np.isfinite(found).all()


def test_bfloat16_changes_little(network):
    exact, rounded = in_windows(network, 4), in_windows(network, 4, "bfloat16")
    assert not np.array_equal(exact, rounded)
    assert np.linalg.norm(exact - rounded) < 0.1 * np.linalg.norm(exact)


def test_what_was_not_read_is_not_seen(network):
    shapes = state_shapes(CONFIG, B)
    zeros = [keras.ops.zeros(shape) for shape in shapes.values()]
    # Whatever is where nothing was read makes no difference.
    filled = [zeros[0], *(keras.ops.ones(shape) for shape in [*shapes.values()][1:])]
    first, second = (hidden_with_state(network, IDS[:, :4], states, False, "float32")[0] for states in (zeros, filled))
    np.testing.assert_allclose(numpy_of(first), numpy_of(second), atol=1e-6)
