"""Pretrained vectors: every format by hand, round trips, and files that are cut, damaged or of another kind."""

import gzip
import pickle
import random
import re
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from nextword.errors import InputError, InputTypeError, MissingFileError, VectorsError
from nextword.vectors.loading import Vectors, VectorsReport, load_vectors

FORMATS = ("word2vec text", "fastText .vec", "GloVe text", "word2vec binary", "gensim binary")
TEA = np.array([[0.5, -1.0], [0.25, 2.0], [0.0, 1e-3]], dtype=np.float32)
WORDS = ("tea", "茶", "new york")


def written(words, matrix, form):
    """Return the bytes of a vector file, written the way its own tool does."""
    header = f"{len(words)} {matrix.shape[1]}\n".encode()
    if "binary" in form:
        end = b"\n" if form == "word2vec binary" else b""
        pairs = zip(words, matrix.astype("<f4"), strict=True)
        return header + b"".join(word.encode() + b" " + row.tobytes() + end for word, row in pairs)
    end = " \n" if form == "fastText .vec" else "\n"
    rows = [f"{word} {' '.join(map(str, row.tolist()))}{end}" for word, row in zip(words, matrix, strict=True)]
    return (b"" if form == "GloVe text" else header) + "".join(rows).encode()


def load(folder, content, words=None):
    path = folder / "vectors"
    path.write_bytes(content)
    return load_vectors(path, words)


def refused(folder, content, match, words=None):
    with pytest.raises(VectorsError, match=match) as caught:
        load(folder, content, words)
    assert str(folder / "vectors") in str(caught.value)


# Worked examples


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMATS)
def test_reads_every_format(tmp_path, form, packed):
    words = WORDS if "binary" not in form else ("tea", "茶", "new_york")
    content = written(words, TEA, form)
    vectors = load(tmp_path, gzip.compress(content) if packed else content)
    assert vectors.words == words
    assert vectors.matrix.dtype == np.float32
    np.testing.assert_array_equal(vectors.matrix, TEA)
    kind = {"fastText .vec": "word2vec text", "gensim binary": "word2vec binary"}.get(form, form)
    assert vectors.report == VectorsReport(
        format=kind + (", gzip" if packed else ""), rows_read=3, dimension=2, duplicates=0, wanted=3, found=3
    )
    assert vectors.report.coverage == 1.0


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


def test_keeps_only_wanted_rows_and_reports_the_rest(tmp_path):
    content = b"a 1 1\nb 2 2\nc 3 3\na 9 9\nd 4 4\n"
    vectors = load(tmp_path, content, ["<pad>", "<unk>", "<eos>", "c", "zebra", "a", "c", "yak"])
    assert vectors.words == ("a", "c")
    assert vectors.matrix.tolist() == [[1.0, 1.0], [3.0, 3.0]]
    report = vectors.report
    assert (report.rows_read, report.duplicates, report.wanted, report.found) == (5, 1, 4, 2)
    assert report.missing == ("zebra", "yak")
    assert str(report) == (
        "GloVe text: 5 rows of 2 numbers, 1 repeated\nfound 2 of 4 words (50.0%)\nmissing: 'zebra', 'yak'"
    )
    assert repr(vectors) == "Vectors(2 words, 2 dimensions)"
    assert len(vectors) == 2


def test_a_long_list_of_missing_words_is_shortened(tmp_path):
    report = load(tmp_path, b"a 1 1\n", ["a", *map(str, range(15))]).report
    assert str(report).endswith("'9' and 5 more")


@pytest.mark.parametrize(
    ("wanted", "row"),
    [("Tea", 3.0), ("tea", 1.0), ("TEA", 1.0), ("Milk", 4.0), ("milk", 4.0), ("MILK", 4.0), ("Straße", 5.0)],
)
def test_other_casings_serve_where_the_exact_one_is_missing(tmp_path, wanted, row):
    content = b"TeA 9 9\ntea 1 1\nTea 3 3\nMILK 4 4\nSTRASSE 5 5\n"
    vectors = load(tmp_path, content, [wanted])
    assert vectors.words == (wanted,)
    assert vectors.matrix.tolist() == [[row, row]]
    assert vectors.report.duplicates == 0


def test_one_row_serves_several_casings_and_the_exact_one_wins_in_any_order(tmp_path):
    for content in (b"tea 1 1\nTEA 2 2\n", b"TEA 2 2\ntea 1 1\n"):
        vectors = load(tmp_path, content, ["TEA", "Tea", "tea"])
        rows = dict(zip(vectors.words, vectors.matrix[:, 0].tolist(), strict=True))
        assert rows == {"TEA": 2.0, "Tea": 1.0, "tea": 1.0}


def test_no_word_found_gives_an_empty_matrix(tmp_path):
    vectors = load(tmp_path, b"a 1 1\n", ["b"])
    assert vectors.words == ()
    assert vectors.matrix.shape == (0, 2)
    assert vectors.report.coverage == 0.0


@pytest.mark.parametrize("form", FORMATS)
def test_the_first_of_repeated_words_counts(tmp_path, form):
    for wanted in (None, ["a"]):
        vectors = load(tmp_path, written(("a", "b", "a"), TEA, form), wanted)
        assert vectors.matrix[0].tolist() == [0.5, -1.0]
        assert vectors.report.duplicates == 1


def test_words_with_unusual_characters_stay_whole(tmp_path):
    words = ("a\u2028b", "a\u0085b", "\u3000", "\xa0", "a\x00b", "é", "😀", "3", "-1.5", "nan")
    matrix = np.arange(20, dtype=np.float32).reshape(10, 2)
    for form in FORMATS:
        vectors = load(tmp_path, written(words, matrix, form))
        assert vectors.words == words


def test_a_glove_word_may_contain_spaces_and_a_number(tmp_path):
    content = b"a 0.123 0.456\nwindows 98 0.124 -0.331\n. . . 0.125 0.5\nweb 2.0 0.555 0.777\n"
    assert load(tmp_path, content).words == ("a", "windows 98", ". . .", "web 2.0")


def test_the_first_line_of_a_glove_file_may_be_a_word_with_spaces(tmp_path):
    assert load(tmp_path, b". . . 0.123 0.456\na 0.124 -0.331\n").report.dimension == 2


def test_special_tokens_of_the_file_are_words_like_others_only_without_a_list(tmp_path):
    content = b"<unk> 1 1\n</s> 2 2\na 3 3\n"
    assert load(tmp_path, content).words == ("<unk>", "</s>", "a")
    assert load(tmp_path, content, ["<unk>", "</s>", "a"]).words == ("</s>", "a")


# Properties


def tables():
    """Return random words with random finite numbers."""
    characters = st.characters(exclude_categories=["Cs"], exclude_characters=" \t\r\n\x0b\x0c\ufeff")
    words = st.lists(st.text(characters, min_size=1, max_size=8), min_size=1, max_size=8, unique=True)
    numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
    return words.flatmap(
        lambda names: st.integers(2, 6).flatmap(
            lambda width: st.tuples(st.just(tuple(names)), arrays(np.float32, (len(names), width), elements=numbers))
        )
    )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMATS)
def test_round_trip(tmp_path_factory, form, packed):
    folder = tmp_path_factory.mktemp("round")

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(tables())
    def check(table):
        words, matrix = table
        content = written(words, matrix, form)
        vectors = load(folder, gzip.compress(content, 1) if packed else content)
        assert vectors.words == words
        np.testing.assert_array_equal(vectors.matrix, matrix)

    check()


@pytest.mark.parametrize("form", FORMATS)
def test_long_files_cross_the_chunks(tmp_path, form):
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(3000, 40)).astype(np.float32)
    words = tuple(f"w{number}" * (number % 7 + 1) for number in range(3000))
    content = written(words, matrix, form)
    assert len(content) > 400_000
    every = load(tmp_path, content)
    assert every.words == words
    np.testing.assert_array_equal(every.matrix, matrix)
    some = load(tmp_path, content, words[::50])
    assert some.words == words[::50]
    np.testing.assert_array_equal(some.matrix, matrix[::50])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
def test_truncation_at_every_length(tmp_path, form, packed):
    matrix = np.array([[0.5, -1.25, 3.0], [0.25, 2.0, -7.5], [0.125, 1.0, 12.0]], dtype=np.float32)
    content = written(("tea", "茶", "milk"), matrix, form)
    whole = gzip.compress(content) if packed else content
    for size in range(len(whole)):
        try:
            vectors = load(tmp_path, whole[:size])
        except VectorsError:
            continue
        # Only two cuts cannot be seen: between rows without a header, and before the last line end of a binary file.
        cut = whole[:size]
        assert (form == "GloVe text" and cut.endswith(b"\n")) or (form == "word2vec binary" and size == len(whole) - 1)
        np.testing.assert_array_equal(vectors.matrix, matrix[: len(vectors)])


def test_random_damage_gives_a_good_result_or_a_named_error(tmp_path):
    shuffle = random.Random(0)
    for form in FORMATS:
        content = written(("tea", "茶", "milk"), np.float32([[0.5, -1, 3], [1, 2, -7.5], [0, 1, 12]]), form)
        for _ in range(120):
            damaged = bytearray(content)
            for _ in range(shuffle.randrange(1, 4)):
                damaged[shuffle.randrange(len(damaged))] = shuffle.randrange(256)
            try:
                vectors = load(tmp_path, bytes(damaged))
            except VectorsError:
                continue
            assert np.isfinite(vectors.matrix).all()


# Purity


def test_pure(tmp_path):
    content = written(WORDS, TEA, "GloVe text")
    wanted = ["茶", "x"]
    state, numpy_state = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = load(tmp_path, content, wanted), load(tmp_path, content, wanted)
    assert first.words == second.words
    assert first.report == second.report
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert wanted == ["茶", "x"]
    assert random.getstate() == state
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002
    assert (tmp_path / "vectors").read_bytes() == content


def test_the_matrix_cannot_be_written(tmp_path):
    vectors = load(tmp_path, b"a 1 1\n")
    with pytest.raises(ValueError, match="read-only"):
        vectors.matrix[0, 0] = 5


def test_vectors_made_by_hand_leave_their_matrix_alone_and_are_checked():
    report = VectorsReport(format="by hand", rows_read=1, dimension=2, duplicates=0, wanted=1, found=1)
    matrix = np.ones((1, 2), np.float32)
    assert not Vectors(("a",), matrix, report).matrix.flags.writeable
    assert matrix.flags.writeable
    with pytest.raises(InputError, match=r"one row for each of the 2 words; received shape \(1, 2\)"):
        Vectors(("a", "b"), matrix, report)
    with pytest.raises(InputError, match="each word once"):
        Vectors(("a", "a"), np.ones((2, 2), np.float32), report)
    with pytest.raises(InputTypeError, match="float32 array; received float64"):
        Vectors(("a",), np.ones((1, 2)), report)


# Errors


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
        "",
    ],
)
def test_a_header_of_anything_but_two_integers_is_refused(tmp_path, header):
    refused(tmp_path, f"{header}\na 1 2\nb 3 4\n".encode(), "line 1: expected `rows dimension` in ASCII digits")


@pytest.mark.parametrize("header", ["0 2", "2 0", "0 0", "00 2", "1 4097", "2 999999999999999"])
def test_an_impossible_header_is_refused(tmp_path, header):
    refused(
        tmp_path, f"{header}\na 1 2\nb 3 4\n".encode(), "line 1: expected at least one row and a dimension from 1 to"
    )


def test_lying_headers_are_refused_without_taking_memory(tmp_path):
    shuffle = random.Random(0)
    tracemalloc.start()
    try:
        for _ in range(200):
            rows, dimension = 10 ** shuffle.randrange(3, 15), shuffle.randrange(1, 4097)
            content = f"{rows} {dimension}\na 0.5 1\n".encode() + shuffle.randbytes(100)
            refused(
                tmp_path, content, "line 1: expected .* rows of .* numbers, as the header says, which need at least"
            )
            refused(tmp_path, gzip.compress(f"{rows * 10**6} 4000\n".encode()), "line 1: expected")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (b"bad 1.5 2.5", r"expected a word and 3 numbers; received 2 numbers at the end of 'bad 1.5 2.5'"),
        (b"bad 1.5", "expected a word and 3 numbers; received 1 numbers"),
        (b"bad", "expected a word and 3 numbers; received 0 numbers"),
        (b"new york 1.5 2.5", "expected a word and 3 numbers; received 2 numbers"),
        (b"bad  1.5 2.5", "expected a word and 3 numbers; received 2 numbers"),
        (b"bad 1.5 2.5 3.5 4.5", "expected a word and 3 numbers; received 4 numbers"),
        (b"bad 1.5 2.5 3.5 4.5 5.5 6.5", "expected a word and 3 numbers; received 6 numbers"),
        (b"bad\t1.5 2.5 3.5 4.5", "expected a word and 3 numbers; received 4 numbers"),
        (b" 1.5 2.5 3.5", "expected a word and 3 numbers; received a line without a word"),
        (b" bad 1.5 2.5 3.5", "expected a word and 3 numbers; received a line without a word"),
        (b"", "expected a row; received an empty line before"),
        (b"caf\xe9 1.5 2.5 3.5", r"expected a word in UTF-8; received 'caf\\\\xe9'"),
        (b"\xe8\x8c 1.5 2.5 3.5", "expected a word in UTF-8"),
        (b"\xed\xa0\x80 1.5 2.5 3.5", "expected a word in UTF-8"),
        (b"w" * 1025 + b" 1.5 2.5 3.5", "expected a word of at most 1,024 bytes; received 1,025 bytes"),
    ],
)
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("place", [1, 2])
def test_a_damaged_row_is_refused_with_its_line_though_nobody_wants_it(tmp_path, row, match, header, place):
    rows = [b"a 1.5 2.5 3.5", b"b 1.5 2.5 3.5", b"c 1.5 2.5 3.5"]
    rows.insert(place, row)
    content = b"".join(line + b"\n" for line in ([b"4 3"] if header else []) + rows)
    refused(tmp_path, content, f"line {place + 1 + header}: {match}", ["a"])


@pytest.mark.parametrize("number", ["nan", "NaN", "inf", "-Infinity", "1e999", "3.5e38", "-1e39"])
def test_a_number_that_is_not_finite_is_refused_in_a_kept_row_only(tmp_path, number):
    content = f"a 1.5 2.5\nb 1.5 {number}\n".encode()
    refused(tmp_path, content, f"line 2: expected a finite float32 at position 2 of 'b'; received '{number}'")
    assert load(tmp_path, content, ["a"]).words == ("a",)
    refused(tmp_path, b"2 2\n" + content, "line 3: expected a finite float32", ["b"])


@pytest.mark.parametrize("number", ["1_0", "0x1", "1,5", "--1", "١", "1e", "."])
def test_a_field_that_is_no_number_is_refused(tmp_path, number):
    content = f"a 1.5 2.5 3.5\nb 1.5 {number} 0.5\n".encode()
    refused(tmp_path, content, "line 2: expected a (number at position 2 of 'b'|word and 3 numbers)")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_binary_numbers_that_are_not_finite_are_refused_in_a_kept_row_only(tmp_path, bad):
    matrix = TEA.copy()
    matrix[1, 1] = bad
    content = written(("a", "b", "c"), matrix, "gensim binary")
    refused(tmp_path, content, r"byte 20 \(row 2\): expected a finite number at position 2 of 'b'", ["a", "b"])
    assert load(tmp_path, content, ["a", "c"]).words == ("a", "c")


@pytest.mark.parametrize("form", ["word2vec text", "fastText .vec"])
def test_more_or_fewer_text_rows_than_the_header_says_are_refused(tmp_path, form):
    content = written(("tea", "茶", "milk"), TEA, form)
    refused(tmp_path, content.replace(b"3 2", b"2 2", 1), "line 4: expected the end after 2 rows, as line 1 says")
    refused(tmp_path, content.replace(b"3 2", b"4 2", 1), "expected 4 rows, as line 1 says; received 3")
    refused(tmp_path, content + b"x", "line 5: expected a line end after the last row; received 'x' without one")


@pytest.mark.parametrize("form", ["word2vec binary", "gensim binary"])
def test_more_or_fewer_binary_rows_than_the_header_says_are_refused(tmp_path, form):
    content = written(("tea", "茶", "milk"), TEA, form)
    more, fewer = content.replace(b"3 2", b"2 2", 1), content.replace(b"3 2", b"4 2", 1)
    refused(
        tmp_path, more, r"byte \d+ \(row 3\): expected the end after 2 rows, as the header says; received more bytes"
    )
    refused(tmp_path, fewer, "expected 4 rows of 2 numbers, as the header says; received the end of the file")
    for rest in (b"x", b"\n\n", b"\x00"):
        refused(tmp_path, content.rstrip(b"\n") + b"\n" + rest, "expected the end after 3 rows")


def test_damaged_binary_words_are_refused(tmp_path):
    row = b" " + struct.pack("<3f", 1, 2, 3)
    refused(tmp_path, b"2 3\na" + row + b"caf\xe9" + row, r"byte 18 \(row 2\): expected a word in UTF-8")
    refused(tmp_path, b"2 3\na" + row + row, r"byte 18 \(row 2\): expected a word; received a blank")
    long = b"2 3\na" + row + b"w" * 1025 + row
    refused(tmp_path, long, r"byte 18 \(row 2\): expected a blank within 1,024 bytes, at the end of a word")
    assert load(tmp_path, long.replace(b"w" * 1025, b"w" * 1024)).words == ("a", "w" * 1024)


def test_every_byte_in_a_word_is_read_or_refused(tmp_path):
    for byte in range(256):
        for place in range(3):
            word = bytearray(b"abc")
            word[place] = byte
            for content in (
                b"x 1.5 2.5\n" + word + b" 3.5 4.5\n",
                b"1 2\n" + word + b" " + struct.pack("<2f", 3.5, 4.5),
            ):
                try:
                    words = load(tmp_path, content).words
                except VectorsError:
                    assert byte >= 0x80 or byte in b" \n\t\r"
                else:
                    assert byte < 0x80
                    assert words[-1].encode() == bytes(word) or byte in b" \t\r\n"


@pytest.mark.parametrize(
    ("head", "match"),
    [
        (b"PK\x03\x04", "a zip archive"),
        (pickle.dumps({"a": 1}, protocol=2), "a pickle"),
        (pickle.dumps({"a": 1}, protocol=4), "a pickle"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (struct.pack("<ii", 793712314, 12), r"a fastText `.bin` model. Use the `.vec` file"),
        (b"BZh91AY&SY", "a bzip2 file"),
        (b"\xfd7zXZ\x00", "an xz file"),
        (b"(\xb5/\xfd", "a zstd file"),
        ("a 1 2\n".encode("utf-16"), "UTF-16 text. Save it as UTF-8"),
        (b"x" * 257 + b"ustar", "a tar archive"),
        (b"<!DOCTYPE html>\n", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"\x00" * 600, "line 1: expected a line end"),
        (b'{"a": [1, 2]}\n', "line 1: expected `rows dimension`"),
        (b"the 22038615\nof 12545825\n", "line 1: expected `rows dimension`"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_other_kinds_of_file_are_refused(tmp_path, head, match, packed):
    refused(tmp_path, gzip.compress(head) if packed else head, match)


def test_a_real_zip_and_a_folder_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "vectors", "w") as archive:
        archive.writestr("glove.txt", "a 1 2\n")
    with pytest.raises(VectorsError, match="zip archive"):
        load_vectors(tmp_path / "vectors")
    with pytest.raises(VectorsError, match="folder or a device"):
        load_vectors(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=re.escape(str(tmp_path / "none.vec"))):
        load_vectors(tmp_path / "none.vec")


def test_an_empty_file_is_refused(tmp_path):
    refused(tmp_path, b"", "received an empty file")
    refused(tmp_path, gzip.compress(b""), "line 1: expected a line end")
    refused(tmp_path, b"\n", "line 1: expected `rows dimension`")


def test_damaged_gzip_is_refused(tmp_path):
    packed = gzip.compress(b"a 1 2\nb 3 4\n")
    refused(tmp_path, packed + b"rest", "gzip data is cut or damaged")
    refused(tmp_path, packed[:-8] + bytes(8), "gzip data is cut or damaged")
    refused(tmp_path, packed[:12] + b"\xff" + packed[13:], "gzip data is cut or damaged")


def test_a_gzip_bomb_is_refused(tmp_path):
    bomb = gzip.compress(b"".join(b"w%d" % number + b" 0" * 2000 + b"\n" for number in range(4500)), 9)
    refused(tmp_path, bomb, "expected gzip data of at most 16,777,216 bytes unpacked .* received more", ["w0"])


def test_a_file_without_line_ends_is_refused_early(tmp_path):
    refused(tmp_path, b"x" * (4 << 20), "line 1: expected a line end within")
    refused(tmp_path, gzip.compress(b"x" * (64 << 20), 1), "line 1: expected a line end within")
    refused(tmp_path, b"a 1 2\n" + b"x" * (4 << 20), "line 2: expected a line of at most")


@pytest.mark.parametrize(
    ("words", "error", "match"),
    [
        ("tea", InputTypeError, "iterable of words; received one str"),
        (b"tea", InputTypeError, "received one bytes"),
        (["tea", 3], InputTypeError, "received int at position 1"),
        ([], InputError, "holds no word to look up"),
        (["<pad>", "<unk>", "<eos>"], InputError, "holds no word to look up"),
    ],
)
def test_wrong_words_are_refused(tmp_path, words, error, match):
    with pytest.raises(error, match=match):
        load(tmp_path, b"a 1 2\n", words)


def test_a_wrong_path_is_refused():
    with pytest.raises(InputTypeError, match="`path` must be a path; received int"):
        load_vectors(3)


# Growth


def test_time_grows_in_proportion_to_a_file_without_blanks(tmp_path):
    """The rows of a binary file that never ends a word are given up at once, however long it is."""
    seconds = []
    for size in (1 << 20, 16 << 20):
        content = b"9 30\na " + bytes([200]) * 120 + b"x" * size
        started = time.perf_counter()
        refused(tmp_path, content, "expected a blank within 1,024 bytes", ["b"])
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 40 * seconds[0] + 0.5


@pytest.mark.parametrize("form", FORMATS)
def test_memory_holds_the_kept_rows_only(tmp_path, form):
    content = written(tuple(f"w{number}" for number in range(4000)), np.full((4000, 200), 0.125, np.float32), form)
    (tmp_path / "big").write_bytes(content)
    tracemalloc.start()
    try:
        load_vectors(tmp_path / "big", ["w5", "w3999"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(content) / 2
