"""What several language models predict on a held-out text, kept so that any mixture of them can be judged.

Input: language models over one vocabulary and token ids that none was trained on. Output: `HeldOutScores`. The text is
read once: for every token its probability under each part is kept, and those of the words that a part would have
suggested instead. Then every set of weights, of all parts or some, can be judged by perplexity and by suggestions
without reading again and without keeping distributions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.mixing.passages import Passage, read_passages
from nextword.mixing.runtime import MixtureRuntime, confidence_of, knot_shares
from nextword.runtime import SUGGESTIONS, Runtime, State, perplexity_of, probabilities_of
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS

# Candidates of each part among which the suggestions of a mixture are looked for.
CANDIDATES = 8

# The distributions of all parts that are compared at once have about so many numbers together, 32 MB.
DENSE_NUMBERS = 1 << 23

# The largest of so many probabilities tells whether a candidate may be among them.
GROUP = 64

# With this many held-out words recall counts half as much as with very many.
RECALL_WORDS = 1000


class Reading(NamedTuple):
    """Token ids that are read from a fresh start, and which of them are scored.

    Attributes:
        ids: int32 of shape (T,).
        loss_mask: Booleans of shape (T,); the others are only read.
    """

    ids: NDArray[np.int32]
    loss_mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutScores:
    """What M parts predicted for N held-out tokens.

    Weights are one a part at each of K knots, float64 of shape (K, M), or (M,) for the same at all of them.

    Attributes:
        probabilities: Probability of each token under each part, float64 of shape (M, N).
        confidences: What the weight of each part is multiplied by at each token, float64 of shape (M, N): the
            confidence of a cache, 1 for other parts.
        top_candidates: Probability under each part of the words that some part would have suggested instead, float32 of
            shape (M, N, C), 0 where there are fewer than C.
        is_word: Whether a token can be suggested, booleans of shape (N,).
        knot_shares: How much the weights of each knot count at each token, float64 of shape (K, N), summing to 1; K is
            1 where it does not matter how much was read.
    """

    probabilities: NDArray[np.float64]
    confidences: NDArray[np.float64]
    top_candidates: NDArray[np.float32]
    is_word: NDArray[np.bool_]
    knot_shares: NDArray[np.float64]

    def of(self, parts: Sequence[int]) -> "HeldOutScores":
        """Return the scores of some parts alone.

        Args:
            parts: Positions of the parts, integers from 0.
        """
        rows = list(parts)
        return replace(
            self,
            probabilities=self.probabilities[rows],
            confidences=self.confidences[rows],
            top_candidates=self.top_candidates[rows],
        )

    def first(self, tokens: int) -> "HeldOutScores":
        """Return the scores of the first tokens.

        Args:
            tokens: How many, 1 to N.
        """
        return HeldOutScores(
            self.probabilities[:, :tokens],
            self.confidences[:, :tokens],
            self.top_candidates[:, :tokens],
            self.is_word[:tokens],
            self.knot_shares[:, :tokens],
        )

    def losses(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the loss of a mixture at each token: its cross-entropy, less what a top-3 hit is worth.

        0.5% of perplexity are worth 0.2 points of top-3 recall, which counts less where it is measured on few words.

        Args:
            weights: One a part, float64 of shape (K, M) or (M,).

        Returns:
            Nats, float64 of shape (N,).
        """
        words = int(np.count_nonzero(self.is_word))
        nats_of_hit = 2.5 * len(self.is_word) / (words + RECALL_WORDS)
        return np.asarray(self._cross_entropies(weights) - nats_of_hit * self._hits(weights))

    def perplexity(self, weights: NDArray[np.float64]) -> float:
        """Return the perplexity of a mixture.

        Args:
            weights: One a part, float64 of shape (K, M) or (M,).
        """
        return perplexity_of(float(self._cross_entropies(weights).mean()))

    def recall(self, weights: NDArray[np.float64]) -> float:
        """Return the share of words among the first 3 suggestions of a mixture, 0 to 1.

        Args:
            weights: One a part, float64 of shape (K, M) or (M,).
        """
        return float(self._hits(weights).sum() / max(1, int(np.count_nonzero(self.is_word))))

    def _cross_entropies(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(-np.log(np.maximum((self._shares(weights) * self.probabilities).sum(axis=0), 1e-300)))

    def _hits(self, weights: NDArray[np.float64]) -> NDArray[np.bool_]:
        shares = self._shares(weights)
        of_token = (shares * self.probabilities).sum(axis=0).astype(np.float32)
        of_candidates = np.einsum("mn,mnc->nc", shares.astype(np.float32), self.top_candidates)
        ahead = (of_candidates > of_token[:, None] * np.float32(1.0 + 1e-5)).sum(axis=1)
        return np.asarray(self.is_word & (ahead < SUGGESTIONS))

    def _shares(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weight that `MixtureRuntime` gives each part at each token, (M, N)."""
        at_knots = np.broadcast_to(weights, (len(self.knot_shares), weights.shape[-1]))
        shares = (at_knots.T @ self.knot_shares) * self.confidences
        return np.asarray(shares / shares.sum(axis=0))


def score_held_out(parts: Sequence[Runtime], readings: Sequence[Reading], *, by_read: bool = False) -> HeldOutScores:
    """Read texts once with all parts in step, and keep what they predict.

    Args:
        parts: M runtimes of one vocabulary.
        readings: Texts, each read from a fresh start; at least one token of them is scored.
        by_read: Whether weights are to depend on how much was read.

    Returns:
        Scores of the N tokens that the masks count, in order.
    """
    mask = np.concatenate([reading.loss_mask for reading in readings])
    tokens_read = np.concatenate([1 + np.flatnonzero(reading.loss_mask) for reading in readings])
    places = np.cumsum(mask) - 1  # where a token stands among those that are scored
    probabilities, confidences = np.empty((2, len(parts), len(tokens_read)))
    top_candidates = np.empty((len(parts), len(tokens_read), CANDIDATES * len(parts)), np.float32)
    together = MixtureRuntime(tuple(parts), (1.0 / len(parts),) * len(parts))  # its state is theirs
    begin = np.array([EOS_ID], np.int32)
    for positions, ids, states in read_passages(together, [Passage(begin, *reading) for reading in readings]):
        at, each = places[positions], list(together.states_of_parts(states))
        confidences[:, at] = [_confidences(part, part_states) for part, part_states in each]
        # The large product of a network takes all states at once, since few cost almost as much.
        whole = [probabilities_of(part, part_states) if hasattr(part, "logits") else None for part, part_states in each]
        pieces = -(-len(ids) * len(parts) * together.vocabulary_size // DENSE_NUMBERS)
        length = -(-len(ids) // pieces)
        for rows in (slice(start, start + length) for start in range(0, len(ids), length)):
            expected = [
                probabilities_of(part, tuple(array[rows] for array in part_states)) if known is None else known[rows]
                for known, (part, part_states) in zip(whole, each, strict=True)
            ]  # (n, V) each
            probabilities[:, at[rows]] = [of_part[np.arange(len(of_part)), ids[rows]] for of_part in expected]
            top_candidates[:, at[rows]] = _top_candidates(expected, ids[rows])
            del expected  # before the next ones are made
        del whole
    return HeldOutScores(
        probabilities=probabilities,
        confidences=confidences,
        top_candidates=top_candidates,
        is_word=np.concatenate([reading.ids for reading in readings])[mask] >= len(SPECIAL_TOKENS),
        knot_shares=knot_shares(tokens_read) if by_read else np.ones((1, len(tokens_read))),
    )


def _confidences(part: Runtime, states: State) -> NDArray[np.float64]:
    """Return the confidence of a part in each of n states, (n,)."""
    confidence = confidence_of(part, states)
    return np.ones(len(states[0])) if confidence is None else confidence.astype(np.float64)


def _top_candidates(expected: Sequence[NDArray[np.float32]], ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the probabilities of the most probable words of all parts, each once and no target, else 0.

    Args:
        expected: Of M parts for n tokens, (n, V) each.
        ids: The targets, (n,).

    Returns:
        float32 of shape (M, n, C).
    """
    best = [_top_columns(part[:, len(SPECIAL_TOKENS) :]) + len(SPECIAL_TOKENS) for part in expected]
    candidates = np.sort(np.concatenate(best, axis=1), axis=1)
    left_out = candidates == ids[:, None]
    left_out[:, 1:] |= candidates[:, 1:] == candidates[:, :-1]
    probabilities = np.zeros((len(expected), len(ids), CANDIDATES * len(expected)), np.float32)
    for of_part, kept in zip(expected, probabilities, strict=True):
        kept[:, : candidates.shape[1]] = np.take_along_axis(of_part, candidates, axis=1) * ~left_out
    return probabilities


def _top_columns(rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the columns of the 8 largest numbers of each row (n, V), or of all where there are fewer.

    The largest numbers lie in the groups that have the largest maxima, so few groups need a closer look.
    """
    count = min(CANDIDATES, rows.shape[1])
    groups = rows.shape[1] // GROUP
    if groups <= CANDIDATES:
        return np.argpartition(rows, rows.shape[1] - count, axis=1)[:, rows.shape[1] - count :]
    maxima = rows[:, : groups * GROUP].reshape(len(rows), GROUP, groups).max(axis=1)  # columns g, g + groups, ...
    chosen = np.argpartition(maxima, groups - count, axis=1)[:, groups - count :]
    columns = (chosen[:, None] + groups * np.arange(GROUP)[:, None]).reshape(len(rows), -1)
    rest = np.broadcast_to(np.arange(groups * GROUP, rows.shape[1]), (len(rows), rows.shape[1] - groups * GROUP))
    columns = np.concatenate((columns, rest), axis=1)
    near = np.take_along_axis(rows, columns, axis=1)
    best = np.argpartition(near, near.shape[1] - count, axis=1)[:, near.shape[1] - count :]
    return np.take_along_axis(columns, best, axis=1)
