"""What the configs of all networks share: the limits of their sizes, and the check of the matrix they begin with.

Input: an embedding matrix. Output: the same as float32, or an error that says what is wrong with it.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError, InputTypeError, described
from nextword.tokens.vocabulary import SPECIAL_TOKENS

Precision = Literal["float32", "bfloat16"]  # of the numbers in large products
Optimizer = Literal["sgd", "adam"]

MAX_WIDTH = 4096
MAX_LAYERS = 48


def check_embedding_matrix(matrix: ArrayLike) -> NDArray[np.float32]:
    """Return an embedding matrix as float32 of shape (V, D) after checking it.

    Args:
        matrix: Numbers of shape (V, D).

    Raises:
        InputTypeError: If it does not hold numbers; code "matrix-not-numbers".
        InputError: If its shape is not (V, D) with a row for every special token and a word, or a value is not finite;
            codes "matrix-shape" and "matrix-not-finite".
    """
    try:
        table = np.asarray(matrix)
    except ValueError:  # rows of different lengths
        table = np.asarray(None)
    if table.dtype.kind not in "fiu":
        raise InputTypeError(
            f"`matrix`, the embedding, holds numbers; received {described(matrix)}. `build_embedding_matrix` makes it.",
            code="matrix-not-numbers",
            dtype=str(table.dtype),
        )
    if table.ndim != 2 or table.shape[0] <= len(SPECIAL_TOKENS) or not 1 <= table.shape[1] <= MAX_WIDTH:
        raise InputError(
            f"`matrix`, the embedding, has the shape (V, D) with V at least {len(SPECIAL_TOKENS) + 1} and D from 1 to "
            f"{MAX_WIDTH}; received shape {table.shape}. `build_embedding_matrix` makes one from a vocabulary.",
            code="matrix-shape",
            shape=table.shape,
        )
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes an infinity, refused below
        table = table.astype(np.float32, copy=False)
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise InputError(
            f"`matrix`, the embedding, holds finite float32 numbers; row {row} has a NaN or an infinity.",
            code="matrix-not-finite",
            row=row,
        )
    return table
