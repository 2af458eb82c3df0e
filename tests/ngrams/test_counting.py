"""Sorted n-grams, counted at once and in runs."""

import time
from collections import Counter

import numpy as np
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.ngrams import counting
from nextword.ngrams.counting import blocks, count_ngrams
from nextword.ngrams.disk_arrays import DiskArrays

EOS = 2
STREAMS = st.lists(st.sampled_from([1, 2, 2, 3, 4, 5]), min_size=1, max_size=60)


def count(pieces, order, run_length, block_length=1000, memory=10**6):
    """Return contexts, words, counts and suffixes for every length."""
    with DiskArrays(memory) as disk:
        arrays = [np.array(piece, np.int32) for piece in pieces]
        tables = count_ngrams(arrays, 6, order, disk, run_length, block_length)
        return [
            [
                column.read(0, len(table)).tolist()
                for column in (table.contexts, table.words, table.counts, table.suffixes)
            ]
            for table in tables
        ]


def test_the_ngrams_of_a_line():
    singles, pairs, triples = count([[3, 4, 3, 2]], 3, 100)
    assert singles[2] == [0, 0, 1, 2, 1, 0]  # the `<eos>` before the text is a context only
    assert pairs == [[2, 3, 3, 4], [3, 2, 4, 3], [1, 1, 1, 1], [3, 2, 4, 3]]  # <eos> 3, 3 <eos>, 3 4, 4 3
    assert triples == [[0, 2, 3], [4, 3, 2], [1, 1, 1], [2, 3, 1]]  # <eos> 3 4, 3 4 3, 4 3 <eos>


@settings(deadline=None, max_examples=40)
@given(STREAMS, st.integers(1, 8))
def test_every_ngram_is_there_and_sorted(ids, order):
    words = [EOS, *ids]
    grams = [(word,) for word in range(6)]
    for length, (contexts, lasts, counts, suffixes) in enumerate(count([ids], order, 100), start=1):
        if length > 1:
            shorter = grams
            grams = [(*shorter[context], last) for context, last in zip(contexts, lasts, strict=True)]
            assert [shorter[suffix] for suffix in suffixes] == [gram[1:] for gram in grams]
        assert grams == sorted(set(grams))
        windows = [tuple(words[i : i + length]) for i in range(length == 1, len(words) - length + 1)]
        expected = Counter(gram for gram in windows if EOS not in gram[1:-1])
        assert {gram: times for gram, times in zip(grams, counts, strict=True) if times} == expected


@settings(deadline=None, max_examples=60)
@given(
    STREAMS, st.integers(1, 8), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.sampled_from([0, 10**6])
)
def test_runs_pieces_and_blocks_change_nothing(ids, order, run_length, block_length, piece_length, memory):
    pieces = [ids[start:stop] for start, stop in blocks(len(ids), piece_length)]
    assert count([*pieces, []], order, run_length, block_length, memory) == count([ids], order, 1000)


def test_blocks_cover_an_array():
    assert list(blocks(7, 3)) == [(0, 3), (3, 6), (6, 7)]
    assert list(blocks(0, 3)) == []


def test_there_is_text_and_not_too_much(monkeypatch):
    with refuses(nw.InputError, "no-tokens"):
        count([[], []], 2, 10)
    monkeypatch.setattr(counting, "MAX_TOKENS", 5)
    assert sum(count([[3, 3, 3], [3, 3]], 2, 2)[0][2]) == 5
    with refuses(nw.InputError, "too-many-tokens", max_tokens=5):
        count([[3, 3, 3], [3, 3, 3]], 2, 2)


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


def test_counting_grows_with_the_text_not_with_its_square():
    def seconds(tokens):
        ids = np.random.default_rng(0).geometric(0.002, tokens).astype(np.int32) % 2_000 + 3
        start = time.process_time()
        with DiskArrays(100_000) as disk:
            count_ngrams([ids], 2_003, 3, disk, run_length=500, block_length=500)
        return time.process_time() - start

    assert min(seconds(80_000) for _ in range(2)) < 9 * max(seconds(20_000) for _ in range(3))  # it was 45 times
