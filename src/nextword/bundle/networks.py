"""A runtime <-> its kind and options as plain values, and its weights by name.

A new kind of runtime is one case in each of these two functions.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, InputTypeError
from nextword.language_model import TrainingSummary
from nextword.models.config import LSTMConfig
from nextword.runtime.blocked import BlockedRuntime
from nextword.runtime.lstm import LSTMRuntime
from nextword.runtime.protocol import Runtime
from nextword.tokenizer import Tokenizer, TokenizerConfig
from nextword.training.config import TrainingConfig

Weights = Mapping[str, NDArray[np.float32]]

_Options = TypeVar("_Options", LSTMConfig, TokenizerConfig, TrainingConfig, TrainingSummary)


def describe_runtime(runtime: Runtime) -> tuple[dict[str, Any], Weights]:
    """Return what a runtime is built from again, in values of JSON, and its weights.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved.
    """
    if isinstance(runtime, LSTMRuntime):
        return {"kind": "lstm", **asdict(runtime.config)}, runtime.weights
    if isinstance(runtime, BlockedRuntime):
        base, weights = describe_runtime(runtime.base)
        return {"kind": "blocked", "words": list(runtime.words), "base": base}, weights
    raise InputTypeError(f"a bundle holds an LSTM, blocked words or not; received a {type(runtime).__name__}.")


def rebuild_runtime(network: Mapping[str, Any], weights: Weights, tokenizer: Tokenizer) -> Runtime:
    """Return the runtime that was described.

    Raises:
        InputError: If the kind is unknown, or options and weights do not fit together.
    """
    options = dict(network)
    kind = options.pop("kind", None)
    if kind == "lstm":
        runtime = LSTMRuntime(build_options(LSTMConfig, options), weights)
        if runtime.vocabulary_size != len(tokenizer.vocabulary):
            raise InputError(f"{len(tokenizer.vocabulary)} words and {runtime.vocabulary_size} rows.")
        return runtime
    if kind == "blocked" and set(options) == {"words", "base"}:
        words = options["words"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise InputError(f"blocked words are a list of words; found {words!r:.80}.")
        if not isinstance(options["base"], dict) or options["base"].get("kind") == "blocked":
            raise InputError("words are blocked in a network, once.")
        base = rebuild_runtime(options["base"], weights, tokenizer)
        return BlockedRuntime(base, tokenizer.vocabulary, tuple(words), tokenizer.config.level == "char")
    raise InputError(f"it holds a network of the unknown kind {kind!r:.80}.")


def build_options(kind: type[_Options], values: Mapping[str, Any]) -> _Options:
    """Return a config from exactly its options: one more or less means another version, and guessing would be wrong."""
    names = {field.name for field in fields(kind)}
    if set(values) != names:
        raise InputError(f"the options of {kind.__name__} are {sorted(names)}; found {sorted(values)}.")
    return kind(**values)
