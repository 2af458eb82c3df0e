"""Mapped files: large ones are shared with the disk, stay when they are replaced, and are read where none is mapped."""

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refusals import refuses

from nextword.errors import BundleCorruptError
from nextword.files import mapped
from nextword.files.mapped import MAPPED_BYTES, map_file
from nextword.files.sealed import open_sealed_bytes, seal, tensors_of
from nextword.files.writing import write_whole

LIMIT = 64 << 20


def sealed(fill: int, size: int = 2 * MAPPED_BYTES) -> bytes:
    return seal({}, {"a": np.full(size, fill, np.uint8)}, version=1)


def opened(content: Any) -> dict[str, Any]:
    open_sealed_bytes(content, name="file", newest_version=1, max_header_bytes=9_999)
    return tensors_of(content, name="file")


@pytest.mark.skipif(os.name != "posix", reason="files are read there")
def test_large_files_are_mapped_and_small_ones_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    overhead = len(sealed(1, 0)) + 32  # longer numbers in the header, padded
    for size, kind in ((MAPPED_BYTES - overhead, bytes), (MAPPED_BYTES, memoryview)):
        content = sealed(1, size)
        assert (len(content) < MAPPED_BYTES) == (kind is bytes)
        path.write_bytes(content)
        assert type(map_file(path, LIMIT)) is kind
        assert map_file(path, LIMIT) == content


@pytest.mark.skipif(os.name != "posix", reason="files are read there")
def test_what_is_mapped_stays_when_the_file_goes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, sealed(1))
    first = opened(map_file(path, LIMIT))["a"]
    write_whole(path, sealed(2))
    second = opened(map_file(path, LIMIT))["a"]
    path.unlink()
    assert (first == 1).all()
    assert (second == 2).all()
    for array in (first, second):
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_any_changed_byte_of_a_mapped_file_is_found(tmp_path: Path) -> None:
    path, content = tmp_path / "file", sealed(1)
    for position in (*range(0, len(content), len(content) // 50), len(content) - 33, len(content) - 1):
        path.write_bytes(content[:position] + bytes([content[position] ^ 4]) + content[position + 1 :])
        with pytest.raises(Exception, match="file") as caught:
            opened(map_file(path, LIMIT))
        assert hasattr(caught.value, "code")
    path.write_bytes(content[:-1])
    with refuses(BundleCorruptError, "digest-mismatch"):
        opened(map_file(path, LIMIT))


def test_where_nothing_can_be_mapped_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, content = tmp_path / "file", sealed(1)
    path.write_bytes(content)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(19, "No such device")

    with monkeypatch.context() as patch:
        patch.setattr(mmap, "mmap", refuse)
        read = map_file(path, LIMIT)
    assert type(read) is bytes
    assert read == content
    monkeypatch.setattr(mapped, "CAN_MAP", False)
    assert type(map_file(path, LIMIT)) is bytes


def test_pieces_are_written_as_one_file(tmp_path: Path) -> None:
    array = np.arange(3_000_000, dtype=np.uint8)  # larger than what is compared at once
    pieces = [b"tea", array.data.toreadonly(), b"", b"milk"]
    write_whole(tmp_path / "file", pieces)
    assert (tmp_path / "file").read_bytes() == b"".join(pieces)
