"""A runtime <-> its kind and options as plain values, and its tensors by name.

A new kind of runtime is one case in `describe_runtime` and one in `_rebuild`.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.ngrams import ngram_of, ngram_tensors, take
from nextword.errors import InputError, InputTypeError, check_integer
from nextword.mixing.cache import CacheConfig, CacheRuntime
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.kinds import NETWORKS, is_network, kind_of
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.transformer.config import TransformerConfig
from nextword.ngrams.kneser_ney import MAX_ORDER
from nextword.ngrams.runtime import NgramRuntime
from nextword.prediction.blocked import BlockedRuntime
from nextword.prediction.language_model import TrainingSummary
from nextword.prediction.masked import MaskedRuntime, without_roles
from nextword.prediction.tempered import TemperatureRuntime
from nextword.runtime import Runtime
from nextword.tokens.template import Template
from nextword.tokens.tokenizer import Tokenizer, TokenizerConfig
from nextword.training.config import TrainingConfig

Tensors = Mapping[str, NDArray[Any]]

# Kinds that the parts of a mixture may have, and how many parts there may be.
MOST_PARTS = 8
PARTS = (*(kind.name for kind in NETWORKS), "ngram", "cache")

# Options that the first bundles lack, and what held when they were written.
ADDED: Mapping[type, Mapping[str, Any]] = {
    TrainingConfig: {"precision": "float32", "optimizer": "sgd", "weight_decay": 0.0, "warmup_share": 0.0}
}

_Options = TypeVar(
    "_Options", CacheConfig, LSTMConfig, TransformerConfig, Template, TokenizerConfig, TrainingConfig, TrainingSummary
)


def without_mark(name: str) -> str:
    """Return the name of a tensor without the number of the part that it belongs to.

    Examples:
        >>> without_mark("2:ngram.1.probabilities"), without_mark("cache.base")
        ('ngram.1.probabilities', 'cache.base')
    """
    mark, colon, rest = name.partition(":")
    return rest if colon and mark.isdecimal() else name


def describe_runtime(runtime: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what a runtime is built from again: values of JSON, and tensors by name.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved.
    """
    if is_network(runtime):
        weights = {f"weight.{name}": _in_few_bytes(array) for name, array in runtime.weights.items()}
        return {"kind": kind_of(runtime.config).name, **asdict(runtime.config)}, weights
    if isinstance(runtime, NgramRuntime):
        return {"kind": "ngram", "order": len(runtime.orders) + 1}, ngram_tensors(runtime)
    if isinstance(runtime, CacheRuntime):
        options = {**asdict(runtime.config), "smoothing": list(runtime.config.smoothing)}
        return {"kind": "cache", **options}, {"cache.base": runtime.base}
    if isinstance(runtime, MixtureRuntime):
        described = [describe_runtime(part) for part in runtime.parts]
        kinds = [network["kind"] for network, _ in described]
        if len(kinds) > MOST_PARTS or not set(kinds) <= set(PARTS):
            raise InputTypeError(
                f"a bundle holds a mixture of at most {MOST_PARTS} networks, n-gram models and caches; received "
                f"{kinds}. Mix the parts themselves in one call of `mix`."
            )
        tensors: dict[str, NDArray[Any]] = {}
        for number, (_, own) in enumerate(described):
            # A second n-gram model has tensors of the same names.
            mark = f"{number}:" if own.keys() & tensors.keys() else ""
            tensors |= {mark + name: array for name, array in own.items()}
        parts = [network for network, _ in described]
        return {"kind": "mixture", "weights": list(runtime.weights), "parts": parts}, tensors
    if isinstance(runtime, MaskedRuntime):
        if isinstance(runtime.base, MaskedRuntime | TemperatureRuntime | BlockedRuntime):
            raise InputTypeError("a bundle holds role tokens masked once, below a temperature and blocked words.")
        base, tensors = describe_runtime(runtime.base)
        return {"kind": "masked", "base": base}, tensors
    if isinstance(runtime, TemperatureRuntime):
        if isinstance(runtime.base, TemperatureRuntime | BlockedRuntime):
            raise InputTypeError(
                "a bundle holds one temperature, below blocked words: `with_temperature` puts it there."
            )
        base, tensors = describe_runtime(runtime.base)
        return {"kind": "temperature", "temperature": runtime.temperature, "base": base}, tensors
    if isinstance(runtime, BlockedRuntime):
        if isinstance(runtime.base, BlockedRuntime):
            raise InputTypeError("a bundle holds one list of blocked words: `block` joins them.")
        base, tensors = describe_runtime(runtime.base)
        return {"kind": "blocked", "words": list(runtime.words), "base": base}, tensors
    raise InputTypeError(
        f"a bundle holds a network, an n-gram model, a recency cache or a mixture of them, blocked words or not; "
        f"received a {type(runtime).__name__}."
    )


def rebuild_runtime(network: Mapping[str, Any], tensors: Tensors, tokenizer: Tokenizer) -> Runtime:
    """Return the runtime that was described, from exactly its tensors.

    Raises:
        InputError: If the kind is unknown, or options and tensors do not fit together.
    """
    remaining = dict(tensors)
    if masks_roles(network) != bool(tokenizer.vocabulary.roles):
        raise InputError("role tokens are masked where there are any, and nowhere else.")
    runtime = _rebuild(network, remaining, tokenizer)
    if remaining:
        raise InputError(f"the tensor {min(remaining)!r:.80} belongs to nothing.")
    if runtime.vocabulary_size != len(tokenizer.vocabulary):
        raise InputError(f"{len(tokenizer.vocabulary)} words and {runtime.vocabulary_size} rows.")
    return runtime


def masks_roles(network: Mapping[str, Any]) -> bool:
    """Return whether a described runtime is one in which role tokens never come out."""
    inner: Any = network
    while isinstance(inner, Mapping) and inner.get("kind") in ("blocked", "temperature"):
        inner = inner.get("base")
    return isinstance(inner, Mapping) and inner.get("kind") == "masked"


def _rebuild(network: Mapping[str, Any], tensors: dict[str, NDArray[Any]], tokenizer: Tokenizer) -> Runtime:
    options = dict(network)
    kind = options.pop("kind", None)
    for row in NETWORKS:
        if kind == row.name:
            names = [name for name in tensors if name.startswith("weight.")]
            weights = {name.removeprefix("weight."): tensors.pop(name).astype(np.float32) for name in names}
            runtime: Runtime = row.runtime(build_options(row.config, options), weights)
            return runtime
    if kind == "ngram" and set(options) == {"order"}:
        check_integer("order", options["order"], 1, MAX_ORDER)
        return ngram_of(tensors, options["order"], len(tokenizer.vocabulary))
    if kind == "cache":
        base = take(tensors, "cache.base", "f").astype(np.float32)
        return CacheRuntime(base, build_options(CacheConfig, options))
    if kind == "mixture" and set(options) == {"weights", "parts"}:
        parts, weights = options["parts"], options["weights"]
        good = isinstance(parts, list) and all(isinstance(part, dict) for part in parts) and isinstance(weights, list)
        if not good or len(parts) > MOST_PARTS or any(part.get("kind") not in PARTS for part in parts):
            raise InputError(f"a mixture has parts and weights; found {network!r:.200}.")
        if not all(type(weight) is float for weight in weights):
            raise InputError(f"the weights of a mixture are numbers; found {weights!r:.80}.")
        built = (_rebuild_part(number, part, tensors, tokenizer) for number, part in enumerate(parts))
        return MixtureRuntime(tuple(built), tuple(weights))
    if kind == "masked" and set(options) == {"base"}:
        base = options["base"]
        if not isinstance(base, dict) or base.get("kind") in ("masked", "temperature", "blocked"):
            raise InputError("role tokens are masked in a network, once.")
        return without_roles(_rebuild(base, tensors, tokenizer), tokenizer.vocabulary)
    if kind == "temperature" and set(options) == {"temperature", "base"}:
        base = options["base"]
        if not isinstance(base, dict) or base.get("kind") in ("temperature", "blocked"):
            raise InputError("a temperature is that of a network, once.")
        return TemperatureRuntime(_rebuild(base, tensors, tokenizer), options["temperature"])
    if kind == "blocked" and set(options) == {"words", "base"}:
        words, base = options["words"], options["base"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise InputError(f"blocked words are a list of words; found {words!r:.80}.")
        if not isinstance(base, dict) or base.get("kind") == "blocked":
            raise InputError("words are blocked in a network, once.")
        runtime = _rebuild(base, tensors, tokenizer)
        if runtime.vocabulary_size != len(tokenizer.vocabulary):
            raise InputError(f"{len(tokenizer.vocabulary)} words and {runtime.vocabulary_size} rows.")
        return BlockedRuntime(runtime, tokenizer.vocabulary, tuple(words), tokenizer.config.level == "char")
    raise InputError(f"it holds a network of the unknown kind {kind!r:.80}.")


def _rebuild_part(
    number: int, part: Mapping[str, Any], tensors: dict[str, NDArray[Any]], tokenizer: Tokenizer
) -> Runtime:
    """Return a part of a mixture, from the tensors marked with its number if there are any."""
    mark = f"{number}:"
    own = {name.removeprefix(mark): tensors.pop(name) for name in [*tensors] if name.startswith(mark)}
    if not own:
        return _rebuild(part, tensors, tokenizer)
    runtime = _rebuild(part, own, tokenizer)
    if own:
        raise InputError(f"the tensor {mark + min(own)!r:.80} belongs to nothing.")
    return runtime


def _in_few_bytes(weights: NDArray[np.float32]) -> NDArray[Any]:
    """Return weights as float16 where that loses nothing."""
    with np.errstate(over="ignore"):
        half = weights.astype(np.float16)
    return half if (half == weights).all() else np.ascontiguousarray(weights)


def build_options(kind: type[_Options], values: Mapping[str, Any]) -> _Options:
    """Return a config from exactly its options: others mean another version, and guessing would be wrong."""
    values = {**ADDED.get(kind, {}), **values}
    names = {field.name for field in fields(kind)}
    if set(values) != names:
        raise InputError(f"the options of {kind.__name__} are {sorted(names)}; found {sorted(values)}.")
    return kind(**values)
