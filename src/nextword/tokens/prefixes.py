"""Words by their forms: the spellings of one word, and the words that begin in one way, found by bisection.

Input: words, or their comparison forms, in id order. Output: a `FormIndex` and a `PrefixIndex`.
"""

import sys
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from nextword.tokens.forms import comparison_form, spelling_form, spellings

# A hyphen with spaces around it and a dash stand for each other where only one of them is known.
_NEXT_BEST = {"--": "-", "-": "--"}


@dataclass(frozen=True, slots=True, eq=False)
class PrefixIndex:
    """Words in code point order.

    Attributes:
        keys: The words, or their comparison forms, sorted.
        ids: Their token ids, int64 of the same length.
    """

    keys: tuple[str, ...]
    ids: NDArray[np.int64]

    def find(self, prefix: str) -> NDArray[np.int64]:
        """Return the ids of the words that begin with a prefix.

        Args:
            prefix: Beginning of a word, in the form of the keys; "" finds all words.

        Returns:
            Token ids, int64 of shape (number of such words,), ascending.
        """
        return np.sort(self.ids[self.span(prefix)])

    def span(self, prefix: str) -> slice:
        """Return where in `ids` the words stand that begin with a prefix.

        Args:
            prefix: Beginning of a word, in the form of the keys.
        """
        low = bisect_left(self.keys, prefix)
        shortest = prefix.rstrip(chr(sys.maxunicode))  # nothing comes after the last code point
        if not shortest:
            return slice(low, len(self.keys))
        return slice(low, bisect_left(self.keys, shortest[:-1] + chr(ord(shortest[-1]) + 1), lo=low))


@dataclass(frozen=True, slots=True, eq=False)
class FormIndex:
    """Words by their comparison forms.

    Attributes:
        ids: The lowest id of the words of each form.
        more: The ids of the words of one form, ascending, where there are several.
    """

    ids: dict[str, int]
    more: dict[str, list[int]]

    def nearest(self, word: str, words: Sequence[str], counts: Sequence[int]) -> int | None:
        """Return the id of the word whose spelling is nearest to a given one, None if no word has its form.

        The nearest differs in signs and width only, then in case as `spellings` orders it, then in any way that the
        form ignores; of equally near ones the most frequent is taken, then the lowest id.

        Args:
            word: A word in any spelling.
            words: All words by id.
            counts: How often each was seen, by id.

        Examples:
            >>> index = build_form_index(["it's", "it's"])
            >>> [index.nearest(word, ("it’s", "It's"), (1, 9)) for word in ("IT'S", "its")]
            [0, None]
        """
        form = comparison_form(word)
        if form not in self.ids:
            form = _NEXT_BEST.get(form, form)
        ids = self.more.get(form)
        if ids is None:
            return self.ids.get(form)
        casings = spellings(spelling_form(word))

        def distance(token_id: int) -> tuple[int, int, int]:
            spelling = spelling_form(words[token_id])
            near = casings.index(spelling) if spelling in casings else len(casings)
            return near, -counts[token_id], token_id

        return min(ids, key=distance)


def build_form_index(forms: Sequence[str], first: int = 0) -> FormIndex:
    """Return the index of words by their comparison forms.

    Args:
        forms: The comparison form of each word, in id order.
        first: Id of the first of them.

    Examples:
        >>> index = build_form_index(["tea", "tea", "rum"], first=3)
        >>> index.ids, index.more
        ({'rum': 5, 'tea': 3}, {'tea': [3, 4]})
    """
    ids = dict(zip(reversed(forms), range(first + len(forms) - 1, first - 1, -1), strict=True))
    more: dict[str, list[int]] = {}
    if len(ids) < len(forms):
        lowest = np.array([*map(ids.__getitem__, forms)])
        for position in np.flatnonzero(lowest != np.arange(first, first + len(forms))).tolist():
            form = forms[position]
            more.setdefault(form, [ids[form]]).append(first + position)
    for index in (ids, more):
        index.pop("", None)  # what is invisible is no word
    return FormIndex(ids, more)


def build_prefix_index(words: Iterable[tuple[str, int]]) -> PrefixIndex:
    """Sort words with their ids.

    Args:
        words: Pairs of a word, or its form, and its id.

    Examples:
        >>> index = build_prefix_index([("tea", 3), ("team", 4), ("milk", 5)])
        >>> index.find("te").tolist(), index.find("x").tolist()
        ([3, 4], [])
    """
    ordered = sorted(words, key=itemgetter(0))  # by words alone: pairs are compared in twice the time
    return PrefixIndex(tuple(key for key, _ in ordered), np.array([i for _, i in ordered], dtype=np.int64))
