"""The contract of every runtime: shapes, purity, carried states, and what is refused."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.errors import InputError, InputTypeError, check_ids
from nextword.networks.transformer.config import TransformerConfig
from nextword.ngrams.unigram import UnigramRuntime
from nextword.runtime import Runtime, log_softmax
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, SPECIAL_TOKENS, Vocabulary

V = 9
IDS = st.lists(st.integers(1, V - 1), max_size=20)  # more than two windows of the Transformer
PAIRS = st.lists(st.tuples(st.integers(1, V - 1), st.integers(1, V - 1)), min_size=1, max_size=5)


@pytest.fixture(scope="module", params=["tied", "projected", "untied", "transformer", "unigram"])
def runtime(request, build_tiny_runtime):
    if request.param == "unigram":
        return UnigramRuntime(Vocabulary((*SPECIAL_TOKENS, *"abcdef"), (0, 2, 3, 9, 5, 5, 2, 1, 1)))
    options = {
        "tied": {"embedding_dim": 5},
        "projected": {"embedding_dim": 7, "num_layers": 1},
        "untied": {"embedding_dim": 4, "tie_embeddings": False},
        "transformer": {"kind": TransformerConfig, "hidden_dim": 8, "num_heads": 2, "context_length": 6, "scale": 0.3},
    }
    return build_tiny_runtime(V, **options[request.param])


def same(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))


def test_shapes(runtime):
    assert isinstance(runtime, Runtime)
    assert runtime.vocabulary_size == V
    assert not isinstance(object(), Runtime)
    for batch in (1, 3):
        state = runtime.initial_state(batch)
        assert isinstance(state, tuple)
        assert all(len(part) == batch for part in state)
        after = runtime.advance(state, np.full((batch, 2), 4))
        assert [(part.shape, part.dtype) for part in after] == [(part.shape, part.dtype) for part in state]
        logs = runtime.log_probabilities(after)
        assert (logs.shape, logs.dtype) == ((batch, V), np.float32)
        assert np.isneginf(logs[:, PAD_ID]).all()
        assert np.isfinite(logs[:, 1:]).all()
        np.testing.assert_allclose(np.exp(logs.astype(np.float64)).sum(axis=1), 1.0, atol=1e-6)


def test_ids_of_one_token_a_text_and_of_one_text(runtime):
    one, three = runtime.initial_state(), runtime.initial_state(3)
    assert same(runtime.advance(three, [4, 5, 6]), runtime.advance(three, [[4], [5], [6]]))
    assert same(runtime.advance(one, [4, 5, 6]), runtime.advance(one, [[4, 5, 6]]))
    assert same(runtime.advance(one, np.array([4], np.uint8)), runtime.advance(one, [4]))
    for state in (one, three):
        assert same(runtime.advance(state, []), state)


@settings(deadline=None, max_examples=40)
@given(IDS, IDS)
def test_a_carried_state_equals_a_fresh_start(runtime, first, second):
    state = runtime.initial_state()
    carried = runtime.advance(runtime.advance(state, first), second)
    assert same(carried, runtime.advance(state, first + second))


@settings(deadline=None, max_examples=40)
@given(PAIRS)
def test_a_batch_equals_one_by_one(runtime, rows):
    together = np.exp(runtime.log_probabilities(runtime.advance(runtime.initial_state(len(rows)), rows)))
    alone = [runtime.log_probabilities(runtime.advance(runtime.initial_state(), row))[0] for row in rows]
    np.testing.assert_allclose(together, np.exp(alone), atol=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.lists(IDS, min_size=1, max_size=4))
def test_states_can_be_stacked(runtime, texts):
    states = [runtime.advance(runtime.initial_state(), [EOS_ID, *ids]) for ids in texts]
    stacked = tuple(np.concatenate(parts) for parts in zip(*states, strict=True))
    alone = [runtime.log_probabilities(state)[0] for state in states]
    np.testing.assert_allclose(np.exp(runtime.log_probabilities(stacked)), np.exp(alone), atol=1e-6)


def test_a_network_remembers_and_a_unigram_does_not(runtime):
    first, second = (runtime.log_probabilities(runtime.advance(runtime.initial_state(), [i, 5])) for i in (3, 4))
    assert np.array_equal(first, second) == isinstance(runtime, UnigramRuntime)


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure(runtime):
    read = [[EOS_ID, 3], [EOS_ID, 4]]
    state = runtime.advance(runtime.initial_state(2), read)
    # Read by itself, as the copy of a state may share what is in it.
    before = runtime.advance(runtime.initial_state(2), read)
    ids = np.array([[5, 6], [7, 8]])
    ids.flags.writeable = False
    first, second = runtime.advance(state, ids), runtime.advance(state, ids)
    assert same(first, second)
    runtime.advance(state, ids[::-1])
    assert same(first, runtime.advance(before, ids))
    assert same(state, before)
    logs = runtime.log_probabilities(state).copy()
    answer = runtime.log_probabilities(state)
    if answer.flags.writeable:
        answer[:] = 0.0
    np.testing.assert_array_equal(runtime.log_probabilities(state), logs)
    assert same(state, before)


def test_runtimes_are_immutable(runtime):
    field = dataclasses.fields(runtime)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(runtime, field, None)
    with pytest.raises((AttributeError, TypeError)):
        runtime.other = 1
    arrays = [runtime._logs] if isinstance(runtime, UnigramRuntime) else [*runtime.weights.values()]
    arrays += [array for cell in getattr(runtime, "_cells", getattr(runtime, "_layers", ())) for array in cell]
    arrays += [runtime._frequencies] if hasattr(runtime, "_frequencies") else []
    assert not any(array.flags.writeable for array in arrays)


@pytest.mark.parametrize("options", [{}, {"kind": TransformerConfig, "hidden_dim": 6, "num_heads": 1}])
def test_weights_are_copies(build_tiny_runtime, options):
    built = build_tiny_runtime(V, **options)
    given_weights = {name: array.copy() for name, array in built.weights.items()}
    runtime = type(built)(built.config, given_weights)
    for array in given_weights.values():
        array[:] = 0.0
    given_weights.clear()
    state = runtime.advance(runtime.initial_state(), [3, 4])
    np.testing.assert_array_equal(runtime.log_probabilities(state), built.log_probabilities(state))
    with pytest.raises(TypeError):
        runtime.weights["logits/bias"] = np.zeros(V, np.float32)
    with pytest.raises(ValueError, match="read-only"):
        runtime.weights["logits/bias"][:] = 0.0


@pytest.mark.parametrize(
    ("batch", "ids", "error", "match"),
    [
        (2, [[1, 2]], InputError, r"the state is of 2 texts, so ids have the shape \(2, T\) or \(2,\); .* \(1, 2\)"),
        (2, [1, 2, 3], InputError, r"received shape \(3,\)"),
        (1, [[1], [2]], InputError, r"of 1 texts.*received shape \(2, 1\)"),
        (1, [[[1]]], InputError, r"received shape \(1, 1, 1\)"),
        (1, 3, InputError, r"received shape \(\)"),
        (1, [3, V], InputError, rf"token id {V} at position 1 of text 0 is outside the vocabulary of {V}"),
        (2, [[3, 3], [3, -1]], InputError, "token id -1 at position 1 of text 1"),
        (1, [3.0], InputTypeError, "token ids are integers; received an array of float64"),
        (1, [True], InputTypeError, "received an array of bool"),
        (1, ["tea"], InputTypeError, "token ids are integers"),
        (1, [None], InputTypeError, "token ids are integers"),
        (2, np.zeros((3, 0), np.int64), InputError, r"the state is of 2 texts.*received shape \(3, 0\)"),
        (2, [[], [], []], InputError, r"received shape \(3, 0\)"),
        (1, np.zeros((0, 1)), InputError, r"received shape \(0, 1\)"),
        (1, np.zeros((1, 0, 2)), InputError, r"received shape \(1, 0, 2\)"),
        (2, [[3], [3, 4]], InputTypeError, "received lists of different lengths"),
        (1, [3, [4]], InputTypeError, "received lists of different lengths"),
    ],
)
def test_wrong_ids_are_refused(runtime, batch, ids, error, match):
    with pytest.raises(error, match=match):
        runtime.advance(runtime.initial_state(batch), ids)


@pytest.mark.parametrize("batch", [0, -1, True, 2.0, None])
def test_wrong_batches_are_refused(runtime, batch):
    with pytest.raises(InputError, match="`batch` is the number of texts, an integer of at least 1; received"):
        runtime.initial_state(batch)


def test_ids_of_rows_are_integers_of_two_axes():
    for ids, batch in (([1, 2], 1), ([1, 2], 2), (np.ones((2, 3), np.int8), 2), ([], 2), ([[], []], 2)):
        rows = check_ids(ids, V, rows=batch)
        assert (rows.dtype, rows.ndim, len(rows)) == (np.int32, 2, batch)


def test_log_softmax_by_hand():
    with np.errstate(divide="ignore"):
        logits = np.log(np.array([[1.0, 3.0, 0.0], [2.0, 2.0, 4.0]], np.float32))
    np.testing.assert_allclose(np.exp(log_softmax(logits)), [[0.25, 0.75, 0.0], [0.25, 0.25, 0.5]], rtol=1e-6)
    large = log_softmax(np.array([[1e4, 1e4, -1e4]], np.float32))
    np.testing.assert_allclose(large, [[-np.log(2), -np.log(2), -2e4 - np.log(2)]], rtol=1e-6)
