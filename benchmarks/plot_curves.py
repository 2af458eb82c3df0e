"""Draw the learning curves that `language_modeling.py` wrote: validation perplexity by wall clock.

    python benchmarks/plot_curves.py RESULTS docs/learning_curves.png

Needs `matplotlib`.
"""

import argparse
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

TRAININGS = {"ptb-quarter": "¼ minute", "ptb-1": "1 minute", "ptb-30": "30 minutes"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, label in TRAININGS.items():
        path = options.results / f"{name}.json"
        if not path.exists():
            continue
        figures = json.loads(path.read_text(encoding="utf-8"))
        seconds, perplexities = zip(*figures["curve"], strict=True)
        (line,) = axes.plot(seconds, perplexities, ".-", label=f"LSTM, recipe of {label}")
        mixture = figures["seconds"]["mixture"], figures["mixture, validation"]["perplexity"]
        axes.plot(*mixture, "*", color=line.get_color(), markersize=13, label=f"its mixture: {mixture[1]:.1f}")
    if (options.results / "pytorch.npz").exists():
        curve = np.load(options.results / "pytorch.npz")["curve"]
        axes.plot(curve[:, 0], curve[:, 2], "k.--", label="PyTorch, 2x200, 6 epochs")
        axes.axhline(curve[-1, 2], color="k", linewidth=0.5)
    axes.set(xscale="log", yscale="log", xlabel="seconds from the start of the process", ylabel="validation perplexity")
    for set_ticks, ticks in (
        (axes.set_xticks, (20, 60, 120, 300, 600, 1800)),
        (axes.set_yticks, (70, 80, 90, 100, 120, 150, 200, 300)),
    ):
        set_ticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_title("Penn Treebank on 2 cores")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(options.picture, dpi=120)


if __name__ == "__main__":
    main()
