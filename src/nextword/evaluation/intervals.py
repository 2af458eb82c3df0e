"""How far figures could have come out otherwise with other texts of the same kind.

Enters: a sum and a number of things summed for every text. Leaves: an interval of their ratio, by resampling texts:
words of one text resemble each other, so resampling words would promise too much.
"""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000


def bootstrap_interval(
    sums: NDArray[np.float64], counts: NDArray[np.float64], *, seed: int = 0
) -> tuple[float, float] | None:
    """Return where a mean over all texts lies with a confidence of 95%.

    Args:
        sums: What each text adds to the mean, float64 of shape (texts,).
        counts: The number of things it adds up, float64 of shape (texts,).
        seed: Seed of the resampling.

    Returns:
        Its ends; None for fewer than 2 texts, where nothing was counted, or for an infinite sum.

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
    for number in range(RESAMPLES):
        times = np.bincount(generator.integers(0, len(pairs), len(pairs)), minlength=len(pairs))
        drawn[number] = times @ pairs
    ratios = drawn[:, 0] / np.maximum(drawn[:, 1], 1.0)
    low, high = np.quantile(ratios, (0.025, 0.975)).tolist()
    return low, high
