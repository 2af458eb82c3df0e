"""Reliability tables: by hand, their properties, and outcomes of known probability."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.evaluation.calibration import BINS, expected_calibration_error, reliability_bins


def test_by_hand():
    confidences = np.array([0.9, 0.1, 0.2, 0.8, 0.3, 0.2])
    hits = np.array([True, False, True, False, True, False])
    low, high = reliability_bins(confidences, hits, 2)
    # 0.1, 0.2, 0.2 with one hit; 0.3, 0.8, 0.9 with two.
    assert (low.confidence, low.hit_rate, low.count) == (pytest.approx(0.5 / 3), pytest.approx(1 / 3), 3)
    assert (high.confidence, high.hit_rate, high.count) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 3)
    assert expected_calibration_error((low, high)) == pytest.approx(0.5 * (1 / 3 - 0.5 / 3))
    assert reliability_bins(np.array([]), np.array([], bool)) == ()
    assert expected_calibration_error(()) == 0.0


CONFIDENCES = st.sampled_from([0.1, 0.2, 0.25, 0.5, 0.9]) | st.floats(0, 1)
PREDICTIONS = st.lists(st.tuples(CONFIDENCES, st.booleans()), min_size=1)


@settings(deadline=None, max_examples=30)
@given(PREDICTIONS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_bins_part_predictions_by_confidence_whatever_their_order(predictions, number, random):
    confidences, hits = map(np.array, zip(*predictions, strict=True))
    bins = reliability_bins(confidences, hits, number)
    assert 1 <= len(bins) <= number
    assert sum(part.count for part in bins) == len(predictions)
    assert sum(part.count * part.confidence for part in bins) == pytest.approx(confidences.sum())
    assert sum(part.count * part.hit_rate for part in bins) == pytest.approx(hits.sum())
    means = [part.confidence for part in bins]
    assert means == sorted(means)
    distances = [part.count * abs(part.confidence - part.hit_rate) for part in bins]
    assert expected_calibration_error(bins) == pytest.approx(sum(distances) / len(predictions))
    random.shuffle(predictions)
    again = reliability_bins(*map(np.array, zip(*predictions, strict=True)), number)
    assert [part.count for part in again] == [part.count for part in bins]
    assert [part.hit_rate for part in again] == pytest.approx([part.hit_rate for part in bins])


def test_bins_without_ties_are_equally_full():
    confidences = np.random.default_rng(0).random(1_000)
    bins = reliability_bins(confidences, confidences > 2)
    assert [part.count for part in bins] == [100] * BINS


def test_outcomes_of_known_probability():
    generator = np.random.default_rng(1)
    confidences = generator.beta(1, 3, 40_000)
    hits = generator.random(40_000) < confidences
    assert expected_calibration_error(reliability_bins(confidences, hits)) < 0.01
    # Said to be surer than it is by exactly a half of what is left to 1.
    surer = (1 + confidences) / 2
    error = expected_calibration_error(reliability_bins(surer, hits))
    assert error == pytest.approx(float(np.mean(surer - confidences)), abs=0.01)
