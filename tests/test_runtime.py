"""The contract of every runtime: what `nextword.runtime.Runtime` promises, asked of each implementation.

A new implementation is one line in `RUNTIMES`; what it does beyond the contract is tested in its own room.
"""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import InputError, InputTypeError
from nextword.mixing.cache import CacheConfig, build_cache
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.transformer.config import TransformerConfig
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.shaping import Shape, ShapedRuntime
from nextword.runtime import (
    BLOCK_NUMBERS,
    CHUNK,
    Runtime,
    add_probabilities,
    best,
    distributions_of,
    log_probabilities_along,
    log_probabilities_at,
    log_softmax,
    logits_of,
    most_probable,
    parts_of,
    probabilities_of,
    row_blocks,
    rows_at_once,
    softmax,
)
from nextword.tokens.tokenizer import Tokenizer, TokenizerConfig
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, SPECIAL_TOKENS, Vocabulary

V = 9
VOCABULARY = Vocabulary((*SPECIAL_TOKENS, *"abcdef"), (0, 2, 3, 9, 5, 5, 2, 1, 1))
TOKENIZER = Tokenizer(VOCABULARY, TokenizerConfig(level="char"))  # so that "ab" could come in parts
STREAM = [3, 4, 5, 6, 2, 3, 5, 4, 7, 2, 4, 3, 8, 5, 2, 6, 4, 3, 4, 5, 1, 2] * 3


def ngram(order):
    return build_ngram(STREAM, NgramConfig(order=order), vocabulary_size=V)


def cache(**options):
    return build_cache(VOCABULARY, CacheConfig(**options))


def transformer(network, **options):
    return network(V, kind=TransformerConfig, scale=0.3, **{"hidden_dim": 8, "num_heads": 2, **options})


def mixture(*parts):
    return MixtureRuntime(parts, (0.3, *[0.7 / (len(parts) - 1)] * (len(parts) - 1)))


# Name -> how it is built; `network` is the fixture `build_tiny_runtime`. All have `V` tokens.
RUNTIMES = {
    "LSTM, tied": lambda network: network(V, embedding_dim=5),
    "LSTM, projected": lambda network: network(V, embedding_dim=7, num_layers=1),
    "LSTM, untied": lambda network: network(V, embedding_dim=4, num_layers=3, tie_embeddings=False),
    "Transformer": lambda network: transformer(network, context_length=6),
    "Transformer, projected": lambda network: transformer(network, context_length=4, num_layers=1, num_heads=1),
    "Transformer, tied": lambda network: transformer(network, context_length=64, embedding_dim=8),
    "Transformer, blocks of one token": lambda network: transformer(network, context_length=2, num_layers=3),
    "n-gram, order 1": lambda network: ngram(1),
    "n-gram, order 2": lambda network: ngram(2),
    "n-gram, order 3": lambda network: ngram(3),
    "n-gram, order 4": lambda network: ngram(4),
    "n-gram, order 5": lambda network: ngram(5),
    "unigram": lambda network: UnigramRuntime(VOCABULARY),
    "cache": lambda network: cache(),
    "cache, short": lambda network: cache(window=3, half_life=2.0, smoothing=(1.0,)),
    "mixture": lambda network: mixture(ngram(3), network(V)),
    "mixture with a cache": lambda network: mixture(ngram(4), cache(window=7), transformer(network, context_length=6)),
    "shaped": lambda network: ShapedRuntime(network(V), Shape(temperature=1.5, never=(4,)), TOKENIZER),
    "mixture, shaped": lambda network: ShapedRuntime(
        mixture(ngram(3), cache()), Shape(temperature=0.7, blocked=("ab", "c")), TOKENIZER
    ),
    "mixture of mixtures": lambda network: mixture(mixture(ngram(2), cache()), UnigramRuntime(VOCABULARY)),
}
WITHOUT_CONTEXT = {"n-gram, order 1", "unigram"}

IDS = st.lists(st.integers(1, V - 1), max_size=20)  # more than two windows of a Transformer
ROWS = st.integers(0, 6).flatmap(
    lambda length: st.lists(st.lists(st.integers(1, V - 1), min_size=length, max_size=length), min_size=1, max_size=4)
)


@pytest.fixture(scope="module", params=RUNTIMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def runtime(name, build_tiny_runtime):
    return RUNTIMES[name](build_tiny_runtime)


def read(runtime, ids, batch=1):
    return runtime.advance(runtime.initial_state(batch), ids)


def same(first, second):
    """Tell whether two states are equal bit by bit."""
    return len(first) == len(second) and all(
        one.shape == other.shape and one.dtype == other.dtype and np.array_equal(one, other)
        for one, other in zip(first, second, strict=True)
    )


def stacked(states):
    return tuple(np.concatenate(parts) for parts in zip(*states, strict=True))


def test_it_is_a_runtime(runtime):
    assert isinstance(runtime, Runtime)
    assert not isinstance(object(), Runtime)
    assert runtime.vocabulary_size == V


@pytest.mark.parametrize("batch", [1, 3])
def test_states_are_tuples_of_arrays_with_a_row_for_each_text(runtime, batch):
    state = runtime.initial_state(batch)
    after = runtime.advance(state, np.full((batch, 2), 4))
    for parts in (state, after):
        assert isinstance(parts, tuple)
        assert all(isinstance(part, np.ndarray) and len(part) == batch for part in parts)
    assert [(part.shape, part.dtype) for part in after] == [(part.shape, part.dtype) for part in state]


@settings(deadline=None, max_examples=6)
@given(ROWS)
def test_answers_are_distributions_without_pad(name, runtime, rows):
    never = np.isneginf(runtime.log_probabilities(runtime.initial_state())[0])
    assert never[PAD_ID]
    assert never.sum() <= 2
    logs = runtime.log_probabilities(read(runtime, rows, len(rows)))
    assert (logs.shape, logs.dtype) == ((len(rows), V), np.float32)
    assert not np.isnan(logs).any()
    impossible = np.isneginf(logs)
    if name == "mixture, shaped":  # after "a", "b" would complete a blocked word, and so would the end after "c"
        impossible[:, [VOCABULARY.ids["b"], EOS_ID]] = False
    np.testing.assert_array_equal(impossible, [never] * len(rows))  # what is impossible never changes
    np.testing.assert_allclose(np.exp(logs.astype(np.float64)).sum(axis=1), 1.0, atol=1e-6)


def test_ids_have_several_shapes_and_dtypes(runtime):
    one, three = runtime.initial_state(), runtime.initial_state(3)
    assert same(runtime.advance(three, [4, 5, 6]), runtime.advance(three, [[4], [5], [6]]))
    assert same(runtime.advance(one, [4, 5, 6]), runtime.advance(one, [[4, 5, 6]]))
    for dtype in (np.uint8, np.int16, np.int32, np.int64):
        assert same(runtime.advance(one, np.array([4], dtype)), runtime.advance(one, [4]))
    for state in (one, three):
        assert same(runtime.advance(state, []), state)
    assert same(runtime.advance(three, [[], [], []]), three)


@settings(deadline=None, max_examples=6)
@given(ROWS, st.lists(st.integers(0, 6), max_size=3))
def test_reading_at_once_equals_reading_piece_by_piece_bit_for_bit(runtime, rows, cuts):
    ids = np.array(rows, np.int64).reshape(len(rows), -1)
    at_once = read(runtime, ids, len(rows))
    for bounds in (sorted(cuts), range(ids.shape[1])):  # pieces, and token by token
        state = runtime.initial_state(len(rows))
        for piece in np.split(ids, list(bounds), axis=1):
            state = runtime.advance(state, piece)
        assert same(state, at_once)
        np.testing.assert_array_equal(runtime.log_probabilities(state), runtime.log_probabilities(at_once))


def test_long_texts_are_carried_on_bit_for_bit(runtime):
    ids = np.random.default_rng(0).integers(1, V, 70)  # more than the longest window
    state = runtime.initial_state()
    for token_id in ids:
        state = runtime.advance(state, [token_id])
    assert same(state, read(runtime, ids))


@settings(deadline=None, max_examples=6)
@given(ROWS)
def test_texts_of_a_batch_do_not_touch_each_other(runtime, rows):
    together = runtime.log_probabilities(read(runtime, rows, len(rows)))
    alone = [runtime.log_probabilities(read(runtime, row))[0] for row in rows]
    np.testing.assert_allclose(np.exp(together), np.exp(alone), rtol=1e-5, atol=1e-7)


@settings(deadline=None, max_examples=6)
@given(st.lists(IDS, min_size=1, max_size=4))
def test_states_can_be_stacked_and_sliced(runtime, texts):
    states = [read(runtime, [EOS_ID, *ids]) for ids in texts]
    batch = stacked(states)
    logs = [runtime.log_probabilities(state)[0] for state in states]
    np.testing.assert_allclose(np.exp(runtime.log_probabilities(batch)), np.exp(logs), rtol=1e-5, atol=1e-7)
    further = runtime.advance(batch, [4] * len(texts))
    for row, state in enumerate(states):
        assert same(tuple(part[row : row + 1] for part in batch), state)
        alone = runtime.log_probabilities(runtime.advance(state, [4]))[0]
        own = runtime.log_probabilities(tuple(part[row : row + 1] for part in further))[0]
        np.testing.assert_allclose(np.exp(own), np.exp(alone), rtol=1e-5, atol=1e-7)


def test_what_was_read_matters_where_there_is_a_context(name, runtime):
    first, second = (runtime.log_probabilities(read(runtime, [token_id])) for token_id in (3, 4))
    assert np.array_equal(first, second) == (name in WITHOUT_CONTEXT)


@pytest.mark.usefixtures("random_states_unchanged")
def test_calls_are_pure(runtime):
    start = runtime.initial_state(2)
    rows = [[EOS_ID, 3], [EOS_ID, 4]]
    state = runtime.advance(start, rows)
    # Read by itself, as the copy of a state may share what is in it.
    before = read(runtime, rows, 2)
    ids = np.array([[5, 6], [7, 8]])
    ids.flags.writeable = False
    first, second = runtime.advance(state, ids), runtime.advance(state, ids)
    assert same(first, second)
    runtime.advance(state, ids[::-1])
    assert same(first, runtime.advance(before, ids))
    assert same(state, before)
    assert same(start, runtime.initial_state(2))
    logs = runtime.log_probabilities(state).copy()
    answer = runtime.log_probabilities(state)
    if answer.flags.writeable:
        answer[:] = 0.0
    np.testing.assert_array_equal(runtime.log_probabilities(state), logs)
    assert same(state, before)


def test_what_it_tells_of_probabilities_agrees(runtime):
    state = read(runtime, np.array([[3, 4, 5], [5, 2, 7]]), batch=2)
    expected = np.exp(runtime.log_probabilities(state))
    probabilities = probabilities_of(runtime, state)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5, atol=1e-7)
    probabilities[:] = 0.0  # it is a new array, which may be changed
    np.testing.assert_array_equal(np.exp(runtime.log_probabilities(state)), expected)
    np.testing.assert_allclose(np.exp(log_softmax(logits_of(runtime, state).copy())), expected, rtol=1e-5, atol=1e-7)


def test_the_best_few_and_given_ones_are_those_of_the_whole(runtime, monkeypatch):
    state = read(runtime, np.array([[3, 4, 5], [5, 2, 7]]), batch=2)
    whole = runtime.log_probabilities(state)
    wanted = [[0, 5, 3], [8, 8, 1]]
    for smallest in (1, V + 1):  # searched, and not
        monkeypatch.setattr(best, "SEARCHED_FROM", smallest)
        monkeypatch.setattr(best, "SEARCHED_SHARE", 1)
        ids, logs = most_probable(runtime, state, 4)
        np.testing.assert_allclose(np.exp(logs), np.exp(-np.sort(-whole, axis=1)[:, :4]), atol=1e-6)
        np.testing.assert_allclose(np.exp(np.take_along_axis(whole, ids, axis=1)), np.exp(logs), atol=1e-6)
        some = log_probabilities_at(runtime, state, wanted)
        np.testing.assert_allclose(np.exp(some), np.exp(np.take_along_axis(whole, np.array(wanted), axis=1)), atol=1e-6)
    distributions = distributions_of(runtime, state)
    for distribution, logs in zip(distributions, whole, strict=True):
        np.testing.assert_allclose(distribution.span(0, V), np.exp(logs), atol=1e-6)
        assert (distribution.bounds(distribution.edges) >= np.exp(logs.max()) * (1 - 1e-5)).all()


def test_the_weights_of_its_parts_sum_to_1(runtime):
    parts = parts_of(runtime)
    assert sum(part.weight for part in parts) == pytest.approx(1.0)
    assert {part.runtime.vocabulary_size for part in parts} == {V}


def test_threads_agree(runtime):
    start = read(runtime, [EOS_ID, 3])
    texts = [[token_id, 5, 6, token_id] * 3 for token_id in range(1, V)]

    def log_probabilities_after(ids):
        return runtime.log_probabilities(runtime.advance(start, ids))

    expected = [log_probabilities_after(ids) for ids in texts]
    with ThreadPoolExecutor(4) as pool:
        for answers in zip(expected * 2, pool.map(log_probabilities_after, texts * 2), strict=True):
            np.testing.assert_array_equal(*answers)


def test_runtimes_built_alike_answer_alike(name, runtime, build_tiny_runtime):
    other = RUNTIMES[name](build_tiny_runtime)
    assert other is not runtime
    states = [read(one, [EOS_ID, 3, 4, 5, 3]) for one in (runtime, other)]
    assert same(*states)
    np.testing.assert_array_equal(runtime.log_probabilities(states[1]), other.log_probabilities(states[0]))


def test_runtimes_are_immutable(runtime):
    for field in dataclasses.fields(runtime):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(runtime, field.name, None)
        value = getattr(runtime, field.name)
        assert not isinstance(value, np.ndarray) or not value.flags.writeable
    with pytest.raises((AttributeError, TypeError)):
        runtime.other = 1


@pytest.mark.parametrize(
    ("batch", "ids", "kind", "code", "figures"),
    [
        (2, [[1, 2]], InputError, "ids-shape", {"shape": (1, 2)}),
        (2, [1, 2, 3], InputError, "ids-shape", {"shape": (3,)}),
        (1, [[1], [2]], InputError, "ids-shape", {"shape": (2, 1)}),
        (1, [[[1]]], InputError, "ids-shape", {"shape": (1, 1, 1)}),
        (1, 3, InputError, "ids-shape", {"shape": ()}),
        (2, np.zeros((3, 0), np.int64), InputError, "ids-shape", {"shape": (3, 0)}),
        (2, [[], [], []], InputError, "ids-shape", {"shape": (3, 0)}),
        (1, np.zeros((0, 1)), InputError, "ids-shape", {"shape": (0, 1)}),
        (1, np.zeros((1, 0, 2)), InputError, "ids-shape", {"shape": (1, 0, 2)}),
        (1, [3, V], InputError, "id-outside-vocabulary", {"token_id": V, "position": 1, "vocabulary_size": V}),
        (2, [[3, 3], [3, -1]], InputError, "id-outside-vocabulary", {"token_id": -1, "position": 1}),
        (1, [3.0], InputTypeError, "ids-not-integers", {"dtype": "float64"}),
        (1, [True], InputTypeError, "ids-not-integers", {"dtype": "bool"}),
        (1, ["tea"], InputTypeError, "ids-not-integers", {"dtype": "<U3"}),
        (1, [None], InputTypeError, "ids-not-integers", {"dtype": "object"}),
        (2, [[3], [3, 4]], InputTypeError, "ids-ragged", {}),
        (1, [3, [4]], InputTypeError, "ids-ragged", {}),
    ],
)
def test_wrong_ids_are_refused(runtime, batch, ids, kind, code, figures):
    with refuses(kind, code, **figures):
        runtime.advance(runtime.initial_state(batch), ids)


@pytest.mark.parametrize("batch", [0, -1, True, 2.0, "1", None])
def test_wrong_batches_are_refused(runtime, batch):
    with refuses(InputError, "batch-out-of-range", batch=batch):
        runtime.initial_state(batch)


def test_a_text_longer_than_a_chunk_is_scored_token_by_token(runtime):
    ids = np.random.default_rng(1).integers(1, V, CHUNK + 2).astype(np.int32)
    start = read(runtime, [EOS_ID])
    chunks = list(log_probabilities_along(runtime, start, ids))
    assert [len(targets) for targets, _ in chunks] == [CHUNK, 2]
    np.testing.assert_array_equal(np.concatenate([targets for targets, _ in chunks]), ids)
    logs = np.concatenate([logs for _, logs in chunks])
    assert (logs.shape, logs.dtype) == ((len(ids), V), np.float32)
    for position in (0, CHUNK - 1, CHUNK):
        expected = runtime.log_probabilities(runtime.advance(start, ids[:position]))[0]
        np.testing.assert_allclose(np.exp(logs[position]), np.exp(expected), rtol=1e-5, atol=1e-7)


def test_log_softmax_by_hand():
    with np.errstate(divide="ignore"):
        logits = np.log(np.array([[1.0, 3.0, 0.0], [2.0, 2.0, 4.0]], np.float32))
    np.testing.assert_allclose(np.exp(log_softmax(logits)), [[0.25, 0.75, 0.0], [0.25, 0.25, 0.5]], rtol=1e-6)
    large = log_softmax(np.array([[1e4, 1e4, -1e4]], np.float32))
    np.testing.assert_allclose(large, [[-np.log(2), -np.log(2), -2e4 - np.log(2)]], rtol=1e-6)


@pytest.mark.parametrize("rows", [2, 7, 8, 9, 70])
def test_texts_of_many_lengths_side_by_side_are_as_alone(runtime, rows):
    generator = np.random.default_rng(rows)
    texts = [generator.integers(1, V, length) for length in generator.integers(0, 9, rows)]
    states = stacked([read(runtime, text) for text in texts])
    for token_id in (4, EOS_ID, 5):  # more texts than a kind that looks them up one by one has at a time
        states = runtime.advance(states, np.full(rows, token_id))
        texts = [[*text, token_id] for text in texts]
    logs, probabilities = runtime.log_probabilities(states), probabilities_of(runtime, states)
    for text, row_logs, row in zip(texts, logs, probabilities, strict=True):
        alone = read(runtime, text)
        expected = runtime.log_probabilities(alone)[0]
        np.testing.assert_allclose(np.exp(row_logs), np.exp(expected), rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(row, probabilities_of(runtime, alone)[0], rtol=1e-5, atol=1e-7)


def test_weighted_probabilities_are_added_in_place(runtime):
    states = stacked([read(runtime, [3] * length) for length in (0, 1, 2, 2, 5)])
    weights = np.array([0.5, 0.0, 1.0, 0.25, 0.125], np.float32)[:, None]
    total = np.full((5, V), 2.0, np.float32)
    expected = 2.0 + weights * probabilities_of(runtime, states)
    before = [array.copy() for array in states]
    add_probabilities(runtime, states, weights, total)
    np.testing.assert_allclose(total, expected, rtol=1e-6)
    assert same(tuple(before), states)


def test_so_many_at_once_that_memory_stays_bounded():
    assert [rows_at_once(size) for size in (1, 30_000, 131_072, 1 << 30)] == [CHUNK, CHUNK, 64, 16]
    for size in (1, 1000, 50_000, 400_000):
        assert rows_at_once(size) * size * 4 <= 32 << 20
    spans = list(row_blocks(np.empty((100, 50_000), np.bool_)))
    assert [row for span in spans for row in range(100)[span]] == list(range(100))
    assert {len(range(100)[span]) for span in spans} == {2}
    assert list(row_blocks(np.empty((2, 1 << 20), np.bool_))) == [slice(0, 1), slice(1, 2)]
    assert list(row_blocks(np.empty((0, 5)))) == []


def test_softmax_of_more_than_a_block():
    logits = np.random.default_rng(0).normal(0.0, 4.0, (5, BLOCK_NUMBERS // 2 - 1)).astype(np.float32)
    exact = np.exp(logits.astype(np.float64))
    exact /= exact.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax(logits.copy()), exact, rtol=1e-4)
    np.testing.assert_allclose(log_softmax(logits.copy()), np.log(exact), atol=1e-4)
