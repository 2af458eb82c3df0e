"""Measuring: figures by hand for a unigram model, a naive reference for an LSTM, and baselines beside."""

import dataclasses
import math
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.evaluation.keystrokes import Typist
from nextword.evaluation.measuring import evaluate
from nextword.evaluation.reading import read_material
from nextword.evaluation.summing import measure_tokens
from nextword.mixing.cache import build_cache
from nextword.mixing.passages import LANES, Step, read_passages
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.transformer.config import TransformerConfig
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.blocking import block
from nextword.prediction.language_model import LanguageModel, build_language_model
from nextword.prediction.next_word import predict_next_word
from nextword.prediction.temperature import with_temperature
from nextword.tokens.conversation import Conversation
from nextword.tokens.joining import normalize_text
from nextword.tokens.oov import report_oov
from nextword.tokens.spelling import build_speller
from nextword.tokens.template import ROLE_TOKENS, Template
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer, encode_texts, tokenizer_from_counts
from nextword.tokens.vocabulary import EOS_ID

TEXTS = ["I like tea.", "你喜欢茶吗？", "", "You like\nblack coffee, too! 😀", "我喜欢Ｔea"]
WORDS = st.lists(st.sampled_from(["tea", "like", "rum", "我", "茶", "，", "😀", "\n"]), max_size=8).map(" ".join)


def unigram_model(texts, **options):
    tokenizer = build_tokenizer(texts, TokenizerConfig(**options))
    return LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))


def cross_entropies_of(lm, texts, *, as_stream=False):
    """Return the cross-entropy of every token in nats, one after the other."""
    cross_entropies = []
    start = state = lm.runtime.advance(lm.runtime.initial_state(), [EOS_ID])
    for text in texts:
        state = state if as_stream else start
        for token_id in (*lm.tokenizer.encode(text).tolist(), EOS_ID):
            cross_entropies.append(-float(lm.runtime.log_probabilities(state)[0, token_id]))
            state = lm.runtime.advance(state, [token_id])
    return cross_entropies


def spelling_bits(lm, *words):
    """Return the bits of the spelling of words."""
    return -sum(build_speller(lm.vocabulary).log_probability(word) for word in words) / math.log(2)


def test_by_hand():
    # Counts: a 3, b 2, <eos> 2, c 1, of which <unk> takes half. Of 8: 3, 2, 2, 0.5, 0.5.
    lm = unigram_model(["a a b", "a b c"])
    figures = evaluate(lm, ["a b", "c d"], keystrokes=True)
    # a 3/8, b 2/8, <eos> 2/8, c 1/16, d as <unk> 1/16, <eos> 2/8.
    bits = math.log2(8 / 3) + 2 + 2 + 4 + 4 + 2
    assert figures.perplexity == pytest.approx(2 ** (bits / 6), rel=1e-6)
    # "d" is spelt, and no word has that letter: its code over all of Unicode alone takes 20 bits.
    spelling = spelling_bits(lm, "d")
    assert 20 < spelling < 25
    assert figures.bits_per_character == pytest.approx((bits + spelling) / 8, rel=1e-6)
    assert figures.perplexity_of_all == pytest.approx(2 ** ((bits + spelling) / 6), rel=1e-6)
    assert (figures.tokens, figures.characters, figures.oov_rate) == (6, 8, 0.25)
    assert figures.recall_at == {1: pytest.approx(1 / 3), 3: 1.0, 5: 1.0}
    assert figures.recall_of_all == {1: 0.25, 3: 0.75, 5: 0.75}
    assert figures.mean_reciprocal_rank == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert figures.mean_reciprocal_rank_of_all == pytest.approx((1 + 1 / 2 + 1 / 3) / 4)
    # Each word is a key and a space; one key accepts it.
    assert (figures.keystroke_savings, figures.keystroke_savings_of_all) == (3 / 6, 3 / 8)
    assert (figures.read_as, figures.texts, figures.impossible) == ("texts", 2, 0)


def test_unk_of_the_text_itself_costs_no_spelling():
    lm = unigram_model(["a a <unk> b", "a b <unk> c"], level="whitespace")
    figures = evaluate(lm, ["<unk> xyz", "A"], keystrokes=True)
    # Counts: a 3, b 2, <unk> 2, <eos> 2, c 1, of 10; "A" is looked up as "a".
    bits = 3 * math.log2(5) + math.log2(10 / 3) + math.log2(5)
    assert figures.perplexity == pytest.approx(2 ** (bits / 5), rel=1e-6)
    spelling = spelling_bits(lm, "xyz")
    assert figures.characters == len("<unk> xyz") + 1 + len("A") + 1
    assert figures.bits_per_character == pytest.approx((bits + spelling) / figures.characters, rel=1e-6)
    assert figures.oov_rate == pytest.approx(2 / 3)
    assert figures.perplexity_of_all == pytest.approx(2 ** ((bits + spelling) / 5), rel=1e-6)
    # It is typed as it is written: six keys, and four for "xyz"; "A" is one of two.
    assert figures.keystroke_savings_of_all == pytest.approx(1 / (6 + 4 + 2))


@pytest.mark.parametrize("level", ["word", "whitespace", "char"])
def test_unknown_words_alone(level):
    lm = unigram_model(["a a b"], level=level)
    figures = evaluate(lm, (text for text in ["x", "y\ny"]), keystrokes=True)
    assert (figures.oov_rate, figures.reliability, figures.calibration_error) == (1.0, (), 0.0)
    assert set((*figures.recall_at.values(), *figures.recall_of_all.values())) == {0.0}
    assert (figures.keystroke_savings, figures.keystroke_savings_of_all) == (0.0, 0.0)
    assert (figures.mean_reciprocal_rank, figures.mean_reciprocal_rank_of_all) == (0.0, 0.0)
    assert 1.0 < figures.perplexity < 1e3 < figures.perplexity_of_all < math.inf
    assert "100.0% of words unknown" in str(figures)


@settings(deadline=None, max_examples=8)
@given(texts=st.lists(WORDS, min_size=1, max_size=4))
def test_all_words_are_the_known_and_the_unknown_ones(tiny_language_model, texts):
    figures = evaluate(tiny_language_model, texts, keystrokes=True)
    known = 1.0 - figures.oov_rate
    assert figures.recall_of_all == {k: pytest.approx(known * share) for k, share in figures.recall_at.items()}
    assert figures.mean_reciprocal_rank_of_all == pytest.approx(known * figures.mean_reciprocal_rank)
    assert figures.keystroke_savings_of_all <= figures.keystroke_savings
    assert (figures.perplexity_of_all > figures.perplexity) == (figures.oov_rate > 0.0)


def test_a_text_starts_afresh_unless_read_on(tiny_language_model):
    lm, texts = tiny_language_model, ["I like green tea.", "我喜欢喝茶。", "tea"]
    apart = [evaluate(lm, [text]) for text in texts]
    together, reading_on = evaluate(lm, texts), evaluate(lm, iter(texts), as_stream=True)
    nats = sum(math.log(figures.perplexity) * figures.tokens for figures in apart)
    assert math.log(together.perplexity) * together.tokens == pytest.approx(nats, rel=1e-5)
    assert reading_on.perplexity != pytest.approx(together.perplexity, rel=1e-3)
    assert (together.read_as, reading_on.read_as) == ("texts", "stream")
    assert evaluate(lm, texts[::-1]).perplexity == pytest.approx(together.perplexity, rel=1e-5)
    with refuses(ConfigError, "option-out-of-range", option="as_stream", value=None):
        evaluate(lm, texts, as_stream=None)
    with refuses(ConfigError, "option-out-of-range", option="keystrokes", value=1):
        evaluate(lm, texts, keystrokes=1)


def test_line_breaks_are_no_words():
    lm = unigram_model(["a a b"])
    figures = evaluate(lm, ["a\n\nb", ""])
    assert figures.tokens == 5  # a, <eos>, b and one <eos> a text
    assert figures.oov_rate == 0.0
    assert figures.characters == len("a\nb") + 2
    empty = evaluate(lm, [""])
    assert (empty.tokens, empty.characters, empty.oov_rate) == (1, 1, 0.0)
    assert empty.recall_at == {1: 0.0, 3: 0.0, 5: 0.0}
    assert empty.perplexity == pytest.approx(math.exp(cross_entropies_of(lm, [""])[0]))


@pytest.mark.parametrize("level", ["word", "whitespace", "char"])
def test_bits_by_the_formula(build_tiny_runtime, level):
    tokenizer = build_tokenizer(["I like tea.", "我喜欢茶。"], TokenizerConfig(level=level))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    figures = evaluate(lm, TEXTS)
    report = report_oov(tokenizer, TEXTS, most_common=99)
    assert report.unknown > 3
    spelling = spelling_bits(lm, *(word for word, count in report.words for _ in range(count)))
    expected = cross_entropies_of(lm, TEXTS)
    characters = sum(len(normalize_text(text, level=level)) + 1 for text in TEXTS)
    assert figures.perplexity == pytest.approx(math.exp(np.mean(expected)), rel=1e-6)
    assert figures.bits_per_character == pytest.approx((sum(expected) / math.log(2) + spelling) / characters, rel=1e-6)
    assert (figures.tokens, figures.characters, figures.oov_rate) == (len(expected), characters, report.rate)


@settings(deadline=None, max_examples=8)
@given(texts=st.lists(WORDS, min_size=1, max_size=4))
@example(texts=TEXTS)
@example(texts=["I like tea", *["tea like 我 rum 茶 tea"] * 20])  # more tokens than are scored at once
@example(texts=["tea", "", "like tea"] * (LANES // 2) + ["茶 tea like " * 50])  # more texts than are read at once
def test_as_a_naive_reading(tiny_language_model, texts):
    for as_stream in (False, True):
        expected = cross_entropies_of(tiny_language_model, texts, as_stream=as_stream)
        figures = evaluate(tiny_language_model, texts, as_stream=as_stream)
        assert figures.tokens == len(expected)
        assert figures.perplexity == pytest.approx(math.exp(np.mean(expected)), rel=1e-5)


def one_by_one(runtime, passages):
    """Yield what `read_passages` yields, a token at a time."""
    position = 0
    for before, ids, _ in passages:
        state = runtime.advance(runtime.initial_state(), before)
        for token_id in ids:
            yield Step(np.array([position]), token_id.reshape(1), state)
            state, position = runtime.advance(state, [token_id]), position + 1


MANY = [
    "tea",
    "",
    "you like coffee",
    "我喜欢 茶，你 喜欢 tea 吗？",
    *["like black\ntea too"] * 2 * LANES,
    "茶 I tea " * 330,
]


class OfTwoMethods:
    """A runtime that has what the contract asks for and nothing else."""

    def __init__(self, runtime):
        self.vocabulary_size, self.initial_state, self.advance = (
            runtime.vocabulary_size,
            runtime.initial_state,
            runtime.advance,
        )
        self.log_probabilities = runtime.log_probabilities


KINDS = [
    "LSTM",
    "n-grams",
    "two methods",
    "mixture",
    "mixture of early weights",
    "mixture of two methods",
    "Transformer",
]


MIXTURES = ["mixture", "mixture of early weights", "mixture of two methods"]


@pytest.mark.parametrize("kind", ["LSTM", "n-grams", "two methods", *MIXTURES, "Transformer"])
@pytest.mark.parametrize("is_shaped", [False, True])
def test_every_figure_is_that_of_reading_one_by_one(build_tiny_runtime, kind, is_shaped):
    tokenizer = build_tokenizer(TEXTS)
    size = len(tokenizer.vocabulary)
    ngram = build_ngram(encode_texts(tokenizer, TEXTS * 3), NgramConfig(order=4), vocabulary_size=size)
    parts = (build_tiny_runtime(size, scale=1.5), ngram, build_cache(tokenizer.vocabulary))
    runtime = {
        "LSTM": parts[0],
        "n-grams": ngram,
        "two methods": OfTwoMethods(parts[0]),
        "mixture": MixtureRuntime(parts, (0.5, 0.3, 0.2)),
        "mixture of two methods": MixtureRuntime(tuple(map(OfTwoMethods, parts)), (0.5, 0.3, 0.2)),
        "mixture of early weights": MixtureRuntime(parts, (0.3, 0.2, 0.5), ((0.8, 0.1, 0.1), (0.4, 0.5, 0.1))),
        "Transformer": build_tiny_runtime(size, kind=TransformerConfig, hidden_dim=8, num_heads=2, context_length=6),
    }[kind]
    lm = LanguageModel(tokenizer, runtime)
    lm = with_temperature(block(lm, ["black coffee", "茶"]), 0.6) if is_shaped else lm
    typist = Typist(lm.vocabulary, "word")
    for as_stream in (False, True):
        material = read_material(lm, MANY[:40] if as_stream else MANY, typist, as_stream=as_stream)
        tokens = len(material.ids)
        together = measure_tokens(lm, read_passages(lm.runtime, material.passages), tokens, typist)
        alone = measure_tokens(lm, one_by_one(lm.runtime, material.passages), tokens, typist)
        np.testing.assert_allclose(together.cross_entropies, alone.cross_entropies, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(together.confidences, alone.confidences, rtol=1e-5)
        np.testing.assert_array_equal(together.ranks, alone.ranks)
        np.testing.assert_array_equal(together.keys, alone.keys)
        without = measure_tokens(lm, read_passages(lm.runtime, material.passages), tokens)
        assert without.keys is None
        np.testing.assert_array_equal(without.ranks, together.ranks)


@pytest.mark.parametrize("kind", ["LSTM", "mixture"])
def test_replies_are_measured_as_one_by_one(build_tiny_runtime, kind):
    said = ("I like tea", "you like coffee , too", "black tea ?", "yes")
    roles = ("user", "assistant") * 2
    talks = [
        Conversation(tuple((role, text + " tea" * (number % 7)) for role, text in zip(roles, said, strict=True)))
        for number in range(LANES // 2 + 3)
    ]
    counts = Counter(" ".join(said).split())
    tokenizer = tokenizer_from_counts(counts, TokenizerConfig(), dict.fromkeys(ROLE_TOKENS, 1))
    network = build_tiny_runtime(len(tokenizer.vocabulary), scale=1.5)
    cache = build_cache(tokenizer.vocabulary)
    runtime = network if kind == "LSTM" else MixtureRuntime((network, cache), (0.6, 0.4))
    lm = build_language_model(tokenizer, runtime, template=Template(window=20))
    material = read_material(lm, talks, None, as_stream=False)
    tokens = len(material.ids)
    together = measure_tokens(lm, read_passages(lm.runtime, material.passages), tokens)
    alone = measure_tokens(lm, one_by_one(lm.runtime, material.passages), tokens)
    np.testing.assert_allclose(together.cross_entropies, alone.cross_entropies, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(together.confidences, alone.confidences, rtol=1e-5)
    np.testing.assert_array_equal(together.ranks, alone.ranks)


def test_the_unigram_of_many_words_takes_no_matrix():
    words = [f"w{number}" for number in range(4_000)]
    lm = unigram_model(words)  # each is a text, so `<eos>` is likely, and suggestions read on behind it
    tracemalloc.start()
    figures = evaluate(lm, words)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert figures.tokens == 8_000
    assert peak < len(lm.vocabulary) ** 2  # a quarter of the distributions of all words


def test_keys_are_counted_where_that_is_asked_for(tiny_language_model):
    figures, with_keys = (evaluate(tiny_language_model, TEXTS, keystrokes=keys) for keys in (False, True))
    for each in (figures, *figures.baselines.values()):
        assert (each.keystroke_savings, each.keystroke_savings_of_all) == (None, None)
    for each in (with_keys, *with_keys.baselines.values()):
        assert 0.0 < each.keystroke_savings < 1.0
    none = {"keystroke_savings": None, "keystroke_savings_of_all": None}
    baselines = {name: dataclasses.replace(each, **none) for name, each in with_keys.baselines.items()}
    assert dataclasses.replace(with_keys, **none, baselines=baselines) == figures


def test_recall_is_that_of_predictions(build_tiny_runtime):
    tokenizer = build_tokenizer(["a b c d e f g h"])
    texts = ["a b c zzz d", "e a", "b h g f b c a"]
    for lm in (
        LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=1.5)),
        LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=0.0)),  # all words tie
        LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary)),
    ):
        hits, known = {1: 0, 3: 0, 5: 0}, 0
        for text in texts:
            context = ""
            for word in text.split():
                if word in lm.vocabulary:
                    known += 1
                    for rank in hits:
                        hits[rank] += word in [p.word for p in predict_next_word(lm, context, top_k=rank)]
                context += word + " "
        assert known == 13
        figures = evaluate(lm, texts)
        assert figures.recall_at == {rank: pytest.approx(number / known) for rank, number in hits.items()}
        assert 0.0 < figures.recall_at[1] < figures.recall_at[3] < figures.recall_at[5] < 1.0


def test_the_unigram_baseline_is_beside(tiny_language_model):
    lm = tiny_language_model
    figures = evaluate(lm, TEXTS)
    baseline = evaluate(LanguageModel(lm.tokenizer, UnigramRuntime(lm.vocabulary)), TEXTS)
    assert list(figures.baselines) == ["unigram"]
    assert figures.unigram.unigram is None
    assert figures.unigram == dataclasses.replace(baseline, baselines={})
    assert baseline.perplexity != figures.perplexity
    assert (figures.unigram.oov_rate, figures.unigram.tokens) == (figures.oov_rate, figures.tokens)


def test_the_unigram_is_measured_as_any_other(tiny_language_model):
    lm = tiny_language_model
    unigram = UnigramRuntime(lm.vocabulary)
    logs = unigram.log_probabilities(unigram.initial_state())[0]
    # Each token is measured for itself where the kind of model is not known.
    figures = evaluate(LanguageModel(lm.tokenizer, Fixed(logs)), TEXTS)
    assert dataclasses.replace(figures, baselines={}) == figures.unigram


@pytest.fixture(scope="module")
def ngram(tiny_language_model):
    ids = encode_texts(tiny_language_model.tokenizer, ["I like green tea.", "我喜欢喝茶。"])
    return build_ngram(ids, NgramConfig(order=3), vocabulary_size=len(tiny_language_model.vocabulary))


def test_kneser_ney_is_found_wherever_it_is(tiny_language_model, ngram):
    lm = tiny_language_model
    alone = evaluate(LanguageModel(lm.tokenizer, ngram), TEXTS)
    assert list(alone.baselines) == ["unigram", "Kneser-Ney"]
    assert alone.baselines["Kneser-Ney"] == dataclasses.replace(alone, baselines={})
    mixed = LanguageModel(lm.tokenizer, MixtureRuntime((lm.runtime, ngram), (0.5, 0.5)))
    nested = LanguageModel(lm.tokenizer, MixtureRuntime((mixed.runtime, lm.runtime), (0.5, 0.5)))
    for model in (mixed, nested, block(mixed, ["tea"]), with_temperature(mixed, 2.0)):
        figures = evaluate(model, TEXTS)
        assert figures.baselines["Kneser-Ney"] == alone.baselines["Kneser-Ney"]
        assert figures.perplexity != alone.perplexity


def test_any_baseline_can_be_given(tiny_language_model, ngram, build_tiny_runtime):
    lm = tiny_language_model
    other = build_tiny_runtime(len(lm.vocabulary), weights_seed=3)
    figures = evaluate(lm, iter(TEXTS), baselines={"Kneser-Ney": ngram, "other": other})
    assert list(figures.baselines) == ["unigram", "Kneser-Ney", "other"]
    for name, runtime in (("Kneser-Ney", ngram), ("other", other)):
        expected = evaluate(LanguageModel(lm.tokenizer, runtime), TEXTS)
        assert figures.baselines[name] == dataclasses.replace(expected, baselines={})
    assert dataclasses.replace(figures, baselines={}) == dataclasses.replace(evaluate(lm, TEXTS), baselines={})


def test_baselines_that_do_not_fit_are_refused(tiny_language_model, build_tiny_runtime):
    lm = tiny_language_model
    for baselines, kind, named in (
        ([lm.runtime], InputTypeError, "list"),
        ({"mine": lm}, InputTypeError, "'mine': LanguageModel"),
        ({3: lm.runtime}, InputTypeError, "3"),
        ({"unigram": lm.runtime}, InputError, "'unigram'"),
        ({"model": lm.runtime}, InputError, "'model'"),
        ({"small": build_tiny_runtime(9)}, InputError, "'small' 9"),
    ):
        with pytest.raises(kind, match=named):
            evaluate(lm, TEXTS, baselines=baselines)


def test_seconds_are_no_part_of_equality(tiny_language_model):
    figures = evaluate(tiny_language_model, TEXTS)
    longer = dataclasses.replace(figures, seconds=figures.seconds + 1)
    assert longer == figures
    assert longer.seconds > figures.seconds
    assert longer.tokens_per_second == pytest.approx(figures.tokens / (figures.seconds + 1))


@dataclasses.dataclass(frozen=True, eq=False)
class Fixed:
    """A runtime that always says the same."""

    logs: np.ndarray

    @property
    def vocabulary_size(self):
        return len(self.logs)

    def initial_state(self, batch=1):
        return (np.zeros((batch, 0), np.float32),)

    def advance(self, state, ids):
        return state

    def log_probabilities(self, state):
        return np.tile(self.logs, (len(state[0]), 1))


class OneOfTwo(Fixed):
    """Which of two distributions comes depends on the last token, so that confidences differ."""

    def initial_state(self, batch=1):
        return (np.zeros((batch, 1), np.int64),)

    def advance(self, state, ids):
        return (np.asarray(ids, np.int64).reshape(len(state[0]), -1)[:, -1:],)

    def log_probabilities(self, state):
        return self.logs[state[0][:, 0] % 2]

    @property
    def vocabulary_size(self):
        return self.logs.shape[1]


# <pad>, <unk>, <eos>, a, b, c, d: after an even token, after an odd one. Suggestions read on behind no `<eos>` so rare.
TRUE = np.array([[0.0, 0.16, 0.04, 0.4, 0.2, 0.1, 0.1], [0.0, 0.26, 0.04, 0.07, 0.56, 0.04, 0.03]])


def sampled_texts(tokens):
    ids, last = [], EOS_ID
    for number in np.random.default_rng(0).random(tokens):
        last = int(np.searchsorted(TRUE[last % 2].cumsum(), number, side="right"))
        ids.append(last)
    return " ".join(["", "zzz", "\n", "a", "b", "c", "d"][token_id] for token_id in ids).split("\n")


def test_a_true_model_is_calibrated_and_a_sharpened_one_as_a_hand_reckons():
    texts = [text for text in sampled_texts(6_000) if text.strip()]
    tokenizer = build_tokenizer(["a a a a b b b c c d"])
    with np.errstate(divide="ignore"):
        true = OneOfTwo(np.log(TRUE).astype(np.float32))
    figures = evaluate(LanguageModel(tokenizer, true), texts)
    # Of words alone: 0.4 of 0.8 after an even token, 0.56 of 0.7 after an odd one.
    assert [part.confidence for part in figures.reliability] == pytest.approx([0.5, 0.8], abs=1e-6)
    assert figures.calibration_error < 0.02
    sharp = evaluate(with_temperature(LanguageModel(tokenizer, true), 0.5), texts)
    # Squared: 16 of 16 + 4 + 1 + 1, and 0.3136 of 0.3136 + 0.0049 + 0.0016 + 0.0009; as often right as before.
    said, right = (0.16 / 0.22, 0.3136 / 0.321), [part.hit_rate for part in figures.reliability]
    assert [part.confidence for part in sharp.reliability] == pytest.approx(said, rel=1e-5)
    counts = [part.count for part in figures.reliability]
    by_hand = sum(n * abs(s - r) for n, s, r in zip(counts, said, right, strict=True)) / sum(counts)
    assert sharp.calibration_error == pytest.approx(by_hand, abs=1e-5)
    assert sharp.calibration_error > 0.15


def test_confidence_is_shared_among_words_only():
    tokenizer = build_tokenizer(["a a b"])
    logs = np.log(np.array([1e-30, 0.2, 0.3, 0.4, 0.1])).astype(np.float32)
    figures = evaluate(LanguageModel(tokenizer, Fixed(logs)), ["a b zzz a"])
    (only,) = figures.reliability
    assert (only.confidence, only.hit_rate, only.count) == (pytest.approx(0.8, rel=1e-6), pytest.approx(2 / 3), 3)
    assert figures.calibration_error == pytest.approx(0.8 - 2 / 3, abs=1e-6)


def test_intervals_hold_the_figures_and_widen_with_fewer_texts(tiny_language_model):
    texts = [
        f"{first} {second}" for first in ("I", "You", "我", "茶") for second in ("like", "tea", "喜欢", "rum", "!")
    ]
    lm = LanguageModel(tiny_language_model.tokenizer, UnigramRuntime(tiny_language_model.vocabulary))
    texts = np.random.default_rng(0).permutation(texts * 4).tolist()
    many, few = evaluate(lm, texts * 4), evaluate(lm, texts)
    for figures in (many, few):
        low, high = figures.perplexity_interval
        assert low < figures.perplexity < high
        low, high = figures.top_3_interval
        assert low < figures.recall_at[3] < high
    assert np.diff(many.top_3_interval) < 0.7 * np.diff(few.top_3_interval)
    for too_few in (texts[:1], texts[:9], [" ".join(texts)]):
        alone = evaluate(tiny_language_model, too_few)
        assert (alone.perplexity_interval, alone.top_3_interval) == (None, None)


def test_words_that_are_impossible_leave_figures(tiny_language_model):
    figures = evaluate(block(tiny_language_model, ["tea"]), ["I like tea", "green tea", "我喜欢"])
    assert (figures.perplexity, figures.perplexity_of_all, figures.bits_per_character) == (math.inf,) * 3
    assert figures.impossible == 2
    assert figures.perplexity_interval is None
    assert 0 < figures.recall_at[5] < 1
    assert "2 tokens have no probability" in str(figures)
    assert evaluate(tiny_language_model, ["I like tea", "green tea", "我喜欢"]).impossible == 0


def test_a_uniform_model_has_the_perplexity_of_its_vocabulary(build_tiny_runtime):
    tokenizer = build_tokenizer(["a b c"])
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=0.0))
    # Every token but `<pad>` is as likely.
    assert evaluate(lm, ["a", "b c a"]).perplexity == pytest.approx(5.0, rel=1e-6)


def test_a_perplexity_beyond_all_numbers_is_infinite(build_tiny_runtime):
    tokenizer = build_tokenizer(["a b"])
    runtime = build_tiny_runtime(len(tokenizer.vocabulary), scale=0.0)
    weights = {**runtime.weights, "logits/bias": np.array([0, 0, 0, 0, -1e5], np.float32)}
    lm = LanguageModel(tokenizer, type(runtime)(runtime.config, weights))
    figures = evaluate(lm, ["b b b b"])
    assert (figures.perplexity, figures.impossible) == (math.inf, 0)
    assert math.isfinite(figures.bits_per_character)


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure(tiny_language_model):
    texts = list(TEXTS)
    first = evaluate(tiny_language_model, texts)
    assert evaluate(tiny_language_model, iter(texts)) == first
    assert texts == TEXTS
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.perplexity = 1.0


def test_what_is_no_texts_is_refused(tiny_language_model):
    for texts in ([], iter(())):
        with refuses(InputError, "no-texts"):
            evaluate(tiny_language_model, texts)
    for texts in ("I like tea", [b"tea"]):
        with pytest.raises(InputTypeError):
            evaluate(tiny_language_model, texts)


def test_a_word_that_cannot_come_out_is_never_suggested():
    tokenizer = build_tokenizer(["a b c"])
    ngram = build_ngram(encode_texts(tokenizer, ["a b c"]), vocabulary_size=len(tokenizer.vocabulary))
    evaluation = evaluate(block(LanguageModel(tokenizer, ngram), ["a"]), ["a a a"], keystrokes=True)
    assert evaluation.recall_at == {1: 0.0, 3: 0.0, 5: 0.0}
    assert evaluation.keystroke_savings == 0.0
    assert evaluation.mean_reciprocal_rank < 1e-6
