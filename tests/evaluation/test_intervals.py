"""Resampled texts: the interval that theory gives, and none where there is none."""

import numpy as np
import pytest

from nextword.evaluation.intervals import BLOCK, RESAMPLES, bootstrap_interval


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    sums = np.random.default_rng(3).normal(5.0, 2.0, 800)
    low, high = bootstrap_interval(sums, np.ones(800))
    margin = 1.96 * sums.std() / np.sqrt(800)
    assert (low, high) == (pytest.approx(sums.mean() - margin, abs=0.03), pytest.approx(sums.mean() + margin, abs=0.03))


def test_texts_are_drawn_whole_so_that_their_lengths_matter():
    generator = np.random.default_rng(4)
    counts = generator.integers(1, 40, 400).astype(float)
    sums = counts * generator.normal(1.0, 0.5, 400)
    ratio = sums.sum() / counts.sum()
    margin = 1.96 * np.sqrt(((sums - ratio * counts) ** 2).sum()) / counts.sum()
    low, high = bootstrap_interval(sums, counts)
    assert (high - low) / 2 == pytest.approx(margin, rel=0.1)
    assert low < ratio < high
    assert bootstrap_interval(sums, counts) == (low, high)
    assert bootstrap_interval(sums, counts, seed=1) != (low, high)


@pytest.mark.parametrize(
    ("sums", "counts"), [([1.0], [1.0]), ([], []), ([0.0, 0.0], [0.0, 0.0]), ([np.inf, 1.0], [1.0, 1.0])]
)
def test_without_texts_to_draw_there_is_none(sums, counts):
    assert bootstrap_interval(np.array(sums), np.array(counts)) is None


@pytest.mark.parametrize("texts", [3, BLOCK // RESAMPLES, 100, BLOCK + 1])
def test_texts_are_drawn_as_one_by_one(texts):
    generator = np.random.default_rng(5)
    counts = generator.integers(1, 40, texts).astype(float)
    sums = counts * generator.normal(1.0, 0.5, texts)
    draws = np.random.default_rng(9)
    ratios = []
    for _ in range(RESAMPLES):
        drawn = draws.integers(0, texts, texts)
        ratios.append(sums[drawn].sum() / counts[drawn].sum())
    assert bootstrap_interval(sums, counts, seed=9) == pytest.approx(np.quantile(ratios, (0.025, 0.975)), rel=1e-9)


def test_texts_in_which_nothing_counts_may_be_drawn_alone():
    low, high = bootstrap_interval(np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    # Both times the first, each once, or both times the second: 0, 0.5 and 0.5.
    assert (low, high) == (0.0, 0.5)
