"""Reading along a text: the state before each of its tokens.

Input: a runtime, a state and ids. Output: many states as one batch, so that their distributions are one product.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nextword.runtime.contract import Runtime, State
from nextword.runtime.numbers import rows_at_once


def states_along(runtime: Runtime, state: State, ids: NDArray[np.int32]) -> Iterator[tuple[NDArray[np.int32], State]]:
    """Yield the ids (N,) of one text, as many at a time as `rows_at_once` says, with the states before each of them.

    Args:
        runtime: A language model.
        state: Its state before the first id, of one text.
        ids: Token ids of shape (N,).

    Yields:
        Ids (n,) and the states before each of them, as those of a batch of n texts.
    """
    rows = rows_at_once(runtime.vocabulary_size)
    for start in range(0, len(ids), rows):
        targets = ids[start : start + rows]
        states = []
        for token_id in targets:
            states.append(state)
            state = runtime.advance(state, token_id.reshape(1))
        yield targets, joined_states(states)


def log_probabilities_along(
    runtime: Runtime, state: State, ids: NDArray[np.int32]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Yield the ids (N,) of one text, as many at a time as `rows_at_once` says, with what was expected of each.

    Args:
        runtime: A language model.
        state: Its state before the first id, of one text.
        ids: Token ids of shape (N,).

    Yields:
        Ids (n,) and, float32 of shape (n, V), the log-probabilities before each of them.
    """
    for targets, states in states_along(runtime, state, ids):
        yield targets, runtime.log_probabilities(states)


def joined_states(states: Sequence[State]) -> State:
    """Return the states of several batches of texts as those of one batch.

    Args:
        states: At least one state of the same runtime, of any number of texts each.
    """
    return tuple(np.concatenate(arrays) for arrays in zip(*states, strict=True))
