"""Batches, unknown words in training, and the sampler of negatives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.tokens.vocabulary import EOS_ID, PAD_ID, UNK_ID
from nextword.training.batches import (
    build_batches,
    build_negative_sampler,
    build_validation_batches,
    find_once_seen,
    replace_once_seen,
)
from nextword.training.order import TextStream

STREAMS = st.lists(st.integers(1, 30), min_size=1, max_size=60).map(lambda ids: np.array(ids, np.int32))


def joined_rows(windows):
    """Return (B, S * T): the windows (S, B, T) of each row one after the other."""
    return windows.swapaxes(0, 1).reshape(windows.shape[1], -1)


def test_batches_by_hand():
    batches = build_batches(TextStream(np.array([5, 6, 7, 2, 8, 9, 4], np.int32)), batch_size=2, sequence_length=2)
    assert len(batches) == 2
    assert batches.inputs.tolist() == [[[2, 5], [2, 8]], [[6, 7], [9, 0]]]
    assert batches.targets.tolist() == [[[5, 6], [8, 9]], [[7, 2], [4, 0]]]
    assert batches.inputs.dtype == batches.targets.dtype == np.int32


@settings(deadline=None)
@given(STREAMS, st.integers(1, 8), st.integers(1, 8))
def test_every_token_is_a_target_once_after_the_token_before_it(ids, batch_size, sequence_length):
    batches = build_batches(TextStream(ids), batch_size, sequence_length)
    assert batches.inputs.shape == batches.targets.shape == (len(batches), batch_size, sequence_length)
    assert len(batches) == math.ceil(math.ceil(len(ids) / batch_size) / sequence_length)
    # Reading row after row, window after window, gives the stream again: windows continue rows, rows the stream.
    inputs, targets = joined_rows(batches.inputs), joined_rows(batches.targets)
    assert targets[targets != PAD_ID].tolist() == ids.tolist()
    assert inputs[targets != PAD_ID].tolist() == [EOS_ID, *ids[:-1].tolist()]
    assert not inputs[targets == PAD_ID].any()
    # Padding is on the right only.
    is_target = targets != PAD_ID
    assert not (np.diff(is_target.astype(int), axis=1) > 0).any()


@settings(deadline=None)
@given(STREAMS, st.integers(1, 8), st.integers(1, 8), st.randoms(use_true_random=False))
def test_tokens_outside_the_loss_mask_are_read(ids, batch_size, sequence_length, chance):
    loss_mask = np.array([chance.random() < 0.5 for _ in ids])
    for build in (build_batches, build_validation_batches):
        every, some = (build(TextStream(ids, mask), batch_size, sequence_length) for mask in (None, loss_mask))
        np.testing.assert_array_equal(some.inputs, every.inputs)
        before, after = joined_rows(every.targets), joined_rows(some.targets)
        np.testing.assert_array_equal(after[before != PAD_ID], np.where(loss_mask, ids, PAD_ID))


def test_a_stream_shorter_than_the_batch():
    batches = build_batches(TextStream(np.array([7, 8], np.int32)), batch_size=3, sequence_length=4)
    assert batches.inputs.tolist() == [[[2, 0, 0, 0], [7, 0, 0, 0], [0, 0, 0, 0]]]
    assert batches.targets.tolist() == [[[7, 0, 0, 0], [8, 0, 0, 0], [0, 0, 0, 0]]]


@pytest.mark.usefixtures("random_states_unchanged")
def test_batches_are_pure():
    ids = np.arange(3, 20, dtype=np.int32)
    ids.flags.writeable = False
    first, second = build_batches(TextStream(ids), 3, 4), build_batches(TextStream(ids), 3, 4)
    np.testing.assert_array_equal(first.inputs, second.inputs)
    first.inputs[:] = first.targets[:] = 0
    np.testing.assert_array_equal(build_batches(TextStream(ids), 3, 4).targets, second.targets)


def replace(ids, rate, seed=0):
    stream = TextStream(np.array(ids, np.int32), once_seen=find_once_seen(np.array(ids, np.int32)))
    return replace_once_seen(stream, rate, np.random.default_rng(seed)).ids


def test_words_seen_once_become_unknown():
    ids = [3, 4, 3, 2, 5, 6]
    assert replace(ids, 1.0).tolist() == [3, 1, 3, 2, 1, 1]
    assert replace(ids, 0.0).tolist() == ids
    assert replace(ids, 1.0).dtype == np.int32
    # One `<eos>` is no word seen once.
    assert replace([2], 1.0).tolist() == [2]


def test_a_text_with_unk_of_its_own_stays_as_it_is():
    assert replace([3, 4, UNK_ID, 2], 1.0).tolist() == [3, 4, UNK_ID, 2]


def test_words_of_earlier_texts_are_counted_too():
    ids = np.array([3, 4, 4, 5, 6, 2], np.int32)
    counts = np.array([0, 0, 1, 0, 2, 1000, 1])  # 3 is a role token, 5 was seen in an earlier text
    assert find_once_seen(ids, counts).tolist() == [False, False, False, False, True, False]


def test_a_fresh_start_reads_the_end_of_a_text_and_keeps_no_state():
    stream = TextStream(np.array([5, 2, 7, 2, 8, 9], np.int32), starts=np.array([0, 2, 4]))
    batches = build_batches(stream, batch_size=2, sequence_length=3)
    assert batches.inputs.tolist() == [[[2, 5, 2], [7, 2, 8]]]
    assert batches.keeps.tolist() == [[[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]]
    assert build_batches(TextStream(stream.ids), 2, 3).keeps.all()


def test_a_fresh_start_within_other_words_reads_the_end_of_a_text():
    stream = TextStream(np.array([5, 6, 7, 8], np.int32), starts=np.array([0, 2]))
    assert build_batches(stream, 1, 4).inputs.tolist() == [[[2, 5, 2, 7]]]


def test_the_rate_is_a_probability():
    ids = np.concatenate((np.arange(3, 4003), np.full(5000, 4003)))
    replaced = replace(ids, 0.25)
    assert 0.22 < np.count_nonzero(replaced[:4000] == UNK_ID) / 4000 < 0.28
    assert (replaced[4000:] == 4003).all()
    is_same = replaced != UNK_ID
    np.testing.assert_array_equal(replaced[is_same], ids[is_same])


@pytest.mark.usefixtures("random_states_unchanged")
def test_replacing_is_pure():
    ids = np.arange(3, 60, dtype=np.int32)
    ids.flags.writeable = False
    first, second, other = replace(ids, 0.5, 1), replace(ids, 0.5, 1), replace(ids, 0.5, 2)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
    assert ids.tolist() == list(range(3, 60))


def test_negatives_by_hand():
    # Counts: <unk> 0 -> 1, <eos> 1, "3" 16, "4" 0 -> 1; to the power 0.75: 1, 1, 8, 1.
    sampler = build_negative_sampler(np.array([3] * 16 + [2], np.int32), vocabulary_size=5, num_negatives=22)
    np.testing.assert_allclose(sampler.cumulative, np.array([0, 1, 2, 10, 11]) / 11)
    np.testing.assert_allclose(sampler.log_expected[1:], np.log([2, 2, 16, 2]), rtol=1e-6)
    assert sampler.log_expected[PAD_ID] == np.float32(-1e9)
    assert (sampler.log_expected.dtype, sampler.num_negatives) == (np.float32, 22)


def test_negatives_are_drawn_as_often_as_expected():
    counts = np.array([0, 3, 40, 200, 90, 7, 1, 0])
    sampler = build_negative_sampler(np.repeat(np.arange(8), counts).astype(np.int32), 8, 50_000)
    drawn = sampler.draw(np.random.default_rng(0))
    assert drawn.shape == (50_000,)
    assert drawn.dtype == np.int32
    expected = np.exp(sampler.log_expected.astype(np.float64))
    assert expected.sum() == pytest.approx(50_000, rel=1e-5)
    observed = np.bincount(drawn, minlength=8)
    assert observed[PAD_ID] == 0
    # Chi-square with 6 degrees of freedom is above 27.9 once in 10,000 times.
    assert (((observed - expected)[1:] ** 2) / expected[1:]).sum() < 27.9


def test_the_ends_of_the_distribution():
    class Fixed:
        """Stands for a generator that draws what is given."""

        def random(self, size):
            return np.array([0.0, np.nextafter(1.0, 0.0)])

    sampler = build_negative_sampler(np.arange(1, 8, dtype=np.int32), 8, 2)
    assert sampler.draw(Fixed()).tolist() == [1, 7]


@pytest.mark.usefixtures("random_states_unchanged")
def test_negatives_are_pure():
    ids = np.arange(1, 30, dtype=np.int32)
    ids.flags.writeable = False
    first, second = (build_negative_sampler(ids, 30, 64) for _ in range(2))
    np.testing.assert_array_equal(first.cumulative, second.cumulative)
    draws = [first.draw(np.random.default_rng(seed)).tolist() for seed in (3, 3, 4)]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(("number", "rows"), [(1, 1), (239, 1), (240, 2), (359, 2), (360, 3), (5000, 3)])
def test_a_short_validation_text_is_read_in_few_rows(number, rows):
    ids = np.arange(3, 3 + number, dtype=np.int32)
    batches = build_validation_batches(TextStream(ids), batch_size=3, sequence_length=6)
    assert batches.inputs.shape == batches.targets.shape == (len(batches), 3, 6)
    whole = build_batches(TextStream(ids), rows, 6)
    np.testing.assert_array_equal(batches.targets[:, :rows], whole.targets)
    np.testing.assert_array_equal(batches.inputs[:, :rows], whole.inputs)
    assert not batches.targets[:, rows:].any()
    np.testing.assert_array_equal(np.sort(batches.targets[batches.targets > 0]), ids)  # each is a target once
