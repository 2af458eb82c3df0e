"""Counts of n-grams -> an interpolated modified Kneser-Ney language model, in seconds and with NumPy alone.

Input: a stream of token ids, whole or in pieces. Output: an `NgramRuntime`. Contexts do not reach across `<eos>`, which
stands for the end of one text and the beginning of the next. `counting.py` sorts and counts, in memory or on disk; this
module turns counts into continuation counts and those into the tables of the model, block by block.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import IOBase
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import (
    ConfigError,
    InputError,
    check_config,
    check_ids,
    check_integer,
    described,
    take_plain_numbers,
)
from nextword.files.limits import LIMITS
from nextword.files.temporary import check_temporary_folder
from nextword.ngrams.counting import BLOCK_BYTES, RUN_BYTES, Integers, NgramTable, blocks, count_ngrams
from nextword.ngrams.discounts import counts_of_counts, modified_discounts
from nextword.ngrams.disk_arrays import DiskArray, DiskArrays
from nextword.ngrams.distributing import count_rows
from nextword.ngrams.pruning import least_counts
from nextword.ngrams.runtime import NgramOrder, NgramRuntime
from nextword.tokens.vocabulary import EOS_ID, PAD_ID

MAX_ORDER = 8

# Tokens that are counted at once, and n-grams that are read at once, at most: more do not fit into the caches.
RUN_LENGTH = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramConfig:
    """Order of an n-gram model and what is left out of it.

    Args:
        order: Longest n-gram, context and word together, 1 to 8.
        min_counts: How often an n-gram of the orders 1, 2, ... is in the text, at least, to be kept; the last one holds
            for all longer ones. The first is 1.
        max_ngrams: Most n-grams of two words and more that are kept, at least 1,000. Where there are more, the least
            count to be kept is raised step by step until few enough are left; for two words it is one lower than
            for longer n-grams. None keeps all. A bundle has 3 to 4 bytes for each.
        max_memory: Bytes that counting takes beside the tables it makes; texts that need more are counted in a
            temporary file, with the same result. At least 1 MB (10^6 bytes).

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; code "option-out-of-range".

    Examples:
        >>> NgramConfig(order=3, min_counts=(1, 1, 2)).min_counts  # trigrams that are in the text twice or more
        (1, 1, 2)
    """

    order: int = 5
    min_counts: tuple[int, ...] = (1,)
    max_ngrams: int | None = None
    max_memory: int = 1_000_000_000

    def __post_init__(self) -> None:
        """Check the ranges."""
        take_plain_numbers(self)
        check_integer("order", self.order, 1, MAX_ORDER)
        if not isinstance(self.min_counts, list | tuple) or not self.min_counts:
            raise ConfigError(
                f"`min_counts` is a tuple such as (1, 1, 2); received {described(self.min_counts)}.",
                code="option-out-of-range",
                option="min_counts",
                value=self.min_counts,
            )
        for count in self.min_counts:
            check_integer("min_counts", count, 1)
        if self.min_counts[0] != 1:
            raise ConfigError(
                f"`min_counts` begins with 1, as no single word is left out; received {self.min_counts}.",
                code="option-out-of-range",
                option="min_counts",
                value=self.min_counts,
            )
        if self.max_ngrams is not None:
            check_integer("max_ngrams", self.max_ngrams, 1_000)
        check_integer("max_memory", self.max_memory, 1_000_000)
        object.__setattr__(self, "min_counts", tuple(self.min_counts))


def build_ngram(
    ids: ArrayLike | Iterator[ArrayLike],
    config: NgramConfig = NgramConfig(),
    *,
    vocabulary_size: int,
    temporary_folder: str | os.PathLike[str] | None = None,
) -> NgramRuntime:
    """Estimate interpolated modified Kneser-Ney probabilities.

    Args:
        ids: Stream of `encode_texts`, integers of shape (N,), which may be a `np.memmap`; or an iterator over its
            pieces, such arrays too, read once.
        config: Order, pruning and memory.
        vocabulary_size: V.
        temporary_folder: Folder of the temporary file of a text that is larger than `max_memory`; None for that of the
            system. The file has no name, and is gone with the process, however it ends.

    Returns:
        A runtime, ready to predict. The mass that single words leave goes evenly to the tokens never seen, `<unk>`
        among them where the text has none, or to all where all were seen.

    Raises:
        ConfigError: If `vocabulary_size` is no integer of at least 3.
        InputTypeError: If the ids are no integers (codes of `check_ids`), or `config` is no `NgramConfig` (code
            "wrong-kind").
        InputError: If there is none, or more than 2^31 - 1, or one is outside the vocabulary or `<pad>`; codes
            "no-tokens", "too-many-tokens", "id-outside-vocabulary" and "pad-in-text".
        FileAccessError: If the text is larger than `max_memory` and there is no room for a temporary file, or no such
            folder; code "temporary-file-not-writable".
        FilePermissionError: If that folder may not be written to; the same code.

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
    check_config(config, NgramConfig)
    check_temporary_folder(temporary_folder)
    check_integer("vocabulary_size", vocabulary_size, EOS_ID + 1, 2 * LIMITS["words"])  # more than any file holds
    kept = config.max_memory // 4  # before there is a file
    run_length = min((config.max_memory - kept) // RUN_BYTES, RUN_LENGTH)
    block_length = min((config.max_memory - kept) // BLOCK_BYTES, RUN_LENGTH)
    pieces = _checked_pieces(ids, vocabulary_size, run_length)
    with DiskArrays(kept, temporary_folder) as disk:
        return estimate_kneser_ney(pieces, config, vocabulary_size, disk, run_length, block_length)


def estimate_kneser_ney(
    pieces: Iterable[NDArray[np.int32]],
    config: NgramConfig,
    vocabulary_size: int,
    disk: DiskArrays,
    run_length: int,
    block_length: int,
) -> NgramRuntime:
    """Count checked ids and estimate the model; `build_ngram` without its choice of memory.

    Args:
        pieces: Parts of the stream, one after the other, int32 of shape (N,).
        config: Order and pruning; its `max_memory` is not used.
        vocabulary_size: V.
        disk: Where counts are kept meanwhile.
        run_length: Tokens that are counted at once.
        block_length: N-grams that are read at once.

    Returns:
        The same model for every `run_length` and `block_length`.

    Raises:
        InputError: If there is no token, or more than 2^31 - 1; codes "no-tokens" and "too-many-tokens".
    """
    tables = count_ngrams(pieces, vocabulary_size, config.order, disk, run_length, block_length)
    continuation_counts = _continuation_counts(tables, disk, block_length)
    unigram = _unigram(continuation_counts[0].read(0, vocabulary_size))
    orders: list[NgramOrder] = []
    kept_rows = disk.allocate(vocabulary_size)  # of the order below, rows among what was kept; -1 for those left out
    kept_rows.write(0, np.arange(vocabulary_size))
    number_kept = vocabulary_size
    leasts = least_counts(tables[1:], config.min_counts, config.max_ngrams, block_length)
    for table, counts, least in zip(tables[1:], continuation_counts[1:], leasts, strict=True):
        new_rows = disk.allocate(len(table))
        orders.append(_build_order(table, counts, kept_rows, number_kept, least, new_rows, block_length))
        kept_rows, number_kept = new_rows, len(orders[-1].words)
    return NgramRuntime(unigram, tuple(orders))


def _checked_pieces(
    ids: ArrayLike | Iterator[ArrayLike], vocabulary_size: int, max_length: int
) -> Iterator[NDArray[np.int32]]:
    """Yield the stream in checked pieces of at most `max_length` tokens."""
    position = 0
    # An open file is an iterator too, of lines.
    in_pieces = isinstance(ids, Iterator) and not isinstance(ids, IOBase)
    pieces: Iterator[ArrayLike] = ids if in_pieces else iter([ids])  # type: ignore[assignment, list-item]
    for piece in pieces:
        # An array may be a file of any size, so it is not looked at as a whole.
        if not isinstance(piece, np.ndarray) or piece.ndim != 1:
            piece = check_ids(piece, vocabulary_size, start=position)
        for start, stop in blocks(len(piece), max_length):
            stream = check_ids(piece[start:stop], vocabulary_size, start=position)
            if (stream == PAD_ID).any():
                pad_position = position + int((stream == PAD_ID).argmax())
                raise InputError(
                    f"`ids`: a text has no `<pad>`; received id {PAD_ID} at position {pad_position}.",
                    code="pad-in-text",
                    position=pad_position,
                )
            position += len(stream)
            yield stream


def _continuation_counts(tables: list[NgramTable], disk: DiskArrays, block_length: int) -> list[DiskArray]:
    """Return what Kneser-Ney smoothing counts in place of occurrences, for every table.

    An n-gram below the highest order counts once for every different word that stands before it in the text. Those that
    begin with `<eos>` have no word before it, so they keep their count.
    """
    continuation_counts: list[DiskArray] = []
    eos_rows = (EOS_ID, EOS_ID + 1)  # first and last + 1 of the n-grams that begin with `<eos>`: they are neighbours
    for order, (table, longer) in enumerate(pairwise(tables), start=1):
        column = count_rows(longer.suffixes, len(table), disk, block_length)
        if order > 1:
            for start, stop in blocks(eos_rows[1] - eos_rows[0], block_length):
                kept = table.counts.read(eos_rows[0] + start, eos_rows[0] + stop)
                column.write(eos_rows[0] + start, kept)
        continuation_counts.append(column)
        eos_rows = _rows_after(longer, eos_rows, block_length)
    continuation_counts.append(tables[-1].counts)
    return continuation_counts


def _rows_after(table: NgramTable, context_rows: tuple[int, int], block_length: int) -> tuple[int, int]:
    """Return first and last + 1 of the n-grams whose contexts are these rows, given and returned the same way."""
    rows = [0, 0]
    for start, stop in blocks(len(table), block_length):
        ascending = table.contexts.read(start, stop)
        for i in (0, 1):
            rows[i] += int(np.searchsorted(ascending, context_rows[i]))
    return rows[0], rows[1]


def _unigram(counts: Integers) -> NDArray[np.float64]:
    """Return the probabilities of single words from their continuation counts, both of shape (V,)."""
    discounts = modified_discounts(counts_of_counts(counts))
    discounted = counts - discounts[np.minimum(counts, 3)]
    total = counts.sum()
    unseen = counts == 0
    unseen[PAD_ID] = False
    if not unseen.any():
        unseen = np.arange(len(counts)) != PAD_ID
    probabilities = discounted / total
    probabilities[unseen] += (1.0 - probabilities.sum()) / np.count_nonzero(unseen)
    return np.asarray(probabilities / probabilities.sum())


def _build_order(
    table: NgramTable,
    counts: DiskArray,
    kept_rows: DiskArray,
    number_kept: int,
    least: int,
    new_rows: DiskArray,
    block_length: int,
) -> NgramOrder:
    """Return one order without its rare n-grams, and write which row each n-gram has in it.

    Args:
        table: The n-grams.
        counts: Their continuation counts.
        kept_rows: Rows of the n-grams one word shorter among those that were kept, -1 for those left out.
        number_kept: How many of these were kept.
        least: How often an n-gram is in the text to be kept.
        new_rows: Written here: rows of these n-grams among those that are kept, -1 for those left out.
        block_length: N-grams that are read at once.
    """
    frequencies = np.zeros(6, np.int64)
    sizes, totals = np.zeros((2, number_kept), np.int32)
    spans = list(blocks(len(table), block_length))
    most = sum(int(np.count_nonzero(table.counts.read(*span) >= least)) for span in spans)
    words, kept_counts = np.empty((2, most), np.int32)
    length = 0
    for start, stop in spans:
        contexts, block_counts = table.contexts.read(start, stop), counts.read(start, stop)
        frequencies += counts_of_counts(block_counts)
        context_rows = kept_rows.read(int(contexts[0]), int(contexts[-1]) + 1)[contexts - contexts[0]]
        has_context = context_rows >= 0
        # How often it is in the text, not its continuation count: what an n-gram begins and ends with is then kept too.
        is_kept = has_context & (table.counts.read(start, stop) >= least)
        end = length + int(np.count_nonzero(is_kept))
        rows = np.full(len(block_counts), -1, np.int64)
        rows[is_kept] = np.arange(length, end)
        new_rows.write(start, rows)
        _add(sizes, context_rows[is_kept])
        _add(totals, context_rows[has_context], block_counts[has_context])
        words[length:end] = table.words.read(start, stop)[is_kept]
        kept_counts[length:end] = block_counts[is_kept]
        length = end
    return NgramOrder(
        words=words[:length].copy(),
        counts=kept_counts[:length].copy(),
        sizes=sizes,
        totals=totals,
        discounts=modified_discounts(frequencies),
    )


def _add(sums: NDArray[np.int32], rows: Integers, counts: Integers | None = None) -> None:
    """Add 1, or the given counts, at ascending rows."""
    if len(rows):
        added = np.bincount(rows - rows[0], weights=counts)
        sums[rows[0] : rows[0] + len(added)] += added.astype(np.int32)
