"""Keys saved: by hand, and as an independent simulator types them."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.evaluation.keystrokes import Typist
from nextword.evaluation.measuring import evaluate
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.next_word import predict_next_word
from nextword.prediction.reading_on import suggestion_log_probabilities
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS, Vocabulary

WORDS = st.sampled_from(["I", "like", "green", "tea", "too", "我", "喜欢", "喝", "苹果", "，", "。", "unheard", "\n"])


def test_saved_keys_and_ranks_by_hand():
    # Counts: a 4, apple 3, apply 2, b 1, 苹果 1; suggestions never change.
    tokenizer = build_tokenizer(["a a a a apple apple apple apply apply", "b", "苹果 苹果"])
    lm = LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))
    evaluation = evaluate(lm, ["a apply b 苹果"], keystrokes=True)
    order = ["a", "apple", "apply", "苹果", "b"]
    assert [word for word, _ in predict_next_word(lm, "", 9)] == order
    # a: 1 of 2 keys; apply: 1 of 6; b: typed and accepted, 2 of 2; 苹果: 苹 and accepted, 2 of 2.
    assert evaluation.keystroke_savings == pytest.approx((1 + 5 + 0 + 0) / (2 + 6 + 2 + 2))
    assert evaluation.mean_reciprocal_rank == pytest.approx((1 + 1 / 3 + 1 / 5 + 1 / 4) / 4)
    assert f"{evaluation.keystroke_savings:.1%}" in str(evaluation)


def simulated(lm, texts):
    """Type every known word key by key, reading three suggestions off the sorted list of all; the share saved."""
    typed = saved = 0
    for text in texts:
        read = [EOS_ID]
        for word, token_id in zip(lm.tokenizer.split(text), lm.tokenizer.encode(text).tolist(), strict=True):
            if token_id > EOS_ID:
                word = lm.vocabulary[token_id]  # which may differ in case
                state = lm.runtime.advance(lm.runtime.initial_state(), read)
                logs = suggestion_log_probabilities(lm, state)[0].tolist()
                ranked = [lm.vocabulary[i] for i in sorted(range(3, len(logs)), key=lambda i: (-logs[i], i))]
                without_space = word[-1] > "⺀" or lm.tokenizer.config.level == "char"
                full = len(word) if without_space else len(word) + 1
                keys = 0
                while (
                    keys <= len(word) and word not in [known for known in ranked if known.startswith(word[:keys])][:3]
                ):
                    keys += 1
                typed += full
                saved += full - min(full, keys + 1)
            read.append(token_id)
    return saved / max(typed, 1)


@settings(deadline=None, max_examples=10)
@given(texts=st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=3))
def test_saved_keys_are_those_of_typing(tiny_language_model, texts):
    assert evaluate(tiny_language_model, texts, keystrokes=True).keystroke_savings == pytest.approx(
        simulated(tiny_language_model, texts)
    )


@pytest.mark.parametrize("level", ["word", "whitespace", "char"])
@pytest.mark.parametrize("scale", [0.0, 1.5])
def test_every_level_as_simulated(build_tiny_runtime, level, scale):
    texts = ["tea team teapot tear test tend ten tip", "苹果 苹 苹果汁 苹果树", "a，b。"]
    tokenizer = build_tokenizer(texts, TokenizerConfig(level=level))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=scale))
    savings = evaluate(lm, texts, keystrokes=True).keystroke_savings
    assert savings == pytest.approx(simulated(lm, texts))
    assert (savings == 0.0) == (level == "char")  # a suggestion is a key, and so is a character


LETTERS = st.text("abAＡ’'İß️\U0010ffff苹果", min_size=1, max_size=5)


@settings(deadline=None, max_examples=60)
@given(words=st.lists(LETTERS, min_size=4, max_size=40, unique=True), seed=st.integers(0, 99))
def test_keys_are_those_of_all_words_with_each_beginning(words, seed):
    vocabulary = Vocabulary((*SPECIAL_TOKENS, *words))
    typist = Typist(vocabulary, "word")
    logs = np.random.default_rng(seed).integers(-4, 0, len(vocabulary)).astype(np.float32)  # many tie
    logs[3 + seed % 4] = -np.inf
    for token_id in range(3, len(vocabulary)):
        word, keys = vocabulary.words[token_id], typist.keys_without(token_id)
        for letters in range(1, len(word) + 1):
            others = vocabulary.ids_with_prefix(word[:letters]).tolist()
            ahead = sum((logs[other], -other) > (logs[token_id], -token_id) for other in others)
            if ahead < 3 and logs[token_id] > -np.inf:
                keys = min(keys, letters + 1)
                break
        assert typist.keys_with(token_id, logs) == keys


def test_chinese_has_no_space_and_unknown_words_no_keys():
    tokenizer = build_tokenizer(["， ， ， tea 苹果"], TokenizerConfig(level="whitespace"))
    lm = LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))
    # A mark is one key, and so is accepting it; 苹果 is two keys, tea four.
    assert evaluate(lm, ["，"], keystrokes=True).keystroke_savings == 0.0
    assert evaluate(lm, ["苹果"], keystrokes=True).keystroke_savings == 0.5
    assert evaluate(lm, ["tea"], keystrokes=True).keystroke_savings == 0.75
    assert evaluate(lm, ["tea unheard 未闻", "未闻"], keystrokes=True).keystroke_savings == 0.75
    assert np.isclose(evaluate(lm, ["tea 苹果 ，"], keystrokes=True).keystroke_savings, (3 + 1 + 0) / (4 + 2 + 1))
