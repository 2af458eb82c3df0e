"""What is printed."""

import math

import numpy as np

from nextword.evaluation.measuring import evaluate
from nextword.ngrams.kneser_ney import build_ngram
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.blocking import block
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.tokenizer import build_tokenizer, encode_texts

TEXTS = ["a a b", "a b c"]


def test_the_table():
    tokenizer = build_tokenizer(TEXTS)
    lm = LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))
    evaluation = evaluate(lm, ["a b", "c d"], keystrokes=True)
    table = str(evaluation).splitlines()
    names = "perplexity bits/char top-1 top-3 top-5 MRR keys saved calibration error tokens/s"
    assert table[0].split() == names.split()
    assert [line.split()[0] for line in table[1:3]] == ["model", "unigram"]
    assert table[1].split()[1:-1] == table[2].split()[1:-1]  # all but the speed
    assert table[3] == "6 tokens, 2 texts, each read by itself"
    assert table[4].startswith("25.0% of words unknown; ")
    assert "top-1 25.0%, top-3 75.0%, top-5 75.0%, keys saved 37.5%" in table[4]
    # Words alone: a has 3 of 5.5, and is one word of three.
    assert [line.split()[-1] for line in table[5:8]] == ["54.5%", "33.3%", "3"]
    assert table[8].startswith('No n-gram model beside: evaluate(lm, texts, baselines={"Kneser-Ney"')
    assert len({len(line) for line in table[:3]}) == 1
    without = str(evaluate(lm, ["a b", "c d"])).splitlines()
    assert without[0].split() == names.replace("keys saved ", "").split()
    assert len({len(line) for line in without[:3]}) == 1
    assert without[4] == table[4].replace(", keys saved 37.5%", "")


def test_kneser_ney_has_a_row_and_long_names_their_room():
    tokenizer = build_tokenizer(TEXTS)
    ngram = build_ngram(encode_texts(tokenizer, TEXTS), vocabulary_size=len(tokenizer.vocabulary))
    unigram = UnigramRuntime(tokenizer.vocabulary)
    table = str(evaluate(LanguageModel(tokenizer, ngram), ["a b"], baselines={"a model of last week": unigram}))
    lines = table.splitlines()
    assert [line.split("  ")[0] for line in lines[1:5]] == ["model", "unigram", "Kneser-Ney", "a model of last week"]
    assert len({len(line) for line in lines[:5]}) == 1
    assert "No n-gram model" not in table
    assert "±" not in table  # one text
    assert "5 tokens, 1 text, read on as one stream" in str(
        evaluate(LanguageModel(tokenizer, ngram), ["a b c a"], as_stream=True)
    )
    assert "unknown" not in table


def test_intervals_are_printed_where_there_are_some():
    tokenizer = build_tokenizer(TEXTS)
    lm = LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))
    assert "; the model's perplexity ±" in str(evaluate(lm, ["a b", "c a a"] * 10))
    blocked = str(evaluate(block(lm, ["a"]), ["a b", "c a a"] * 10)).splitlines()
    assert blocked[1].split()[1:3] == ["inf", "inf"]
    assert "±" not in blocked[3]
    assert blocked[4].startswith("30 tokens have no probability")


def test_large_numbers_keep_the_table_in_order(build_tiny_runtime):
    tokenizer = build_tokenizer(TEXTS)
    runtime = build_tiny_runtime(len(tokenizer.vocabulary), scale=0.0)
    weights = {**runtime.weights, "logits/bias": np.array([0, 0, 0, 0, -100, 0], np.float32)}
    evaluation = evaluate(LanguageModel(tokenizer, type(runtime)(runtime.config, weights)), ["b b b"])
    assert 1e6 < evaluation.perplexity < math.inf
    assert len({len(line) for line in str(evaluation).splitlines()[:3]}) == 1


def test_a_text_without_words_prints_no_reliability():
    tokenizer = build_tokenizer(TEXTS)
    evaluation = evaluate(LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary)), [""])
    assert evaluation.reliability == ()
    assert evaluation.calibration_error == 0.0
    assert len(str(evaluation).splitlines()) == 5
