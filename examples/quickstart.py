"""From text to next words in under a minute: train on a small English and Chinese corpus, save, load, predict.

Run it with `python examples/quickstart.py`. It trains on sentences that come with the package, measures the model on
others that it has not seen, saves one file, and predicts from that file in a new process, which needs no TensorFlow.
"""

import argparse
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

from console import run

import nextword as nw

CONTEXTS = ("我喜欢吃", "今天天气", "I would like a cup of", "My brother likes to eat", "It is")


def main(arguments: list[str] | None = None) -> nw.Evaluation | None:
    """Train, measure, save, and predict in a new process; returns the held-out figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predict", metavar="FILE", help="only load FILE and predict")
    parser.add_argument("-o", "--output", metavar="FILE", help="keep the trained model here")
    options = parser.parse_args(arguments)
    if options.predict:
        predict(options.predict)
        return None

    texts = nw.sample_texts()
    print(f"Training on {len(texts):,} English and Chinese sentences ...", flush=True)
    unseen = texts[::21]  # English and Chinese take turns, so an odd step takes both
    lm = nw.fit([text for number, text in enumerate(texts) if number % 21])
    evaluation = nw.evaluate(lm, unseen)
    print(f"\nOn {len(unseen)} sentences that it has not seen:\n{evaluation}\n", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(options.output or Path(folder) / "quickstart.nextword")
        nw.save(lm, path)
        print(f"Saved {path.name}, {path.stat().st_size / 1e6:.1f} MB. Loaded in a new process:\n", flush=True)
        subprocess.run([sys.executable, __file__, "--predict", str(path)], check=True)
    return evaluation


def predict(path: str) -> None:
    """Load a model and print the five most probable next words of some contexts."""
    lm = nw.load(path)
    for context in CONTEXTS:
        suggestions = "  ".join(f"{word} {p:.1%}" for word, p in nw.predict_next_word(lm, context, top_k=5))
        print(f"{context}{' ' * (26 - width(context))}{suggestions}")


def width(text: str) -> int:
    """Return the columns a text takes on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


if __name__ == "__main__":
    sys.exit(run(main))
