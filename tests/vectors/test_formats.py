"""The layout of a vector file: byte order mark, line ends, and headers that are damaged or lie."""

import gzip
import random
import tracemalloc

import pytest
from vector_files import load, refused

from nextword.errors import VectorsError


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf2 2\ntea 0.5 -1\nmilk 1 0\n",
        b"\xef\xbb\xbftea 0.5 -1\nmilk 1 0\n",
        b"2 2\r\ntea 0.5 -1\r\nmilk 1 0\r\n",
        b"2\t2\ntea\t0.5\t-1\nmilk\t1\t0\n",
        b"tea  0.5   -1 \nmilk 1  0\t\n",
        b"2 2\ntea +.5 -1.\nmilk 1e0 0E-3\n\n \r\n",
    ],
)
def test_accepts_byte_order_mark_crlf_tabs_and_blanks(tmp_path, content):
    vectors = load(tmp_path, content)
    assert vectors.words == ("tea", "milk")
    assert vectors.matrix.tolist() == [[0.5, -1.0], [1.0, 0.0]]


def test_the_first_line_of_a_glove_file_may_be_a_word_with_spaces(tmp_path):
    vectors = load(tmp_path, b". . . 0.123 0.456\na 0.124 -0.331\n")
    assert (vectors.report.dimension, vectors.words) == (2, (". . .", "a"))


@pytest.mark.parametrize(
    "header",
    [
        *(
            f"{rows} {dimension}"
            for rows in ("-1", "1_0", "٣", "1.0", "1e3", "0x2", "²", "", "two")
            for dimension in (2, 3)
        ),
        *(f"2 {dimension}" for dimension in ("-2", "2_0", "٣", "2.0", "1e1", "0x2", "²", "", "two")),
        "9" * 5000 + " 2",
        "2 " + "9" * 5000,
        "2",
        "2,2",
        "dimension 2",
        "-5 3",
        " 5 ",
    ],
)
def test_a_header_of_anything_but_two_integers_is_refused(tmp_path, header):
    refused(tmp_path, f"{header}\na 1 2\nb 3 4\n".encode(), "first-line-unknown", line=1)


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("empty", ["\n", "\r\n \t\n\n"])
@pytest.mark.parametrize("header", ["", "3 2\n"])
def test_empty_lines_before_the_first_row_are_counted_like_those_between(tmp_path, start, empty, header):
    text = f"{start}{empty}{header}a 1 2\nodd 1\nb 3 4\n"
    vectors = load(tmp_path, text.encode())
    lines = empty.count("\n")
    assert vectors.words == ("a", "b")
    assert {(row.kind, row.rows, row.first) for row in vectors.report.left_out} == {
        ("line-empty", lines, 1),
        ("number-count", 1, lines + 2 + bool(header)),
    }


@pytest.mark.parametrize("rows", [b'{"a": [1, 2]}\n', b"the 22038615\nof 12545825\n", b"\n", b"\n \r\n"])
def test_text_without_vectors_is_refused(tmp_path, rows):
    refused(tmp_path, rows, "first-line-unknown", line=1)


@pytest.mark.parametrize("header", ["0 2", "2 0", "0 0", "00 2", "1 4097", "2 999999999999999"])
def test_an_impossible_header_is_refused(tmp_path, header):
    rows, dimension = map(int, header.split())
    refused(tmp_path, f"{header}\na 1 2\nb 3 4\n".encode(), "header-out-of-range", rows=rows, dimension=dimension)


def test_a_row_of_more_numbers_than_any_vector_has_is_refused(tmp_path):
    assert load(tmp_path, b"a" + b" 1" * 4096 + b"\n").report.dimension == 4096
    refused(tmp_path, b"a" + b" 1" * 4097 + b"\n", "dimension-out-of-range", dimension=4097, max_dimension=4096)


def test_a_binary_header_is_believed_as_far_as_the_file_can_hold_its_rows(tmp_path):
    rows = b" \x00\x00\x80?\xcd\xcc\xcc=" * 2  # the shortest rows there are
    with pytest.raises(VectorsError):  # no word in any
        load(tmp_path, b"2 2\n" + rows)
    refused(tmp_path, b"3 2\n" + rows, "header-exceeds-file", rows=3, needed_bytes=27, available_bytes=18)
    refused(tmp_path, gzip.compress(b"999999999999 4000\n" + rows), "header-exceeds-file", rows=999999999999)


def test_lying_headers_take_no_memory(tmp_path):
    def peak(rows, dimension):
        text = f"{rows} {dimension}\na 0.5 1\nb 2 3\n".encode()
        binary = f"{rows} {dimension}\n".encode() + random.Random(0).randbytes(100)
        tracemalloc.start()
        try:
            for pack in (bytes, gzip.compress):
                refused(tmp_path, pack(binary), "header-exceeds-file", rows=rows, dimension=dimension)
                if dimension == 2:
                    assert load(tmp_path, pack(text)).report.promised_rows == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10**9, 100)  # what the first use takes for good
    assert peak(10**14, 2) < 2 * peak(10**9, 3)


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"bad 1.5 2.5", "number-count"),
        (b"bad 1.5 2.5 3.5 4.5", "number-count"),
        (b"bad 1.5 2.5 x", "number-unknown"),
        (b"bad 1.5 2.5 nan", "number-not-finite"),
        (b"caf\xe9 1.5 2.5 3.5", "word-not-utf-8"),
        (b" 1.5 2.5 3.5", "word-missing"),
    ],
)
def test_the_first_row_of_a_glove_file_may_be_odd(tmp_path, first, kind):
    vectors = load(tmp_path, first + b"\na 1.5 2.5 3.5\nb 1.5 2.5 3.5\nc 1.5 2.5 3.5\n")
    assert (vectors.words, vectors.report.dimension) == (("a", "b", "c"), 3)
    assert [tuple(rows)[:3] for rows in vectors.report.left_out] == [(kind, 1, 1)]


def test_a_first_line_without_end_is_given_up_early(tmp_path):
    refused(tmp_path, b"\x00" * 600, "line-end-missing", line=1)
    refused(tmp_path, b"x" * (1 << 20), "line-end-missing", line=1)
    refused(tmp_path, gzip.compress(b"x" * (18 << 20), 1), "line-end-missing", line=1)  # more than may be unpacked
