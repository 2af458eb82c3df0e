"""Passages read side by side: each id once, with the state that reading it alone would give."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.mixing.cache import build_cache
from nextword.mixing.passages import LANES, Passage, read_passages
from nextword.mixing.runtime import MixtureRuntime
from nextword.ngrams.kneser_ney import build_ngram
from nextword.runtime import CHUNK
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS, Vocabulary

V = 9
VOCABULARY = Vocabulary((*SPECIAL_TOKENS, *"abcdef"), (0, 2, 3, 9, 5, 5, 2, 1, 1))
IDS = st.lists(st.integers(1, V - 1), max_size=9)


@pytest.fixture(scope="module")
def runtime(build_tiny_runtime):
    """A mixture of all that has a state."""
    ngram = build_ngram([3, 4, 5, 2, 3, 4, 6, 2], vocabulary_size=V)
    return MixtureRuntime((build_tiny_runtime(V), ngram, build_cache(VOCABULARY)), (0.5, 0.3, 0.2))


def passage(before, ids, mask=None):
    return Passage(np.array(before, np.int32), np.array(ids, np.int32), None if mask is None else np.array(mask))


def check(runtime, passages):
    expected = []
    judged = []
    for before, ids, mask in passages:
        state = runtime.advance(runtime.initial_state(), before)
        judged += [True] * len(ids) if mask is None else mask.tolist()
        for token_id in ids.tolist():
            expected.append((token_id, runtime.log_probabilities(state)[0]))
            state = runtime.advance(state, [token_id])
    seen = {}
    for positions, ids, states in read_passages(runtime, iter(passages)):
        assert len(positions) == len(ids) <= CHUNK
        logs = runtime.log_probabilities(states)
        assert len(logs) == len(ids)
        for position, token_id, row in zip(positions.tolist(), ids.tolist(), logs, strict=True):
            assert position not in seen
            seen[position] = token_id, row
    assert sorted(seen) == np.flatnonzero(judged).tolist()
    for position in seen:
        token_id, row = expected[position]
        assert seen[position][0] == token_id
        np.testing.assert_allclose(np.exp(seen[position][1]), np.exp(row), rtol=1e-4, atol=1e-7)


@settings(deadline=None, max_examples=15)
@given(pairs=st.lists(st.tuples(st.lists(st.integers(1, V - 1), min_size=1, max_size=3), IDS), max_size=8))
def test_each_id_is_read_as_alone(runtime, pairs):
    check(runtime, [passage(*pair) for pair in pairs])


@pytest.mark.parametrize("count", [LANES - 1, LANES, LANES + 1, 2 * LANES + 3])
def test_more_passages_than_are_read_at_once(runtime, count):
    generator = np.random.default_rng(count)
    check(runtime, [passage([EOS_ID], generator.integers(1, V, generator.integers(0, 12))) for _ in range(count)])


def test_a_long_one_among_short_ones(runtime):
    long = np.random.default_rng(0).integers(1, V, 2 * CHUNK + 5)
    check(runtime, [passage([EOS_ID], [3]), passage([EOS_ID, 4], long), passage([5], []), passage([EOS_ID], [4, 2])])


@settings(deadline=None, max_examples=15)
@given(rows=st.lists(st.lists(st.tuples(st.integers(1, V - 1), st.booleans()), max_size=9), max_size=8))
def test_what_is_not_judged_is_read(runtime, rows):
    check(runtime, [passage([EOS_ID], [t for t, _ in row], np.array([m for _, m in row], np.bool_)) for row in rows])


def test_an_ended_passage_gives_its_lane_to_the_next_one(runtime):
    class Counting:
        vocabulary_size = V
        batches = []  # noqa: RUF012
        initial_state, log_probabilities = runtime.initial_state, runtime.log_probabilities

        def advance(self, state, ids):
            self.batches.append(len(ids))
            return runtime.advance(state, ids)

    generator = np.random.default_rng(5)
    lengths = [1_000, *generator.integers(2, 40, 10 * LANES).tolist()]
    passages = [passage([EOS_ID], generator.integers(1, V, length)) for length in lengths]
    counting = Counting()
    assert sum(len(step.ids) for step in read_passages(counting, passages)) == sum(lengths)
    assert max(counting.batches) == LANES
    assert sum(counting.batches) == sum(lengths)  # one `<eos>` more is read of each, and the last token is not
    half = (sum(lengths) - 1_000) // LANES // 2
    assert np.mean(counting.batches[:half]) > 0.9 * LANES  # a text that begins is not read in its first step


def test_passages_go_on_from_a_state(runtime):
    start = runtime.advance(runtime.initial_state(), [EOS_ID, 4, 5])
    rows = [[3, 4], [5], [6, 6, 7], *[[4, 3]] * 2 * LANES]
    read = [row[:place] for row in rows for place in range(len(row))]  # before each id
    seen = 0
    for positions, ids, states in read_passages(runtime, [passage([], row) for row in rows], start):
        seen += len(ids)
        for position, logs in zip(positions.tolist(), runtime.log_probabilities(states), strict=True):
            expected = runtime.log_probabilities(runtime.advance(start, read[position]) if read[position] else start)
            np.testing.assert_allclose(np.exp(logs), np.exp(expected[0]), rtol=1e-4, atol=1e-7)
    assert seen == len(read)


def test_nothing_to_read(runtime):
    assert list(read_passages(runtime, [])) == []
    assert list(read_passages(runtime, [passage([EOS_ID], [])])) == []
    assert list(read_passages(runtime, [passage([EOS_ID], [3, 4], [False, False])])) == []


def test_short_ones_share_a_batch(runtime):
    steps = list(read_passages(runtime, [passage([EOS_ID], [3, 2])] * CHUNK))
    assert [len(step.ids) for step in steps] == [CHUNK, CHUNK]
