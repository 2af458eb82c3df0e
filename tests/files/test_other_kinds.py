"""Kinds of files known by their first bytes, each as its own writer makes it."""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from nextword.files.other_kinds import START_BYTES, kind_of_start


def written_to(write) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def zipped(stream: io.BytesIO, *names: str) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "tea")


def tarred(stream: io.BytesIO) -> None:
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("tea.txt"))


FOREIGN = [
    (written_to(lambda stream: zipped(stream, "tea.txt")), "zip", "archive"),
    (written_to(zipped), "zip", "archive"),
    (written_to(tarred), "tar", "archive"),
    (gzip.compress(b"tea"), "gzip", "archive"),
    (bz2.compress(b"tea"), "bzip2", "archive"),
    (lzma.compress(b"tea"), "xz", "archive"),
    (b"7z\xbc\xaf\x27\x1c\0\x04", "7z", "archive"),
    (b"\x28\xb5\x2f\xfd\x04\0", "zstd", "archive"),
    ("tea".encode("utf-16"), "UTF-16", "encoding"),
    (b"\xfe\xff" + "tea".encode("utf-16be"), "UTF-16", "encoding"),
    ("tea".encode("utf-32"), "UTF-32", "encoding"),
    (b"\0\0\xfe\xff" + "tea".encode("utf-32be"), "UTF-32", "encoding"),
    (b"%PDF-1.7\n", "PDF", "document"),
    (written_to(lambda stream: np.save(stream, np.zeros(3))), "NumPy", "array"),
    (written_to(lambda stream: np.savez(stream, np.zeros(3))), "zip", "archive"),
    (b"\x89HDF\r\n\x1a\n\0\0", "HDF5", "array"),
    *((pickle.dumps(["tea"], protocol), "pickle", "pickle") for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)),
    (b"GGUF\x03\0\0\0", "GGUF", "model"),
    (b"\\data\\\nngram 1=5\n", "ARPA", "model"),
    (b"mmap lm http://kheafield.com/code format version 5\n\0", "kenlm", "model"),
    (struct.pack("<ii", 793712314, 12), "fastText", "model"),
    (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "stand-in"),
    (b"<!DOCTYPE html>\n<html>", "web page", "stand-in"),
]


@pytest.mark.parametrize(("start", "name", "category"), FOREIGN)
def test_a_foreign_kind_is_named_by_as_many_bytes_as_are_read(start: bytes, name: str, category: str) -> None:
    kind = kind_of_start(start[:START_BYTES])
    assert kind is not None
    assert name in kind.name
    assert kind.category == category
    assert kind_of_start(start) == kind


@pytest.mark.parametrize(
    "start",
    [b"", b"I like tea.", "我喜欢茶。".encode(), b"\xef\xbb\xbftea", b"\xff", b"PK", b"3 2\ntea 1 2\n", b"\0" * 600],
)
def test_other_bytes_are_of_no_known_kind(start: bytes) -> None:
    assert kind_of_start(start) is None
