"""The best few and given ones, found without the whole distribution: the same as from the whole one."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from large_vocabularies import RUNTIMES, TOKENIZER, Clustered, Random, V, cache, in_shape, mixture, ngram, stream
from refusals import refuses

import nextword as nw
from nextword.runtime import (
    WholeDistribution,
    best,
    best_of,
    distributions_of,
    is_searched,
    log_softmax,
    most_probable,
    span_edges,
    top_positions,
)
from nextword.tokens.vocabulary import EOS_ID, PAD_ID

IDS = st.lists(st.one_of(st.integers(1, 40), st.integers(1, V - 1)), max_size=12)
TEXTS = st.integers(1, 4).flatmap(lambda texts: st.lists(st.lists(IDS, min_size=1, max_size=1), min_size=texts))
PARTS = [ngram(2), ngram(5, seed=1), cache(), cache(window=9, smoothing=(0.5, 1.0)), Random(9), Clustered(10)]


@pytest.fixture(autouse=True)
def searched(monkeypatch):
    """Search in small vocabularies too."""
    monkeypatch.setattr(best, "SEARCHED_FROM", 1)
    monkeypatch.setattr(best, "SEARCHED_SHARE", 1)


def read(runtime, ids):
    return runtime.advance(runtime.initial_state(), np.array(ids, np.int64))


def assert_the_best(ids, probabilities, whole):
    """Check that ids are the best of a whole distribution (V,), where neighbours differ by more than 1e-6."""
    ranked = np.lexsort((np.arange(len(whole)), -whole))[: len(ids)]
    np.testing.assert_allclose(probabilities, whole[ranked], atol=1e-6)
    np.testing.assert_allclose(whole[ids], whole[ranked], atol=1e-6)
    assert len(set(ids.tolist())) == len(ids)
    for place in np.flatnonzero(ids != ranked):
        assert abs(whole[ids[place]] - whole[ranked[place]]) <= 1e-6
    equal = np.diff(probabilities) == 0.0
    assert (np.diff(ids)[equal] > 0).all()


def assert_agrees(runtime, state, k, wanted=(PAD_ID, 3, V - 1)):
    whole = np.exp(runtime.log_probabilities(state).astype(np.float64))
    ids, logs = most_probable(runtime, state, k)
    assert (ids.shape, logs.shape, ids.dtype, logs.dtype) == ((len(whole), k), (len(whole), k), np.int64, np.float32)
    for row in range(len(whole)):
        assert_the_best(ids[row], np.exp(logs[row].astype(np.float64)), whole[row])
    given_ones = nw.log_probabilities_at(runtime, state, wanted)
    np.testing.assert_allclose(np.exp(given_ones), whole[:, list(wanted)], atol=1e-6)


@pytest.mark.parametrize("name", RUNTIMES)
@settings(max_examples=8, deadline=None)
@given(ids=IDS, k=st.integers(1, 12), wanted=st.lists(st.integers(0, V - 1), min_size=1, max_size=300))
def test_the_best_few_are_those_of_the_whole_distribution(name, ids, k, wanted):
    runtime = RUNTIMES[name]
    assert is_searched(runtime, k) == (name != "two methods")
    assert_agrees(runtime, read(runtime, ids), k, wanted)


@st.composite
def mixtures(draw, depth=2):
    """Return a runtime: one of few parts, or a random mixture of such, with weights by length or not, in a shape."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(PARTS))
    parts = draw(st.lists(mixtures(depth=depth - 1), min_size=1, max_size=3))
    shares = st.lists(st.integers(1, 1000), min_size=len(parts), max_size=len(parts))
    rows = [tuple(row / np.sum(row)) for row in map(np.array, draw(st.lists(shares, min_size=3, max_size=3)))]
    early = tuple(rows[1:]) if draw(st.booleans()) else ()
    mixed = mixture(*parts, weights=rows[0], early=early)
    shapes = st.sampled_from([{}, {}, {"never": (3, 5)}, {"blocked": ("tea0", "苹果")}, {"temperature": 1.5}])
    return in_shape(mixed, **draw(shapes))


@settings(max_examples=60, deadline=None)
@given(mixtures(), IDS, st.integers(1, 9))
def test_random_mixtures_agree(runtime, ids, k):
    assert_agrees(runtime, read(runtime, ids), k)


@pytest.mark.parametrize("name", RUNTIMES)
def test_several_texts_at_once_are_as_alone(name):
    runtime, rows = RUNTIMES[name], stream(5, 12).reshape(4, 3)
    together = runtime.advance(runtime.initial_state(4), rows)
    ids, logs = most_probable(runtime, together, 6)
    wanted = rows[:, :2]
    some = nw.log_probabilities_at(runtime, together, wanted)
    for row, text in enumerate(rows):
        whole = np.exp(runtime.log_probabilities(read(runtime, text)).astype(np.float64))[0]
        assert_the_best(ids[row], np.exp(logs[row]), whole)
        np.testing.assert_allclose(np.exp(some[row]), whole[wanted[row]], atol=1e-6)


def test_by_hand():
    probabilities = np.array([0.0, 0.1, 0.2, 0.2, 0.5])
    runtime = nw.build_ngram([3, 4], nw.NgramConfig(order=1), vocabulary_size=5)
    runtime = type(runtime)(probabilities, ())
    ids, logs = nw.most_probable(runtime, runtime.initial_state(2), 9)
    assert ids.tolist() == [[4, 2, 3, 1, 0]] * 2
    np.testing.assert_allclose(np.exp(logs), [[0.5, 0.2, 0.2, 0.1, 0.0]] * 2, rtol=1e-6)
    assert np.isneginf(logs[:, -1]).all()
    np.testing.assert_allclose(
        np.exp(nw.log_probabilities_at(runtime, runtime.initial_state(2), [[4, 0], [1, 1]])), [[0.5, 0.0], [0.1, 0.1]]
    )


def test_a_cluster_that_cannot_have_one_of_the_best_is_never_computed():
    runtime = Clustered(20, shares=(0.98, 0.015, 0.005))
    state = read(runtime, [7])
    whole = np.exp(runtime.log_probabilities(state))[0]
    assert sorted(set(runtime.computed)) == [0, 1]
    lowest = whole[:512][top_positions(whole[:512], 3)[-1]]
    assert lowest > 0.015
    runtime.computed.clear()
    ids, _ = most_probable(runtime, state, 3)
    assert_the_best(ids[0], whole[ids[0]], whole)
    nw.log_probabilities_at(runtime, state, [3, 511])
    assert runtime.computed == []
    nw.log_probabilities_at(runtime, state, [3, V - 1, 5_000])
    assert runtime.computed == [1]


def test_a_cluster_is_computed_once_where_it_has_one_of_the_best():
    runtime = mixture(Clustered(20, shares=(0.3, 0.0001, 0.6999)), ngram(1))
    state = read(runtime, [7])
    runtime.models[0].computed.clear()
    ids, logs = most_probable(runtime, state, 8)
    assert runtime.models[0].computed == [1]
    assert ids.max() >= 5_000
    assert_the_best(ids[0], np.exp(logs[0]), np.exp(runtime.log_probabilities(state))[0])


class Counted:
    """A distribution that lists the spans that are asked for."""

    def __init__(self, base):
        self.base, self.edges, self.bounds, self.at, self.spans = base, base.edges, base.bounds, base.at, []

    opened = property(lambda self: self.base.opened)

    def span(self, first, last):
        self.spans.append((first, last))
        return self.base.span(first, last)


class Sharp(Random):
    """A runtime whose probabilities are too small for a float32, and its log-probabilities are not."""

    def log_probabilities(self, state):
        return log_softmax(np.stack([self.logits_after(last) for last in state[0].tolist()]))

    def distributions(self, state):
        return [WholeDistribution(row, span_edges(V)) for row in np.exp(self.log_probabilities(state))]


def test_log_probabilities_of_what_is_hardly_possible_are_exact():
    runtime = Sharp(40, scale=80.0)
    state = runtime.advance(runtime.initial_state(3), [4, 5, 6])
    whole = runtime.log_probabilities(state)
    least = np.argsort(whole, axis=1)[:, :4]
    assert np.isneginf(whole[:, PAD_ID]).all()
    assert (whole[np.arange(3), least[:, 1]] < -150).all()
    np.testing.assert_array_equal(
        nw.log_probabilities_at(runtime, state, least), np.take_along_axis(whole, least, axis=1)
    )


def test_spans_with_low_bounds_are_not_looked_at():
    runtime = mixture(ngram(1), cache())
    counted = Counted(distributions_of(runtime, read(runtime, [4, 5]))[0])
    ids, _ = best_of(counted, 5, first=3)
    assert counted.spans == [(3, 4096)]
    assert ids.min() >= 3


def test_equal_probabilities_are_ordered_by_id_over_all_spans():
    uniform = np.full(10_000, 1.0 / 9_999)
    uniform[0] = 0.0
    runtime = type(ngram(1))(uniform, ())
    ids, _ = most_probable(runtime, runtime.initial_state(), 7)
    assert ids.tolist() == [[1, 2, 3, 4, 5, 6, 7]]
    uniform = uniform.copy()
    uniform[[9_000, 5_000]] = 2.0 / 9_999
    runtime = type(ngram(1))(uniform / uniform.sum(), ())
    assert most_probable(runtime, runtime.initial_state(), 4)[0].tolist() == [[5_000, 9_000, 1, 2]]


def test_all_tokens_are_asked_for():
    runtime = RUNTIMES["mixture"]
    state = read(runtime, [EOS_ID, 4])
    ids, logs = most_probable(runtime, state, V + 5)
    assert sorted(ids[0].tolist()) == list(range(V))
    assert (np.diff(logs[0]) <= 0).all()
    assert ids[0, -1] == PAD_ID


def test_where_nothing_can_come_nothing_is_found():
    tokenizer = nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>")))
    runtime = nw.build_ngram([2, 2], nw.NgramConfig(order=1), vocabulary_size=3)
    assert nw.predict_next_word(nw.build_language_model(tokenizer, runtime), "") == ()
    runtime = in_shape(cache(), never=tuple(range(V)))
    ids, probabilities = best_of(distributions_of(runtime, runtime.initial_state())[0], 3)
    assert (ids.tolist(), probabilities.tolist()) == ([0, 1, 2], [0.0] * 3)


def test_most_of_what_is_likely_is_masked():
    runtime = in_shape(mixture(ngram(5), Clustered(11)), never=tuple(range(1, 600)))
    assert_agrees(runtime, read(runtime, [4, 5]), 9, wanted=(4, 599, 600, V - 1))


@pytest.mark.parametrize("size", [5_000, 40_000])
def test_small_vocabularies_are_computed_whole(size, monkeypatch):
    monkeypatch.undo()
    runtime = nw.build_ngram(stream(), nw.NgramConfig(order=2), vocabulary_size=max(size, V))
    assert is_searched(runtime) == (size == 40_000)
    assert not is_searched(runtime, size // 2)  # nor where many are wanted
    state = read(runtime, [4])
    ids, logs = nw.most_probable(runtime, state, 5)
    np.testing.assert_allclose(logs[0], runtime.log_probabilities(state)[0, ids[0]], rtol=1e-5)


@pytest.mark.parametrize("state", [None, (), [np.zeros((1, 2))], (np.zeros(3), np.zeros(3)), (np.zeros(3),), (3,)])
def test_what_is_no_state_is_refused(state):
    runtime = ngram(3)
    with refuses(nw.InputTypeError, "not-a-state", argument="state"):
        nw.most_probable(runtime, state, 1)
    with refuses(nw.InputTypeError, "not-a-state", argument="state"):
        nw.log_probabilities_at(runtime, state, [1])


def test_wrong_ids_are_refused():
    runtime, two = ngram(2), ngram(2).initial_state(2)
    for ids, code in (([V], "id-outside-vocabulary"), ([[1], [2], [3]], "ids-shape"), ([1.5], "ids-not-integers")):
        with refuses(nw.NextwordError, code, argument="ids"):
            nw.log_probabilities_at(runtime, two, ids)
    with refuses(nw.InputTypeError, "ids-ragged"):
        nw.log_probabilities_at(runtime, two, [[1, 2], [3]])
    assert nw.log_probabilities_at(runtime, two, []).shape == (2, 0)
    assert len(TOKENIZER.vocabulary) == V
