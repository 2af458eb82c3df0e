"""A language model of conversations in which role tokens are read and never come out.

Enters: a runtime and the ids of the tokens. Leaves: a `Runtime` whose distribution gives them no probability, and the
other tokens theirs, summing to 1.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError
from nextword.prediction.blocked import BlockedRuntime
from nextword.prediction.tempered import TemperatureRuntime
from nextword.runtime import Runtime, State, log_softmax
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class MaskedRuntime:
    """A runtime without some tokens; made by `build_language_model` where the vocabulary has role tokens.

    Args:
        base: What the probabilities come from.
        masked: Ids of the tokens that never come out.

    Raises:
        InputError: If an id is outside the vocabulary.
    """

    base: Runtime
    masked: tuple[int, ...]
    _ids: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the ids."""
        size = self.base.vocabulary_size
        if not all(0 <= token_id < size for token_id in self.masked):
            raise InputError(f"masked ids are 0 to {size - 1}; received {self.masked}.")
        object.__setattr__(self, "_ids", np.array(self.masked, np.int64))

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return self.base.vocabulary_size

    def initial_state(self, batch: int = 1) -> State:
        """Return the base's state."""
        return self.base.initial_state(batch)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens, the masked ones too; see `Runtime.advance`."""
        return self.base.advance(state, ids)

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return log-probabilities (B, V) in which the masked tokens have -inf; the others sum to 1."""
        logs = self.base.log_probabilities(state).copy()
        logs[:, self._ids] = -np.inf
        return log_softmax(logs)


def without_roles(runtime: Runtime, vocabulary: Vocabulary) -> Runtime:
    """Return a runtime in which the role tokens of a vocabulary never come out; itself where they do not already.

    Examples:
        >>> from nextword.ngrams.unigram import UnigramRuntime
        >>> vocabulary = Vocabulary(("<pad>", "<unk>", "<eos>", "<user>", "tea"), roles=("<user>",))
        >>> runtime = without_roles(UnigramRuntime(vocabulary), vocabulary)
        >>> bool(np.isneginf(runtime.log_probabilities(runtime.initial_state())[0, 3]))
        True
    """
    inner = runtime
    while isinstance(inner, BlockedRuntime | TemperatureRuntime):
        inner = inner.base
    if not vocabulary.roles or isinstance(inner, MaskedRuntime):
        return runtime
    return MaskedRuntime(runtime, tuple(range(len(SPECIAL_TOKENS), vocabulary.first_word)))
