"""How many keys suggestions save.

Enters: a word, and the words that the model holds more likely. Leaves: the keys that a typist needs who looks at 3
suggestions after every key, and before the first.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nextword.tokens.joining import needs_space
from nextword.tokens.vocabulary import Vocabulary
from nextword.tokens.words import Level

SUGGESTIONS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Typist:
    """Types the words of a vocabulary; lives for one evaluation, for it remembers how words begin.

    Args:
        vocabulary: The words that are suggested, its special tokens left out.
        level: The level of the words: at "char" the spaces are words themselves.
    """

    vocabulary: Vocabulary
    level: Level
    _ids: dict[str, NDArray[np.int64]] = field(default_factory=dict, repr=False)

    def keys_without(self, token_id: int) -> int:
        """Return the keys of a word without suggestions: one a character, and one for the space behind it."""
        word = self.vocabulary.words[token_id]
        return len(word) + (self.level != "char" and needs_space(word))

    def keys_with(self, token_id: int, logs: NDArray[np.float32]) -> int:
        """Return the keys of a word that is not among the first suggestions: its first letters, and one to accept it.

        Args:
            token_id: The word.
            logs: Log-probabilities of all tokens before it, of shape (V,).
        """
        word, value = self.vocabulary.words[token_id], logs[token_id]
        if value == -np.inf:  # it cannot come out, so it is typed
            return self.keys_without(token_id)
        for letters in range(1, len(word) + 1):
            ids = self._begins_with(word[:letters])
            others = logs[ids]
            # Ties go to the lower id, as in suggestions; `ids` ascend.
            ahead = np.count_nonzero(others > value)
            if ahead < SUGGESTIONS:
                ahead += np.count_nonzero(others[: ids.searchsorted(token_id)] == value)
                if ahead < SUGGESTIONS:
                    return min(letters + 1, self.keys_without(token_id))
        return self.keys_without(token_id)

    def _begins_with(self, prefix: str) -> NDArray[np.int64]:
        ids = self._ids.get(prefix)
        if ids is None:
            ids = self._ids[prefix] = self.vocabulary.ids_with_prefix(prefix)
        return ids
