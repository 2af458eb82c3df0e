"""ARPA files hold the same model: read back by hand, and by kenlm where it is installed."""

import math

import numpy as np
import pytest
from refusals import refuses

import nextword as nw

TEXTS = nw.sample_texts()[:120]


@pytest.fixture(scope="module", params=[(1,), (1, 1, 2)], ids=["whole", "pruned"])
def counted_model(request):
    tokenizer = nw.build_tokenizer(TEXTS)
    ids = nw.encode_texts(tokenizer, TEXTS)
    config = nw.NgramConfig(order=4, min_counts=request.param)
    return tokenizer, nw.build_ngram(ids, config, vocabulary_size=len(tokenizer.vocabulary))


def read_arpa(path):
    """Return log10 probabilities and weights of all n-grams by their words, and the counts of the header."""
    probabilities, weights, header = {}, {}, {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("ngram "):
            order, count = line.removeprefix("ngram ").split("=")
            header[int(order)] = int(count)
        elif "\t" in line:
            log, words, *weight = line.split("\t")
            probabilities[tuple(words.split(" "))] = float(log)
            weights[tuple(words.split(" "))] = float(weight[0]) if weight else 0.0
    return probabilities, weights, header


def log10(probabilities, weights, context, word):
    """Katz's recursion, as every reader of ARPA files does it."""
    if (*context, word) in probabilities:
        return probabilities[(*context, word)]
    return weights.get(context, 0.0) + log10(probabilities, weights, context[1:], word)


def known(tokenizer, text):
    """Return the words as the vocabulary has them: another casing counts, the rest is `<unk>`."""
    return [tokenizer.vocabulary[token_id] for token_id in tokenizer.encode(text).tolist()]


def read_back(model, words, order):
    """Return log10 of each word and of the end, as a reader of the file finds them."""
    probabilities, weights, _ = model
    stream = ["<s>", *words, "</s>"]
    return [
        log10(probabilities, weights, tuple(stream[max(0, i - order + 1) : i]), stream[i])
        for i in range(1, len(stream))
    ]


def test_the_file_is_the_same_model(counted_model, tmp_path):
    tokenizer, ngram = counted_model
    nw.save_arpa(ngram, tokenizer.vocabulary, tmp_path / "lm.arpa")
    model = read_arpa(tmp_path / "lm.arpa")
    probabilities, _, header = model
    assert sorted(header) == [1, 2, 3, 4]
    for order, count in header.items():
        assert sum(len(words) == order for words in probabilities) == count
    lm = nw.build_language_model(tokenizer, ngram)
    for text in [*TEXTS[:20], "I like unheard of food, too.", "我喜欢吃未知的苹果。"]:
        log_probability = sum(read_back(model, known(tokenizer, text), 4)) * math.log(10)
        assert nw.score(lm, text, complete=True).log_probability == pytest.approx(log_probability, rel=1e-5)


def test_kenlm_agrees(counted_model, tmp_path):
    kenlm = pytest.importorskip("kenlm")
    tokenizer, ngram = counted_model
    nw.save_arpa(ngram, tokenizer.vocabulary, tmp_path / "lm.arpa")
    model = kenlm.Model(str(tmp_path / "lm.arpa"))
    lm = nw.build_language_model(tokenizer, ngram)
    unseen = nw.sample_texts()[120:160]
    ours = [nw.score(lm, text, complete=True).log_probability for text in unseen]
    theirs = [model.score(" ".join(known(tokenizer, text)), bos=True, eos=True) * math.log(10) for text in unseen]
    np.testing.assert_allclose(theirs, ours, rtol=1e-4)


LINES = {
    "English": ["i like green tea .", "i like black tea .", "you like tea ."] * 2,
    "Chinese": ["我 喜欢 吃 苹果 。", "妹妹 喜欢 吃 面条 ！"] * 3,
    "odd": ["# a#b \\data\\ \\end\\", "-99 ngram 1=5 \\1-grams:", "\u3000 a\u00a0b x\u2028y é"] * 2,
    "<unk>": ["a <unk> b", "<unk> b", "b <unk>"],
    "one word": ["a a a a a a a a a"],
}


@pytest.mark.parametrize("order", [2, 3, 5])
@pytest.mark.parametrize("min_counts", [(1,), (1, 2), (1, 1, 3)])
@pytest.mark.parametrize("name", LINES)
def test_any_words_and_orders_are_the_same_model(name, min_counts, order, tmp_path):
    lines = [line.split(" ") for line in LINES[name]]
    words = sorted({word for line in lines for word in line} - {"<unk>"})
    vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words))
    id_of = {word: token_id for token_id, word in enumerate(vocabulary)}
    ids = [token_id for line in lines for token_id in [*(id_of[word] for word in line), 2]]
    config = nw.NgramConfig(order=order, min_counts=min_counts)
    ngram = nw.build_ngram(ids, config, vocabulary_size=len(vocabulary))
    path = tmp_path / "lm.arpa"
    nw.save_arpa(ngram, vocabulary, path)
    model = read_arpa(path)
    assert all(model[2].values())
    kenlm = kenlm_model(path) if len(model[2]) > 1 else None  # it reads no file of order 1
    for line in [*lines, [*reversed(lines[0])]]:
        state, expected = ngram.advance(ngram.initial_state(), [2]), []
        for token_id in [*(id_of[word] for word in line), 2]:
            expected.append(float(ngram.log_probabilities(state)[0, token_id]))
            state = ngram.advance(state, [token_id])
        np.testing.assert_allclose(np.array(read_back(model, line, order)) * math.log(10), expected, atol=1e-5)
        if kenlm is not None:
            scores = [score * math.log(10) for score, *_ in kenlm.full_scores(" ".join(line))]
            np.testing.assert_allclose(scores, expected, rtol=1e-4)


def kenlm_model(path):
    """Return the model as kenlm reads it; None where it is not installed."""
    try:
        import kenlm
    except ImportError:
        return None
    return kenlm.Model(str(path))


def test_order_1_and_orders_without_ngrams(tmp_path):
    vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", "a", "b"))
    for config in (nw.NgramConfig(order=1), nw.NgramConfig(order=4, min_counts=(1, 99))):
        ngram = nw.build_ngram([3, 4, 2, 3, 3, 2], config, vocabulary_size=5)
        nw.save_arpa(ngram, vocabulary, tmp_path / "lm.arpa")
        probabilities, weights, header = read_arpa(tmp_path / "lm.arpa")
        assert header == {1: 5}
        assert set(weights.values()) == {0.0}
        assert 10 ** probabilities[("a",)] == pytest.approx(ngram.unigram[3], rel=1e-6)


def test_mistakes_are_named(counted_model, tmp_path, tiny_language_model):
    tokenizer, ngram = counted_model
    path = tmp_path / "lm.arpa"
    with refuses(nw.InputTypeError, "not-an-ngram-model", received="LSTMRuntime"):
        nw.save_arpa(tiny_language_model.runtime, tokenizer.vocabulary, path)
    vocabulary = tiny_language_model.vocabulary
    with refuses(nw.InputError, "vocabulary-sizes-differ", vocabulary_size=len(vocabulary)):
        nw.save_arpa(ngram, vocabulary, path)
    for word in ("<s>", "</s>", "<UNK>", " ", "a\tb", "a\x0b"):
        marked = nw.Vocabulary(("<pad>", "<unk>", "<eos>", word))
        with refuses(nw.InputError, "word-not-in-arpa", word=word):
            nw.save_arpa(nw.build_ngram([3, 2], vocabulary_size=4), marked, path)
    assert not path.exists()
    with pytest.raises(nw.MissingFileError, match="absent"):
        nw.save_arpa(ngram, tokenizer.vocabulary, tmp_path / "absent" / "lm.arpa")
