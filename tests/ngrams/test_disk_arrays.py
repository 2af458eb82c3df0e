"""Arrays of integers in memory and on disk."""

import errno
import io
import os
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import FileAccessError
from nextword.ngrams.disk_arrays import DiskArrays

ROWS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=20), max_size=5)


@settings(deadline=None, max_examples=30)
@given(ROWS, st.sampled_from([0, 50, 10**6]))
def test_what_was_written_is_read(rows, memory):
    with DiskArrays(memory) as disk:
        arrays = [disk.allocate(len(row)) for row in rows]
        for array, row in reversed(list(zip(arrays, rows, strict=True))):  # in any order
            array.write(0, np.array(row, np.int64))
        for array, row in zip(arrays, rows, strict=True):
            assert array.read(0, len(row)).tolist() == row
            assert array.read(1, 3).tolist() == row[1:3]
            assert array.read(2, 1000).tolist() == row[2:]


def test_a_part_is_written_over():
    with DiskArrays(0) as disk:
        array = disk.allocate(4)
        array.write(0, np.array([1, 2, 3, 4]))
        array.write(1, np.array([-1, 7]))
        assert array.read(0, 4).tolist() == [1, -1, 7, 4]


def test_nothing_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def write_and_fail():
        with DiskArrays(0) as disk:
            disk.allocate(1000).write(0, np.arange(1000))
            raise IndexError

    with pytest.raises(IndexError):
        write_and_fail()
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_told_with_its_folder_and_what_was_needed(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, content):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: Full())
    figures = {"path": str(tmp_path), "needed": 20, "reason": "ENOSPC", "errno": errno.ENOSPC}
    with (
        refuses(FileAccessError, "temporary-file-not-writable", **figures) as caught,
        DiskArrays(12, tmp_path) as disk,
    ):
        disk.allocate(3).write(0, np.arange(3))  # in memory
        disk.allocate(2).write(0, np.arange(2))
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 10)), max_size=20), st.sampled_from([0, 10**6]))
def test_parts_are_read_together(spans, memory):
    with DiskArrays(memory) as disk:
        disk.allocate(100).write(0, np.arange(100))
        read = disk.read_spans([(4 * first, length) for first, length in spans])
        assert read.tolist() == [number for first, length in spans for number in range(first, first + length)]
