"""What every kind of network shares: its config and weights by name, and building one again from them.

Enters: a network built by a factory of this package. Leaves: its parts as plain values, or an equal new network.
"""

from collections.abc import Mapping
from typing import Any, cast

import keras
import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputTypeError
from nextword.networks.kinds import FACTORIES, NETWORKS, NetworkConfig, kind_of


def network_config(model: keras.Model) -> NetworkConfig:
    """Return the config that the network was built with.

    Raises:
        InputTypeError: If `model` was not built by a factory of nextword.
    """
    config = getattr(model, "network_config", None)
    if not isinstance(config, tuple(kind.config for kind in NETWORKS)):
        raise InputTypeError(
            f"expected a model built by {FACTORIES}; received a {type(model).__name__} without its config. A model "
            "loaded from a .keras file has lost it: save with `nextword.save` instead."
        )
    return cast("NetworkConfig", config)


def network_weights(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return copies of all weights by name, "layer/weight", float32, in the order of the network."""
    shapes = network_config(model).weight_shapes(*model.get_layer("embedding").table.shape)
    found = _variables(model)
    return {name: np.array(keras.ops.convert_to_numpy(found[name]), dtype=np.float32) for name in shapes}


def assign_weights(model: keras.Model, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Set the weights of `model`, by name, in place."""
    for name, variable in _variables(model).items():
        variable.assign(np.array(weights[name]))  # a copy, as in the factories


def copy_network(model: keras.Model) -> keras.Model:
    """Return a new network of the same config and equal weights, which shares nothing with `model`."""
    weights = network_weights(model)
    return build_network(network_config(model), weights)


def build_network(config: NetworkConfig, weights: Mapping[str, NDArray[np.float32]]) -> keras.Model:
    """Return a new network of a config with the given weights, by name."""
    model = kind_of(config).build(weights["embedding/table"], config)
    assign_weights(model, weights)
    return model


def _variables(model: keras.Model) -> dict[str, Any]:
    # Seed generators are variables too, but no weights.
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
        if "seed" not in variable.name
    }
