"""An n-gram model at prediction time: the whole distribution from a forward index.

Input: probabilities of single words and, for every longer order, its n-grams as a trie in arrays: sorted by context,
then by word, the contexts being the n-grams of the order below. Output: a `Runtime` whose state is the row of every
context of the last words in its table, so that each further word is one search among the successors of each context,
and a distribution adds up one short list an order. Nothing loops over the vocabulary.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError, check_ids
from nextword.ngrams.adding import add_distributions
from nextword.ngrams.ngram_order import NgramOrder as NgramOrder
from nextword.runtime import Base, SparseDistribution, State, added_up, base_of, check_batch
from nextword.tokens.vocabulary import EOS_ID, PAD_ID

# From so many texts on they are looked up together.
SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True, eq=False)
class NgramRuntime:
    """An interpolated n-gram language model; made by `build_ngram`.

    Args:
        unigram: Probabilities without any context, float64 of shape (V,), `<pad>` 0, summing to 1.
        orders: Orders 2, 3, ... up to the highest.

    Raises:
        InputError: If they do not fit together; codes "unigram-probabilities", "ngram-contexts" and
            "ngram-words-outside-vocabulary".

    Examples:
        >>> runtime = NgramRuntime(np.array([0.0, 0.25, 0.25, 0.5]), ())  # an order of 1 has no context
        >>> np.exp(runtime.log_probabilities(runtime.initial_state())).round(2).tolist()
        [[0.0, 0.25, 0.25, 0.5]]
    """

    unigram: NDArray[np.float64]
    orders: tuple[NgramOrder, ...]
    _base: NDArray[np.float32] = field(init=False, repr=False)
    _blocks: Base = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check that every order has the n-grams of the one below as its contexts."""
        size = len(self.unigram)
        good = self.unigram.ndim == 1 and (self.unigram >= 0).all() and abs(self.unigram.sum() - 1.0) < 1e-6
        if not good or self.unigram[PAD_ID] != 0.0:
            raise InputError(
                "unigram probabilities have the shape (V,), sum to 1 and leave `<pad>` out.",
                code="unigram-probabilities",
                shape=self.unigram.shape,
            )
        contexts = size
        for number, order in enumerate(self.orders, start=2):
            if len(order.starts) - 1 != contexts:
                raise InputError(
                    f"order {number} has {len(order.starts) - 1} contexts; there are {contexts}.",
                    code="ngram-contexts",
                    order=number,
                    contexts=len(order.starts) - 1,
                    expected=contexts,
                )
            if len(order.words) and not 0 < order.words.min() <= order.words.max() < size:
                raise InputError(
                    f"order {number} has words outside the vocabulary of {size}.",
                    code="ngram-words-outside-vocabulary",
                    order=number,
                    vocabulary_size=size,
                )
            contexts = len(order.words)
        base = self.unigram.astype(np.float32)
        base.flags.writeable = self.unigram.flags.writeable = False
        object.__setattr__(self, "_base", base)
        object.__setattr__(self, "_blocks", base_of(base))

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self._base)

    def initial_state(self, batch: int = 1) -> State:
        """Return the state before any token.

        Args:
            batch: B, at least 1.

        Returns:
            The rows of the contexts of 1, 2, ... words, int64 of shape (B, order - 1); -1 where there is no context.

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """
        check_batch(batch)
        return (np.full((batch, len(self.orders)), -1, dtype=np.int64),)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; see `Runtime.advance`.

        Args:
            state: The state of B texts, which stays as it was.
            ids: Integers of shape (B, T), or (B,) for one token a text; with B = 1 also (T,).

        Raises:
            InputTypeError: If the ids are no integers; see `check_ids`.
            InputError: If their shape does not fit, or one is outside the vocabulary; see `check_ids`.
        """
        new_ids = check_ids(ids, self.vocabulary_size, rows=len(state[0]))
        context_rows = state[0]
        for column in new_ids.T:
            if len(column) >= SIDE_BY_SIDE:
                context_rows = self._next_contexts_of_all(context_rows, column)
                continue
            following = [
                self._next_contexts(rows, word)
                for rows, word in zip(context_rows.tolist(), column.tolist(), strict=True)
            ]
            context_rows = np.array(following, dtype=np.int64).reshape(context_rows.shape)
        return (context_rows,)

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return log-probabilities; see `Runtime.log_probabilities`.

        Args:
            state: The state of B texts.

        Returns:
            Natural logs, float32 of shape (B, V); `<pad>` has -inf.
        """
        probabilities = self.probabilities(state)
        with np.errstate(divide="ignore"):
            return np.log(probabilities, out=probabilities)

    def probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the next token's probabilities, float32 of shape (B, V).

        Args:
            state: The state of B texts.
        """
        probabilities = np.empty((len(state[0]), self.vocabulary_size), np.float32)
        if len(probabilities) == 1:
            probabilities[0] = self._distribution(state[0][0].tolist())
            return probabilities
        probabilities[:] = 0.0
        self.add_probabilities(state, np.ones((len(probabilities), 1), np.float32), probabilities)
        return probabilities

    def distributions(self, state: State) -> list[SparseDistribution]:
        """Return the distribution of each text: what goes on from its contexts, and the unigram for the rest.

        Args:
            state: The state of B texts.
        """
        found = map(self._parts, state[0].tolist())
        return [SparseDistribution(self._blocks, rest, *added_up(parts)) for rest, parts in found]

    def add_probabilities(self, state: State, weights: NDArray[np.float32], total: NDArray[np.float32]) -> None:
        """Add the next token's probabilities in place, those of each text times its weight.

        See `add_distributions`.

        Args:
            state: The state of B texts.
            weights: float32 of shape (B, 1).
            total: float32 of shape (B, V).
        """
        add_distributions(self._base, self.orders, state[0], weights[:, 0], total)

    def _next_contexts(self, context_rows: list[int], word: int) -> list[int]:
        # The context of k words and the next word are an n-gram of k + 1 words, which is the next context of that many.
        orders = self.orders
        following = [word]
        if word == EOS_ID:  # no context reaches across an end
            return [*following, *[-1] * (len(orders) - 1)][: len(orders)]
        for row, order in zip(context_rows[: len(orders) - 1], orders, strict=False):
            following.append(_find(order.words, order.starts, row, word) if row >= 0 else -1)
        return following[: len(orders)]

    def _next_contexts_of_all(self, context_rows: NDArray[np.int64], words: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the same for B texts: context_rows (B, order - 1), words (B,)."""
        following = np.full_like(context_rows, -1)
        following[:, :1] = words[:, None]
        goes_on = words != EOS_ID
        for column, order in enumerate(self.orders[:-1]):
            texts = np.flatnonzero(goes_on & (context_rows[:, column] >= 0))
            if len(texts):
                following[texts, column + 1] = _find_all(order, context_rows[texts, column], words[texts])
        return following

    def _parts(
        self, context_rows: list[int], first: int = 0
    ) -> tuple[float, list[tuple[float, NDArray[np.int32], NDArray[np.float32]]]]:
        """Return what contexts, of `first` + 1 words and more, leave to the shorter ones, and what each adds."""
        orders = self.orders[first : first + len(context_rows)]
        weight = 1.0
        parts: list[tuple[float, NDArray[np.int32], NDArray[np.float32]]] = []
        # From the longest context down: each leaves a weight for the shorter ones.
        for row, order in zip(reversed(context_rows), reversed(orders), strict=True):
            following = order.following(row) if row >= 0 else None
            if following is not None:
                words, discounted_probabilities, backoff_weight = following
                parts.append((weight, words, discounted_probabilities))
                weight *= backoff_weight
        return weight, parts

    def _distribution(self, context_rows: list[int]) -> NDArray[np.float32]:
        weight, parts = self._parts(context_rows)
        probabilities = self._base * np.float32(weight)
        for part_weight, words, discounted_probabilities in parts:
            probabilities[words] += np.float32(part_weight) * discounted_probabilities
        return probabilities


def _find_all(order: NgramOrder, context_rows: NDArray[np.int64], words: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the rows of the n-grams that contexts (n,) and words (n,) are, -1 where there is none, by bisection."""
    low, ends = order.starts[context_rows].astype(np.int64), order.starts[context_rows + 1].astype(np.int64)
    high = ends
    for _ in range(int((high - low).max()).bit_length()):
        middle = (low + high) >> 1
        # A search that is at its end stays there: the middle is then `high`, whose word may be that of another context.
        below = (middle < high) & (order.words[np.minimum(middle, len(order.words) - 1)] < words)
        low, high = np.where(below, middle + 1, low), np.where(below, high, middle)
    found = (
        (low < ends) & (order.words[np.minimum(low, len(order.words) - 1)] == words) if len(order.words) else ends < 0
    )
    return np.where(found, low, -1)


def _find(words: NDArray[np.int32], starts: NDArray[np.int32], context_row: int, word: int) -> int:
    """Return the row of the n-gram that a context and a word are, -1 if there is none."""
    start, end = starts[context_row], starts[context_row + 1]
    row = int(start + np.searchsorted(words[start:end], np.int32(word)))
    return row if row < end and words[row] == word else -1
