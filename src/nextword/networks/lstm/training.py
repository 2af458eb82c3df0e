"""The network as training runs it: from a given state, with few large products and only the recurrence step by step.

Input: a network of `build_lstm`, ids and a state. Output: what its own layers compute, in half the time, on every
Keras backend. The gradient of an LSTM layer is written out: in the loop only the product with the recurrent weights is
left, and what each weight gets is one product over all positions.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from nextword.networks.config import Precision
from nextword.networks.kinds import network_config
from nextword.networks.layers import value_of, with_own_gradient
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.products import product


def hidden_with_state(
    model: keras.Model, token_ids: Any, keeps: Any, states: Sequence[Any], training: bool, precision: Precision
) -> tuple[Any, list[Any]]:
    """Run the network from given states up to its layer `hidden`, for training with carried state.

    Args:
        model: A network built by `build_lstm`.
        token_ids: Ids (B, T).
        keeps: 0 where the state is forgotten before a position, else 1, (B, T).
        states: Two (B, H) tensors a layer, the output and the cell state, 2 * num_layers in all.
        training: Whether dropout acts.
        precision: Of the large products.

    Returns:
        Hidden vectors (B, T, D) and the states after the last token, in the order of `states`.
    """
    names = {layer.name for layer in model.layers}
    hidden = model.get_layer("embedding")(token_ids)
    hidden = model.get_layer("dropout")(hidden, training=training)
    new_states: list[Any] = []
    for layer in range(network_config(model).num_layers):
        cell = model.get_layer(f"lstm_{layer}").cell
        weights = (cell.kernel, cell.recurrent_kernel, cell.bias)
        hidden, state = lstm_outputs(hidden, weights, (states[2 * layer], states[2 * layer + 1]), keeps, precision)
        new_states += state
        if f"dropout_{layer}" in names:
            hidden = model.get_layer(f"dropout_{layer}")(hidden, training=training)
    if "projection" in names:
        hidden = model.get_layer("projection")(hidden)
    return model.get_layer("hidden")(hidden, training=training), new_states


def state_shapes(config: LSTMConfig, batch_size: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the states of `hidden_with_state` by name; they are zero before any token.

    Args:
        config: Sizes of the network.
        batch_size: Rows B.
    """
    names = [f"{name}_{layer}" for layer in range(config.num_layers) for name in ("output", "cell")]
    return dict.fromkeys(names, (batch_size, config.hidden_dim))


def lstm_outputs(
    inputs: Any, weights: tuple[Any, Any, Any], state: tuple[Any, Any], keeps: Any, precision: Precision
) -> tuple[Any, tuple[Any, Any]]:
    """Run an LSTM from a given state.

    Args:
        inputs: (B, T, D).
        weights: Kernel (D, 4H), recurrent kernel (H, 4H) and bias (4H,), the gates in the order input, forget,
            candidate, output.
        state: Output and cell state before the first position, (B, H) each.
        keeps: What the state before each position is multiplied by: 0 where it is forgotten, else 1, (B, T).
        precision: Of the large products.

    Returns:
        Outputs (B, T, H), and output and cell state after the last position.

    References:
        Hochreiter and Schmidhuber, 1997, Long Short-Term Memory; Appleyard et al., 2016, Optimizing Performance of
        Recurrent Neural Networks on GPUs (what can leave the loop).
    """
    kernel, recurrent_kernel, bias = map(value_of, weights)
    batch, time, width = inputs.shape
    rows = ops.reshape(ops.transpose(inputs, (1, 0, 2)), (time * batch, width))
    gates = ops.reshape(product(rows, kernel, precision) + bias, (time, batch, kernel.shape[1]))
    kept = ops.expand_dims(ops.transpose(keeps, (1, 0)), -1)  # (T, B, 1)
    outputs, cell = _recurrence(precision)(gates, kept, recurrent_kernel, *map(value_of, state))
    return ops.transpose(outputs, (1, 0, 2)), (outputs[-1], cell)


def _recurrence(precision: Precision) -> Any:
    @with_own_gradient
    def recurrence(gates: Any, kept: Any, kernel: Any, output: Any, cell: Any) -> Any:
        def forward(carry: Any, here: Any) -> Any:
            (output, cell), (of_inputs, keep) = carry, here
            gate_in, forget, candidate, gate_out = _activated(of_inputs + ops.matmul(output * keep, kernel))
            cell = forget * (cell * keep) + gate_in * candidate
            output = gate_out * ops.tanh(cell)
            return (output, cell), (output, cell)

        (_, last_cell), (outputs, cells) = ops.scan(forward, (output, cell), (gates, kept))  # (T, B, H) each

        def gradient(*upstream: Any) -> Any:
            d_outputs, d_cell = upstream[0] if len(upstream) == 1 else upstream  # JAX gives one tuple
            cells_before = ops.concatenate([cell[None], cells[:-1]], axis=0) * kept
            before = ops.concatenate([output[None], outputs[:-1]], axis=0) * kept
            before = ops.reshape(before, (-1, output.shape[-1]))  # (T * B, H)
            gate_in, forget, candidate, gate_out = _activated(
                gates + ops.reshape(product(before, kernel, precision), gates.shape)
            )
            activated = ops.tanh(cells)
            # What a change of the cell state gives to the first three gates, and one of the output to the last.
            of_cell = ops.concatenate(
                [
                    candidate * gate_in * (1.0 - gate_in),
                    cells_before * forget * (1.0 - forget),
                    gate_in * (1.0 - ops.square(candidate)),
                ],
                axis=-1,
            )  # (T, B, 3H)
            of_output = activated * gate_out * (1.0 - gate_out)
            output_to_cell = gate_out * (1.0 - ops.square(activated))
            transposed = ops.transpose(kernel)

            def backward(carry: Any, here: Any) -> Any:
                d_output, d_cell = carry
                d_outputs, of_cell, of_output, output_to_cell, forget, keep = here
                d_output = d_output + d_outputs
                d_cell = d_cell + d_output * output_to_cell
                d_gates = _d_gates(d_output, d_cell, of_output, of_cell)
                return (ops.matmul(d_gates, transposed) * keep, d_cell * (forget * keep)), (d_output, d_cell)

            carry, (d_all_outputs, d_all_cells) = ops.scan(
                backward,
                (ops.zeros_like(output), d_cell),
                (d_outputs, of_cell, of_output, output_to_cell, forget, kept),
                reverse=True,
            )
            d_gates = _d_gates(d_all_outputs, d_all_cells, of_output, of_cell)  # (T, B, 4H)
            d_kernel = product(ops.transpose(before), ops.reshape(d_gates, (-1, kernel.shape[1])), precision)
            return (d_gates, ops.zeros_like(kept), d_kernel, *carry)

        return (outputs, last_cell), gradient

    return recurrence


def _activated(gates: Any) -> tuple[Any, Any, Any, Any]:
    gate_in, forget, candidate, gate_out = ops.split(gates, 4, axis=-1)
    return ops.sigmoid(gate_in), ops.sigmoid(forget), ops.tanh(candidate), ops.sigmoid(gate_out)


def _d_gates(d_output: Any, d_cell: Any, of_output: Any, of_cell: Any) -> Any:
    return ops.concatenate([ops.concatenate([d_cell] * 3, axis=-1) * of_cell, d_output * of_output], axis=-1)
