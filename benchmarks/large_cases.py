"""The cases of `large.py`, each a function from its options to figures; run in a process that imports one side.

They call the public interface alone. The name of a figure ends with its unit: "s", "ms", "MB", "n" for a count, "" for
a plain number, or "calls" for the seconds of single calls.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from environment import peak_megabytes

Figure: TypeAlias = tuple[str, Any]
# Of every row of the table, its values by side.
Figures: TypeAlias = dict[str, dict[str, list[float]]]

# Words before a key.
CONTEXT = 20
# Tokens of the shorter text that is counted with a small budget.
COUNTED, SMALL_BUDGET = 100_000, 2_000_000


def fit(options: argparse.Namespace) -> Iterator[Figure]:
    """Fit the text in the time that is asked, and save the model."""
    yield from fitted(options, options.texts / "train.txt", options.model)


def four_times(options: argparse.Namespace) -> Iterator[Figure]:
    """Fit a text that is four times as long."""
    for name, value in fitted(options, options.texts / "four.txt", None):
        yield f"four times: {name}", value


def fitted(options: argparse.Namespace, text: Path, model: Path | None) -> Iterator[Figure]:
    """Yield seconds and memory of a fit; the model is saved where a path is given."""
    import nextword as nw

    with text.open(encoding="utf-8") as lines:
        words = sum(len(line.split()) for line in lines)
    start = time.perf_counter()
    lm = nw.fit(text, nw.recipe(words=words, minutes=options.minutes))
    yield f"fit, asked {60 * options.minutes:g}, s", time.perf_counter() - start
    yield "fit, peak, MB", peak_megabytes()
    yield "words in the vocabulary, n", len(lm.vocabulary)
    notes = () if lm.training is None else lm.training.notes
    for note in notes:
        if getattr(note, "code", "") == "time":
            for stage, seconds in note.figures["seconds"].items():  # type: ignore[attr-defined]
                yield f"  of which {stage}, s", seconds
    if model is not None:
        start = time.perf_counter()
        nw.save(lm, model)
        yield "save, s", time.perf_counter() - start
        yield "bundle / text, ", model.stat().st_size / text.stat().st_size


def load(options: argparse.Namespace) -> Iterator[Figure]:
    """Load the model; its file has been read before, as it is in the second round and later."""
    import nextword as nw

    start = time.perf_counter()
    nw.load(options.model)
    yield "load, s", time.perf_counter() - start


def first_answer(options: argparse.Namespace) -> Iterator[Figure]:
    """Import, load and suggest once; who started this process takes the time."""
    import nextword as nw

    nw.predict_next_word(nw.load(options.model), "This is the")
    yield "peak of a process that answers, MB", peak_megabytes()


def words_of_round(options: argparse.Namespace, lm: Any) -> list[str]:
    """Return the words of the test text that are typed in this round, and those before them."""
    words: list[str] = []
    first = options.round * options.keys
    for text in test_texts(options):
        words += lm.tokenizer.split(text)
        if len(words) >= first + options.keys + CONTEXT:
            break
    return words[first : first + options.keys + CONTEXT] if len(words) > first + CONTEXT else words


def keys(options: argparse.Namespace) -> Iterator[Figure]:
    """Write word by word, and look at 5 suggestions after each."""
    import nextword as nw

    lm = nw.load(options.model)
    words = words_of_round(options, lm)
    session = nw.start_session(lm)
    calls = []
    for number, word in enumerate(words):
        start = time.perf_counter()
        session = session.advance(word)
        session.predict(5)
        if number >= CONTEXT:  # the first ones warm up
            calls.append(time.perf_counter() - start)
    yield "a key, session.advance and top 5, calls", calls


def completion(options: argparse.Namespace) -> Iterator[Figure]:
    """Complete words of three letters and more after the first letter, and after three."""
    import nextword as nw

    lm = nw.load(options.model)
    words = words_of_round(options, lm)
    at = [place for place, word in enumerate(words) if place >= CONTEXT and len(word) > 3 and word.isalpha()]
    for letters, name in ((1, "one letter"), (3, "three letters")):
        calls = []
        for place in at:
            session = nw.start_session(lm, " ".join(words[place - CONTEXT : place]) + " ")
            text = session.text + words[place][:letters]
            start = time.perf_counter()
            session.with_text(text).complete(5)
            calls.append(time.perf_counter() - start)
        yield f"completion after {name}, calls", calls


def evaluate(options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the model on the test text."""
    import nextword as nw

    lm = nw.load(options.model)
    texts: list[str] = []
    left = options.test_words
    for text in test_texts(options):
        texts.append(text)
        left -= len(text.split())
        if left <= 0:
            break
    figures = nw.evaluate(lm, texts)
    yield "test perplexity, ", figures.perplexity
    yield "test bits per character, ", figures.bits_per_character
    yield "evaluate, tokens a second, n", figures.tokens_per_second
    notes = () if lm.training is None else lm.training.notes
    for note in notes:
        if getattr(note, "code", "") == "mixed":
            yield "held-out perplexity, ", note.figures["perplexity"]  # type: ignore[attr-defined]


def counting(options: argparse.Namespace) -> Iterator[Figure]:
    """Count 5-grams with a small budget, of a text and of one twice as long; medians of 3 runs."""
    import numpy as np

    import nextword as nw

    tokenizer = nw.build_tokenizer(islice(nw.read_texts(options.texts / "train.txt"), 50_000))
    generator = np.random.default_rng(options.seed)
    texts = islice(nw.read_texts(options.texts / "train.txt"), 50_000)
    ids = nw.encode_texts(tokenizer, texts)[: 2 * COUNTED]
    if len(ids) < 2 * COUNTED:  # a small text: its words in another order
        ids = generator.choice(ids, 2 * COUNTED)
    config = nw.NgramConfig(order=5, max_memory=SMALL_BUDGET)
    seconds = {}
    for tokens in (COUNTED, 2 * COUNTED):
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            nw.build_ngram(ids[:tokens], config, vocabulary_size=len(tokenizer.vocabulary))
            runs.append(time.perf_counter() - start)
        seconds[tokens] = sorted(runs)[1]
        yield f"5-grams of {tokens:,} tokens, {SMALL_BUDGET / 1e6:g} MB, s", seconds[tokens]
    yield "5-grams, t(2n) / t(n), ", seconds[2 * COUNTED] / seconds[COUNTED]


def test_texts(options: argparse.Namespace) -> Iterator[str]:
    """Yield the paragraphs of the test text."""
    import nextword as nw

    yield from nw.read_texts(options.texts / "test.txt", unit="paragraph")


CASES: dict[str, Callable[[argparse.Namespace], Iterator[Figure]]] = {
    "fit": fit,
    "four times": four_times,
    "load": load,
    "first answer": first_answer,
    "keys": keys,
    "completion": completion,
    "evaluate": evaluate,
    "counting": counting,
}
