"""How many keys suggestions save.

Input: a word and the log-probabilities of all words before it. Output: the keys that a typist needs who looks at 3
suggestions before the first key and after every key.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nextword.runtime import SUGGESTIONS
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
    _ids: dict[str, NDArray[np.int64]] = field(default_factory=dict, repr=False)

    def keys_without(self, token_id: int) -> int:
        """Return the keys of a word without suggestions: one a character, and one for the space after it.

        Args:
            token_id: The word.
        """
        return self.keys_of(self.vocabulary.words[token_id])

    def keys_of(self, word: str) -> int:
        """Return the keys of any word, known or not, without suggestions.

        Args:
            word: The word as it is written.
        """
        return len(word) + (self.level != "char" and needs_space(word))

    def keys_with(self, token_id: int, logs: NDArray[np.float32]) -> int:
        """Return the keys of a word that is not suggested at once: its first letters, and one to accept it.

        Args:
            token_id: The word.
            logs: Natural logs of the probabilities of all tokens at this position, float32 of shape (V,).
        """
        word, value = self.vocabulary.words[token_id], logs[token_id]
        if value == -np.inf:  # it is never suggested, so it is typed
            return self.keys_without(token_id)
        for letters in range(1, len(word) + 1):
            ids = self._ids_with_prefix(word[:letters])
            others = logs[ids]
            # Ties go to the lower id, as in suggestions; `ids` ascend.
            ahead = np.count_nonzero(others > value)
            if ahead < SUGGESTIONS:
                ahead += np.count_nonzero(others[: ids.searchsorted(token_id)] == value)
                if ahead < SUGGESTIONS:
                    return min(letters + 1, self.keys_without(token_id))
        return self.keys_without(token_id)

    def _ids_with_prefix(self, prefix: str) -> NDArray[np.int64]:
        ids = self._ids.get(prefix)
        if ids is None:
            ids = self._ids[prefix] = self.vocabulary.ids_with_prefix(prefix)
        return ids
