"""What several language models predict on a held-out text, kept so that any mixture of them can be judged.

Input: language models over one vocabulary and token ids that none was trained on. Output: `HeldOutScores`. The text is
read once: for every token its probability under each part is kept, and those of the words that a part would have
suggested instead. Then every set of weights, of all parts or some, can be judged by perplexity and by suggestions
without reading again and without keeping distributions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.mixing.runtime import confidence_of, knot_shares
from nextword.runtime import SUGGESTIONS, Runtime, perplexity_of, probabilities_of, states_along
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS

# Candidates of each part among which the suggestions of a mixture are looked for.
CANDIDATES = 8

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
    scored = [_score(parts, reading) for reading in readings if reading.loss_mask.any()]
    tokens_read = np.concatenate([1 + np.flatnonzero(mask) for _, mask in readings])
    return HeldOutScores(
        probabilities=np.concatenate([part for scores in scored for part in scores.probabilities], axis=1),
        confidences=np.concatenate([part for scores in scored for part in scores.confidences], axis=1),
        top_candidates=np.concatenate([part for scores in scored for part in scores.candidates], axis=1),
        is_word=np.concatenate([ids[mask] >= len(SPECIAL_TOKENS) for ids, mask in readings]),
        knot_shares=knot_shares(tokens_read) if by_read else np.ones((1, len(tokens_read))),
    )


class _Scored(NamedTuple):
    """What was kept of one reading, chunk by chunk."""

    probabilities: list[NDArray[np.float64]]  # (M, n) each
    confidences: list[NDArray[np.float64]]  # (M, n) each
    candidates: list[NDArray[np.float32]]  # (M, n, C) each


def _score(parts: Sequence[Runtime], reading: Reading) -> _Scored:
    ids, loss_mask = reading
    scored = _Scored([], [], [])
    states = [part.advance(part.initial_state(), [EOS_ID]) for part in parts]
    changes = np.flatnonzero(np.diff(loss_mask)) + 1
    for begin, end in pairwise((0, *changes.tolist(), len(ids))):
        stretch = ids[begin:end]
        if loss_mask[begin]:
            walks = [states_along(part, state, stretch) for part, state in zip(parts, states, strict=True)]
            for steps in zip(*walks, strict=True):
                targets = steps[0][0]
                expected = np.stack(
                    [probabilities_of(part, states) for part, (_, states) in zip(parts, steps, strict=True)]
                )  # (M, n, V)
                scored.probabilities.append(expected[:, np.arange(len(targets)), targets].astype(np.float64))
                scored.confidences.append(
                    np.stack([_confidences(part, states) for part, (_, states) in zip(parts, steps, strict=True)])
                )
                scored.candidates.append(
                    np.stack(
                        [_top_candidates(expected[:, row], target) for row, target in enumerate(targets.tolist())],
                        axis=1,
                    )
                )
        if end < len(ids):
            states = [part.advance(state, stretch) for part, state in zip(parts, states, strict=True)]
    return scored


def _confidences(part: Runtime, states: tuple[NDArray[np.float32], ...]) -> NDArray[np.float64]:
    """Return the confidence of a part in each of n states, (n,)."""
    confidence = confidence_of(part, states)
    return np.ones(len(states[0])) if confidence is None else confidence.astype(np.float64)


def _top_candidates(expected: NDArray[np.float32], token_id: int) -> NDArray[np.float32]:
    """Return the probabilities (M, C) of the most probable words of all parts, each once, without the target."""
    words = expected[:, len(SPECIAL_TOKENS) :]
    count = min(CANDIDATES, words.shape[1])
    best = np.argpartition(words, words.shape[1] - count, axis=1)[:, -count:] + len(SPECIAL_TOKENS)
    candidates = np.unique(best)
    candidates = candidates[candidates != token_id]
    probabilities = np.zeros((len(expected), CANDIDATES * len(expected)), np.float32)
    probabilities[:, : len(candidates)] = expected[:, candidates]
    return probabilities
