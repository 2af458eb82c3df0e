"""Words by how they begin, found by bisection: the time grows only with the logarithm of the vocabulary's size.

Input: words with their ids. Output: a `PrefixIndex` from a prefix to the ids of the words that begin with it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class PrefixIndex:
    """Words in code point order.

    Attributes:
        keys: The words, or their case-folded forms, sorted.
        ids: Their token ids, int64 of the same length.
    """

    keys: tuple[str, ...]
    ids: NDArray[np.int64]

    def find(self, prefix: str) -> NDArray[np.int64]:
        """Return the ids of the words that begin with a prefix.

        Args:
            prefix: Beginning of a word, case-folded if the keys are; "" finds all words.

        Returns:
            Token ids, int64 of shape (number of such words,), ascending.
        """
        low = bisect_left(self.keys, prefix)
        high = bisect_right(self.keys, prefix, lo=low, key=lambda word: word[: len(prefix)])
        return np.sort(self.ids[low:high])


def build_prefix_index(words: Iterable[tuple[str, int]], *, ignore_case: bool = False) -> PrefixIndex:
    """Sort words with their ids.

    Args:
        words: Pairs of a word and its id.
        ignore_case: Whether to compare case-folded words.

    Examples:
        >>> index = build_prefix_index([("tea", 3), ("Team", 4), ("milk", 5)], ignore_case=True)
        >>> index.find("te").tolist(), index.find("x").tolist()
        ([3, 4], [])
    """
    ordered = sorted((word.casefold() if ignore_case else word, token_id) for word, token_id in words)
    return PrefixIndex(tuple(key for key, _ in ordered), np.array([i for _, i in ordered], dtype=np.int64))
