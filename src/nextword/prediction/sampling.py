"""Samplers: pure functions from a distribution to a distribution, which compose, and the draw at their end.

Input and output: natural logs of probabilities that sum to 1, float64 of shape (V,); -inf for what cannot come. Their
options are checked by `GenerationConfig`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Logs = NDArray[np.float64]


def apply_temperature(logs: Logs, temperature: float) -> Logs:
    """Sharpen (below 1) or flatten (above 1) a distribution.

    Args:
        logs: Log-probabilities of shape (V,).
        temperature: At least 0; 0 leaves only the most probable token, of equal ones that of the lowest id.

    Examples:
        >>> np.exp(apply_temperature(np.log([0.8, 0.2]), 0.5)).round(3).tolist()
        [0.941, 0.059]
    """
    if temperature == 0.0:
        only = np.full_like(logs, -math.inf)
        only[int(logs.argmax())] = 0.0
        return only
    return _normalize(logs / temperature)


def keep_top_k(logs: Logs, top_k: int) -> Logs:
    """Keep the most probable tokens, of equal ones those of the lowest ids.

    Args:
        logs: Log-probabilities of shape (V,).
        top_k: How many, at least 1.

    Examples:
        >>> np.exp(keep_top_k(np.log([0.5, 0.2, 0.3]), 2)).round(3).tolist()
        [0.625, 0.0, 0.375]

    References:
        Fan, Lewis and Dauphin, 2018, Hierarchical Neural Story Generation.
    """
    return _keep(logs, np.argsort(-logs, kind="stable")[:top_k])


def keep_top_p(logs: Logs, top_p: float) -> Logs:
    """Keep the fewest tokens that together reach a probability (nucleus sampling).

    Args:
        logs: Log-probabilities of shape (V,).
        top_p: The probability to reach, above 0 to 1.

    Examples:
        >>> np.exp(keep_top_p(np.log([0.5, 0.2, 0.3]), 0.7)).round(3).tolist()
        [0.625, 0.0, 0.375]

    References:
        Holtzman et al., 2020, The Curious Case of Neural Text Degeneration.
    """
    order = np.argsort(-logs, kind="stable")
    reached = np.cumsum(np.exp(logs[order]))
    return _keep(logs, order[: int(np.searchsorted(reached, top_p * (1.0 - 1e-12))) + 1])


def keep_min_p(logs: Logs, min_p: float) -> Logs:
    """Keep tokens whose probability is at least a share of that of the most probable one.

    Args:
        logs: Log-probabilities of shape (V,).
        min_p: The share, 0 (keeps all) to 1.

    Examples:
        >>> np.exp(keep_min_p(np.log([0.5, 0.2, 0.3]), 0.5)).round(3).tolist()
        [0.625, 0.0, 0.375]

    References:
        Nguyen et al., 2024, Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM Outputs.
    """
    return _keep(logs, np.flatnonzero(logs >= logs.max() + math.log(min_p))) if min_p > 0.0 else logs


def penalize_repetition(logs: Logs, ids: ArrayLike, penalty: float) -> Logs:
    """Raise the probability of some tokens to a power.

    Args:
        logs: Log-probabilities of shape (V,).
        ids: Token ids, integers of shape (N,); how often one stands there does not matter.
        penalty: The power, at least 1.

    Examples:
        >>> np.exp(penalize_repetition(np.log([0.5, 0.5]), [0], 2.0)).round(3).tolist()
        [0.333, 0.667]

    References:
        Keskar et al., 2019, CTRL: A Conditional Transformer Language Model for Controllable Generation, with a power
        in place of its division of logits.
    """
    penalized = logs.copy()
    seen = np.unique(np.asarray(ids, dtype=np.int64))
    penalized[seen] *= penalty
    return _normalize(penalized)


def forbid_repeated_ngrams(logs: Logs, ids: ArrayLike, size: int) -> Logs:
    """Forbid the tokens that would complete a sequence of tokens for a second time.

    Args:
        logs: Log-probabilities of shape (V,).
        ids: The tokens so far, integers of shape (N,).
        size: Length of the sequence, at least 1; 1 forbids every token that was there.

    Examples:
        >>> np.exp(forbid_repeated_ngrams(np.log([0.5, 0.25, 0.25]), [0, 1, 0], 2)).round(3).tolist()
        [0.667, 0.0, 0.333]

    References:
        Paulus, Xiong and Socher, 2018, A Deep Reinforced Model for Abstractive Summarization.
    """
    stream = np.asarray(ids, dtype=np.int64)
    if len(stream) < size:
        return logs
    windows = np.lib.stride_tricks.sliding_window_view(stream, size)  # (N - size + 1, size)
    repeated = (windows[:, : size - 1] == stream[len(stream) - size + 1 :]).all(axis=1)
    return forbid(logs, windows[repeated, -1])


def forbid(logs: Logs, ids: ArrayLike) -> Logs:
    """Forbid tokens; if no other has a probability, all are -inf.

    Args:
        logs: Log-probabilities of shape (V,).
        ids: Token ids, integers of shape (N,).
    """
    allowed = logs.copy()
    allowed[np.asarray(ids, dtype=np.int64)] = -math.inf
    return _normalize(allowed)


def draw(logs: Logs, generator: "np.random.Generator") -> int:
    """Draw a token id.

    Args:
        logs: Log-probabilities of shape (V,), not all -inf.
        generator: Gives one random number.

    Examples:
        >>> draw(np.log([0.0001, 0.9999]), np.random.default_rng(0))
        1
    """
    cumulative = np.cumsum(np.exp(logs))
    drawn = int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))
    return min(drawn, int(np.flatnonzero(logs > -math.inf)[-1]))


def _keep(logs: Logs, positions: NDArray[np.intp]) -> Logs:
    kept = np.full_like(logs, -math.inf)
    kept[positions] = logs[positions]
    return _normalize(kept)


def _normalize(logs: Logs) -> Logs:
    highest = logs.max()
    if highest == -math.inf:
        return logs
    return np.asarray(logs - (highest + math.log(float(np.exp(logs - highest).sum()))))
