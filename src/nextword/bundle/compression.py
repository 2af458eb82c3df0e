"""Tensors <-> the same in fewer bytes, without loss.

Input: the tensors of a bundle. Output: the same, those that get smaller as bytes of zlib, and a table that says what
they were; or back. Weights stay as they are: they hardly get smaller, and are mapped. Bytes of large numbers stand by
place, the lowest of all numbers first, without those that are 0 in all. Of probabilities there are few different ones:
these stand behind the place that each number has among them. What a file may become is told by its table, and checked
against its size before anything is inflated.
"""

import threading
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
# Tensors of more bytes, all together, are inflated by two threads.
BY_TWO_BYTES = 1 << 20
# So many bytes of a tensor tell how it gets smallest.
SAMPLE_BYTES = 1 << 17
# Repeated words are found by the first, and small integers take the fewest bits by the second.
_WAYS = ((6, zlib.Z_DEFAULT_STRATEGY), (9, zlib.Z_RLE))


def compressed(tensors: Tensors) -> tuple[dict[str, NDArray[Any]], dict[str, list[Any]]]:
    """Return tensors of fewer bytes, and what they were.

    Args:
        tensors: Tensors by name.

    Returns:
        The tensors, those that got smaller as bytes, and for each of these by name its kind, its length, and how many
        bytes of each integer or how many different numbers are kept; 0 for all as they are.

    Examples:
        >>> tensors, table = compressed({"tea": np.zeros(1_000), "weight.rum": np.zeros(1_000)})
        >>> table, tensors["tea"].nbytes < 100
        ({'tea': ['float64', 1000, 1]}, True)
    """
    found = {name: _smallest(array) for name, array in tensors.items() if _can_be_smaller(name, array)}
    small = {name: entry for name, (array, entry) in found.items() if array.nbytes < 0.9 * tensors[name].nbytes}
    stored = {**tensors, **{name: found[name][0] for name in small}}
    # What is nearly all alike may become more than a file may: then the largest of it stays as it is.
    for name in sorted(small, key=lambda name: (-tensors[name].nbytes, name)):
        if sum(_becomes(*entry) for entry in small.values()) <= _most(sum(array.nbytes for array in stored.values())):
            break
        del small[name]
        stored[name] = tensors[name]
    return stored, small


def inflated(tensors: Tensors, table: Table) -> dict[str, NDArray[Any]]:
    """Return tensors as they were before `compressed`.

    Args:
        tensors: Tensors by name.
        table: What `compressed` returned.

    Raises:
        InputError: If the table and the tensors contradict each other, or a tensor is damaged; code
            "compressed-damaged". If they would become more than a file may; code "compressed-too-much".

    Examples:
        >>> inflated(*compressed({"tea": np.zeros(1_000)}))["tea"].shape
        (1000,)
    """
    for name, entry in table.items():
        if not _is_entry(entry):
            raise _damaged(name, f"it is said to be {entry!r:.80}")
        if name not in tensors or tensors[name].dtype != np.uint8 or tensors[name].ndim != 1:
            raise _damaged(name, "it is no row of bytes")
    becomes = sum(_becomes(*entry) for entry in table.values())
    stored = sum(array.nbytes for array in tensors.values())
    if becomes > _most(stored):
        raise InputError(
            f"its tensors have {stored:,} bytes and would become {becomes:,}; the most is {_most(stored):,}.",
            code="compressed-too-much",
            bytes=stored,
            becomes=becomes,
        )
    tasks = iter(sorted(table, key=lambda name: -tensors[name].nbytes))
    whole: dict[str, NDArray[Any]] = {**tensors}
    errors: list[Exception] = []

    def work() -> None:
        try:
            for name in tasks:
                whole[name] = _inflated(name, tensors[name], *table[name])
        except Exception as error:  # of a thread it would be lost
            errors.append(error)

    helpers = [threading.Thread(target=work)] if becomes >= BY_TWO_BYTES else []  # zlib lets others run meanwhile
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if errors:
        raise errors[0]
    return whole


def _most(stored_bytes: int) -> int:
    return MOST_TIMES * stored_bytes + MOST_MORE


def _can_be_smaller(name: str, array: NDArray[Any]) -> bool:
    is_weight = name.rpartition(":")[2].startswith("weight.")
    return not is_weight and array.ndim == 1 and array.nbytes >= LEAST_BYTES and array.dtype.name in _KINDS


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 3 or not isinstance(entry[0], str) or entry[0] not in _KINDS:
        return False
    if not all(type(size) is int for size in entry[1:]) or entry[1] < 1:
        return False
    return bool(0 <= entry[2] <= (entry[1] if _KINDS[entry[0]].kind == "f" else _KINDS[entry[0]].itemsize - 1))


def _becomes(kind: str, length: int, kept: int) -> int:
    """Return how many bytes a tensor takes in memory."""
    return _KINDS[kind].itemsize * (length + (kept if _KINDS[kind].kind == "f" else 0))


def _place_kind(different: int) -> np.dtype[Any]:
    return np.dtype(np.uint8 if different <= 1 << 8 else np.uint16 if different <= 1 << 16 else np.uint32)


def _smallest(array: NDArray[Any]) -> tuple[NDArray[np.uint8], list[Any]]:
    """Return the bytes of an array, and its entry of the table."""
    entry = [array.dtype.name, len(array)]
    if array.dtype.kind != "f":
        kept = max(1, (int(array.max()).bit_length() + 7) // 8) if array.min() >= 0 else array.dtype.itemsize
        planes = _planes(array)[: kept * len(array)]
        return _deflated(planes), [*entry, kept % array.dtype.itemsize]
    # As integers, so that every pattern of bits comes back.
    values, places = np.unique(array.view(f"u{array.dtype.itemsize}"), return_inverse=True)
    apart = _planes(places.astype(_place_kind(len(values)))) + _planes(values)
    ways = ((_deflated(_planes(array)), [*entry, 0]), (_deflated(apart), [*entry, len(values)]))
    return min(ways, key=lambda way: way[0].nbytes)


def _deflated(content: bytes) -> NDArray[np.uint8]:
    # The way that is better for the beginning is so for all of it, and most of them take little time.
    beginning = content[:SAMPLE_BYTES]
    found = [_deflated_by(way, beginning) for way in _WAYS]
    best = min(found, key=len)
    if len(content) > len(beginning):
        best = _deflated_by(_WAYS[found.index(best)], content)
    return np.frombuffer(best, np.uint8)


def _deflated_by(way: tuple[int, int], content: bytes) -> bytes:
    level, strategy = way
    deflating = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    return deflating.compress(content) + deflating.flush()


def _planes(array: NDArray[Any]) -> bytes:
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return little.view(np.uint8).reshape(len(array), -1).T.tobytes()


def _numbers(content: bytes, dtype: np.dtype[Any], length: int) -> NDArray[Any]:
    """Return numbers from their lowest bytes, those of a place after the other."""
    planes = np.frombuffer(content, np.uint8)
    if dtype.itemsize > 1:
        kept = len(planes) // length
        whole = np.zeros((length, dtype.itemsize), np.uint8)
        for place in range(kept):
            whole[:, place] = planes[place * length : (place + 1) * length]
        planes = whole.reshape(-1)
        planes.flags.writeable = False
    return planes.view(dtype.newbyteorder("<")).astype(dtype, copy=False)


def _inflated(name: str, array: NDArray[Any], kind: str, length: int, kept: int) -> NDArray[Any]:
    dtype = _KINDS[kind]
    if dtype.kind != "f" or not kept:
        return _numbers(_bytes_of(name, array, length * (kept or dtype.itemsize)), dtype, length)
    place_kind = _place_kind(kept)
    content = _bytes_of(name, array, length * place_kind.itemsize + kept * dtype.itemsize)
    places = _numbers(content[: length * place_kind.itemsize], place_kind, length)
    if places.max() >= kept:
        raise _damaged(name, f"a number stands behind the last of {kept:,}")
    numbers = _numbers(content[length * place_kind.itemsize :], dtype, kept).take(places)
    numbers.flags.writeable = False
    return numbers


def _bytes_of(name: str, array: NDArray[Any], size: int) -> bytes:
    """Return what was deflated, never more than a byte longer than it should be."""
    way = zlib.decompressobj()
    try:
        content = way.decompress(array.data, size)
        rest = b"" if way.eof else way.decompress(way.unconsumed_tail, 1)
    except zlib.error as error:
        raise _damaged(name, str(error)) from error
    if rest or not way.eof or way.unused_data or len(content) != size:
        raise _damaged(name, f"it does not become {size:,} bytes")
    return content


def _damaged(name: str, reason: str) -> InputError:
    return InputError(
        f"the compressed tensor {name!r:.80} is damaged: {reason}.", code="compressed-damaged", tensor=name
    )
