"""Suggestions behind a finished sentence: what the next line would begin with, where a line break is likely.

Input: a language model and states of its runtime. Output: the distribution that suggestions are taken from. Where each
sentence is a line of the training text, a full stop makes `<eos>` almost certain, and only marks are left to suggest. A
typist goes on in the same line all the same, so the probability of `<eos>` is handed on to what follows it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.prediction.language_model import LanguageModel
from nextword.runtime import State, probabilities_of
from nextword.tokens.vocabulary import EOS_ID

# Below this probability of `<eos>` a key does not pay for a second distribution, and from twice as much on all of it is
# handed on: in between the handed part grows in a line, so that no suggestion jumps.
LEAST_LIKELY = 0.05


def suggestion_log_probabilities(
    lm: LanguageModel, state: State, logs: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Return the log-probabilities of the next token, reading on behind `<eos>` where it is likely.

    They are those of p(w) + g p(w | ..., `<eos>`), where g is the probability of `<eos>`, or less of it below 0.1, and
    none below 0.05; `<eos>` itself keeps what is not handed on, so they sum to 1. What is impossible before a line
    break stays impossible, such as a blocked word, since no line break will be written. A model of conversations does
    not read on: behind a turn somebody else speaks.

    Args:
        lm: A language model.
        state: State of its runtime, of B texts.
        logs: What the runtime's `log_probabilities` returned for it, if that is known; they stay as they are.

    Returns:
        Natural logs, float32 of shape (B, V); `logs` itself where nothing is handed on.

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> state = nw.start_session(lm, "I like tea.").state
        >>> round(float(np.exp(suggestion_log_probabilities(lm, state)).sum()), 3)
        1.0
    """
    if logs is None:
        logs = lm.runtime.log_probabilities(state)
    handed_on = shares_handed_on(lm, np.exp(logs[:, EOS_ID]))
    rows = np.flatnonzero(handed_on > 0.0)
    if not len(rows):
        return logs
    here = np.exp(logs[rows])
    hand_on(lm, tuple(array[rows] for array in state), handed_on[rows], here, np.isneginf(logs[rows]))
    result = logs.copy()
    with np.errstate(divide="ignore"):
        result[rows] = np.log(here)
    return result


def shares_handed_on(lm: LanguageModel, of_eos: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return how much of the probability of `<eos>` is handed on to what follows it.

    Args:
        lm: A language model.
        of_eos: Probabilities of `<eos>`, of shape (B,).

    Returns:
        Of shape (B,), 0 or less where nothing is handed on.
    """
    if lm.template is not None:
        return np.zeros_like(of_eos)
    return np.asarray(np.minimum(of_eos, 2.0 * (of_eos - np.float32(LEAST_LIKELY))))


def hand_on(
    lm: LanguageModel,
    state: State,
    shares: NDArray[np.floating[Any]],
    probabilities: NDArray[np.float32],
    impossible: NDArray[np.bool_],
) -> None:
    """Hand on probability of `<eos>` to what follows it, in place.

    Args:
        lm: A language model.
        state: State of its runtime, of B texts.
        shares: How much, above 0, of shape (B,).
        probabilities: Those of the next token, float32 of shape (B, V).
        impossible: What has no probability before a line break, booleans of shape (B, V).
    """
    behind = probabilities_of(lm.runtime, lm.runtime.advance(state, np.full(len(shares), EOS_ID)))
    behind *= shares[:, None].astype(np.float32)
    behind[impossible] = 0.0
    probabilities[:, EOS_ID] = np.maximum(probabilities[:, EOS_ID] - behind.sum(axis=1), 0.0)
    probabilities += behind
