"""What is expected at many places, in the numbers that a model has first.

Input: a runtime and states. Output: `Expected`, which tells ranks, best suggestions and the logarithms of a few
probabilities. Of V probabilities a figure needs the order and one or two values, so the logarithms of all of them are
never taken, and logits are not normalised.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.runtime import Runtime, State, logits_of, probabilities_of, row_blocks

# Rank of a word that is never suggested, however few the others are: it has no probability, or is unknown.
NEVER_SUGGESTED = 1 << 31


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What is expected after n texts.

    Attributes:
        values: Probabilities, or log-probabilities plus one number a text, float32 of shape (n, V).
        totals: Those numbers, which are the logs of the sums of exponentials, float64 of shape (n,); None for
            probabilities.
    """

    values: NDArray[np.float32]
    totals: NDArray[np.float64] | None = None

    @property
    def impossible(self) -> float:
        """The value of what has no probability."""
        return 0.0 if self.totals is None else -np.inf

    def some(self, rows: NDArray[np.intp]) -> "Expected":
        """Return what is expected after some of the texts.

        Args:
            rows: Which texts, integers of shape (m,).
        """
        if self.values.strides[0] == 0:  # the same after all of them
            return repeated(self, len(rows))
        return Expected(self.values[rows], None if self.totals is None else self.totals[rows])

    def logs(self, rows: NDArray[np.intp], ids: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return natural logs of probabilities, -inf where there is none, float64 of shape (m,).

        Args:
            rows: Which texts, integers of shape (m,).
            ids: A token for each, integers of shape (m,).
        """
        values = self.values[rows, ids].astype(np.float64)
        if self.totals is not None:
            return np.asarray(values - self.totals[rows])
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(values))

    def probabilities(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the probabilities of all tokens after some texts, a new array, float32 of shape (m, V).

        Args:
            rows: Which texts, integers of shape (m,).
        """
        values = self.values[rows]
        if self.totals is None:
            return values
        values -= self.totals[rows, None].astype(np.float32)
        return np.exp(values, out=values)

    def rank(self, row: int, token_id: int, first: int) -> tuple[int, float]:
        """Return how many words, from the id `first` on, are suggested before a word, and the best of all values.

        Args:
            row: Which text.
            token_id: The word.
            first: Id of the first word.
        """
        values = self.values[row]
        best, value = float(np.maximum.reduce(values[first:])), values[token_id]
        if value == self.impossible:
            return NEVER_SUGGESTED, best
        # Ties go to the lower id, as in suggestions.
        is_ahead = values > value
        np.greater_equal(values[:token_id], value, out=is_ahead[:token_id])
        is_ahead[:first] = False
        return int(np.count_nonzero(is_ahead)), best


def joined(parts: Sequence[Expected]) -> Expected:
    """Return what a runtime expects after several batches of texts as of one.

    Args:
        parts: At least one, all of probabilities or none.
    """
    if len(parts) == 1:
        return parts[0]
    totals = [part.totals for part in parts if part.totals is not None]
    return Expected(np.concatenate([part.values for part in parts]), np.concatenate(totals) if totals else None)


def repeated(expected: Expected, texts: int) -> Expected:
    """Return what is expected after one text, or after as many, as that after many; nothing is copied.

    Args:
        expected: After 1 text, or after `texts`, or after any number with the same expected after all of them.
        texts: How many.
    """
    values, totals = expected.values, expected.totals
    if len(values) != texts:
        values, totals = values[:1], None if totals is None else totals[:1]
    shape = (texts, values.shape[1])
    return Expected(np.broadcast_to(values, shape), None if totals is None else np.broadcast_to(totals, texts))


def expected_after(runtime: Runtime, states: State, texts: int) -> Expected:
    """Return what a runtime expects: probabilities where it has them before it has logits.

    Args:
        runtime: A language model.
        states: Its states, of n texts, or of one that stands for all.
        texts: n.
    """
    if hasattr(runtime, "probabilities") and not hasattr(runtime, "logits"):
        return repeated(Expected(probabilities_of(runtime, states)), texts)
    logits = logits_of(runtime, states)
    return repeated(Expected(logits, _log_sums(logits)), texts)


def _log_sums(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the log of the sum of the exponentials of each row (n, V), float64 of shape (n,)."""
    sums = np.empty(len(logits))
    for rows in row_blocks(logits):
        highest = logits[rows].max(axis=1, keepdims=True)
        powers = logits[rows] - highest
        np.exp(powers, out=powers)
        sums[rows] = np.log(powers.sum(axis=1)) + highest[:, 0]
    return sums
