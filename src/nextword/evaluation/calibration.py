"""Whether a model is right as often as it says.

Enters: how confident it was each time, and whether it was right. Leaves: a reliability table and the expected
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

    Each bin takes an equal share of the places, so that every hit rate is known equally well: next words are mostly
    predicted with little confidence, and bins of equal width would hold most places in the first and few in the rest.
    Equal confidences are never parted, so that the order of the places does not matter; a model that always says the
    same has one bin.

    Args:
        confidences: Probabilities that were given to the best suggestion, of shape (N,).
        hits: Whether it was the next word, of shape (N,).
        bins: Most bins.

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
    ranked, right = confidences[order], hits[order].astype(np.float64)
    # A bin begins at the first place that has the confidence found at its share of the places.
    shares = np.arange(bins) * len(ranked) // bins
    starts = np.unique(np.searchsorted(ranked, ranked[shares]))
    counts = np.diff(np.append(starts, len(ranked)))
    said, was = np.add.reduceat(ranked, starts) / counts, np.add.reduceat(right, starts) / counts
    return tuple(
        ReliabilityBin(confidence=confidence, hit_rate=rate, count=count)
        for confidence, rate, count in zip(said.tolist(), was.tolist(), counts.tolist(), strict=True)
    )


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the mean distance of confidence and hit rate, weighted by counts; 0 for no bin.

    Examples:
        >>> near, far = (ReliabilityBin(confidence=c, hit_rate=0.5, count=n) for c, n in ((0.5, 3), (0.9, 1)))
        >>> round(expected_calibration_error([near, far]), 6)
        0.1
    """
    total = sum(part.count for part in bins)
    return sum(part.count * abs(part.confidence - part.hit_rate) for part in bins) / max(total, 1)
