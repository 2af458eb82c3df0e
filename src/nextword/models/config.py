"""Sizes of the networks as plain frozen values: no Keras here, so that prediction can read them.

Enters: what the user chose. Leaves: checked options and, by arithmetic, the name and shape of every weight, which is
what a bundle is checked against before anything is built.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.checks import check_bool, check_integer, check_number
from nextword.errors import InputError, InputTypeError
from nextword.vocabulary import SPECIAL_TOKENS

Precision = Literal["float32", "bfloat16"]  # of the numbers in large products

MAX_WIDTH = 4096
MAX_LAYERS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class LSTMConfig:
    """Sizes of an LSTM language model.

    Args:
        hidden_dim: Units H of every LSTM layer.
        num_layers: Number of LSTM layers.
        dropout: Share of activations zeroed in training, before each LSTM layer and before the output.
        tie_embeddings: Use the embedding matrix as output matrix too (Press and Wolf, 2017); where H and D differ, a
            projection comes between. False gives the output a matrix of its own.
        train_embeddings: False keeps the embedding matrix as given, which suits pretrained vectors.
        seed: Seed of the initial weights and of dropout.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range.
    """

    hidden_dim: int = 200
    num_layers: int = 2
    dropout: float = 0.2
    tie_embeddings: bool = True
    train_embeddings: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_integer("hidden_dim", self.hidden_dim, 1, MAX_WIDTH)
        check_integer("num_layers", self.num_layers, 1, MAX_LAYERS)
        check_number("dropout", self.dropout, 0.0, 1.0)
        check_integer("seed", self.seed, 0)
        for name in ("tie_embeddings", "train_embeddings"):
            check_bool(name, getattr(self, name))

    def weight_shapes(self, vocabulary_size: int, embedding_dim: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by its name, in the order of the network.

        The names are the paths of the Keras weights: layer, then weight.

        Args:
            vocabulary_size: V.
            embedding_dim: D, the width of the embedding matrix.

        Examples:
            >>> LSTMConfig(hidden_dim=4, num_layers=1).weight_shapes(10, 4)["lstm_0/kernel"]
            (4, 16)
        """
        hidden = self.hidden_dim
        shapes: dict[str, tuple[int, ...]] = {"embedding/table": (vocabulary_size, embedding_dim)}
        for layer in range(self.num_layers):
            shapes[f"lstm_{layer}/kernel"] = (hidden if layer else embedding_dim, 4 * hidden)
            shapes[f"lstm_{layer}/recurrent_kernel"] = (hidden, 4 * hidden)
            shapes[f"lstm_{layer}/bias"] = (4 * hidden,)
        if not self.tie_embeddings:
            shapes["output/table"] = (vocabulary_size, hidden)
        elif hidden != embedding_dim:
            shapes["projection/kernel"] = (hidden, embedding_dim)
        shapes["logits/bias"] = (vocabulary_size,)
        return shapes


def check_embedding_matrix(matrix: ArrayLike) -> NDArray[np.float32]:
    """Return an embedding matrix as float32 of shape (V, D) after checking it.

    Raises:
        InputTypeError: If it does not hold numbers.
        InputError: If its shape is not (V, D) with a row for every special token and a word, or a value is not finite.
    """
    table = np.asarray(matrix)
    if table.dtype.kind not in "fiu":
        raise InputTypeError(
            f"an embedding matrix holds numbers; received an array of {table.dtype}. Use `build_embedding_matrix`."
        )
    if table.ndim != 2 or table.shape[0] <= len(SPECIAL_TOKENS) or not 1 <= table.shape[1] <= MAX_WIDTH:
        raise InputError(
            f"an embedding matrix has the shape (V, D) with V at least {len(SPECIAL_TOKENS) + 1} and D from 1 to "
            f"{MAX_WIDTH}; received shape {table.shape}. `build_embedding_matrix` makes one from a vocabulary."
        )
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes an infinity, refused below
        table = table.astype(np.float32, copy=False)
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise InputError(f"an embedding matrix holds finite float32 numbers; row {row} has a NaN or an infinity.")
    return table
