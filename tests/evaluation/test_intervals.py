"""Resampled texts: the interval that theory gives, and none where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.evaluation.intervals import (
    BLOCK,
    LEAST_RUNS,
    RESAMPLES,
    RUN_TOKENS,
    RUNS,
    bootstrap_interval,
    run_starts,
)


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
    ("sums", "counts"),
    [([1.0], [1.0]), ([], []), ([1.0] * 9, [1.0] * 9), ([0.0] * 10, [0.0] * 10), ([np.inf, *[1.0] * 9], [1.0] * 10)],
)
def test_without_texts_to_draw_there_is_none(sums, counts):
    assert bootstrap_interval(np.array(sums), np.array(counts)) is None


@pytest.mark.parametrize("texts", [LEAST_RUNS, 13, 100, BLOCK + 1])
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
    low, high = bootstrap_interval(np.array([*[0.0] * 9, 1.0]), np.array([*[0.0] * 9, 2.0]))
    # The last one is not drawn at all in a third of the cases.
    assert (low, high) == (0.0, 0.5)


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 3 * RUN_TOKENS), min_size=1, max_size=60))
def test_runs_are_of_whole_texts_and_long_enough(lengths):
    starts = np.cumsum([0, *lengths[:-1]])
    tokens = sum(lengths)
    chosen = run_starts(starts, tokens)
    assert chosen[0] == 0
    assert set(chosen.tolist()) <= set(starts.tolist())
    runs = np.diff(chosen, append=tokens)
    least = min(RUN_TOKENS, tokens / RUNS)
    assert len(runs) == 1 or runs.min() >= least
    assert (runs < 2 * least + 2 * max(lengths)).all()


def test_runs_by_hand():
    assert run_starts(np.arange(0, 200, 10), 200).tolist() == list(range(0, 200, 10))
    assert run_starts(np.arange(0, 400, 10), 400).tolist() == list(range(0, 400, 20))
    assert len(run_starts(np.arange(0, 100_000, 10), 100_000)) == 100
    assert run_starts(np.array([0]), 50_000).tolist() == [0]
    assert run_starts(np.array([0, 3, 40_000]), 50_000).tolist() == [0, 40_000]


def test_neighbours_that_resemble_each_other_widen_the_interval():
    # Lines of 20 tokens; 50 in a row are from one document, whose level they share.
    generator = np.random.default_rng(1)
    levels = np.repeat(generator.normal(5.0, 1.0, 100), 50)
    sums = 20.0 * (levels + generator.normal(0.0, 0.3, 5_000))
    starts = np.arange(0, 100_000, 20)

    def width(values):
        runs = run_starts(starts, 100_000)
        low, high = bootstrap_interval(np.add.reduceat(values, runs // 20), np.diff(runs, append=100_000).astype(float))
        return high - low

    in_order, shuffled = width(sums), width(generator.permutation(sums))
    assert in_order > 4 * shuffled
    # What the documents, the only independent things here, give: 1.96 standard errors on both sides.
    assert in_order == pytest.approx(2 * 1.96 * levels[::50].std() / np.sqrt(100), rel=0.25)
