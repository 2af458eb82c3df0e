"""The kinds of networks, a row each: what is built, trained, run and saved knows of them from here.

A new kind is one folder, with the same file names as the others, and its row here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from nextword.errors import InputTypeError
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.lstm.model import build_lstm
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.config import TransformerConfig
from nextword.networks.transformer.model import build_transformer
from nextword.networks.transformer.runtime import TransformerRuntime

NetworkConfig: TypeAlias = LSTMConfig | TransformerConfig


class NetworkKind(NamedTuple):
    """What belongs to one kind of network.

    Attributes:
        name: In a bundle.
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


FACTORIES = " or ".join(f"`nextword.{kind.build.__name__}`" for kind in NETWORKS)


def is_network(runtime: object) -> bool:
    """Return whether a runtime is that of a network."""
    return type(runtime) in {kind.runtime for kind in NETWORKS}


def kind_of(config: NetworkConfig) -> NetworkKind:
    """Return the kind that a config belongs to."""
    return {kind.config: kind for kind in NETWORKS}[type(config)]


def to_runtime(model: Any) -> Any:
    """Return the NumPy twin of a Keras model of `build_lstm`, `build_transformer` or `train`; weights are copied.

    Raises:
        InputTypeError: If `model` was not built by nextword.
    """
    if not hasattr(model, "network_config"):
        raise InputTypeError(
            f"expected a Keras model built by {FACTORIES}, or a runtime; received a {type(model).__name__}."
        )
    from nextword.networks.network import network_config, network_weights  # needs Keras, which this model has loaded

    config = network_config(model)
    return kind_of(config).runtime(config, network_weights(model))
