"""The whole distribution, in the form that costs least.

Input: a runtime and a state. Output: probabilities or logits of all V tokens, by the optional methods of a runtime, or
from its log-probabilities.
"""

import numpy as np
from numpy.typing import NDArray

from nextword.runtime.contract import Runtime, State
from nextword.runtime.numbers import row_blocks


def probabilities_of(runtime: Runtime, state: State) -> NDArray[np.float32]:
    """Return the probabilities of the next token, by the method `probabilities` of a runtime that has one.

    Runtimes that compute probabilities first need not take their logarithms for a mixture that takes exponentials.

    Args:
        runtime: Any runtime.
        state: State of B texts.

    Returns:
        A new array, float32 of shape (B, V).
    """
    tell = getattr(runtime, "probabilities", None)
    return np.asarray(np.exp(runtime.log_probabilities(state)) if tell is None else tell(state))


def add_probabilities(runtime: Runtime, state: State, weights: NDArray[np.float32], total: NDArray[np.float32]) -> None:
    """Add weighted probabilities of the next token, by the method `add_probabilities` of a runtime that has one.

    Args:
        runtime: Any runtime.
        state: State of B texts.
        weights: One a text, float32 of shape (B, 1).
        total: What they are added to in place, float32 of shape (B, V).
    """
    tell = getattr(runtime, "add_probabilities", None)
    if tell is not None and len(total) > 1:  # of a single text the distribution itself is quicker
        tell(state, weights, total)
        return
    probabilities = probabilities_of(runtime, state)
    for rows in row_blocks(probabilities):
        probabilities[rows] *= weights[rows]
        total[rows] += probabilities[rows]


def logits_of(runtime: Runtime, state: State) -> NDArray[np.float32]:
    """Return log-probabilities plus any one number a text, by the method `logits` of a runtime that has one.

    A caller that changes and normalises them saves the runtime a normalisation.

    Args:
        runtime: Any runtime.
        state: State of B texts.

    Returns:
        float32 of shape (B, V), not to be changed.
    """
    tell = getattr(runtime, "logits", None)
    return np.asarray(runtime.log_probabilities(state) if tell is None else tell(state))
