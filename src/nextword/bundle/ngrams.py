"""An n-gram runtime <-> its tensors, in as few bytes as simple means allow.

Input: an n-gram runtime, or its tensors. Output: the other of the two. A word is a small integer, see `successors.py`.
No n-gram begins with most contexts: one bit a context says whether any does, and only those that are continued have a
size. Most integers are below 255 and take one byte; larger ones are 255 there and follow in a tensor of their own.
Instead of the total of a context its difference to the sum of the counts is kept, and nothing at all for an order where
no n-gram was left out. `compression.py` then makes them half as large.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.successors import Shorter, ranks_of, single_words, words_of
from nextword.errors import InputError
from nextword.ngrams.ngram_order import NgramOrder, check_sorted, smallest_kind, sums_of_contexts
from nextword.ngrams.runtime import NgramRuntime

# The byte that stands for a larger integer in the tensor of large ones.
LARGE = 255
_MOST = np.iinfo(np.int32).max


def ngram_tensors(runtime: NgramRuntime) -> dict[str, NDArray[Any]]:
    """Return the tensors of an n-gram model by name.

    Args:
        runtime: An n-gram model.
    """
    tensors: dict[str, NDArray[Any]] = {"ngram.1.probabilities": runtime.unigram}
    shorter: Shorter | None = single_words(runtime.vocabulary_size)
    for length, order in enumerate(runtime.orders, start=2):
        ranked = None if shorter is None else ranks_of(order.starts, order.words, shorter)
        if ranked is None:
            tensors[f"ngram.{length}.words"], shorter = _narrow(order.words), None
        else:
            shorter = Shorter(order.starts, order.words, ranked[1])
            tensors |= _in_bytes(f"ngram.{length}.ranks", ranked[0])
            del ranked  # which is as large as all n-grams of the order
        sizes = order.sizes
        tensors[f"ngram.{length}.contexts"] = np.packbits(sizes > 0)
        tensors[f"ngram.{length}.discounts"] = order.discounts
        integers = {"counts": order.counts, "sizes": sizes[sizes > 0], "left_out": _left_out(order)}
        for name, array in integers.items():
            tensors |= _in_bytes(f"ngram.{length}.{name}", array)
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
    unigram = take(tensors, "ngram.1.probabilities", "f").astype(np.float64)
    orders: list[NgramOrder] = []
    num_contexts = vocabulary_size
    shorter: Shorter | None = single_words(vocabulary_size)
    for length in range(2, order + 1):
        built, shorter = _order_of(tensors, length, num_contexts, shorter)
        num_contexts = len(built.words)
        mine = None if known is None or length - 2 >= len(known.orders) else known.orders[length - 2]
        if mine is not None and _are_equal(mine, built):  # one of them is enough in memory
            built, shorter = mine, None if shorter is None else Shorter(mine.starts, mine.words, shorter.suffixes)
        orders.append(built)
    if known is not None and len(known.orders) == len(orders) and np.array_equal(known.unigram, unigram):
        if all(mine is built for mine, built in zip(known.orders, orders, strict=True)):
            return known
    return NgramRuntime(unigram, tuple(orders))


def _order_of(
    tensors: dict[str, NDArray[Any]], length: int, num_contexts: int, shorter: Shorter | None
) -> tuple[NgramOrder, Shorter | None]:
    """Return the n-grams of one order, and as the next order looks them up; None for that where they have no ranks."""
    name = f"ngram.{length}"
    counts = _bytes(tensors, f"{name}.counts")
    # Words that are not ranked stand as they are; so do those of all longer n-grams.
    has_ranks = shorter is not None and f"{name}.words" not in tensors
    ranks = _bytes(tensors, f"{name}.ranks") if has_ranks else None
    words: NDArray[Any] = _integers(take(tensors, f"{name}.words", "u")) if ranks is None else ranks.small
    contexts = _bits(take(tensors, f"{name}.contexts", "u"), num_contexts, length)
    sizes = _fitting(_bytes(tensors, f"{name}.sizes").all(np.int32), contexts, length)
    is_positive = sizes.min(initial=1) >= 1 and (ranks is None or words.min(initial=1) >= 1)
    if not is_positive or not sizes.sum(dtype=np.int64) == len(words) == len(counts.small):
        raise InputError(
            f"order {length} has {len(words)} words and {len(counts.small)} counts; the sizes differ.",
            code="tensors-contradict",
            order=length,
        )
    starts = np.zeros(num_contexts + 1, np.int32)
    starts[contexts + 1] = sizes
    np.cumsum(starts, out=starts)
    if shorter is not None and ranks is not None:
        words, suffixes = words_of(contexts, np.append(starts[contexts], starts[-1]), ranks.part, shorter)
        shorter = Shorter(starts, words, suffixes)
    else:
        check_sorted(words, starts)
        shorter = None
    few_left_out, left_out = _bytes(tensors, f"{name}.left_out").all(np.int32), None
    if len(few_left_out):
        left_out = np.zeros(num_contexts, np.int32)
        left_out[contexts] = _fitting(few_left_out, contexts, length)
    discounts = take(tensors, f"{name}.discounts", "f").astype(np.float64)
    all_counts = counts.all(smallest_kind(counts.largest()))
    _check_totals(all_counts, starts, left_out, length)
    return NgramOrder.of_starts(words, all_counts, starts, left_out, discounts), shorter


def _check_totals(counts: NDArray[Any], starts: NDArray[Any], left_out: NDArray[Any] | None, order: int) -> None:
    """Refuse counts whose sum in a context is no int32, which those of no text are."""
    if counts.sum(dtype=np.int64) + (0 if left_out is None else left_out.sum(dtype=np.int64)) <= _MOST:
        return  # in none, if not in all together
    sums = sums_of_contexts(counts, np.diff(starts)).sums + (0 if left_out is None else left_out)
    if sums.max() > _MOST:
        raise InputError(
            f"order {order} has a context that was counted {sums.max()} times; the most is {_MOST}.",
            code="tensors-contradict",
            order=order,
            value=int(sums.max()),
        )


def _are_equal(mine: NgramOrder, other: NgramOrder) -> bool:
    pairs = [(getattr(mine, name), getattr(other, name)) for name in ("words", "counts", "starts", "discounts")]
    pairs.append((_left_out(mine), _left_out(other)))  # of other contexts it is neither written nor read
    return all(np.array_equal(array, other_array) for array, other_array in pairs)


def _left_out(order: NgramOrder) -> NDArray[Any]:
    """Return the count of what was left out of contexts that are continued; nothing where that is 0 for all."""
    if order.left_out is None:
        return np.zeros(0, np.int32)
    left_out = order.left_out[np.diff(order.starts) > 0]
    return left_out if left_out.any() else left_out[:0]


def _bits(packed: NDArray[Any], num_contexts: int, order: int) -> NDArray[np.intp]:
    if packed.dtype != np.uint8 or len(packed) != (num_contexts + 7) // 8:
        raise InputError(
            f"order {order} has a bit for each of {num_contexts} contexts; found {len(packed)} {packed.dtype}.",
            code="tensors-contradict",
            order=order,
        )
    return np.flatnonzero(np.unpackbits(packed, count=num_contexts).view(np.bool_))


class _Bytes(NamedTuple):
    """Integers that were written as bytes, and large ones, which stand at `places`."""

    small: NDArray[np.uint8]
    places: NDArray[np.intp]
    large: NDArray[np.int32]

    def largest(self) -> int:
        return int(self.large.max() if len(self.large) else self.small.max(initial=0))

    def all(self, kind: type[np.integer[Any]]) -> NDArray[Any]:
        integers = self.small.astype(kind)
        integers[self.places] = self.large
        return integers

    def part(self, first: int, last: int) -> NDArray[np.int64]:
        integers = self.small[first:last].astype(np.int64)
        span = slice(*self.places.searchsorted((first, last)).tolist())
        integers[self.places[span] - first] = self.large[span]
        return integers


def _bytes(tensors: dict[str, NDArray[Any]], name: str) -> _Bytes:
    """Return integers that were written as bytes and large ones."""
    small, large = take(tensors, name, "u"), take(tensors, f"{name}.large", "u")
    places = np.flatnonzero(small == LARGE)
    if small.dtype != np.uint8 or len(places) != len(large) or (large < LARGE).any():
        raise InputError(
            f"the tensor {name!r} and that of its large integers do not fit together.",
            code="tensors-contradict",
            tensor=name,
        )
    return _Bytes(small, places, _integers(large))


def _fitting(values: NDArray[np.int32], contexts: NDArray[np.intp], order: int) -> NDArray[np.int32]:
    if len(values) != len(contexts):
        raise InputError(
            f"order {order} has {len(contexts)} contexts that are continued; found {len(values)} integers.",
            code="tensors-contradict",
            order=order,
        )
    return values


def _integers(array: NDArray[Any]) -> NDArray[np.int32]:
    if len(array) and array.max() > _MOST:
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


def _in_bytes(name: str, integers: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return integers as bytes and large ones."""
    large = _narrow(integers[integers >= LARGE])
    return {name: np.minimum(integers, LARGE).astype(np.uint8), f"{name}.large": large}


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    largest = int(array.max()) if len(array) else 0
    dtype = next(dtype for dtype in (np.uint8, np.uint16, np.uint32) if largest <= np.iinfo(dtype).max)
    return array.astype(dtype)
