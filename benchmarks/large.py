"""A large text: time and memory of `fit`, size of the bundle, loading, keys and figures, before a change and after it.

    python benchmarks/large.py --data FOLDER [--before SRC] [--out FOLDER] [--minutes 3] [--four-times]
    python benchmarks/large.py --zipf 1000000 [--before SRC] ...

FOLDER has texts, `.txt`, `.rst`, or either as `.gz`, in folders inside too: sorted by path, every 50th is the test text
and the others, joined, are learnt, no word left out. A text of technical prose with 180,000 different words is the
package `linux-doc` of Debian. Without one, `--zipf` makes up a text of so many words, each drawn by itself from a
vocabulary that grows with the text, as Zipf's law has it: for growth and memory, not for perplexity. SRC is the folder
`src` of an older checkout; without it there is one column.

Every figure is measured in a process of its own that imports one of the two folders. Times are taken by turns, and the
ratio is the median over the rounds of after divided by before; keys and completions are single calls over 2,000 keys of
the test text in all, shared out among the rounds. `--out` keeps texts, models and the figures of `fit`, and what is
there is not made again. Both sides evaluate alike, but an older one simulates typing too, whose time it does not tell
apart.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from environment import describe
from large_cases import CASES, Figures

HERE = Path(__file__).resolve()
SIDES = ("before", "after")
ENDINGS = (".txt", ".rst", ".txt.gz", ".rst.gz")
TEST_EVERY = 50
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# Cases that are measured in rounds by turns, with one thread; the others once a side.
TIMES = ("load", "first answer", "keys", "completion")
# How figures are printed, by their unit.
FORMATS = {"s": "{:,.2f} s", "ms": "{:.3f} ms", "MB": "{:,.0f} MB", "": "{:,.2f}", "n": "{:,.0f}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="FOLDER", help="texts; every 50th is the test text")
    source.add_argument("--zipf", type=int, metavar="N", help="a made-up text of N words instead")
    source.add_argument("--here", metavar="CASE", choices=[*CASES], help=argparse.SUPPRESS)
    parser.add_argument("--before", type=Path, metavar="SRC", help="`src` of an older checkout")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where texts, models and figures are kept")
    parser.add_argument("--minutes", type=float, default=3.0, help="asked of `fit`")
    parser.add_argument("--four-times", action="store_true", help="fit a text four times as long too, for its memory")
    parser.add_argument("--only", nargs="+", choices=[*CASES], default=[*CASES], metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=20, help="of each side, where a case is a time")
    parser.add_argument("--keys", type=int, default=2_000, help="keys of the test text, in all rounds")
    parser.add_argument("--test-words", type=int, default=20_000, help="words of the test text that are evaluated")
    parser.add_argument("--seed", type=int, default=0, help="of the made-up text")
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--texts", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--round", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(dict(CASES[options.here](options))), flush=True)
        return
    print(describe(options.seed))
    with tempfile.TemporaryDirectory() as folder:
        measure(options, options.out or Path(folder))


def measure(options: argparse.Namespace, out: Path) -> None:
    """Print all rows of the table."""
    sources = {"before": options.before, "after": HERE.parents[1] / "src"}
    sides = [side for side in SIDES if sources[side]]
    out.mkdir(parents=True, exist_ok=True)
    texts = out / "texts"
    make_texts(options, texts)
    size = (texts / "train.txt").stat().st_size
    print("\n".join(f"{side}: {sources[side]}" for side in sides))
    print(f"text {size / 1e6:.1f} MB, asked {options.minutes:g} minutes\n\n{'':60}", end="")
    print("".join(f"{side:>14}" for side in sides) + f"{'times':>9}" * (len(sides) > 1), flush=True)
    for case in [case for case in options.only if case != "four times" or options.four_times]:
        figures: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for number in range(options.rounds if case in TIMES else 1):
            # The side that comes first changes, so that a drift of the machine favours neither.
            for side in sides if number % 2 == 0 else sides[::-1]:
                for name, value in run_side(options, case, number, sources[side], out / side, texts).items():
                    figures[name][side].append(value)
        show(figures, sides)


def run_side(
    options: argparse.Namespace, case: str, number: int, source: Path, folder: Path, texts: Path
) -> dict[str, Any]:
    """Return the figures of a case, measured in a new process that imports the package from a folder."""
    folder.mkdir(exist_ok=True)
    kept = folder / f"{case.replace(' ', '-')}.json"
    model = folder / "model.nextword"
    if case in ("fit", "four times"):
        if kept.exists() and (model.exists() or case != "fit"):
            return dict(json.loads(kept.read_text(encoding="utf-8")))
    elif case != "counting" and not model.exists():
        run_side(options, "fit", 0, source, folder, texts)
    keys = -(-options.keys // options.rounds)
    command = [sys.executable, str(HERE), "--here", case, "--round", str(number), "--model", str(model.resolve())]
    command += ["--texts", str(texts.resolve()), "--minutes", str(options.minutes), "--keys", str(keys)]
    command += ["--test-words", str(options.test_words), "--seed", str(options.seed)]
    environment = {**os.environ, "PYTHONPATH": str(source.resolve()), "TF_CPP_MIN_LOG_LEVEL": "3"}
    if case in TIMES:
        environment |= dict.fromkeys(THREADS, "1")
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - start
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if case == "first answer":
        figures = {"first answer of a new process, s": seconds}
    if case in ("fit", "four times"):
        kept.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    return figures


def show(figures: dict[str, dict[str, list[Any]]], sides: list[str]) -> None:
    """Print a line a figure; of a list of single calls the median and the 99th percentile."""
    for name, by_side in figures.items():
        title, _, unit = name.rpartition(", ")
        rows: Figures = {title: dict(by_side)}
        if unit == "calls":
            per_round = {side: [1e3 * statistics.median(calls) for calls in by_side[side]] for side in by_side}
            calls = {side: [1e3 * call for calls in by_side[side] for call in calls] for side in by_side}
            p99 = {side: [statistics.quantiles(calls[side], n=100)[98]] for side in by_side}
            unit, rows = "ms", {f"{title}, p50": per_round, f"{title}, p99": p99}
        for row, values in rows.items():
            medians = {side: statistics.median(values[side]) for side in values}  # not all figures have both sides
            cells = "".join(f"{FORMATS[unit].format(medians[side]) if side in medians else '-':>14}" for side in sides)
            pairs = zip(values.get("before", ()), values.get("after", ()), strict=False)
            ratios = [after / before for before, after in pairs if before]
            print(f"{row:60}{cells}" + (f"{statistics.median(ratios):9.2f}" if ratios else ""), flush=True)


def make_texts(options: argparse.Namespace, folder: Path) -> None:
    """Write `train.txt`, `test.txt` and, where it is asked for, `four.txt`, unless they are there."""
    folder.mkdir(exist_ok=True)
    wanted = ("train.txt", "test.txt", *(("four.txt",) if options.four_times else ()))
    if all((folder / name).exists() for name in wanted):
        return
    if options.data:
        files = sorted(path for path in options.data.rglob("*") if path.name.endswith(ENDINGS) and path.is_file())
        if len(files) < TEST_EVERY:
            raise SystemExit(f"{options.data} has {len(files)} texts ({', '.join(ENDINGS)}); at least {TEST_EVERY}.")
        parts = [(number % TEST_EVERY == TEST_EVERY - 1, read(path)) for number, path in enumerate(files)]
        train, test = ("\n\n".join(text for is_test, text in parts if is_test == chosen) for chosen in (False, True))
        four = "\n\n".join([train] * 4)  # the same words: of another text there are no four times as many
    else:
        words = options.zipf
        train, test = (
            "\n".join(made_up(number, options.seed + part)) for part, number in ((0, words), (1, words // 50))
        )
        four = "\n".join(made_up(4 * words, options.seed)) if options.four_times else ""
    for name, text in zip(("train.txt", "test.txt", "four.txt"), (train, test, four), strict=True):
        if name in wanted:
            (folder / name).write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> str:
    """Return a text; bytes that are not UTF-8 are left out."""
    content = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
    return content.decode("utf-8", "ignore")


def made_up(words: int, seed: int) -> Iterator[str]:
    """Yield lines of 12 words, each word by itself; its rank has the share of 1 / rank, as in a text."""
    generator = random.Random(seed)
    ranks = max(1_000, words // 20)
    bounds = list(accumulate(1.0 / rank for rank in range(1, ranks + 1)))
    for _ in range(words // 12):
        drawn = (bisect(bounds, generator.random() * bounds[-1]) for _ in range(12))
        yield " ".join(f"{syllables(min(rank, ranks - 1))}" for rank in drawn)


def syllables(number: int) -> str:
    """Return a word for a number, a different one for each."""
    word = ""
    while True:
        number, rest = divmod(number, 70)
        word += "bcdfghjklmnprs"[rest // 5] + "aeiou"[rest % 5]
        if not number:
            return word
        number -= 1


if __name__ == "__main__":
    main()
