"""Rows of word2vec binary files: damage is named by its byte and row."""

import struct

import numpy as np
import pytest
from vector_files import TEA, load, refused, written

from nextword.errors import VectorsError
from nextword.vectors.binary import read_binary
from nextword.vectors.formats import find_layout
from nextword.vectors.kept import KeptRows
from nextword.vectors.left_out import OddRows
from nextword.vectors.source import CHUNK, ByteSource
from nextword.vectors.values import LeftOut

ROW = b" " + struct.pack("<3f", 1, 2, 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_with_a_number_that_is_not_finite_is_left_out_where_it_is_wanted(tmp_path, bad):
    matrix = TEA.copy()
    matrix[1, 1] = bad
    content = written(("a", "b", "c"), matrix, "gensim binary")
    vectors = load(tmp_path, content, ["a", "b"])
    assert vectors.words == ("a",)
    assert vectors.report.left_out == (LeftOut("number-not-finite", 1, 2, "row"),)
    assert load(tmp_path, content, ["a", "c"]).report.left_out == ()


@pytest.mark.parametrize("form", ["word2vec binary", "gensim binary"])
def test_more_or_fewer_rows_than_the_header_says_are_refused(tmp_path, form):
    content = written(("tea", "茶", "milk"), TEA, form)
    more, fewer = content.replace(b"3 2", b"2 2", 1), content.replace(b"3 2", b"4 2", 1)
    refused(tmp_path, more, "too-many-rows", row=3, expected_rows=2)
    refused(tmp_path, fewer, "too-few-rows", row=4, byte=len(content), expected_rows=4)
    for rest in (b"x", b"\n\n", b"\x00"):
        refused(tmp_path, content.rstrip(b"\n") + b"\n" + rest, "too-many-rows", expected_rows=3)


@pytest.mark.parametrize(
    ("word", "kind"), [(b"caf\xe9", "word-not-utf-8"), (b"t\xe9a", "word-not-utf-8"), (b"", "word-missing")]
)
@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_with_an_odd_word_is_left_out_with_its_bytes(tmp_path, word, kind, end, place):
    rows = [b"a" + ROW + end, "茶".encode() + ROW + end]
    rows.insert(place, word + ROW + end)
    vectors = load(tmp_path, b"3 3\n" + b"".join(rows))
    assert (vectors.words, vectors.matrix.tolist()) == (("a", "茶"), [[1, 2, 3], [1, 2, 3]])
    assert vectors.report.left_out == (LeftOut(kind, 1, place + 1, "row"),)
    assert (vectors.report.rows_read, vectors.report.promised_rows) == (3, None)


def test_a_word_that_is_too_long_is_refused(tmp_path):
    long = b"2 3\na" + ROW + b"w" * 1025 + ROW
    refused(tmp_path, long, "word-too-long", byte=18, row=2)
    assert load(tmp_path, long.replace(b"w" * 1025, b"w" * 1024)).words == ("a", "w" * 1024)


@pytest.mark.parametrize(
    ("good", "odd", "is_refused"),
    [(1, 1, False), (17, 2, True), (18, 2, False), (8999, 1000, True)],
)
def test_so_many_rows_may_be_odd(tmp_path, good, odd, is_refused):
    content = b"%d 3\n" % (good + odd) + b"\xe9" + ROW + b"".join(b"w%d" % n + ROW for n in range(good))
    content += (b"\xe9" + ROW) * (odd - 1)
    if is_refused:
        refused(tmp_path, content, "too-many-odd-rows", odd=odd, rows=good + odd, kind="word-not-utf-8", row=1)
    else:
        vectors = load(tmp_path, content)
        assert (len(vectors), vectors.report.rows_read) == (good, good + odd)
        assert vectors.report.left_out == (LeftOut("word-not-utf-8", odd, 1, "row"),)


def test_a_word_that_never_ends_is_given_up_at_once_however_long_the_file_is(tmp_path):
    path = tmp_path / "endless.bin"
    path.write_bytes(b"9 30\na " + bytes([200]) * 120 + b"x" * (8 << 20))
    with ByteSource(path) as source:
        layout = find_layout(source)
        read = []
        unlimited = source.read
        source.read = lambda: read.append(unlimited()) or read[-1]
        with pytest.raises(VectorsError):
            read_binary(source, layout, KeptRows(("b",)), OddRows(source, "row"))
    assert sum(map(len, read)) <= 2 * CHUNK
