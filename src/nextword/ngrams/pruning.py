"""Which n-grams are kept: the least count of every order.

Input: counted n-grams and the limits of a config. Output: one least count for each of the orders 2, 3, ...
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nextword.ngrams.counting import NgramTable, blocks
from nextword.ngrams.disk_arrays import DiskArray

# Larger counts are not told apart; there are few.
MAX_COUNT = 65_536


def least_counts(
    tables: Sequence[NgramTable], min_counts: tuple[int, ...], max_ngrams: int | None, block_length: int
) -> list[int]:
    """Return how often n-grams of the orders 2, 3, ... are counted, at least, to be kept.

    Args:
        tables: The n-grams of two words, three words, and so on.
        min_counts: Least counts of the orders 1, 2, ...; the last one holds for all longer ones.
        max_ngrams: Most n-grams that are kept, all tables together; None for all.
        block_length: N-grams that are read at once.

    Returns:
        One count a table: those of `min_counts`, raised together until few enough n-grams are kept, for pairs by one
        less than for longer n-grams.
    """
    orders = range(2, len(tables) + 2)
    leasts = [min_counts[min(order, len(min_counts)) - 1] for order in orders]
    if max_ngrams is None:
        return leasts
    numbers_kept = [_numbers_kept(table.counts, block_length) for table in tables]
    raised = 1
    while True:
        total = sum(int(kept[min(least, MAX_COUNT)]) for kept, least in zip(numbers_kept, leasts, strict=True))
        if total <= max_ngrams:
            return leasts
        raised += 1
        leasts = [max(least, raised - (order == 2)) for order, least in zip(orders, leasts, strict=True)]


def _numbers_kept(counts: DiskArray, block_length: int) -> NDArray[np.int64]:
    """Return how many n-grams are counted at least 0, 1, ... times, shape (`MAX_COUNT` + 1,), ending with 0."""
    numbers = np.zeros(MAX_COUNT, np.int64)
    for start, stop in blocks(counts.length, block_length):
        numbers += np.bincount(np.minimum(counts.read(start, stop), MAX_COUNT - 1), minlength=MAX_COUNT)
    return np.append(np.cumsum(numbers[::-1])[::-1], 0)
