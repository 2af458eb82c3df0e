"""Generation draws from the shaped distribution, word after word."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.generation import last_ids
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.writing import ends_in_space
from nextword.tokens.tokenizer import build_tokenizer
from nextword.tokens.vocabulary import EOS_ID

PROMPTS = [
    "tea\r\n",
    "tea\u3000",
    "cafe\u0301",
    "te\u00ada\u200b",
    "don'",
    "well-",
    "\ufeff",
    "茶\u2028",
    '"tea" ' * 2_000,
]
NEVER = nw.GenerationConfig(stop_at="never", max_words=40)


def words(lm, prompt="", **options):
    return list(nw.generate_words(lm, prompt, dataclasses.replace(NEVER, **options)))


def test_greedy_is_the_most_probable_word_each_time(tiny_language_model):
    lm = tiny_language_model
    state = lm.runtime.advance(lm.runtime.initial_state(), [EOS_ID, *lm.tokenizer.encode("I like")])
    expected = []
    for _ in range(15):
        logs = lm.runtime.log_probabilities(state)[0].copy()
        logs[:2] = -np.inf
        token_id = int(logs.argmax())
        expected.append("\n" if token_id == EOS_ID else lm.vocabulary[token_id])
        state = lm.runtime.advance(state, [token_id])
    assert words(lm, "I like", temperature=0.0, max_words=15) == expected
    assert words(lm, "I like", top_k=1, max_words=15) == expected


@pytest.mark.usefixtures("random_states_unchanged")
def test_equal_seeds_give_equal_text(tiny_language_model):
    texts = {seed: nw.generate(tiny_language_model, "I", dataclasses.replace(NEVER, seed=seed)) for seed in range(5)}
    again = {seed: nw.generate(tiny_language_model, "I", dataclasses.replace(NEVER, seed=seed)) for seed in range(5)}
    assert texts == again
    assert len(set(texts.values())) == 5


def test_specials_never_come(tiny_language_model):
    for seed in range(20):
        assert not {"<pad>", "<unk>", "<eos>"} & set(words(tiny_language_model, seed=seed, temperature=5.0))


def test_where_it_stops(tiny_language_model):
    lm = tiny_language_model
    ended = False
    for seed in range(20):
        free = words(lm, seed=seed, max_words=25)
        assert len(free) == 25
        line = words(lm, seed=seed, max_words=25, stop_at="line")
        cut = free.index("\n") if "\n" in free else 25
        assert line == free[:cut]
        sentence = words(lm, seed=seed, max_words=25, stop_at="sentence")
        ends = [i + 1 for i, word in enumerate(line) if word in ".!。？"]
        assert sentence == line[: min([*ends, len(line)])]
        stopped = words(lm, seed=seed, max_words=25, stop_words=("tea", "unheard"))
        assert stopped == (free[: free.index("tea")] if "tea" in free else free)
        ended = ended or cut < 25
    assert ended


def test_no_ngram_comes_twice(tiny_language_model):
    for seed in range(10):
        made = words(tiny_language_model, seed=seed, no_repeat_ngram=2, temperature=0.3)
        pairs = list(pairwise(made))
        assert len(pairs) == len(set(pairs))
    # With every word once, the vocabulary is used up before the words are.
    made = words(tiny_language_model, no_repeat_ngram=1, max_words=200)
    assert len(made) == len(set(made)) == len(tiny_language_model.vocabulary) - 2


def test_the_prompt_counts_as_said(tiny_language_model):
    made = words(tiny_language_model, "I like green tea", no_repeat_ngram=1, max_words=200)
    assert not {"I", "like", "green", "tea"} & set(made)


@pytest.mark.parametrize("between", [" , . " * 20, "\n", "\r\n\n", " 茶。" * 3_000])
def test_the_whole_prompt_counts_as_said(tiny_language_model, between):
    # Longer than a piece of 32 characters, and than what a context counts.
    prompt = "I like green tea" + between + "You like black tea"
    made = words(tiny_language_model, prompt, no_repeat_ngram=1, max_words=200, recent_words=100_000)
    said = set(tiny_language_model.tokenizer.split(prompt))
    assert not said & set(made)
    assert len(made) == len(tiny_language_model.vocabulary) - 2 - len(said)
    seen_less = words(tiny_language_model, prompt, no_repeat_ngram=1, max_words=200, recent_words=4)
    assert {"I", "green"} & set(seen_less)


def test_recent_words_are_the_last_of_the_prompt(tiny_language_model):
    lm = tiny_language_model
    prompt = "I like tea , " * 2_000 + "tea\n"
    ids = [*lm.tokenizer.encode(prompt), EOS_ID]
    for count in (1, 2, 7, 900, 3_000, 100_000):
        assert last_ids(lm, prompt, count) == ids[-count:]
    assert last_ids(lm, "", 5) == []


def test_a_penalty_leaves_line_breaks_alone(tiny_language_model):
    lm = tiny_language_model
    text = "I like tea\n" * 5 + "You like"
    plain = nw.next_word_probabilities(lm, text)
    config = nw.GenerationConfig(repetition_penalty=1e6, stop_at="never", max_words=300)
    made = list(nw.generate_words(lm, text, config))
    assert plain[EOS_ID] > 0.001
    assert "\n" in made[len(lm.vocabulary) :]


def test_a_penalty_makes_repetition_rarer():
    tokenizer = build_tokenizer(["a a a a b b c d e f g h"])
    lm = LanguageModel(tokenizer, UnigramRuntime(tokenizer.vocabulary))
    different = [len(set(words(lm, repetition_penalty=penalty, max_words=12))) for penalty in (1.0, 3.0)]
    assert different[0] < different[1]


def test_probabilities_are_those_of_the_model(tiny_language_model):
    config = dataclasses.replace(NEVER, temperature=0.5, top_k=3, max_words=8)
    lm, text = tiny_language_model, []
    for word, probability in nw.generate_predictions(lm, "I like", config):
        state = nw.start_session(lm, "I like").state
        for earlier in text:
            state = lm.runtime.advance(state, lm.tokenizer.ids_of([earlier]))
        logs = lm.runtime.log_probabilities(state)[0]
        token_id = EOS_ID if word == "\n" else lm.vocabulary.ids[word]
        assert probability == pytest.approx(float(np.exp(logs[token_id])), rel=1e-5)
        text.append(word)


@pytest.mark.parametrize(
    "prompt", ["", "I like", "I like ", "我喜欢", "  odd\t", "unheard of, ", 'He said "', "tea\n", *PROMPTS]
)
def test_the_prompt_is_kept_as_it_is(tiny_language_model, prompt):
    text = nw.generate(tiny_language_model, prompt, NEVER)
    assert text.startswith(prompt)
    made = text[len(prompt) :]
    assert "".join(made.split()) == "".join(words(tiny_language_model, prompt)).replace("\n", "")
    assert not ends_in_space(prompt) or not made.startswith(" ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_words", 0),
        ("temperature", -0.1),
        ("temperature", float("inf")),
        ("top_k", 0),
        ("top_k", 2.0),
        ("top_p", 0.0),
        ("top_p", 1.1),
        ("min_p", 1.5),
        ("repetition_penalty", 0.9),
        ("no_repeat_ngram", -1),
        ("recent_words", 0),
        ("stop_at", "page"),
        ("seed", -1),
    ],
)
def test_impossible_options_are_refused(name, value):
    with refuses(nw.ConfigError, "option-out-of-range", option=name, value=value):
        nw.GenerationConfig(**{name: value})


@pytest.mark.parametrize("words", ["tea", (1,), ("tea", None)])
def test_stop_words_are_words(words):
    with refuses(nw.ConfigError, "stop-words-not-words", value=words):
        nw.GenerationConfig(stop_words=words)


def test_a_prompt_is_a_text(tiny_language_model):
    with refuses(nw.InputTypeError, "text-not-str", received="int"):
        nw.generate(tiny_language_model, 3)
