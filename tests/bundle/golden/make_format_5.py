"""Write the golden bundle of format 5 and what it predicts: words of n-grams are ranks, tensors are compressed.

The words of the network are in clusters.

Run once with the release that brought format 5. The files are then kept as they are, so that every later release shows
that it still reads them and says the same.
"""

import json
from pathlib import Path

import numpy as np

import nextword as nw
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.tokens.tokenizer import tokenizer_from_counts

HERE = Path(__file__).parent
WORDS = {"I": 30, "like": 30, "rice": 2, "tea": 2, "茶": 1, "喜欢": 1, "苹果": 1, "。": 1, ".": 300, "\n": 4}
NUMBERS = {f"w{number}": 1 for number in range(120)}
CONTEXTS = ("", "w7 w8", "喜欢", "I like rice. I like tea. I like rice. I like tea.")


def main() -> None:
    """Write `format_5.nextword` and `format_5.json` beside this file."""
    tokenizer = tokenizer_from_counts({**WORDS, **NUMBERS}, nw.TokenizerConfig())
    size = len(tokenizer.vocabulary)
    config = nw.LSTMConfig(hidden_dim=3, num_layers=1, cutoffs=(40, 90))
    generator = np.random.default_rng(3)
    weights = {
        name: generator.standard_normal(shape, np.float32).astype(np.float16).astype(np.float32)
        for name, shape in config.weight_shapes(size, 3).items()
    }
    ids = 3 + generator.zipf(1.3, 900) % (size - 3)
    ids[::7] = 2
    closed = nw.build_ngram(ids, nw.NgramConfig(order=4, min_counts=(1, 1, 1, 2)), vocabulary_size=size)
    # After odd pruning words stand as they are: an n-gram may be kept, and not what it ends with.
    odd = nw.build_ngram(ids % 9 + 1, nw.NgramConfig(order=4, min_counts=(1, 9, 1)), vocabulary_size=size)
    parts = (LSTMRuntime(config, weights), closed, odd, nw.build_cache(tokenizer.vocabulary, nw.CacheConfig(window=40)))
    mixture = MixtureRuntime(parts, (0.25, 0.25, 0.25, 0.25))
    summary = nw.TrainingSummary(
        config=nw.TrainingConfig(epochs=40, shuffle=True),
        tokens=50,
        held_out_tokens=10,
        perplexities=tuple(30.5 - epoch / 4 for epoch in range(40)),
        held_out_perplexities=(),
        best_epoch=40,
        stopped_by="epochs",
        notes=("A sentence, 一句.",) * 20,
    )
    lm = nw.block(nw.LanguageModel(tokenizer, mixture, summary), ["RICE", "苹果", *(f"no{i}" for i in range(99))])
    nw.save(lm, HERE / "format_5.nextword")
    expected = {
        "vocabulary": list(lm.vocabulary),
        "probabilities": {
            context: [round(value, 9) for value in nw.next_word_probabilities(lm, context).tolist()]
            for context in CONTEXTS
        },
        "suggestions": {},
    }
    (HERE / "format_5.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
