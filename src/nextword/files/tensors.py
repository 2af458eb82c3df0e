"""Named arrays <-> the bytes of a safetensors file, in pieces and without a copy.

Input: named arrays, or the bytes of a file. Output: pieces to be written one after the other, which are the arrays
themselves, or read-only views of the bytes. The library of this name builds all bytes in memory, and copies each array
out of them; the layout is the same to the byte.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.files.strict_json import parse_json

Content = bytes | memoryview
"""The bytes of a file, read or mapped; nobody can write to them."""

METADATA = "__metadata__"
# In the order in which tensors stand in a file: falling alignment, then as the library has them, then by name.
_KINDS = {
    "U64": np.uint64,
    "I64": np.int64,
    "F64": np.float64,
    "C64": np.complex64,
    "F32": np.float32,
    "U32": np.uint32,
    "I32": np.int32,
    "F16": np.float16,
    "U16": np.uint16,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
_NAMES = {np.dtype(kind): name for name, kind in _KINDS.items()}
_ORDER = {name: place for place, name in enumerate(_KINDS)}


def tensor_pieces(tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> Iterator[Content]:
    """Yield the bytes of a safetensors file, its header first and then each tensor.

    Args:
        tensors: Arrays of any shape by name.
        metadata: Texts by name.

    Yields:
        Pieces whose concatenation is the file. A tensor that is contiguous is not copied.

    Raises:
        InputError: If an array is of a kind that such files do not have; code "tensor-kind".

    Examples:
        >>> b"".join(tensor_pieces({"a": np.uint8([116, 101, 97])}, {}))[8:]
        b'{"__metadata__":{},"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}} tea'
    """
    arrays = {name: np.asarray(array) for name, array in tensors.items()}
    kinds = {name: _kind_name(name, array) for name, array in arrays.items()}
    ordered = sorted(arrays, key=lambda name: (_ORDER[kinds[name]], name.encode()))
    header: dict[str, Any] = {METADATA: dict(metadata)}
    end = 0
    for name in ordered:
        start, end = end, end + arrays[name].nbytes
        header[name] = {"dtype": kinds[name], "shape": list(arrays[name].shape), "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    for name in ordered:
        array = arrays[name]
        row = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1)
        yield row.view(np.uint8).data.toreadonly()


def tensor_views(content: Content) -> dict[str, NDArray[Any]]:
    """Return the tensors of a safetensors file by name, as read-only views of its bytes.

    Args:
        content: All bytes of the file.

    Raises:
        InputError: If the header is damaged, a tensor is none, or they do not fill the file one after the other; code
            "tensors-damaged", and those of `parse_json`.

    Examples:
        >>> tensor_views(b"".join(tensor_pieces({"ids": np.int64([3, 4])}, {})))
        {'ids': array([3, 4])}
    """
    begin = 8 + int.from_bytes(content[:8], "little")
    if begin > len(content):
        raise InputError(
            f"its header should end at byte {begin:,} and it has {len(content):,}.", code="tensors-damaged"
        )
    header = parse_json(bytes(content[8:begin]))
    if not isinstance(header, dict):
        raise InputError("its header is no JSON object.", code="tensors-damaged")
    header.pop(METADATA, None)
    data = memoryview(content)[begin:].toreadonly()
    places = []
    tensors: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        kind, shape, start, end = _checked_entry(name, entry, len(data))
        places.append((start, end))
        tensors[name] = np.frombuffer(data[start:end], kind).reshape(shape)
    end = 0
    for start, next_end in sorted(places):
        if start != end:
            raise InputError(f"its tensors leave a gap or overlap at byte {min(start, end):,}.", code="tensors-damaged")
        end = next_end
    if end != len(data):
        raise InputError(f"its tensors end at byte {end:,} of {len(data):,}.", code="tensors-damaged")
    return tensors


def _checked_entry(name: str, entry: Any, size: int) -> tuple[np.dtype[Any], list[int], int, int]:
    """Return kind, shape and place of a tensor from its entry in the header."""
    if isinstance(entry, dict) and set(entry) == {"dtype", "shape", "data_offsets"}:
        kind, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
        if isinstance(kind, str) and kind in _KINDS and _are_sizes(shape) and _are_sizes(place) and len(place) == 2:
            dtype = np.dtype(_KINDS[kind]).newbyteorder("<")
            # Python's integers: a product of huge sizes does not wrap around.
            if place[0] <= place[1] <= size and place[1] - place[0] == math.prod(shape) * dtype.itemsize:
                return dtype, shape, place[0], place[1]
    raise InputError(f"the tensor {name!r:.80} is none: {entry!r:.200}.", code="tensors-damaged", tensor=name)


def _are_sizes(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _kind_name(name: str, array: NDArray[Any]) -> str:
    kind = _NAMES.get(array.dtype.newbyteorder("="))
    if kind is None:
        raise InputError(
            f"a file has arrays of {[str(kind) for kind in _NAMES]}; {name!r:.80} is {array.dtype}.",
            code="tensor-kind",
            tensor=name,
            dtype=str(array.dtype),
        )
    return kind
