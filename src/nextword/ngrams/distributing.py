"""Rows of integers in any order -> the same rows bucket by bucket, however many there are.

Input: rows block by block, and the bucket of each. Output: the rows of one bucket after the other, in the order in
which they came. Each block is sorted by bucket and written at once, and a bucket read from all blocks: so every row is
written and read once, where sorted runs would be merged again and again.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nextword.ngrams.disk_arrays import ITEM_BYTES, DiskArray, DiskArrays

Integers = NDArray[np.int64]
Rows = NDArray[np.int32]


class Buckets:
    """Rows of integers below 2^31, kept by bucket."""

    def __init__(self, disk: DiskArrays, columns: int, number: int) -> None:
        """Begin without any row.

        Args:
            disk: Where they are kept.
            columns: Integers in a row.
            number: How many buckets there are.
        """
        self._disk, self._columns, self._number = disk, columns, number
        self._blocks: list[tuple[DiskArray, NDArray[np.int32]]] = []

    def add(self, rows: Rows, buckets: Integers) -> None:
        """Add a block of rows.

        Args:
            rows: int32 of shape (N, columns).
            buckets: The bucket of each, integers of shape (N,), from 0.
        """
        few = self._number <= 1 << 16
        order = np.argsort(buckets.astype(np.uint16) if few else buckets, kind="stable")  # few are sorted by digits
        ends = np.cumsum(np.bincount(buckets, minlength=self._number))
        block = self._disk.allocate(rows.size)
        block.write(0, rows[order].reshape(-1))
        self._blocks.append((block, np.append(0, ends).astype(np.int32)))

    def parts(self, bucket: int, most: int) -> Iterator[Rows]:
        """Yield the rows of a bucket, block after block, some blocks at a time.

        Args:
            bucket: Its number.
            most: Rows that are yielded at once, unless a single block has more.

        Yields:
            int32 of shape (number of rows, columns); nothing for an empty bucket.
        """
        spans: list[tuple[int, int]] = []
        held = 0
        for block, bounds in self._blocks:
            first, size = int(bounds[bucket]), int(bounds[bucket + 1] - bounds[bucket])
            if spans and held + size > most:
                yield self._rows(spans)
                spans, held = [], 0
            if size:
                spans.append((block.offset + first * self._columns * ITEM_BYTES, size * self._columns))
                held += size
        if spans:
            yield self._rows(spans)

    def whole(self, bucket: int) -> Rows:
        """Return all rows of a bucket, int32 of shape (number of rows, columns).

        Args:
            bucket: Its number.
        """
        return next(self.parts(bucket, 1 << 62), np.zeros((0, self._columns), np.int32))

    def _rows(self, spans: list[tuple[int, int]]) -> Rows:
        return self._disk.read_spans(spans).reshape(-1, self._columns)


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
