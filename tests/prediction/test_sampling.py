"""Samplers are pure functions from log-probabilities to log-probabilities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.prediction.sampling import (
    apply_temperature,
    draw,
    forbid,
    forbid_repeated_ngrams,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalize_repetition,
)

PROBABILITIES = st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=30).map(
    lambda values: np.array(values) / sum(values)
)
SAMPLERS = {
    "temperature": lambda logs: apply_temperature(logs, 0.7),
    "hot": lambda logs: apply_temperature(logs, 3.0),
    "greedy": lambda logs: apply_temperature(logs, 0.0),
    "top_k": lambda logs: keep_top_k(logs, 3),
    "top_p": lambda logs: keep_top_p(logs, 0.6),
    "min_p": lambda logs: keep_min_p(logs, 0.3),
    "penalty": lambda logs: penalize_repetition(logs, [0, 1, 1], 1.5),
    "n-grams": lambda logs: forbid_repeated_ngrams(logs, [0, 1, 0], 2),
    "forbid": lambda logs: forbid(logs, [1]),
}


@pytest.mark.parametrize("name", SAMPLERS)
@settings(deadline=None, max_examples=30)
@given(PROBABILITIES)
def test_what_comes_out_is_a_distribution(name, probabilities):
    logs = np.log(probabilities)
    before = logs.copy()
    logs.flags.writeable = False
    shaped = SAMPLERS[name](logs)
    assert np.exp(shaped).sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(logs, before)


@pytest.mark.parametrize("name", ["top_k", "top_p", "min_p", "forbid"])
@settings(deadline=None, max_examples=30)
@given(PROBABILITIES)
def test_what_is_kept_keeps_its_ratios(name, probabilities):
    logs = np.log(probabilities)
    shaped = SAMPLERS[name](logs)
    kept = shaped > -np.inf
    shift = (shaped - logs)[kept]
    np.testing.assert_allclose(shift, shift[0], atol=1e-9)
    if name != "forbid":
        assert logs[kept].min() >= (logs[~kept].max() if (~kept).any() else -np.inf) - 1e-12


@settings(deadline=None)
@given(PROBABILITIES, st.floats(0.01, 1.0))
def test_the_nucleus_is_the_smallest_that_reaches_p(probabilities, top_p):
    kept = np.exp(keep_top_p(np.log(probabilities), top_p)) > 0
    mass = probabilities[kept].sum()
    assert mass >= top_p - 1e-9
    assert mass - probabilities[kept].min() < top_p + 1e-9


def test_options_that_change_nothing():
    logs = np.log(np.array([0.5, 0.3, 0.2]))
    unchanged = (
        apply_temperature(logs, 1.0),
        keep_top_k(logs, 3),
        keep_top_k(logs, 99),
        keep_top_p(logs, 1.0),
        keep_min_p(logs, 0.0),
        penalize_repetition(logs, [0], 1.0),
        penalize_repetition(logs, [], 2.0),
        forbid_repeated_ngrams(logs, [0, 1], 3),
        forbid(logs, []),
    )
    for shaped in unchanged:
        np.testing.assert_allclose(shaped, logs, atol=1e-12)


def test_by_hand():
    logs = np.log(np.array([0.5, 0.25, 0.25]))
    np.testing.assert_allclose(np.exp(apply_temperature(logs, 0.5)), [4 / 6, 1 / 6, 1 / 6])
    np.testing.assert_allclose(np.exp(apply_temperature(logs, 0.0)), [1, 0, 0])
    np.testing.assert_allclose(np.exp(keep_top_k(logs, 2)), [2 / 3, 1 / 3, 0])  # ties by id
    np.testing.assert_allclose(np.exp(keep_min_p(logs, 0.51)), [1, 0, 0])
    np.testing.assert_allclose(np.exp(penalize_repetition(logs, [0], 2.0)), [1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(np.exp(forbid_repeated_ngrams(logs, [1, 2, 0, 1, 2], 3)), [0, 0.5, 0.5])
    np.testing.assert_allclose(np.exp(forbid_repeated_ngrams(logs, [0], 1)), [0, 0.5, 0.5])
    assert forbid(logs, [0, 1, 2]).tolist() == [-math.inf] * 3


def test_samplers_compose():
    logs = np.log(np.array([0.4, 0.3, 0.2, 0.1]))
    shaped = keep_min_p(keep_top_p(keep_top_k(apply_temperature(logs, 0.5), 3), 0.9), 0.3)
    weights = np.array([0.16, 0.09, 0, 0])
    np.testing.assert_allclose(np.exp(shaped), weights / weights.sum())


def test_draws_follow_the_distribution():
    probabilities = np.array([0.0, 0.1, 0.6, 0.0, 0.3, 0.0])
    with np.errstate(divide="ignore"):
        logs = np.log(probabilities)
    generator = np.random.default_rng(3)
    drawn = np.bincount([draw(logs, generator) for _ in range(20_000)], minlength=6) / 20_000
    np.testing.assert_allclose(drawn, probabilities, atol=0.02)
    assert not drawn[[0, 3, 5]].any()


class Highest:
    def random(self):
        return np.nextafter(1.0, 0.0)


def test_the_last_random_number_gives_a_possible_token():
    with np.errstate(divide="ignore"):
        logs = np.log(np.array([1 / 3, 1 / 3, 1 / 3, 0.0]))
    assert draw(logs, Highest()) == 2
