"""An n-gram model at prediction time: the whole distribution from a forward index.

Enters: probabilities of single words and, for every longer order, its n-grams as a trie in arrays: sorted by context,
then by word, the contexts being the n-grams of the order below. Leaves: a `Runtime` whose state is the places of all
contexts of the last words, so that a word more is one search among the successors of each, and a distribution adds up
one short list an order. Nothing loops over the vocabulary.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError, check_ids
from nextword.runtime import State, check_batch
from nextword.tokens.vocabulary import EOS_ID, PAD_ID

# N-grams whose shares are computed at once.
BLOCK = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class NgramOrder:
    """All n-grams of one order; what is computed from them is float32 and the same wherever it is computed.

    Args:
        words: Last token of each n-gram, int32 of shape (N,).
        counts: Their counts, at least 1, int32 of shape (N,).
        sizes: How many of them go on from each context, int32 of shape (number of contexts,).
        totals: Count of everything that goes on from each context, what was left out too, int32 of the same shape.
        discounts: What is taken from counts of 0, 1, 2 and 3 or more, float64 of shape (4,).

    Raises:
        InputError: If they contradict each other.
    """

    words: NDArray[np.int32]
    counts: NDArray[np.int32]
    sizes: NDArray[np.int32]
    totals: NDArray[np.int32]
    discounts: NDArray[np.float64]
    starts: NDArray[np.int64] = field(init=False, repr=False)
    shares: NDArray[np.float32] = field(init=False, repr=False)
    left: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the n-grams and turn counts into shares of their context."""
        self._check()
        starts = np.concatenate(([0], np.cumsum(self.sizes, dtype=np.int64)))
        shares = np.empty(len(self.words), np.float32)
        left = np.ones(len(self.sizes), np.float32)
        # Some contexts at a time, as float64 of all would be the largest thing in memory.
        bounds = np.unique(np.append(np.searchsorted(starts, np.arange(0, len(shares), BLOCK)), len(left)))
        for first, last in pairwise(bounds.tolist()):
            own = slice(starts[first], starts[last])
            contexts = np.repeat(np.arange(last - first), self.sizes[first:last])
            counts = self.counts[own]
            exact = (counts - self.discounts[np.minimum(counts, 3)]) / self.totals[first:last][contexts]
            rest = 1.0 - np.bincount(contexts, weights=exact, minlength=last - first)
            if (exact <= 0).any() or (rest < -1e-9).any():
                raise InputError("the n-grams of a context have more than its probability.")
            shares[own] = exact
            left[first:last] = np.maximum(rest, 0.0)
        for name, array in (("starts", starts), ("shares", shares), ("left", left)):
            object.__setattr__(self, name, array)
        for name in ("words", "counts", "sizes", "totals", "discounts", "starts", "shares", "left"):
            getattr(self, name).flags.writeable = False

    def _check(self) -> None:
        if self.words.shape != self.counts.shape or self.sizes.shape != self.totals.shape:
            raise InputError("the n-grams of an order need one count each, and their contexts one total each.")
        if (
            (self.sizes < 0).any()
            or (self.sizes > len(self.words)).any()
            or self.sizes.sum(dtype=np.int64) != len(self.words)
        ):
            raise InputError("the numbers of n-grams of the contexts do not add up to all n-grams.")
        if (self.counts < 1).any() or (self.totals[self.sizes > 0] < 1).any():
            raise InputError("n-grams were counted at least once.")
        if self.discounts.shape != (4,) or not np.isfinite(self.discounts).all():
            raise InputError(f"there are 4 finite discounts; received {self.discounts!r:.80}.")
        ascending = np.diff(self.words) > 0
        first = np.cumsum(self.sizes, dtype=np.int64)[:-1]  # where another context begins, words need not ascend
        ascending[first[(first > 0) & (first < len(self.words))] - 1] = True
        if not ascending.all():
            raise InputError("the n-grams of a context are sorted by word.")


@dataclass(frozen=True, slots=True, eq=False)
class NgramRuntime:
    """An interpolated n-gram language model; made by `build_ngram`.

    Args:
        unigram: Probabilities without any context, float64 of shape (V,), `<pad>` 0, summing to 1.
        orders: Orders 2, 3, ... up to the highest.

    Raises:
        InputError: If they do not fit together.
    """

    unigram: NDArray[np.float64]
    orders: tuple[NgramOrder, ...]
    _base: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check that every order has the n-grams of the one below as its contexts."""
        size = len(self.unigram)
        good = self.unigram.ndim == 1 and (self.unigram >= 0).all() and abs(self.unigram.sum() - 1.0) < 1e-6
        if not good or self.unigram[PAD_ID] != 0.0:
            raise InputError("unigram probabilities have the shape (V,), sum to 1 and leave `<pad>` out.")
        contexts = size
        for number, order in enumerate(self.orders, start=2):
            if len(order.sizes) != contexts:
                raise InputError(f"order {number} has {len(order.sizes)} contexts; there are {contexts}.")
            if len(order.words) and not 0 < order.words.min() <= order.words.max() < size:
                raise InputError(f"order {number} has words outside the vocabulary of {size}.")
            contexts = len(order.words)
        base = self.unigram.astype(np.float32)
        base.flags.writeable = self.unigram.flags.writeable = False
        object.__setattr__(self, "_base", base)

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self._base)

    def initial_state(self, batch: int = 1) -> State:
        """Return the places of the contexts of 1, 2, ... words, int64 (B, order - 1), -1 where there is none."""
        check_batch(batch)
        return (np.full((batch, len(self.orders)), -1, dtype=np.int64),)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; see `Runtime.advance`."""
        rows = check_ids(ids, self.vocabulary_size, rows=len(state[0]))
        places = state[0]
        for column in rows.T:
            following = [self._next(old, word) for old, word in zip(places.tolist(), column.tolist(), strict=True)]
            places = np.array(following, dtype=np.int64).reshape(places.shape)
        return (places,)

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return log-probabilities (B, V); see `Runtime.log_probabilities`."""
        logs = np.empty((len(state[0]), self.vocabulary_size), np.float32)
        for row, places in enumerate(state[0].tolist()):
            logs[row] = self._distribution(places)
        with np.errstate(divide="ignore"):
            return np.log(logs, out=logs)

    def _next(self, places: list[int], word: int) -> list[int]:
        # The context of k words and the next word are an n-gram of k + 1 words: a context of so many words now.
        orders = self.orders
        following = [word]
        if word == EOS_ID:  # nothing reaches across an end
            return [*following, *[-1] * (len(orders) - 1)][: len(orders)]
        for place, order in zip(places[: len(orders) - 1], orders, strict=False):
            following.append(_find(order.words, order.starts, place, word) if place >= 0 else -1)
        return following[: len(orders)]

    def _distribution(self, places: list[int]) -> NDArray[np.float32]:
        orders = self.orders
        weight = 1.0
        parts: list[tuple[float, NDArray[np.int32], NDArray[np.float32]]] = []
        # From the longest context down: each leaves a weight for the shorter ones.
        for place, order in zip(reversed(places), reversed(orders), strict=True):
            if place < 0 or order.starts[place] == order.starts[place + 1]:
                continue
            span = slice(order.starts[place], order.starts[place + 1])
            parts.append((weight, order.words[span], order.shares[span]))
            weight *= float(order.left[place])
        probabilities = self._base * np.float32(weight)
        for share_weight, words, shares in parts:
            probabilities[words] += np.float32(share_weight) * shares
        return probabilities


def _find(words: NDArray[np.int32], starts: NDArray[np.int64], place: int, word: int) -> int:
    """Return where a word stands among the successors of a context, -1 if it does not."""
    start, end = starts[place], starts[place + 1]
    position = int(start + np.searchsorted(words[start:end], np.int32(word)))
    return position if position < end and words[position] == word else -1
