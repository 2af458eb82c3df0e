"""How many keys suggestions save.

Input: a word and how probable all words were before it. Output: the keys that a typist needs who looks at 3
suggestions before the first key and after every key.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nextword.runtime import SUGGESTIONS
from nextword.tokens.forms import comparison_form
from nextword.tokens.joining import needs_space
from nextword.tokens.vocabulary import Vocabulary
from nextword.tokens.words import Level


@dataclass(frozen=True, slots=True, eq=False)
class Typist:
    """Counts the keys of words; made for one evaluation, as it remembers which words begin with which letters.

    Args:
        vocabulary: The words that are suggested, without its special tokens.
        level: Level of the words; at "char" spaces are words themselves.
    """

    vocabulary: Vocabulary
    level: Level
    _spans: dict[str, slice] = field(default_factory=dict, repr=False)
    _typed: dict[int, int] = field(default_factory=dict, repr=False)

    def keys_without(self, token_id: int) -> int:
        """Return the keys of a word without suggestions: one a character, and one for the space after it.

        Args:
            token_id: The word.
        """
        keys = self._typed.get(token_id)
        if keys is None:
            keys = self._typed[token_id] = self.keys_of(self.vocabulary.words[token_id])
        return keys

    def keys_of(self, word: str) -> int:
        """Return the keys of any word, known or not, without suggestions.

        Args:
            word: The word as it is written.
        """
        return len(word) + (self.level != "char" and needs_space(word))

    def keys_with(self, token_id: int, values: NDArray[np.float32], impossible: float = -np.inf) -> int:
        """Return the keys of a word that is not suggested at once: its first letters, and one to accept it.

        It is suggested after so many letters when fewer than 3 of the words that begin with them are ahead of it.

        Args:
            token_id: The word.
            values: Logs of the probabilities of all tokens at this position, or other numbers in the same order,
                float32 of shape (V,).
            impossible: The value of what is never suggested.
        """
        keys_without, value = self.keys_without(token_id), values[token_id]
        if keys_without <= 2 or value == impossible:  # accepting it saves nothing, or it is never suggested
            return keys_without
        word = self.vocabulary.words[token_id]
        covered = self._span(word[:1])
        places = self._places_ahead(covered, token_id, values)
        for letters in range(1, len(word) + 1):
            span = self._span(word[:letters])
            if span.start < covered.start or span.stop > covered.stop:  # the form of a beginning may begin otherwise
                covered = slice(0, len(values))
                places = self._places_ahead(covered, token_id, values)
            if bisect_left(places, span.stop) - bisect_left(places, span.start) < SUGGESTIONS:
                return min(letters + 1, keys_without)
        return keys_without

    def _places_ahead(self, span: slice, token_id: int, values: NDArray[np.float32]) -> list[int]:
        """Return where in the order of a `PrefixIndex`, ascending, words stand that are suggested before this one."""
        ids, value = self.vocabulary.prefix_index().ids[span], values[token_id]
        others = values.take(ids)
        likely = (others >= value).nonzero()[0]
        # Ties go to the lower id, as in suggestions.
        ahead = likely[(others.take(likely) > value) | (ids.take(likely) < token_id)]
        places: list[int] = (ahead + span.start).tolist()
        return places

    def _span(self, prefix: str) -> slice:
        span = self._spans.get(prefix)
        if span is None:
            span = self._spans[prefix] = self.vocabulary.prefix_index().span(comparison_form(prefix))
        return span
