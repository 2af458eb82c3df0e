"""Temperatures fitted on held-out texts, and models that have one."""

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.mixing.runtime import MixtureRuntime
from nextword.prediction.shaping import Shape
from nextword.prediction.temperature import calibrate, fit_temperature, with_temperature

TEXTS = nw.sample_texts()[:300]


@pytest.fixture(scope="module")
def lm():
    """An n-gram model that was counted on some of the texts."""
    tokenizer = nw.build_tokenizer(TEXTS[60:])
    ids = nw.encode_texts(tokenizer, TEXTS[60:])
    ngram = nw.build_ngram(ids, nw.NgramConfig(order=3), vocabulary_size=len(tokenizer.vocabulary))
    return nw.build_language_model(tokenizer, ngram)


def test_it_is_the_temperature_of_the_least_perplexity(lm):
    for model in (lm, with_temperature(lm, 0.3)):
        best = fit_temperature(model, TEXTS[:40])
        around = [
            nw.evaluate(with_temperature(model, best * factor), TEXTS[:40]).perplexity for factor in (0.98, 1.0, 1.02)
        ]
        assert around[1] == min(around)
        # A parabola through the three has its lowest point within half a percent.
        left, middle, right = around
        assert abs(0.02 * 0.5 * (left - right) / (left - 2 * middle + right)) < 5e-3


def test_texts_are_read_as_they_are_judged(lm):
    # A cache remembers earlier texts only where they are read on.
    cache = nw.build_cache(lm.vocabulary)
    mixed = nw.build_language_model(lm.tokenizer, MixtureRuntime((lm.runtime, cache), (0.5, 0.5)))
    texts = TEXTS[:20] * 3
    fitted = [fit_temperature(mixed, texts, as_stream=as_stream) for as_stream in (False, True)]
    assert fitted[0] != pytest.approx(fitted[1], rel=0.01)
    for best, as_stream in zip(fitted, (False, True), strict=True):
        around = [
            nw.evaluate(with_temperature(mixed, best * factor), texts, as_stream=as_stream).perplexity
            for factor in (0.97, 1.0, 1.03)
        ]
        assert around[1] == min(around)
    calibrated = calibrate(mixed, texts, as_stream=True)
    assert calibrated.runtime.shape.temperature == fitted[1]


@pytest.mark.parametrize("planted", [0.2, 0.7, 1.6, 4.0])
def test_a_planted_temperature_is_recovered(lm, planted):
    own = fit_temperature(lm, TEXTS[:60])
    assert fit_temperature(with_temperature(lm, planted), TEXTS[:60]) == pytest.approx(own / planted, rel=5e-3)


def test_a_true_model_has_temperature_1(lm):
    generator = np.random.default_rng(0)
    words, state = [], lm.runtime.advance(lm.runtime.initial_state(), [2])
    for _ in range(4_000):  # what the model itself says, line ends and unknown words too
        shares = np.exp(lm.runtime.log_probabilities(state)[0].astype(np.float64))
        token_id = int(generator.choice(len(shares), p=shares / shares.sum()))
        words.append({1: "unheardof", 2: "\n"}.get(token_id, lm.vocabulary[token_id]))
        state = lm.runtime.advance(state, [token_id])
    tokenizer = nw.Tokenizer(lm.vocabulary, nw.TokenizerConfig(level="whitespace"))
    texts = [line or "\n" for line in " ".join(words).split("\n")]
    same = nw.build_language_model(tokenizer, lm.runtime)
    assert fit_temperature(same, texts, as_stream=True) == pytest.approx(1.0, abs=0.03)
    assert fit_temperature(with_temperature(same, 0.5), texts, as_stream=True) == pytest.approx(2.0, rel=0.03)


def test_calibrating_lowers_the_error_and_leaves_the_order(lm):
    sharp = with_temperature(lm, 0.4)
    before, after = (nw.evaluate(model, TEXTS[:60], keystrokes=True) for model in (sharp, calibrate(sharp, TEXTS[:60])))
    assert after.calibration_error < 0.5 * before.calibration_error
    assert after.perplexity < before.perplexity
    assert after.recall_at == before.recall_at
    assert after.keystroke_savings == pytest.approx(before.keystroke_savings)
    assert after.baselines == before.baselines


def test_temperatures_multiply_and_1_is_the_model_itself(lm):
    assert with_temperature(lm, 1.0) is lm
    half = with_temperature(lm, 0.5)
    assert half.runtime.base is lm.runtime
    assert with_temperature(half, 1) is half
    assert with_temperature(half, 2.0).runtime is lm.runtime
    twice = with_temperature(half, 0.5)
    assert (twice.runtime.base, twice.runtime.shape.temperature) == (lm.runtime, 0.25)
    assert half.training is lm.training


def test_a_block_stays_a_block(lm):
    blocked = nw.block(lm, ["I"])
    heated = with_temperature(blocked, 2.0)
    assert nw.block(heated, ["like"]).runtime.shape == Shape(temperature=2.0, blocked=("i", "like"))
    assert with_temperature(blocked, 1.0) is blocked
    expected = np.sqrt(nw.next_word_probabilities(blocked, "I"))
    np.testing.assert_allclose(nw.next_word_probabilities(heated, "I"), expected / expected.sum(), rtol=1e-4)
    # Blocked words that come nevertheless are left out of the fit.
    assert fit_temperature(blocked, TEXTS[:60]) == pytest.approx(fit_temperature(lm, TEXTS[:60]), rel=0.01)


def test_the_ends_of_the_range(lm, build_tiny_runtime):
    flat = nw.build_language_model(lm.tokenizer, build_tiny_runtime(len(lm.vocabulary), scale=0.0))
    assert fit_temperature(flat, TEXTS[:9]) == 1.0
    wrong = nw.build_language_model(lm.tokenizer, build_tiny_runtime(len(lm.vocabulary), scale=40.0))
    assert fit_temperature(wrong, TEXTS[:9]) == 16.0
    texts = ["I like tea."] * 9
    tokenizer = nw.build_tokenizer(texts)
    ngram = nw.build_ngram(nw.encode_texts(tokenizer, texts), vocabulary_size=len(tokenizer.vocabulary))
    right = nw.build_language_model(tokenizer, ngram)  # every word is the most probable one
    assert fit_temperature(right, texts[:1]) == 1 / 16


def test_a_bundle_keeps_it(lm, tmp_path, tiny_language_model):
    for model in (with_temperature(lm, 1.25), nw.block(with_temperature(tiny_language_model, 0.8), ["tea"])):
        nw.save(model, tmp_path / "my.nextword")
        loaded = nw.load(tmp_path / "my.nextword")
        for text in ("", "I like", "我喜欢"):
            np.testing.assert_array_equal(
                nw.next_word_probabilities(loaded, text), nw.next_word_probabilities(model, text)
            )
        nw.save(loaded, tmp_path / "again.nextword")
        assert (tmp_path / "again.nextword").read_bytes() == (tmp_path / "my.nextword").read_bytes()
    nw.save(with_temperature(lm, 1.25), tmp_path / "my.nextword")
    assert nw.load(tmp_path / "my.nextword").runtime.shape.temperature == 1.25
    assert nw.inspect(tmp_path / "my.nextword").shape == {"temperature": 1.25}


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure(lm):
    texts = list(TEXTS[:20])
    assert fit_temperature(lm, texts) == fit_temperature(lm, iter(texts))
    assert texts == list(TEXTS[:20])


def test_what_cannot_be_fitted_is_refused(lm):
    with refuses(nw.InputError, "no-text"):
        fit_temperature(lm, [])
    with refuses(nw.ConfigError, "option-out-of-range", option="as_stream", value="yes"):
        fit_temperature(lm, TEXTS[:2], as_stream="yes")
    with refuses(nw.InputTypeError, "single-text"):
        calibrate(lm, "I like tea")
    with refuses(nw.ConfigError, "option-out-of-range", option="temperature", value=0):
        with_temperature(lm, 0)
    with refuses(nw.ConfigError, "option-out-of-range", option="temperature"):  # the product of both
        with_temperature(with_temperature(lm, 0.01), 0.01)
