"""Mixtures: weights fitted on held-out text, and the distribution they give."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.mixing.runtime import MixtureRuntime
from nextword.mixing.weights import describe_mixture, fit_weights, mix
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.runtime import Runtime

TEXTS = nw.sample_texts()[:400]


@pytest.fixture(scope="module")
def parts(build_tiny_runtime):
    tokenizer = nw.build_tokenizer(TEXTS[40:])
    ids, held_out = nw.encode_texts(tokenizer, TEXTS[40:]), nw.encode_texts(tokenizer, TEXTS[:40])
    size = len(tokenizer.vocabulary)
    halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]
    first, second = (build_ngram(half, NgramConfig(order=2), vocabulary_size=size) for half in halves)
    return tokenizer, (first, second, build_tiny_runtime(size, scale=3.0)), held_out


def perplexity(tokenizer, runtime):
    return nw.evaluate(nw.build_language_model(tokenizer, runtime), TEXTS[:40]).perplexity


def test_the_mixture_is_better_than_its_parts_and_leaves_out_what_does_not_help(parts):
    tokenizer, (first, second, noise), held_out = parts
    mixed = mix([first, second, noise], held_out)
    assert isinstance(mixed, MixtureRuntime)
    assert noise not in mixed.models
    best = min(perplexity(tokenizer, part) for part in (first, second))
    assert perplexity(tokenizer, mixed) < 0.95 * best
    assert mix([first, noise], held_out) is first


def test_the_distribution_is_the_weighted_mean(parts):
    _, (first, second, noise), _ = parts
    mixed = MixtureRuntime((first, second, noise), (0.5, 0.3, 0.2))
    assert isinstance(mixed, Runtime)
    rows = np.array([[2, 5, 9], [7, 2, 30]])
    together = np.exp(mixed.log_probabilities(mixed.advance(mixed.initial_state(2), rows)))
    each = [np.exp(part.log_probabilities(part.advance(part.initial_state(2), rows))) for part in mixed.models]
    np.testing.assert_allclose(together, 0.5 * each[0] + 0.3 * each[1] + 0.2 * each[2], atol=1e-6)
    assert together.sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert not together[:, 0].any()


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(1, 30), st.integers(0, 100))
def test_weights_make_held_out_text_most_probable(parts_number, tokens, seed):
    probabilities = np.random.default_rng(seed).random((parts_number, tokens)) + 1e-3
    weights = fit_weights(probabilities)
    assert weights.sum() == pytest.approx(1.0)
    best = np.log(weights @ probabilities).sum()
    for other in np.random.default_rng(seed + 1).dirichlet(np.ones(parts_number), 20):
        assert np.log(other @ probabilities).sum() <= best + 1e-2


def test_an_empty_cache_changes_nothing_and_a_full_one_has_its_weight(parts):
    tokenizer, (first, second, _), held_out = parts
    cache = nw.build_cache(tokenizer.vocabulary)
    mixed, without = (
        MixtureRuntime((first, second, cache), (0.3, 0.3, 0.4)),
        MixtureRuntime((first, second), (0.5, 0.5)),
    )
    empty = mixed.log_probabilities(mixed.initial_state())
    np.testing.assert_allclose(empty, without.log_probabilities(without.initial_state()), rtol=1e-5)
    state = mixed.advance(mixed.initial_state(2), np.stack([held_out[:400], held_out[400:401].repeat(400)]))
    each = [
        np.exp(part.log_probabilities(own)) for part, own in zip(mixed.models, zip(state, strict=True), strict=True)
    ]
    read, full = ((1 - 0.5 ** (tokens / 150)) / (1 - 0.5 ** (1 / 150)) for tokens in (400, 500))
    confidence = (read / (read + 10) / (full / (full + 10))) ** 3
    np.testing.assert_allclose(cache.confidence(state[2:]), confidence, rtol=1e-4)
    weight = 0.4 * confidence
    expected = (0.3 * each[0] + 0.3 * each[1] + weight * each[2]) / (0.6 + weight)
    np.testing.assert_allclose(np.exp(mixed.log_probabilities(state)), expected, atol=1e-6)


def test_the_report_says_what_each_part_contributes(parts):
    _, (first, second, noise), held_out = parts
    report = nw.describe_mixture([first, second, noise], held_out, names=["one", "two", "noise"])
    assert report.weights[2] == 0.0
    assert sum(report.weights) == pytest.approx(1.0)
    assert report.perplexity < 0.95 * min(report.alone)
    assert report.without[0] == pytest.approx(report.alone[1])
    assert report.without[2] == pytest.approx(report.perplexity)
    assert report.tokens == len(held_out)
    assert str(report) == (
        f"Mixed: {report.weights[0]:.0%} one, {report.weights[1]:.0%} two; held-out perplexity "
        f"{report.perplexity:.1f}, top-3 recall {report.recall:.1%}; without the one {report.without[0]:.1f}, "
        f"without the two {report.without[1]:.1f}. Left out: the noise does not help."
    )
    alone = nw.describe_mixture([first], held_out)
    assert str(alone).startswith("Not mixed: the n-gram model alone; held-out perplexity")
    assert alone.without == (float("inf"),)


def test_few_tokens_leave_the_weights_close_to_the_prior(parts):
    _, (first, second, noise), held_out = parts
    prior = (0.2, 0.7, 0.1)
    mixed = mix([first, second, noise], held_out[:10], prior=prior, prior_tokens=1e6)
    assert mixed.weights == pytest.approx(prior, abs=1e-4)
    assert len(mix([first, second, noise], held_out[:10]).models) == 3  # nor is one left out


def test_a_bundle_holds_a_mixture(parts, build_tiny_runtime, tmp_path):
    tokenizer, (first, _, noise), _ = parts
    ids = nw.encode_texts(tokenizer, TEXTS)
    cache = nw.build_cache(tokenizer.vocabulary, nw.CacheConfig(window=40))
    for name, runtime in {
        "mixture": MixtureRuntime((noise, first, cache), (0.25, 0.5, 0.25)),
        "ngram": first,
        "pruned": build_ngram(ids, NgramConfig(min_counts=(1, 1, 2)), vocabulary_size=len(tokenizer.vocabulary)),
    }.items():
        lm = nw.build_language_model(tokenizer, runtime)
        nw.save(lm, tmp_path / name)
        loaded = nw.load(tmp_path / name)
        for text in ("", "I like", "我喜欢", "unheard of"):
            np.testing.assert_array_equal(
                nw.next_word_probabilities(loaded, text), nw.next_word_probabilities(lm, text)
            )
        nw.save(loaded, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == (tmp_path / name).read_bytes()
        assert nw.inspect(tmp_path / name).network["kind"] == name.replace("pruned", "ngram")
    with pytest.raises(nw.InputTypeError, match="a mixture of at most 8 networks, n-gram models and caches"):
        nw.save(nw.build_language_model(tokenizer, MixtureRuntime((first,) * 10, (0.1,) * 10)), tmp_path / "ten")


def test_a_bundle_holds_several_parts_of_a_kind(parts, build_tiny_runtime, tmp_path):
    tokenizer, (first, _, noise), _ = parts
    size = len(tokenizer.vocabulary)
    transformer = build_tiny_runtime(size, kind=nw.TransformerConfig, hidden_dim=8, num_heads=2, context_length=4)
    other = build_tiny_runtime(size, weights_seed=7)
    members = (noise, first, transformer, build_ngram(np.arange(3, 60), vocabulary_size=size), other)
    lm = nw.build_language_model(tokenizer, MixtureRuntime(members, (0.2,) * 5))
    nw.save(lm, tmp_path / "lm")
    loaded = nw.load(tmp_path / "lm")
    assert [type(part) for part in loaded.runtime.models] == [type(part) for part in members]
    for text in ("", "I like", "我喜欢"):
        np.testing.assert_array_equal(nw.next_word_probabilities(loaded, text), nw.next_word_probabilities(lm, text))
    nw.save(loaded, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "lm").read_bytes()


def test_a_transformer_is_mixed_as_any_other_part(parts, build_tiny_runtime):
    tokenizer, (first, _, _), held_out = parts
    size = len(tokenizer.vocabulary)
    transformer = build_tiny_runtime(size, kind=nw.TransformerConfig, hidden_dim=8, num_heads=2, context_length=8)
    mixed = MixtureRuntime((transformer, first, nw.build_cache(tokenizer.vocabulary)), (0.3, 0.5, 0.2))
    ids = held_out[:50]  # some windows
    start = mixed.advance(mixed.initial_state(), ids[:25])
    branch = mixed.advance(start, ids[:2])  # which shares its memory with the other, as no block is full yet
    whole = mixed.advance(start, ids[25:])
    assert all(map(np.array_equal, whole, mixed.advance(mixed.initial_state(), ids)))
    assert all(map(np.array_equal, branch, mixed.advance(mixed.initial_state(), [*ids[:25], *ids[:2]])))
    two = MixtureRuntime((transformer, first), (0.375, 0.625))
    each, (together,) = (
        [np.exp(part.log_probabilities(part.advance(part.initial_state(), ids))) for part in members]
        for members in (two.models, (two,))
    )
    np.testing.assert_allclose(together, 0.375 * each[0] + 0.625 * each[1], atol=1e-6)
    assert mix([transformer, first], held_out) is first  # random weights do not help
    assert len(mix([transformer, first], held_out[:10]).models) == 2


def test_mistakes_are_named(parts, build_tiny_runtime):
    _, (first, second, _), held_out = parts
    with pytest.raises(nw.InputError, match="at least one part"):
        mix([], held_out)
    with pytest.raises(nw.InputTypeError, match="runtimes; received a str"):
        mix([first, "unigram"], held_out)
    with refuses(nw.InputError, "mask-empty"):
        mix([first], [])
    for prior in ((1.0,), (0.0, 1.0), (-1.0, 2.0), (float("nan"), 1.0)):
        with pytest.raises(nw.InputError, match="prior weights are one number above 0"):
            mix([first, second], held_out, prior=prior)
    with pytest.raises(nw.ConfigError, match="`prior_tokens` must be a finite number above 0"):
        mix([first], held_out, prior_tokens=0)
    for scored in ([True], np.ones(len(held_out))):
        with refuses(nw.InputError, "mask-shape", argument="loss_mask"):
            mix([first], held_out, loss_mask=scored)
    with refuses(nw.InputError, "mask-empty"):
        mix([first], held_out, loss_mask=np.zeros(len(held_out), bool))
    with pytest.raises(nw.InputError, match="2 parts and 1 names"):
        nw.describe_mixture([first, second], held_out, names=["one"])
    with pytest.raises(nw.InputError, match="one vocabulary"):
        mix([first, build_tiny_runtime(9)], held_out)
    for weights in ((0.5, 0.6), (1.0, 0.0), (1.0,), (-0.5, 1.5)):
        with pytest.raises(nw.InputError, match="weight"):
            MixtureRuntime((first, second), weights)


def test_the_report_tells_what_the_mixture_with_a_cache_does(parts):
    tokenizer, (first, _, _), held_out = parts
    report = describe_mixture([first, nw.build_cache(tokenizer.vocabulary)], held_out[:120], prior_tokens=1e-3)
    ids = np.array(held_out[:120])
    assert report.perplexity == pytest.approx(perplexity_of(report.runtime, ids), rel=1e-4)
    # No other weights would have been better.
    for share in np.linspace(0.02, 0.98, 25):
        other = MixtureRuntime((first, report.runtime.models[1]), (1 - share, share))
        assert perplexity_of(other, ids) >= 0.9999 * report.perplexity


def perplexity_of(runtime, ids):
    state, nats = runtime.advance(runtime.initial_state(), [2]), 0.0
    for token_id in ids:
        nats -= float(runtime.log_probabilities(state)[0, token_id])
        state = runtime.advance(state, [token_id])
    return np.exp(nats / len(ids))
