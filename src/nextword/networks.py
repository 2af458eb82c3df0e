"""The kinds of networks, a row each: what is built, trained, run and saved knows of them from here.

A new kind brings a config to `models/config.py`, a file to `models/`, one to `runtime/`, and its row.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from nextword.models.config import LSTMConfig, NetworkConfig, TransformerConfig
from nextword.models.lstm import build_lstm
from nextword.models.transformer import build_transformer
from nextword.runtime.lstm import LSTMRuntime
from nextword.runtime.transformer import TransformerRuntime


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


def _recurrence() -> Any:
    from nextword.models import recurrence

    return recurrence


def _attention() -> Any:
    from nextword.models import attention

    return attention


NETWORKS = (
    NetworkKind("lstm", "LSTM", LSTMConfig, build_lstm, LSTMRuntime, _recurrence),
    NetworkKind(
        "transformer",
        "Transformer",
        TransformerConfig,
        build_transformer,
        TransformerRuntime,
        _attention,
    ),
)


FACTORIES = " or ".join(f"`nextword.{kind.build.__name__}`" for kind in NETWORKS)


def is_network(runtime: object) -> bool:
    """Return whether a runtime is that of a network."""
    return type(runtime) in {kind.runtime for kind in NETWORKS}


def kind_of(config: NetworkConfig) -> NetworkKind:
    """Return the kind that a config belongs to."""
    return {kind.config: kind for kind in NETWORKS}[type(config)]
