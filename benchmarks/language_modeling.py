"""Train on Penn Treebank and the People's Daily and measure on their test texts.

    python benchmarks/language_modeling.py --data FOLDER --corpora ptb

FOLDER holds `ptb/` and `pd98/`, each with train.txt, valid.txt and test.txt, already cut into words, `<unk>` for rare
ones; `pd98/*.raw.txt` is the same text as printed. The corpora: `ptb`, `pd98` (words), `pd98-raw` (characters). Each is
trained in a process of its own, started fresh; wall clock counts it all, imports and reading too.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from environment import describe, peak_megabytes

START = time.monotonic()

# Folder, ending of the files, level of the tokens, and what is reported elsewhere for the same text.
CORPORA = {
    "ptb": ("ptb", ".txt", "whitespace", "5-gram Kneser-Ney: 141.2 on test"),
    "pd98": ("pd98", ".txt", "whitespace", "5-gram Kneser-Ney: 196.1 on validation, 260.3 on test"),
    "pd98-raw": ("pd98", ".raw.txt", "char", ""),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder with ptb/ and pd98/")
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=["ptb"], help="what to train on")
    parser.add_argument("--minutes", type=float, default=None, help="time for training; derived by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--here", action="store_true", help="train the one corpus named in this process")
    options = parser.parse_args()
    if options.here:
        run(options.corpora[0], options.data, options.minutes, options.seed)
        return
    print(describe(options.seed), flush=True)
    for corpus in options.corpora:
        command = [sys.executable, __file__, "--here", "--data", str(options.data), "--corpora", corpus]
        command += ["--seed", str(options.seed)] + (["--minutes", str(options.minutes)] if options.minutes else [])
        subprocess.run(command, check=True)


def run(corpus: str, folder: Path, minutes: float | None, seed: int) -> None:
    """Train on one corpus and print its figures."""
    import nextword as nw

    name, ending, level, peers = CORPORA[corpus]
    train, valid, test = (list(nw.read_texts(folder / name / f"{part}{ending}")) for part in ("train", "valid", "test"))
    tokenizer = nw.build_tokenizer(train, nw.TokenizerConfig(level=level))  # type: ignore[arg-type]
    ids, validation_ids = nw.encode_texts(tokenizer, train), nw.encode_texts(tokenizer, valid)
    matrix = nw.build_embedding_matrix(tokenizer.vocabulary, nw.EmbeddingConfig(seed=seed))
    model = nw.build_lstm(matrix, nw.LSTMConfig(seed=seed))
    time_limit = minutes * 60 if minutes else None
    result = nw.train(model, ids, nw.TrainingConfig(time_limit=time_limit, seed=seed), validation_ids=validation_ids)
    network = nw.to_runtime(result.model)
    trained, cpu = time.monotonic() - START, os.times()
    counting = time.monotonic()
    ngram = nw.build_ngram(ids, nw.NgramConfig(order=5), vocabulary_size=len(tokenizer.vocabulary))
    counting = time.monotonic() - counting
    mixing = time.monotonic()
    mixture = nw.mix([network, ngram], validation_ids[:20_000])
    mixing = time.monotonic() - mixing
    history = result.history
    print(
        f"\n{corpus}: {len(ids):,} tokens, V = {len(tokenizer.vocabulary):,}, {len(history.epochs)} epochs "
        f"({history.stopped_by}), {history.epochs[-1].words_per_second:,.0f} tokens/s"
    )
    print(
        f"wall clock from start to trained {trained:,.0f} s, CPU {cpu.user + cpu.system:,.0f} s, "
        f"peak {peak_megabytes():,.0f} MB; counting n-grams {counting:.1f} s, mixing {mixing:.1f} s, "
        f"weights {getattr(mixture, 'weights', (1.0,))}"
    )
    for name, runtime in (("5-gram Kneser-Ney", ngram), ("LSTM", network), ("mixture", mixture)):
        for part, texts in (("validation", valid), ("test", test)):
            start = time.monotonic()
            evaluation = nw.evaluate(nw.build_language_model(tokenizer, runtime), texts)
            milliseconds = 1e3 * (time.monotonic() - start) / evaluation.tokens
            print(f"\n{name}, {part}, {milliseconds:.2f} ms a token:\n{evaluation}", flush=True)
    if peers:
        print(peers)


if __name__ == "__main__":
    main()
