"""Pretrained vectors: every format by hand and round trip, files that are cut or damaged, purity and memory."""

import gzip
import random
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from refusals import refuses
from vector_files import FORMATS, TEA, load, written

from nextword.errors import InputError, InputTypeError, VectorsError
from nextword.vectors.loading import load_vectors
from nextword.vectors.values import VectorsReport

WORDS = ("tea", "茶", "new york")


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
    name = {"fastText .vec": "word2vec text", "gensim binary": "word2vec binary"}.get(form, form)
    assert vectors.report == VectorsReport(
        format=name + (", gzip" if packed else ""), rows_read=3, dimension=2, duplicates=0, wanted=3, found=3
    )
    assert vectors.report.coverage == 1.0


def test_words_with_unusual_characters_stay_whole(tmp_path):
    words = ("a\u2028b", "a\u0085b", "\u3000", "\xa0", "a\x00b", "é", "😀", "3", "-1.5", "nan")
    matrix = np.arange(20, dtype=np.float32).reshape(10, 2)
    for form in FORMATS:
        vectors = load(tmp_path, written(words, matrix, form))
        assert vectors.words == words


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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables(), form=st.sampled_from(FORMATS), packed=st.booleans())
def test_round_trip(tmp_path_factory, table, form, packed):
    words, matrix = table
    content = written(words, matrix, form)
    vectors = load(tmp_path_factory.mktemp("round"), gzip.compress(content, 1) if packed else content)
    assert vectors.words == words
    np.testing.assert_array_equal(vectors.matrix, matrix)


@pytest.mark.parametrize("form", FORMATS)
def test_long_files_cross_the_chunks(tmp_path, form):
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(2000, 60)).astype(np.float32)
    words = tuple(f"w{number}" * (number % 7 + 1) for number in range(2000))
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
        # Some cuts are told in the report, if there is a header or a line does not end. Others cannot be seen: between
        # rows without a header, and before the very last line end.
        cut = whole[:size]
        report = vectors.report
        if form == "fastText .vec" and size == len(whole) - 1:  # the blank behind the last number says that it is whole
            assert len(vectors) == 3
            continue
        is_told = report.promised_rows or [rows.kind for rows in report.left_out] == ["line-end-missing"]
        assert is_told or (form == "GloVe text" and cut.endswith(b"\n")) or form == "word2vec binary"
        assert "binary" not in form or size == len(whole) - 1
        np.testing.assert_array_equal(vectors.matrix, matrix[: len(vectors)])


def test_random_damage_gives_finite_numbers_or_a_named_error(tmp_path):
    shuffle = random.Random(0)
    outcomes = {"read": 0, "refused": 0}
    for form in FORMATS:
        content = written(("tea", "茶", "milk"), np.float32([[0.5, -1, 3], [1, 2, -7.5], [0, 1, 12]]), form)
        for _ in range(120):
            damaged = bytearray(content)
            for _ in range(shuffle.randrange(1, 4)):
                damaged[shuffle.randrange(len(damaged))] = shuffle.randrange(256)
            try:
                vectors = load(tmp_path, bytes(damaged))
            except VectorsError:
                outcomes["refused"] += 1
            else:
                assert np.isfinite(vectors.matrix).all()
                outcomes["read"] += 1
    assert min(outcomes.values()) > 100


def test_every_byte_in_a_word_is_read_or_refused(tmp_path):
    for byte in range(256):
        for place in range(3) if byte <= 0x20 else (1,):
            word = bytearray(b"abc")
            word[place] = byte
            for content in (
                b"x 1.5 2.5\n" + word + b" 3.5 4.5\n",
                b"1 2\n" + word + b" " + struct.pack("<2f", 3.5, 4.5),
            ):
                try:
                    vectors = load(tmp_path, content)
                except VectorsError:
                    assert byte >= 0x80 or byte in b" \n\t\r"
                    continue
                kinds = [rows.kind for rows in vectors.report.left_out if rows.kind != "line-empty"]
                assert kinds in ([], *([kind] for kind in ("word-not-utf-8", "word-missing", "number-count")))
                if kinds:
                    assert (byte >= 0x80) == (kinds == ["word-not-utf-8"])
                    assert vectors.words in (("x",), ("x", "c"))  # a line feed makes two rows of one
                else:
                    assert vectors.words[-1].encode() == bytes(word) or byte in b" \t\r\n"


# Purity


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure(tmp_path):
    content = written(WORDS, TEA, "GloVe text")
    wanted = ["茶", "x"]
    first, second = load(tmp_path, content, wanted), load(tmp_path, content, wanted)
    assert first.words == second.words
    assert first.report == second.report
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert wanted == ["茶", "x"]
    assert (tmp_path / "vectors").read_bytes() == content


# Arguments


@pytest.mark.parametrize(
    ("words", "error", "code", "figures"),
    [
        ("tea", InputTypeError, "single-text", {"argument": "words"}),
        (b"tea", InputTypeError, "texts-not-iterable", {"argument": "words", "received": "bytes"}),
        (["tea", 3], InputTypeError, "text-not-str", {"received": "int", "position": 1}),
        ([], InputError, "words-empty", {"words": 0}),
        (["<pad>", "<unk>", "<eos>"], InputError, "words-empty", {"words": 3}),
    ],
)
def test_wrong_words_are_refused(tmp_path, words, error, code, figures):
    with refuses(error, code, **figures):
        load(tmp_path, b"a 1 2\n", words)


def test_a_wrong_path_is_refused():
    for path in (3, b"tea.vec", None):
        with refuses(InputTypeError, "path-kind", kind=type(path).__name__):
            load_vectors(path)
    with refuses(InputError, "path-not-local", path="https://example.com/tea.vec"):
        load_vectors("https://example.com/tea.vec")
    with refuses(InputError, "path-nul"):
        load_vectors("tea\0.vec")


# Growth


@pytest.mark.parametrize("form", FORMATS)
def test_memory_does_not_grow_with_the_rows_that_are_not_kept(tmp_path, form):
    def peak(rows):
        words, matrix = tuple(f"w{number}" for number in range(rows)), np.full((rows, 200), 0.125, np.float32)
        (tmp_path / "big").write_bytes(written(words, matrix, form))
        del words, matrix
        tracemalloc.start()
        try:
            load_vectors(tmp_path / "big", ["w5", f"w{rows - 1}"])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(2000) < 1.1 * peak(1000)
