"""Tables of n-grams: a distribution by hand, and what contradicts itself."""

import math

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.errors import InputError
from nextword.ngrams.ngram_order import BLOCK_LENGTH, CONTEXTS_AT_ONCE, NgramOrder, sums_of_contexts
from nextword.ngrams.runtime import NgramRuntime

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


def long_order(contexts=3_000, discounts=(0.0, 0.5, 1.0, 1.5), **changes):
    """Contexts of 0 to 40 n-grams, over several blocks; one of them is longer than a block."""
    generator = np.random.default_rng(1)
    sizes = generator.integers(0, 41, contexts).astype(np.int32)
    sizes[generator.integers(0, contexts, contexts // 3)] = 0
    sizes[700] = 2 * BLOCK_LENGTH + 5
    words = np.concatenate([np.arange(1, size + 1) for size in sizes]).astype(np.int32)
    counts = generator.integers(1, 9, len(words)).astype(np.int32)
    totals = sums_of_contexts(counts, sizes).sums.astype(np.int32) + (sizes > 0)
    parts = {"words": words, "counts": counts, "sizes": sizes, "totals": totals, **changes}
    return NgramOrder(**parts, discounts=np.array(discounts))


def test_what_is_asked_first_does_not_matter():
    whole, asked = long_order(), long_order()
    assert len(whole.words) > 5 * BLOCK_LENGTH
    probabilities, weights = whole.discounted_probabilities, whole.backoff_weights
    for row in np.random.default_rng(2).permutation(len(whole.sizes)).tolist():
        start, end = whole.starts[row : row + 2]
        following = asked.following(row)
        assert (following is None) == (start == end)
        if following is not None:
            words, some, weight = following
            np.testing.assert_array_equal(words, whole.words[start:end])
            np.testing.assert_array_equal(some, probabilities[start:end], strict=True)
            assert weight == float(weights[row])
            # The same in Python.
            taken = [count - whole.discounts[min(count, 3)] for count in whole.counts[start:end].tolist()]
            assert weight == pytest.approx(1 - sum(taken) / whole.totals[row], abs=1e-6)
    np.testing.assert_array_equal(asked.backoff_weights, weights, strict=True)
    assert (weights[whole.sizes == 0] == 1.0).all()


def test_all_is_checked_when_it_is_made_though_computed_later():
    small = long_order().totals.copy()
    small[np.flatnonzero(long_order().sizes > 5)[-1]] = 1  # in the last block
    for changes, code in (
        ({"totals": small}, "ngram-mass"),
        ({"discounts": (0.0, -0.5, -0.5, -0.5)}, "ngram-mass"),
        ({"discounts": (0.0, 1.0, 1.0, 1.5)}, "ngram-mass"),  # nothing is left of 1
        ({"discounts": (0.0, 0.5, 1.0, 3.0)}, "ngram-mass"),
        ({"counts": np.where(np.arange(len(long_order().words)) == 40_000, 0, long_order().counts)}, "ngram-counts"),
        ({"words": np.where(np.arange(len(long_order().words)) == 30_001, 1, long_order().words)}, "ngrams-not-sorted"),
    ):
        with refuses(InputError, code):
            long_order(**changes)
    # Unusual discounts that take no mass from any context are fine, as they were.
    long_order(discounts=(0.0, 0.0, 0.0, 2.999))


def test_sums_of_many_contexts_are_those_of_each():
    generator = np.random.default_rng(4)
    sizes = generator.integers(0, 4, 2 * CONTEXTS_AT_ONCE + 3).astype(np.int32)
    counts = generator.integers(1, 2**31 - 1, sizes.sum()).astype(np.int32)
    starts, sums = sums_of_contexts(counts, sizes)
    assert starts[-1] == len(counts)
    for row in (0, 1, CONTEXTS_AT_ONCE - 1, CONTEXTS_AT_ONCE, CONTEXTS_AT_ONCE + 1, len(sizes) - 1):
        assert sums[row] == sum(counts[starts[row] : starts[row + 1]].tolist())
    assert sums.sum() == counts.sum(dtype=np.int64)


@pytest.mark.parametrize(("most", "kind"), [(9, np.uint8), (300, np.uint16), (70_000, np.int32)])
def test_counts_are_kept_in_few_bytes(most, kind):
    counts = np.random.default_rng(5).integers(1, 9, len(long_order().words)).astype(np.int32)
    counts[[0, 9_000, -1]] = most
    sizes = long_order().sizes
    order = long_order(counts=counts, totals=sums_of_contexts(counts, sizes).sums.astype(np.int32))
    assert order.counts.dtype == kind
    assert order.left_out is None
    np.testing.assert_array_equal(order.counts, counts)
    np.testing.assert_array_equal(order.totals, sums_of_contexts(counts, sizes).sums)
    same = NgramOrder.of_starts(order.words, order.counts, order.starts, None, order.discounts)
    np.testing.assert_array_equal(same.discounted_probabilities, order.discounted_probabilities, strict=True)
    np.testing.assert_array_equal(same.backoff_weights, order.backoff_weights, strict=True)
    np.testing.assert_array_equal(same.sizes, sizes, strict=True)


def test_what_was_left_out_counts():
    counts = np.array([1, 2, 1])
    order = order_of(totals=[0, 0, 5, 1, 4])
    assert order.left_out.tolist() == [0, 0, 2, 0, 4]
    assert order.totals.tolist() == [0, 0, 5, 1, 4]
    np.testing.assert_allclose(order.discounted_probabilities, [0.5 / 5, 1 / 5, 0.5])
    with refuses(nw.InputError, "ngram-counts"):
        NgramOrder.of_starts(order.words, counts - 1, order.starts, None, order.discounts)
    with refuses(nw.InputError, "ngram-discounts"):
        NgramOrder.of_starts(order.words, counts, order.starts, None, order.discounts[:3])
    with refuses(nw.InputError, "ngram-mass"):
        NgramOrder.of_starts(order.words, counts, order.starts, None, np.array([0.0, 1.0, 1.0, 1.5]))
