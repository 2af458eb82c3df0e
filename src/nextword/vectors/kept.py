"""Which rows of a vector file are kept, and the rows themselves.

Input: every word of the file, in file order, and the rows that were asked for. Output: the words found and their
matrix. Rows lie in one growing buffer: the operating system moves its pages, so growth needs no second copy.
"""

import numpy as np
from numpy.typing import NDArray

from nextword.tokens.forms import spellings

_UNFOUND = 4


class KeptRows:
    """Rows gathered from a vector file; the only mutable value of the room, local to one call of `load_vectors`.

    Args:
        wanted: Different words to keep; None keeps every word.

    Attributes:
        duplicates: Rows left out because their word had come before.

    Examples:
        >>> kept_rows = KeptRows(("Tea",))
        >>> [kept_rows.needs(word) for word in ("milk", "TEA")]
        [False, True]
        >>> kept_rows.put("TEA", np.float32([1, 2]))
        >>> kept_rows.needs("tea"), kept_rows.needs("TEA")
        (True, False)
        >>> kept_rows.words, kept_rows.matrix(2).tolist(), kept_rows.duplicates
        (('Tea',), [[1.0, 2.0]], 1)
    """

    def __init__(self, wanted: tuple[str, ...] | None) -> None:
        """Index the wanted words by the lower case of each of their spellings."""
        self.duplicates = 0
        self._all = wanted is None
        self._slots: dict[str, int] = {}
        self._ranks: dict[str, int] = {}  # how far the spelling of the row is from the wanted one
        self._seen: set[str] = set()
        self._data = bytearray()
        self._by_key: dict[str, tuple[str, ...]] = {}
        for word in wanted or ():
            # One key for nearly all words; "ß", whose upper case is "SS", has two.
            for key in {spelling.lower() for spelling in spellings(word)}:
                self._by_key[key] = (*self._by_key.get(key, ()), word)

    @property
    def words(self) -> tuple[str, ...]:
        """The words found, in row order."""
        return tuple(self._slots)

    def has(self, word: str) -> bool:
        """Return whether a row was kept for a wanted word.

        Args:
            word: One of the wanted words.
        """
        return word in self._slots

    def needs(self, word: str) -> bool:
        """Return whether the row of this word of the file is to be read, and count repeated words.

        Args:
            word: The word of the next row.
        """
        if self._all:
            if word in self._slots:
                self.duplicates += 1
                return False
            return True
        candidates = self._by_key.get(word.lower())
        if candidates is None:
            return False
        ranks = [(_rank(word, wanted), self._ranks.get(wanted, _UNFOUND)) for wanted in candidates]
        if word in self._seen:
            self.duplicates += 1
            return False
        if min(rank for rank, _ in ranks) == _UNFOUND:
            return False
        is_needed = any(rank < best for rank, best in ranks)
        if not is_needed:
            self._seen.add(word)
        return is_needed

    def put(self, word: str, row: NDArray[np.float32]) -> None:
        """Keep a row that `needs` asked for.

        Args:
            word: Its word, as the file has it.
            row: Its numbers, float32 of shape (D,).
        """
        if self._all:
            self._write(word, row)
            return
        self._seen.add(word)  # not before: a row that turns out odd does not count
        for wanted in self._by_key[word.lower()]:
            rank = _rank(word, wanted)
            if rank < self._ranks.get(wanted, _UNFOUND):
                self._ranks[wanted] = rank
                self._write(wanted, row)

    def matrix(self, dimension: int) -> NDArray[np.float32]:
        """Return the kept rows, float32 of shape (N, D); nothing can be put afterwards.

        Args:
            dimension: Numbers in a row, D.
        """
        return np.frombuffer(self._data, dtype=np.float32).reshape(len(self._slots), dimension)

    def _write(self, word: str, row: NDArray[np.float32]) -> None:
        """Append the row of a new word, or overwrite that of a spelling further away."""
        slot = self._slots.setdefault(word, len(self._slots))
        self._data[slot * row.nbytes : (slot + 1) * row.nbytes] = row.tobytes()


def _rank(row_word: str, wanted: str) -> int:
    """Return the place of `row_word` among the spellings of `wanted`, 4 if it is none of them."""
    ranked = spellings(wanted)
    return ranked.index(row_word) if row_word in ranked else _UNFOUND
