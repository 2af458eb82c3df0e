"""Tensors of an n-gram model: small, equal after a round trip, and refused where they contradict each other."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.bundle.ngrams import ngram_of, ngram_tensors
from nextword.bundle.successors import BLOCK_LENGTH

STREAMS = st.lists(st.sampled_from([1, 2, 2, 3, 4, 5]), min_size=1, max_size=60)


def built(ids, order=3, min_counts=(1,), size=6):
    return nw.build_ngram(ids, nw.NgramConfig(order=order, min_counts=min_counts), vocabulary_size=size)


@settings(deadline=None, max_examples=60)
@given(
    STREAMS, st.integers(1, 5), st.sampled_from([(1,), (1, 1, 2), (1, 3), (1, 9, 1)]), st.sampled_from([1, 100, 300])
)
def test_a_model_is_the_same_after_a_round_trip(ids, order, min_counts, times):
    runtime = built(ids * times, order, min_counts)  # counts beyond a byte too
    tensors = ngram_tensors(runtime)
    before = {name: array.copy() for name, array in tensors.items()}
    again = ngram_of(dict(tensors), order, 6)
    for name, array in ngram_tensors(again).items():
        np.testing.assert_array_equal(array, before[name], strict=True)
    np.testing.assert_array_equal(again.unigram, runtime.unigram)
    for one, other in zip(again.orders, runtime.orders, strict=True):
        computed = {"sizes", "discounted_probabilities", "backoff_weights"}
        for name in {field.name for field in fields(one)} - {"left_out", "_is_ready"} | computed:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
        is_continued = one.sizes > 0  # totals of other contexts are never asked for
        np.testing.assert_array_equal(one.totals[is_continued], other.totals[is_continued], strict=True)


def test_numbers_take_a_byte_and_large_ones_more():
    tensors = ngram_tensors(built([3, 4, 2] * 300 + [3, 5, 2], order=2))
    assert tensors["ngram.2.contexts"].tolist() == [0b00111100]  # <eos>, 3, 4 and 5 go on
    assert tensors["ngram.2.ranks"].tolist() == [4, 5, 1, 3, 3]  # after <eos> 3, after 3 4 and 5, after both 2
    assert tensors["ngram.2.ranks.large"].tolist() == []
    assert tensors["ngram.2.counts"].tolist() == [255, 255, 1, 255, 1]
    assert tensors["ngram.2.counts.large"].tolist() == [301, 300, 300]
    assert tensors["ngram.2.left_out"].tolist() == []
    assert sum(array.dtype.kind == "f" for array in tensors.values()) == 2
    pruned = ngram_tensors(built([3, 4, 2] * 300 + [3, 5, 2], order=2, min_counts=(1, 2)))
    assert pruned["ngram.2.left_out"].tolist() == [0, 1, 0]  # 3 5 is not there, but counts


def forged(name, value):
    tensors = ngram_tensors(built([3, 4, 2] * 300 + [3, 5, 2], order=2))
    del tensors[f"ngram.2.{name}"]
    return tensors if value is None else {**tensors, f"ngram.2.{name}": value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ranks", None),
        ("ranks", np.array([3.0])),
        ("ranks", np.array([[3]], np.uint8)),
        ("ranks.large", None),
        ("counts", None),
        ("counts.large", None),
        ("contexts", None),
        ("sizes", None),
        ("left_out", None),
        ("discounts", None),
        ("discounts", np.array([0, 1, 1, 1], np.uint8)),
    ],
)
def test_every_tensor_is_a_row(name, value):
    with refuses(nw.InputError, "tensor-not-a-row", tensor=f"ngram.2.{name}"):
        ngram_of(forged(name, value), 2, 6)


@pytest.mark.parametrize(
    ("name", "value", "figures"),
    [
        ("ranks", np.array([4, 5, 1, 3], np.uint8), {"order": 2}),
        ("ranks", np.array([4, 5, 0, 3, 3], np.uint8), {"order": 2}),  # twice the same word
        ("ranks", np.array([4, 5, 2, 3, 3], np.uint8), {}),  # beyond the last word
        ("ranks", np.array([4, 5, 1, 3, 255], np.uint8), {"tensor": "ngram.2.ranks"}),
        ("ranks", np.array([4, 5, 1, 3, 3], np.uint16), {"tensor": "ngram.2.ranks"}),
        ("ranks.large", np.array([300], np.uint16), {"tensor": "ngram.2.ranks"}),
        ("counts", np.array([255, 255, 1, 255], np.uint8), {"order": 2}),
        ("counts", np.array([254, 255, 1, 255, 1], np.uint8), {"tensor": "ngram.2.counts"}),
        ("counts", np.array([255, 255, 1, 255, 1], np.uint16), {"tensor": "ngram.2.counts"}),
        ("counts.large", np.array([301, 300, 254], np.uint16), {"tensor": "ngram.2.counts"}),
        ("counts.large", np.array([301, 300, 2**63], np.uint64), {"value": 2**63}),
        ("counts.large", np.array([301, 2**31 - 1, 300], np.uint32), {"value": 2**31}),  # a sum of two
        ("contexts", np.array([0b00111000], np.uint8), {"order": 2}),
        ("contexts", np.array([0b00111100, 0], np.uint8), {"order": 2}),
        ("contexts", np.array([0b00111100], np.uint16), {"order": 2}),
        ("sizes", np.array([1, 2, 1], np.uint8), {"order": 2}),
        ("sizes", np.array([1, 2, 1, 2], np.uint8), {"order": 2}),
        ("left_out", np.array([0, 1, 0], np.uint8), {"order": 2}),
    ],
)
def test_tensors_that_contradict_each_other_are_refused(name, value, figures):
    with refuses(nw.InputError, "tensors-contradict", **figures):
        ngram_of(forged(name, value), 2, 6)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("counts", np.array([255, 255, 0, 255, 1], np.uint8), "ngram-counts"),
        ("discounts", np.array([0.0, 0.5, 1.0]), "ngram-discounts"),
        ("discounts", np.array([0.0, np.nan, 1.0, 1.5]), "ngram-discounts"),
        ("discounts", np.array([0.0, 1.5, 1.0, 1.5]), "ngram-mass"),
        ("discounts", np.array([0.0, -0.5, 1.0, -1e308]), "ngram-mass"),
    ],
)
def test_ngrams_that_no_text_has_are_refused(name, value, code):
    with refuses(nw.InputError, code):
        ngram_of(forged(name, value), 2, 6)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([3, 4, 5, 2, 2], None),
        ([3, 5, 4, 2, 2], "ngrams-not-sorted"),
        ([3, 4, 6, 2, 2], "ngram-words-outside-vocabulary"),
        ([3, 4, 5, 2], "tensors-contradict"),
        ([3, 4, 5, 2, 2**31], "tensors-contradict"),
    ],
)
def test_words_may_stand_as_they_are(words, code):
    tensors = {**forged("ranks", None), "ngram.2.words": np.array(words, np.uint32)}
    if code is None:
        assert ngram_of(tensors, 2, 6).orders[0].words.tolist() == words
        return
    with refuses(nw.InputError, code):
        ngram_of(tensors, 2, 6)


def test_ngrams_without_their_shorter_ones_keep_their_words():
    # 3 4 5 is kept, as it begins with 3 4; 4 5, with which it ends, is not in the text as often.
    runtime = built([3, 4, 5, 2] * 3 + [3, 4, 1, 2] * 9, 4, (1, 9, 1))
    tensors = ngram_tensors(runtime)
    assert {name for name in tensors if "words" in name} == {"ngram.3.words", "ngram.4.words"}
    again = ngram_of(dict(tensors), 4, 6)
    for one, other in zip(again.orders, runtime.orders, strict=True):
        np.testing.assert_array_equal(one.words, other.words)
    tensors["ngram.4.ranks"] = tensors.pop("ngram.4.words")  # among which words, nobody knows
    with refuses(nw.InputError, "tensor-not-a-row", tensor="ngram.4.words"):
        ngram_of(tensors, 4, 6)


def test_many_words_and_several_blocks_come_back():
    generator = np.random.default_rng(4)
    ids = 3 + generator.zipf(1.2, 150_000) % 20_000
    ids[::9] = 2
    runtime = built(ids, 4, (1, 1, 1, 2), 20_003)
    assert len(runtime.orders[1].words) > BLOCK_LENGTH
    tensors = ngram_tensors(runtime)
    assert tensors["ngram.2.ranks.large"].max() > 10_000
    again = ngram_of(dict(tensors), 4, 20_003)
    for one, other in zip(again.orders, runtime.orders, strict=True):
        for name in ("words", "counts", "starts", "discounted_probabilities"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    small = sum(array.nbytes for name, array in tensors.items() if ".1." not in name)
    assert small < 4 * sum(len(order.words) for order in runtime.orders)


def test_it_takes_fewer_bytes_than_the_text():
    text = "\n".join(nw.sample_texts())
    tokenizer = nw.build_tokenizer([text])
    ids = nw.encode_texts(tokenizer, [text])
    tensors = ngram_tensors(built(ids, 5, (1, 1, 1, 2), len(tokenizer.vocabulary)))
    assert sum(array.nbytes for array in tensors.values()) < 2 * len(text.encode())
