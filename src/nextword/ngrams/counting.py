"""A stream of token ids -> all its n-grams, sorted and counted, also where the text is larger than memory.

Enters: pieces of the stream. Leaves: one `Level` for every length, its n-grams sorted by context and then by last word,
the context being the number of an n-gram one level below. The text is counted in runs that fit into memory; runs are
merged level by level, as a context has its number in the whole before what goes on from it. Contexts do not reach
across `<eos>`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.ngrams.disk_arrays import Column, Spool
from nextword.tokens.vocabulary import EOS_ID

Integers = NDArray[np.int64]

# More would not fit into the columns of a spool.
MAX_TOKENS = 2**31 - 1

# Bytes that a token takes while its run is counted, and an n-gram while runs are merged: measured, rounded up.
RUN_BYTES = 100
MERGE_BYTES = 150


@dataclass(frozen=True, slots=True)
class Level:
    """All different n-grams of one length, sorted by context and last word.

    Args:
        contexts: Number of the n-gram one shorter that each begins with, one level below.
        words: Last word of each.
        counts: How often each is there.
        suffixes: Number of the n-gram one shorter that each ends with, one level below.
    """

    contexts: Column
    words: Column
    counts: Column
    suffixes: Column

    def __len__(self) -> int:
        """Return how many different n-grams there are."""
        return self.words.length

    def first(self, length: int) -> "Level":
        """Return the level of the first n-grams alone."""
        columns = (self.contexts, self.words, self.counts, self.suffixes)
        return Level(*(Column(column.spool, column.place, length) for column in columns))


def count_ngrams(
    pieces: Iterable[NDArray[np.int32]], vocabulary_size: int, order: int, spool: Spool, run: int, block: int
) -> list[Level]:
    """Count the n-grams of 1, 2, ..., `order` words.

    Args:
        pieces: Parts of the stream, one after the other, of any length.
        vocabulary_size: V; the n-grams of one word are all V tokens.
        order: Longest n-gram.
        spool: Where the levels are kept.
        run: Tokens that are counted at once.
        block: N-grams that are merged at once.

    Returns:
        A level for every length; the same levels for all pieces, runs and blocks.

    Raises:
        InputError: If there is no token, or more than 2^31 - 1.
    """
    runs = [_count(before, words, vocabulary_size, order, spool) for before, words in _runs(pieces, order, run)]
    if not runs:
        raise InputError("an n-gram model needs at least one token; received none. Give more text.")
    if len(runs) == 1:
        return runs[0]
    levels: list[Level] = []
    for same in zip(*runs, strict=True):
        level, numbers = _merge(same, vocabulary_size, spool, block)
        levels.append(level)
        for old, new in zip(runs, numbers, strict=True):
            if len(levels) < order:
                _renumber(old[len(levels)], new, block)
    return levels


def blocks(length: int, block: int) -> Iterator[tuple[int, int]]:
    """Yield the beginnings and ends of the parts of a long row."""
    for start in range(0, length, block):
        yield start, min(start + block, length)


def _runs(pieces: Iterable[NDArray[np.int32]], order: int, run: int) -> Iterator[tuple[Integers, Integers]]:
    """Yield runs of words, each with the words before it that contexts can reach."""
    before = np.array([EOS_ID], np.int64)  # what is before the first word is the end of another text
    waiting: list[NDArray[np.int32]] = []
    total = held = 0

    def full() -> tuple[Integers, Integers]:
        nonlocal before
        words = np.concatenate(waiting).astype(np.int64)
        found = before, words
        before = np.concatenate((before, words))[-max(order - 1, 1) :]
        waiting.clear()
        return found

    for piece in pieces:
        total += len(piece)
        if total > MAX_TOKENS:
            raise InputError(f"n-grams are counted in texts of at most {MAX_TOKENS:,} tokens; there are more.")
        while len(piece):
            part, piece = piece[: run - held], piece[run - held :]
            waiting.append(part.copy())  # whoever reads a file may fill the same array again
            held += len(part)
            if held == run:
                yield full()
                held = 0
    if held:
        yield full()


def _count(before: Integers, after: Integers, vocabulary_size: int, order: int, spool: Spool) -> list[Level]:
    """Count one run; n-grams that end before it are contexts here and have a count of 0."""
    words = np.concatenate((before, after))
    contexts = words
    shorter = words  # number of the shorter n-gram that ends at each position
    none = np.zeros(vocabulary_size, np.int64)
    counts = np.bincount(after, minlength=vocabulary_size)
    levels = [_write(spool, none, np.arange(vocabulary_size), counts, none)]
    for length in range(2, order + 1):
        context = np.concatenate(([-1], contexts[:-1]))
        if length > 2:
            context[1:][words[:-1] == EOS_ID] = -1  # no context goes on over an end
        places = np.flatnonzero(context >= 0)
        keys = context[places] * vocabulary_size + words[places]
        sorting = np.argsort(keys)
        places = places[sorting]
        first = _first_of_each(keys[sorting])
        numbers = np.full(len(words), -1, np.int64)
        numbers[places] = np.cumsum(first) - 1
        counts = np.diff(np.flatnonzero(first), append=len(places))
        old = numbers[: len(before)]
        np.subtract.at(counts, old[old >= 0], 1)
        examples = places[first]  # one place of each
        levels.append(_write(spool, context[examples], words[examples], counts, shorter[examples]))
        contexts = shorter = numbers
    return levels


def _write(spool: Spool, contexts: Integers, words: Integers, counts: Integers, suffixes: Integers) -> Level:
    level = _level(spool, len(words))
    level.contexts.write(0, contexts)
    level.words.write(0, words)
    level.counts.write(0, counts)
    level.suffixes.write(0, suffixes)
    return level


def _level(spool: Spool, length: int) -> Level:
    return Level(spool.column(length), spool.column(length), spool.column(length), spool.column(length))


def _merge(runs: tuple[Level, ...], vocabulary_size: int, spool: Spool, block: int) -> tuple[Level, list[Column]]:
    """Return the n-grams of one length of all runs, and for each run the number that each of its n-grams has there."""
    merged = _level(spool, sum(len(level) for level in runs))
    numbers = [spool.column(len(level)) for level in runs]
    share = max(block // len(runs), 1)
    waiting = [np.zeros((3, 0), np.int64)] * len(runs)  # keys, counts and suffixes read and not yet merged
    read, written = [0] * len(runs), [0] * len(runs)
    length = 0
    while True:
        for i, level in enumerate(runs):
            if not waiting[i].shape[1] and read[i] < len(level):
                waiting[i] = _read(level, read[i], read[i] + share, vocabulary_size)
                read[i] += waiting[i].shape[1]
        if not any(part.shape[1] for part in waiting):
            return merged.first(length), numbers
        # What no run can still bring: up to the least of the last keys of the runs that go on.
        going_on = [part[0, -1] for part, at, level in zip(waiting, read, runs, strict=True) if at < len(level)]
        limit = min(going_on) if going_on else max(part[0, -1] for part in waiting if part.shape[1])
        ends = [int(np.searchsorted(part[0], limit, side="right")) for part in waiting]
        ready = np.concatenate([part[:, :end] for part, end in zip(waiting, ends, strict=True)], axis=1)
        waiting = [part[:, end:] for part, end in zip(waiting, ends, strict=True)]
        sorting = np.argsort(ready[0], kind="stable")
        ready = ready[:, sorting]
        first = _first_of_each(ready[0])
        counts = np.add.reduceat(ready[1], np.flatnonzero(first))
        keys, suffixes = ready[0, first], ready[2, first]
        merged.contexts.write(length, keys // vocabulary_size)
        merged.words.write(length, keys % vocabulary_size)
        merged.counts.write(length, counts)
        merged.suffixes.write(length, suffixes)
        own = np.empty(len(sorting), np.int64)
        own[sorting] = length + np.cumsum(first) - 1
        for i, part in enumerate(np.split(own, np.cumsum(ends)[:-1])):
            numbers[i].write(written[i], part)
            written[i] += len(part)
        length += len(keys)


def _read(level: Level, start: int, stop: int, vocabulary_size: int) -> Integers:
    keys = level.contexts.read(start, stop) * vocabulary_size + level.words.read(start, stop)
    return np.stack((keys, level.counts.read(start, stop), level.suffixes.read(start, stop)))


def _renumber(level: Level, numbers: Column, block: int) -> None:
    """Let a level of a run name its contexts and suffixes by their numbers in the whole."""
    new = numbers.read(0, numbers.length)
    for start, stop in blocks(len(level), block):
        level.contexts.write(start, new[level.contexts.read(start, stop)])
        level.suffixes.write(start, new[level.suffixes.read(start, stop)])


def _first_of_each(keys: Integers) -> NDArray[np.bool_]:
    """Return where ascending keys begin to differ from those before."""
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    return first
