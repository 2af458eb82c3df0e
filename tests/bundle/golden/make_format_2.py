"""Write the golden bundle of format 2 and what it predicts: a Transformer in a mixture, in a shape, of conversations.

Run once with the release that brought format 2. The files are then kept as they are, so that every later release shows
that it still reads them and says the same.
"""

import json
from pathlib import Path

import numpy as np

import nextword as nw
from nextword.errors import Note
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.tokens.template import ROLE_TOKENS
from nextword.tokens.tokenizer import tokenizer_from_counts

HERE = Path(__file__).parent
WORDS = {"I": 3, "like": 3, "rice": 2, "tea": 2, "茶": 1, "我": 1, "喜欢": 1, "苹果": 1, ".": 3, "。": 1, "\n": 4}
CONTEXTS = ("", "I like", "DON'T", "我喜欢", "I like tea.\n")


def main() -> None:
    """Write `format_2.nextword` and `format_2.json` beside this file."""
    tokenizer = tokenizer_from_counts(WORDS, nw.TokenizerConfig(), dict.fromkeys(ROLE_TOKENS, 2))
    size = len(tokenizer.vocabulary)
    config = nw.TransformerConfig(hidden_dim=8, num_layers=1, num_heads=2, context_length=8, seed=5)
    generator = np.random.default_rng(1)
    # H differs from D, so there are projections at both ends.
    weights = {
        name: generator.standard_normal(shape, np.float32) for name, shape in config.weight_shapes(size, 6).items()
    }
    ids = generator.integers(6, size, 40).astype(np.int32)
    ids[::7] = 2
    parts = (
        TransformerRuntime(config, weights),
        nw.build_ngram(ids, nw.NgramConfig(order=3), vocabulary_size=size),
        nw.build_cache(tokenizer.vocabulary, nw.CacheConfig(window=20)),
    )
    summary = nw.TrainingSummary(
        config=nw.TrainingConfig(epochs=2, time_limit=60.0, optimizer="adam", weight_decay=0.25),
        tokens=50,
        held_out_tokens=10,
        perplexities=(30.5, 20.25),
        held_out_perplexities=(31.5, 22.125),
        best_epoch=2,
        stopped_by="epochs",
        notes=(Note("Made by make_format_2.py.", code="made", by="make_format_2.py"),),
    )
    bare = nw.build_language_model(
        tokenizer, MixtureRuntime(parts, (0.5, 0.375, 0.125)), template=nw.Template(window=9)
    )
    lm = nw.LanguageModel(tokenizer, nw.block(bare, ["rice"]).runtime, summary, bare.template)
    lm = nw.with_temperature(lm, 1.25)
    nw.save(lm, HERE / "format_2.nextword")
    expected = {
        "vocabulary": list(lm.vocabulary),
        "probabilities": {context: nw.next_word_probabilities(lm, context).tolist() for context in CONTEXTS},
        "suggestions": {context: nw.predict_next_word(lm, context, top_k=5) for context in CONTEXTS},
    }
    (HERE / "format_2.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
