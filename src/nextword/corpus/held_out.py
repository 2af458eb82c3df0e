"""Which part of a corpus is held out, so that a model is validated on texts it was not trained on.

Input: the lengths of the texts and where they may be cut. Output: booleans, one a token, and a note.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.indexing import IndexedTexts
from nextword.corpus.spans import drawn_spans, find_spans
from nextword.errors import Note
from nextword.files.temporary import IN_MEMORY, LongArrays, pieces_of

MIN_TEXTS = 20
"""Below this, whole texts are too few to hold out, and the end of the stream is held out instead."""

MIN_TOKENS = 200
"""Below this, nothing is held out."""

RUN_TOKENS = 1000
"""Tokens of a run of consecutive texts that are held out together."""

MIN_RUNS = 10
"""Least number of such runs, where texts are short enough."""


def hold_out(
    lengths: NDArray[np.int64],
    is_end: NDArray[np.bool_],
    share: float,
    seed: int,
    arrays: LongArrays = IN_MEMORY,
) -> tuple[NDArray[np.bool_], Note]:
    """Return which tokens of a stream are held out for validation: whole texts, never positions at random.

    Of 20 texts or more runs of consecutive texts are held out, together about `share` of the tokens: the lines of a
    file are often one document, whose words recur, so single lines would be too easy to predict. A run has 1,000
    tokens, or a tenth of what is held out if that is less, and ends with a text, or with a sentence of a long one; they
    are drawn evenly from the whole stream, one of each of its equal parts. Of fewer texts, what follows the last
    sentence end before the last `share` of the tokens is held out; below 200 tokens nothing.

    Args:
        lengths: Tokens of every text, its end included, integers of shape (number of texts,).
        is_end: Whether a token ends a sentence or text, booleans of shape (N,).
        share: Part to hold out, 0 to below 1.
        seed: Seed of the choice.
        arrays: Where the booleans are kept.

    Returns:
        Booleans of shape (N,), True where held out, and a note: code "held-out-texts" with the figures `held_out`,
        `tokens` and `runs`, "held-out-end" with `held_out` and `tokens`, or "held-out-nothing" with `tokens` and a
        `reason`: "as-asked", "few-tokens" or "no-sentence-end".

    Examples:
        >>> mask, note = hold_out(np.array([3, 2]), np.array([False, True, True, False, True]), 0.05, 0)
        >>> mask.any().item(), note, note.code
        (False, 'Nothing is held out: 5 tokens are fewer than 200.', 'held-out-nothing')
    """
    tokens = len(is_end)
    if share == 0.0:
        return _nothing("Nothing is held out, as asked.", tokens, "as-asked")
    if tokens < MIN_TOKENS:
        return _nothing(f"Nothing is held out: {tokens} tokens are fewer than {MIN_TOKENS}.", tokens, "few-tokens")
    if len(lengths) >= MIN_TEXTS:
        return _runs_of_texts(lengths, is_end, share, seed, arrays)
    first, cut = tokens // 2, int(tokens * (1.0 - share))
    ends = np.flatnonzero(is_end[first:cut])
    if not len(ends):
        return _nothing(_NO_CUT, tokens, "no-sentence-end")
    held_out = tokens - 1 - first - int(ends[-1])
    is_held_out = _spread(np.array([False, True]), np.array([tokens - held_out, held_out]), arrays)
    sentence = f"Held out the last {held_out:,} of {tokens:,} tokens for validation."
    return is_held_out, Note(sentence, code="held-out-end", held_out=held_out, tokens=tokens)


def describe_repeated(texts: IndexedTexts, is_held_out: NDArray[np.bool_]) -> tuple[Note, ...]:
    """Return a note on the held-out texts that also stand in the part that is trained on, if there are any.

    Args:
        texts: The texts, N tokens.
        is_held_out: Which tokens are held out, booleans of shape (N,); texts that are cut are not looked at.

    Returns:
        A note with the code "held-out-repeated" and the figures `repeated` and `held_out`, in texts, or nothing.

    Examples:
        >>> import numpy as np
        >>> texts = IndexedTexts(("a", "b"), np.array([0, 1, 0, 1], np.int32), np.array([2, 2]))
        >>> describe_repeated(texts, np.array([False, False, True, True]))[0].figures
        {'repeated': 1, 'held_out': 1}
    """
    numbers, lengths = texts.word_numbers, texts.lengths
    ends = np.cumsum(lengths)
    counts = np.add.reduceat(is_held_out, ends - lengths, dtype=np.int64) if len(lengths) else lengths
    if not counts.any():
        return ()
    parts = list(zip((ends - lengths).tolist(), ends.tolist(), strict=True))
    is_whole, is_training = (counts == lengths).tolist(), (counts == 0).tolist()
    whole = [numbers[first:end].tobytes() for (first, end), held_out in zip(parts, is_whole, strict=True) if held_out]
    held_out_ones, known = set(whole), set()
    for (first, end), trained in zip(parts, is_training, strict=True):
        if trained and (content := numbers[first:end].tobytes()) in held_out_ones:
            known.add(content)
    repeated = sum(content in known for content in whole)
    if not repeated:
        return ()
    sentence = (
        f"{repeated:,} of {len(whole):,} held-out texts stand in the training text too, word for word: figures are "
        "better than those on new text."
    )
    return (Note(sentence, code="held-out-repeated", repeated=repeated, held_out=len(whole)),)


def drawn_evenly(chosen: NDArray[np.bool_], is_start: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Return as many chosen tokens as asked for, spread evenly over all of them, whole texts where they are short.

    Args:
        chosen: Which tokens may be drawn, booleans of shape (N,).
        is_start: Which tokens begin a text, booleans of shape (N,).
        most: How many to draw; all if there are no more.

    Returns:
        Booleans of shape (N,), at most `most` of them True.

    Examples:
        >>> import numpy as np
        >>> every = np.ones(8, np.bool_)
        >>> drawn_evenly(every, np.arange(8) % 2 == 0, 4).astype(int).tolist()
        [1, 0, 1, 0, 1, 0, 1, 0]
    """
    result = np.zeros(len(chosen), np.bool_)
    for first, last in zip(*drawn_spans(find_spans(chosen, is_start), most), strict=True):
        result[first:last] = True
    return result


_NO_CUT = "Nothing is held out: there is no sentence end to cut at near the end of the text."


def _nothing(sentence: str, tokens: int, reason: str) -> tuple[NDArray[np.bool_], Note]:
    """Hold nothing out."""
    return np.zeros(tokens, np.bool_), Note(sentence, code="held-out-nothing", tokens=tokens, reason=reason)


def _runs_of_texts(
    lengths: NDArray[np.int64], is_end: NDArray[np.bool_], share: float, seed: int, arrays: LongArrays
) -> tuple[NDArray[np.bool_], Note]:
    """Hold out runs of consecutive texts, drawn evenly."""
    tokens = len(is_end)
    wanted = max(1, round(share * tokens))
    run_tokens = min(RUN_TOKENS, max(1, wanted // MIN_RUNS))
    bounds = np.unique(np.concatenate(([0, tokens], _bounds_of_runs(lengths, is_end, run_tokens))))
    sizes = np.diff(bounds)
    # A text without sentences may be far longer than a run; it is held out only where the others are too few, and never
    # if it is more than half of all.
    ascending = np.sort(sizes)
    enough_below = int(ascending[np.searchsorted(np.cumsum(ascending), wanted / 2)])
    most = max(tokens // 2, wanted)
    usable = np.flatnonzero(sizes <= min(max(4 * run_tokens, enough_below), most))
    if not len(usable):
        return _nothing(_NO_CUT, tokens, "no-sentence-end")
    parts = np.array_split(usable, min(len(usable), max(1, round(wanted / float(sizes[usable].mean())))))
    generator = np.random.default_rng(seed)
    one_of_each = generator.permutation([generator.choice(part) for part in parts])
    # Where those are far too few, as sizes differ much, others come behind them.
    others = generator.permutation(np.setdiff1d(usable, one_of_each))
    chosen: list[int] = []
    held_out = 0
    for run, least in [*((run, wanted) for run in one_of_each), *((run, wanted / 2) for run in others)]:
        if held_out < least and held_out + sizes[run] <= most:
            chosen.append(run)
            held_out += int(sizes[run])
    is_held_out = _spread(np.isin(np.arange(len(sizes)), chosen), sizes, arrays)
    runs = len(chosen)
    sentence = f"Held out {held_out:,} of {tokens:,} tokens for validation, {runs:,} runs of texts drawn evenly."
    return is_held_out, Note(sentence, code="held-out-texts", held_out=held_out, tokens=tokens, runs=runs)


def _bounds_of_runs(lengths: NDArray[np.int64], is_end: NDArray[np.bool_], run_tokens: int) -> NDArray[np.int64]:
    """Return the first place at or behind every `run_tokens` tokens where texts, or sentences of long ones, end."""
    ends = np.cumsum(lengths)
    is_long = lengths > max(2 * run_tokens, MIN_TOKENS)
    bounds = [np.zeros(0, np.int64)]
    before = 0
    for part in pieces_of(len(is_end)):
        first, last = np.searchsorted(ends, (part.start, part.stop - 1), side="right")  # texts that the piece is of
        cuts = ends[first : last + 1]
        cuts = cuts[cuts <= part.stop]
        if is_long[first : last + 1].any():
            sizes = np.diff(np.minimum(ends[first : last + 1], part.stop), prepend=part.start)
            of_long = np.repeat(is_long[first : last + 1], sizes)
            cuts = np.union1d(cuts, np.flatnonzero(is_end[part] & of_long) + part.start + 1)
        if len(cuts):
            runs = cuts // run_tokens  # full runs before each
            bounds.append(cuts[np.diff(runs, prepend=before) > 0])
            before = int(runs[-1])
    return np.concatenate(bounds)


def _spread(flags: NDArray[np.bool_], sizes: NDArray[np.int64], arrays: LongArrays) -> NDArray[np.bool_]:
    """Return each flag as often as its size says."""
    ends = np.cumsum(sizes)

    def pieces() -> Iterator[NDArray[np.bool_]]:
        for part in pieces_of(int(ends[-1])):
            first, last = np.searchsorted(ends, (part.start, part.stop - 1), side="right")
            repeats = np.diff(np.minimum(ends[first : last + 1], part.stop), prepend=part.start)
            yield np.repeat(flags[first : last + 1], repeats)

    return arrays.joined(pieces(), np.bool_)
