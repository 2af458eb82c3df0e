"""Tensors <-> the same in fewer bytes, without loss.

Input: the tensors of a bundle. Output: the same, those that get smaller as bytes of zlib, and a table that says what
they were; or back. Weights stay as they are: they hardly get smaller, and are mapped. Bytes of large numbers stand by
place, the lowest of all numbers first, since the higher ones are nearly all alike. What a file may become is told by
its table, and checked against its size before anything is inflated.
"""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError

Tensors = Mapping[str, NDArray[Any]]
Table = Mapping[str, Any]

# Tensors of fewer bytes stay as they are.
LEAST_BYTES = 256
# A file becomes at most so many bytes for each of its own, and so many more: the largest text that was tried takes 4.
MOST_TIMES = 16
MOST_MORE = 4 << 20
_KINDS = {kind: np.dtype(kind) for kind in ("uint8", "uint16", "uint32", "uint64", "int64", "float32", "float64")}
# Repeated words are found by the first, and small integers take the fewest bits by the second.
_WAYS = ((6, zlib.Z_DEFAULT_STRATEGY), (9, zlib.Z_RLE))


def compressed(tensors: Tensors) -> tuple[dict[str, NDArray[Any]], dict[str, list[Any]]]:
    """Return tensors of fewer bytes, and what they were.

    Args:
        tensors: Tensors by name.

    Returns:
        The tensors, those that got smaller as bytes, and for each of these its kind and length by name.

    Examples:
        >>> tensors, table = compressed({"tea": np.zeros(1_000), "weight.rum": np.zeros(1_000)})
        >>> table, tensors["tea"].nbytes < 100
        ({'tea': ['float64', 1000]}, True)
    """
    small = {name: _deflated(array) for name, array in tensors.items() if _can_be_smaller(name, array)}
    small = {name: array for name, array in small.items() if array.nbytes < 0.9 * tensors[name].nbytes}
    stored = {**tensors, **small}
    # What is nearly all alike may become more than a file may: then the largest of it stays as it is.
    for name in sorted(small, key=lambda name: (-tensors[name].nbytes, name)):
        if sum(tensors[name].nbytes for name in small) <= _most(sum(array.nbytes for array in stored.values())):
            break
        del small[name]
        stored[name] = tensors[name]
    return stored, {name: [tensors[name].dtype.name, len(tensors[name])] for name in small}


def inflated(tensors: Tensors, table: Table) -> dict[str, NDArray[Any]]:
    """Return tensors as they were before `compressed`.

    Args:
        tensors: Tensors by name.
        table: Kind and length of those that are compressed, by name.

    Raises:
        InputError: If the table and the tensors contradict each other, or a tensor is damaged; code
            "compressed-damaged". If they would become more than a file may; code "compressed-too-much".

    Examples:
        >>> inflated(*compressed({"tea": np.zeros(1_000)}))["tea"].shape
        (1000,)
    """
    for name, entry in table.items():
        is_known = isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) and entry[0] in _KINDS
        if not is_known or type(entry[1]) is not int or entry[1] < 1:
            raise _damaged(name, f"it is said to be {entry!r:.80}")
        if name not in tensors or tensors[name].dtype != np.uint8 or tensors[name].ndim != 1:
            raise _damaged(name, "it is no row of bytes")
    becomes = sum(_KINDS[kind].itemsize * length for kind, length in table.values())
    stored = sum(array.nbytes for array in tensors.values())
    if becomes > _most(stored):
        raise InputError(
            f"its tensors have {stored:,} bytes and would become {becomes:,}; the most is {_most(stored):,}.",
            code="compressed-too-much",
            bytes=stored,
            becomes=becomes,
        )
    return {name: _inflated(name, array, *table[name]) if name in table else array for name, array in tensors.items()}


def _most(stored_bytes: int) -> int:
    return MOST_TIMES * stored_bytes + MOST_MORE


def _can_be_smaller(name: str, array: NDArray[Any]) -> bool:
    is_weight = name.rpartition(":")[2].startswith("weight.")
    return not is_weight and array.ndim == 1 and array.nbytes >= LEAST_BYTES and array.dtype.name in _KINDS


def _deflated(array: NDArray[Any]) -> NDArray[np.uint8]:
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    planes = np.ascontiguousarray(little.view(np.uint8).reshape(len(array), -1).T)
    found = []
    for level, strategy in _WAYS:
        way = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
        found.append(way.compress(planes.data) + way.flush())
    return np.frombuffer(min(found, key=len), np.uint8)


def _inflated(name: str, array: NDArray[Any], kind: str, length: int) -> NDArray[Any]:
    dtype = _KINDS[kind]
    size = dtype.itemsize * length
    way = zlib.decompressobj()
    try:
        content = way.decompress(array.data, size)
        rest = b"" if way.eof else way.decompress(way.unconsumed_tail, 1)
    except zlib.error as error:
        raise _damaged(name, str(error)) from error
    if rest or not way.eof or way.unused_data or len(content) != size:
        raise _damaged(name, f"it does not become {size:,} bytes")
    planes = np.frombuffer(content, np.uint8)
    if dtype.itemsize > 1:
        planes = np.ascontiguousarray(planes.reshape(dtype.itemsize, length).T).reshape(-1)
        planes.flags.writeable = False
    return planes.view(dtype.newbyteorder("<")).astype(dtype, copy=False)


def _damaged(name: str, reason: str) -> InputError:
    return InputError(
        f"the compressed tensor {name!r:.80} is damaged: {reason}.", code="compressed-damaged", tensor=name
    )
