"""Rows of text: words with spaces, and odd rows, which are left out and counted with their first line."""

import pytest
from refusals import refuses
from vector_files import TEA, load, refused, written

from nextword.errors import VectorsError
from nextword.files.odd_rows import MANY_ODD
from nextword.vectors.source import CHUNK
from nextword.vectors.values import LeftOut


def left_out(vectors):
    """Return the kind, count and first line of what was left out."""
    assert all(rows.unit == "line" for rows in vectors.report.left_out)
    return [tuple(rows)[:3] for rows in vectors.report.left_out]


def test_a_glove_word_may_contain_spaces_and_a_number(tmp_path):
    content = b"a 0.123 0.456\nwindows 98 0.124 -0.331\n. . . 0.125 0.5\nweb 2.0 0.555 0.777\n"
    assert load(tmp_path, content).words == ("a", "windows 98", ". . .", "web 2.0")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (b"bad 1.5 2.5", "number-count"),
        (b"bad 1.5", "number-count"),
        (b"bad", "number-count"),
        (b"new york 1.5 2.5", "number-unknown"),
        (b"bad x 2.5 3.5", "number-unknown"),
        (b"bad  1.5 2.5", "number-count"),
        (b"bad 1.5 2.5 3.5 4.5", "number-count"),
        (b"bad 1.5 2.5 3.5 4.5 5.5 6.5", "number-count"),
        (b"bad\t1.5 2.5 3.5 4.5", "number-count"),
        (b" 1.5 2.5 3.5", "word-missing"),
        (b" bad 1.5 2.5 3.5", "word-missing"),
        (b"caf\xe9 1.5 2.5 3.5", "word-not-utf-8"),
        (b"\xe8\x8c 1.5 2.5 3.5", "word-not-utf-8"),
        (b"\xed\xa0\x80 1.5 2.5 3.5", "word-not-utf-8"),
        (b"w" * 1025 + b" 1.5 2.5 3.5", "word-too-long"),
        (b"w" * 5000 + b" 1.5 2.5 3.5", "word-too-long"),
    ],
)
@pytest.mark.parametrize(("header", "place"), [(True, 0), (True, 1), (True, 3), (False, 1), (False, 3)])
def test_an_odd_row_is_left_out_though_nobody_wants_it(tmp_path, row, kind, header, place):
    rows = [b"a 1.5 2.5 3.5", b"b 1.5 2.5 3.5", b"c 1.5 2.5 3.5"]
    rows.insert(place, row)
    content = b"".join(line + b"\n" for line in ([b"4 3"] if header else []) + rows)
    for wanted, words in ((["a"], ("a",)), (None, ("a", "b", "c"))):
        vectors = load(tmp_path, content, wanted)
        assert (vectors.words, vectors.matrix.tolist()) == (words, [[1.5, 2.5, 3.5]] * len(words))
        assert left_out(vectors) == [(kind, 1, place + 1 + header)]
        assert (vectors.report.rows_read, vectors.report.promised_rows) == (4, None)


def test_a_word_may_be_as_long_as_its_limit(tmp_path):
    assert load(tmp_path, b"a 1.5 2.5\n" + b"w" * 1024 + b" 1.5 2.5\n").words == ("a", "w" * 1024)


def test_empty_lines_between_rows_are_counted_and_no_danger(tmp_path):
    content = b"a 1 2\n" + b"\n \r\n\nb 3 4\n" * 30 + b"\n\n"
    vectors = load(tmp_path, content)
    assert (vectors.words, left_out(vectors)) == (("a", "b"), [("line-empty", 90, 2)])
    assert vectors.report.rows_read == 31
    assert left_out(load(tmp_path, b"a 1 2\nb 3 4\n\n \n")) == []
    assert left_out(load(tmp_path, b"2 2\n\na 1 2\nb 3 4\n")) == [("line-empty", 1, 2)]


@pytest.mark.parametrize("number", ["nan", "NaN", "inf", "-Infinity", "1e999", "3.5e38", "-1e39"])
def test_a_number_that_is_not_finite_is_noticed_in_a_wanted_row_only(tmp_path, number):
    content = f"a 1.5 2.5\nb 1.5 {number}\n".encode()
    vectors = load(tmp_path, content)
    assert (vectors.words, left_out(vectors)) == (("a",), [("number-not-finite", 1, 2)])
    assert left_out(load(tmp_path, content, ["a"])) == []
    refused(tmp_path, b"2 2\n" + content.partition(b"\n")[2], "too-many-odd-rows", ["b"], line=2, odd=1, rows=1)


@pytest.mark.parametrize("number", ["1_0", "0x1", "1,5", "--1", "１", "١", "1e", "."])
def test_a_field_that_is_no_number_is_noticed(tmp_path, number):
    vectors = load(tmp_path, f"a 1.5 2.5 3.5\nb 1.5 {number} 0.5\n".encode())
    assert (vectors.words, left_out(vectors)) == (("a",), [("number-unknown", 1, 2)])


@pytest.mark.parametrize("wanted", [None, ["b"], ["B"]])
def test_a_later_row_serves_where_the_first_is_odd(tmp_path, wanted):
    vectors = load(tmp_path, b"b 1 nan\na 1 2\nb 3 4\nb 5 6\n", wanted)
    assert vectors.matrix[vectors.words.index("B" if wanted == ["B"] else "b")].tolist() == [3.0, 4.0]
    assert (left_out(vectors), vectors.report.duplicates) == ([("number-not-finite", 1, 1)], 1)


@pytest.mark.parametrize("form", ["word2vec text", "fastText .vec"])
@pytest.mark.parametrize("promised", [1, 2, 4, 1000, 10**12])
def test_a_first_line_that_promises_another_number_of_rows_is_told(tmp_path, form, promised):
    content = written(("tea", "茶", "milk"), TEA, form).replace(b"3 2", b"%d 2" % promised, 1)
    vectors = load(tmp_path, content)
    assert vectors.words == ("tea", "茶", "milk")
    assert (vectors.report.rows_read, vectors.report.promised_rows) == (3, promised)


def test_a_last_line_without_end_is_left_out_if_whole_and_else_the_file_is_cut(tmp_path):
    vectors = load(tmp_path, b"a 1.5 2.5\nb 1.5 2.5")
    assert (vectors.words, left_out(vectors)) == (("a",), [("line-end-missing", 1, 2)])
    vectors = load(tmp_path, b"a 1.5 2.5\n\nb 1.5 2.5", ["b"])
    assert (vectors.words, left_out(vectors)) == ((), [("line-end-missing", 1, 3), ("line-empty", 1, 2)])
    for end in (b" ", b"\r", b"\t", b" \r"):
        assert load(tmp_path, b"a 1.5 2.5\nb 1.5 2.5" + end).words == ("a", "b")
    for tail in (b"b 1.5", b"b 1.5 ", b"b 1.5 -", b"b", b"\xe8"):
        refused(tmp_path, b"a 1.5 2.5\n" + tail, "line-end-missing", line=2)
        refused(tmp_path, b"9 2\na 1.5 2.5\n" + tail, "line-end-missing", line=3)


@pytest.mark.parametrize(
    ("good", "odd", "is_refused"),
    [(1, 1, False), (2, 2, True), (17, 2, True), (18, 2, False), (44, 5, True), (45, 5, False), (9000, 1000, False)],
)
def test_so_many_rows_may_be_odd(tmp_path, good, odd, is_refused):
    lines = [b"w%d 1.5 2.5\n" % number for number in range(good)]
    content = b"".join(lines) + b"caf\xe9 1.5 2.5\n" * (odd - 1) + b"bad\n"
    if is_refused:
        figures = {"odd": odd, "rows": good + odd, "kind": "word-not-utf-8", "line": good + 1}
        refused(tmp_path, content, "too-many-odd-rows", **figures)
    else:
        vectors = load(tmp_path, content)
        assert len(vectors) == good
        assert vectors.report.rows_read == good + odd
        assert sum(kind.rows for kind in vectors.report.left_out) == odd


def test_a_file_of_something_else_is_given_up_early(tmp_path):
    figures = {"odd": MANY_ODD, "rows": MANY_ODD + 1, "line": 2}
    refused(tmp_path, b"a 1.5 2.5\n" + b"bad\n" * (3 * MANY_ODD), "too-many-odd-rows", **figures)


def test_the_report_says_what_was_left_out(tmp_path):
    vectors = load(
        tmp_path, b"7 2\na 1 2\n\xe9 1 2\nb 1 2\n\n\xe8 1 2\nc 1 nan\n" + b"".join(b"d%d 1 2\n" % n for n in range(30))
    )
    assert vectors.report.left_out == (
        LeftOut("word-not-utf-8", 2, 3, "line"),
        LeftOut("number-not-finite", 1, 7, "line"),
        LeftOut("line-empty", 1, 5, "line"),
    )
    shown = str(vectors.report).split("\n")
    assert len(shown) == 4
    assert "7" in shown[1]
    assert all(part in shown[2] for part in ("2 rows", "line 3", "1 row ", "line 7", "1 empty line ", "line 5"))


def test_a_line_without_end_is_given_up_early(tmp_path):
    refused(tmp_path, b"a 1 2\n" + b"x" * (1 << 20), "line-too-long", line=2)


def test_a_row_across_two_chunks_may_be_long_and_odd(tmp_path):
    rows = b"".join(b"w%d 1.5 2.5\n" % number for number in range(CHUNK // 12))
    vectors = load(tmp_path, rows[: rows.rindex(b"\n", 0, CHUNK - 100) + 1] + b"x" * 9000 + b" 1 2\nlast 3 4\n")
    assert vectors.words[-1] == "last"
    assert [kind for kind, *_ in left_out(vectors)] == ["word-too-long"]
    with refuses(VectorsError, "too-many-odd-rows"):
        load(tmp_path, b"a 1 2\n" + b"x\n" * 2)
