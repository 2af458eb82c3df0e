"""An n-gram runtime <-> its tensors, in as few bytes as simple means allow.

Input: an n-gram runtime, or its tensors. Output: the other of the two. No n-gram begins with most contexts: one bit a
context says whether any does, and only those that are continued have a size. Most integers are below 255 and take one
byte; larger ones are 255 there and follow in a tensor of their own. Instead of the total of a context its difference to
the sum of the counts is kept, and nothing at all for an order where no n-gram was left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.ngrams.runtime import ContextSums, NgramOrder, NgramRuntime, sums_of_contexts

# The byte that stands for a larger integer in the tensor of large ones.
LARGE = 255
# Words, counts, sizes, totals and discounts of an order.
OrderArrays = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


def ngram_tensors(runtime: NgramRuntime) -> dict[str, NDArray[Any]]:
    """Return the tensors of an n-gram model by name.

    Args:
        runtime: An n-gram model.
    """
    tensors: dict[str, NDArray[Any]] = {"ngram.1.probabilities": runtime.unigram}
    for length, order in enumerate(runtime.orders, start=2):
        is_continued = order.sizes > 0
        left_out = (order.totals - sums_of_contexts(order.counts, order.sizes).sums)[is_continued]
        tensors[f"ngram.{length}.words"] = _narrow(order.words)
        tensors[f"ngram.{length}.contexts"] = np.packbits(is_continued)
        tensors[f"ngram.{length}.discounts"] = order.discounts
        left_out = left_out if left_out.any() else left_out[:0]
        integers = {"counts": order.counts, "sizes": order.sizes[is_continued], "left_out": left_out}
        for name, array in integers.items():
            tensors[f"ngram.{length}.{name}"] = np.minimum(array, LARGE).astype(np.uint8)
            tensors[f"ngram.{length}.{name}.large"] = _narrow(array[array >= LARGE])
    return tensors


def ngram_of(
    tensors: dict[str, NDArray[Any]], order: int, vocabulary_size: int, known: NgramRuntime | None = None
) -> NgramRuntime:
    """Return an n-gram model from its tensors.

    Args:
        tensors: Tensors by name; those of the model are taken out.
        order: Length of the longest n-grams, at least 1.
        vocabulary_size: V.
        known: A model that may be the same. It is returned if all its arrays are equal, since it was checked when it
            was made.

    Raises:
        InputError: If a tensor is missing (code "tensor-not-a-row"), or they contradict each other (code
            "tensors-contradict", and the codes of `NgramOrder` and `NgramRuntime`).
    """
    arrays: list[tuple[OrderArrays, ContextSums]] = []
    num_contexts = vocabulary_size
    for length in range(2, order + 1):
        name = f"ngram.{length}"
        words, counts = _integers(take(tensors, f"{name}.words", "u")), _bytes(tensors, f"{name}.counts")
        is_continued = _bits(take(tensors, f"{name}.contexts", "u"), num_contexts, length)
        sizes = np.zeros(num_contexts, np.int32)
        sizes[is_continued] = _fitting(_bytes(tensors, f"{name}.sizes"), is_continued, length)
        fits = len(counts) == len(words) <= np.iinfo(np.int32).max
        if not fits or sizes.sum(dtype=np.int64) != len(words):
            raise InputError(
                f"order {length} has {len(words)} words and {len(counts)} counts; the sizes differ.",
                code="tensors-contradict",
                order=length,
            )
        sums = sums_of_contexts(counts, sizes)
        left_out = _bytes(tensors, f"{name}.left_out")
        totals = sums.sums
        if len(left_out):
            totals = totals.copy()
            totals[is_continued] += _fitting(left_out, is_continued, length)
        discounts = take(tensors, f"{name}.discounts", "f").astype(np.float64)
        arrays.append(((words, counts, sizes, _integers(totals), discounts), sums))
        num_contexts = len(words)
    unigram = take(tensors, "ngram.1.probabilities", "f").astype(np.float64)
    if known is not None and _has_arrays(known, unigram, [order for order, _ in arrays]):
        return known
    return NgramRuntime(unigram, tuple(NgramOrder(*order_arrays, sums) for order_arrays, sums in arrays))


def _has_arrays(known: NgramRuntime, unigram: NDArray[Any], arrays: list[OrderArrays]) -> bool:
    pairs: list[tuple[NDArray[Any], NDArray[Any]]] = [(known.unigram, unigram)]
    for order, (words, counts, sizes, totals, discounts) in zip(known.orders, arrays, strict=False):
        pairs += [(order.words, words), (order.counts, counts), (order.sizes, sizes), (order.discounts, discounts)]
        if order.totals.shape == totals.shape == sizes.shape:
            is_continued = sizes > 0  # what other contexts have in all is neither written nor read
            pairs.append((order.totals[is_continued], totals[is_continued]))
    return len(known.orders) == len(arrays) and all(np.array_equal(mine, other) for mine, other in pairs)


def _bits(packed: NDArray[Any], num_contexts: int, order: int) -> NDArray[np.bool_]:
    if packed.dtype != np.uint8 or len(packed) != (num_contexts + 7) // 8:
        raise InputError(
            f"order {order} has a bit for each of {num_contexts} contexts; found {len(packed)} {packed.dtype}.",
            code="tensors-contradict",
            order=order,
        )
    return np.unpackbits(packed, count=num_contexts).astype(np.bool_)


def _bytes(tensors: dict[str, NDArray[Any]], name: str) -> NDArray[np.int32]:
    """Return integers that were written as bytes and large ones."""
    small, large = take(tensors, name, "u"), take(tensors, f"{name}.large", "u")
    is_large = small == LARGE
    if small.dtype != np.uint8 or np.count_nonzero(is_large) != len(large) or (large < LARGE).any():
        raise InputError(
            f"the tensor {name!r} and that of its large integers do not fit together.",
            code="tensors-contradict",
            tensor=name,
        )
    integers = small.astype(np.int32)
    integers[is_large] = _integers(large)
    return integers


def _fitting(values: NDArray[np.int32], is_continued: NDArray[np.bool_], order: int) -> NDArray[np.int32]:
    num_continued = np.count_nonzero(is_continued)
    if len(values) != num_continued:
        raise InputError(
            f"order {order} has {num_continued} contexts that are continued; found {len(values)} integers.",
            code="tensors-contradict",
            order=order,
        )
    return values


def _integers(array: NDArray[Any]) -> NDArray[np.int32]:
    if len(array) and array.max() > np.iinfo(np.int32).max:
        raise InputError(
            f"n-grams have integers below 2^31; found {array.max()}.", code="tensors-contradict", value=int(array.max())
        )
    # What takes as many bytes stays as it is, in the file that all processes share.
    return array.view(np.int32) if array.dtype == np.uint32 else array.astype(np.int32)


def take(tensors: dict[str, NDArray[Any]], name: str, kind: str) -> NDArray[Any]:
    """Take a tensor of one axis out of `tensors`.

    Args:
        tensors: Tensors by name.
        name: Name of the tensor.
        kind: Kind of its dtype, a letter as NumPy has it: "u" or "f".

    Raises:
        InputError: If it is missing, has another kind or more axes; code "tensor-not-a-row".
    """
    array = tensors.pop(name, None)
    if array is None or array.dtype.kind != kind or array.ndim != 1:
        received = "none" if array is None else f"{array.dtype} of shape {array.shape}"
        raise InputError(
            f"the tensor {name!r} should be a row of numbers of kind {kind!r} and is {received}.",
            code="tensor-not-a-row",
            tensor=name,
        )
    return array


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    largest = int(array.max()) if len(array) else 0
    dtype = next(dtype for dtype in (np.uint8, np.uint16, np.uint32) if largest <= np.iinfo(dtype).max)
    return array.astype(dtype)
