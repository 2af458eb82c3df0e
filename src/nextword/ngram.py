"""Counts of n-grams -> an interpolated modified Kneser-Ney language model, in seconds and with NumPy alone.

Enters: a stream of token ids. Leaves: an `NgramRuntime`. Contexts do not reach across `<eos>`, which stands for the end
of one text and the beginning of the next.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.checks import check_integer
from nextword.errors import ConfigError, InputError
from nextword.runtime.ngram import NgramOrder, NgramRuntime
from nextword.tokenizer import check_ids
from nextword.vocabulary import EOS_ID, PAD_ID

MAX_ORDER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramConfig:
    """Order of an n-gram model and what is left out of it.

    Args:
        order: Longest n-gram, context and word together.
        min_counts: Least count of an n-gram to be kept, for the orders 1, 2, ...; the last one holds for all longer
            ones. Counts of orders below the highest are those of Kneser-Ney: different words before.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range.
    """

    order: int = 5
    min_counts: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_integer("order", self.order, 1, MAX_ORDER)
        if not isinstance(self.min_counts, list | tuple) or not self.min_counts:
            raise ConfigError(f"`min_counts` is a tuple such as (1, 1, 2); received {self.min_counts!r}.")
        for count in self.min_counts:
            check_integer("min_counts", count, 1)
        if self.min_counts[0] != 1:
            raise ConfigError(f"`min_counts` begins with 1, as no single word is left out; received {self.min_counts}.")
        object.__setattr__(self, "min_counts", tuple(self.min_counts))


def build_ngram(ids: ArrayLike, config: NgramConfig = NgramConfig(), *, vocabulary_size: int) -> NgramRuntime:
    """Estimate interpolated modified Kneser-Ney probabilities.

    Args:
        ids: Stream of `encode_texts`, integers of shape (N,).
        config: Order and pruning.
        vocabulary_size: V.

    Returns:
        A runtime, ready to predict. The mass that single words leave goes to tokens never seen, `<unk>` first of all,
        or evenly to all where all were seen.

    Raises:
        InputTypeError: If the ids are no integers.
        InputError: If there is none, or one is outside the vocabulary or `<pad>`.

    Examples:
        >>> import numpy as np
        >>> ngram = build_ngram([3, 4, 2, 3, 4, 2], NgramConfig(order=2), vocabulary_size=5)
        >>> state = ngram.advance(ngram.initial_state(), [2, 3])
        >>> int(ngram.log_probabilities(state)[0].argmax())
        4

    References:
        Kneser and Ney, 1995, Improved backing-off for m-gram language modeling; Chen and Goodman, 1998, An Empirical
        Study of Smoothing Techniques for Language Modeling.
    """
    stream = check_ids(ids, vocabulary_size)
    if not len(stream):
        raise InputError("an n-gram model needs at least one token; received none. Give more text.")
    if (stream == PAD_ID).any():
        raise InputError(f"a text has no `<pad>`; received id {PAD_ID} at position {int((stream == PAD_ID).argmax())}.")
    words = np.concatenate(([EOS_ID], stream)).astype(np.int64)  # what is before the first word is the end of another
    rows, counts, contexts, lasts = _count(words, vocabulary_size, config.order)
    adjusted = _adjust(rows, counts, contexts, words)
    unigram = _unigram(adjusted[0])
    orders: list[NgramOrder] = []
    kept_rows = np.arange(vocabulary_size)  # where the n-grams of the order below went, -1 for those left out
    for order in range(2, config.order + 1):
        least = config.min_counts[min(order, len(config.min_counts)) - 1]
        table, kept_rows = _table(adjusted[order - 1], contexts[order - 1], lasts[order - 1], kept_rows, least)
        orders.append(table)
    return NgramRuntime(unigram, tuple(orders))


Counts = list[NDArray[np.int64]]


def _count(words: NDArray[np.int64], vocabulary_size: int, order: int) -> tuple[Counts, Counts, Counts, Counts]:
    """Number the different n-grams of every order, sorted by context and word.

    Returns four lists over the orders: the number of the n-gram that ends at each position, -1 where there is none; how
    often each n-gram is there; its context, an n-gram of the order below; its last word.
    """
    rows = [np.concatenate(([-1], words[1:]))]  # the `<eos>` before the text is a context only
    counts = [np.bincount(words[1:], minlength=vocabulary_size)]
    contexts, lasts = [np.zeros(vocabulary_size, np.int64)], [np.arange(vocabulary_size)]
    before = words.copy()  # as a context, also the first `<eos>` counts
    for length in range(2, order + 1):
        context = np.concatenate(([-1], before[:-1]))
        if length > 2:
            context[1:][words[:-1] == EOS_ID] = -1  # no context goes on over an end
        valid = np.flatnonzero(context >= 0)
        keys, inverse, times = np.unique(
            context[valid] * vocabulary_size + words[valid], return_inverse=True, return_counts=True
        )
        row = np.full(len(words), -1, np.int64)
        row[valid] = inverse
        rows.append(row)
        counts.append(times)
        contexts.append(keys // vocabulary_size)
        lasts.append(keys % vocabulary_size)
        before = row
    return rows, counts, contexts, lasts


def _adjust(rows: Counts, counts: Counts, contexts: Counts, words: NDArray[np.int64]) -> Counts:
    """Replace counts below the highest order by how many different words stand before; `<eos>` has none before it."""
    adjusted = []
    for length in range(1, len(rows)):
        longer, shorter = rows[length], rows[length - 1]
        valid = np.flatnonzero(longer >= 0)
        first = np.full(len(counts[length]), -1, np.int64)
        first[longer[valid]] = valid  # one place of each longer n-gram
        different = np.bincount(shorter[first], minlength=len(counts[length - 1]))
        if length > 1:
            begins = _begins_with_end(length, contexts)
            different[begins] = counts[length - 1][begins]
        adjusted.append(different)
    adjusted.append(counts[-1])
    return adjusted


def _begins_with_end(length: int, contexts: Counts) -> NDArray[np.bool_]:
    begins = np.zeros(len(contexts[0]), np.bool_)
    begins[EOS_ID] = True
    for order in range(2, length + 1):
        begins = begins[contexts[order - 1]]
    return begins


def _discounts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what is taken from counts of 0, 1, 2 and 3 or more, shape (4,)."""
    times = np.bincount(np.minimum(counts[counts > 0], 5), minlength=6)[1:5].astype(np.float64)
    if (times == 0).any():
        return np.array([0.0, 0.5, 1.0, 1.5])  # a text too small to tell
    ratio = times[0] / (times[0] + 2.0 * times[1])
    found = np.array([k - (k + 1) * ratio * times[k] / times[k - 1] for k in (1, 2, 3)])
    if (found <= 0).any() or (found >= (1, 2, 3)).any():
        return np.array([0.0, 0.5, 1.0, 1.5])
    return np.concatenate(([0.0], found))


def _unigram(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    discounts = _discounts(counts)
    discounted = counts - discounts[np.minimum(counts, 3)]
    total = counts.sum()
    unseen = counts == 0
    unseen[PAD_ID] = False
    if not unseen.any():
        unseen = np.arange(len(counts)) != PAD_ID
    probabilities = discounted / total
    probabilities[unseen] += (1.0 - probabilities.sum()) / np.count_nonzero(unseen)
    return np.asarray(probabilities / probabilities.sum())


def _table(
    counts: NDArray[np.int64],
    contexts: NDArray[np.int64],
    lasts: NDArray[np.int64],
    kept_rows: NDArray[np.int64],
    least: int,
) -> tuple[NgramOrder, NDArray[np.int64]]:
    """Return one order without its rare n-grams, and where each n-gram went."""
    number = int(kept_rows.max(initial=-1)) + 1
    places = kept_rows[contexts]
    of_known = places >= 0
    kept = of_known & (counts >= least)
    new_rows = np.full(len(counts), -1, np.int64)
    new_rows[kept] = np.arange(np.count_nonzero(kept))
    table = NgramOrder(
        words=lasts[kept].astype(np.int32),
        counts=counts[kept],
        sizes=np.bincount(places[kept], minlength=number),
        totals=np.bincount(places[of_known], weights=counts[of_known], minlength=number).astype(np.int64),
        discounts=_discounts(counts),
    )
    return table, new_rows
