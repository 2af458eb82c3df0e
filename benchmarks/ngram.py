"""Count n-grams of Penn Treebank and the People's Daily: seconds, memory, perplexity, latency, bytes; kenlm beside it.

    python benchmarks/ngram.py --data FOLDER --corpora ptb pd98

FOLDER holds `ptb/` and `pd98/`, each with train.txt and test.txt, already cut into words. Counting with each memory
limit runs in a process of its own; its peak counts Python, NumPy and the tables too. `lmplz`, if it is found, counts
the same text; `kenlm`, if it is installed, reads the ARPA file and loops over the vocabulary for a distribution.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from environment import describe, peak_megabytes
from numpy.typing import NDArray

import nextword as nw

MB = 10**6
LIMITS = (1_000, 100, 20)
PRUNED = ((1,), (1, 1, 1, 2), (1, 1, 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder with ptb/ and pd98/")
    parser.add_argument("--corpora", nargs="+", default=["ptb"], help="folders there")
    parser.add_argument("--order", type=int, default=5)
    parser.add_argument("--count", nargs=3, metavar=("IDS", "V", "MB"), help="only count the ids of a file")
    options = parser.parse_args()
    if options.count:
        path, size, limit = options.count
        print(json.dumps(count(Path(path), int(size), int(limit), options.order)))
        return
    print(describe(0), flush=True)
    for corpus in options.corpora:
        run(options.data / corpus, options.order)


def run(folder: Path, order: int) -> None:
    """Print the figures of one corpus."""
    train, test = folder / "train.txt", list(nw.read_texts(folder / "test.txt"))
    texts = list(nw.read_texts(train))
    tokenizer = nw.build_tokenizer(texts, nw.TokenizerConfig(level="whitespace"))
    ids, size = nw.encode_texts(tokenizer, texts), len(tokenizer.vocabulary)
    text_bytes = train.stat().st_size
    print(f"\n{folder.name}: {text_bytes / MB:.2f} MB, {len(ids):,} tokens, V = {size:,}, order {order}")
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        ids.tofile(temporary / "ids")
        for limit in LIMITS:
            command = [sys.executable, __file__, "--data", str(folder), "--order", str(order)]
            command += ["--count", str(temporary / "ids"), str(size), str(limit)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            print(
                f"counted with at most {limit:,} MB: {found['seconds']:.2f} s, CPU {found['cpu']:.2f} s, peak "
                f"{found['peak']:.0f} MB, of which {found['before']:.0f} before and {found['tables']:.0f} tables",
                flush=True,
            )
        if shutil.which("lmplz"):
            start = time.perf_counter()
            with open(train, "rb") as text:
                command = ["lmplz", "-o", str(order), "--arpa", str(temporary / "lmplz.arpa"), "--skip_symbols"]
                subprocess.run(command, stdin=text, check=True, capture_output=True)
            print(f"lmplz: {time.perf_counter() - start:.2f} s")
        for min_counts in PRUNED:
            config = nw.NgramConfig(order=order, min_counts=min_counts)
            ngram = nw.build_ngram(ids, config, vocabulary_size=size)
            lm = nw.build_language_model(tokenizer, ngram)
            nw.save(lm, temporary / "bundle")
            stored = (temporary / "bundle").stat().st_size
            perplexity = nw.evaluate(lm, test).perplexity
            print(
                f"min_counts {min_counts}: {sum(len(table.words) for table in ngram.orders):,} n-grams, bundle "
                f"{stored / MB:.2f} MB ({stored / text_bytes:.2f} times the text), test perplexity {perplexity:.3f}",
                flush=True,
            )
            if min_counts == (1,):
                latency(lm, ids[-2_000:])
            if find_spec("kenlm"):
                nw.save_arpa(ngram, tokenizer.vocabulary, temporary / "lm.arpa")
                kenlm_figures(temporary / "lm.arpa", test, [*tokenizer.vocabulary], distribution=min_counts == (1,))


def count(path: Path, size: int, limit: int, order: int) -> dict[str, float]:
    """Count ids of a file in this process."""
    ids, before = np.memmap(path, np.int32, mode="r"), peak_megabytes()
    start, cpu = time.perf_counter(), time.process_time()
    config = nw.NgramConfig(order=order, max_memory=limit * MB)
    ngram = nw.build_ngram(ids, config, vocabulary_size=size)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    names = ("words", "counts", "sizes", "totals", "starts", "discounted_probabilities", "backoff_weights")
    tables = sum(getattr(table, name).nbytes for table in ngram.orders for name in names) / MB
    return {"seconds": seconds, "cpu": cpu, "peak": peak_megabytes(), "before": before, "tables": tables}


def latency(lm: nw.LanguageModel, ids: NDArray[np.int32]) -> None:
    """Print the median time of a word more, its whole distribution and the 5 best."""
    runtime = lm.runtime
    states = [runtime.advance(runtime.initial_state(), [2])]
    for token_id in ids:
        states.append(runtime.advance(states[-1], token_id.reshape(1)))
    session = nw.start_session(lm, "")
    words = [lm.vocabulary[token_id] for token_id in ids.tolist()]

    def word(i: int) -> None:
        nonlocal session
        session = session.advance(words[i])
        session.predict(top_k=5)

    together = tuple(np.concatenate(parts) for parts in zip(*states[:64], strict=True))
    advanced = median(lambda i: runtime.advance(states[i], ids[i : i + 1]))
    one = median(lambda i: runtime.log_probabilities(states[i]))
    each = median(lambda i: runtime.log_probabilities(together), 50) / 64
    print(
        f"p50: advance {advanced:.4f} ms, distribution {one:.4f} ms; of 64 states, each {each:.4f} ms; "
        f"session.advance and top 5 {median(word):.4f} ms (asked: 0.25)",
        flush=True,
    )


def kenlm_figures(path: Path, test: list[str], vocabulary: list[str], *, distribution: bool) -> None:
    """Print the perplexity that kenlm has with the ARPA file, and how long a distribution takes it."""
    import kenlm

    model: Any = kenlm.Model(str(path))
    lines = [" ".join(text.split()) for text in test]
    total = sum(model.score(line, bos=True, eos=True) for line in lines)
    tokens = sum(len(line.split(" ")) + 1 for line in lines)
    print(f"kenlm, the same ARPA file: test perplexity {10 ** (-total / tokens):.3f}")
    if distribution:
        state, following = kenlm.State(), kenlm.State()
        model.BeginSentenceWrite(state)

        def loop(_: int) -> None:
            scores = [model.BaseScore(state, word, following) for word in vocabulary]
            np.argpartition(np.array(scores), -5)

        print(f"kenlm's loop over {len(vocabulary):,} words and top 5: p50 {median(loop, 50):.2f} ms", flush=True)


def median(call: Callable[[int], object], times: int = 1_000) -> float:
    """Return the median milliseconds of a call."""
    taken = []
    for i in range(times):
        start = time.perf_counter()
        call(i)
        taken.append(time.perf_counter() - start)
    return 1e3 * float(np.median(taken))


if __name__ == "__main__":
    main()
