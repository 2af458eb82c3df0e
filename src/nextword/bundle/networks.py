"""A runtime <-> its kind and options as plain values, and its tensors by name.

A new kind of runtime is one case in `describe_runtime` and one in `_rebuild`.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nextword.checks import check_integer
from nextword.errors import InputError, InputTypeError
from nextword.language_model import TrainingSummary
from nextword.models.config import LSTMConfig
from nextword.ngram import MAX_ORDER
from nextword.runtime.blocked import BlockedRuntime
from nextword.runtime.lstm import LSTMRuntime
from nextword.runtime.mixture import MixtureRuntime
from nextword.runtime.ngram import NgramOrder, NgramRuntime
from nextword.runtime.protocol import Runtime
from nextword.runtime.temperature import TemperatureRuntime
from nextword.tokenizer import Tokenizer, TokenizerConfig
from nextword.training.config import TrainingConfig

Tensors = Mapping[str, NDArray[Any]]

_Options = TypeVar("_Options", LSTMConfig, TokenizerConfig, TrainingConfig, TrainingSummary)


def describe_runtime(runtime: Runtime) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what a runtime is built from again: values of JSON, and tensors by name.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved.
    """
    if isinstance(runtime, LSTMRuntime):
        weights = {f"weight.{name}": np.ascontiguousarray(array) for name, array in runtime.weights.items()}
        return {"kind": "lstm", **asdict(runtime.config)}, weights
    if isinstance(runtime, NgramRuntime):
        return {"kind": "ngram", "order": len(runtime.orders) + 1}, _ngram_tensors(runtime)
    if isinstance(runtime, MixtureRuntime):
        described = [describe_runtime(part) for part in runtime.parts]
        kinds = [network["kind"] for network, _ in described]
        if len(set(kinds)) < len(kinds) or not set(kinds) <= {"lstm", "ngram"}:
            raise InputTypeError(f"a bundle holds a mixture of one LSTM and one n-gram model; received {kinds}.")
        tensors = {name: array for _, own in described for name, array in own.items()}
        parts = [network for network, _ in described]
        return {"kind": "mixture", "weights": list(runtime.weights), "parts": parts}, tensors
    if isinstance(runtime, TemperatureRuntime):
        base, tensors = describe_runtime(runtime.base)
        return {"kind": "temperature", "temperature": runtime.temperature, "base": base}, tensors
    if isinstance(runtime, BlockedRuntime):
        base, tensors = describe_runtime(runtime.base)
        return {"kind": "blocked", "words": list(runtime.words), "base": base}, tensors
    raise InputTypeError(
        f"a bundle holds an LSTM, an n-gram model or a mixture of both, blocked words or not; received a "
        f"{type(runtime).__name__}."
    )


def rebuild_runtime(network: Mapping[str, Any], tensors: Tensors, tokenizer: Tokenizer) -> Runtime:
    """Return the runtime that was described, from exactly its tensors.

    Raises:
        InputError: If the kind is unknown, or options and tensors do not fit together.
    """
    remaining = dict(tensors)
    runtime = _rebuild(network, remaining, tokenizer)
    if remaining:
        raise InputError(f"the tensor {min(remaining)!r:.80} belongs to nothing.")
    if runtime.vocabulary_size != len(tokenizer.vocabulary):
        raise InputError(f"{len(tokenizer.vocabulary)} words and {runtime.vocabulary_size} rows.")
    return runtime


def _rebuild(network: Mapping[str, Any], tensors: dict[str, NDArray[Any]], tokenizer: Tokenizer) -> Runtime:
    options = dict(network)
    kind = options.pop("kind", None)
    if kind == "lstm":
        names = [name for name in tensors if name.startswith("weight.")]
        return LSTMRuntime(
            build_options(LSTMConfig, options), {name.removeprefix("weight."): tensors.pop(name) for name in names}
        )
    if kind == "ngram" and set(options) == {"order"}:
        check_integer("order", options["order"], 1, MAX_ORDER)
        return _ngram_of(tensors, options["order"], len(tokenizer.vocabulary))
    if kind == "mixture" and set(options) == {"weights", "parts"}:
        parts, weights = options["parts"], options["weights"]
        good = isinstance(parts, list) and all(isinstance(part, dict) for part in parts) and isinstance(weights, list)
        if not good or any(part.get("kind") not in ("lstm", "ngram") for part in parts):
            raise InputError(f"a mixture has parts and weights; found {network!r:.200}.")
        if not all(type(weight) is float for weight in weights):
            raise InputError(f"the weights of a mixture are numbers; found {weights!r:.80}.")
        return MixtureRuntime(tuple(_rebuild(part, tensors, tokenizer) for part in parts), tuple(weights))
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


def _ngram_tensors(runtime: NgramRuntime) -> dict[str, NDArray[Any]]:
    # Contexts that nothing goes on from are most of them, and are left out; integers take as few bytes as they need.
    tensors: dict[str, NDArray[Any]] = {"ngram.1.probabilities": runtime.unigram}
    for number, order in enumerate(runtime.orders, start=2):
        contexts = np.flatnonzero(order.sizes)
        integers: dict[str, NDArray[Any]] = {
            "words": order.words,
            "counts": order.counts,
            "contexts": contexts,
            "sizes": order.sizes[contexts],
            "totals": order.totals[contexts],
        }
        tensors |= {f"ngram.{number}.{name}": _narrow(array) for name, array in integers.items()}
        tensors[f"ngram.{number}.discounts"] = order.discounts
    return tensors


def _ngram_of(tensors: dict[str, NDArray[Any]], order: int, vocabulary_size: int) -> NgramRuntime:
    orders: list[NgramOrder] = []
    number_of_contexts = vocabulary_size
    for number in range(2, order + 1):
        names = ("words", "counts", "contexts", "sizes", "totals")
        words, counts, contexts, sizes, totals = (
            _take(tensors, f"ngram.{number}.{name}", "u").astype(np.int64) for name in names
        )
        if contexts.shape != sizes.shape or contexts.shape != totals.shape:
            raise InputError("every context has one size and one total.")
        if len(contexts) and ((np.diff(contexts) <= 0).any() or contexts[-1] >= number_of_contexts):
            raise InputError(f"the contexts of order {number} are no {number_of_contexts} n-grams in order.")
        all_sizes, all_totals = np.zeros((2, number_of_contexts), np.int64)
        all_sizes[contexts], all_totals[contexts] = sizes, totals
        discounts = _take(tensors, f"ngram.{number}.discounts", "f").astype(np.float64)
        orders.append(NgramOrder(words.astype(np.int32), counts, all_sizes, all_totals, discounts))
        number_of_contexts = len(words)
    return NgramRuntime(_take(tensors, "ngram.1.probabilities", "f").astype(np.float64), tuple(orders))


def _take(tensors: dict[str, NDArray[Any]], name: str, kind: str) -> NDArray[Any]:
    array = tensors.pop(name, None)
    if array is None or array.dtype.kind != kind or array.ndim != 1:
        found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
        raise InputError(f"the tensor {name!r} should be a row of numbers of kind {kind!r} and is {found}.")
    return array


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    largest = int(array.max()) if len(array) else 0
    kind = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if largest <= np.iinfo(kind).max)
    return array.astype(kind)


def build_options(kind: type[_Options], values: Mapping[str, Any]) -> _Options:
    """Return a config from exactly its options: one more or less means another version, and guessing would be wrong."""
    names = {field.name for field in fields(kind)}
    if set(values) != names:
        raise InputError(f"the options of {kind.__name__} are {sorted(names)}; found {sorted(values)}.")
    return kind(**values)
