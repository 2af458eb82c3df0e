"""Samplers: pure functions from log-probabilities to log-probabilities, which compose, and the draw at their end.

All take and return arrays (V,) of natural logs whose exponentials sum to 1; -inf is what cannot come. Their options are
checked by `GenerationConfig`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Logs = NDArray[np.float64]


def apply_temperature(logs: Logs, temperature: float) -> Logs:
    """Sharpen (below 1) or flatten (above 1) a distribution; 0 leaves the most probable token alone, the lowest id.

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
    """Keep the `top_k` most probable tokens, ties by id.

    Examples:
        >>> np.exp(keep_top_k(np.log([0.5, 0.2, 0.3]), 2)).round(3).tolist()
        [0.625, 0.0, 0.375]
    """
    return _keep(logs, np.argsort(-logs, kind="stable")[:top_k])


def keep_top_p(logs: Logs, top_p: float) -> Logs:
    """Keep the fewest most probable tokens that together reach `top_p` (nucleus sampling, Holtzman et al., 2020).

    Examples:
        >>> np.exp(keep_top_p(np.log([0.5, 0.2, 0.3]), 0.7)).round(3).tolist()
        [0.625, 0.0, 0.375]
    """
    order = np.argsort(-logs, kind="stable")
    reached = np.cumsum(np.exp(logs[order]))
    return _keep(logs, order[: int(np.searchsorted(reached, top_p * (1.0 - 1e-12))) + 1])


def keep_min_p(logs: Logs, min_p: float) -> Logs:
    """Keep tokens at least `min_p` times as probable as the most probable one (Nguyen et al., 2024).

    Examples:
        >>> np.exp(keep_min_p(np.log([0.5, 0.2, 0.3]), 0.5)).round(3).tolist()
        [0.625, 0.0, 0.375]
    """
    return _keep(logs, np.flatnonzero(logs >= logs.max() + math.log(min_p))) if min_p > 0.0 else logs


def penalize_repetition(logs: Logs, ids: ArrayLike, penalty: float) -> Logs:
    """Raise the probability of every token among `ids` to the power `penalty` (after Keskar et al., 2019).

    Examples:
        >>> np.exp(penalize_repetition(np.log([0.5, 0.5]), [0], 2.0)).round(3).tolist()
        [0.333, 0.667]
    """
    penalized = logs.copy()
    seen = np.unique(np.asarray(ids, dtype=np.int64))
    penalized[seen] *= penalty
    return _normalize(penalized)


def forbid_repeated_ngrams(logs: Logs, ids: ArrayLike, size: int) -> Logs:
    """Forbid the tokens that would repeat `size` tokens in a row of `ids`; size 1 forbids every repetition.

    Examples:
        >>> np.exp(forbid_repeated_ngrams(np.log([0.5, 0.25, 0.25]), [0, 1, 0], 2)).round(3).tolist()
        [0.667, 0.0, 0.333]
    """
    stream = np.asarray(ids, dtype=np.int64)
    if len(stream) < size:
        return logs
    windows = np.lib.stride_tricks.sliding_window_view(stream, size)  # (N - size + 1, size)
    repeated = (windows[:, : size - 1] == stream[len(stream) - size + 1 :]).all(axis=1)
    return forbid(logs, windows[repeated, -1])


def forbid(logs: Logs, ids: ArrayLike) -> Logs:
    """Forbid tokens; if nothing else is left, everything is -inf."""
    allowed = logs.copy()
    allowed[np.asarray(ids, dtype=np.int64)] = -math.inf
    return _normalize(allowed)


def draw(logs: Logs, generator: np.random.Generator) -> int:
    """Draw a token id; one random number is used.

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
