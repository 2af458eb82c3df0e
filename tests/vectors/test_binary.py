"""Rows of word2vec binary files: damage is named by its byte and row."""

import struct

import numpy as np
import pytest
from vector_files import TEA, load, refused, written

from nextword.errors import VectorsError
from nextword.vectors.binary import read_binary
from nextword.vectors.formats import find_layout
from nextword.vectors.kept import KeptRows
from nextword.vectors.source import CHUNK, ByteSource

ROW = b" " + struct.pack("<3f", 1, 2, 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused_in_a_kept_row_only(tmp_path, bad):
    matrix = TEA.copy()
    matrix[1, 1] = bad
    content = written(("a", "b", "c"), matrix, "gensim binary")
    refused(tmp_path, content, "number-not-finite", ["a", "b"], byte=20, row=2, word="b", position=2)
    assert load(tmp_path, content, ["a", "c"]).words == ("a", "c")


@pytest.mark.parametrize("form", ["word2vec binary", "gensim binary"])
def test_more_or_fewer_rows_than_the_header_says_are_refused(tmp_path, form):
    content = written(("tea", "茶", "milk"), TEA, form)
    more, fewer = content.replace(b"3 2", b"2 2", 1), content.replace(b"3 2", b"4 2", 1)
    refused(tmp_path, more, "too-many-rows", row=3, expected_rows=2)
    refused(tmp_path, fewer, "too-few-rows", row=4, byte=len(content), expected_rows=4)
    for rest in (b"x", b"\n\n", b"\x00"):
        refused(tmp_path, content.rstrip(b"\n") + b"\n" + rest, "too-many-rows", expected_rows=3)


def test_damaged_words_are_refused(tmp_path):
    refused(tmp_path, b"2 3\na" + ROW + b"caf\xe9" + ROW, "word-not-utf-8", byte=18, row=2)
    refused(tmp_path, b"2 3\na" + ROW + ROW, "word-empty", byte=18, row=2)
    long = b"2 3\na" + ROW + b"w" * 1025 + ROW
    refused(tmp_path, long, "word-too-long", byte=18, row=2)
    assert load(tmp_path, long.replace(b"w" * 1025, b"w" * 1024)).words == ("a", "w" * 1024)


def test_a_word_that_never_ends_is_given_up_at_once_however_long_the_file_is(tmp_path):
    path = tmp_path / "endless.bin"
    path.write_bytes(b"9 30\na " + bytes([200]) * 120 + b"x" * (8 << 20))
    with ByteSource(path) as source:
        layout = find_layout(source)
        read = []
        unlimited = source.read
        source.read = lambda: read.append(unlimited()) or read[-1]
        with pytest.raises(VectorsError):
            read_binary(source, layout, KeptRows(("b",)))
    assert sum(map(len, read)) <= 2 * CHUNK
