"""What every distribution promises: bounds that hold, and spans and single ids as in the whole one."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from large_vocabularies import RUNTIMES, Clustered, V, ngram, stream

import nextword as nw
from nextword.runtime import (
    ClusteredDistribution,
    WeightedSum,
    added_up,
    base_of,
    ceiling_of,
    common_edges,
    distributions_of,
    span_edges,
)
from nextword.runtime.sparse import BLOCK

PRUNED = nw.build_ngram(stream(1), nw.NgramConfig(order=4, min_counts=(1, 2, 1)), vocabulary_size=V)
ALL = {**RUNTIMES, "pruned n-grams": PRUNED}


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=8, deadline=None)
@given(
    ids=st.lists(st.integers(1, 30), max_size=6),
    cuts=st.sets(st.integers(1, V - 1), max_size=40),
    wanted=st.lists(st.integers(0, V - 1), max_size=30),
)
def test_it_is_the_whole_distribution_in_parts(name, ids, cuts, wanted):
    runtime = ALL[name]
    state = runtime.advance(runtime.initial_state(), np.array(ids, np.int64))
    whole = np.exp(runtime.log_probabilities(state)[0].astype(np.float64))
    (distribution,) = distributions_of(runtime, state)
    assert (distribution.edges[0], distribution.edges[-1]) == (0, V)
    assert (np.diff(distribution.edges) > 0).all()
    edges = np.array([0, *sorted(cuts), V])
    for _ in range(2):  # before and after everything was looked at
        bounds = distribution.bounds(edges)
        assert (bounds.shape, bounds.dtype) == ((len(edges) - 1,), np.float64)
        assert (bounds * (1 + 1e-5) + 1e-37 >= np.maximum.reduceat(whole, edges[:-1]) * (1 - 1e-6)).all()
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            span = distribution.span(first, last)
            np.testing.assert_allclose(span, whole[first:last], atol=1e-6)
            span[:] = 2.0  # a new array, which may be changed
        some = distribution.at(np.array(wanted, np.int64))
        np.testing.assert_allclose(some, whole[wanted], atol=1e-6)
        some[:] = 2.0
    assert (bounds <= 1.0 + 1e-4).all() or "shape" in name or "never" in name or "blocked" in name


def test_bounds_are_lower_where_a_cluster_was_computed():
    runtime = Clustered(30)
    distribution = distributions_of(runtime, runtime.initial_state())[0]
    before = distribution.bounds(distribution.edges)
    assert distribution.opened == 0
    assert before[-1] == pytest.approx(0.1)
    distribution.at(np.array([5_000]))
    assert distribution.opened == 1
    after = distribution.bounds(distribution.edges)
    assert (after <= before).all()
    assert after[-1] < 0.05


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1 << 30), st.sampled_from([0.0, 0.1, 1.0, 5.0, 60.0]), st.floats(0.0, 3.0))
def test_no_probability_of_a_cluster_is_above_its_ceiling(seed, length, spread):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(0.3, 1.0, (300, 4)).astype(np.float32)
    biases = generator.normal(0.0, spread, 300).astype(np.float32)
    hidden = (length * generator.normal(size=4)).astype(np.float32)
    logits = vectors.astype(np.float64) @ hidden + biases
    highest = 1.0 / np.exp(logits - logits.max()).sum()
    ceiling = ceiling_of(vectors, biases).at(hidden)
    assert highest <= ceiling * (1 + 1e-5) <= 1 + 1e-5
    if not length:
        assert ceiling == pytest.approx(highest, rel=1e-5)


def test_ceilings_lower_the_bounds_of_clusters_that_were_not_computed():
    head, parts = np.full(3, 0.1, np.float32), [np.full(2, 0.5, np.float32), np.full(4, 0.25, np.float32)]
    distribution = ClusteredDistribution(
        head, (0.5, 0.2), (3, 5), np.array([0, 3, 5, 9]), parts.__getitem__, (0.6, 3.0)
    )
    assert distribution.bounds(np.array([0, 4, 5, 9])) == pytest.approx([0.3, 0.3, 0.2])
    assert distribution.span(0, 9) == pytest.approx([*[0.1] * 3, *[0.25] * 2, *[0.05] * 4])
    assert distribution.bounds(np.array([0, 4, 5, 9])) == pytest.approx([0.25, 0.25, 0.05])
    assert distribution.bounds(np.array([4, 9])) == pytest.approx([0.25])
    assert distribution.bounds(np.array([6, 7, 9])) == pytest.approx([0.05, 0.05])


def test_edges_of_spans_and_clusters():
    assert span_edges(5).tolist() == [0, 5]
    assert span_edges(4_096).tolist() == [0, 4_096]
    assert span_edges(10_000, (4_096, 9_000)).tolist() == [0, 4_096, 8_192, 9_000, 10_000]
    (few,), (many,) = (distributions_of(one, one.initial_state()) for one in (ngram(2), Clustered()))
    assert common_edges([few, few]) is few.edges
    assert common_edges([few, many]).tolist() == [0, 512, 4_096, 5_000, V]


def test_a_weighted_sum_by_hand():
    (first,), (second,) = (distributions_of(one, one.initial_state()) for one in (ngram(1), ngram(1, seed=4)))
    total = WeightedSum([first, second], [0.25, 0.75])
    expected = 0.25 * first.span(0, V) + 0.75 * second.span(0, V)
    np.testing.assert_allclose(total.span(0, V), expected, rtol=1e-6)
    np.testing.assert_allclose(total.at(np.array([5, 3])), expected[[5, 3]], rtol=1e-6)


def test_words_that_only_some_lists_have_are_added_up():
    generator = np.random.default_rng(0)
    lists = []
    for size in (50, 1, 200, 120):
        words = np.sort(generator.choice(400, size, replace=False)).astype(np.int32)
        lists.append((float(generator.random()), words, generator.random(size).astype(np.float32)))
    before = [array.copy() for _, *arrays in lists for array in arrays]
    expected = np.zeros(400)
    for weight, words, numbers in lists:
        expected[words] += weight * numbers
    words, sums = added_up(lists)
    assert words.tolist() == np.flatnonzero(expected).tolist()
    np.testing.assert_allclose(sums, expected[words], rtol=1e-6)
    assert [array.tolist() for array in before] == [array.tolist() for _, *arrays in lists for array in arrays]
    assert [len(array) for array in added_up([])] == [0, 0]


def test_the_bounds_of_a_base_are_those_of_its_blocks():
    probabilities = np.random.default_rng(1).random(5 * BLOCK + 3).astype(np.float32)
    base = base_of(probabilities)
    exact = base.bounds(np.array([0, 2 * BLOCK, 5 * BLOCK, len(probabilities)]))
    assert exact.tolist() == [part.max() for part in np.split(probabilities, [2 * BLOCK, 5 * BLOCK])]
    wider = base.bounds(np.array([0, 5, 3 * BLOCK + 1, len(probabilities)]))
    assert wider.tolist() == [
        probabilities[:BLOCK].max(), probabilities[: 4 * BLOCK].max(), probabilities[3 * BLOCK :].max()
    ]  # fmt: skip
