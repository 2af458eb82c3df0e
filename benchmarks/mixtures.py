"""Fit ten corpora from 1 kB to 10 MB and compare each mixture with its parts on test text.

    python benchmarks/mixtures.py --data FOLDER --minutes 15

FOLDER holds `ptb/` and `pd98/` with train.txt and test.txt, and `pd98/*.raw.txt`, the same text as printed. English has
the `<unk>` of rare words taken out, Chinese is cut into words by `fit`, so that unknown words are what they are for a
user. Each corpus is the beginning of a training text, or of both by turns; the figures are those of the test text,
which `fit` never sees. "against best" is how much worse the mixture is than the part that is best by that figure: at
most 0.5% of perplexity and 0.2 points of top-3 recall are asked for.
"""

import argparse
import time
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from environment import describe

# Size in bytes, and languages.
CORPORA = (
    (1_000, "ptb"),
    (3_000, "pd98"),
    (10_000, "ptb"),
    (30_000, "ptb pd98"),
    (100_000, "pd98"),
    (300_000, "ptb"),
    (1_000_000, "pd98"),
    (3_000_000, "ptb pd98"),
    (4_700_000, "ptb"),
    (9_700_000, "ptb pd98"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder with ptb/ and pd98/")
    parser.add_argument("--minutes", type=float, default=15.0, help="time for all of it, about")
    parser.add_argument("--test-lines", type=int, default=150, help="lines of each test text")
    parser.add_argument("--largest", type=int, default=10**9, help="leave out corpora of more bytes")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(describe(options.seed), flush=True)
    corpora = [corpus for corpus in CORPORA if corpus[0] <= options.largest]
    # Half of the time is for training; a larger corpus gets more of it, by the fourth root of its size.
    shares = [size**0.25 for size, _ in corpora]
    missed = 0
    for (size, names), share in zip(corpora, shares, strict=True):
        seconds = 30.0 * options.minutes * share / sum(shares)
        texts = cut(options.data, names.split(), "train", size)
        test = cut(options.data, names.split(), "test", None, options.test_lines)
        missed += run(f"{size:,} B, {names}", texts, test, seconds, options.seed)
    print(f"\n{missed} of {2 * len(corpora)} limits missed")


def cut(folder: Path, names: list[str], part: str, size: int | None, lines: int | None = None) -> list[str]:
    """Return the lines at the beginning of one text, or of two by turns, up to a size in bytes or a number of each."""
    import nextword as nw

    paths = [folder / name / f"{part}{'.raw' if name == 'pd98' else ''}.txt" for name in names]
    read = [islice(nw.read_texts(path), lines) for path in paths]
    taken, total = [], 0
    for text in chain.from_iterable(zip(*read, strict=False)):
        if size is not None and total >= size:
            break
        taken.append(" ".join(word for word in text.split(" ") if word != "<unk>"))
        total += len(taken[-1].encode()) + 1
    return taken


def run(title: str, texts: list[str], test: list[str], seconds: float, seed: int) -> int:
    """Fit a corpus, print the figures of the parts and of the mixture, and return how many limits it misses."""
    import nextword as nw
    from nextword.runtime import parts_of

    started = time.monotonic()
    config = nw.FitConfig(training=nw.TrainingConfig(time_limit=seconds, seed=seed))
    lm = nw.fit(texts, config, progress=False)
    fitted = time.monotonic() - started
    training: Any = lm.training
    print(f"\n{title}: {training.tokens:,} tokens, V = {len(lm.vocabulary):,}, fitted in {fitted:.0f} s")
    print("\n".join(training.notes[1:]))
    parts = tuple(part.runtime for part in parts_of(lm.runtime))
    figures = {type(part).__name__: nw.evaluate(replace(lm, runtime=part), test, keystrokes=True) for part in parts}
    mixture = nw.evaluate(lm, test, keystrokes=True)
    print(f"{'':16}{'perplexity':>11}{'top-3':>8}{'keys saved':>12}   ({mixture.oov_rate:.1%} of test words unknown)")
    for name, row in (*figures.items(), ("mixture", mixture)):
        print(f"{name:16}{row.perplexity:11.2f}{row.recall_at[3]:8.2%}{row.keystroke_savings:12.2%}")
    worse = mixture.perplexity / min(row.perplexity for row in figures.values()) - 1.0
    lower = max(row.recall_at[3] for row in figures.values()) - mixture.recall_at[3]
    print(f"against best{'':4}{worse:11.2%}{lower:8.2%}", flush=True)
    return (worse > 0.005) + (lower > 0.002)


if __name__ == "__main__":
    main()
