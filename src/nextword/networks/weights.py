"""What the weights of all networks share: they are checked, or rounded.

Input: a config and the weights by name. Output: read-only float32 arrays, or weights that take half the bytes in a
bundle.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError

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
    for name, axes in (("embedding/table", 2), ("logits/bias", 1)):
        array = weights.get(name)
        if array is None or array.ndim != axes or not array.size:
            raise InputError(
                "a network needs the weights `embedding/table`, of two axes, and `logits/bias`, of one.",
                code="weights-do-not-fit",
                weight=name,
                shape=None if array is None else tuple(array.shape),
            )
    expected_shapes = config.weight_shapes(len(weights["logits/bias"]), weights["embedding/table"].shape[1])
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
        if name.startswith("embedding/") and not config.train_embeddings:
            rounded[name] = weight
            continue
        if np.abs(weight).max() > np.finfo(np.float16).max:
            return weights
        rounded[name] = weight.astype(np.float16).astype(np.float32)
    return rounded
