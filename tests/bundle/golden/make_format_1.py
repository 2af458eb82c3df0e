"""Write the golden bundle of format 1 and what it predicts.

Run once with the release that brought format 1. The files are then kept as they
are, so that every later release shows that it still reads them and says the same.
"""

import json
from pathlib import Path

import numpy as np

import nextword as nw
from nextword.networks.lstm.runtime import LSTMRuntime

HERE = Path(__file__).parent
TEXTS = (
    "I like to eat rice, and you like to drink tea.",
    "Don't go to U.S. cities at 12:30...",
    "我喜欢吃苹果，你喜欢喝茶。",
    "我用 Python 写字 😀",
)
CONTEXTS = ("", "I like to", "DON'T", "我喜欢吃", "我喜欢 rice, and", "nobody here", "I like tea.\n")


def main() -> None:
    """Write `format_1.nextword` and `format_1.json` beside this file."""
    tokenizer = nw.build_tokenizer(TEXTS)
    config = nw.LSTMConfig(hidden_dim=8, num_layers=2, dropout=0.3, seed=5)
    generator = np.random.default_rng(1)
    shapes = config.weight_shapes(len(tokenizer.vocabulary), 6)  # H differs from D, so there is a projection
    weights = {name: generator.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    summary = nw.TrainingSummary(
        config=nw.TrainingConfig(epochs=2, time_limit=60.0),
        tokens=50,
        held_out_tokens=10,
        perplexities=(30.5, 20.25),
        held_out_perplexities=(31.5, 22.125),
        best_epoch=2,
        stopped_by="epochs",
        notes=("Made by make_format_1.py.",),
    )
    lm = nw.LanguageModel(tokenizer, LSTMRuntime(config, weights), summary)
    nw.save(lm, HERE / "format_1.nextword")
    expected = {
        "vocabulary": list(lm.vocabulary),
        "probabilities": {context: nw.next_word_probabilities(lm, context).tolist() for context in CONTEXTS},
        "suggestions": {context: nw.predict_next_word(lm, context, top_k=10) for context in CONTEXTS},
    }
    (HERE / "format_1.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
