"""The Transformer as training runs it: with the keys and values of the block before.

Input: a network of `build_transformer`, ids and a state. Output: its hidden vectors and the next state.
"""

from collections.abc import Sequence
from typing import Any

import keras

from nextword.networks.config import Precision
from nextword.networks.kinds import network_config
from nextword.networks.transformer.config import TransformerConfig


def hidden_with_state(
    model: keras.Model, token_ids: Any, keeps: Any, states: Sequence[Any], training: bool, precision: Precision
) -> tuple[Any, list[Any]]:
    """Run the network behind a given block up to its layer `hidden`, for training with carried state.

    Windows of C/2 tokens, or multiples of it, see exactly what the network sees in prediction.

    Args:
        model: A network built by `build_transformer`.
        token_ids: Ids (B, T).
        keeps: 0 where what was read is forgotten before a position, else 1, (B, T).
        states: Which positions of the block before were read, (B, C/2) of 0 and 1, then the keys and values of that
            block, (B, C/2, H) each, layer by layer.
        training: Whether dropout acts.
        precision: Of the large products.

    Returns:
        Hidden vectors (B, T, D), and the states after the last token, in the order of `states`.
    """
    names = {layer.name for layer in model.layers}
    stream = model.get_layer("embedding")(token_ids)
    if "input_projection" in names:
        stream = model.get_layer("input_projection")(stream)
    stream = model.get_layer("dropout")(stream, training=training)
    was_read = states[0]
    new_states: list[Any] = []
    for layer in range(network_config(model).num_layers):
        normed = model.get_layer(f"attention_norm_{layer}")(stream)
        before = (states[1 + 2 * layer], states[2 + 2 * layer], was_read)
        change, (keys, values, now_read) = model.get_layer(f"attention_{layer}")(
            normed, before=before, keeps=keeps, precision=precision
        )
        new_states += [keys, values]
        stream = stream + model.get_layer(f"attention_dropout_{layer}")(change, training=training)
        change = model.get_layer(f"feed_forward_{layer}")(
            model.get_layer(f"feed_forward_norm_{layer}")(stream), precision=precision
        )
        stream = stream + model.get_layer(f"feed_forward_dropout_{layer}")(change, training=training)
    hidden = model.get_layer("output_norm")(stream)
    if "projection" in names:
        hidden = model.get_layer("projection")(hidden)
    return model.get_layer("hidden")(hidden, training=training), [now_read, *new_states]


def state_shapes(config: TransformerConfig, batch_size: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the states of `hidden_with_state` by name; they are zero before any token.

    Args:
        config: Sizes of the network.
        batch_size: Rows B.
    """
    block = (batch_size, config.block_length)
    keys_and_values = {
        f"{name}_{layer}": (*block, config.hidden_dim)
        for layer in range(config.num_layers)
        for name in ("keys", "values")
    }
    return {"was_read": block, **keys_and_values}
