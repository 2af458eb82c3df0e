"""A stream of token ids on disk -> its n-grams, sorted and counted, in a time that grows with the text alone.

Input: the stream. Output: the tables that `count_ngrams` makes in memory, bit by bit. For every length, each position
of the text is put into a bucket by its n-gram, so that the buckets follow each other and one fits into memory; each
bucket is sorted and written behind the one before; and the row of each n-gram goes back to its positions, which are
the contexts of longer n-grams. Nothing is merged and nothing is read a second time.
"""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from nextword.ngrams.counting import Integers, NgramTable, blocks, first_of_each, single_words
from nextword.ngrams.disk_arrays import DiskArray, DiskArrays
from nextword.ngrams.distributing import Buckets, Rows, splitters_of
from nextword.tokens.vocabulary import EOS_ID

# Positions of a sample for each bucket: the largest of many buckets is then at most about half as large again.
SAMPLED = 64

# Share of the tokens that fit into memory which a bucket has on average.
FILLED = 0.6


def count_on_disk(
    words: DiskArray, vocabulary_size: int, order: int, disk: DiskArrays, run_length: int, block_length: int
) -> list[NgramTable]:
    """Count the n-grams of 1, 2, ..., `order` words.

    Args:
        words: The stream, which begins with the `<eos>` before the text.
        vocabulary_size: V.
        order: Longest n-gram, in words.
        disk: Where the tables are kept.
        run_length: Positions that are sorted at once.
        block_length: N-grams that are read at once.

    Returns:
        A table for every length.

    Raises:
        FileAccessError: If there is no room for the temporary file; code "temporary-file-not-writable".
    """
    counts = np.zeros(vocabulary_size, np.int64)
    for start, stop in blocks(words.length, block_length):
        counts += np.bincount(words.read(start, stop), minlength=vocabulary_size)
    counts[EOS_ID] -= 1
    tables = [single_words(disk, counts)]
    rows = words  # at each position, the row of the n-gram one word shorter that ends there
    for length in range(2, order + 1):
        table, rows_of_positions = _count(words, rows, length, vocabulary_size, disk, run_length)
        tables.append(table)
        if length < order:
            rows = disk.allocate(words.length)
            for bucket, (start, stop) in enumerate(blocks(words.length, run_length)):
                part = rows_of_positions.whole(bucket)
                of_block = np.full(stop - start, -1, np.int64)
                of_block[part[:, 0] - start] = part[:, 1]
                rows.write(start, of_block)
    return tables


def _count(
    words: DiskArray, shorter_rows: DiskArray, length: int, vocabulary_size: int, disk: DiskArrays, run_length: int
) -> tuple[NgramTable, Buckets]:
    """Return the table of one length, and the positions of the text with the rows of the n-grams that end there."""
    read = partial(_occurrences, words, shorter_rows, length)
    splitters = _splitters(read, words.length, vocabulary_size, run_length)
    by_ngram = Buckets(disk, 4, len(splitters) + 1)
    for start, stop in blocks(words.length, run_length):
        rows = read(start, stop)
        by_ngram.add(rows, np.searchsorted(splitters, _keys(rows, vocabulary_size), side="right"))
    most = words.length  # n-grams at most; what is not needed of that is never written
    table = NgramTable(*(disk.allocate(most) for _ in range(4)))
    by_position = Buckets(disk, 2, -(-words.length // run_length))
    number = 0
    bounds = np.concatenate(([-1], splitters, [-1])).tolist()
    for bucket, (key, following) in enumerate(pairwise(bounds)):
        if key >= 0 and following == key + 1:  # however often one n-gram is there, its positions need no sorting
            count = 0
            for part in by_ngram.parts(bucket, run_length):
                count += len(part)
                _add(by_position, part[:, 2], np.full(len(part), number), run_length)
            if count:
                table.write(number, part[:1, 0], part[:1, 1], np.array([count]), part[:1, 3])
            number += count > 0
            continue
        rows = by_ngram.whole(bucket)
        keys = _keys(rows, vocabulary_size)
        sorting = np.argsort(keys)
        is_new = first_of_each(keys[sorting])
        counts = np.diff(np.flatnonzero(is_new), append=len(keys))
        contexts, lasts, _, suffixes = rows[sorting[is_new]].T
        table.write(number, contexts, lasts, counts, suffixes)
        _add(by_position, rows[sorting, 2], number + np.cumsum(is_new) - 1, run_length)
        number += len(counts)
    return table.first(number), by_position


def _occurrences(words: DiskArray, shorter_rows: DiskArray, length: int, start: int, stop: int) -> Rows:
    """Return context, last word, position and suffix of the n-grams that end in a part of the text, (n, 4)."""
    first = max(start, 1)
    of_words, of_rows = words.read(first - 1, stop), shorter_rows.read(first - 1, stop)
    is_there = of_rows[:-1] >= 0
    if length > 2:
        is_there &= of_words[:-1] != EOS_ID  # no context reaches across an end
    positions = np.flatnonzero(is_there)
    rows = np.empty((len(positions), 4), np.int32)
    rows[:, 0], rows[:, 1] = of_rows[positions], of_words[positions + 1]
    rows[:, 2], rows[:, 3] = positions + first, of_rows[positions + 1]
    return rows


def _keys(rows: Rows, vocabulary_size: int) -> Integers:
    """Return context and last word as one number."""
    return rows[:, 0].astype(np.int64) * vocabulary_size + rows[:, 1]


def _splitters(read: Callable[[int, int], Rows], tokens: int, vocabulary_size: int, run_length: int) -> Integers:
    """Return the keys at which buckets begin, from a sample of the text."""
    number = math.ceil(tokens / (FILLED * run_length))
    generator = np.random.default_rng(0)  # which buckets there are changes no result
    sample = []
    for start, stop in blocks(tokens, run_length):
        rows = read(start, stop)
        if len(rows):
            rows = rows[generator.integers(0, len(rows), math.ceil(SAMPLED * number * len(rows) / tokens))]
        sample.append(_keys(rows, vocabulary_size))
    keys = np.concatenate(sample)
    return splitters_of(keys, number) if len(keys) else keys


def _add(by_position: Buckets, positions: Rows, rows: Integers, run_length: int) -> None:
    by_position.add(np.stack((positions, rows.astype(np.int32)), axis=1), positions // run_length)
