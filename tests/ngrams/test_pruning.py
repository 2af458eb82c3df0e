"""What is left out of a model, and what is kept."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.ngrams.kneser_ney import NgramConfig, build_ngram

EOS = 2
STREAMS = st.lists(st.sampled_from([1, 2, 2, 3, 4, 5, 6, 7]), min_size=1, max_size=80)


def ngrams_of(runtime):
    """Return the n-grams of each order as tuples of words."""
    grams, of_orders = [(word,) for word in range(runtime.vocabulary_size)], []
    for order in runtime.orders:
        contexts = np.repeat(np.arange(len(order.sizes)), order.sizes).tolist()
        grams = [(*grams[context], word) for context, word in zip(contexts, order.words.tolist(), strict=True)]
        of_orders.append(grams)
    return of_orders


@settings(deadline=None, max_examples=40)
@given(STREAMS, st.sampled_from([(1, 2), (1, 1, 2), (1, 1, 2, 3)]))
def test_rare_ngrams_are_left_out_and_still_counted(ids, min_counts):
    whole = build_ngram(ids, NgramConfig(order=4), vocabulary_size=8)
    pruned = build_ngram(ids, NgramConfig(order=4, min_counts=min_counts), vocabulary_size=8)
    words = [EOS, *ids]
    for length, grams, all_grams in zip((2, 3, 4), ngrams_of(pruned), ngrams_of(whole), strict=True):
        least = min_counts[min(length, len(min_counts)) - 1]
        times = Counter(tuple(words[i : i + length]) for i in range(len(words) - length + 1))
        assert grams == [gram for gram in all_grams if times[gram] >= least]
    for one, other in zip(pruned.orders, whole.orders, strict=True):
        np.testing.assert_array_equal(one.discounts, other.discounts)
    # The totals of words, which are all kept as contexts, and of the pairs that are.
    np.testing.assert_array_equal(pruned.orders[0].totals, whole.orders[0].totals)
    kept = [ngrams_of(whole)[0].index(gram) for gram in ngrams_of(pruned)[0]]
    np.testing.assert_array_equal(pruned.orders[1].totals, whole.orders[1].totals[kept])


@pytest.fixture(scope="module")
def stream():
    return 2 + np.minimum(np.random.default_rng(0).geometric(0.1, 6_000), 60).astype(np.int32)


def sizes_of(ids, **options):
    ngram = build_ngram(ids, NgramConfig(order=4, **options), vocabulary_size=64)
    return [len(order.words) for order in ngram.orders]


def test_rare_ngrams_are_left_out_until_few_enough_are_left(stream):
    # Longer ones that are there once go first; then pairs there once and longer ones there twice, and so on.
    stricter = [sizes_of(stream, min_counts=min_counts) for min_counts in ((1,), (1, 1, 2), (1, 2, 3), (1, 3, 4))]
    for limit in (100_000, 8_000, 4_000, 2_000, 1_000):
        assert sizes_of(stream, max_ngrams=limit) == next(sizes for sizes in stricter if sum(sizes) <= limit)
    assert sum(stricter[0]) > 8_000  # so that every limit but the first leaves some out
    assert sum(stricter[2]) > 1_000


def test_the_stricter_of_two_limits_holds(stream):
    assert sizes_of(stream, min_counts=(1, 3, 3), max_ngrams=100_000) == sizes_of(stream, min_counts=(1, 3, 3))
    assert sizes_of(stream, min_counts=(1, 1, 9), max_ngrams=1_100) == sizes_of(stream, min_counts=(1, 2, 9))
