"""A bare runtime <-> its kind and options as plain values, and its tensors by name.

Input: a runtime, or what was written of it. Output: the other of the two. A new kind of runtime is a row in `_kinds`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.ngrams import ngram_of, ngram_tensors, take
from nextword.bundle.options import build_options
from nextword.errors import InputError, InputTypeError, check_integer
from nextword.files.limits import check_limit
from nextword.mixing.cache import CacheConfig, CacheRuntime
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.kinds import NETWORKS, NetworkKind
from nextword.ngrams.kneser_ney import MAX_ORDER
from nextword.ngrams.runtime import NgramRuntime
from nextword.runtime import Runtime

Options = Mapping[str, Any]
Tensors = dict[str, NDArray[Any]]

# How many parts a mixture may have; none of them is a mixture itself.
MOST_PARTS = 8
# Numbers of a weight that are converted or compared at once.
BLOCK_SIZE = 1 << 18


class RuntimeKind(NamedTuple):
    """How one kind of runtime is written and read.

    Attributes:
        name: Name of the kind in a bundle.
        runtime: Class of the runtime.
        describe: Takes a runtime; returns its options, values of JSON, and its tensors by name.
        rebuild: Takes options, tensors by name, V, and a runtime that may be the same or None; returns the runtime,
            whose tensors it takes out.
    """

    name: str
    runtime: type[Any]
    describe: Callable[[Any], tuple[dict[str, Any], Tensors]]
    rebuild: Callable[[Options, Tensors, int, Runtime | None], Runtime]


def describe_runtime(runtime: Runtime) -> tuple[dict[str, Any], Tensors]:
    """Return the values from which a bare runtime can be built again.

    Args:
        runtime: A network, an n-gram model, a recency cache or a mixture of them, without a shape.

    Returns:
        Its kind and options, values of JSON, and its tensors by name.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved, or a mixture of others or of too many; codes
            "runtime-not-savable" and "mixture-not-savable".
    """
    if type(runtime) is MixtureRuntime:
        return _describe_mixture(runtime)
    kind = next((kind for kind in _kinds() if type(runtime) is kind.runtime), None)
    if kind is None:
        raise InputTypeError(
            "a bundle holds a network, an n-gram model, a recency cache or a mixture of them, in a shape or not; "
            f"received a {type(runtime).__name__}.",
            code="runtime-not-savable",
            received=type(runtime).__name__,
        )
    options, tensors = kind.describe(runtime)
    return {"kind": kind.name, **options}, tensors


def rebuild_runtime(
    network: Options, tensors: Mapping[str, NDArray[Any]], vocabulary_size: int, *, known: Runtime | None = None
) -> Runtime:
    """Return the bare runtime that `describe_runtime` described.

    Args:
        network: Kind and options of the runtime.
        tensors: Exactly its tensors, by name.
        vocabulary_size: V.
        known: A runtime that may be the same. It, or a part of it, is taken where options and arrays are equal: it was
            checked when it was made.

    Raises:
        InputError: If the kind is unknown (code "kind-unknown"), a tensor belongs to nothing ("tensor-unknown"), or
            options and tensors do not fit together ("options-differ", "parts-damaged", "vocabularies-differ", and
            those of the networks and n-gram models).
    """
    remaining = dict(tensors)
    rebuild = _rebuild_mixture if network.get("kind") == "mixture" else _rebuild
    runtime = rebuild(network, remaining, vocabulary_size, known)
    if remaining:
        raise InputError(f"the tensor {min(remaining)!r:.80} belongs to nothing.", code="tensor-unknown")
    if runtime.vocabulary_size != vocabulary_size:
        raise InputError(
            f"{vocabulary_size} words and {runtime.vocabulary_size} rows.",
            code="vocabularies-differ",
            vocabulary_sizes=(vocabulary_size, runtime.vocabulary_size),
        )
    return runtime


def without_mark(name: str) -> str:
    """Return the name of a tensor without the position of the part that it belongs to.

    Args:
        name: Name of the tensor in a bundle.

    Examples:
        >>> without_mark("2:ngram.1.probabilities"), without_mark("cache.base")
        ('ngram.1.probabilities', 'cache.base')
    """
    mark, colon, rest = name.partition(":")
    return rest if colon and mark.isdecimal() else name


def _kinds() -> tuple[RuntimeKind, ...]:
    return (
        *(RuntimeKind(kind.name, kind.runtime, _describe_network, _rebuild_network(kind)) for kind in NETWORKS),
        RuntimeKind("ngram", NgramRuntime, _describe_ngram, _rebuild_ngram),
        RuntimeKind("cache", CacheRuntime, _describe_cache, _rebuild_cache),
    )


def _rebuild(network: Options, tensors: Tensors, vocabulary_size: int, known: Runtime | None) -> Runtime:
    options = dict(network)
    name = options.pop("kind", None)
    kind = next((kind for kind in _kinds() if kind.name == name), None)
    if kind is None:
        raise InputError(f"it holds a network of the unknown kind {name!r:.80}.", code="kind-unknown")
    return kind.rebuild(options, tensors, vocabulary_size, known if type(known) is kind.runtime else None)


def _check_state(config: Any) -> None:
    """Refuse a network whose state no memory holds: what a Transformer keeps of the tokens it looks back on."""
    numbers = 2 * getattr(config, "context_length", 0) * config.hidden_dim * config.num_layers
    check_limit("state_bytes", 4 * numbers)


def _describe_network(runtime: Any) -> tuple[dict[str, Any], Tensors]:
    _check_state(runtime.config)
    return asdict(runtime.config), {f"weight.{name}": _in_few_bytes(array) for name, array in runtime.weights.items()}


def _rebuild_network(kind: NetworkKind) -> Callable[[Options, Tensors, int, Any], Runtime]:
    def rebuild(options: Options, tensors: Tensors, vocabulary_size: int, known: Any) -> Runtime:
        names = [name for name in tensors if name.startswith("weight.")]
        weights = {name.removeprefix("weight."): tensors.pop(name) for name in names}
        config = build_options(kind.config, options)
        _check_state(config)
        if known is not None and known.config == config and known.weights.keys() == weights.keys():
            if all(_are_equal(known.weights[name], weight) for name, weight in weights.items()):
                return known  # type: ignore[no-any-return]
        runtime: Runtime = kind.runtime(config, weights)
        return runtime

    return rebuild


def _describe_ngram(runtime: NgramRuntime) -> tuple[dict[str, Any], Tensors]:
    return {"order": len(runtime.orders) + 1}, ngram_tensors(runtime)


def _rebuild_ngram(options: Options, tensors: Tensors, vocabulary_size: int, known: Any) -> Runtime:
    if set(options) != {"order"}:
        raise InputError(
            f"the options of an n-gram model are ['order']; found {sorted(options)}.", code="options-differ"
        )
    check_integer("order", options["order"], 1, MAX_ORDER)
    return ngram_of(tensors, options["order"], vocabulary_size, known)


def _describe_cache(runtime: CacheRuntime) -> tuple[dict[str, Any], Tensors]:
    return {**asdict(runtime.config), "smoothing": list(runtime.config.smoothing)}, {"cache.base": runtime.base}


def _rebuild_cache(options: Options, tensors: Tensors, vocabulary_size: int, known: Any) -> Runtime:
    base, config = take(tensors, "cache.base", "f").astype(np.float32), build_options(CacheConfig, options)
    if known is not None and known.config == config and np.array_equal(known.base, base):
        return known  # type: ignore[no-any-return]
    return CacheRuntime(base, config)


def _describe_mixture(runtime: MixtureRuntime) -> tuple[dict[str, Any], Tensors]:
    savable = tuple(kind.runtime for kind in _kinds())
    if len(runtime.models) > MOST_PARTS or any(type(part) not in savable for part in runtime.models):
        raise InputTypeError(
            f"a bundle holds a mixture of at most {MOST_PARTS} networks, n-gram models and caches; received "
            f"{[type(part).__name__ for part in runtime.models]}. Mix the parts themselves in one call of `mix`.",
            code="mixture-not-savable",
            parts=len(runtime.models),
        )
    described = [describe_runtime(part) for part in runtime.models]
    tensors: Tensors = {}
    for position, (_, part_tensors) in enumerate(described):
        # A second n-gram model has tensors of the same names.
        mark = f"{position}:" if part_tensors.keys() & tensors.keys() else ""
        tensors |= {mark + name: array for name, array in part_tensors.items()}
    parts = [network for network, _ in described]
    weights = {"weights": list(runtime.weights), "early_weights": list(map(list, runtime.early_weights))}
    return {"kind": "mixture", **weights, "parts": parts}, tensors


def _rebuild_mixture(network: Options, tensors: Tensors, vocabulary_size: int, known: Runtime | None) -> Runtime:
    parts: Any = network.get("parts")
    weights: Any = network.get("weights")
    early: Any = network.get("early_weights")
    rows: list[Any] = [weights, *early] if isinstance(early, list) else [None]
    names = {"kind", "parts", "weights", "early_weights"}
    if set(network) != names or not all(isinstance(value, list) for value in (parts, *rows)):
        raise InputError(f"a mixture has parts and weights; found {network!r:.200}.", code="parts-damaged")
    if len(parts) > MOST_PARTS or not all(isinstance(part, dict) for part in parts):
        raise InputError(f"a mixture has at most {MOST_PARTS} parts; found {parts!r:.200}.", code="parts-damaged")
    if not all(type(weight) is float for row in rows for weight in row):
        raise InputError(f"the weights of a mixture are numbers; found {rows!r:.80}.", code="parts-damaged")
    mixture = known if type(known) is MixtureRuntime and len(known.models) == len(parts) else None
    known_parts = (None,) * len(parts) if mixture is None else mixture.models
    models = tuple(
        _rebuild_part(position, part, tensors, vocabulary_size, known_parts[position])
        for position, part in enumerate(parts)
    )
    all_weights = (tuple(weights), tuple(map(tuple, early)))
    if mixture is not None and (mixture.weights, mixture.early_weights) == all_weights:
        if all(model is part for model, part in zip(models, mixture.models, strict=True)):
            return mixture
    return MixtureRuntime(models, *all_weights)


def _rebuild_part(
    position: int, part: Options, tensors: Tensors, vocabulary_size: int, known: Runtime | None
) -> Runtime:
    """Return a part of a mixture, from the tensors marked with its position if there are any."""
    mark = f"{position}:"
    marked = {name.removeprefix(mark): tensors.pop(name) for name in [*tensors] if name.startswith(mark)}
    if not marked:
        return _rebuild(part, tensors, vocabulary_size, known)
    runtime = _rebuild(part, marked, vocabulary_size, known)
    if marked:
        raise InputError(f"the tensor {mark + min(marked)!r:.80} belongs to nothing.", code="tensor-unknown")
    return runtime


def _in_few_bytes(weights: NDArray[Any]) -> NDArray[Any]:
    """Return weights as float16 where that loses nothing."""
    if weights.dtype == np.float16:
        return weights
    half = np.empty(weights.shape, np.float16)
    for span in _spans(weights):
        with np.errstate(over="ignore"):
            half[span] = weights[span]
        if not (half[span] == weights[span]).all():
            return np.ascontiguousarray(weights)
    return half


def _are_equal(mine: NDArray[Any], other: NDArray[Any]) -> bool:
    """Return whether two arrays have equal numbers, be they float16 or float32."""
    return mine.shape == other.shape and all(np.array_equal(mine[span], other[span]) for span in _spans(mine))


def _spans(array: NDArray[Any]) -> list[slice]:
    """Return slices of some rows each, as whole arrays of another kind would be the largest thing in memory."""
    rows = max(1, BLOCK_SIZE * len(array) // max(1, array.size))
    return [slice(start, start + rows) for start in range(0, len(array), rows)]
