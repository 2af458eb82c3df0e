"""A stream of token ids -> all its n-grams, sorted and counted, also where the text is larger than memory.

Input: pieces of the stream. Output: one `NgramTable` for every length, its n-grams sorted by context and then by last
word. A context is named by its row in the table of n-grams one word shorter. The text is counted in runs that fit into
memory; the tables of the runs are then merged, 16 runs at a time, from the shortest n-grams up, as rows of contexts in
the whole have to be known before longer n-grams are merged. Contexts do not reach across `<eos>`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.ngrams.disk_arrays import DiskArray, DiskArrays
from nextword.tokens.vocabulary import EOS_ID

Integers = NDArray[np.int64]

# More would not fit into a `DiskArray`.
MAX_TOKENS = 2**31 - 1

# Bytes that a token takes while its run is counted, and an n-gram while runs are merged: measured, rounded up.
RUN_BYTES = 100
MERGE_BYTES = 150
# Runs that are merged at once: each step costs time for every run, so all at once would take quadratic time.
RUNS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class NgramTable:
    """All different n-grams of one length, sorted by context and last word.

    Args:
        contexts: For each, the row of all its words but the last in the table of n-grams one word shorter.
        words: Last word of each.
        counts: How often each is in the text.
        suffixes: For each, the row of all its words but the first in the table of n-grams one word shorter.
    """

    contexts: DiskArray
    words: DiskArray
    counts: DiskArray
    suffixes: DiskArray

    def __len__(self) -> int:
        """Return how many different n-grams there are."""
        return self.words.length

    def first(self, length: int) -> "NgramTable":
        """Return the table of its first n-grams alone.

        Args:
            length: How many.
        """
        columns = (self.contexts, self.words, self.counts, self.suffixes)
        return NgramTable(*(DiskArray(column.disk, column.offset, length) for column in columns))


def count_ngrams(
    pieces: Iterable[NDArray[np.int32]],
    vocabulary_size: int,
    order: int,
    disk: DiskArrays,
    run_length: int,
    block_length: int,
) -> list[NgramTable]:
    """Count the n-grams of 1, 2, ..., `order` words.

    Args:
        pieces: Parts of the stream, one after the other, int32 of shape (N,), of any length.
        vocabulary_size: V; the n-grams of one word are all V tokens.
        order: Longest n-gram, in words.
        disk: Where the tables are kept.
        run_length: Tokens that are counted at once.
        block_length: N-grams that are merged at once.

    Returns:
        A table for every length; the same tables however the stream is cut into pieces, runs and blocks.

    Raises:
        InputError: If there is no token, or more than 2^31 - 1; codes "no-tokens" and "too-many-tokens".
    """
    runs = [
        _count_run(before, words, vocabulary_size, order, disk) for before, words in _runs(pieces, order, run_length)
    ]
    if not runs:
        raise InputError(
            "`ids`: an n-gram model needs at least one token; received none.",
            code="no-tokens",
            tokens=0,
        )
    while len(runs) > 1:
        groups = [runs[start : start + RUNS_AT_ONCE] for start in range(0, len(runs), RUNS_AT_ONCE)]
        runs = [_merge_runs(group, vocabulary_size, disk, block_length) for group in groups]
    return runs[0]


def blocks(length: int, block_length: int) -> Iterator[tuple[int, int]]:
    """Yield where the blocks of a long array begin and end.

    Args:
        length: Length of the array.
        block_length: Length of every block but the last.
    """
    for start in range(0, length, block_length):
        yield start, min(start + block_length, length)


def _runs(pieces: Iterable[NDArray[np.int32]], order: int, run_length: int) -> Iterator[tuple[Integers, Integers]]:
    """Yield runs of words, each with the words before it that contexts can reach."""
    before = np.array([EOS_ID], np.int64)  # the end of another text stands before the first word
    waiting: list[NDArray[np.int32]] = []
    total = held = 0

    def finished_run() -> tuple[Integers, Integers]:
        nonlocal before
        words = np.concatenate(waiting).astype(np.int64)
        run = before, words
        before = np.concatenate((before, words))[-max(order - 1, 1) :]
        waiting.clear()
        return run

    for piece in pieces:
        total += len(piece)
        if total > MAX_TOKENS:
            raise InputError(
                f"n-grams are counted in texts of at most {MAX_TOKENS:,} tokens; there are more.",
                code="too-many-tokens",
                max_tokens=MAX_TOKENS,
            )
        while len(piece):
            part, piece = piece[: run_length - held], piece[run_length - held :]
            waiting.append(part.copy())  # whoever reads a file may fill the same array again
            held += len(part)
            if held == run_length:
                yield finished_run()
                held = 0
    if held:
        yield finished_run()


def _count_run(
    before: Integers, after: Integers, vocabulary_size: int, order: int, disk: DiskArrays
) -> list[NgramTable]:
    """Count one run; n-grams that end before it are contexts here and have a count of 0."""
    words = np.concatenate((before, after))
    shorter_rows = words  # at each position, the row of the n-gram one word shorter that ends there
    no_rows = np.zeros(vocabulary_size, np.int64)
    counts = np.bincount(after, minlength=vocabulary_size)
    tables = [_write(disk, no_rows, np.arange(vocabulary_size), counts, no_rows)]
    for length in range(2, order + 1):
        contexts = np.concatenate(([-1], shorter_rows[:-1]))
        if length > 2:
            contexts[1:][words[:-1] == EOS_ID] = -1  # no context reaches across an end
        positions = np.flatnonzero(contexts >= 0)
        keys = contexts[positions] * vocabulary_size + words[positions]
        sorting = np.argsort(keys)
        positions = positions[sorting]
        is_new = _first_of_each(keys[sorting])
        rows = np.full(len(words), -1, np.int64)
        rows[positions] = np.cumsum(is_new) - 1
        counts = np.diff(np.flatnonzero(is_new), append=len(positions))
        rows_before = rows[: len(before)]
        np.subtract.at(counts, rows_before[rows_before >= 0], 1)
        examples = positions[is_new]  # one position of each n-gram
        tables.append(_write(disk, contexts[examples], words[examples], counts, shorter_rows[examples]))
        shorter_rows = rows
    return tables


def _write(disk: DiskArrays, contexts: Integers, words: Integers, counts: Integers, suffixes: Integers) -> NgramTable:
    table = _allocate(disk, len(words))
    table.contexts.write(0, contexts)
    table.words.write(0, words)
    table.counts.write(0, counts)
    table.suffixes.write(0, suffixes)
    return table


def _allocate(disk: DiskArrays, length: int) -> NgramTable:
    return NgramTable(disk.allocate(length), disk.allocate(length), disk.allocate(length), disk.allocate(length))


def _merge_runs(
    runs: list[list[NgramTable]], vocabulary_size: int, disk: DiskArrays, block_length: int
) -> list[NgramTable]:
    """Return the tables of several runs together."""
    if len(runs) == 1:
        return runs[0]
    order = len(runs[0])
    tables: list[NgramTable] = []
    for tables_of_length in zip(*runs, strict=True):
        table, merged_rows = _merge(tables_of_length, vocabulary_size, disk, block_length)
        tables.append(table)
        for run, rows in zip(runs, merged_rows, strict=True):
            if len(tables) < order:
                _renumber(run[len(tables)], rows, block_length)
    return tables


def _merge(
    tables: tuple[NgramTable, ...], vocabulary_size: int, disk: DiskArrays, block_length: int
) -> tuple[NgramTable, list[DiskArray]]:
    """Merge the tables of one length of all runs; return also the rows that the n-grams of each have in the whole."""
    merged = _allocate(disk, sum(len(table) for table in tables))
    merged_rows = [disk.allocate(len(table)) for table in tables]
    part_length = max(block_length // len(tables), 1)
    waiting = [np.zeros((3, 0), np.int64)] * len(tables)  # keys, counts and suffixes read and not yet merged
    read, written = [0] * len(tables), [0] * len(tables)
    length = 0
    while True:
        for i, table in enumerate(tables):
            if not waiting[i].shape[1] and read[i] < len(table):
                waiting[i] = _read(table, read[i], read[i] + part_length, vocabulary_size)
                read[i] += waiting[i].shape[1]
        if not any(part.shape[1] for part in waiting):
            return merged.first(length), merged_rows
        # Keys up to the smallest of these last keys are complete in every table that has more to read.
        last_keys = [part[0, -1] for part, done, table in zip(waiting, read, tables, strict=True) if done < len(table)]
        limit = min(last_keys) if last_keys else max(part[0, -1] for part in waiting if part.shape[1])
        ends = [int(np.searchsorted(part[0], limit, side="right")) for part in waiting]
        ready = np.concatenate([part[:, :end] for part, end in zip(waiting, ends, strict=True)], axis=1)
        waiting = [part[:, end:] for part, end in zip(waiting, ends, strict=True)]
        sorting = np.argsort(ready[0], kind="stable")
        ready = ready[:, sorting]
        is_new = _first_of_each(ready[0])
        counts = np.add.reduceat(ready[1], np.flatnonzero(is_new))
        keys, suffixes = ready[0, is_new], ready[2, is_new]
        merged.contexts.write(length, keys // vocabulary_size)
        merged.words.write(length, keys % vocabulary_size)
        merged.counts.write(length, counts)
        merged.suffixes.write(length, suffixes)
        rows = np.empty(len(sorting), np.int64)
        rows[sorting] = length + np.cumsum(is_new) - 1
        for i, part in enumerate(np.split(rows, np.cumsum(ends)[:-1])):
            merged_rows[i].write(written[i], part)
            written[i] += len(part)
        length += len(keys)


def _read(table: NgramTable, start: int, stop: int, vocabulary_size: int) -> Integers:
    """Return keys, counts and suffixes, shape (3, N); a key is context and last word as one number."""
    keys = table.contexts.read(start, stop) * vocabulary_size + table.words.read(start, stop)
    return np.stack((keys, table.counts.read(start, stop), table.suffixes.read(start, stop)))


def _renumber(table: NgramTable, merged_rows: DiskArray, block_length: int) -> None:
    """Replace the rows of contexts and suffixes in the tables of a run by their rows in the whole."""
    rows = merged_rows.read(0, merged_rows.length)
    for start, stop in blocks(len(table), block_length):
        table.contexts.write(start, rows[table.contexts.read(start, stop)])
        table.suffixes.write(start, rows[table.suffixes.read(start, stop)])


def _first_of_each(keys: Integers) -> NDArray[np.bool_]:
    """Return where ascending keys differ from the one before."""
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    return first
