"""What the runtimes of all networks share: their weights checked, their output, and their size on disk.

Enters: a config and the weights by name, or a runtime made of them. Leaves: read-only float32 arrays, logits, or a
runtime whose weights take half the bytes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.runtime import log_softmax
from nextword.tokens.vocabulary import PAD_ID

if TYPE_CHECKING:
    from nextword.networks.kinds import NetworkConfig

Weights = Mapping[str, NDArray[np.float32]]


class NetworkRuntime(Protocol):
    """A runtime that is built from a config and weights."""

    def __init__(self, config: "NetworkConfig", weights: Weights) -> None:
        """Check and keep them."""

    @property
    def config(self) -> "NetworkConfig":
        """Sizes of the network."""

    @property
    def weights(self) -> Weights:
        """Every weight by name."""


_Runtime = TypeVar("_Runtime", bound=NetworkRuntime)


def checked_weights(config: "NetworkConfig", weights: Weights) -> dict[str, NDArray[np.float32]]:
    """Return read-only float32 copies of the weights that a config lists, in its order.

    Raises:
        InputError: If a weight is missing, unknown, of another shape or not finite.
    """
    table = weights.get("embedding/table")
    if table is None or table.ndim != 2:
        raise InputError("a network needs the weight `embedding/table` of shape (V, D).")
    expected = config.weight_shapes(*table.shape)
    found = {name: tuple(array.shape) for name, array in weights.items()}
    if found != expected:
        wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        raise InputError(
            f"the weights do not fit the config: {wrong[0]!r} should be {expected.get(wrong[0], 'absent')} and is "
            f"{found.get(wrong[0], 'absent')} ({len(wrong)} differ)."
        )
    checked = {}
    for name in expected:
        array = np.array(weights[name], dtype=np.float32, order="C")
        if not np.isfinite(array).all():
            raise InputError(f"the weight {name!r} holds {np.count_nonzero(~np.isfinite(array))} NaN or infinities.")
        array.flags.writeable = False
        checked[name] = array
    return checked


def output_log_probabilities(hidden: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """Return log-probabilities (B, V) of the vectors (B, H) that a network ends with."""
    projection = weights.get("projection/kernel")
    if projection is not None:
        hidden = hidden @ projection  # (B, D)
    table = weights["output/table"] if "output/table" in weights else weights["embedding/table"]
    logits = hidden @ table.T  # (B, V)
    logits += weights["logits/bias"]
    logits[:, PAD_ID] = -np.inf
    return log_softmax(logits)


def in_half_precision(runtime: _Runtime) -> _Runtime:
    """Return a network whose weights are rounded to the 11 bits of a float16; they are still float32 in memory.

    A bundle stores such weights in half the bytes. Perplexity changes in the fifth digit. A frozen embedding stays as
    it was given, and so does everything where a weight is beyond the range of float16, 65,504.
    """
    rounded = {}
    for name, weight in runtime.weights.items():
        if name == "embedding/table" and not runtime.config.train_embeddings:
            rounded[name] = weight
            continue
        if np.abs(weight).max() > np.finfo(np.float16).max:
            return runtime
        rounded[name] = weight.astype(np.float16).astype(np.float32)
    return type(runtime)(runtime.config, rounded)
