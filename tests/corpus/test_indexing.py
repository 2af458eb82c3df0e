"""Texts become numbered words before there is a vocabulary."""

import weakref

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from nasty_texts import NASTY_TEXTS
from refusals import refuses

from nextword.corpus.indexing import index_texts
from nextword.errors import InputTypeError
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer, encode_texts, tokenizer_from_counts


def test_by_hand():
    indexed = index_texts(iter(["tea, tea", "", "茶\ntea"]))
    assert indexed.words == ("tea", ",", "\n", "茶")
    assert indexed.word_numbers.tolist() == [0, 1, 0, 2, 2, 3, 2, 0, 2]
    assert indexed.lengths.tolist() == [4, 1, 4]
    assert (indexed.word_numbers.dtype, indexed.lengths.dtype) == (np.int32, np.int64)


@settings(deadline=None, max_examples=30)
@given(st.lists(NASTY_TEXTS, max_size=4), st.sampled_from(["word", "whitespace", "char"]))
def test_indexed_texts_are_the_same_stream(texts, level):
    texts = [*texts, "tea"]
    config = TokenizerConfig(level=level)
    indexed = index_texts(iter(texts), config)
    counts = dict(zip(indexed.words, np.bincount(indexed.word_numbers).tolist(), strict=True))
    tokenizer = tokenizer_from_counts(counts, config)
    assert tokenizer == build_tokenizer(texts, config)
    np.testing.assert_array_equal(tokenizer.ids_of(indexed.words)[indexed.word_numbers], encode_texts(tokenizer, texts))
    assert indexed.lengths.tolist() == [len(tokenizer.encode(text)) + 1 for text in texts]


def test_texts_are_read_once_and_not_kept():
    class Text(str):
        """A `str` that can be watched."""

    watched = []

    def texts():
        for number in range(6):
            text = Text(f"tea {number}")
            watched.append(weakref.ref(text))
            # The loop variables of reader and generator hold the last one.
            assert sum(reference() is not None for reference in watched) <= 2
            yield text

    index_texts(texts())
    assert len(watched) == 6


@pytest.mark.parametrize(
    ("texts", "code"),
    [("I like tea", "single-text"), (b"tea", "texts-not-iterable"), (["tea", 3], "text-not-str")],
)
def test_what_is_no_texts_is_refused(texts, code):
    with refuses(InputTypeError, code):
        index_texts(texts)
