"""How much figures could differ with other texts of the same kind.

Input: a sum and a count for every run of texts. Output: an interval of their ratio, by resampling the runs. Words of
one text resemble each other, and so do neighbouring texts, which are often lines of one document: resampling words, or
single lines, would make the interval too narrow.
"""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000

# Runs that are drawn at once.
BLOCK = 8_192

# A run has this many tokens, or a part of them all where they are few. Fewer runs than the least tell no interval.
RUN_TOKENS, RUNS, LEAST_RUNS = 1_000, 20, 10


def run_starts(starts: NDArray[np.int64], tokens: int) -> NDArray[np.int64]:
    """Return where runs of consecutive texts begin, of 1,000 tokens, or of a 20th of them all where that is less.

    A run ends with the text in which it becomes long enough, so none is cut; a short rest belongs to the last run.

    Args:
        starts: Where each text begins, ascending from 0, int64 of shape (texts,).
        tokens: How many tokens they have together.

    Returns:
        Some of the starts, the first among them, int64 of shape (runs,).

    Examples:
        >>> import numpy as np
        >>> run_starts(np.arange(0, 9_000, 300), 9_000)[:4].tolist()  # a 20th of 9,000 is 450
        [0, 600, 1200, 1800]
    """
    length = min(float(RUN_TOKENS), tokens / RUNS)
    chosen = [0]
    for start in starts.tolist():
        if start - chosen[-1] >= length and tokens - start >= length:
            chosen.append(start)
    return np.array(chosen, np.int64)


def bootstrap_interval(
    sums: NDArray[np.float64], counts: NDArray[np.float64], *, seed: int = 0
) -> tuple[float, float] | None:
    """Return the 95% confidence interval of a mean over all runs.

    Args:
        sums: What each run adds to the mean, float64 of shape (runs,).
        counts: How many values that sum has, float64 of shape (runs,).
        seed: Seed of the resampling.

    Returns:
        Its ends; None for fewer than 10 runs, if all counts are 0, or if a sum is not finite.

    Examples:
        >>> import numpy as np
        >>> low, high = bootstrap_interval(np.array([1.0, 2.0, 3.0, 2.0] * 3), np.ones(12))
        >>> 1 <= low < 2 < high <= 3
        True

    References:
        Efron and Tibshirani, 1993, An Introduction to the Bootstrap; Künsch, 1989, The Jackknife and the Bootstrap for
        General Stationary Observations (blocks of neighbours).
    """
    if len(sums) < LEAST_RUNS or not counts.sum() or not np.isfinite(sums).all():
        return None
    generator = np.random.default_rng(seed)
    pairs = np.stack((sums, counts), axis=1)  # (runs, 2)
    drawn = np.empty((RESAMPLES, 2))
    runs = len(pairs)
    rows = max(BLOCK // runs, 1)
    for start in range(0, RESAMPLES, rows):
        indices = generator.integers(0, runs, (min(rows, RESAMPLES - start), runs))
        indices += np.arange(len(indices))[:, None] * runs  # so that one count serves several rows
        times = np.bincount(indices.ravel(), minlength=indices.size).reshape(indices.shape)
        for i, times_drawn in enumerate(times, start=start):
            drawn[i] = times_drawn @ pairs
    ratios = drawn[:, 0] / np.maximum(drawn[:, 1], 1.0)
    low, high = np.quantile(ratios, (0.025, 0.975)).tolist()
    return low, high
