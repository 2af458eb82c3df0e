"""A stream of token ids -> all its n-grams, sorted and counted, also where the text is larger than memory.

Input: pieces of the stream. Output: one `NgramTable` for every length, its n-grams sorted by context and then by last
word. A context is named by its row in the table of n-grams one word shorter. Contexts do not reach across `<eos>`. A
text that does not fit into memory is counted in `counting_on_disk.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.ngrams.disk_arrays import DiskArray, DiskArrays
from nextword.tokens.vocabulary import EOS_ID

Integers = NDArray[np.int64]

# More would not fit into a `DiskArray`.
MAX_TOKENS = 2**31 - 1

# Tokens up to which a text is counted in one go; more are sorted faster bucket by bucket, in the caches of a processor.
AT_ONCE = 1 << 13

# Bytes that a token takes while its run is counted, and an n-gram while the tables are read: measured, rounded up.
RUN_BYTES = 80
BLOCK_BYTES = 150


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

    def write(self, start: int, *columns: NDArray[np.integer[Any]]) -> None:
        """Write n-grams into a part of the table.

        Args:
            start: Row of the first one.
            columns: Their contexts, last words, counts and suffixes, integers of shape (n,).
        """
        for column, values in zip((self.contexts, self.words, self.counts, self.suffixes), columns, strict=True):
            column.write(start, values)


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
        run_length: Tokens that are counted at once, at most.
        block_length: N-grams that are read at once.

    Returns:
        A table for every length; the same tables however the stream is cut into pieces, runs and blocks.

    Raises:
        InputError: If there is no token, or more than 2^31 - 1; codes "no-tokens" and "too-many-tokens".
        FileAccessError: If there is no room for a temporary file; code "temporary-file-not-writable".
    """
    waiting: list[NDArray[np.int32]] = [np.array([EOS_ID], np.int32)]  # the end of another text stands before it
    written: list[DiskArray] = []
    held = 1
    total, most = 0, min(run_length, AT_ONCE)
    for piece in pieces:
        total += len(piece)
        if total > MAX_TOKENS:
            raise InputError(
                f"n-grams are counted in texts of at most {MAX_TOKENS:,} tokens; there are more.",
                code="too-many-tokens",
                max_tokens=MAX_TOKENS,
            )
        waiting.append(piece.copy())  # whoever reads a file may fill the same array again
        held += len(piece)
        if written or held > most + 1:  # in pieces that follow each other on disk
            written.append(_written(disk, waiting))
    if not total:
        raise InputError(
            "`ids`: an n-gram model needs at least one token; received none.",
            code="no-tokens",
            tokens=0,
        )
    if not written:
        return _count_in_memory(np.concatenate(waiting).astype(np.int64), vocabulary_size, order, disk)
    from nextword.ngrams.counting_on_disk import count_on_disk

    written.append(_written(disk, waiting))
    words = DiskArray(disk, written[0].offset, sum(part.length for part in written))
    return count_on_disk(words, vocabulary_size, order, disk, run_length, block_length)


def blocks(length: int, block_length: int) -> Iterator[tuple[int, int]]:
    """Yield where the blocks of a long array begin and end.

    Args:
        length: Length of the array.
        block_length: Length of every block but the last.
    """
    for start in range(0, length, block_length):
        yield start, min(start + block_length, length)


def _written(disk: DiskArrays, waiting: list[NDArray[np.int32]]) -> DiskArray:
    """Write pieces behind what was written before, and forget them."""
    words = np.concatenate([np.zeros(0, np.int32), *waiting]).astype(np.int64)
    waiting.clear()
    array = disk.allocate(len(words))
    array.write(0, words)
    return array


def _count_in_memory(words: Integers, vocabulary_size: int, order: int, disk: DiskArrays) -> list[NgramTable]:
    """Count a text that begins with the `<eos>` before it, which is a context only."""
    shorter_rows = words  # at each position, the row of the n-gram one word shorter that ends there
    tables = [single_words(disk, np.bincount(words[1:], minlength=vocabulary_size))]
    for length in range(2, order + 1):
        contexts = np.concatenate(([-1], shorter_rows[:-1]))
        if length > 2:
            contexts[1:][words[:-1] == EOS_ID] = -1  # no context reaches across an end
        positions = np.flatnonzero(contexts >= 0)
        keys = contexts[positions] * vocabulary_size + words[positions]
        sorting = np.argsort(keys)
        positions = positions[sorting]
        is_new = first_of_each(keys[sorting])
        rows = np.full(len(words), -1, np.int64)
        rows[positions] = np.cumsum(is_new) - 1
        counts = np.diff(np.flatnonzero(is_new), append=len(positions))
        examples = positions[is_new]  # one position of each n-gram
        table = NgramTable(*(disk.allocate(len(examples)) for _ in range(4)))
        table.write(0, contexts[examples], words[examples], counts, shorter_rows[examples])
        tables.append(table)
        shorter_rows = rows
    return tables


def single_words(disk: DiskArrays, counts: Integers) -> NgramTable:
    """Return the table of all single words, which have no context.

    Args:
        disk: Where it is kept.
        counts: How often each of V tokens is in the text.
    """
    size = len(counts)
    table = NgramTable(*(disk.allocate(size) for _ in range(4)))
    table.write(0, np.zeros(size, np.int64), np.arange(size), counts, np.zeros(size, np.int64))
    return table


def first_of_each(keys: Integers) -> NDArray[np.bool_]:
    """Return where ascending keys differ from the one before.

    Args:
        keys: Ascending integers of shape (N,).
    """
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    return first
