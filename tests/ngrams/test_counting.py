"""Sorted n-grams, counted at once and in runs."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import nextword as nw
from nextword.ngrams import counting
from nextword.ngrams.counting import count_ngrams
from nextword.ngrams.disk_arrays import Spool

EOS = 2
STREAMS = st.lists(st.sampled_from([1, 2, 2, 3, 4, 5]), min_size=1, max_size=60)


def counted(pieces, order, run, block=1000, memory=10**6):
    """Return for every length the columns contexts, words, counts and suffixes."""
    with Spool(memory) as spool:
        levels = count_ngrams([np.array(p, np.int32) for p in pieces], 6, order, spool, run, block)
        return [
            [c.read(0, c.length).tolist() for c in (level.contexts, level.words, level.counts, level.suffixes)]
            for level in levels
        ]


def test_the_ngrams_of_a_line():
    singles, pairs, triples = counted([[3, 4, 3, 2]], 3, 100)
    assert singles[2] == [0, 0, 1, 2, 1, 0]  # the `<eos>` before the text is a context only
    assert pairs == [[2, 3, 3, 4], [3, 2, 4, 3], [1, 1, 1, 1], [3, 2, 4, 3]]  # <eos> 3, 3 <eos>, 3 4, 4 3
    assert triples == [[0, 2, 3], [4, 3, 2], [1, 1, 1], [2, 3, 1]]  # <eos> 3 4, 3 4 3, 4 3 <eos>


@settings(deadline=None, max_examples=100)
@given(STREAMS, st.integers(1, 8))
def test_every_ngram_is_there_and_sorted(ids, order):
    levels = counted([ids], order, 100)
    words = [EOS, *ids]
    grams = [(word,) for word in range(6)]
    for length, (contexts, lasts, counts, suffixes) in enumerate(levels, start=1):
        if length > 1:
            shorter = grams
            grams = [(*shorter[context], last) for context, last in zip(contexts, lasts, strict=True)]
            assert [shorter[suffix] for suffix in suffixes] == [gram[1:] for gram in grams]
        assert grams == sorted(set(grams))
        found = [tuple(words[i : i + length]) for i in range(length == 1, len(words) - length + 1)]
        expected = Counter(gram for gram in found if EOS not in gram[1:-1])
        assert {gram: count for gram, count in zip(grams, counts, strict=True) if count} == expected


@settings(deadline=None, max_examples=150)
@given(
    STREAMS, st.integers(1, 8), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.sampled_from([0, 10**6])
)
def test_runs_pieces_and_blocks_change_nothing(ids, order, run, block, piece, memory):
    pieces = [ids[i : i + piece] for i in range(0, len(ids), piece)]
    assert counted([*pieces, []], order, run, block, memory) == counted([ids], order, 1000)


def test_there_is_text_and_not_too_much(monkeypatch):
    with pytest.raises(nw.InputError, match="at least one token; received none"):
        counted([[], []], 2, 10)
    monkeypatch.setattr(counting, "MAX_TOKENS", 5)
    counted([[3, 3, 3], [3, 3]], 2, 2)
    with pytest.raises(nw.InputError, match="at most 5 tokens; there are more"):
        counted([[3, 3, 3], [3, 3, 3]], 2, 2)


def test_an_array_that_is_filled_again_for_every_piece_is_read_in_time():
    def pieces():
        buffer = np.zeros(4, np.int32)
        for piece in ([3, 4, 5, 2], [3, 5, 4, 2]):
            buffer[:] = piece
            yield buffer

    whole = nw.build_ngram([3, 4, 5, 2, 3, 5, 4, 2], vocabulary_size=6)
    refilled = nw.build_ngram(pieces(), vocabulary_size=6)
    np.testing.assert_array_equal(refilled.unigram, whole.unigram)
    assert [order.words.tolist() for order in refilled.orders] == [order.words.tolist() for order in whole.orders]
