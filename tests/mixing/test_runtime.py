"""The distribution of a mixture: the weighted mean of its parts, each weighed by its confidence."""

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.mixing.runtime import MixtureRuntime, confidence_of


def test_the_distribution_is_the_weighted_mean(parts):
    mixed = MixtureRuntime((parts.first, parts.second, parts.noise), (0.5, 0.3, 0.2))
    rows = np.array([[2, 5, 9], [7, 2, 30]])
    together = np.exp(mixed.log_probabilities(mixed.advance(mixed.initial_state(2), rows)))
    each = [np.exp(part.log_probabilities(part.advance(part.initial_state(2), rows))) for part in mixed.models]
    np.testing.assert_allclose(together, 0.5 * each[0] + 0.3 * each[1] + 0.2 * each[2], atol=1e-6)
    assert together.sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert not together[:, 0].any()


def test_parts_come_with_their_weights(parts):
    mixed = MixtureRuntime((parts.first, parts.noise), (0.75, 0.25))
    assert mixed.parts() == ((parts.first, 0.75), (parts.noise, 0.25))


def test_lists_and_arrays_become_plain_tuples_that_can_be_saved(parts, tmp_path):
    members = [parts.first, parts.noise]
    rows = [[0.5, 0.5], [0.25, 0.75], [0.125, 0.875]]
    for number in (list, np.array, lambda row: tuple(map(np.float32, row))):
        early, late = [number(row) for row in rows[:2]], number(rows[2])
        mixed = MixtureRuntime(members, late, early)
        assert (mixed.models, mixed.weights) == (tuple(members), tuple(rows[2]))
        assert mixed.early_weights == tuple(map(tuple, rows[:2]))
        nw.save(nw.build_language_model(parts.tokenizer, mixed), tmp_path / "lm.nextword")
        assert nw.load(tmp_path / "lm.nextword").runtime.weights == mixed.weights
    alone = MixtureRuntime((parts.first,), (1,))
    assert type(alone.weights[0]) is float


def test_empty_caches_alone_have_their_own_weights(parts):
    caches = [nw.build_cache(parts.tokenizer.vocabulary, nw.CacheConfig(smoothing=(share,))) for share in (1.0, 9.0)]
    mixed = MixtureRuntime(tuple(caches), (0.25, 0.75))
    state = mixed.advance(mixed.initial_state(2), np.array([[4, 5], [6, 4]]))
    state = tuple(np.concatenate(arrays) for arrays in zip(mixed.initial_state(), state, strict=True))
    probabilities = np.exp(mixed.log_probabilities(state))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(probabilities[0], caches[0].base, rtol=1e-5)


def test_an_empty_cache_changes_nothing_and_a_full_one_has_its_weight(parts):
    cache = nw.build_cache(parts.tokenizer.vocabulary)
    mixed = MixtureRuntime((parts.first, parts.second, cache), (0.3, 0.3, 0.4))
    without = MixtureRuntime((parts.first, parts.second), (0.5, 0.5))
    empty = mixed.log_probabilities(mixed.initial_state())
    np.testing.assert_allclose(empty, without.log_probabilities(without.initial_state()), rtol=1e-5)
    ids = parts.held_out_ids
    state = mixed.advance(mixed.initial_state(2), np.stack([ids[:400], ids[400:401].repeat(400)]))
    each = [
        np.exp(part.log_probabilities(part_state))
        for part, part_state in zip(mixed.models, zip(state, strict=True), strict=True)
    ]
    read, full = ((1 - 0.5 ** (tokens / 150)) / (1 - 0.5 ** (1 / 150)) for tokens in (400, 500))
    confidence = (read / (read + 10) / (full / (full + 10))) ** 3
    np.testing.assert_allclose(confidence_of(cache, state[2:]), confidence, rtol=1e-4)
    assert confidence_of(parts.first, state[:1]) is None
    weight = 0.4 * confidence
    expected = (0.3 * each[0] + 0.3 * each[1] + weight * each[2]) / (0.6 + weight)
    np.testing.assert_allclose(np.exp(mixed.log_probabilities(state)), expected, atol=1e-6)


def test_weights_change_with_what_was_read(parts):
    early = ((0.9, 0.1), (0.5, 0.5))
    mixed = MixtureRuntime((parts.first, parts.second), (0.2, 0.8), early)
    ids = np.resize(parts.held_out_ids, 400)

    def share_of_first(tokens):
        state = mixed.advance(mixed.initial_state(), ids[:tokens])
        read = [part.advance(part.initial_state(), ids[:tokens]) for part in mixed.models]
        rows = [np.exp(part.log_probabilities(state)) for part, state in zip(mixed.models, read, strict=True)]
        together = np.exp(mixed.log_probabilities(state))
        token = int(np.abs(rows[0] - rows[1]).argmax())
        return float((together - rows[1])[0, token] / (rows[0] - rows[1])[0, token])

    assert share_of_first(1) == pytest.approx(0.9, abs=1e-3)
    assert share_of_first(4) == pytest.approx(0.7, abs=1e-3)  # half-way in the logarithm
    assert share_of_first(16) == pytest.approx(0.5, abs=1e-3)
    assert share_of_first(64) == pytest.approx(0.35, abs=1e-3)
    assert share_of_first(256) == pytest.approx(0.2, abs=1e-3)
    assert share_of_first(400) == pytest.approx(0.2, abs=1e-3)


def test_what_was_read_is_counted_text_by_text(parts):
    mixed = MixtureRuntime((parts.first, parts.second), (0.2, 0.8), ((0.9, 0.1), (0.5, 0.5)))
    ids = parts.held_out_ids
    short, long = (mixed.advance(mixed.initial_state(), ids[:tokens]) for tokens in (3, 80))
    both = tuple(np.concatenate(arrays) for arrays in zip(short, long, strict=True))
    np.testing.assert_allclose(
        mixed.log_probabilities(both),
        np.concatenate([mixed.log_probabilities(short), mixed.log_probabilities(long)]),
        rtol=1e-5,
    )
    once = mixed.advance(mixed.initial_state(), ids[:80])
    in_two = mixed.advance(mixed.advance(mixed.initial_state(), ids[:40]), ids[40:80])
    assert all(map(np.array_equal, once, in_two))
    assert len(mixed.initial_state(3)[-1]) == 3


def test_a_transformer_is_mixed_as_any_other_part(parts, build_tiny_runtime):
    size = len(parts.tokenizer.vocabulary)
    transformer = build_tiny_runtime(size, kind=nw.TransformerConfig, hidden_dim=8, num_heads=2, context_length=8)
    mixed = MixtureRuntime((transformer, parts.first, nw.build_cache(parts.tokenizer.vocabulary)), (0.3, 0.5, 0.2))
    ids = parts.held_out_ids[:50]  # some windows
    start = mixed.advance(mixed.initial_state(), ids[:25])
    branch = mixed.advance(start, ids[:2])  # which shares its memory with the other, as no block is full yet
    whole = mixed.advance(start, ids[25:])
    assert all(map(np.array_equal, whole, mixed.advance(mixed.initial_state(), ids)))
    assert all(map(np.array_equal, branch, mixed.advance(mixed.initial_state(), [*ids[:25], *ids[:2]])))
    two = MixtureRuntime((transformer, parts.first), (0.375, 0.625))
    each, (together,) = (
        [np.exp(part.log_probabilities(part.advance(part.initial_state(), ids))) for part in members]
        for members in (two.models, (two,))
    )
    np.testing.assert_allclose(together, 0.375 * each[0] + 0.625 * each[1], atol=1e-6)


def test_what_does_not_fit_is_refused(parts, build_tiny_runtime):
    for weights in ((0.5, 0.6), (1.0, 0.0), (1.0,), (-0.5, 1.5), (float("nan"), 0.5)):
        with refuses(nw.InputError, "weights-do-not-fit", parts=2, weights=weights):
            MixtureRuntime((parts.first, parts.second), weights)
    for early in (((0.5, 0.5),), ((0.5, 0.5), (1.0,)), ((0.5, 0.5), (0.5, 0.6)), ((1.0, 0.0), (0.5, 0.5))):
        with refuses(nw.InputError, "weights-do-not-fit", parts=2):
            MixtureRuntime((parts.first, parts.second), (0.5, 0.5), early)
    with refuses(nw.InputError, "weights-do-not-fit", parts=0):
        MixtureRuntime((), ())
    sizes = (9, len(parts.tokenizer.vocabulary))
    with refuses(nw.InputError, "vocabularies-differ", vocabulary_sizes=sizes):
        MixtureRuntime((parts.first, build_tiny_runtime(9)), (0.5, 0.5))
