"""Suggestions behind a finished sentence: what the next line would begin with, where a line break is likely.

Input: a language model and states of its runtime. Output: the distribution that suggestions are taken from. Where each
sentence is a line of the training text, a full stop makes `<eos>` almost certain, and only marks are left to suggest. A
typist goes on in the same line all the same, so the probability of `<eos>` is handed on to what follows it.
"""

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
    if lm.template is not None:
        return logs
    of_eos = np.exp(logs[:, EOS_ID])  # (B,)
    handed_on = np.minimum(of_eos, 2.0 * (of_eos - np.float32(LEAST_LIKELY)))
    rows = np.flatnonzero(handed_on > 0.0)
    if not len(rows):
        return logs
    state_behind = lm.runtime.advance(tuple(array[rows] for array in state), np.full(len(rows), EOS_ID))
    behind = probabilities_of(lm.runtime, state_behind)
    here = np.exp(logs[rows])
    behind *= handed_on[rows, None]
    behind[np.isneginf(logs[rows])] = 0.0
    here[:, EOS_ID] = np.maximum(here[:, EOS_ID] - behind.sum(axis=1), 0.0)
    here += behind
    result = logs.copy()
    with np.errstate(divide="ignore"):
        result[rows] = np.log(here)
    return result
