"""What every kind of network shares in Keras: its weights by name, and building it again from them.

Input: a network built by a factory of this package. Output: its weights as plain arrays, or an equal new network.
"""

from collections.abc import Mapping
from typing import Any, cast

import keras
import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError
from nextword.networks.kinds import NETWORKS, NetworkConfig, kind_of, network_config
from nextword.networks.layers import VocabularyBias


def network_weights(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return copies of all weights by name, "layer/weight", float32, in the order of the network.

    Args:
        model: A network of this package.

    Raises:
        InputTypeError: If it is none; code "not-a-network".
    """
    embedding = model.get_layer("embedding")
    shapes = network_config(model).weight_shapes(embedding.vocabulary_size, embedding.width)
    variables = _variables(model)
    return {name: array_of(variables[name]).astype(np.float32) for name in shapes}


def array_of(tensor: Any) -> NDArray[Any]:
    """Return a copy of a Keras variable or tensor as a NumPy array.

    Args:
        tensor: The variable or tensor.
    """
    if keras.backend.backend() == "tensorflow":
        # Its tensors have no NumPy 2 protocol for `convert_to_numpy`, which then warns.
        return np.array(keras.ops.convert_to_tensor(tensor).numpy())
    return np.array(keras.ops.convert_to_numpy(tensor))


def assign_weights(model: keras.Model, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Set the weights of a network in place.

    Args:
        model: A network of this package.
        weights: All weights by name, as `network_weights` returns them.
    """
    for name, variable in _variables(model).items():
        variable.assign(np.array(weights[name]))  # a copy, as in the factories


def copy_network(model: keras.Model) -> keras.Model:
    """Return a new network of the same config and equal weights, which shares nothing with the given one.

    Args:
        model: A network of this package.

    Raises:
        InputTypeError: If it is none; code "not-a-network".
    """
    return build_network(network_config(model), network_weights(model))


def build_network(config: NetworkConfig, weights: Mapping[str, NDArray[np.float32]]) -> keras.Model:
    """Return a new network of a config with the given weights.

    Args:
        config: Sizes of the network.
        weights: All weights by name, as `network_weights` returns them.
    """
    shape = (len(weights["logits/bias"]), weights["embedding/table"].shape[1])
    model = kind_of(config).build(np.broadcast_to(np.float32(0.0), shape), config)
    assign_weights(model, weights)
    return model


def described_config(model: keras.Model) -> NetworkConfig | None:
    """Return the config that a network tells in its last layer, if it is the network of that config; None if not.

    Args:
        model: Any Keras model.
    """
    last = model.layers[-1] if model.layers else None
    if not isinstance(last, VocabularyBias) or last.name != "logits":
        return None
    kind = next((kind for kind in NETWORKS if kind.name == last.network.get("kind")), None)
    variables = _variables(model)
    table, bias = variables.get("embedding/table"), variables.get("logits/bias")
    try:
        # A network that was saved before there were clusters has none, however many its words.
        config = None if kind is None else kind.config(**{"cutoffs": (), **last.network["options"]})
    except (KeyError, TypeError, ConfigError):  # of another version, or forged
        return None
    if config is None or table is None or len(table.shape) != 2 or bias is None or len(bias.shape) != 1:
        return None
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    try:
        expected = config.weight_shapes(bias.shape[0], table.shape[1])
    except ConfigError:  # clusters beyond the vocabulary
        return None
    return cast("NetworkConfig", config) if shapes == expected else None


def _variables(model: keras.Model) -> dict[str, Any]:
    # Seed generators are variables too, but no weights.
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
        if "seed" not in variable.name
    }
