"""Checks of token ids, and of what stands beside them.

Input: what was given as ids, mask or beginnings of texts. Output: arrays, or an error that names the argument.
"""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors.descriptions import described
from nextword.errors.raised import InputError, InputTypeError


def check_ids(
    ids: ArrayLike, vocabulary_size: int, *, rows: int | None = None, start: int = 0, name: str = "ids"
) -> NDArray[np.int32]:
    """Return token ids as int32 after checking that each is in the vocabulary.

    Args:
        ids: Integers of shape (N,); for B rows of shape (B, T), (B,) for one token a row, or with B = 1 also (T,).
        vocabulary_size: V.
        rows: B; None for one stream.
        start: Position of the first id in a longer stream, for the message.
        name: Name of the argument.

    Returns:
        int32 of shape (N,), or (B, T).

    Raises:
        InputTypeError: If they are not integers, or lists of different lengths; codes "ids-not-integers" and
            "ids-ragged".
        InputError: If the shape does not fit, or an id is below 0 or not below V; codes "ids-shape" and
            "id-outside-vocabulary".
    """
    try:
        array = np.asarray(ids)
    except ValueError as error:  # lists of different lengths
        raise InputTypeError(
            f"`{name}` are token ids, which form an array; received lists of different lengths.",
            code="ids-ragged",
            argument=name,
        ) from error
    if array.size and array.dtype.kind not in "iu":  # an empty list makes an array of floats
        raise InputTypeError(
            f"`{name}` are token ids, integers; received {described(ids)}. `encode_texts` makes them of texts.",
            code="ids-not-integers",
            argument=name,
            dtype=str(array.dtype),
        )
    if rows is not None and array.ndim == 1:
        array = array.reshape((rows, 0) if not array.size else (1, -1) if rows == 1 else (-1, 1))
    if array.ndim != (1 if rows is None else 2) or (rows is not None and len(array) != rows):
        expected = "one stream of shape (N,)" if rows is None else f"({rows}, T) or ({rows},), as the state is"
        raise InputError(
            f"`{name}` are token ids, {expected}; received shape {np.shape(ids)}.",
            code="ids-shape",
            argument=name,
            shape=np.shape(ids),
        )
    if array.size and (array.min() < 0 or array.max() >= vocabulary_size):
        place = np.argwhere((array < 0) | (array >= vocabulary_size))[0].tolist()
        position = start + place[-1]
        where = f"position {position}" if rows is None else f"position {position} of text {place[0]}"
        raise InputError(
            f"`{name}`: token id {array[tuple(place)]} at {where} is outside the vocabulary of {vocabulary_size} "
            f"(ids 0 to {vocabulary_size - 1}). Encode with the tokenizer that the model was built for.",
            code="id-outside-vocabulary",
            argument=name,
            token_id=int(array[tuple(place)]),
            position=position,
            vocabulary_size=vocabulary_size,
        )
    return array.astype(np.int32, copy=False)


@overload
def check_mask(name: str, mask: None, ids: NDArray[np.int32] | None) -> None: ...
@overload
def check_mask(name: str, mask: ArrayLike, ids: NDArray[np.int32] | None) -> NDArray[np.bool_]: ...
def check_mask(name: str, mask: ArrayLike | None, ids: NDArray[np.int32] | None) -> NDArray[np.bool_] | None:
    """Return the mask of the tokens that count, after checking that it fits its ids and counts one.

    Args:
        name: Name of the argument.
        mask: Booleans of shape (N,); None counts all.
        ids: The ids (N,) that it belongs to; None where there are none.

    Returns:
        Booleans of shape (N,); None as it came.

    Raises:
        InputTypeError: If it is no array; code "not-an-array".
        InputError: If it does not fit, or no token counts; codes "mask-shape" and "mask-empty".
    """
    if mask is None:
        return None
    array = _array(name, mask)
    shape = None if ids is None else ids.shape
    if array.dtype != np.bool_ or array.shape != shape:
        expected = "goes with ids, which are None" if ids is None else f"has the shape {shape}, one a token"
        raise InputError(
            f"`{name}` holds booleans and {expected}; received {array.dtype} of shape {array.shape}.",
            code="mask-shape",
            argument=name,
            shape=array.shape,
        )
    if not array.any():
        raise InputError(f"`{name}` counts no token; at least one has to count.", code="mask-empty", argument=name)
    return array


def check_starts(name: str, starts: ArrayLike | None, ids: NDArray[np.int32] | None) -> NDArray[np.int64] | None:
    """Return where the texts of a stream begin, after checking it.

    Args:
        name: Name of the argument.
        starts: What was given; None for one text.
        ids: The stream, of shape (N,); None where there is none.

    Returns:
        int64 of shape (K,); None for None.

    Raises:
        InputTypeError: If they are no array; code "not-an-array".
        InputError: If they are no ascending positions in the stream, the first one 0; code "starts-do-not-fit".
    """
    if starts is None:
        return None
    positions = _array(name, starts)
    tokens = 0 if ids is None else len(ids)
    fits = positions.ndim == 1 and positions.dtype.kind in "iu" and len(positions) > 0
    if not fits or positions[0] != 0 or positions[-1] >= tokens or (np.diff(positions.astype(np.int64)) <= 0).any():
        raise InputError(
            f"`{name}` are the positions at which texts begin, ascending integers from 0 to below {tokens}; received "
            f"{described(starts)}.",
            code="starts-do-not-fit",
            argument=name,
            tokens=tokens,
        )
    return positions.astype(np.int64)


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise InputTypeError(
            f"`{name}` must form an array; received lists of different lengths.", code="not-an-array", argument=name
        ) from error
