"""The most probable tokens, and the probabilities of given ones, without the whole distribution.

Input: a runtime and a state. Output: the best few, found by bounds: the span of ids with the highest bound is computed
first, and the search ends where no other span can have one of the best. The result is that of the whole distribution.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_ids, check_integer
from nextword.runtime.contract import Runtime, State, check_runtime, check_state
from nextword.runtime.distribution import Distribution, Numbers, distributions_of
from nextword.runtime.numbers import rows_at_once, top_positions
from nextword.runtime.whole import probabilities_of

# The whole distribution of a smaller vocabulary is as quick, and so it is where more than one of so many are wanted.
SEARCHED_FROM, SEARCHED_SHARE = 32_768, 512

# Sums of bounds are rounded in another way than those of probabilities: so much of a bound, and so much, is added.
MARGIN, LEAST = 1e-5, 1e-37


def most_probable(runtime: Runtime, state: State, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the most probable next tokens, best first, those of equal probability by id.

    They are the first k of all tokens in that order, special ones too: one that cannot come, such as `<pad>`, has -inf
    and comes last. Of a large vocabulary only those parts are computed that can have one of them. Runtimes that offer
    `distributions` need not compute the whole (`nextword.runtime.Distribution`); any other runtime is asked for
    `log_probabilities`.

    Args:
        runtime: Any runtime, such as `lm.runtime`.
        state: Its state, of B texts.
        k: How many tokens, at least 1; more than V means all.

    Returns:
        Token ids, int64 of shape (B, min(k, V)), and their log-probabilities, float32 of the same shape.

    Raises:
        InputTypeError: If `runtime` is no runtime, or `state` no state; codes "not-a-runtime" and "not-a-state".
        ConfigError: If `k` is no integer of at least 1; code "option-out-of-range".

    Examples:
        >>> import nextword as nw
        >>> ngram = nw.build_ngram([3, 4, 3, 4, 3, 5, 2], nw.NgramConfig(order=2), vocabulary_size=6)
        >>> ids, logs = most_probable(ngram, ngram.advance(ngram.initial_state(), [3]), 2)
        >>> ids.tolist(), (100 * np.exp(logs)).round().tolist()
        ([[4, 5]], [[55.0, 21.0]])
    """
    check_runtime("runtime", runtime)
    check_state(runtime, state)
    check_integer("k", k, 1)
    k = min(int(k), runtime.vocabulary_size)
    texts = len(state[0])
    ids, logs = np.empty((texts, k), np.int64), np.empty((texts, k), np.float32)
    rows = rows_at_once(runtime.vocabulary_size)
    for start in range(0, texts, rows):
        some = tuple(array[start : start + rows] for array in state)
        if is_searched(runtime, k):
            for row, distribution in enumerate(distributions_of(runtime, some), start=start):
                ids[row], probabilities = best_of(distribution, k)
                logs[row] = _logs_of(probabilities)
        else:
            for row, of_text in enumerate(runtime.log_probabilities(some), start=start):
                ids[row] = top_positions(of_text, k)
                logs[row] = of_text[ids[row]]
    return ids, logs


def log_probabilities_at(runtime: Runtime, state: State, ids: ArrayLike) -> NDArray[np.float32]:
    """Return the log-probabilities of given next tokens; of a large vocabulary only what they need is computed.

    Args:
        runtime: Any runtime, such as `lm.runtime`.
        state: Its state, of B texts.
        ids: Token ids, integers of shape (n,) for all texts, or (B, n).

    Returns:
        Natural logs, float32 of shape (B, n); -inf for what cannot come.

    Raises:
        InputTypeError: If `runtime` is no runtime, `state` no state, or the ids are no integers; codes "not-a-runtime",
            "not-a-state" and those of `check_ids`.
        InputError: If the shape of the ids does not fit, or one is outside the vocabulary; codes of `check_ids`.

    Examples:
        >>> import nextword as nw
        >>> ngram = nw.build_ngram([3, 4, 3, 4, 3, 5, 2], nw.NgramConfig(order=2), vocabulary_size=6)
        >>> logs = log_probabilities_at(ngram, ngram.advance(ngram.initial_state(), [3]), [5, 4])
        >>> (100 * np.exp(logs)).round().tolist()
        [[21.0, 55.0]]
    """
    check_runtime("runtime", runtime)
    check_state(runtime, state)
    texts, size = len(state[0]), runtime.vocabulary_size
    try:
        is_table = np.ndim(ids) == 2
    except ValueError:  # lists of different lengths, which the check tells
        is_table = False
    checked = check_ids(ids, size, rows=texts if is_table else None).astype(np.int64)
    wanted = np.broadcast_to(checked, (texts, checked.shape[-1]))
    logs = np.empty(wanted.shape, np.float32)
    rows = rows_at_once(size)
    for start in range(0, texts, rows):
        some = tuple(array[start : start + rows] for array in state)
        logs[start : start + rows] = logs_at(runtime, some, wanted[start : start + rows])
    return logs


def logs_at(runtime: Runtime, state: State, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the same for ids that are known to be good.

    Args:
        runtime: Any runtime.
        state: Its state, of B texts.
        ids: Token ids of shape (B, n).
    """
    if not is_searched(runtime):
        if hasattr(runtime, "logits") or not hasattr(runtime, "probabilities"):
            return np.take_along_axis(runtime.log_probabilities(state), ids, axis=1)
        return _logs_of(np.take_along_axis(probabilities_of(runtime, state), ids, axis=1))  # not the logs of all
    pairs = zip(distributions_of(runtime, state), ids, strict=True)
    logs = _logs_of(np.stack([distribution.at(row) for distribution, row in pairs]))
    rows = np.flatnonzero(np.isneginf(logs).any(axis=1))
    if len(rows):  # impossible, or too improbable for a float32: then the log-probability of a network is exact
        some = tuple(array[rows] for array in state)
        logs[rows] = np.take_along_axis(runtime.log_probabilities(some), ids[rows], axis=1)
    return logs


def is_searched(runtime: Runtime, k: int = 1) -> bool:
    """Return whether some tokens are found faster by bounds than by the whole distribution, as was measured.

    Args:
        runtime: Any runtime.
        k: How many are wanted.
    """
    size = runtime.vocabulary_size
    return size >= SEARCHED_FROM and k * SEARCHED_SHARE <= size and hasattr(runtime, "distributions")


def best_of(distribution: Distribution, k: int, first: int = 0) -> tuple[NDArray[np.int64], Numbers]:
    """Return the most probable tokens, best first, those of equal probability by id.

    Args:
        distribution: That of one text.
        k: How many, at least 1.
        first: The lowest id that counts.

    Returns:
        Ids and probabilities, fewer than `k` where there are not so many.
    """
    edges = distribution.edges
    bounds, opened = _upper(distribution, edges), distribution.opened
    is_done = edges[1:] <= first
    bounds[is_done] = -np.inf
    ids, probabilities = np.empty(0, np.int64), np.empty(0, np.float32)
    lowest = -1.0  # the k-th highest probability found
    while True:
        span = int(bounds.argmax())
        if bounds[span] < lowest or is_done[span]:
            return ids, probabilities
        start = max(int(edges[span]), first)
        found = distribution.span(start, int(edges[span + 1]))
        places = np.flatnonzero(found >= lowest) if len(ids) == k else top_positions(found, k)
        if len(places):
            ids, probabilities = np.append(ids, places + start), np.append(probabilities, found[places])
            order = np.lexsort((ids, -probabilities))[:k]
            ids, probabilities = ids[order], probabilities[order]
            lowest = float(probabilities[-1]) if len(ids) == k else -1.0
        is_done[span] = True
        if distribution.opened != opened:
            bounds, opened = _upper(distribution, edges), distribution.opened
        bounds[is_done] = -np.inf


def _upper(distribution: Distribution, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return bounds that hold after rounding too."""
    bounds = distribution.bounds(edges)
    bounds *= 1.0 + MARGIN
    bounds += LEAST
    return bounds


def _logs_of(probabilities: Numbers) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        return np.log(probabilities).astype(np.float32, copy=False)
