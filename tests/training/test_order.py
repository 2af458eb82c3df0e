"""The order of texts: a new one every epoch, nothing lost, in runs that begin from a fresh start."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.training.order import MEAN_RUN, SINGLE_SHARE, TextStream, shuffle_texts


def stream_of(lengths, mask=None):
    """Return texts whose tokens tell where they stood."""
    ids = np.arange(3, 3 + sum(lengths), dtype=np.int32)
    return TextStream(ids, mask, np.append(0, np.cumsum(lengths)[:-1]))


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=40), st.integers(0, 1000))
def test_whole_texts_change_places_and_nothing_is_lost(lengths, seed):
    stream = stream_of(lengths)
    loss_mask = stream.ids % 2 == 0
    shuffled = shuffle_texts(stream._replace(loss_mask=loss_mask), np.random.default_rng(seed))
    assert sorted(shuffled.ids.tolist()) == stream.ids.tolist()
    np.testing.assert_array_equal(shuffled.loss_mask, shuffled.ids % 2 == 0)
    assert shuffled.starts[0] == 0
    firsts = set(stream.ids[stream.starts].tolist())
    assert set(shuffled.ids[shuffled.starts].tolist()) <= firsts
    # Wherever two tokens that did not stand together meet, a run begins.
    seams = np.flatnonzero(np.diff(shuffled.ids) != 1) + 1
    assert set(seams.tolist()) <= set(shuffled.starts.tolist())


def test_runs_are_single_texts_and_longer_ones():
    shuffled = shuffle_texts(stream_of([1] * 100_000), np.random.default_rng(0))
    sizes = np.diff(np.append(shuffled.starts, len(shuffled.ids)))
    one = SINGLE_SHARE + (1 - SINGLE_SHARE) / MEAN_RUN
    assert np.mean(sizes == 1) == pytest.approx(one, abs=0.01)
    assert sizes.mean() == pytest.approx(SINGLE_SHARE + (1 - SINGLE_SHARE) * MEAN_RUN, rel=0.02)


@pytest.mark.usefixtures("random_states_unchanged")
def test_the_order_depends_on_the_generator_alone():
    stream = stream_of([2] * 50)
    stream.ids.flags.writeable = False
    first, second, other = (shuffle_texts(stream, np.random.default_rng([seed, 0])) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.ids, second.ids)
    np.testing.assert_array_equal(first.starts, second.starts)
    assert not np.array_equal(first.ids, other.ids)


def test_one_text_stays_as_it_is():
    for stream in (TextStream(np.arange(3, 9, dtype=np.int32)), stream_of([6])):
        shuffled = shuffle_texts(stream, np.random.default_rng(0))
        assert shuffled.ids is stream.ids
        assert shuffled.starts is None
