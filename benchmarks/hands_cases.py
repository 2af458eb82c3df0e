"""The cases of `hands.py`, each a function from a setting to figures; run in a process that imports one side.

They call the public interface alone, of which an older side may lack the newest part: `measure_fresh` and
`measure_stream` know both.
"""

import inspect
import math
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from hands_data import (
    SENTENCE_ENDS,
    apostrophes,
    build_conversations,
    first_bytes,
    large_vocabulary,
    questions,
    read_lines,
    sentences_of,
    toy_texts,
    words_to_block,
)

Form: TypeAlias = Literal["share", "points", "perplexity", "number", "count", "seconds", "milliseconds"]
FORMATS: dict[Form, str] = {
    "share": "{:.1%}",
    "points": "{:+.1f}",
    "perplexity": "{:.1f}",
    "number": "{:.1f}",
    "count": "{:,.0f}",
    "seconds": "{:.2f} s",
    "milliseconds": "{:.3f} ms",
}
LANGUAGES = ("English", "Chinese")
TYPED_BEHIND = {"English": " ", "Chinese": ""}  # what is typed between two sentences


class Figure(NamedTuple):
    """A figure of a case.

    Attributes:
        group: Language, or what else was measured.
        name: What the figure is, with what is asked of it.
        form: How it is printed, a key of `FORMATS`.
        value: The figure.
    """

    group: str
    name: str
    form: Form
    value: float


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Folders and sizes of the cases; see `hands.py`. Models are fitted when they are first asked for."""

    english: Path
    chinese: Path
    models: Path
    languages: tuple[str, ...]
    chinese_bytes: int
    seeds: tuple[int, ...]
    lines: int
    round: int

    def texts(self, language: str, part: str) -> list[str]:
        """Return the lines of "train" or "valid" that are used."""
        if language == "English":
            return read_lines(self.english / f"{part}.txt")
        lines = sentences_of(read_lines(self.chinese / f"{part}.raw.txt"))
        return first_bytes(lines, self.chinese_bytes) if part == "train" else lines

    def model(self, language: str) -> Any:
        """Return the model of a language with default options, from its file if there is one."""
        return self.kept(language.lower(), lambda: self.texts(language, "train"))

    @cached_property
    def toy(self) -> Any:
        """The model of a small text with straight apostrophes."""
        return self.kept("toy", lambda: toy_texts(self.seeds[0], 400))

    def kept(self, name: str, source: Callable[[], list[Any]]) -> Any:
        """Return a fitted model from its file, or fit it and write the file."""
        import nextword as nw

        path = self.models / f"{name}-{self.seeds[0]}.nextword"
        if not path.exists():
            nw.save(nw.fit(source(), fit_config(nw, self.seeds[0]), progress=False), path)
        return nw.load(path)


def fit_config(nw: Any, seed: int) -> Any:
    """Return the default options with a seed of the training."""
    return nw.FitConfig(training=nw.TrainingConfig(seed=seed))


def models(setting: Setting) -> Iterator[Figure]:
    """Fit the models, or load what was fitted before."""
    for language in setting.languages:
        texts, lm = setting.texts(language, "train"), setting.model(language)
        yield Figure(language, "lines learnt", "count", len(texts))
        yield Figure(language, "words in the vocabulary", "count", len(lm.vocabulary))


# ---- figures of texts ----


def first_word(setting: Setting) -> Iterator[Figure]:
    """Ask for the first word of the next line behind a finished one, and for a word inside sentences."""
    import nextword as nw

    for language in setting.languages:
        asked = {"English": "15%", "Chinese": "10%"}[language]
        lm, lines = setting.model(language), setting.texts(language, "valid")
        split = lm.tokenizer.split
        follows = [(a, split(b)[0]) for a, b in pairwise(lines) if a.endswith(SENTENCE_ENDS)][:1000]

        def share(pairs: list[tuple[str, str]], lm: Any = lm) -> float:
            """Return the share of texts whose next word is among 3 suggestions."""
            hits = sum(word in [p.word for p in nw.predict_next_word(lm, text, top_k=3)] for text, word in pairs)
            return hits / len(pairs)

        behind = [(text + TYPED_BEHIND[language], word) for text, word in follows]
        yield Figure(language, f"top-3, first word of the next line ({asked})", "share", share(behind))
        yield Figure(language, "the same with a line break typed", "share", share([(a + "\n", b) for a, b in follows]))
        generator, inside = random.Random(setting.seeds[0]), []
        for tokens in filter(lambda tokens: len(tokens) > 1, map(split, lines[:1000])):
            place = generator.randrange(1, len(tokens))
            inside.append((lm.tokenizer.join(tokens[:place]), tokens[place]))
        yield Figure(language, "top-3, a word inside a line (not worse)", "share", share(inside))
        yield Figure(language, "lines", "count", len(follows))


def curly_apostrophes(setting: Setting) -> Iterator[Figure]:
    """Evaluate lines that have apostrophes, once straight and once curly.

    `keystroke_savings` is over known words, so words that are unknown for their apostrophe alone would not be missed:
    beside it stands the share of all words, of which unknown ones save nothing.
    """
    import nextword as nw

    # Older checkouts always count keys.
    with_keys: Any = {"keystrokes": True} if "keystrokes" in inspect.signature(nw.evaluate).parameters else {}
    lines = setting.texts("English", "valid")
    toy_lines = [line for line in dict.fromkeys(toy_texts(setting.seeds[0] + 1, 60))]
    for group, lm, texts in (("web text", setting.model("English"), lines), ("toy", setting.toy, toy_lines)):
        saved: dict[str, list[float]] = {"known words": [], "all words": []}
        for name, sign in (("straight", "'"), ("curly", "’")):
            written = apostrophes(texts, sign)
            figures: Any = nw.evaluate(lm, written, **with_keys)
            saved["known words"].append(figures.keystroke_savings)
            saved["all words"].append(figures.keystroke_savings * known_keys(lm, written))
            for kind, shares in saved.items():
                yield Figure(group, f"keys saved of {kind}, {name} apostrophes", "share", shares[-1])
            yield Figure(group, f"perplexity, {name} apostrophes", "perplexity", figures.perplexity)
        for kind, (straight, curly) in saved.items():
            name = f"keys saved of {kind}, curly minus straight, points (within 1)"
            yield Figure(group, name, "points", 100 * (curly - straight))
        yield Figure(group, "lines", "count", len(apostrophes(texts, "'")))


def known_keys(lm: Any, texts: list[str]) -> float:
    """Return the share of known words in the keys of a text, one for every letter and one behind a word."""
    known = every = 0
    for text in texts:
        for word, token_id in zip(lm.tokenizer.split(text), lm.tokenizer.encode(text).tolist(), strict=True):
            every += len(word) + 1
            known += (len(word) + 1) * (token_id >= lm.vocabulary.first_word)
    return known / every


def fresh_start(setting: Setting) -> Iterator[Figure]:
    """Measure lines one by one and read on, in their order and shuffled."""
    for language in setting.languages:
        asked = (" (145)", " (134)") if language == "English" else ("", "")
        lm, lines = setting.model(language), setting.texts(language, "valid")
        shuffled = random.Random(0).sample(lines, len(lines))
        fresh, recall = measure_fresh(lm, lines)
        yield Figure(language, f"perplexity from fresh starts{asked[0]}", "perplexity", fresh)
        yield Figure(language, "the same by `score` of every line", "perplexity", scored(lm, lines))
        yield Figure(language, "top-3 from fresh starts", "share", recall)
        for order, texts, wanted in (("in order", lines, asked[1]), ("shuffled", shuffled, "")):
            stream, recall = measure_stream(lm, texts)
            yield Figure(language, f"perplexity read on, {order}{wanted}", "perplexity", stream)
            yield Figure(language, f"top-3 read on, {order}", "share", recall)
        yield Figure(language, "fresh against read on shuffled, % (within 5)", "points", 100 * (fresh / stream - 1))


def measure_fresh(lm: Any, texts: list[str]) -> tuple[float, float]:
    """Return perplexity and top-3 recall of known words, every text read by itself."""
    import nextword as nw

    if "as_stream" in inspect.signature(nw.evaluate).parameters:
        figures = nw.evaluate(lm, texts)
        return figures.perplexity, figures.recall_at[3]
    nats = tokens = hits = known = 0.0
    for text in texts:
        figures = nw.evaluate(lm, [text])
        words = int((lm.tokenizer.encode(text) >= lm.vocabulary.first_word).sum())
        nats, tokens = nats + math.log(figures.perplexity) * figures.tokens, tokens + figures.tokens
        hits, known = hits + figures.recall_at[3] * words, known + words
    return math.exp(nats / tokens), hits / known


def measure_stream(lm: Any, texts: list[str]) -> tuple[float, float]:
    """Return perplexity and top-3 recall of known words, the texts read on as one stream."""
    import nextword as nw

    options: Any = {"as_stream": True} if "as_stream" in inspect.signature(nw.evaluate).parameters else {}
    figures = nw.evaluate(lm, texts, **options)
    return figures.perplexity, figures.recall_at[3]


def scored(lm: Any, texts: list[str]) -> float:
    """Return the perplexity of texts by themselves from their scores."""
    import nextword as nw

    scores = [nw.score(lm, text, complete=True) for text in texts]
    return math.exp(-sum(score.log_probability for score in scores) / sum(score.tokens for score in scores))


def replies(setting: Setting) -> Iterator[Figure]:
    """Count the replies that name the tea that was asked about, with default options and with `replies_only`."""
    import nextword as nw

    for name, only in (("right of 16, default options (14)", False), ("right of 16, replies_only", True)):
        counts = []
        for seed in setting.seeds:
            options: Any = {"dialogue": nw.DialogueConfig(replies_only=True)} if only else {}
            config = nw.FitConfig(training=nw.TrainingConfig(seed=seed), **options)
            lm = nw.fit(build_conversations(seed), config, progress=False)
            greedy = nw.GenerationConfig(temperature=0.0)
            counts.append(sum(tea in lm.tokenizer.split(nw.reply(lm, asked, greedy)) for tea, asked in questions()))
            yield Figure(f"seed {seed}", name, "count", counts[-1])
        yield Figure(f"median of {len(counts)}", name, "count", statistics.median(counts))


# ---- times ----


def block_many(setting: Setting) -> Iterator[Figure]:
    """Block 10,000 words at V = 50,000, save the model and load it."""
    import numpy as np

    import nextword as nw

    size, seed = 50_000, setting.seeds[0]
    words = large_vocabulary(size - 3, seed)
    tokenizer = nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words)))
    ids = np.random.default_rng(seed).integers(2, size, 100_000).astype(np.int32)
    lm = nw.build_language_model(tokenizer, nw.build_ngram(ids, nw.NgramConfig(order=2), vocabulary_size=size))
    entries = words_to_block(words, 10_000, seed)
    start = time.thread_time()
    blocked = nw.block(lm, entries)
    yield Figure("V = 50,000", "block 10,000 words (0.5 s)", "seconds", time.thread_time() - start)
    with tempfile.TemporaryDirectory() as folder:
        seconds: dict[str, list[float]] = {"open": [], "blocked": []}
        for name, model in (("open", lm), ("blocked", blocked)):
            nw.save(model, Path(folder) / name)
        while len(seconds["open"]) < (1 if seconds["blocked"] and seconds["blocked"][0] > 5 else 5):
            for name, taken in seconds.items():
                start = time.thread_time()
                nw.load(Path(folder) / name)
                taken.append(time.thread_time() - start)
    without, with_words = (statistics.median(taken) for taken in seconds.values())
    yield Figure("V = 50,000", "load without them", "seconds", without)
    yield Figure("V = 50,000", "load, seconds more with them (0.2 s)", "seconds", with_words - without)


def keys(setting: Setting) -> Iterator[Figure]:
    """Type one stretch of running text, another in every round, and time every key."""
    for language in setting.languages:
        lm = setting.model(language)
        text = TYPED_BEHIND[language].join(ended(setting.texts(language, "valid")))
        start = setting.round * 600 % (len(text) - 1600)
        text = text[start : start + 1600]
        times = time_keys(lm, text, 1000)  # with 600 characters written before
        behind = [text[:end].rstrip().endswith(SENTENCE_ENDS) for end in range(601, 1601)]
        after_end = [taken for taken, is_behind in zip(times, behind, strict=True) if is_behind]
        others = [taken for taken, is_behind in zip(times, behind, strict=True) if not is_behind]
        yield Figure(language, "mean of running text (1.3 times)", "milliseconds", statistics.fmean(times))
        yield Figure(language, "median inside sentences", "milliseconds", statistics.median(others))
        yield Figure(language, "p99 inside sentences", "milliseconds", statistics.quantiles(others, n=100)[98])
        if len(after_end) > 1:
            yield Figure(language, "median behind a sentence (2 times)", "milliseconds", statistics.median(after_end))
            p99 = statistics.quantiles(after_end, n=100, method="inclusive")[98]
            yield Figure(language, "p99 behind a sentence", "milliseconds", p99)


def worst_key(setting: Setting) -> Iterator[Figure]:
    """Type 10,000 characters 3 times; the least time of a key leaves out what else the machine did."""
    for language in setting.languages:
        lm = setting.model(language)
        text = TYPED_BEHIND[language].join(ended(setting.texts(language, "valid")))[:10_000]
        least = [min(times) for times in zip(*(time_keys(lm, text, len(text)) for _ in range(3)), strict=True)]
        median = statistics.median(least)
        yield Figure(language, "median of 10,000 keys", "milliseconds", median)
        yield Figure(language, "slowest of 10,000 keys", "milliseconds", max(least))
        yield Figure(language, "slowest against median (3)", "number", max(least) / median)


def ended(lines: list[str]) -> list[str]:
    """Return the lines that end as sentences do."""
    return [line for line in lines if line.endswith(SENTENCE_ENDS)]


def time_keys(lm: Any, text: str, count: int) -> list[float]:
    """Return the milliseconds of each of the last keys of a text: read it, predict."""
    import nextword as nw

    session = nw.start_session(lm, text[: len(text) - count])
    session.predict(3)
    taken = []
    for end in range(len(text) - count + 1, len(text) + 1):
        start = time.thread_time()
        session = session.with_text(text[:end])
        session.predict(3)
        taken.append(1e3 * (time.thread_time() - start))
    return taken
