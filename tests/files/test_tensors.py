"""Tensors and the bytes of a file: the layout of the library to the byte, without copies, and nothing that lies."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from refusals import refuses
from safetensors import numpy as safetensors

from nextword.errors import InputError
from nextword.files.tensors import tensor_pieces, tensor_views

KINDS = "u8 i8 f8 c8 f4 u4 i4 f2 u2 i2 i1 u1 ?".split()
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9).filter(lambda name: name != "__metadata__")
ARRAYS = st.sampled_from(KINDS).flatmap(lambda kind: arrays(kind, array_shapes(min_dims=0, max_dims=3, min_side=0)))


METADATA = st.dictionaries(NAMES, st.text(), min_size=1, max_size=1)


@settings(max_examples=150, deadline=None)
@given(tensors=st.dictionaries(NAMES, ARRAYS, max_size=6), metadata=METADATA)
def test_the_bytes_are_those_of_the_library(tensors: dict[str, Any], metadata: dict[str, str]) -> None:
    content = b"".join(tensor_pieces(tensors, metadata))
    assert content == safetensors.save(tensors, metadata)
    views = tensor_views(content)
    assert views.keys() == tensors.keys()
    for name, array in tensors.items():
        assert views[name].dtype == array.dtype
        assert views[name].shape == array.shape
        assert views[name].tobytes() == array.tobytes()


def test_arrays_in_another_order_are_written_as_they_read() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    for given_array in (array.T, array[::2], array.astype(">f4")):
        read = tensor_views(b"".join(tensor_pieces({"a": given_array}, {})))["a"]
        np.testing.assert_array_equal(read, given_array)


def test_neither_writing_nor_reading_copies() -> None:
    array = np.arange(100_000, dtype=np.float16)
    _, piece = tensor_pieces({"a": array}, {})
    assert np.shares_memory(np.frombuffer(piece, np.float16), array)
    content = b"".join(tensor_pieces({"a": array}, {}))
    view = tensor_views(content)["a"]
    assert np.shares_memory(view, np.frombuffer(content, np.uint8))
    assert not view.flags.writeable
    with pytest.raises(ValueError, match="WRITEABLE"):
        view.flags.writeable = True


def with_entries(entries: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(start: int, end: int, kind: str = "U8", shape: Any = None) -> dict[str, Any]:
    return {"dtype": kind, "shape": [end - start] if shape is None else shape, "data_offsets": [start, end]}


def test_places_that_do_not_fill_the_file_one_by_one_are_refused() -> None:
    good = {"a": entry(0, 4), "b": entry(4, 4), "c": entry(4, 6)}
    assert tensor_views(with_entries(good, b"123456"))["c"].tobytes() == b"56"
    for bad in (
        {"a": entry(0, 4)},  # bytes are left
        {"a": entry(1, 6)},
        {"a": entry(0, 3), "c": entry(4, 6)},  # a gap
        {"a": entry(0, 5), "c": entry(4, 6)},  # on each other
        {"a": entry(0, 6), "c": entry(0, 6)},
        {"a": entry(0, 6), "c": entry(2, 2)},  # inside another
        {"a": entry(0, 7)},
        {"a": entry(0, 6, shape=[2])},
        {"a": entry(0, 6, "U16")},
        {"a": entry(0, 6, "U16", [6])},
        {"a": entry(0, 6, shape=[-6])},
        {"a": entry(0, 6, shape=[6.0])},
        {"a": entry(0, 6, shape=[True, 6])},
        {"a": entry(0, 6, "BF16", [3])},
        {"a": entry(0, 6, shape=[2**62, 4, 6])},
        {"a": {**entry(0, 6), "more": 1}},
        {"a": [0, 6]},
        {"a": {**entry(0, 6), "data_offsets": [0, 6, 6]}},
    ):
        with refuses(InputError, "tensors-damaged"):
            tensor_views(with_entries(bad, b"123456"))
    for content in (b"\xff" * 7 + b"\x00" + b"{}", with_entries([], b"")):  # type: ignore[arg-type]
        with refuses(InputError, "tensors-damaged"):
            tensor_views(content)


def test_kinds_that_no_file_has_are_told() -> None:
    for kind in ("O", "U3", "c16", "M8[s]"):
        with refuses(InputError, "tensor-kind", tensor="a"):
            list(tensor_pieces({"a": np.zeros(2, kind)}, {}))


def test_reading_needs_no_library_of_tensors() -> None:
    program = "import nextword.files.sealed, sys; print('safetensors' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.strip() == "False"
