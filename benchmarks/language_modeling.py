"""Train on Penn Treebank and the People's Daily, beside PyTorch and Kneser-Ney, and measure on their test texts.

    python benchmarks/language_modeling.py --data FOLDER --out RESULTS --torch PYTHON

FOLDER holds `ptb/` and `pd98/`, each with train.txt, valid.txt and test.txt, already cut into words, `<unk>` for rare
ones; `pd98/*.raw.txt` is the same text as printed. PYTHON is an interpreter that has `torch`. Each part runs in a
process of its own, started fresh; wall clock and CPU seconds count it all, imports, reading and compilation too. The
weights of mixtures are fitted on validation text, so test figures stand beside. RESULTS gets a JSON file a part, from
which `plot_curves.py` draws.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from environment import describe, peak_megabytes

START = time.monotonic()


@dataclass(frozen=True)
class Part:
    """A training: the folder and ending of its texts, the level of tokens, the minutes it may take, and the network."""

    folder: str
    ending: str
    level: str
    minutes: float
    network: str = "lstm"


PARTS = {
    "ptb-quarter": Part("ptb", ".txt", "whitespace", 0.25),
    "ptb-1": Part("ptb", ".txt", "whitespace", 1.0),
    "ptb-30": Part("ptb", ".txt", "whitespace", 28.5),  # and what is around the training makes 30
    "ptb-lstm-15": Part("ptb", ".txt", "whitespace", 14.0),
    "ptb-transformer-15": Part("ptb", ".txt", "whitespace", 14.0, "transformer"),
    "pd98": Part("pd98", ".txt", "whitespace", 10.0),
    "pd98-raw": Part("pd98", ".raw.txt", "char", 5.0),
}
OTHERS = ("pytorch", "speed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder with ptb/ and pd98/")
    parser.add_argument("--out", type=Path, required=True, metavar="RESULTS", help="folder for the figures")
    parser.add_argument("--parts", nargs="+", choices=(*OTHERS, *PARTS), default=[*OTHERS, *PARTS])
    parser.add_argument("--torch", default=sys.executable, metavar="PYTHON", help="interpreter that has torch")
    parser.add_argument("--minutes", type=float, help="other minutes for the trainings, to try the script")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--here", action="store_true", help="run the one part named in this process")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.here:
        figures = here(options.parts[0], options)
        (options.out / f"{options.parts[0]}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
        return
    print(describe(options.seed), flush=True)
    for part in options.parts:
        if part == "pytorch":
            script = Path(__file__).with_name("pytorch_peer.py")
            command = [options.torch, str(script), "--data", str(options.data / "ptb")]
            command += ["--out", str(options.out / "pytorch.npz"), "--seed", str(options.seed)]
        else:
            command = [sys.executable, __file__, "--here", "--parts", part, "--data", str(options.data)]
            command += ["--out", str(options.out), "--seed", str(options.seed)]
            command += ["--minutes", str(options.minutes)] if options.minutes else []
        print(f"\n== {part}", flush=True)
        subprocess.run(command, check=True)


def here(part: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run one part and return its figures."""
    if part == "speed":
        return speeds(options.data / "ptb", options.seed)
    chosen = PARTS[part]
    minutes = options.minutes or chosen.minutes
    return train_and_measure(replace(chosen, folder=str(options.data / chosen.folder), minutes=minutes), options)


def train_and_measure(part: Part, options: argparse.Namespace) -> dict[str, Any]:
    """Compose the stages as `fit` does, with the validation text held out, and measure every model and the mixture."""
    import numpy as np

    import nextword as nw
    from nextword.fitting.recipes import default_network
    from nextword.networks.kinds import kind_of

    train, valid, test = (
        list(nw.read_texts(f"{part.folder}/{name}{part.ending}")) for name in ("train", "valid", "test")
    )
    tokenizer = nw.build_tokenizer(train, nw.TokenizerConfig(level=part.level))  # type: ignore[arg-type]
    vocabulary = tokenizer.vocabulary
    ids, validation_ids = nw.encode_texts(tokenizer, train), nw.encode_texts(tokenizer, valid)
    config = nw.recipe(words=len(ids), minutes=part.minutes, network=part.network)  # type: ignore[arg-type]
    network = config.network or default_network(len(ids))
    embedding, counting = config.start_of(network, has_vectors=False)
    counting = replace(counting or nw.CooccurrenceConfig(), seed=options.seed)
    vectors = nw.build_cooccurrence_vectors(ids, vocabulary, counting)
    matrix = nw.build_embedding_matrix(vocabulary, replace(embedding, seed=options.seed), vectors)
    model = kind_of(network).build(matrix, replace(network, seed=options.seed))
    prepared = time.monotonic() - START
    result = nw.train(model, ids, replace(config.training, seed=options.seed), validation_ids=validation_ids)
    trained = nw.to_runtime(result.model, half_precision=True)
    alone = (time.monotonic() - START, sum(os.times()[:2]))
    ngram = nw.build_ngram(ids, config.ngram or nw.NgramConfig(), vocabulary_size=len(vocabulary))
    cache = nw.build_cache(vocabulary)
    report = nw.describe_mixture([trained, ngram, cache], validation_ids[:10_000])
    mixed = (time.monotonic() - START, sum(os.times()[:2]))
    history = result.history
    print(
        f"{len(ids):,} tokens, V = {len(vocabulary):,}, {network}, {len(history.epochs)} epochs "
        f"({history.stopped_by}), {history.epochs[0].words_per_second:,.0f} words/s\n"
        f"from start to trained network {alone[0]:,.0f} s (CPU {alone[1]:,.0f} s), with n-grams and mixture "
        f"{mixed[0]:,.0f} s (CPU {mixed[1]:,.0f} s), peak {peak_megabytes():,.0f} MB\n{report}",
        flush=True,
    )
    title = kind_of(network).title
    models: dict[str, Any] = {title: trained, "mixture": report.runtime, "Kneser-Ney 5-gram": ngram}
    # And without the cache, to compare networks each mixed with the same counts.
    models["with Kneser-Ney"] = nw.mix([trained, ngram], validation_ids[:10_000])
    figures: dict[str, Any] = {
        "curve": [(prepared + epoch.seconds, epoch.validation_perplexity) for epoch in history.epochs],
        "seconds": {title: alone[0], "mixture": mixed[0]},
        "cpu_seconds": {title: alone[1], "mixture": mixed[1]},
        "words_per_second": float(np.median([epoch.words_per_second for epoch in history.epochs])),
        "options": {"network": asdict(network), "training": asdict(history.config)},
    }
    for name, runtime in models.items():
        for kind, texts in (("validation", valid), ("test", test)):
            lm = nw.build_language_model(tokenizer, runtime)
            # As a stream, as published figures of Penn Treebank are.
            evaluation = nw.evaluate(lm, texts, as_stream=True, keystrokes=True)
            print(f"\n{name}, {kind}:\n{evaluation}", flush=True)
            figures[f"{name}, {kind}"] = {
                "perplexity": evaluation.perplexity,
                "top-3": evaluation.recall_at[3],
                "keys saved": evaluation.keystroke_savings,
                "bits per character": evaluation.bits_per_character,
            }
    ours = {
        name: (figures["seconds"][name], figures[f"{name}, validation"]["perplexity"]) for name in figures["seconds"]
    }
    if (options.out / "pytorch.npz").exists() and Path(part.folder).name == "ptb":
        figures["PyTorch"] = beside_pytorch(options.out / "pytorch.npz", ngram, validation_ids, tokenizer, test, ours)
    return figures


def beside_pytorch(path: Path, ngram: Any, validation_ids: Any, tokenizer: Any, test: Any, ours: Any) -> Any:
    """Mix PyTorch's network with Kneser-Ney, by what both gave to the texts, and print how long it took."""
    import numpy as np

    import nextword as nw
    from nextword.mixing.weights import fit_weights
    from nextword.runtime import log_probabilities_along
    from nextword.tokens.vocabulary import EOS_ID

    peer = np.load(path)
    perplexities = {}
    weights = None
    for part, ids in (("valid", validation_ids), ("test", nw.encode_texts(tokenizer, test))):
        state = ngram.advance(ngram.initial_state(), [EOS_ID])
        logs = [
            table[np.arange(len(targets)), targets] for targets, table in log_probabilities_along(ngram, state, ids)
        ]
        both = np.exp(np.stack([peer[part].astype(np.float64), np.concatenate(logs).astype(np.float64)]))
        weights = fit_weights(both) if weights is None else weights
        perplexities[part] = float(np.exp(-np.log(weights @ both).mean()))
        alone_perplexity = float(np.exp(-np.log(both[0]).mean()))
        print(f"PyTorch, {part}: {alone_perplexity:.1f}, mixed with Kneser-Ney {perplexities[part]:.1f}", flush=True)
    seconds, cpu, reached = peer["curve"][-1]
    print(f"PyTorch took {seconds:,.0f} s (CPU {cpu:,.0f} s) to {reached:.1f}", flush=True)
    for name, (took, perplexity) in ours.items():
        if perplexity <= reached:
            print(f"{name}: {perplexity:.1f} after {took:,.0f} s, PyTorch's time divided by {seconds / took:.1f}")
    return {"seconds": float(seconds), "validation": float(reached), "mixed": perplexities}


def speeds(folder: Path, seed: int) -> dict[str, Any]:
    """Return words a second of the network that PyTorch trains, with the sampled and the exact softmax."""
    import nextword as nw

    train = list(nw.read_texts(folder / "train.txt"))
    tokenizer = nw.build_tokenizer(train, nw.TokenizerConfig(level="whitespace"))
    ids = nw.encode_texts(tokenizer, train)
    model = nw.build_lstm(nw.build_embedding_matrix(tokenizer.vocabulary), nw.LSTMConfig())
    found = {}
    for name, negatives in (("sampled", 2048), ("exact", 0)):
        for precision in ("bfloat16", "float32"):
            config = nw.TrainingConfig(epochs=1, negatives=negatives, precision=precision, seed=seed)
            speed = nw.train(model, ids, config, progress=False).history.epochs[0].words_per_second
            found[f"{name}, {precision}"] = speed
            print(f"2x200, {name} softmax, {precision}: {speed:,.0f} words/s", flush=True)
    return found


if __name__ == "__main__":
    main()
