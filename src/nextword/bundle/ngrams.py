"""An n-gram runtime <-> its tensors, in as few bytes as simple means allow.

Most contexts have nothing that goes on from them: a bit for each says whether. Most integers are below 255 and take one
byte; larger ones are 255 there and follow in a tensor of their own. Totals are what the counts of a context do not add
up to, and empty where nothing was left out of an order.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.ngrams.runtime import NgramOrder, NgramRuntime

# The byte that stands for a number of its own elsewhere.
LARGE = 255


def ngram_tensors(runtime: NgramRuntime) -> dict[str, NDArray[Any]]:
    """Return the tensors of an n-gram model by name."""
    tensors: dict[str, NDArray[Any]] = {"ngram.1.probabilities": runtime.unigram}
    for number, order in enumerate(runtime.orders, start=2):
        going_on = order.sizes > 0
        left_out = (order.totals - _sums(order.counts, order.sizes))[going_on]
        tensors[f"ngram.{number}.words"] = _narrow(order.words)
        tensors[f"ngram.{number}.contexts"] = np.packbits(going_on)
        tensors[f"ngram.{number}.discounts"] = order.discounts
        left_out = left_out if left_out.any() else left_out[:0]
        integers = {"counts": order.counts, "sizes": order.sizes[going_on], "left_out": left_out}
        for name, array in integers.items():
            tensors[f"ngram.{number}.{name}"] = np.minimum(array, LARGE).astype(np.uint8)
            tensors[f"ngram.{number}.{name}.large"] = _narrow(array[array >= LARGE])
    return tensors


def ngram_of(tensors: dict[str, NDArray[Any]], order: int, vocabulary_size: int) -> NgramRuntime:
    """Return an n-gram model, and take its tensors out of `tensors`.

    Raises:
        InputError: If one is missing, or they contradict each other.
    """
    orders: list[NgramOrder] = []
    contexts = vocabulary_size
    for number in range(2, order + 1):
        own = f"ngram.{number}"
        words, counts = _integers(take(tensors, f"{own}.words", "u")), _bytes(tensors, f"{own}.counts")
        going_on = _bits(take(tensors, f"{own}.contexts", "u"), contexts, number)
        sizes, totals = np.zeros((2, contexts), np.int32)
        sizes[going_on] = _fitting(_bytes(tensors, f"{own}.sizes"), going_on, number)
        if sizes.sum(dtype=np.int64) != len(words) or len(counts) != len(words):
            raise InputError(f"order {number} has {len(words)} words and {len(counts)} counts; the sizes differ.")
        sums = _sums(counts, sizes)
        left_out = _bytes(tensors, f"{own}.left_out")
        if len(left_out):
            sums[going_on] += _fitting(left_out, going_on, number)
        totals[:] = _integers(sums)
        discounts = take(tensors, f"{own}.discounts", "f").astype(np.float64)
        orders.append(NgramOrder(words, counts, sizes, totals, discounts))
        contexts = len(words)
    return NgramRuntime(take(tensors, "ngram.1.probabilities", "f").astype(np.float64), tuple(orders))


def _sums(counts: NDArray[np.int32], sizes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the counts of each context added up."""
    ends = np.cumsum(sizes, dtype=np.int64)
    added = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    return np.asarray(added[ends] - added[ends - sizes])


def _bits(packed: NDArray[Any], length: int, number: int) -> NDArray[np.bool_]:
    if packed.dtype != np.uint8 or len(packed) != (length + 7) // 8:
        raise InputError(f"order {number} has a bit for each of {length} contexts; found {len(packed)} {packed.dtype}.")
    return np.unpackbits(packed, count=length).astype(np.bool_)


def _bytes(tensors: dict[str, NDArray[Any]], name: str) -> NDArray[np.int32]:
    """Return integers that were written as bytes and large ones."""
    small, large = take(tensors, name, "u"), take(tensors, f"{name}.large", "u")
    is_large = small == LARGE
    if small.dtype != np.uint8 or np.count_nonzero(is_large) != len(large) or (large < LARGE).any():
        raise InputError(f"the tensors {name!r} and its large numbers do not fit together.")
    found = small.astype(np.int32)
    found[is_large] = _integers(large)
    return found


def _fitting(values: NDArray[np.int32], going_on: NDArray[np.bool_], number: int) -> NDArray[np.int32]:
    if len(values) != np.count_nonzero(going_on):
        raise InputError(f"order {number} has {np.count_nonzero(going_on)} contexts that go on; found {len(values)}.")
    return values


def _integers(array: NDArray[Any]) -> NDArray[np.int32]:
    if len(array) and array.max() > np.iinfo(np.int32).max:
        raise InputError(f"n-grams have numbers below 2^31; found {array.max()}.")
    return array.astype(np.int32)


def take(tensors: dict[str, NDArray[Any]], name: str, kind: str) -> NDArray[Any]:
    """Take a row of numbers out of `tensors`.

    Raises:
        InputError: If it is missing, no row, or of another kind than NumPy's letter `kind`.
    """
    array = tensors.pop(name, None)
    if array is None or array.dtype.kind != kind or array.ndim != 1:
        found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
        raise InputError(f"the tensor {name!r} should be a row of numbers of kind {kind!r} and is {found}.")
    return array


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    largest = int(array.max()) if len(array) else 0
    kind = next(kind for kind in (np.uint8, np.uint16, np.uint32) if largest <= np.iinfo(kind).max)
    return array.astype(kind)
