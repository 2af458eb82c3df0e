"""Evaluation: figures by hand for a unigram model, and a naive reference for an LSTM."""

import dataclasses
import math
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nextword.errors import InputError, InputTypeError
from nextword.evaluation import evaluate
from nextword.language_model import LanguageModel
from nextword.prediction.next_word import predict_next_word
from nextword.runtime import protocol
from nextword.runtime.unigram import UnigramRuntime
from nextword.text import normalize_text
from nextword.tokenizer import TokenizerConfig, build_tokenizer, encode_texts, report_oov
from nextword.vocabulary import EOS_ID

TEXTS = ["I like tea.", "你喜欢茶吗？", "", "You like\nblack coffee, too! 😀", "我喜欢Ｔea"]
WORDS = st.lists(st.sampled_from(["tea", "like", "rum", "我", "茶", "，", "😀", "\n"]), max_size=8).map(" ".join)


def unigram_model(texts, **options):
    tokenizer = build_tokenizer(texts, TokenizerConfig(**options))
    return LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))


def naive_nats(lm, texts):
    """Return the nats of every token, each from a fresh start over all that comes before."""
    ids = encode_texts(lm.tokenizer, texts).tolist()
    nats = []
    for position, token_id in enumerate(ids):
        state = lm.runtime.advance(lm.runtime.initial_state(), [EOS_ID, *ids[:position]])
        nats.append(-float(lm.runtime.log_probabilities(state)[0, token_id]))
    return nats


def test_by_hand():
    # Counts: a 3, b 2, <eos> 2, c 1, of which <unk> takes half. Of 8: 3, 2, 2, 0.5, 0.5.
    lm = unigram_model(["a a b", "a b c"])
    figures = evaluate(lm, ["a b", "c d"])
    # a 3/8, b 2/8, <eos> 2/8, c 1/16, d as <unk> 1/16, <eos> 2/8.
    bits = math.log2(8 / 3) + 2 + 2 + 4 + 4 + 2
    assert figures.perplexity == pytest.approx(2 ** (bits / 6), rel=1e-6)
    # "d" is spelled: one letter and its end, each one of a, b, c and the end, 2 bits.
    assert figures.bits_per_character == pytest.approx((bits + 2 * 2) / 8, rel=1e-6)
    assert (figures.tokens, figures.characters, figures.oov_rate) == (6, 8, 0.25)
    assert figures.recall_at == {1: pytest.approx(1 / 3), 3: 1.0, 5: 1.0}


def test_unk_of_the_text_itself_costs_no_spelling():
    lm = unigram_model(["a a <unk> b", "a b <unk> c"], level="whitespace")
    figures = evaluate(lm, ["<unk> xyz", "A"])
    # Counts: a 3, b 2, <unk> 2, <eos> 2, c 1, of 10; "A" is looked up as "a".
    bits = 3 * math.log2(5) + math.log2(10 / 3) + math.log2(5)
    assert figures.perplexity == pytest.approx(2 ** (bits / 5), rel=1e-6)
    spelling = (len("xyz") + 1) * math.log2(3 + 1)
    assert figures.characters == len("<unk> xyz") + 1 + len("A") + 1
    assert figures.bits_per_character == pytest.approx((bits + spelling) / figures.characters, rel=1e-6)
    assert figures.oov_rate == pytest.approx(2 / 3)


def test_line_breaks_are_no_words():
    lm = unigram_model(["a a b"])
    figures = evaluate(lm, ["a\n\nb", ""])
    assert figures.tokens == 5  # a, <eos>, b and one <eos> a text
    assert figures.oov_rate == 0.0
    assert figures.characters == len("a\nb") + 2
    empty = evaluate(lm, [""])
    assert (empty.tokens, empty.characters, empty.oov_rate) == (1, 1, 0.0)
    assert empty.recall_at == {1: 0.0, 3: 0.0, 5: 0.0}
    assert empty.perplexity == pytest.approx(math.exp(naive_nats(lm, [""])[0]))


@pytest.mark.parametrize("level", ["word", "whitespace", "char"])
def test_bits_by_the_formula(build_tiny_runtime, level):
    tokenizer = build_tokenizer(["I like tea.", "我喜欢茶。"], TokenizerConfig(level=level))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    figures = evaluate(lm, TEXTS)
    report = report_oov(tokenizer, TEXTS, most_common=99)
    assert report.unknown > 3
    alphabet = set("".join(lm.vocabulary[3:]))
    spelling = sum(count * (len(word) + 1) for word, count in report.words) * math.log2(len(alphabet) + 1)
    nats = naive_nats(lm, TEXTS)
    characters = sum(len(normalize_text(text, level=level)) + 1 for text in TEXTS)
    assert figures.perplexity == pytest.approx(math.exp(np.mean(nats)), rel=1e-6)
    assert figures.bits_per_character == pytest.approx((sum(nats) / math.log(2) + spelling) / characters, rel=1e-6)
    assert (figures.tokens, figures.characters, figures.oov_rate) == (len(nats), characters, report.rate)


@settings(deadline=None, max_examples=25)
@given(texts=st.lists(WORDS, min_size=1, max_size=4))
@example(texts=TEXTS)
def test_as_a_naive_reading(tiny_language_model, texts):
    nats = naive_nats(tiny_language_model, texts)
    figures = evaluate(tiny_language_model, texts)
    assert figures.tokens == len(nats)
    assert figures.perplexity == pytest.approx(math.exp(np.mean(nats)), rel=1e-6)


@settings(deadline=None, max_examples=15)
@given(texts=st.lists(WORDS, min_size=1, max_size=6), chunk=st.integers(1, 20))
def test_the_size_of_chunks_does_not_matter(tiny_language_model, texts, chunk):
    expected = evaluate(tiny_language_model, texts)
    with patch.object(protocol, "CHUNK", chunk):
        figures = evaluate(tiny_language_model, texts)
    assert figures.perplexity == pytest.approx(expected.perplexity, rel=1e-6)
    assert figures.recall_at == expected.recall_at


def test_recall_is_that_of_predictions(build_tiny_runtime):
    tokenizer = build_tokenizer(["a b c d e f g h"])
    texts = ["a b c zzz d", "e a", "b h g f b c a"]
    for lm in (
        LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=1.5)),
        LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=0.0)),  # all words tie
        LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary)),
    ):
        hits, known, context = {1: 0, 3: 0, 5: 0}, 0, ""
        for text in texts:
            for word in text.split():
                if word in lm.vocabulary:
                    known += 1
                    for rank in hits:
                        hits[rank] += word in [p.word for p in predict_next_word(lm, context, top_k=rank)]
                context += word + " "
            context += "\n"
        assert known == 13
        figures = evaluate(lm, texts)
        assert figures.recall_at == {rank: pytest.approx(number / known) for rank, number in hits.items()}
        assert 0.0 < figures.recall_at[1] < figures.recall_at[3] < figures.recall_at[5] < 1.0


def test_the_unigram_baseline_is_beside(tiny_language_model):
    lm = tiny_language_model
    figures = evaluate(lm, TEXTS)
    baseline = evaluate(LanguageModel(lm.tokenizer, UnigramRuntime(lm.vocabulary)), TEXTS)
    assert figures.unigram is not None
    assert figures.unigram.unigram is None
    assert figures.unigram == dataclasses.replace(baseline, unigram=None)
    assert baseline.perplexity != figures.perplexity
    assert (figures.unigram.oov_rate, figures.unigram.tokens) == (figures.oov_rate, figures.tokens)


def test_a_uniform_model_has_the_perplexity_of_its_vocabulary(build_tiny_runtime):
    tokenizer = build_tokenizer(["a b c"])
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=0.0))
    # Every token but `<pad>` is as likely.
    assert evaluate(lm, ["a", "b c a"]).perplexity == pytest.approx(5.0, rel=1e-6)


def test_an_impossible_token_leaves_finite_figures_of_perplexity(build_tiny_runtime):
    tokenizer = build_tokenizer(["a b"])
    runtime = build_tiny_runtime(len(tokenizer.vocabulary), scale=0.0)
    weights = {**runtime.weights, "logits/bias": np.array([0, 0, 0, 0, -1e5], np.float32)}
    lm = LanguageModel(tokenizer, type(runtime)(runtime.config, weights))
    assert evaluate(lm, ["b b b b"]).perplexity == pytest.approx(math.exp(700))


def test_the_table():
    table = str(evaluate(unigram_model(["a a b", "a b c"]), ["a b", "c d"])).splitlines()
    assert table[0].split() == ["perplexity", "bits/char", "top-1", "top-3", "top-5", "keys", "saved"]
    assert table[1].split()[0] == "model"
    assert table[2].split()[0] == "unigram"
    assert table[1].split()[1:] == table[2].split()[1:]
    assert table[3] == "6 tokens, 25.0% of words unknown"


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure(tiny_language_model):
    texts = list(TEXTS)
    first = evaluate(tiny_language_model, texts)
    assert evaluate(tiny_language_model, iter(texts)) == first
    assert texts == TEXTS
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.perplexity = 1.0


@pytest.mark.parametrize(
    ("texts", "error", "match"),
    [
        ([], InputError, "there is no text to evaluate on"),
        (iter(()), InputError, "there is no text to evaluate on"),
        ("I like tea", InputTypeError, r"received the single text 'I like tea'\. Pass \[text\]"),
        ([b"tea"], InputTypeError, "received bytes at position 0"),
    ],
)
def test_what_is_no_texts_is_refused(tiny_language_model, texts, error, match):
    with pytest.raises(error, match=match):
        evaluate(tiny_language_model, texts)


def test_saved_keys_and_ranks_by_hand():
    # Counts: a 4, apple 3, apply 2, b 1, 苹果 1; suggestions never change.
    tokenizer = build_tokenizer(["a a a a apple apple apple apply apply", "b", "苹果 苹果"])
    lm = LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))
    evaluation = evaluate(lm, ["a apply b 苹果"])
    order = ["a", "apple", "apply", "苹果", "b"]
    assert [word for word, _ in predict_next_word(lm, "", 9)] == order
    # a: 1 of 2 keys; apply: 1 of 6; b: typed and accepted, 2 of 2; 苹果: 苹 and accepted, 2 of 2.
    assert evaluation.keystroke_savings == pytest.approx((1 + 5 + 0 + 0) / (2 + 6 + 2 + 2))
    assert evaluation.mean_reciprocal_rank == pytest.approx((1 + 1 / 3 + 1 / 5 + 1 / 4) / 4)
    assert f"{evaluation.keystroke_savings:.1%}" in str(evaluation)


def test_saved_keys_are_those_of_typing(tiny_language_model):
    text = "I like green tea. 我喜欢吃苹果"
    saved = typed = 0
    words = tiny_language_model.tokenizer.split(text)
    for number, word in enumerate(words):
        keys = len(word) + (word[-1] < "一")
        context = tiny_language_model.tokenizer.join(words[:number])
        for letters in range(len(word) + 1):
            shown = [found for found, _ in completions(tiny_language_model, context, word[:letters])]
            if word in shown:
                break
        typed += keys
        saved += keys - min(keys, letters + 1)
    assert evaluate(tiny_language_model, [text]).keystroke_savings == pytest.approx(saved / typed)


def completions(lm, context, prefix):
    """The three best words that begin so, without the rule that an exact match is always shown."""
    return [found for found in predict_next_word(lm, context, 999) if found.word.startswith(prefix)][:3]
