"""What blocked words cost: `block`, `load` and a key, with a list of Chinese and English words and phrases.

    python benchmarks/blocking.py --vocabulary 50000 --blocked 10000

The words are drawn at random. Seconds are those of the processor, medians of several runs; `load` is told as what it
takes longer than without blocked words.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from environment import describe
from numpy.typing import NDArray

import nextword as nw
from nextword.tokens.vocabulary import SPECIAL_TOKENS

LETTERS = "abcdefghijklmnopqrstuvwxyz"
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabulary", type=int, default=50_000, help="V")
    parser.add_argument("--blocked", type=int, default=10_000, help="number of blocked words")
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    print(describe(seed=0))
    draw = random.Random(0)
    words = list(dict.fromkeys(word(draw) for _ in range(2 * options.vocabulary)))[: options.vocabulary - 3]
    vocabulary = nw.Vocabulary((*SPECIAL_TOKENS, *words))
    stream = np.random.default_rng(0).integers(3, len(vocabulary), 20_000)
    ngram = nw.build_ngram(stream, vocabulary_size=len(vocabulary))
    entries = [entry(draw, words) for _ in range(options.blocked)]

    def fresh() -> nw.LanguageModel:
        return nw.build_language_model(nw.Tokenizer(nw.Vocabulary(vocabulary.words)), ngram)

    models = [fresh() for _ in range(options.runs)]
    print(f"block {seconds(lambda: nw.block(models.pop(), entries), options.runs):.3f} s")
    lm, blocked = fresh(), nw.block(fresh(), entries)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("without.nextword", "with.nextword")]
        for model, path in zip((lm, blocked), paths, strict=True):
            nw.save(model, path)
        without, longer = (seconds(partial(nw.load, path), options.runs) for path in paths)
    print(f"load {longer - without:.3f} s more than {without:.3f} s")
    for name, model in (("none", lm), ("10", nw.block(lm, entries[:10])), (f"{len(entries):,}", blocked)):
        print(f"a key with {name} blocked: {1000 * key_seconds(model, stream):.3f} ms")


def key_seconds(lm: nw.LanguageModel, stream: NDArray[np.int64]) -> float:
    """Return the median of processor seconds of a distribution, at 50 places of a stream."""
    empty = lm.runtime.initial_state()
    states = [lm.runtime.advance(empty, stream[start : start + 10]) for start in range(50)]
    return statistics.median(seconds(partial(lm.runtime.log_probabilities, state), 5) for state in states)


def word(draw: random.Random) -> str:
    if draw.random() < 0.5:
        return "".join(draw.choices(HAN, k=draw.choice((1, 2, 2, 2, 3, 4))))
    return "".join(draw.choices(LETTERS, k=draw.randint(2, 9))) + draw.choice(("", "", "", "", "", "'s", "’s", "-in"))


def entry(draw: random.Random, words: list[str]) -> str:
    kind = draw.random()
    if kind < 0.4:
        return "".join(draw.choices(HAN, k=draw.randint(2, 4)))
    if kind < 0.6:
        return draw.choice(words)
    if kind < 0.8:
        return " ".join(draw.sample(words, 2))
    return word(draw) if kind < 0.9 else draw.choice(words) + draw.choice(HAN)


def seconds(run: Callable[[], object], runs: int) -> float:
    """Return the median of processor seconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
