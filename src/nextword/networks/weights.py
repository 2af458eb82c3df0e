"""What the runtimes of all networks share: their weights checked or rounded, and their output.

Input: a config and the weights by name, or the vectors that a network ends with. Output: read-only float32 arrays,
weights that take half the bytes in a bundle, or log-probabilities.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.tokens.vocabulary import PAD_ID

if TYPE_CHECKING:
    from nextword.networks.kinds import NetworkConfig

Weights = Mapping[str, NDArray[np.float32]]


class NetworkRuntime(Protocol):
    """A runtime that is built from a config and weights.

    Args:
        config: Sizes of the network.
        weights: Every weight by name.
    """

    def __init__(self, config: "NetworkConfig", weights: Weights) -> None:
        """Check and keep them."""

    @property
    def config(self) -> "NetworkConfig":
        """Sizes of the network."""

    @property
    def weights(self) -> Weights:
        """Every weight by name."""


def checked_weights(config: "NetworkConfig", weights: Weights) -> dict[str, NDArray[np.float32]]:
    """Return read-only float32 copies of the weights that a config lists, in its order.

    Args:
        config: Sizes of the network.
        weights: Every weight by name.

    Raises:
        InputError: If a weight is missing, unknown or of another shape, or a value is not finite; codes
            "weights-do-not-fit" and "weight-not-finite".
    """
    table = weights.get("embedding/table")
    if table is None or table.ndim != 2:
        raise InputError(
            "a network needs the weight `embedding/table` of shape (V, D).",
            code="weights-do-not-fit",
            weight="embedding/table",
            shape=None if table is None else tuple(table.shape),
        )
    expected_shapes = config.weight_shapes(*table.shape)
    shapes = {name: tuple(array.shape) for name, array in weights.items()}
    if shapes != expected_shapes:
        names = expected_shapes.keys() | shapes.keys()
        wrong = sorted(name for name in names if expected_shapes.get(name) != shapes.get(name))
        shape, expected = shapes.get(wrong[0]), expected_shapes.get(wrong[0])
        raise InputError(
            f"the weights do not fit the config: {wrong[0]!r} should be {expected or 'absent'} and is "
            f"{shape or 'absent'} ({len(wrong)} differ).",
            code="weights-do-not-fit",
            weight=wrong[0],
            shape=shape,
            expected=expected,
            differing=len(wrong),
        )
    checked = {}
    for name in expected_shapes:
        array = np.array(weights[name], dtype=np.float32, order="C")
        if not np.isfinite(array).all():
            num_values = int(np.count_nonzero(~np.isfinite(array)))
            raise InputError(
                f"the weight {name!r} holds {num_values} NaN or infinities.",
                code="weight-not-finite",
                weight=name,
                values=num_values,
            )
        array.flags.writeable = False
        checked[name] = array
    return checked


def output_logits(hidden: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """Return logits (B, V) of the vectors that a network ends with, a new array in which `<pad>` has -inf.

    Args:
        hidden: Vectors (B, H), float32.
        weights: Every weight of the network by name.
    """
    projection = weights.get("projection/kernel")
    if projection is not None:
        hidden = hidden @ projection  # (B, D)
    table = weights["output/table"] if "output/table" in weights else weights["embedding/table"]
    logits = hidden @ table.T  # (B, V)
    logits += weights["logits/bias"]
    logits[:, PAD_ID] = -np.inf
    return logits


def half_precision_weights(config: "NetworkConfig", weights: Weights) -> Weights:
    """Return weights rounded to the 11 bits of a float16; they are still float32 in memory.

    A bundle stores such weights in half the bytes. Perplexity changes in the fifth digit. A frozen embedding matrix
    stays as it was given, and so do all weights where one is beyond the range of float16, 65,504.

    Args:
        config: Sizes of the network.
        weights: Every weight by name, float32.

    Examples:
        >>> from nextword.networks.lstm.config import LSTMConfig
        >>> half_precision_weights(LSTMConfig(), {"logits/bias": np.array([0.1], np.float32)})["logits/bias"].item()
        0.0999755859375
    """
    rounded = {}
    for name, weight in weights.items():
        if name == "embedding/table" and not config.train_embeddings:
            rounded[name] = weight
            continue
        if np.abs(weight).max() > np.finfo(np.float16).max:
            return weights
        rounded[name] = weight.astype(np.float16).astype(np.float32)
    return rounded
