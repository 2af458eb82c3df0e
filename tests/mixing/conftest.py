"""Parts to mix: two n-gram models of different halves of some texts, and a network of noise."""

from typing import NamedTuple

import numpy as np
import pytest

import nextword as nw
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.runtime import Runtime

TEXTS = nw.sample_texts()[:400]


class Parts(NamedTuple):
    tokenizer: nw.Tokenizer
    first: Runtime
    second: Runtime
    noise: Runtime
    held_out_texts: tuple[str, ...]
    held_out_ids: np.ndarray

    def perplexity(self, runtime):
        """Held-out perplexity of a runtime, measured by `evaluate`."""
        return nw.evaluate(
            nw.build_language_model(self.tokenizer, runtime), self.held_out_texts, as_stream=True
        ).perplexity


@pytest.fixture(scope="package")
def parts(build_tiny_runtime):
    tokenizer = nw.build_tokenizer(TEXTS[40:])
    ids, held_out = nw.encode_texts(tokenizer, TEXTS[40:]), nw.encode_texts(tokenizer, TEXTS[:40])
    size = len(tokenizer.vocabulary)
    halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]
    first, second = (build_ngram(half, NgramConfig(order=2), vocabulary_size=size) for half in halves)
    return Parts(tokenizer, first, second, build_tiny_runtime(size, scale=3.0), TEXTS[:40], held_out)
