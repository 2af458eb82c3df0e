"""What a user types, forbids and asks, by the code before a change and after it, in turn: case, before, after.

    python benchmarks/hands.py --english FOLDER --chinese FOLDER [--before SRC] [--models FOLDER] [--only CASE ...]

Each FOLDER has a text: train.txt and valid.txt in English, one sentence or paragraph a line, train.raw.txt and
valid.raw.txt in Chinese, as printed, which is cut into one sentence a line. SRC is the folder `src` of an older
checkout; without it there is one column. The cases are measured in processes of their own, in which one of the two
folders is imported. Times are processor time of one thread; the sides take turns, and the figure is the median of all
rounds. `--models` keeps the fitted models, so that cases share them: English of all of train.txt, Chinese of its first
500,000 bytes, with default options. Cases:

- first-word: is the first word of the next line among 3 suggestions behind a finished line, nothing typed since?
- apostrophes: keys saved and perplexity with curly apostrophes, where the model learnt straight ones.
- fresh-start: perplexity and top-3 of every line by itself, and read on, in the order of the file and shuffled.
- replies: 16 questions about as many teas to a model of 320 short conversations. How many replies name the tea?
- block: seconds to block 10,000 words at 50,000, and seconds more to load such a model.
- keys: milliseconds a key of running text, 20 rounds of 1,000 keys each.
- worst-key: the slowest of 10,000 keys; of each key the fastest of 3 runs counts.
- typing: lines typed with suggestions: keys, and how many come out otherwise than meant.
- forbidden: a list of forbidden words, phrases and mixed script. Which are refused, which still come out?
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from environment import describe
from hands_cases import (
    FORMATS,
    LANGUAGES,
    Figure,
    Form,
    Setting,
    block_many,
    curly_apostrophes,
    first_word,
    fresh_start,
    keys,
    models,
    replies,
    worst_key,
)
from hands_typing import forbidden, typing

HERE = Path(__file__).resolve()
CASES: dict[str, Callable[[Setting], Iterator[Figure]]] = {
    "models": models,
    "first-word": first_word,
    "apostrophes": curly_apostrophes,
    "fresh-start": fresh_start,
    "replies": replies,
    "block": block_many,
    "keys": keys,
    "worst-key": worst_key,
    "typing": typing,
    "forbidden": forbidden,
}
TIMES = ("keys",)  # measured in rounds of both sides by turns
TRAINS = ("models", "replies")  # with all threads
SIDES = ("before", "after")
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

# Of every figure, by case, language and name, its rounds by side.
Rounds: TypeAlias = dict[tuple[str, str], dict[str, list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--english", type=Path, required=True, metavar="FOLDER", help="train.txt and valid.txt")
    parser.add_argument("--chinese", type=Path, required=True, metavar="FOLDER", help="the same, .raw.txt")
    parser.add_argument("--before", type=Path, metavar="SRC", help="`src` of an older checkout")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES), help="measure one side alone")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="where fitted models are kept")
    parser.add_argument("--only", nargs="+", choices=[*CASES], default=[*CASES], metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--chinese-bytes", type=int, default=500_000, help="of the Chinese text that are learnt")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of replies; the first of all else")
    parser.add_argument("--rounds", type=int, default=20, help="of each side, where a case is a time")
    parser.add_argument("--lines", type=int, default=300, help="lines that are typed with suggestions")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all figures as JSON too")
    parser.add_argument("--here", metavar="CASE", choices=[*CASES], help="measure this case in this process")
    parser.add_argument("--round", type=int, default=0, help="number of the round, with --here")
    options = parser.parse_args()
    if options.here:
        measure(options)
        return
    sources = {"before": options.before, "after": HERE.parents[1] / "src"}
    sides = [side for side in SIDES if side in options.sides and sources[side]]
    print(describe(options.seeds[0]))
    print("\n".join(f"{side}: {sources[side]}" for side in sides), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        models = options.models or Path(folder)
        figures = []
        print(f"{'':74}" + "".join(f"{side:>12}" for side in sides) + f"{'times':>9}" * (len(sides) > 1))
        for case in options.only:
            rounds: Rounds = defaultdict(lambda: defaultdict(list))
            forms: dict[tuple[str, str], Form] = {}
            for number in range(options.rounds if case in TIMES else 1):
                # The side that comes first changes, so that a drift of the machine favours neither.
                for side in sides if number % 2 == 0 else sides[::-1]:
                    for figure in run_side(options, case, number, sources[side], models / side):
                        rounds[figure.group, figure.name][side].append(figure.value)
                        forms[figure.group, figure.name] = figure.form
            figures += show(case, rounds, forms, sides)
            if options.out:
                options.out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def run_side(options: argparse.Namespace, case: str, number: int, source: Path, models: Path) -> Iterator[Figure]:
    """Measure a case in a new process that imports the package from a folder."""
    command = [sys.executable, str(HERE), "--here", case, "--round", str(number), "--models", str(models.resolve())]
    command += ["--english", str(options.english), "--chinese", str(options.chinese), "--lines", str(options.lines)]
    command += ["--chinese-bytes", str(options.chinese_bytes)]
    command += ["--seeds", *map(str, options.seeds), "--languages", *options.languages]
    environment = {**os.environ, "PYTHONPATH": str(source.resolve()), "TF_CPP_MIN_LOG_LEVEL": "3"}
    if case not in TRAINS:
        environment |= dict.fromkeys(THREADS, "1")
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        yield Figure(**json.loads(line))


def measure(options: argparse.Namespace) -> None:
    """Print the figures of one case as lines of JSON."""
    import nextword

    if str(Path(nextword.__file__).parents[1]) != os.environ.get("PYTHONPATH"):
        raise SystemExit(f"imported from {nextword.__file__}, not from PYTHONPATH")
    setting = Setting(
        english=options.english,
        chinese=options.chinese,
        models=options.models,
        languages=tuple(options.languages),
        chinese_bytes=options.chinese_bytes,
        seeds=tuple(options.seeds),
        lines=options.lines,
        round=options.round,
    )
    setting.models.mkdir(parents=True, exist_ok=True)
    for figure in CASES[options.here](setting):
        print(json.dumps(figure._asdict()), flush=True)


def show(
    case: str, rounds: Rounds, forms: dict[tuple[str, str], Form], sides: list[str]
) -> list[dict[str, str | float | list[float]]]:
    """Print a line a figure, and return them as values that JSON can have."""
    print(f"\n{case}")
    figures: list[dict[str, str | float | list[float]]] = []
    for (group, name), values in rounds.items():
        form = forms[group, name]
        medians = {side: statistics.median(values[side]) for side in sides if values[side]}
        cells = "".join(f"{FORMATS[form].format(medians[side]) if side in medians else '-':>12}" for side in sides)
        ratio = paired_ratio(values) if form in ("milliseconds", "seconds") else None
        print(f"  {f'{group}: {name}':72}{cells}" + ("" if ratio is None else f"{ratio:9.2f}"), flush=True)
        figures.append({"case": case, "group": group, "name": name, "form": form, **medians})
        if len(values[sides[0]]) > 1:
            figures[-1] |= {f"{side} rounds": values[side] for side in sides}
    return figures


def paired_ratio(values: dict[str, list[float]]) -> float | None:
    """Return the median over the rounds of after divided by before; None where one side is missing."""
    pairs = list(zip(values.get("before", []), values.get("after", []), strict=False))
    return statistics.median(after / before for before, after in pairs) if pairs and min(pairs)[0] > 0 else None


if __name__ == "__main__":
    main()
