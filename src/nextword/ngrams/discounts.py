"""Absolute discounts: what is taken from every count, and given to words that a context was not followed by.

Input: how often n-grams are counted. Output: one discount for counts of 0, 1, 2 and 3 or more.
"""

import numpy as np
from numpy.typing import NDArray

# With fewer n-grams counted 4 times, one discount for all counts predicts better: measured on texts of 100 words up.
MIN_COUNTED_4_TIMES = 5


def counts_of_counts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many n-grams have the counts 0, 1, ..., 4, and 5 or more, int64 of shape (6,).

    Args:
        counts: Counts of n-grams, at least 0, int64 of shape (N,).
    """
    return np.bincount(np.minimum(counts, 5), minlength=6)


def modified_discounts(frequencies: NDArray[np.int64]) -> NDArray[np.float64]:
    """Estimate the discounts of modified Kneser-Ney smoothing.

    If the text is too small to estimate the discounts for counts of 2 and 3, that for 1 is used for all, which is
    absolute discounting; if no n-gram is counted once, or none twice, it is 0.9.

    Args:
        frequencies: What `counts_of_counts` returns, or a sum of it over parts; int64 of shape (6,).

    Returns:
        What is taken from counts of 0, 1, 2 and 3 or more, float64 of shape (4,).

    Examples:
        >>> modified_discounts(np.array([0, 60, 20, 10, 10, 0])).round(3).tolist()
        [0.0, 0.6, 1.1, 0.6]

    References:
        Chen and Goodman, 1998, An Empirical Study of Smoothing Techniques for Language Modeling, equation 17.
    """
    once, twice = frequencies[1], frequencies[2]
    first = once / (once + 2.0 * twice) if once and twice else 0.9
    discounts = np.array([0.0, first, first, first])
    if frequencies[4] >= MIN_COUNTED_4_TIMES and once and twice and frequencies[3]:
        for count in (2, 3):
            estimate = count - (count + 1) * first * frequencies[count + 1] / frequencies[count]
            if 0.0 < estimate < count:
                discounts[count] = estimate
    return discounts
