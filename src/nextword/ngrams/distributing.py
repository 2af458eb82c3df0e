"""Rows of integers in any order -> the same rows bucket by bucket, however many there are.

Input: rows block by block, and the bucket of each. Output: the rows of one bucket after the other, in the order in
which they came. Each block is sorted by bucket and written at once, and a bucket read from all blocks: so every row is
written and read once, where sorted runs would be merged again and again.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.ngrams.disk_arrays import ITEM_BYTES, DiskArray, DiskArrays

Integers = NDArray[np.int64]
Rows = NDArray[np.int32]


# Parts that a block is cut into at once, at most: each costs a call of the system a block, so that without a limit the
# time would grow with the square of the text.
FAN_OUT = 128


class Buckets:
    """Rows of integers below 2^31, kept by bucket.

    Where there are many buckets, some have a part of each block to themselves and the others share one; what is shared
    is put into buckets of its own when the first of them is read. So they are best read in ascending order.
    """

    def __init__(self, disk: DiskArrays, columns: int, number: int) -> None:
        """Begin without any row.

        Args:
            disk: Where they are kept.
            columns: Integers in a row.
            number: How many buckets there are.
        """
        self.number = number
        self._disk, self._columns = disk, columns
        shared = min(-(-max(number - FAN_OUT, 0) // (FAN_OUT - 1)), FAN_OUT)  # parts that several buckets share
        self._alone = min(number, FAN_OUT - shared)
        self._width = max(FAN_OUT, -(-(number - self._alone) // max(shared, 1)))  # buckets that share one
        self._number_of_parts = self._alone + shared
        self._stored = columns + (shared > 0)  # the bucket stands in the last column
        self._blocks: list[tuple[DiskArray, NDArray[np.int32]]] = []
        self._longest = 1
        self._opened: tuple[int, Buckets] | None = None

    def add(self, rows: Rows, buckets: NDArray[np.integer[Any]]) -> None:
        """Add a block of rows.

        Args:
            rows: int32 of shape (N, columns).
            buckets: The bucket of each, integers of shape (N,), from 0.
        """
        parts = buckets
        if self._stored > self._columns:
            rows = np.concatenate((rows, buckets[:, None].astype(np.int32)), axis=1)
            parts = np.where(buckets < self._alone, buckets, self._alone + (buckets - self._alone) // self._width)
        order = np.argsort(parts.astype(np.uint8), kind="stable")  # by their digits
        ends = np.cumsum(np.bincount(parts, minlength=self._number_of_parts))
        block = self._disk.allocate(rows.size)
        block.write(0, rows[order].reshape(-1))
        self._blocks.append((block, np.append(0, ends).astype(np.int32)))
        self._longest = max(self._longest, len(rows))

    def parts(self, bucket: int, most: int) -> Iterator[Rows]:
        """Yield the rows of a bucket in the order in which they came, some blocks at a time.

        Args:
            bucket: Its number.
            most: Rows that are yielded at once, unless a single block has more.

        Yields:
            int32 of shape (number of rows, columns); nothing for an empty bucket.
        """
        if bucket < self._alone:
            for rows in self._read(bucket, most):
                yield rows[:, : self._columns]
            return
        part, inner = divmod(bucket - self._alone, self._width)
        if self._opened is None or self._opened[0] != part:
            buckets = Buckets(self._disk, self._columns, self._width)
            first = self._alone + part * self._width
            for rows in self._read(self._alone + part, self._longest):
                buckets.add(rows[:, :-1], rows[:, -1] - first)
            self._opened = part, buckets
        yield from self._opened[1].parts(inner, most)

    def whole(self, bucket: int) -> Rows:
        """Return all rows of a bucket, int32 of shape (number of rows, columns).

        Args:
            bucket: Its number.
        """
        return next(self.parts(bucket, 1 << 62), np.zeros((0, self._columns), np.int32))

    def _read(self, part: int, most: int) -> Iterator[Rows]:
        """Yield one part of the blocks, some blocks at a time."""
        spans: list[tuple[int, int]] = []
        held = 0
        for block, bounds in self._blocks:
            first, last = bounds[part : part + 2].tolist()
            if spans and held + last - first > most:
                yield self._disk.read_spans(spans).reshape(-1, self._stored)
                spans, held = [], 0
            if last > first:
                spans.append((block.offset + first * self._stored * ITEM_BYTES, (last - first) * self._stored))
                held += last - first
        if spans:
            yield self._disk.read_spans(spans).reshape(-1, self._stored)


def splitters_of(sample: Integers, number: int) -> Integers:
    """Return the keys at which buckets begin, so that about as many of a sample fall into each.

    A key that fills a bucket gets one of its own, since its rows need no sorting.

    Args:
        sample: Keys of any order, at least one, int64 of shape (N,).
        number: How many buckets are wanted.

    Returns:
        Ascending keys at which the second bucket begins, the third, and so on.

    Examples:
        >>> splitters_of(np.arange(8), 2).tolist(), splitters_of(np.array([1, 5, 5, 5, 5, 9]), 3).tolist()
        ([4], [5, 6])
    """
    ascending = np.sort(sample)
    keys = ascending[np.arange(1, number) * len(ascending) // number]
    repeated = [key + 1 for key, following in pairwise(keys.tolist()) if key == following]
    return np.unique(np.append(keys, np.array(repeated, np.int64)))


def count_rows(rows: DiskArray, number: int, disk: DiskArrays, block_length: int) -> DiskArray:
    """Return how often each of the integers 0, 1, ... is in an array, read twice whatever their order.

    Args:
        rows: The array.
        number: How many different integers there may be.
        disk: Where the counts are kept.
        block_length: Integers that are read, and counted, at once.
    """
    counts = disk.allocate(number)
    starts = range(0, rows.length, block_length)
    if number <= block_length:
        total = np.zeros(number, np.int64)
        for start in starts:
            total += np.bincount(rows.read(start, start + block_length), minlength=number)
        counts.write(0, total)
        return counts
    buckets = Buckets(disk, 1, -(-number // block_length))
    for start in starts:
        block = rows.read(start, start + block_length)
        buckets.add(block[:, None].astype(np.int32), block // block_length)
    for bucket, first in enumerate(range(0, number, block_length)):
        total = np.zeros(min(block_length, number - first), np.int64)
        for part in buckets.parts(bucket, block_length):
            total += np.bincount(part[:, 0] - first, minlength=len(total))
        counts.write(first, total)
    return counts
