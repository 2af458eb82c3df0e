"""The baseline without any context: each token is as likely as it was frequent.

Input: the vocabulary with its counts. Output: a `Runtime`, so that it is measured by the same code as any other.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_ids
from nextword.runtime import Base, SparseDistribution, State, base_of, check_batch
from nextword.tokens.vocabulary import PAD_ID, Vocabulary, counts_with_unknown


@dataclass(frozen=True, slots=True, eq=False)
class UnigramRuntime:
    """A language model of relative frequencies that ignores the context.

    Where the text had no `<unk>`, half of the count of words seen once goes to it. That half
    is what training gives `<unk>` too, so the baseline knows as much about unknown words as the network.

    Args:
        vocabulary: Words with the counts of the training text.

    Examples:
        >>> runtime = UnigramRuntime(Vocabulary(("<pad>", "<unk>", "<eos>", "tea"), (0, 1, 1, 2)))
        >>> np.exp(runtime.log_probabilities(runtime.initial_state())).round(2).tolist()
        [[0.0, 0.25, 0.25, 0.5]]
    """

    vocabulary: Vocabulary
    _logs: NDArray[np.float32] = field(init=False, repr=False)
    _base: Base = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Turn counts into log-probabilities."""
        counts = counts_with_unknown(self.vocabulary.counts_array(), self.vocabulary.first_word)
        counts = np.maximum(counts, 0.5)
        counts[PAD_ID] = 0.0
        counts[list(self.vocabulary.role_ids)] = 0.0  # role tokens are read, never predicted
        with np.errstate(divide="ignore"):
            logs = np.log(counts / counts.sum()).astype(np.float32)
        logs.flags.writeable = False
        object.__setattr__(self, "_logs", logs)
        object.__setattr__(self, "_base", base_of(np.exp(logs)))

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self.vocabulary)

    def initial_state(self, batch: int = 1) -> State:
        """Return a state that holds nothing.

        Args:
            batch: B, at least 1.

        Returns:
            One array of shape (B, 0).

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """
        check_batch(batch)
        return (np.zeros((batch, 0), np.float32),)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the same state.

        Args:
            state: The state of B texts.
            ids: Integers of shape (B, T), or (B,) for one token a text; with B = 1 also (T,).

        Raises:
            InputTypeError: If the ids are no integers; see `check_ids`.
            InputError: If their shape does not fit, or one is outside the vocabulary; see `check_ids`.
        """
        check_ids(ids, self.vocabulary_size, rows=len(state[0]))
        return state

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the same log-probabilities whatever was read.

        Args:
            state: The state of B texts.

        Returns:
            Natural logs, float32 of shape (B, V), read-only; `<pad>` has -inf.
        """
        return np.broadcast_to(self._logs, (len(state[0]), self.vocabulary_size))

    def distributions(self, state: State) -> list[SparseDistribution]:
        """Return the same distribution for each text.

        Args:
            state: The state of B texts.
        """
        nothing = np.empty(0, np.int32), np.empty(0, np.float32)
        return [SparseDistribution(self._base, 1.0, *nothing)] * len(state[0])
