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


def typed(stream: io.BytesIO, kind: str) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", kind)


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
    (b"Rar!\x1a\x07\x01\0", "RAR", "archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16, ".doc", "document"),
    (b"{\\rtf1\\ansi Tea.}", "rich text", "document"),
    (b"%!PS-Adobe-3.0\n", "PostScript", "document"),
    (b"Tea\0" * 15 + b"BOOKMOBI", "Kindle", "document"),
    (written_to(lambda stream: zipped(stream, "[Content_Types].xml", "word/document.xml")), "Word", "document"),
    (written_to(lambda stream: zipped(stream, "[Content_Types].xml", "xl/workbook.xml")), "Excel", "table"),
    (written_to(lambda stream: zipped(stream, "_rels/.rels", "ppt/presentation.xml")), "PowerPoint", "document"),
    (written_to(lambda stream: typed(stream, "application/epub+zip")), "EPUB", "document"),
    (written_to(lambda stream: typed(stream, "application/vnd.oasis.opendocument.text")), "OpenDocument", "document"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG", "media"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG", "media"),
    (b"GIF89a\1\0", "GIF", "media"),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP", "media"),
    (b"RIFF\x24\0\0\0WAVEfmt ", "WAV", "media"),
    (b"BM\x36\0\0\0", "BMP", "media"),
    (b"ID3\x03\0\0", "MP3", "media"),
    (b"\0\0\0\x18ftypmp42", "MP4", "media"),
    (b"OggS\0\2", "Ogg", "media"),
    (b"PAR1\x15\0", "Parquet", "table"),
    (b"ARROW1\0\0", "Arrow", "table"),
    (b"\xff\xff\xff\xff\x78\0\0\0\x10\0", "Arrow stream", "table"),
    (b"Obj\x01\x04\x14avro.codec", "Avro", "table"),
    (b"ORC\x0a\0\0", "ORC", "table"),
    (b"SQLite format 3\0\x10\0", "SQLite", "table"),
    (b"\x7fELF\2\1\1\0", "program", "program"),
    (b"MZ\x90\0\3\0", "program", "program"),
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
    [
        b"MZ is a region.",
        b"BM, ORC and RIFF",
        b"ID3 tags",
        b"Object",
        b"GIF",
        b"{rtf",
        b"",
        b"I like tea.",
        "我喜欢茶。".encode(),
        b"\xef\xbb\xbftea",
        b"\xff",
        b"PK",
        b"3 2\ntea 1 2\n",
        b"\0" * 600,
    ],
)
def test_other_bytes_are_of_no_known_kind(start: bytes) -> None:
    assert kind_of_start(start) is None


def test_what_is_packed_in_an_archive_is_found_at_its_end() -> None:
    content = written_to(
        lambda stream: zipped(stream, *(f"media/{number}.png" for number in range(99)), "word/document.xml")
    )
    assert "zip" in kind_of_start(content[:START_BYTES]).name
    assert "Word" in kind_of_start(content[:START_BYTES], content[-1000:]).name
