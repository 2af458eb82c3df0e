"""The baseline that forgets everything: each token as likely as it was frequent.

Enters: the vocabulary with its counts. Leaves: a `Runtime`, so that it is measured by the same code as any other.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_ids
from nextword.runtime import State, check_batch
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, Vocabulary, counts_with_unknown


@dataclass(frozen=True, slots=True, eq=False)
class UnigramRuntime:
    """Relative frequencies; where the text had no `<unk>`, half of the count of words seen once goes to it.

    That half is what training gives `<unk>` too, so the baseline knows as much about unknown words as the network.

    Args:
        vocabulary: Words with the counts of the training text.
    """

    vocabulary: Vocabulary
    _logs: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Turn counts into log-probabilities."""
        counts = counts_with_unknown(self.vocabulary.counts_array(), self.vocabulary.first_word)
        counts = np.maximum(counts, 0.5)
        counts[PAD_ID] = 0.0
        counts[EOS_ID + 1 : self.vocabulary.first_word] = 0.0  # role tokens are read, and never come
        with np.errstate(divide="ignore"):
            logs = np.log(counts / counts.sum()).astype(np.float32)
        logs.flags.writeable = False
        object.__setattr__(self, "_logs", logs)

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self.vocabulary)

    def initial_state(self, batch: int = 1) -> State:
        """Return a state that holds nothing, of shape (B, 0)."""
        check_batch(batch)
        return (np.zeros((batch, 0), np.float32),)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the same state."""
        check_ids(ids, self.vocabulary_size, rows=len(state[0]))
        return state

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the same log-probabilities, (B, V), whatever came before."""
        return np.broadcast_to(self._logs, (len(state[0]), self.vocabulary_size))
