"""The Transformer as training runs it: with the keys and values of the block before.

Input: a network of `build_transformer`, ids and a state. Output: its hidden vectors and the next state.
"""

from collections.abc import Sequence
from typing import Any

import keras

from nextword.networks.config import Precision
from nextword.networks.transformer.config import TransformerConfig


def hidden_with_state(
    model: keras.Model, token_ids: Any, states: Sequence[Any], training: bool, precision: Precision
) -> tuple[Any, list[Any]]:
    """Run the network behind a given block up to its layer `hidden`, for training with carried state.

    Windows of C/2 tokens, or multiples of it, see exactly what the network sees in prediction.

    Args:
        model: A network built by `build_transformer`.
        token_ids: Ids (B, T).
        states: How much of the block before is there, (B, C/2), then its keys and values (B, C/2, H) a layer.
        training: Whether dropout acts.
        precision: Of the large products.

    Returns:
        Hidden vectors (B, T, D), and the states after the last token, in the order of `states`.
    """
    names = {layer.name for layer in model.layers}
    stream = model.get_layer("embedding")(token_ids)
    if "entrance" in names:
        stream = model.get_layer("entrance")(stream)
    stream = model.get_layer("dropout")(stream, training=training)
    there = states[0]
    new_states: list[Any] = []
    for layer in range(model.network_config.num_layers):
        normed = model.get_layer(f"attention_norm_{layer}")(stream)
        before = (states[1 + 2 * layer], states[2 + 2 * layer], there)
        found, (keys, values, still_there) = model.get_layer(f"attention_{layer}")(
            normed, before=before, precision=precision
        )
        new_states += [keys, values]
        stream = stream + model.get_layer(f"attention_dropout_{layer}")(found, training=training)
        found = model.get_layer(f"feed_forward_{layer}")(
            model.get_layer(f"feed_forward_norm_{layer}")(stream), precision=precision
        )
        stream = stream + model.get_layer(f"feed_forward_dropout_{layer}")(found, training=training)
    hidden = model.get_layer("output_norm")(stream)
    if "projection" in names:
        hidden = model.get_layer("projection")(hidden)
    return model.get_layer("hidden")(hidden, training=training), [still_there, *new_states]


def state_shapes(config: TransformerConfig, batch_size: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the states of `hidden_with_state` by name, zero before any token."""
    block = (batch_size, config.block_length)
    kept = {
        f"{name}_{layer}": (*block, config.hidden_dim)
        for layer in range(config.num_layers)
        for name in ("keys", "values")
    }
    return {"there": block, **kept}
