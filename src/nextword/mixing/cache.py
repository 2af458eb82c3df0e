"""A cache model: recent words are likely to recur.

Input: the vocabulary with its counts. Output: a `Runtime` that knows of a training text only how frequent words are.
It counts the words of the running text, recent ones more, and those that followed the last words there before. Alone
it predicts badly; in a mixture it adds the names and phrases of the text at hand. Unlike n-grams it looks back over the
ends of texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import (
    ConfigError,
    InputError,
    check_config,
    check_ids,
    check_integer,
    check_number,
    described,
    take_plain_numbers,
)
from nextword.ngrams.unigram import UnigramRuntime
from nextword.runtime import Base, SparseDistribution, State, base_of, check_batch, row_blocks
from nextword.tokens.vocabulary import PAD_ID, Vocabulary, check_vocabulary

MAX_ORDER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheConfig:
    """How far a recency cache looks back, and how much it trusts what it has read.

    Args:
        window: Number of tokens that are remembered; the state has 1 byte for each, 2 or 4 where V is above 256 or
            65,536.
        half_life: Number of tokens after which an occurrence counts half, 0.001 to 1e9.
        smoothing: One number an order, words first, 1e-6 to 1e6: how many occurrences the order below counts for.
            Words of the window are smoothed by relative frequencies, words that followed the last word by the words of
            the window, words that followed the last two by those that followed the last, and so on.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; code "option-out-of-range".

    Examples:
        >>> CacheConfig(window=200).smoothing
        (10.0, 2.0, 1.0)
    """

    window: int = 500
    half_life: float = 150.0
    smoothing: tuple[float, ...] = (10.0, 2.0, 1.0)

    def __post_init__(self) -> None:
        """Check the ranges."""
        take_plain_numbers(self)
        check_integer("window", self.window, 1, 100_000)
        check_number("half_life", self.half_life, 1e-3, highest=1e9)
        if not isinstance(self.smoothing, list | tuple) or not 1 <= len(self.smoothing) <= MAX_ORDER:
            raise ConfigError(
                f"`smoothing` is a tuple of 1 to {MAX_ORDER} numbers, such as (10.0, 2.0, 1.0); "
                f"received {described(self.smoothing)}.",
                code="option-out-of-range",
                option="smoothing",
                value=self.smoothing,
            )
        for occurrences in self.smoothing:
            check_number("smoothing", occurrences, 1e-6, highest=1e6)
        object.__setattr__(self, "smoothing", tuple(map(float, self.smoothing)))


@dataclass(frozen=True, slots=True, eq=False)
class CacheRuntime:
    """Recent words and what followed them, smoothed by relative frequencies; made by `build_cache`.

    Args:
        base: Probabilities before anything was read, float32 of shape (V,), 0 for `<pad>`, summing to 1.
        config: How far it looks back.

    Raises:
        InputError: If `base` is no such distribution; code "cache-base".

    References:
        Kuhn and De Mori, 1990, A cache-based natural language model for speech recognition; Clarkson and Robinson,
        1997, Language model adaptation using mixtures and an exponentially decaying cache; MacKay and Peto, 1995, A
        hierarchical Dirichlet language model.
    """

    base: NDArray[np.float32]
    config: CacheConfig
    _blocks: Base = field(init=False, repr=False)
    _decay: NDArray[np.float32] = field(init=False, repr=False)  # (window,), 1 for the last token
    _confidences: NDArray[np.float32] = field(init=False, repr=False)  # (window + 1,), after so many tokens

    def __post_init__(self) -> None:
        """Check the base, and compute what an occurrence counts by its age."""
        base = np.array(self.base, np.float32)
        if base.ndim != 1 or not (base >= 0.0).all() or abs(base.sum(dtype=np.float64) - 1.0) > 1e-4 or base[PAD_ID]:
            raise InputError(
                "the base of a cache has the shape (V,), sums to 1 and leaves `<pad>` out.",
                code="cache-base",
                shape=base.shape,
            )
        decay = np.exp2(-np.arange(self.config.window)[::-1] / self.config.half_life).astype(np.float32)
        occurrences = np.append(0.0, np.cumsum(decay[::-1], dtype=np.float64))
        shares = occurrences / (occurrences + self.config.smoothing[0])
        confidences = ((shares / shares[-1]) ** 3).astype(np.float32)
        for name, array in (("base", base), ("_decay", decay), ("_confidences", confidences)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "_blocks", base_of(base))

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self.base)

    def initial_state(self, batch: int = 1) -> State:
        """Return an empty window, of shape (B, window): the last tokens stand at its end, `<pad>` before them.

        Args:
            batch: B, at least 1.

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """
        check_batch(batch)
        return (np.full((batch, self.config.window), PAD_ID, np.min_scalar_type(self.vocabulary_size - 1)),)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; `state` stays as it was.

        Args:
            state: State of B texts.
            ids: Integers of shape (B, T), or (B,) for one token a text; with B = 1 also (T,).

        Raises:
            InputTypeError: If the ids are no integers, or lists of different lengths.
            InputError: If their shape does not fit the state, or one is outside the vocabulary.
        """
        (window,) = state
        rows = check_ids(ids, self.vocabulary_size, rows=len(window))[:, -self.config.window :]
        return (np.concatenate((window[:, rows.shape[1] :], rows.astype(window.dtype)), axis=1),)

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the natural log of the next token's probabilities.

        Args:
            state: State of B texts.

        Returns:
            float32 of shape (B, V); `<pad>` has -inf.
        """
        probabilities = self.probabilities(state)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(probabilities, out=probabilities))

    def probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the next token's probabilities, float32 of shape (B, V).

        Args:
            state: State of B texts.
        """
        if len(state[0]) == 1:
            return np.stack([self._distribution(state[0][0])])
        probabilities = np.zeros((len(state[0]), self.vocabulary_size), np.float32)
        self.add_probabilities(state, np.ones((len(probabilities), 1), np.float32), probabilities)
        return probabilities

    def add_probabilities(self, state: State, weights: NDArray[np.float32], total: NDArray[np.float32]) -> None:
        """Add the next token's probabilities in place, those of each text times its weight.

        Args:
            state: State of B texts.
            weights: float32 of shape (B, 1).
            total: float32 of shape (B, V).
        """
        words, shares, rest = self._shares(state[0])
        shares *= weights
        rest *= weights[:, 0]
        for rows in row_blocks(total):
            block = total[rows]
            block += rest[rows, None] * self.base
            for row, row_words, row_shares in zip(block, words[rows], shares[rows], strict=True):
                np.add.at(row, row_words, row_shares)

    def distributions(self, state: State) -> list[SparseDistribution]:
        """Return the distribution of each text: what the words read are worth, and the base for the rest.

        Args:
            state: State of B texts.
        """
        return [SparseDistribution(self._blocks, *_by_word(*found)) for found in map(self._worth, state[0])]

    def confidence(self, state: State) -> NDArray[np.float32]:
        """Return how much a mixture may rely on the cache, so that an empty one changes nothing.

        It is the share of the distribution that comes from what was read, relative to that of a full window, to the
        third power.

        Args:
            state: State of B texts.

        Returns:
            0 (nothing was read) to 1 (the window is full), float32 of shape (B,).
        """
        confidences: NDArray[np.float32] = self._confidences[np.count_nonzero(state[0] != PAD_ID, axis=1)]
        return confidences

    def _distribution(self, window: NDArray[Any]) -> NDArray[np.float32]:
        """Return the probabilities after one text, which a key waits for: in a third of the time of a batch of one."""
        words = window[window != PAD_ID].astype(np.intp)
        decay = self._decay[len(self._decay) - len(words) :]
        probabilities = self.base
        for positions, smoothing in self._matches(words):
            weights = decay[positions]
            total = smoothing + float(weights.sum())
            probabilities = probabilities * np.float32(smoothing / total)
            np.add.at(probabilities, words[positions], weights * np.float32(1.0 / total))
        return probabilities

    def _worth(self, window: NDArray[Any]) -> tuple[float, NDArray[np.intp], NDArray[np.float32]]:
        """Return what the base is worth after one text, the words read (n,), and what each of them is worth (n,)."""
        words = window[window != PAD_ID].astype(np.intp)
        decay = self._decay[len(self._decay) - len(words) :]
        rest, worth = 1.0, np.zeros(len(words), np.float32)
        for positions, smoothing in self._matches(words):
            weights = decay[positions]
            total = smoothing + float(weights.sum())
            rest *= smoothing / total
            worth *= np.float32(smoothing / total)
            worth[positions] += weights * np.float32(1.0 / total)
        return rest, words, worth

    def _matches(self, words: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], float]]:
        """Yield the positions of the words that stood after the last 0, 1, ... words, and the smoothing of each order.

        Words that the base leaves out never come.
        """
        positions = np.flatnonzero(self.base[words])
        for length, smoothing in enumerate(self.config.smoothing):
            if length:
                positions = positions[positions >= length]
                positions = positions[words[positions - length] == words[-length]]
            if not len(positions):
                return
            yield positions, smoothing

    def _shares(self, windows: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
        """Return the same for B texts: the words read (B, n), what each is worth (B, n), and what the base is (B,).

        n is the largest number of words that a text has; the first ones of others are `<pad>` and worth nothing.
        """
        is_read = windows != PAD_ID
        lengths = np.count_nonzero(is_read, axis=1)
        longest = int(lengths.max(initial=0))
        if not is_read[:, ::-1].argmin(axis=1).tolist() == lengths.tolist() and not is_read.all():
            windows = np.take_along_axis(windows, np.argsort(is_read, axis=1, kind="stable"), axis=1)
        words = windows[:, windows.shape[1] - longest :].astype(np.intp)
        rest, shares = np.ones((len(words), 1), np.float32), np.zeros(words.shape, np.float32)
        # Positions of the words that stood after the last `length` words; words that the base leaves out never come.
        matching = self.base[words] > 0.0
        decay = self._decay[len(self._decay) - longest :]
        for length, smoothing in enumerate(self.config.smoothing):
            if length >= longest:
                break
            if length:
                last = words[:, -length, None]
                matching[:, length:] &= (words[:, :-length] == last) & (last != PAD_ID)
                matching[:, :length] = False
            weights = decay * matching
            totals = smoothing + weights.sum(axis=1, keepdims=True, dtype=np.float64)
            kept = (smoothing / totals).astype(np.float32)
            rest *= kept
            shares *= kept
            shares += weights * (1.0 / totals).astype(np.float32)
        return words, shares, rest[:, 0]


def _by_word(
    rest: float, words: NDArray[np.intp], worth: NDArray[np.float32]
) -> tuple[float, NDArray[np.intp], NDArray[np.float32]]:
    """Return the same with every word once, in ascending order."""
    order = words.argsort(kind="stable")
    ordered = words[order]
    if not len(words):
        return rest, words, worth
    is_first = np.ones(len(words), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    starts = is_first.nonzero()[0]
    return rest, ordered[starts], np.add.reduceat(worth[order], starts)


def build_cache(vocabulary: Vocabulary, config: CacheConfig = CacheConfig()) -> CacheRuntime:
    """Build a recency cache over the running text, to be mixed with other models.

    Args:
        vocabulary: Words with the counts of the training text, such as `tokenizer.vocabulary`.
        config: How far the cache looks back.

    Returns:
        A runtime, ready to predict; see `CacheRuntime`.

    Raises:
        InputTypeError: If `vocabulary` is no `Vocabulary` (code "not-a-vocabulary"), or `config` no `CacheConfig` (code
            "wrong-kind").

    Examples:
        >>> cache = build_cache(Vocabulary(("<pad>", "<unk>", "<eos>", "tea", "milk")))
        >>> state = cache.advance(cache.initial_state(), [3, 4, 3])
        >>> int(cache.log_probabilities(state)[0].argmax())  # milk followed tea before
        4
    """
    check_vocabulary(vocabulary)
    check_config(config, CacheConfig)
    unigram = UnigramRuntime(vocabulary)
    return CacheRuntime(np.exp(unigram.log_probabilities(unigram.initial_state())[0]), config)
