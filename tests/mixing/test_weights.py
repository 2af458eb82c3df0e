"""Weights of mixtures: fitted on held-out text, close to the prior where it is short; parts that do not help go."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.mixing.runtime import MixtureRuntime
from nextword.mixing.weights import FEW_TOKENS, describe_mixture, fit_weights, mix


def test_the_mixture_is_better_than_its_parts_and_leaves_out_what_does_not_help(parts):
    mixed = mix([parts.first, parts.second, parts.noise], parts.held_out_ids)
    assert isinstance(mixed, MixtureRuntime)
    assert mixed.models == (parts.first, parts.second)
    best = min(parts.perplexity(part) for part in mixed.models)
    assert parts.perplexity(mixed) < 0.95 * best
    assert mix([parts.first, parts.noise], parts.held_out_ids) is parts.first


def test_a_cache_halves_the_perplexity_of_texts_that_repeat_words(parts):
    cache = nw.build_cache(parts.tokenizer.vocabulary)
    report = describe_mixture([parts.first, cache], parts.held_out_ids)
    assert report.perplexity < 0.55 * min(report.alone)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 4), st.integers(1, 30), st.integers(0, 100))
def test_weights_make_held_out_text_most_probable(num_parts, tokens, seed):
    probabilities = np.random.default_rng(seed).random((num_parts, tokens)) + 1e-3
    (weights,) = fit_weights(probabilities)
    assert weights.sum() == pytest.approx(1.0)
    best = np.log(weights @ probabilities).sum()
    for other in np.random.default_rng(seed + 1).dirichlet(np.ones(num_parts), 20):
        assert np.log(other @ probabilities).sum() <= best + 1e-2


def test_the_weights_of_a_drawn_mixture_are_recovered():
    generator = np.random.default_rng(0)
    distributions = generator.dirichlet(np.full(50, 0.3), 2)
    from_first = generator.random(20_000) < 0.3
    first, second = (generator.choice(50, 20_000, p=distribution) for distribution in distributions)
    (weights,) = fit_weights(distributions[:, np.where(from_first, first, second)])
    assert weights == pytest.approx([0.3, 0.7], abs=0.015)


def test_each_knot_recovers_its_own_weights():
    generator = np.random.default_rng(1)
    probabilities = generator.dirichlet(np.full(50, 0.3), 2)
    shares = np.repeat(np.eye(2), 20_000, axis=1)
    drawn = []
    for of_first in (0.8, 0.3):
        from_first = generator.random(20_000) < of_first
        first, second = (generator.choice(50, 20_000, p=distribution) for distribution in probabilities)
        drawn.append(np.where(from_first, first, second))
    weights = fit_weights(probabilities[:, np.concatenate(drawn)], knot_shares=shares)
    np.testing.assert_allclose(weights, [[0.8, 0.2], [0.3, 0.7]], atol=0.015)


def test_texts_give_weights_that_depend_on_what_was_read(parts):
    ids = parts.held_out_ids
    starts = np.append(0, np.flatnonzero(ids == 2)[:-1] + 1)
    cache = nw.build_cache(parts.tokenizer.vocabulary)
    report = describe_mixture([parts.first, cache], ids, starts=starts)
    assert len(report.early_weights) == 2
    assert report.runtime.early_weights == report.early_weights
    assert report.tokens == len(ids)
    # Figures are those of fresh starts, where the cache has little to remember.
    fresh = sum(len(text) * np.log(perplexity_of(report.runtime, text)) for text in np.split(ids, starts[1:]))
    assert report.perplexity == pytest.approx(np.exp(fresh / len(ids)), rel=1e-3)
    assert perplexity_of(report.runtime, ids) < 0.9 * report.perplexity
    assert describe_mixture([parts.first, cache], ids).runtime.early_weights == ()


def test_no_part_is_left_out_for_few_tokens_although_each_is_read_twice(parts):
    members = [parts.first, parts.noise]
    for tokens, left_out in ((FEW_TOKENS - 1, False), (FEW_TOKENS, True)):
        ids = parts.held_out_ids[:tokens]
        report = describe_mixture(members, ids, starts=[0, tokens // 2])
        assert (report.weights[1] == 0.0) == left_out
        assert report.tokens == tokens


@pytest.mark.parametrize("starts", [[], [1], [0, 0], [0, 10**9], [[0]], [0.0, 2.0]])
def test_starts_that_do_not_fit_are_refused(parts, starts):
    with refuses(nw.InputError, "starts-do-not-fit", argument="starts", tokens=len(parts.held_out_ids)):
        mix([parts.first], parts.held_out_ids, starts=starts)


def test_few_tokens_leave_the_weights_close_to_the_prior(parts):
    members, prior = [parts.first, parts.second, parts.noise], (0.2, 0.7, 0.1)
    mixed = mix(members, parts.held_out_ids[:10], prior=prior, prior_tokens=1e6)
    assert mixed.weights == pytest.approx(prior, abs=1e-4)
    assert mix(members, parts.held_out_ids[:10]).models == tuple(members)  # nor is one left out


def test_random_weights_of_a_transformer_do_not_help(parts, build_tiny_runtime):
    size = len(parts.tokenizer.vocabulary)
    transformer = build_tiny_runtime(size, kind=nw.TransformerConfig, hidden_dim=8, num_heads=2, context_length=8)
    assert mix([transformer, parts.first], parts.held_out_ids) is parts.first
    assert mix([transformer, parts.first], parts.held_out_ids[:10]).models == (transformer, parts.first)


def test_the_report_tells_what_the_mixture_with_a_cache_does(parts):
    ids = parts.held_out_ids[:120]
    report = describe_mixture([parts.first, nw.build_cache(parts.tokenizer.vocabulary)], ids, prior_tokens=1e-3)
    assert report.perplexity == pytest.approx(perplexity_of(report.runtime, ids), rel=1e-4)
    # No other weights would have been better.
    for share in np.linspace(0.02, 0.98, 13):
        other = MixtureRuntime((parts.first, report.runtime.models[1]), (1 - share, share))
        assert perplexity_of(other, ids) >= 0.9999 * report.perplexity


def perplexity_of(runtime, ids):
    state, nats = runtime.advance(runtime.initial_state(), [2]), 0.0
    for token_id in ids:
        nats -= float(runtime.log_probabilities(state)[0, token_id])
        state = runtime.advance(state, [token_id])
    return np.exp(nats / len(ids))


def test_weights_are_fitted_on_what_the_mask_counts(parts):
    ids, mask = parts.held_out_ids, np.arange(len(parts.held_out_ids)) >= 240
    cache = nw.build_cache(parts.tokenizer.vocabulary)
    report = describe_mixture([parts.first, cache], ids, loss_mask=mask)
    alone = describe_mixture([parts.first, cache], ids[240:])
    assert report.tokens == alone.tokens == np.count_nonzero(mask)
    assert report.alone[1] < 0.9 * alone.alone[1]  # the cache has read the text before


def test_what_does_not_fit_is_refused(parts, build_tiny_runtime):
    first, second, held_out = parts.first, parts.second, parts.held_out_ids
    with refuses(nw.InputError, "no-part"):
        mix([], held_out)
    with refuses(nw.InputTypeError, "not-a-runtime", received="str"):
        mix([first, "unigram"], held_out)
    with refuses(nw.InputError, "ids-empty"):
        mix([first], [])
    for prior in ((1.0,), (0.0, 1.0), (-1.0, 2.0), (float("nan"), 1.0), (10**400, 1)):
        with refuses(nw.InputError, "prior-does-not-fit", parts=2):
            mix([first, second], held_out, prior=prior)
    with refuses(nw.ConfigError, "option-out-of-range", option="prior_tokens"):
        mix([first], held_out, prior_tokens=0)
    for mask in ([True], np.ones(len(held_out))):
        with refuses(nw.InputError, "mask-shape", argument="loss_mask"):
            mix([first], held_out, loss_mask=mask)
    with refuses(nw.InputError, "mask-empty"):
        mix([first], held_out, loss_mask=np.zeros(len(held_out), bool))
    with refuses(nw.InputError, "names-do-not-fit", parts=2, names=1):
        nw.describe_mixture([first, second], held_out, names=["one"])
    with refuses(nw.InputError, "vocabularies-differ"):
        mix([first, build_tiny_runtime(9)], held_out)
