"""Which tokens are held out: whole texts, in runs, or the end of the last one."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.corpus.held_out import hold_out


def held_out(lengths, share=0.05, seed=0, ends=()):
    """Return the mask and the note for texts of given lengths, with sentence ends at their ends and at `ends`."""
    lengths = np.array(lengths)
    is_end = np.zeros(lengths.sum(), np.bool_)
    is_end[[*(np.cumsum(lengths) - 1), *ends]] = True
    return hold_out(lengths, is_end, share, seed)


def test_of_20_texts_one_is_held_out():
    mask, note = held_out([10] * 20)
    assert (note.code, note.figures) == ("held-out-texts", {"held_out": 1, "texts": 20})
    assert mask.reshape(20, 10).sum(axis=1).tolist().count(10) == 1
    assert np.count_nonzero(mask) == 10


def test_of_19_texts_the_end_is_held_out():
    mask, note = held_out([11] * 19)  # 209 tokens; 95% are 198, and the 18th text ends at 198
    assert np.flatnonzero(mask).tolist() == list(range(198, 209))
    assert (note.code, note.figures) == ("held-out-end", {"held_out": 11, "tokens": 209})


def test_below_200_tokens_nothing_is_held_out():
    mask, note = held_out([10] * 18 + [19])
    assert not mask.any()
    assert (note.code, note.figures) == ("held-out-nothing", {"tokens": 199, "reason": "few-tokens"})
    assert np.count_nonzero(held_out([10] * 18 + [20])[0]) == 20
    assert not held_out([1] * 199)[0].any()
    assert held_out([1] * 200)[0].sum() == 10


def test_one_text_is_cut_after_a_sentence():
    mask, _ = held_out([400], ends=[100, 370, 390])
    assert np.flatnonzero(mask).tolist() == list(range(371, 400))


@pytest.mark.parametrize("ends", [(), (100,), (390,)])
def test_one_text_without_a_sentence_end_to_cut_at_stays_whole(ends):
    mask, note = held_out([400], ends=ends)
    assert not mask.any()
    assert (note.code, note.figures["reason"]) == ("held-out-nothing", "no-sentence-end")


def test_share_0_holds_nothing_out():
    mask, note = held_out([10] * 40, share=0.0)
    assert not mask.any()
    assert mask.shape == (400,)
    assert (note.code, note.figures["reason"]) == ("held-out-nothing", "as-asked")


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(1, 40), min_size=20, max_size=60), st.floats(0.01, 0.5, exclude_max=True), st.integers(0, 9)
)
def test_whole_texts_are_held_out(lengths, share, seed):
    mask, _ = held_out(lengths, share, seed)
    texts = np.split(mask, np.cumsum(lengths)[:-1])
    assert all(text.all() or not text.any() for text in texts)
    count = sum(bool(text.all()) for text in texts)
    assert count == (max(1, round(share * len(lengths))) if sum(lengths) >= 200 else 0)
    assert not mask.all()


def test_many_texts_are_held_out_in_runs():
    mask, _ = held_out([20] * 10_000)  # 500 texts: 10 runs of 50, each of 1,000 tokens
    texts = mask.reshape(10_000, 20).all(axis=1)
    assert np.count_nonzero(texts) == 500
    starts = np.flatnonzero(np.diff(np.concatenate(([False], texts)).astype(int)) == 1)
    assert 8 <= len(starts) <= 11  # two runs may lie side by side, and the last one may be cut
    mask, _ = held_out([2000] * 1000)  # texts longer than a run are held out one by one
    assert np.count_nonzero(mask) == 50 * 2000


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=19), st.floats(0.01, 0.5, exclude_max=True))
def test_few_texts_are_cut_once(lengths, share):
    mask, _ = held_out(lengths, share)
    assert (np.diff(mask.astype(int)) >= 0).all()
    if mask.any():
        first = int(np.argmax(mask))
        assert first in np.cumsum(lengths)
        assert share * len(mask) <= np.count_nonzero(mask) + 1e-6
        assert first > len(mask) // 2


@pytest.mark.usefixtures("random_states_unchanged")
def test_holding_out_is_seeded_and_pure():
    lengths, is_end = np.full(100, 5), np.ones(500, np.bool_)
    masks = [hold_out(lengths, is_end, 0.1, seed)[0] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], masks[2])
    assert (lengths == 5).all()
    assert is_end.all()
