"""Tables of n-grams: a distribution by hand, and what contradicts itself."""

import math

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.ngrams.runtime import NgramOrder, NgramRuntime

UNIGRAM = np.array([0.0, 0.25, 0.25, 0.25, 0.25])


def order_of(**changes):
    """After 2: a 3 once and a 4 twice; after 3: a 3 once."""
    parts = {"words": [3, 4, 3], "counts": [1, 2, 1], "sizes": [0, 0, 2, 1, 0], "totals": [0, 0, 3, 1, 0]}
    parts = {name: np.array(value, np.int64) for name, value in {**parts, **changes}.items() if name != "discounts"}
    parts["words"] = parts["words"].astype(np.int32)
    return NgramOrder(**parts, discounts=np.array(changes.get("discounts", [0.0, 0.5, 1.0, 1.5])))


def test_probabilities_and_weights_by_hand():
    order = order_of()
    np.testing.assert_allclose(order.discounted_probabilities, [0.5 / 3, 1 / 3, 0.5])
    np.testing.assert_allclose(order.backoff_weights, [1.0, 1.0, 0.5, 0.5, 1.0])
    assert order.starts.tolist() == [0, 0, 0, 2, 3, 3]
    runtime = NgramRuntime(UNIGRAM, (order,))
    state = runtime.advance(runtime.initial_state(3), [2, 3, 4])
    expected = [
        [0.0, 0.125, 0.125, 0.125 + 0.5 / 3, 0.125 + 1 / 3],
        [0.0, 0.125, 0.125, 0.125 + 0.5, 0.125],
        UNIGRAM,  # nothing was seen after a 4
    ]
    np.testing.assert_allclose(np.exp(runtime.log_probabilities(state)), expected, rtol=1e-6)


def test_no_context_reaches_across_an_end():
    runtime = nw.build_ngram([3, 4, 2, 5, 4, 2] * 5, nw.NgramConfig(order=4), vocabulary_size=6)
    for before in ([3, 4], [5, 4], [1]):
        state = runtime.advance(runtime.initial_state(), [*before, 2])
        np.testing.assert_array_equal(state[0], [[2, -1, -1]])


def test_arrays_are_read_only():
    order = order_of()
    for name in ("words", "counts", "sizes", "totals", "discounts", "discounted_probabilities", "backoff_weights"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(order, name)[0] = 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"counts": [1, 2]}, "ngram-order-shapes"),
        ({"totals": [0, 0, 3, 1]}, "ngram-order-shapes"),
        ({"counts": [1, 0, 1]}, "ngram-counts"),
        ({"totals": [0, 0, 0, 1, 0]}, "ngram-counts"),
        ({"sizes": [0, 0, 2, 2, 0]}, "ngram-sizes"),
        ({"sizes": [0, 0, -1, 4, 0]}, "ngram-sizes"),
        ({"words": [4, 3, 3]}, "ngrams-not-sorted"),
        ({"words": [3, 3, 3]}, "ngrams-not-sorted"),
        ({"totals": [0, 0, 1, 1, 0]}, "ngram-mass"),
        ({"discounts": [0.0, 2.0, 1.0, 1.5]}, "ngram-mass"),
        ({"discounts": [0.0, math.nan, 1.0, 1.5]}, "ngram-discounts"),
        ({"discounts": [0.0, 0.5, 1.0]}, "ngram-discounts"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(changes, code):
    with refuses(nw.InputError, code):
        order_of(**changes)


def test_orders_that_do_not_fit_are_refused():
    assert NgramRuntime(UNIGRAM, (order_of(),)).vocabulary_size == 5
    with refuses(nw.InputError, "ngram-contexts", order=2, contexts=5, expected=4):
        NgramRuntime(np.array([0.0, 0.5, 0.25, 0.25]), (order_of(),))
    with refuses(nw.InputError, "ngram-words-outside-vocabulary", order=2, vocabulary_size=5):
        NgramRuntime(UNIGRAM, (order_of(words=[3, 5, 3]),))
    for wrong in (UNIGRAM * 2, UNIGRAM[::-1], np.array([0.0, 1.5, -0.5]), UNIGRAM[None]):
        with refuses(nw.InputError, "unigram-probabilities"):
            NgramRuntime(wrong, ())


@pytest.mark.parametrize("order", [2, 3, 5])
def test_contexts_looked_up_together_are_those_looked_up_one_by_one(order):
    generator = np.random.default_rng(order)
    ids = np.minimum(generator.geometric(0.15, 5_000) + 1, 30)  # 2 ends a text
    runtime = nw.build_ngram(ids, nw.NgramConfig(order=order), vocabulary_size=40)
    rows = [*(ids[start : start + 7] for start in range(0, 4_000, 101)), *generator.integers(1, 40, (20, 7))]
    together = runtime.advance(runtime.initial_state(len(rows)), np.stack(rows))
    alone = [runtime.advance(runtime.initial_state(), row) for row in rows]
    np.testing.assert_array_equal(together[0], np.concatenate([state[0] for state in alone]))
    expected = np.concatenate([runtime.probabilities(state) for state in alone])
    np.testing.assert_allclose(runtime.probabilities(together), expected, rtol=1e-5)
