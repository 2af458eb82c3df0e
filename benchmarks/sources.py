"""What people bring and keep, by the code before a change and after it: cases right, dialects, round trips, speeds.

    python benchmarks/sources.py [--before SRC] [--lines FILE ...] [--dialects FOLDER] [--only PART ...] [--out FILE]

SRC is the folder `src` of an older checkout; without it there is one column. Every side is measured in processes of its
own, in which one of the two folders is imported. Parts:

- cases: the cases of `sources_cases.py`, by kind: what is learnt, odd rows, files, words of errors.
- dialects: every `.jsonl` file of FOLDER: conversations read, what was left out, or why it is refused.
- round-trip: of every FILE, the share of lines that splitting and joining gives back, Unicode and blanks cleaned.
- speed: MB/s of every reader, of a file of 5 MB made up of the cases' sentences; median of 5, processor time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from environment import describe

HERE = Path(__file__).resolve()
PARTS = ("cases", "dialects", "round-trip", "speed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, metavar="SRC", help="`src` of an older checkout")
    parser.add_argument("--lines", type=Path, nargs="*", default=[], metavar="FILE", help="texts of the round trip")
    parser.add_argument("--dialects", type=Path, metavar="FOLDER", help="`.jsonl` files of conversations")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all outcomes as JSON too")
    parser.add_argument("--here", choices=PARTS, help="measure this part in this process")
    options = parser.parse_args()
    if options.here:
        for name, outcome in MEASURED[options.here](options):
            print(json.dumps([name, outcome], ensure_ascii=True), flush=True)
        return
    sides = {"before": options.before, "after": HERE.parents[1] / "src"}
    print(describe(0))
    everything = {}
    for part in options.only:
        outcomes = {side: dict(run_side(options, part, source)) for side, source in sides.items() if source}
        everything[part] = outcomes
        show(part, outcomes)
    if options.out:
        options.out.write_text(json.dumps(everything, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def run_side(options: argparse.Namespace, part: str, source: Path) -> Iterator[tuple[str, Any]]:
    """Measure a part in a new process that imports the package from a folder."""
    command = [sys.executable, str(HERE), "--here", part, "--lines", *map(str, options.lines)]
    command += ["--dialects", str(options.dialects)] if options.dialects else []
    environment = {**os.environ, "PYTHONPATH": str(source.resolve()), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        yield tuple(json.loads(line))


def show(part: str, outcomes: dict[str, dict[str, Any]]) -> None:
    """Print a line a case, and of cases how many of each kind are right."""
    names = list(dict.fromkeys(name for side in outcomes.values() for name in side))
    print(f"\n{part:72}" + "".join(f"  {side:14}" for side in outcomes))
    for name in names:
        print(f"{name:72}" + "".join(f"  {side.get(name, '-')!s:14}" for side in outcomes.values()), flush=True)
    if part == "cases":
        for kind in dict.fromkeys(name.split()[0] for name in names):
            of_kind = [name for name in names if name.split()[0] == kind]
            right = [sum(side.get(name) == "right" for name in of_kind) for side in outcomes.values()]
            print(f"{kind + ' right':72}" + "".join(f"  {f'{count} of {len(of_kind)}':14}" for count in right))


def measure_cases(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield every case and whether it is right, or the error that made it wrong."""
    from sources_cases import CASES

    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                outcome = "right" if case.is_right(Path(folder)) else "wrong"
            except Exception as error:
                outcome = f"wrong: {type(error).__name__}"
        yield f"{case.kind} {case.name}", outcome


def measure_dialects(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield every file of conversations and how it is read."""
    import nextword as nw
    from nextword.tokens.conversation import ROLES

    for file in sorted(options.dialects.glob("*.jsonl")) if options.dialects else ():
        try:
            talks = list(nw.read_conversations(file))
        except nw.NextwordError as error:
            yield file.name, f"refused: {error.figures.get('reason', error.code)}"
            continue
        roles = Counter(turn.role for talk in talks for turn in talk.turns)
        yield file.name, f"{len(talks)} read: " + ", ".join(f"{roles[role]} {role}" for role in ROLES if roles[role])


def measure_round_trips(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield every file and the share of its lines that come back."""
    from nextword.tokens.characters import clean_text
    from nextword.tokens.joining import normalize_text
    from nextword.tokens.segmentation import build_segmenter

    segmenter = build_segmenter("auto")
    for file in options.lines:
        lines = [" ".join(clean_text(line).split()) for line in file.read_text(encoding="utf-8").splitlines()]
        lines = [line for line in lines if line]
        same = sum(normalize_text(line, segmenter=segmenter) == line for line in lines)
        yield f"{file.parent.name}/{file.name}, {len(lines):,} lines", f"{same / len(lines):.2%}"


def measure_speeds(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield every reader and how many MB of a file it reads in a second of processor time."""
    from sources_files import LARGE_FILES

    import nextword as nw

    for name, write, read in LARGE_FILES:
        with tempfile.TemporaryDirectory() as folder:
            path = write(Path(folder))
            try:
                reader: Callable[[Path], Iterator[object]] = read(nw)
                seconds = statistics.median(seconds_to_read(reader, path) for _ in range(5))
            except (AttributeError, TypeError, nw.NextwordError) as error:
                yield name, type(error).__name__
                continue
            yield name, f"{path.stat().st_size / 1e6 / seconds:.1f} MB/s"


def seconds_to_read(reader: Callable[[Path], Iterator[object]], path: Path) -> float:
    """Return the seconds of processor time that reading a file to its end takes."""
    start = time.process_time()
    for _ in reader(path):
        pass
    return time.process_time() - start


MEASURED: dict[str, Callable[[argparse.Namespace], Iterator[tuple[str, str]]]] = {
    "cases": measure_cases,
    "dialects": measure_dialects,
    "round-trip": measure_round_trips,
    "speed": measure_speeds,
}

if __name__ == "__main__":
    main()
