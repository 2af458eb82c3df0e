"""Runtimes and a text -> what each expected of it, and what that makes of their mixtures.

The text is read once: of every token the probability under each part is kept, and those of the words that a part would
have suggested instead. Then every set of weights can be judged, by perplexity and by suggestions, without reading again
and without keeping distributions.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nextword.mixing.cache import CacheRuntime
from nextword.runtime import Runtime, log_probabilities_along
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS

# Suggestions that a user sees at once, and those of each part that are looked at to find them in a mixture.
SUGGESTIONS = 3
RIVALS = 8

# Held-out words from which recall counts half of what it counts for many.
RECALL_WORDS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What M parts expected of N held-out tokens.

    Attributes:
        probabilities: Of the tokens that came, float64 of shape (M, N).
        strengths: What the weight of each part is multiplied by there, float64 of shape (M, N): the confidence of a
            cache, 1 for other parts.
        rivals: Of the words that a part would have suggested instead, float32 of shape (M, N, C), 0 where none is.
        is_word: Whether a token can be suggested, booleans of shape (N,).
    """

    probabilities: NDArray[np.float64]
    strengths: NDArray[np.float64]
    rivals: NDArray[np.float32]
    is_word: NDArray[np.bool_]

    def losses(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each token costs a user of the mixture with these weights (M,), in nats, shape (N,).

        0.5% of perplexity are worth 0.2 points of top-3 recall, less where few words tell about it.
        """
        words = int(np.count_nonzero(self.is_word))
        hit = 2.5 * len(self.is_word) / (words + RECALL_WORDS)
        return np.asarray(self._nats(weights) - hit * self._hits(weights))

    def perplexity(self, weights: NDArray[np.float64]) -> float:
        """Return the perplexity of the mixture with these weights (M,)."""
        return math.exp(min(float(self._nats(weights).mean()), 700.0))

    def recall(self, weights: NDArray[np.float64]) -> float:
        """Return the share of words among the first 3 suggestions of the mixture with these weights (M,)."""
        return float(self._hits(weights).sum() / max(1, int(np.count_nonzero(self.is_word))))

    def _nats(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(-np.log(np.maximum((self._shares(weights) * self.probabilities).sum(axis=0), 1e-300)))

    def _hits(self, weights: NDArray[np.float64]) -> NDArray[np.bool_]:
        shares = self._shares(weights)
        own = (shares * self.probabilities).sum(axis=0).astype(np.float32)
        others = np.einsum("mn,mnc->nc", shares.astype(np.float32), self.rivals)
        ahead = (others > own[:, None] * np.float32(1.0 + 1e-5)).sum(axis=1)
        return np.asarray(self.is_word & (ahead < SUGGESTIONS))

    def _shares(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what `MixtureRuntime` weighs each part by at each token, (M, N)."""
        shares = weights[:, None] * self.strengths
        return np.asarray(shares / shares.sum(axis=0))


def observe(parts: tuple[Runtime, ...], ids: NDArray[np.int32], scored: NDArray[np.bool_]) -> Observation:
    """Read a text once with all parts in step, and say what they expected.

    Args:
        parts: M runtimes of one vocabulary.
        ids: Token ids of shape (N,).
        scored: Which of them to judge the parts on, at least one, booleans of shape (N,); the others are only read.
    """
    probabilities, rivals = [], []
    states = [part.advance(part.initial_state(), [EOS_ID]) for part in parts]
    turns = np.flatnonzero(np.diff(scored)) + 1
    for begin, end in pairwise((0, *turns.tolist(), len(ids))):
        stretch = ids[begin:end]
        if scored[begin]:
            runs = [log_probabilities_along(part, state, stretch) for part, state in zip(parts, states, strict=True)]
            for steps in zip(*runs, strict=True):
                targets = steps[0][0]
                expected = np.exp(np.stack([logs for _, logs in steps]))  # (M, n, V)
                probabilities.append(expected[:, np.arange(len(targets)), targets].astype(np.float64))
                rivals.append(np.stack([_rivals(expected[:, n], i) for n, i in enumerate(targets.tolist())], axis=1))
        if end < len(ids):
            states = [part.advance(state, stretch) for part, state in zip(parts, states, strict=True)]
    is_word = ids[scored] >= len(SPECIAL_TOKENS)
    strengths = np.ones((len(parts), len(is_word)))
    for part, row in zip(parts, strengths, strict=True):
        if isinstance(part, CacheRuntime):
            row[:] = part.confidence_after(np.flatnonzero(scored) + 1)  # an `<eos>` was read first
    return Observation(np.concatenate(probabilities, axis=1), strengths, np.concatenate(rivals, axis=1), is_word)


def _rivals(expected: NDArray[np.float32], token_id: int) -> NDArray[np.float32]:
    """Return the probabilities (M, C) of the words that a part likes best, each once, without the one that came."""
    first = len(SPECIAL_TOKENS)
    words = expected[:, first:]
    number = min(RIVALS, words.shape[1])
    liked = np.unique(np.argpartition(-words, number - 1, axis=1)[:, :number]) + first
    liked = liked[liked != token_id]
    found = np.zeros((len(expected), RIVALS * len(expected)), np.float32)
    found[:, : len(liked)] = expected[:, liked]
    return found
