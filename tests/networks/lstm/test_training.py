"""The recurrence as training runs it: equal to Keras's own LSTM layer, in what it computes and in its gradients."""

import keras
import numpy as np
import pytest
from small_networks import numpy_of

from nextword.networks.layers import take_rows
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.lstm.model import build_lstm
from nextword.networks.lstm.training import hidden_with_state, lstm_outputs
from nextword.networks.network import assign_weights, network_weights
from nextword.networks.products import product

B, T, D, H = 3, 5, 4, 6
GENERATOR = np.random.default_rng(5)
# What the layer takes: inputs, kernel, recurrent kernel, bias, output and cell state before.
SHAPES = ((B, T, D), (D, 4 * H), (H, 4 * H), (4 * H,), (B, H), (B, H))
VALUES = [GENERATOR.normal(0.0, 0.7, shape).astype(np.float32) for shape in SHAPES]
# Of the second row all that was read is forgotten before its third position, of the third row before its first.
KEEPS = np.ones((B, T), np.float32)
KEEPS[1, 2] = KEEPS[2, 0] = 0.0
TARGETS = [GENERATOR.normal(0.0, 1.0, shape).astype(np.float32) for shape in ((B, T, H), (B, H), (B, H))]


def value_and_gradients(function, values):
    """Return a scalar and its gradients with the backend at hand."""
    if keras.backend.backend() == "jax":
        import jax

        value, gradients = jax.value_and_grad(lambda given: function(*given))(list(map(keras.ops.array, values)))
        return float(value), [numpy_of(gradient) for gradient in gradients]
    import tensorflow as tf

    tensors = [tf.constant(value) for value in values]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = function(*tensors)
    return float(value), [numpy_of(gradient) for gradient in tape.gradient(value, tensors)]


def loss_of(outputs, state):
    return sum(keras.ops.sum(part * target) for part, target in zip((outputs, *state), TARGETS, strict=True))


def step_by_step(inputs, kernel, recurrent_kernel, bias, output, cell):
    """Compute the LSTM position by position, with no gradient of its own."""
    outputs = []
    for position in range(T):
        output, cell = output * KEEPS[:, position, None], cell * KEEPS[:, position, None]
        gates = inputs[:, position] @ kernel + output @ recurrent_kernel + bias
        gate_in, forget, candidate, gate_out = keras.ops.split(gates, 4, axis=-1)
        cell = keras.ops.sigmoid(forget) * cell + keras.ops.sigmoid(gate_in) * keras.ops.tanh(candidate)
        output = keras.ops.sigmoid(gate_out) * keras.ops.tanh(cell)
        outputs.append(output)
    return loss_of(keras.ops.stack(outputs, axis=1), (output, cell))


def in_large_products(precision):
    def function(inputs, kernel, recurrent_kernel, bias, output, cell):
        return loss_of(*lstm_outputs(inputs, (kernel, recurrent_kernel, bias), (output, cell), KEEPS, precision))

    return function


@pytest.mark.backend
def test_values_and_gradients_are_those_of_the_definition():
    expected, expected_gradients = value_and_gradients(step_by_step, VALUES)
    value, gradients = value_and_gradients(in_large_products("float32"), VALUES)
    assert value == pytest.approx(expected, rel=1e-5)
    for gradient, right in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, right, rtol=1e-4, atol=1e-5)


def test_bfloat16_changes_the_third_digit_only():
    _, expected = value_and_gradients(in_large_products("float32"), VALUES)
    _, gradients = value_and_gradients(in_large_products("bfloat16"), VALUES)
    for gradient, right in zip(gradients, expected, strict=True):
        assert not np.array_equal(gradient, right)
        assert np.linalg.norm(gradient - right) < 0.02 * np.linalg.norm(right)


@pytest.mark.backend
@pytest.mark.parametrize("hidden_dim", [D, H])
def test_the_network_computes_what_its_own_layers_compute(hidden_dim):
    matrix = GENERATOR.normal(0.0, 0.5, (12, D)).astype(np.float32)
    network = build_lstm(matrix, LSTMConfig(hidden_dim=hidden_dim, num_layers=2))
    weights = {name: GENERATOR.normal(0, 0.7, a.shape).astype("f") for name, a in network_weights(network).items()}
    assign_weights(network, weights)
    ids = GENERATOR.integers(0, 12, (B, T)).astype(np.int32)
    below = keras.Model(network.input, network.get_layer("hidden").output)
    expected = below.predict_on_batch(ids)
    zeros = [keras.ops.zeros((B, hidden_dim)) for _ in range(4)]
    hidden, states = hidden_with_state(network, ids, np.ones((B, T), "f"), zeros, False, "float32")
    np.testing.assert_allclose(numpy_of(hidden), expected, atol=1e-5)
    # In two windows, from the state of the first.
    first, states = hidden_with_state(network, ids[:, :2], np.ones((B, 2), "f"), zeros, False, "float32")
    second, _ = hidden_with_state(network, ids[:, 2:], np.ones((B, T - 2), "f"), states, False, "float32")
    np.testing.assert_allclose(np.concatenate([numpy_of(first), numpy_of(second)], axis=1), expected, atol=1e-5)


@pytest.mark.backend
def test_behind_a_fresh_start_nothing_is_known_of_what_was_read():
    matrix = GENERATOR.normal(0.0, 0.5, (12, D)).astype(np.float32)
    network = build_lstm(matrix, LSTMConfig(hidden_dim=H, num_layers=2))
    ids, keeps = GENERATOR.integers(0, 12, (B, T)).astype(np.int32), np.ones((B, T), np.float32)
    keeps[:, 2] = 0.0
    zeros = [keras.ops.zeros((B, H)) for _ in range(4)]
    hidden, states = hidden_with_state(network, ids, keeps, zeros, False, "float32")
    alone, states_alone = hidden_with_state(network, ids[:, 2:], np.ones((B, T - 2), "f"), zeros, False, "float32")
    np.testing.assert_allclose(numpy_of(hidden)[:, 2:], numpy_of(alone), atol=1e-6)
    for state, other in zip(states, states_alone, strict=True):
        np.testing.assert_allclose(numpy_of(state), numpy_of(other), atol=1e-6)


def test_gradients_of_a_row_taken_twice_add_up():
    table, ids = np.arange(8, dtype=np.float32).reshape(4, 2), np.array([[1, 3], [1, 0]])
    factors = np.arange(1, 9, dtype=np.float32).reshape(2, 2, 2)
    _, (gradient,) = value_and_gradients(lambda t: keras.ops.sum(take_rows(t, ids) * factors), [table])
    np.testing.assert_array_equal(gradient, [[7, 8], [1 + 5, 2 + 6], [0, 0], [3, 4]])


def test_products_are_float32_whatever_their_precision():
    left, right = VALUES[0][0], VALUES[1]
    exact = left.astype(np.float64) @ right
    assert product(left, right, "float32").dtype == product(left, right, "bfloat16").dtype == "float32"
    np.testing.assert_allclose(numpy_of(product(left, right, "float32")), exact, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(numpy_of(product(left, right, "bfloat16")), exact, atol=0.05)
