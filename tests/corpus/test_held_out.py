"""Which tokens are held out: whole texts, in runs, or the end of the last one."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.corpus.held_out import describe_repeated, drawn_evenly, hold_out
from nextword.corpus.indexing import index_texts


def held_out(lengths, share=0.05, seed=0, ends=()):
    """Return the mask and the note for texts of given lengths, with sentence ends at their ends and at `ends`."""
    lengths = np.array(lengths)
    is_end = np.zeros(lengths.sum(), np.bool_)
    is_end[[*(np.cumsum(lengths) - 1), *ends]] = True
    return hold_out(lengths, is_end, share, seed)


def test_of_20_texts_one_is_held_out():
    mask, note = held_out([10] * 20)
    assert (note.code, note.figures) == ("held-out-texts", {"held_out": 10, "tokens": 200, "runs": 1})
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
    if sum(lengths) < 200:
        assert not mask.any()
    else:
        # A run ends with the first text that makes it long enough, so it is at most that longer than asked.
        wanted = share * len(mask)
        assert 1 <= np.count_nonzero(mask) <= wanted + 4 * max(1, wanted / 10) + 2 * max(lengths)
        assert not mask.all()


def test_many_texts_are_held_out_in_runs_drawn_evenly():
    mask, note = held_out([20] * 10_000)  # 10 runs of 50 texts, each of 1,000 tokens
    texts = mask.reshape(10_000, 20).all(axis=1)
    assert np.count_nonzero(texts) == 500
    assert note.figures["runs"] == 10
    assert (mask.reshape(10, -1).sum(axis=1) == 1000).all()  # one run of each tenth
    mask, _ = held_out([2000] * 1000)  # texts longer than a run, without sentences, are held out one by one
    assert np.count_nonzero(mask) == 50 * 2000


def test_tokens_are_counted_and_not_texts():
    # One long text among 20: before, 1 text in 20 was 5%, or all but a few of the tokens.
    lengths = [10] * 10 + [100_000] + [10] * 9
    ends = range(110, 100_100, 10)
    for seed in range(10):
        mask, _ = held_out(lengths, ends=ends, seed=seed)
        assert 0.04 < mask.mean() < 0.06
        changes = np.flatnonzero(np.diff(mask.astype(int)) == 1)
        assert len(changes) >= 4
        assert all(change % 10 == 9 or change % 10 == 0 for change in changes.tolist())  # after a sentence


def test_a_long_text_without_sentences_is_not_held_out():
    mask, _ = held_out([10] * 30 + [5000] + [10] * 30)
    assert not mask[300:5300].any()
    assert 0 < np.count_nonzero(mask) <= 600


def test_what_is_too_long_to_hold_out_stays():
    mask, note = held_out([1] * 19 + [500_000])
    assert not mask.any()
    assert (note.code, note.figures["reason"]) == ("held-out-nothing", "no-sentence-end")


@pytest.mark.parametrize("lengths", [[5000] * 20 + [1], [1] + [5000] * 20, [3] * 4 + [900] * 30])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_one_short_text_among_long_ones_is_not_all_that_is_held_out(lengths, share):
    for seed in range(5):
        mask, note = held_out(lengths, share, seed)
        assert note.code == "held-out-texts"
        assert note.figures["held_out"] == np.count_nonzero(mask)
        assert share / 2 <= mask.mean() <= share + 0.05


def test_never_more_than_half_is_held_out():
    mask, _ = held_out([10] * 19 + [100_000, 100_001])
    assert 0 < mask.mean() <= 0.5


def test_some_of_the_held_out_are_drawn_evenly():
    chosen = np.arange(100_000) % 10_000 < 5_000
    is_start = np.arange(100_000) % 25 == 0
    drawn = drawn_evenly(chosen, is_start, 10_000)
    assert np.count_nonzero(drawn) == pytest.approx(10_000, abs=50)
    assert not drawn[~chosen].any()
    assert drawn.reshape(10, -1).sum(axis=1) == pytest.approx(np.full(10, 1000), abs=50)
    assert (drawn.reshape(-1, 25).all(axis=1) | ~drawn.reshape(-1, 25).any(axis=1)).all()  # whole texts
    np.testing.assert_array_equal(drawn_evenly(chosen, is_start, 50_000), chosen)


def test_long_texts_are_drawn_in_pieces():
    chosen = np.ones(100_000, np.bool_)
    is_start = np.zeros(100_000, np.bool_)
    is_start[[0, *range(80_000, 100_000, 10)]] = True
    drawn = drawn_evenly(chosen, is_start, 10_000)
    assert np.count_nonzero(drawn) == pytest.approx(10_000, abs=600)
    assert np.count_nonzero(drawn[:80_000]) == pytest.approx(8_000, abs=600)
    assert drawn[:40_000].any()
    assert drawn[40_000:80_000].any()


def test_held_out_texts_that_stand_in_the_training_text_are_told():
    texts = index_texts(["a b", "c d", "a b", "e f", "c d", "g"])
    is_held_out = np.repeat([False, False, True, True, True, False], texts.lengths)
    (note,) = describe_repeated(texts, is_held_out)
    assert (note.code, note.figures) == ("held-out-repeated", {"repeated": 2, "held_out": 3})
    assert describe_repeated(texts, np.zeros(len(is_held_out), np.bool_)) == ()
    assert describe_repeated(index_texts(["a", "b"]), np.array([True, True, False, False])) == ()


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
