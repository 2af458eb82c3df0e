"""An n-gram runtime <-> its tensors, integers in as few bytes as they need.

Contexts that nothing goes on from are most of them, and are left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.runtime.ngram import NgramOrder, NgramRuntime

INTEGERS = ("words", "counts", "contexts", "sizes", "totals")


def ngram_tensors(runtime: NgramRuntime) -> dict[str, NDArray[Any]]:
    """Return the tensors of an n-gram model by name."""
    tensors: dict[str, NDArray[Any]] = {"ngram.1.probabilities": runtime.unigram}
    for number, order in enumerate(runtime.orders, start=2):
        contexts = np.flatnonzero(order.sizes)
        integers: tuple[NDArray[Any], ...] = (
            order.words,
            order.counts,
            contexts,
            order.sizes[contexts],
            order.totals[contexts],
        )
        for name, array in zip(INTEGERS, integers, strict=True):
            tensors[f"ngram.{number}.{name}"] = _narrow(array)
        tensors[f"ngram.{number}.discounts"] = order.discounts
    return tensors


def ngram_of(tensors: dict[str, NDArray[Any]], order: int, vocabulary_size: int) -> NgramRuntime:
    """Return an n-gram model, and take its tensors out of `tensors`.

    Raises:
        InputError: If one is missing, or they contradict each other.
    """
    orders: list[NgramOrder] = []
    number_of_contexts = vocabulary_size
    for number in range(2, order + 1):
        words, counts, contexts, sizes, totals = (_integers(tensors, f"ngram.{number}.{name}") for name in INTEGERS)
        if contexts.shape != sizes.shape or contexts.shape != totals.shape:
            raise InputError("every context has one size and one total.")
        if len(contexts) and ((contexts[1:] <= contexts[:-1]).any() or contexts[-1] >= number_of_contexts):
            raise InputError(f"the contexts of order {number} are no {number_of_contexts} n-grams in order.")
        all_sizes, all_totals = np.zeros((2, number_of_contexts), np.int32)
        all_sizes[contexts], all_totals[contexts] = sizes, totals
        discounts = _take(tensors, f"ngram.{number}.discounts", "f").astype(np.float64)
        orders.append(NgramOrder(words, counts, all_sizes, all_totals, discounts))
        number_of_contexts = len(words)
    return NgramRuntime(_take(tensors, "ngram.1.probabilities", "f").astype(np.float64), tuple(orders))


def _integers(tensors: dict[str, NDArray[Any]], name: str) -> NDArray[np.int32]:
    array = _take(tensors, name, "u")
    if len(array) and array.max() > np.iinfo(np.int32).max:
        raise InputError(f"the tensor {name!r} has numbers below 2^31; found {array.max()}.")
    return array.astype(np.int32)


def _take(tensors: dict[str, NDArray[Any]], name: str, kind: str) -> NDArray[Any]:
    array = tensors.pop(name, None)
    if array is None or array.dtype.kind != kind or array.ndim != 1:
        found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
        raise InputError(f"the tensor {name!r} should be a row of numbers of kind {kind!r} and is {found}.")
    return array


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    largest = int(array.max()) if len(array) else 0
    kind = next(kind for kind in (np.uint8, np.uint16, np.uint32) if largest <= np.iinfo(kind).max)
    return array.astype(kind)
