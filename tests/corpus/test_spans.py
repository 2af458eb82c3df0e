"""Spans of tokens, found piece by piece and drawn evenly."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.corpus.spans import Spans, drawn_spans, find_spans

MASKS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60)


@settings(deadline=None)
@given(MASKS, st.booleans(), st.integers(1, 9))
def test_spans_are_what_is_chosen_cut_where_texts_begin(tokens, value, piece):
    chosen = np.array([token[0] for token in tokens], np.bool_)
    begins = np.array([token[1] for token in tokens], np.bool_)
    for cuts in (begins, None):
        spans = find_spans(chosen, cuts, value=value, piece=piece)
        covered = [place for first, last in zip(*spans, strict=True) for place in range(first, last)]
        assert covered == np.flatnonzero(chosen == value).tolist()
        for first, last in zip(*spans, strict=True):
            assert cuts is None or not cuts[first + 1 : last].any()
        for last, first in zip(spans.lasts[:-1].tolist(), spans.firsts[1:].tolist(), strict=True):
            assert last < first or (cuts is not None and cuts[first])


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=30), st.integers(1, 3000))
def test_as_many_tokens_are_drawn_as_asked_for_from_everywhere(lengths, most):
    ends = np.cumsum(np.array(lengths) + 1)
    spans = Spans(ends - 1 - np.array(lengths), ends - 1)
    drawn = drawn_spans(spans, most)
    total = sum(lengths)
    assert min(most, total) * 0.8 - 1 <= drawn.lengths.sum() <= min(most, total)
    of_span = np.searchsorted(spans.firsts, drawn.firsts, side="right") - 1
    assert (drawn.firsts >= spans.firsts[of_span]).all()
    assert (drawn.lasts <= spans.lasts[of_span]).all()
    if most >= total:
        assert drawn is spans


def test_pieces_of_a_long_text_that_follow_each_other_are_one():
    (first,), (last,) = drawn_spans(Spans(np.array([10]), np.array([1010])), 999)
    assert (first, last) == (10, pytest.approx(1009, abs=25))
