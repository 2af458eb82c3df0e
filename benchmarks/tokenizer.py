"""Speed and memory of the tokenizer: MB of UTF-8 a second to build a vocabulary and to encode.

    python benchmarks/tokenizer.py --data FOLDER

FOLDER holds `ptb/train.txt` (English) and `pd98/train.raw.txt` (Chinese, not cut into words); any other *.txt file can
be named with --file. Each figure is the median of several runs, the peak memory that of a process of its own.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from environment import describe, peak_megabytes

import nextword as nw

_Value = TypeVar("_Value")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="folder with ptb/ and pd98/")
    parser.add_argument("--file", type=Path, action="append", default=[], help="a text file to measure")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--peak", type=Path, metavar="FILE", help="only build from FILE and print the peak memory in MB"
    )
    options = parser.parse_args()
    if options.peak:
        nw.build_tokenizer(nw.read_texts(options.peak))
        print(f"{peak_megabytes():.0f}")
        return
    files = [*options.file]
    if options.data:
        files += [options.data / "ptb" / "train.txt", options.data / "pd98" / "train.raw.txt"]
    if not files:
        parser.error("give --data or --file")
    print(describe(seed=0))
    print(f"{'file':24}{'MB':>7}{'words':>12}{'V':>9}{'build MB/s':>12}{'encode MB/s':>13}{'peak MB':>9}")
    for file in files:
        texts = list(nw.read_texts(file))
        megabytes = file.stat().st_size / 1e6
        build, tokenizer = measure(lambda texts=texts: nw.build_tokenizer(texts), options.runs)  # type: ignore[misc]
        encode, ids = measure(lambda texts=texts, t=tokenizer: nw.encode_texts(t, texts), options.runs)  # type: ignore[misc]
        peak = subprocess.run(
            [sys.executable, __file__, "--peak", str(file)], capture_output=True, text=True, check=True
        ).stdout.strip()
        name = f"{file.parent.name}/{file.name}"
        print(
            f"{name:24}{megabytes:7.2f}{len(ids):12,}{len(tokenizer.vocabulary):9,}{megabytes / build:12.1f}"
            f"{megabytes / encode:13.1f}{peak:>9}"
        )


def measure(run: Callable[[], _Value], runs: int) -> tuple[float, _Value]:
    """Return the median of seconds and what the run returned."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        value = run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), value


if __name__ == "__main__":
    main()
