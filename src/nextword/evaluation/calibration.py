"""Whether a model is right as often as it claims to be.

Input: how confident it was each time, and whether it was right. Output: a reliability table and the expected
calibration error.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nextword.evaluation.report import ReliabilityBin

BINS = 10


def reliability_bins(
    confidences: NDArray[np.float64], hits: NDArray[np.bool_], bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Return the bins of a reliability table, in ascending order of confidence, empty ones left out.

    Bins hold about equally many predictions, so that every hit rate is known equally well: next words are mostly
    predicted with little confidence, and of bins of equal width the first would hold most predictions. Equal
    confidences share a bin, so the order of the predictions does not matter; a model with one confidence has one bin.

    Args:
        confidences: Probability of the best suggestion of each prediction, 0 to 1, float64 of shape (N,).
        hits: Whether it was the next word, booleans of shape (N,).
        bins: Largest number of bins.

    Examples:
        >>> import numpy as np
        >>> reliability_bins(np.array([0.9, 0.2, 0.2, 0.9]), np.array([True, False, True, True]), 2)[0]
        ReliabilityBin(confidence=0.2, hit_rate=0.5, count=2)

    References:
        Guo et al., 2017, On Calibration of Modern Neural Networks; Naeini, Cooper and Hauskrecht, 2015, Obtaining Well
        Calibrated Probabilities Using Bayesian Binning.
    """
    if not len(confidences):
        return ()
    order = np.argsort(confidences, kind="stable")
    ranked, ranked_hits = confidences[order], hits[order].astype(np.float64)
    # A bin begins at the first prediction as confident as the one at which its equal share begins.
    share_starts = np.arange(bins) * len(ranked) // bins
    starts = np.unique(np.searchsorted(ranked, ranked[share_starts]))
    counts = np.diff(np.append(starts, len(ranked)))
    mean_confidences = np.add.reduceat(ranked, starts) / counts
    hit_rates = np.add.reduceat(ranked_hits, starts) / counts
    return tuple(
        ReliabilityBin(confidence=confidence, hit_rate=rate, count=count)
        for confidence, rate, count in zip(mean_confidences.tolist(), hit_rates.tolist(), counts.tolist(), strict=True)
    )


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the mean distance of confidence and hit rate, weighted by counts; 0 for no bin.

    Args:
        bins: What `reliability_bins` returns.

    Examples:
        >>> near, far = (ReliabilityBin(confidence=c, hit_rate=0.5, count=n) for c, n in ((0.5, 3), (0.9, 1)))
        >>> round(expected_calibration_error([near, far]), 6)
        0.1

    References:
        Naeini, Cooper and Hauskrecht, 2015, Obtaining Well Calibrated Probabilities Using Bayesian Binning.
    """
    total = sum(part.count for part in bins)
    return sum(part.count * abs(part.confidence - part.hit_rate) for part in bins) / max(total, 1)
