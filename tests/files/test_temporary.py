"""Arrays as long as a text: in memory, or in a temporary file that leaves nothing behind."""

import errno
import os
import signal
import subprocess
import sys
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import FileAccessError, FilePermissionError, InputError, InputTypeError
from nextword.files.temporary import (
    IN_MEMORY,
    LongArrays,
    check_temporary_folder,
    counts_all,
    every_token,
    is_in_file,
    pieces_of,
)

PIECES = st.lists(st.lists(st.integers(0, 200), max_size=30), max_size=6)


@settings(deadline=None, max_examples=50)
@given(PIECES, st.sampled_from([0, 1, 40, 10**6]), st.sampled_from([np.int32, np.uint8, np.int64]))
def test_the_whole_is_the_same_in_memory_and_on_disk(pieces, memory, dtype):
    whole = LongArrays(memory).joined((np.array(piece, np.int64) for piece in pieces), dtype)
    expected = np.array([number for piece in pieces for number in piece], dtype)
    np.testing.assert_array_equal(whole, expected, strict=True)
    assert is_in_file(whole) == (expected.nbytes > memory)
    np.testing.assert_array_equal(whole[expected > 100], expected[expected > 100])


def test_a_piece_that_is_filled_again_is_read_in_time():
    def pieces():
        buffer = np.zeros(2, np.int32)
        for number in range(3):
            buffer[:] = number
            yield buffer

    for memory in (0, 8, 100):
        assert LongArrays(memory).joined(pieces(), np.int32).tolist() == [0, 0, 1, 1, 2, 2]


def test_what_is_on_disk_is_not_changed():
    whole = LongArrays(0).joined([np.arange(3)], np.int32)
    with pytest.raises(ValueError, match="read-only"):
        whole[0] = 7


def test_the_file_has_no_name_and_goes_with_its_array(tmp_path):
    whole = LongArrays(0, tmp_path).joined([np.arange(100_000)] * 3, np.int32)
    assert whole.sum() == 3 * sum(range(100_000))
    if os.name == "posix":
        assert os.listdir(tmp_path) == []
    del whole
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="processes are killed otherwise")
def test_a_killed_process_leaves_nothing(tmp_path):
    code = (
        "import os, signal, sys; import numpy as np\n"
        "from nextword.files.temporary import LongArrays\n"
        "whole = LongArrays(0, sys.argv[1]).joined([np.arange(100_000)], np.int32)\n"
        "def pieces():\n"
        "    yield np.arange(100_000)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)  # in the middle of writing\n"
        "LongArrays(0, sys.argv[1]).joined(pieces(), np.int32)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, tmp_path], check=False).returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == []


def test_an_error_of_who_yields_the_pieces_leaves_nothing(tmp_path):
    def pieces():
        yield np.arange(1000)
        raise IndexError

    with pytest.raises(IndexError):
        LongArrays(0, tmp_path).joined(pieces(), np.int32)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="files are limited otherwise")
def test_no_room_is_told_with_folder_and_bytes(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with refuses(
            FileAccessError, "temporary-file-not-writable", path=str(tmp_path), needed=160_000, reason="EFBIG"
        ) as caught:
            LongArrays(0, tmp_path).joined([np.arange(20_000)] * 9, np.int32)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_used_is_refused(tmp_path):
    check_temporary_folder(None)
    check_temporary_folder(tmp_path)
    assert os.listdir(tmp_path) == []
    file = tmp_path / "file.txt"
    file.write_text("tea")
    for folder, reason in ((tmp_path / "missing", "ENOENT"), (file, "ENOTDIR")):
        with refuses(FileAccessError, "temporary-file-not-writable", path=str(folder), reason=reason):
            check_temporary_folder(folder)
    with refuses(InputError, "path-empty"):
        check_temporary_folder("")
    with refuses(InputTypeError, "path-kind"):
        check_temporary_folder(3)


def test_a_folder_that_may_not_be_written_to_is_a_matter_of_permission(monkeypatch, tmp_path):
    def refused(dir):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    with refuses(FilePermissionError, "temporary-file-not-writable", path=str(tmp_path), reason="EACCES"):
        check_temporary_folder(tmp_path)


def test_masks_that_are_true_everywhere_take_no_memory():
    mask = every_token(10**12)
    assert counts_all(mask)
    assert mask[5:7].tolist() == [True, True]
    ones = np.ones(600_000, np.bool_)
    assert counts_all(ones)
    ones[-1] = False
    assert not counts_all(ones)
    assert counts_all(every_token(0))


def test_pieces_cover_an_array():
    assert [(part.start, part.stop) for part in pieces_of(7, 3)] == [(0, 3), (3, 6), (6, 7)]
    assert list(pieces_of(0)) == []
    assert not is_in_file(IN_MEMORY.joined([np.arange(9)], np.int32))
