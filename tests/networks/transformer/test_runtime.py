"""The key-value cache: states are values, whatever is read on from them, and a token costs the same in any text."""

import statistics
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.networks.transformer.config import TransformerConfig
from nextword.networks.transformer.runtime import TransformerRuntime

V = 9


def build(context_length=8, hidden_dim=8, num_layers=2):
    config = TransformerConfig(hidden_dim=hidden_dim, num_layers=num_layers, num_heads=2, context_length=context_length)
    generator = np.random.default_rng(3)
    shapes = config.weight_shapes(V, 6)
    return TransformerRuntime(
        config, {name: generator.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    )


@pytest.fixture(scope="module")
def runtime():
    """Return a small Transformer with a window of 8."""
    return build()


def read(runtime, ids):
    return runtime.advance(runtime.initial_state(), ids)


def same(first, second):
    return all(map(np.array_equal, first, second))


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_branches_do_not_disturb_each_other(runtime, data):
    """Read on from any state of a growing tree: each stays what a fresh start gives."""
    texts = [()]
    states = [runtime.initial_state()]
    for _ in range(data.draw(st.integers(1, 12))):
        parent = data.draw(st.integers(0, len(texts) - 1))
        more = data.draw(st.lists(st.integers(1, V - 1), min_size=1, max_size=7))
        texts.append((*texts[parent], *more))
        states.append(runtime.advance(states[parent], more))
    for text, state in zip(texts, states, strict=True):
        fresh = read(runtime, list(text))
        assert same(state, fresh)
        np.testing.assert_array_equal(runtime.log_probabilities(state), runtime.log_probabilities(fresh))


def test_threads_may_read_on_from_one_state(runtime):
    start = read(runtime, [3, 4, 5])
    results: dict[int, list[bool]] = {token_id: [] for token_id in range(2, 8)}
    expected = {token_id: read(runtime, [3, 4, 5, *[token_id] * 20]) for token_id in results}

    def work(token_id):
        for _ in range(15):
            results[token_id].append(same(runtime.advance(start, [token_id] * 20), expected[token_id]))

    threads = [threading.Thread(target=work, args=(token_id,)) for token_id in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(outcomes == [True] * 15 for outcomes in results.values())


def test_states_are_equal_by_what_was_read(runtime):
    first, second, other = (read(runtime, ids)[1][0] for ids in ([3, 4, 5], [3, 4, 5], [3, 4, 6]))
    assert first == second
    assert first is not second
    assert first != other
    assert first != read(runtime, [3, 4])[1][0]
    assert first != "state"
    with pytest.raises(TypeError, match="unhashable"):
        hash(first)


def test_the_cache_holds_one_window_however_long_the_text(runtime):
    lengths = [read(runtime, [3] * length)[1][0].length for length in range(1, 30)]
    assert lengths == [*range(1, 9), *[5, 6, 7, 8] * 5, 5]
    assert read(runtime, [3] * 500)[1][0].cache.keys.shape == (2, 2, 8, 4)


def test_a_word_costs_the_same_after_a_long_text():
    runtime = build(context_length=64, hidden_dim=64)

    states = [read(runtime, [3] * length) for length in (160, 1600)]
    ratios = []
    for _ in range(15):  # in turn, as other programs may slow both
        seconds = []
        for state in states:
            start = time.perf_counter()
            runtime.advance(state, [4] * 32)
            seconds.append(time.perf_counter() - start)
        ratios.append(seconds[1] / seconds[0])
    assert statistics.median(ratios) < 3.0


def test_what_lies_before_the_window_is_forgotten():
    runtime = build(num_layers=1)
    first, second = (read(runtime, [start] * 8 + [5, 6, 7, 3, 4, 5, 6, 7]) for start in (2, 8))
    np.testing.assert_array_equal(runtime.log_probabilities(first), runtime.log_probabilities(second))
    third, fourth = (read(runtime, [5, 6, 7, start, 4, 5, 6, 7]) for start in (2, 8))
    assert not np.array_equal(runtime.log_probabilities(third), runtime.log_probabilities(fourth))
