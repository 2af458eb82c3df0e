"""How much figures could differ with other texts of the same kind.

Input: a sum and a count for every text. Output: an interval of their ratio, by resampling texts: words of one text
resemble each other, so resampling words would make the interval too narrow.
"""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000

# Texts that are drawn at once.
BLOCK = 8_192


def bootstrap_interval(
    sums: NDArray[np.float64], counts: NDArray[np.float64], *, seed: int = 0
) -> tuple[float, float] | None:
    """Return the 95% confidence interval of a mean over all texts.

    Args:
        sums: What each text adds to the mean, float64 of shape (texts,).
        counts: How many values that sum has, float64 of shape (texts,).
        seed: Seed of the resampling.

    Returns:
        Its ends; None for fewer than 2 texts, if all counts are 0, or if a sum is not finite.

    Examples:
        >>> import numpy as np
        >>> low, high = bootstrap_interval(np.array([1.0, 2.0, 3.0, 2.0]), np.ones(4))
        >>> 1 <= low < 2 < high <= 3
        True

    References:
        Efron and Tibshirani, 1993, An Introduction to the Bootstrap.
    """
    if len(sums) < 2 or not counts.sum() or not np.isfinite(sums).all():
        return None
    generator = np.random.default_rng(seed)
    pairs = np.stack((sums, counts), axis=1)  # (texts, 2)
    drawn = np.empty((RESAMPLES, 2))
    texts = len(pairs)
    rows = max(BLOCK // texts, 1)
    for start in range(0, RESAMPLES, rows):
        indices = generator.integers(0, texts, (min(rows, RESAMPLES - start), texts))
        indices += np.arange(len(indices))[:, None] * texts  # so that one count serves several rows
        times = np.bincount(indices.ravel(), minlength=indices.size).reshape(indices.shape)
        for i, times_drawn in enumerate(times, start=start):
            drawn[i] = times_drawn @ pairs
    ratios = drawn[:, 0] / np.maximum(drawn[:, 1], 1.0)
    low, high = np.quantile(ratios, (0.025, 0.975)).tolist()
    return low, high
