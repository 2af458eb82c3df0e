"""The kinds of networks, a row each: what is built, trained, run and saved knows of them from here.

Input: a config, or a Keras model. Output: the kind that it belongs to, its config, or its NumPy twin. A new kind is one
folder, with the same file names as the others, and its row here. No Keras here before a Keras model has arrived.
"""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from nextword.errors import InputTypeError, check_bool, described
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.lstm.model import build_lstm
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.config import TransformerConfig
from nextword.networks.transformer.model import build_transformer
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.networks.weights import half_precision_weights
from nextword.runtime import is_runtime

NetworkConfig: TypeAlias = LSTMConfig | TransformerConfig


class NetworkKind(NamedTuple):
    """What belongs to one kind of network.

    Attributes:
        name: In a bundle, and in a Keras model.
        title: In sentences.
        config: Its sizes.
        build: An embedding matrix and a config -> a Keras model.
        runtime: A config and weights -> what answers in NumPy.
        training: Returns the module with `state_shapes` and `hidden_with_state`, how it is run in training; the call
            imports Keras.
    """

    name: str
    title: str
    config: type[Any]
    build: Callable[..., Any]
    runtime: type[Any]
    training: Callable[[], Any]


def _lstm_training() -> Any:
    from nextword.networks.lstm import training

    return training


def _transformer_training() -> Any:
    from nextword.networks.transformer import training

    return training


NETWORKS = (
    NetworkKind("lstm", "LSTM", LSTMConfig, build_lstm, LSTMRuntime, _lstm_training),
    NetworkKind(
        "transformer",
        "Transformer",
        TransformerConfig,
        build_transformer,
        TransformerRuntime,
        _transformer_training,
    ),
)


def is_network(runtime: object) -> bool:
    """Return whether a runtime is that of a network.

    Args:
        runtime: Any runtime.
    """
    return type(runtime) in {kind.runtime for kind in NETWORKS}


def kind_of(config: NetworkConfig) -> NetworkKind:
    """Return the kind that a config belongs to.

    Args:
        config: Sizes of a network.
    """
    return {kind.config: kind for kind in NETWORKS}[type(config)]


def is_keras_model(model: object) -> bool:
    """Return whether a value is a Keras model, of whatever kind.

    Args:
        model: Anything.
    """
    # Where Keras is not loaded, no object is one.
    return isinstance(model, getattr(sys.modules.get("keras"), "Model", ()))


def network_config(model: Any) -> NetworkConfig:
    """Return the config that a Keras model was built with, also after Keras has saved and loaded it, or cloned it.

    Args:
        model: A Keras model of `build_lstm`, `build_transformer` or `train`.

    Raises:
        InputTypeError: If `model` is anything else; code "not-a-network".
    """
    if is_keras_model(model):
        from nextword.networks.network import described_config  # needs Keras

        config = described_config(model)
        if config is not None:
            return config
    factories = " or ".join(f"`nextword.{kind.build.__name__}`" for kind in NETWORKS)
    raise InputTypeError(
        f"`model` must be a Keras model built by {factories}; received {described(model)}.{_way_to_model(model)}",
        code="not-a-network",
        received=type(model).__name__,
    )


def _way_to_model(given: object) -> str:
    """Return a sentence, " " before it, that says how to come from what was given to a network; "" for none."""
    if is_keras_model(getattr(given, "model", None)):
        return " Give its `.model`."
    if is_runtime(getattr(given, "runtime", None)):
        return " A language model is trained further by `fit(texts, start_from=lm)`; its runtime is `lm.runtime`."
    return " That is a runtime already." if is_runtime(given) else ""


def to_runtime(model: Any, *, half_precision: bool = False) -> Any:
    """Return the NumPy twin of a Keras model of `build_lstm`, `build_transformer` or `train`; weights are copied.

    Args:
        model: The Keras model; one that Keras saved and loaded, or cloned, will do.
        half_precision: Round the weights as `half_precision_weights` does, so that a bundle takes half the bytes.

    Returns:
        A `Runtime`: `advance` and `log_probabilities` in NumPy.

    Raises:
        InputTypeError: If `model` was not built by nextword; code "not-a-network".
        ConfigError: If `half_precision` is no bool; code "option-out-of-range".
        InputError: If a weight is not finite; code "weight-not-finite".
    """
    check_bool("half_precision", half_precision)
    config = network_config(model)
    from nextword.networks.network import network_weights  # needs Keras, which this model has loaded

    weights = network_weights(model)
    return kind_of(config).runtime(config, half_precision_weights(config, weights) if half_precision else weights)
