"""Scores follow the chain rule."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.mixing.passages import LANES
from nextword.mixing.runtime import MixtureRuntime
from nextword.ngrams.unigram import UnigramRuntime
from nextword.tokens.spelling import build_speller
from nextword.tokens.vocabulary import EOS_ID

TEXTS = ["", "I like green tea.", "我喜欢吃苹果，你呢？", "tea\n茶 unheard of", "I like tea. " * 40]


def chain(lm, words):
    """Sum the log-probabilities of words one by one, each from a fresh reading of those before it."""
    ids = lm.tokenizer.ids_of(words)
    state = lm.runtime.advance(lm.runtime.initial_state(), [EOS_ID])
    logs = []
    for token_id in ids:
        logs.append(float(lm.runtime.log_probabilities(state)[0, token_id]))
        state = lm.runtime.advance(state, [token_id])
    return logs, float(lm.runtime.log_probabilities(state)[0, EOS_ID])


@pytest.mark.parametrize("text", TEXTS)
def test_the_score_is_the_sum_over_words(tiny_language_model, text):
    lm = tiny_language_model
    words = lm.tokenizer.split(text)
    logs, end = chain(lm, words)
    score = nw.score(lm, text)
    assert score.log_probability == pytest.approx(sum(logs), rel=1e-5, abs=1e-6)
    assert [word for word, _ in score.words] == words
    np.testing.assert_allclose([log for _, log in score.words], logs, rtol=1e-4)
    assert score.tokens == len(words)
    assert score.unknown == sum(lm.tokenizer.ids_of(words) == 1)
    complete = nw.score(lm, text, complete=True)
    assert complete.words[-1] == ("<eos>", pytest.approx(end, rel=1e-4))
    assert complete.log_probability == pytest.approx(sum(logs) + end, rel=1e-5)


def test_nats_and_perplexity(tiny_language_model):
    score = nw.score(tiny_language_model, "I like tea.")
    assert score.nats_per_token == pytest.approx(-score.log_probability / 4)
    assert score.perplexity == pytest.approx(math.exp(score.nats_per_token))
    assert (nw.score(tiny_language_model, "").nats_per_token, nw.score(tiny_language_model, "").perplexity) == (
        0.0,
        1.0,
    )


def test_a_complete_score_agrees_with_the_evaluation(tiny_language_model):
    score = nw.score(tiny_language_model, "I like green tea.", complete=True)
    assert nw.evaluate(tiny_language_model, ["I like green tea."]).perplexity == pytest.approx(score.perplexity)


@pytest.mark.parametrize("text", [*TEXTS, "😀 unheard-of 未闻 tea unheard"])
def test_unknown_words_are_charged_with_their_spelling(tiny_language_model, text):
    lm = tiny_language_model
    plain, spelt = (nw.score(lm, text, complete=True, spell_unknown=spell) for spell in (False, True))
    speller = build_speller(lm.vocabulary)
    extra = [
        speller.log_probability(word) if token_id == 1 else 0.0
        for word, token_id in zip(lm.tokenizer.split(text), lm.tokenizer.encode(text).tolist(), strict=True)
    ]
    assert spelt.log_probability == pytest.approx(plain.log_probability + sum(extra))
    for (word, log), (same, without), more in zip(spelt.words, plain.words, [*extra, 0.0], strict=True):
        assert (word, log) == (same, pytest.approx(without + more))
    assert spelt.unknown == plain.unknown == sum(value < 0 for value in extra)
    figures = nw.evaluate(lm, [text])
    bits = -spelt.log_probability / math.log(2)
    assert figures.bits_per_character == pytest.approx(bits / figures.characters, rel=1e-5)
    assert figures.perplexity_of_all == pytest.approx(spelt.perplexity, rel=1e-4)


def test_unk_of_the_text_has_no_spelling():
    tokenizer = nw.build_tokenizer(["a <unk> b"], nw.TokenizerConfig(level="whitespace"))
    lm = nw.build_language_model(tokenizer, UnigramRuntime(tokenizer.vocabulary))
    assert nw.score(lm, "a <unk>", spell_unknown=True) == nw.score(lm, "a <unk>")
    assert nw.score(lm, "a unk", spell_unknown=True).log_probability < nw.score(lm, "a unk").log_probability - 9


def test_an_impossible_word_has_an_infinite_perplexity(tiny_language_model):
    blocked = nw.score(nw.block(tiny_language_model, ["tea"]), "I like tea.")
    assert (blocked.log_probability, blocked.perplexity) == (-math.inf, math.inf)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["", "I like", "我喜欢"]), st.sampled_from(["tea", "茶", "unheard", "TEA", "."]))
def test_the_probability_of_a_word(tiny_language_model, text, word):
    probabilities = nw.next_word_probabilities(tiny_language_model, text)
    token_id = tiny_language_model.vocabulary.id_of(word)
    assert nw.word_probability(tiny_language_model, text, word) == pytest.approx(probabilities[token_id], rel=1e-4)


def test_the_chain_rule_of_two_words(tiny_language_model):
    lm = tiny_language_model
    product = nw.word_probability(lm, "I", "like") * nw.word_probability(lm, "I like", "tea")
    (ranked,) = nw.rank_candidates(lm, "I", ["like tea"])
    assert ranked == ("like tea", pytest.approx(product, rel=1e-4))
    both = nw.score(lm, "I like tea").log_probability - nw.score(lm, "I").log_probability
    assert math.log(product) == pytest.approx(both, rel=1e-4)


def test_candidates_are_ranked(tiny_language_model):
    lm = tiny_language_model
    candidates = ["tea", "green tea", "unheard", "苹果", "nobody", "茶"]
    ranked = nw.rank_candidates(lm, "I like", iter(candidates))
    assert sorted(word for word, _ in ranked) == sorted(candidates)
    assert [p for _, p in ranked] == sorted((p for _, p in ranked), reverse=True)
    words = [word for word, _ in ranked]
    assert words.index("nobody") == words.index("unheard") + 1  # equal ones in the given order
    assert nw.rank_candidates(lm, "I like", []) == ()


@pytest.mark.parametrize("kind", ["LSTM", "Transformer", "mixture"])
def test_many_candidates_are_ranked_as_each_alone(build_tiny_runtime, kind):
    words = ["I", "like", "green", "tea", "too", "茶"]
    tokenizer = nw.build_tokenizer(words)
    size = len(tokenizer.vocabulary)
    network = build_tiny_runtime(size, scale=1.5)
    runtime = {
        "LSTM": network,
        "Transformer": build_tiny_runtime(
            size, kind=nw.TransformerConfig, hidden_dim=8, num_heads=2, context_length=6, scale=1.5
        ),
        "mixture": MixtureRuntime((network, nw.build_cache(tokenizer.vocabulary)), (0.7, 0.3)),
    }[kind]
    lm = nw.build_language_model(tokenizer, runtime)
    generator = np.random.default_rng(5)
    lengths = [1, 1, 40, *generator.integers(1, 9, 2 * LANES)]
    candidates = [" ".join(generator.choice(words, length)) for length in lengths]
    together = dict(nw.rank_candidates(lm, "I like", candidates))
    for candidate in candidates:
        (alone,) = nw.rank_candidates(lm, "I like", [candidate])
        assert together[candidate] == pytest.approx(alone.probability, rel=1e-5)
    (tea,) = nw.rank_candidates(lm, "I like", ["green tea"])
    product = nw.word_probability(lm, "I like", "green") * nw.word_probability(lm, "I like green", "tea")
    assert tea.probability == pytest.approx(product, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "code", "figures"),
    [
        (
            lambda lm: nw.word_probability(lm, "I", "like tea"),
            nw.InputError,
            "not-one-word",
            {"word": "like tea", "tokens": ("like", "tea")},
        ),
        (lambda lm: nw.word_probability(lm, "I", ""), nw.InputError, "not-one-word", {"tokens": ()}),
        (lambda lm: nw.word_probability(lm, "I", 3), nw.InputTypeError, "text-not-str", {"argument": "word"}),
        (lambda lm: nw.word_probability(lm, None, "tea"), nw.InputTypeError, "text-not-str", {"argument": "text"}),
        (
            lambda lm: nw.score(lm, "tea", complete=1),
            nw.ConfigError,
            "option-out-of-range",
            {"option": "complete", "value": 1},
        ),
        (
            lambda lm: nw.score(lm, "tea", spell_unknown=1),
            nw.ConfigError,
            "option-out-of-range",
            {"option": "spell_unknown", "value": 1},
        ),
        (
            lambda lm: nw.rank_candidates(lm, "I", ["tea", " "]),
            nw.InputError,
            "candidate-without-word",
            {"candidate": " "},
        ),
    ],
)
def test_what_cannot_be_scored_is_refused(tiny_language_model, call, error, code, figures):
    with refuses(error, code, **figures):
        call(tiny_language_model)


def test_what_is_no_text_is_refused(tiny_language_model):
    with refuses(nw.InputTypeError, "text-not-str"):
        nw.score(tiny_language_model, b"tea")
    with refuses(nw.InputTypeError, "single-text"):
        nw.rank_candidates(tiny_language_model, "I", "tea")
