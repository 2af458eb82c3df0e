"""Counts of n-grams -> an interpolated modified Kneser-Ney language model, in seconds and with NumPy alone.

Enters: a stream of token ids, whole or in pieces. Leaves: an `NgramRuntime`. Contexts do not reach across `<eos>`,
which stands for the end of one text and the beginning of the next. `counting.py` sorts and counts, in memory or on
disk; here counts become those of Kneser-Ney, discounts and tables, all of it piece by piece.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import ConfigError, InputError, check_ids, check_integer
from nextword.ngrams.counting import MERGE_BYTES, RUN_BYTES, Integers, Level, blocks, count_ngrams
from nextword.ngrams.disk_arrays import Column, Spool
from nextword.ngrams.runtime import NgramOrder, NgramRuntime
from nextword.tokens.vocabulary import EOS_ID, PAD_ID

MAX_ORDER = 8

# With fewer n-grams that are there 4 times, absolute discounting predicts better: measured on texts of 100 words up.
ENOUGH = 5

# Counts beyond are not told apart where least counts are chosen; there are few.
COUNTS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramConfig:
    """Order of an n-gram model and what is left out of it.

    Args:
        order: Longest n-gram, context and word together.
        min_counts: How often an n-gram of the orders 1, 2, ... is in the text, at least, to be kept; the last one holds
            for all longer ones.
        max_ngrams: Most n-grams of two words and more that are kept, at least 1,000; where there are more, those of
            three words and more that are there less than 2, 3, ... times are left out, and of two words those
            less than 1, 2, ... times. None keeps all. A bundle has 3 to 4 bytes for each.
        max_memory: Bytes that counting takes beside the tables it makes; texts that need more are counted in sorted
            runs on disk, with the same result. At least 1 MB (10^6 bytes).

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range.
    """

    order: int = 5
    min_counts: tuple[int, ...] = (1,)
    max_ngrams: int | None = None
    max_memory: int = 1_000_000_000

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_integer("order", self.order, 1, MAX_ORDER)
        if not isinstance(self.min_counts, list | tuple) or not self.min_counts:
            raise ConfigError(f"`min_counts` is a tuple such as (1, 1, 2); received {self.min_counts!r}.")
        for count in self.min_counts:
            check_integer("min_counts", count, 1)
        if self.min_counts[0] != 1:
            raise ConfigError(f"`min_counts` begins with 1, as no single word is left out; received {self.min_counts}.")
        if self.max_ngrams is not None:
            check_integer("max_ngrams", self.max_ngrams, 1_000)
        check_integer("max_memory", self.max_memory, 1_000_000)
        object.__setattr__(self, "min_counts", tuple(self.min_counts))


def build_ngram(
    ids: ArrayLike | Iterator[ArrayLike], config: NgramConfig = NgramConfig(), *, vocabulary_size: int
) -> NgramRuntime:
    """Estimate interpolated modified Kneser-Ney probabilities.

    Args:
        ids: Stream of `encode_texts`, integers of shape (N,), which may be a `np.memmap`; or an iterator over its
            pieces, such arrays too, read once.
        config: Order, pruning and memory.
        vocabulary_size: V.

    Returns:
        A runtime, ready to predict. The mass that single words leave goes evenly to the tokens never seen, `<unk>`
        among them where the text has none, or to all where all were seen.

    Raises:
        InputTypeError: If the ids are no integers.
        InputError: If there is none, or more than 2^31 - 1, or one is outside the vocabulary or `<pad>`.
        OSError: If the text is larger than `max_memory` and the disk of temporary files is full.

    Examples:
        >>> import numpy as np
        >>> ngram = build_ngram([3, 4, 2] * 5, NgramConfig(order=2), vocabulary_size=5)
        >>> state = ngram.advance(ngram.initial_state(), [2, 3])
        >>> int(ngram.log_probabilities(state)[0].argmax())
        4
        >>> pieces = (np.array(piece) for piece in ([3, 4, 2, 3], [4, 2, 3, 4, 2, 3, 4, 2, 3, 4, 2]))
        >>> same = build_ngram(pieces, NgramConfig(order=2), vocabulary_size=5)
        >>> bool((same.log_probabilities(state) == ngram.log_probabilities(state)).all())
        True

    References:
        Kneser and Ney, 1995, Improved backing-off for m-gram language modeling; Chen and Goodman, 1998, An Empirical
        Study of Smoothing Techniques for Language Modeling; Heafield et al., 2013, Scalable Modified Kneser-Ney
        Language Model Estimation (counting on disk).
    """
    check_integer("vocabulary_size", vocabulary_size, EOS_ID + 1)
    run = config.max_memory // 2 // RUN_BYTES
    block = config.max_memory // 2 // MERGE_BYTES
    with Spool(config.max_memory // 2) as spool:
        return _estimate(_pieces(ids, vocabulary_size, run), config, vocabulary_size, spool, run, block)


def _pieces(ids: ArrayLike | Iterator[ArrayLike], vocabulary_size: int, length: int) -> Iterator[NDArray[np.int32]]:
    """Yield the stream in checked pieces of at most `length` tokens."""
    position = 0
    pieces: Iterator[ArrayLike] = ids if isinstance(ids, Iterator) else iter([ids])
    for piece in pieces:
        # An array may be a file of any size, so it is not looked at as a whole.
        if not isinstance(piece, np.ndarray) or piece.ndim != 1:
            piece = check_ids(piece, vocabulary_size, start=position)
        for start, stop in blocks(len(piece), length):
            stream = check_ids(piece[start:stop], vocabulary_size, start=position)
            if (stream == PAD_ID).any():
                found = position + int((stream == PAD_ID).argmax())
                raise InputError(f"a text has no `<pad>`; received id {PAD_ID} at position {found}.")
            position += len(stream)
            yield stream


def _estimate(
    pieces: Iterable[NDArray[np.int32]], config: NgramConfig, vocabulary_size: int, spool: Spool, run: int, block: int
) -> NgramRuntime:
    levels = count_ngrams(pieces, vocabulary_size, config.order, spool, run, block)
    adjusted = _adjust(levels, spool, block)
    unigram = _unigram(adjusted[0].read(0, vocabulary_size))
    orders: list[NgramOrder] = []
    kept = spool.column(vocabulary_size)  # where the n-grams of the order below went, -1 for those left out
    kept.write(0, np.arange(vocabulary_size))
    number = vocabulary_size
    leasts = _least_counts(config, levels[1:], block)
    for order, least in enumerate(leasts, start=2):
        new = spool.column(len(levels[order - 1]))
        orders.append(_table(levels[order - 1], adjusted[order - 1], kept, number, least, new, block))
        kept, number = new, len(orders[-1].words)
    return NgramRuntime(unigram, tuple(orders))


def _adjust(levels: list[Level], spool: Spool, block: int) -> list[Column]:
    """Replace counts below the highest order by how many different words stand before; `<eos>` has none before it."""
    adjusted: list[Column] = []
    begins = (EOS_ID, EOS_ID + 1)  # the n-grams that begin with `<eos>` are neighbours, as they are sorted
    for number, (level, longer) in enumerate(pairwise(levels)):
        column = spool.column(len(level))
        for start, stop in blocks(len(level), block):
            different = np.zeros(stop - start, np.int64)
            for first, last in blocks(len(longer), block):
                suffixes = longer.suffixes.read(first, last) - start
                inside = suffixes[(suffixes >= 0) & (suffixes < stop - start)]
                different += np.bincount(inside, minlength=stop - start)
            if number > 0:
                own = slice(max(begins[0] - start, 0), max(begins[1] - start, 0))
                different[own] = level.counts.read(start, stop)[own]
            column.write(start, different)
        adjusted.append(column)
        begins = _going_on(longer, begins, block)
    adjusted.append(levels[-1].counts)
    return adjusted


def _going_on(level: Level, contexts: tuple[int, int], block: int) -> tuple[int, int]:
    """Return from where to where the contexts of n-grams are between two numbers."""
    below = [0, 0]
    for start, stop in blocks(len(level), block):
        ascending = level.contexts.read(start, stop)
        for i in (0, 1):
            below[i] += int(np.searchsorted(ascending, contexts[i]))
    return below[0], below[1]


def _discounts(times: Integers) -> NDArray[np.float64]:
    """Return what is taken from counts of 0, 1, 2 and 3 or more, shape (4,).

    Chen and Goodman's estimates. A text too small for those of 2 and 3 takes from every count what it takes from 1,
    which is absolute discounting; one where nothing is there once, or nothing twice, takes 0.9.

    Args:
        times: How many n-grams have the counts 0, 1, ..., 5 or more, shape (6,).
    """
    first = times[1] / (times[1] + 2.0 * times[2]) if times[1] and times[2] else 0.9
    found = np.array([0.0, first, first, first])
    if times[4] >= ENOUGH and times[1] and times[2] and times[3]:
        for k in (2, 3):
            estimate = k - (k + 1) * first * times[k + 1] / times[k]
            if 0.0 < estimate < k:
                found[k] = estimate
    return found


def _least_counts(config: NgramConfig, levels: list[Level], block: int) -> list[int]:
    """Return the least count to be kept for the orders 2, 3, ...; see `NgramConfig`."""
    orders = range(2, config.order + 1)
    leasts = [config.min_counts[min(order, len(config.min_counts)) - 1] for order in orders]
    if config.max_ngrams is None:
        return leasts
    at_least = [_at_least(level.counts, block) for level in levels]
    raised = 1
    while True:
        kept = sum(int(numbers[min(least, COUNTS)]) for numbers, least in zip(at_least, leasts, strict=True))
        if kept <= config.max_ngrams:
            return leasts
        raised += 1
        leasts = [max(least, raised - (order == 2)) for order, least in zip(orders, leasts, strict=True)]


def _at_least(counts: Column, block: int) -> Integers:
    """Return how many n-grams are counted at least 0, 1, ... times, shape (`COUNTS` + 1,), ending with 0."""
    times = np.zeros(COUNTS, np.int64)
    for start, stop in blocks(counts.length, block):
        times += np.bincount(np.minimum(counts.read(start, stop), COUNTS - 1), minlength=COUNTS)
    return np.append(np.cumsum(times[::-1])[::-1], 0)


def _times(counts: Integers) -> Integers:
    return np.bincount(np.minimum(counts, 5), minlength=6)


def _unigram(counts: Integers) -> NDArray[np.float64]:
    discounts = _discounts(_times(counts))
    discounted = counts - discounts[np.minimum(counts, 3)]
    total = counts.sum()
    unseen = counts == 0
    unseen[PAD_ID] = False
    if not unseen.any():
        unseen = np.arange(len(counts)) != PAD_ID
    probabilities = discounted / total
    probabilities[unseen] += (1.0 - probabilities.sum()) / np.count_nonzero(unseen)
    return np.asarray(probabilities / probabilities.sum())


def _table(level: Level, counts: Column, kept: Column, number: int, least: int, new: Column, block: int) -> NgramOrder:
    """Return one order without its rare n-grams, and write where each n-gram went.

    Args:
        level: The n-grams.
        counts: Their adjusted counts.
        kept: Where the n-grams one shorter went.
        number: How many of those there are.
        least: How often an n-gram is there to be kept.
        new: Room for where these go, -1 for those left out.
        block: N-grams that are read at once.
    """
    times = np.zeros(6, np.int64)
    sizes, totals = np.zeros((2, number), np.int32)
    kept_words: list[NDArray[np.int32]] = []
    kept_counts: list[NDArray[np.int32]] = []
    length = 0
    for start, stop in blocks(len(level), block):
        contexts, count = level.contexts.read(start, stop), counts.read(start, stop)
        times += _times(count)
        places = kept.read(int(contexts[0]), int(contexts[-1]) + 1)[contexts - contexts[0]]
        of_known = places >= 0
        # How often it is there, not by how many words: what an n-gram begins and ends with is then kept too.
        chosen = of_known & (level.counts.read(start, stop) >= least)
        row = np.full(len(count), -1, np.int64)
        row[chosen] = np.arange(length, length + np.count_nonzero(chosen))
        new.write(start, row)
        _add(sizes, places[chosen])
        _add(totals, places[of_known], count[of_known])
        kept_words.append(level.words.read(start, stop)[chosen].astype(np.int32))
        kept_counts.append(count[chosen].astype(np.int32))
        length += len(kept_words[-1])
    return NgramOrder(
        words=np.concatenate([np.zeros(0, np.int32), *kept_words]),
        counts=np.concatenate([np.zeros(0, np.int32), *kept_counts]),
        sizes=sizes,
        totals=totals,
        discounts=_discounts(times),
    )


def _add(sums: NDArray[np.int32], places: Integers, counts: Integers | None = None) -> None:
    """Add 1, or counts, at ascending places."""
    if len(places):
        found = np.bincount(places - places[0], weights=counts)
        sums[places[0] : places[0] + len(found)] += found.astype(np.int32)
