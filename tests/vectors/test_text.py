"""Rows of text: words with spaces, and rows that are damaged, named by their line."""

import pytest
from vector_files import TEA, load, refused, written


def test_a_glove_word_may_contain_spaces_and_a_number(tmp_path):
    content = b"a 0.123 0.456\nwindows 98 0.124 -0.331\n. . . 0.125 0.5\nweb 2.0 0.555 0.777\n"
    assert load(tmp_path, content).words == ("a", "windows 98", ". . .", "web 2.0")


@pytest.mark.parametrize(
    ("row", "code", "figures"),
    [
        (b"bad 1.5 2.5", "number-count", {"numbers": 2, "expected_numbers": 3}),
        (b"bad 1.5", "number-count", {"numbers": 1}),
        (b"bad", "number-count", {"numbers": 0}),
        (b"new york 1.5 2.5", "number-count", {"numbers": 2}),
        (b"bad  1.5 2.5", "number-count", {"numbers": 2}),
        (b"bad 1.5 2.5 3.5 4.5", "number-count", {"numbers": 4}),
        (b"bad 1.5 2.5 3.5 4.5 5.5 6.5", "number-count", {"numbers": 6}),
        (b"bad\t1.5 2.5 3.5 4.5", "number-count", {"numbers": 4}),
        (b" 1.5 2.5 3.5", "word-missing", {}),
        (b" bad 1.5 2.5 3.5", "word-missing", {}),
        (b"", "line-empty", {}),
        (b"caf\xe9 1.5 2.5 3.5", "word-not-utf-8", {}),
        (b"\xe8\x8c 1.5 2.5 3.5", "word-not-utf-8", {}),
        (b"\xed\xa0\x80 1.5 2.5 3.5", "word-not-utf-8", {}),
        (b"w" * 1025 + b" 1.5 2.5 3.5", "word-too-long", {}),
    ],
)
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("place", [1, 2])
def test_a_damaged_row_is_refused_with_its_line_though_nobody_wants_it(tmp_path, row, code, figures, header, place):
    rows = [b"a 1.5 2.5 3.5", b"b 1.5 2.5 3.5", b"c 1.5 2.5 3.5"]
    rows.insert(place, row)
    content = b"".join(line + b"\n" for line in ([b"4 3"] if header else []) + rows)
    refused(tmp_path, content, code, ["a"], line=place + 1 + header, **figures)


def test_a_word_may_be_as_long_as_its_limit(tmp_path):
    assert load(tmp_path, b"a 1.5 2.5\n" + b"w" * 1024 + b" 1.5 2.5\n").words == ("a", "w" * 1024)


@pytest.mark.parametrize("number", ["nan", "NaN", "inf", "-Infinity", "1e999", "3.5e38", "-1e39"])
def test_a_number_that_is_not_finite_is_refused_in_a_kept_row_only(tmp_path, number):
    content = f"a 1.5 2.5\nb 1.5 {number}\n".encode()
    refused(tmp_path, content, "number-not-finite", line=2, word="b", position=2)
    assert load(tmp_path, content, ["a"]).words == ("a",)
    refused(tmp_path, b"2 2\n" + content, "number-not-finite", ["b"], line=3)


@pytest.mark.parametrize("number", ["1_0", "0x1", "1,5", "--1", "１", "١", "1e", "."])
def test_a_field_that_is_no_number_is_refused(tmp_path, number):
    content = f"a 1.5 2.5 3.5\nb 1.5 {number} 0.5\n".encode()
    refused(tmp_path, content, "number-unknown", line=2, word="b", position=2)


@pytest.mark.parametrize("form", ["word2vec text", "fastText .vec"])
def test_more_or_fewer_rows_than_the_header_says_are_refused(tmp_path, form):
    content = written(("tea", "茶", "milk"), TEA, form)
    refused(tmp_path, content.replace(b"3 2", b"2 2", 1), "too-many-rows", line=4, expected_rows=2)
    refused(tmp_path, content.replace(b"3 2", b"4 2", 1), "too-few-rows", rows=3, expected_rows=4)
    refused(tmp_path, content + b"x", "line-end-missing", line=5)


def test_a_line_without_end_is_given_up_early(tmp_path):
    refused(tmp_path, b"a 1 2\n" + b"x" * (1 << 20), "line-too-long", line=2)
