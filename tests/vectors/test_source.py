"""Vector files as bytes: other kinds of files, gzip that is damaged or a bomb, and what is no file."""

import errno
import gzip
import os
import zipfile
from pathlib import Path

import pytest
from refusals import refuses
from vector_files import load, refused

from nextword.errors import FileAccessError, FilePermissionError, InputError, MissingFileError, VectorsError
from nextword.vectors.loading import load_vectors
from nextword.vectors.source import ByteSource


@pytest.mark.parametrize(
    ("start", "fix"),
    [
        (b"PK\x03\x04", "Unpack it"),
        (b"BZh91AY&SY", "Unpack it"),
        (b"x" * 257 + b"ustar\x0000", "Unpack it"),
        (b"\x80\x04", "Export"),
        (b"\x93NUMPY\x01\x00", "Export"),
        (b"\xba\x16\x4f\x2f\x0c\0\0\0", "`.vec` file"),
        ("a 1 2\n".encode("utf-16"), "Save it as UTF-8"),
        (b"%PDF-1.7", "UTF-8"),
        (b"<!DOCTYPE html>\n", "Download"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_other_kinds_of_file_are_refused_with_what_to_do(tmp_path, start, fix, packed):
    with refuses(VectorsError, "file-of-another-kind", path=str(tmp_path / "vectors")) as caught:
        load(tmp_path, gzip.compress(start) if packed else start)
    assert fix in str(caught.value)


def test_what_is_packed_twice_is_refused(tmp_path):
    refused(tmp_path, gzip.compress(gzip.compress(b"a 1 2\n")), "file-of-another-kind")


def test_a_real_zip_and_a_folder_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "vectors", "w") as archive:
        archive.writestr("glove.txt", "a 1 2\n")
    with refuses(VectorsError, "file-of-another-kind"):
        load_vectors(tmp_path / "vectors")
    with refuses(VectorsError, "path-not-a-file", path=str(tmp_path)):
        load_vectors(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with refuses(MissingFileError, "path-missing", path=str(tmp_path / "none.vec")) as caught:
        load_vectors(tmp_path / "none.vec")
    assert str(tmp_path / "none.vec") in str(caught.value)


def test_what_the_system_refuses_is_told_with_the_path(tmp_path, monkeypatch):
    path = tmp_path / "tiny.vec"
    path.write_text("tea 0.5 1\n", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    for wrong, reason in {
        tmp_path / ("a" * 300): "ENAMETOOLONG",
        path / "inner": "ENOTDIR",
        tmp_path / "loop": "ELOOP",
    }.items():
        with refuses(FileAccessError, "file-not-readable", path=str(wrong), reason=reason):
            load_vectors(wrong)
    for name, code in {"": "path-empty", "\ud800.vec": "path-not-encodable", "\0": "path-nul"}.items():
        with refuses(InputError, code):
            load_vectors(name)

    def fail(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for method in ("stat", "open"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, method, fail)
            with refuses(FilePermissionError, "file-not-readable", path=str(path), errno=errno.EACCES):
                load_vectors(path)


@pytest.mark.parametrize("name", ["tiny.vec", "tiny.vec.gz"])
def test_a_disk_that_fails_while_reading_is_told(name, tmp_path, monkeypatch):
    path = tmp_path / name
    write = gzip.open if name.endswith("gz") else open
    with write(path, "wb") as file:
        file.write(b"tea 0.5 1\n")
    source = ByteSource(path)

    class Failing:
        def read(self, size):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        def close(self):
            pass

    source._file.close()
    source._file, source._ahead = Failing(), b""
    with source, refuses(FileAccessError, "file-not-readable", path=str(path), reason="EIO"):
        source.read()


def test_an_empty_file_is_refused(tmp_path):
    refused(tmp_path, b"", "file-empty")
    refused(tmp_path, gzip.compress(b""), "line-end-missing", line=1)


def test_damaged_gzip_is_refused(tmp_path):
    packed = gzip.compress(b"a 1 2\nb 3 4\n")
    refused(tmp_path, packed + b"rest", "gzip-damaged")
    refused(tmp_path, packed[:-8] + bytes(8), "gzip-damaged")
    refused(tmp_path, packed[:12] + b"\xff" + packed[13:], "gzip-damaged")


def test_a_gzip_bomb_is_refused(tmp_path):
    row = b" 0" * 2000 + b"\n"
    bomb = gzip.compress(b"".join(b"w%d" % number + row for number in range(4300)), 9)
    refused(tmp_path, bomb, "gzip-too-large", ["w0"], max_bytes=16 << 20)
    allowed = gzip.compress(b"".join(b"w%d" % number + row for number in range(4100)), 9)
    assert load(tmp_path, allowed, ["w0"]).report.rows_read == 4100
