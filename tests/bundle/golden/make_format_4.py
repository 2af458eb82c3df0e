"""Write the golden bundle of format 4 and what it predicts: blocked words, epochs and notes are tensors.

Run once with the release that brought format 4. The files are then kept as they are, so that every later release shows
that it still reads them and says the same.
"""

import json
from pathlib import Path

import numpy as np

import nextword as nw
from nextword.errors import Note
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.tokens.tokenizer import tokenizer_from_counts

HERE = Path(__file__).parent
WORDS = {"I": 3, "like": 3, "rice": 2, "tea": 2, "茶": 1, "我": 1, "喜欢": 1, "苹果": 1, "。": 1, ".": 3, "\n": 4}
CONTEXTS = ("", "I like", "DON'T", "我喜欢", "I like tea.\n", "I like rice. I like tea. I like rice. I like tea.")


def main() -> None:
    """Write `format_4.nextword` and `format_4.json` beside this file."""
    tokenizer = tokenizer_from_counts(WORDS, nw.TokenizerConfig())
    size = len(tokenizer.vocabulary)
    config = nw.LSTMConfig(hidden_dim=6, num_layers=1)
    generator = np.random.default_rng(2)
    weights = {
        name: generator.standard_normal(shape, np.float32) for name, shape in config.weight_shapes(size, 6).items()
    }
    ids = generator.integers(3, size, 40).astype(np.int32)
    ids[::7] = 2
    ngram = nw.build_ngram(ids, nw.NgramConfig(order=3), vocabulary_size=size)
    mixture = MixtureRuntime((LSTMRuntime(config, weights), ngram), (0.5, 0.5), ((0.75, 0.25), (0.625, 0.375)))
    summary = nw.TrainingSummary(
        config=nw.TrainingConfig(epochs=3, shuffle=False),
        tokens=50,
        held_out_tokens=10,
        perplexities=(30.5, 20.25, 0.1 + 0.2),
        held_out_perplexities=(31.5, 22.125, 1e300),
        best_epoch=2,
        stopped_by="patience",
        notes=(
            "A sentence, 一句.",
            Note("Made by make_format_4.py.", code="made", by="make_format_4.py", shares=[0.1]),
        ),
    )
    lm = nw.with_temperature(nw.block(nw.LanguageModel(tokenizer, mixture, summary), ["RICE", "苹果", "no tea"]), 1.25)
    nw.save(lm, HERE / "format_4.nextword")
    expected = {
        "vocabulary": list(lm.vocabulary),
        "probabilities": {context: nw.next_word_probabilities(lm, context).tolist() for context in CONTEXTS},
        "suggestions": {},
    }
    (HERE / "format_4.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
