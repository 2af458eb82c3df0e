"""A language model in which chosen words cannot come out: masked where every path must pass, in `log_probabilities`.

Enters: a runtime, its vocabulary and the words. Leaves: a `Runtime` whose distribution gives them, and all their
full-width and case variants, no probability. Chinese has no spaces, so a word could also come out in parts, 苹 and 果:
the token that would complete it after what was read is masked too.
"""

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_ids
from nextword.runtime import Runtime, State, log_softmax
from nextword.tokens.characters import HAN, comparison_form
from nextword.tokens.vocabulary import EOS_ID, Vocabulary

_HAN_ONLY = re.compile(f"[{HAN}]{{2,}}")


@dataclass(frozen=True, slots=True, eq=False)
class BlockedRuntime:
    """A runtime without some words.

    Args:
        base: What the probabilities come from.
        vocabulary: The words of its token ids.
        words: The words to block, in any form.
        glued: Whether tokens stand next to each other without spaces (level "char"), so that any word can come out in
            parts, not only a Chinese one.
    """

    base: Runtime
    vocabulary: Vocabulary
    words: tuple[str, ...]
    glued: bool = False
    _keys: tuple[str, ...] = field(init=False, repr=False)
    _masked: NDArray[np.int64] = field(init=False, repr=False)
    # What the text ends with, and the tokens that must not follow then.
    _continuations: tuple[tuple[str, NDArray[np.int64]], ...] = field(init=False, repr=False)
    _memory: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Find the tokens to mask."""
        words = tuple(sorted({comparison_form(word) for word in self.words}))
        special = ("\n",) * self.vocabulary.first_word  # which no word contains
        keys = special + tuple(map(comparison_form, self.vocabulary.words[len(special) :]))
        blocked = frozenset(words)
        masked = [token_id for token_id, key in enumerate(keys) if key in blocked]
        continuations: dict[str, list[int]] = {}
        in_parts = [word for word in words if len(word) > 1 and (self.glued or _HAN_ONLY.fullmatch(word))]
        for word in in_parts:
            for cut in range(1, len(word)):
                rest = word[cut:]
                following = [token_id for token_id, key in enumerate(keys) if key.startswith(rest)]
                continuations[word[:cut]] = continuations.get(word[:cut], []) + following
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "_keys", keys)
        object.__setattr__(self, "_masked", np.array(masked, dtype=np.int64))
        object.__setattr__(
            self, "_continuations", tuple((end, np.unique(ids)) for end, ids in continuations.items() if ids)
        )
        object.__setattr__(self, "_memory", max((len(word) - 1 for word in in_parts), default=0))

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return self.base.vocabulary_size

    def initial_state(self, batch: int = 1) -> State:
        """Return the base's state and the last tokens read, (B, 0 to the longest blocked word less 1)."""
        return (*self.base.initial_state(batch), np.full((batch, self._memory), EOS_ID, dtype=np.int32))

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; see `Runtime.advance`."""
        rows = check_ids(ids, self.vocabulary_size, rows=len(state[-1]))
        recent = np.concatenate((state[-1], rows.astype(np.int32)), axis=1)
        recent = recent[:, recent.shape[1] - self._memory :]
        return (*self.base.advance(state[:-1], rows), recent)

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return log-probabilities (B, V) in which the blocked words have -inf; the others sum to 1."""
        logs = self.base.log_probabilities(state[:-1]).copy()
        logs[:, self._masked] = -np.inf
        for row, recent in enumerate(state[-1].tolist()):
            text = "".join([self._keys[token_id] for token_id in recent])
            for end, ids in self._continuations:
                if text.endswith(end):
                    logs[row, ids] = -np.inf
        return log_softmax(logs)
