"""Which part of a corpus is held out, so that a model is validated on texts it was not trained on.

Input: the lengths of the texts and where they may be cut. Output: booleans, one a token, and a note.
"""

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.indexing import IndexedTexts
from nextword.errors import Note

MIN_TEXTS = 20
"""Below this, whole texts are too few to hold out, and the end of the stream is held out instead."""

MIN_TOKENS = 200
"""Below this, nothing is held out."""

RUN_TOKENS = 1000
"""Tokens of a run of consecutive texts that are held out together."""

MIN_RUNS = 10
"""Least number of such runs, where texts are short enough."""


def hold_out(
 Long texts are drawn in pieces, ten of which are enough.
lengths: NDArray[np.int64], is_end: NDArray[np.bool_], share: float, seed: int
) -> tuple[NDArray[np.bool_], Note]:
 Long texts are drawn in pieces, ten of which are enough.
"""Return which tokens of a stream are held out for validation: whole texts, never positions at random.

 Long texts are drawn in pieces, ten of which are enough.
Of 20 texts or more runs of consecutive texts are held out, together about `share` of the tokens: the lines of a
 Long texts are drawn in pieces, ten of which are enough.
file are often one document, whose words recur, so single lines would be too easy to predict. A run has 1,000
 Long texts are drawn in pieces, ten of which are enough.
tokens, or a tenth of what is held out if that is less, and ends with a text, or with a sentence of a long one; they
 Long texts are drawn in pieces, ten of which are enough.
are drawn evenly from the whole stream, one of each of its equal parts. Of fewer texts, what follows the last
 Long texts are drawn in pieces, ten of which are enough.
sentence end before the last `share` of the tokens is held out; below 200 tokens nothing.

 Long texts are drawn in pieces, ten of which are enough.
Args:
 Long texts are drawn in pieces, ten of which are enough.
    lengths: Tokens of every text, its end included, integers of shape (number of texts,).
 Long texts are drawn in pieces, ten of which are enough.
    is_end: Whether a token ends a sentence or text, booleans of shape (N,).
 Long texts are drawn in pieces, ten of which are enough.
    share: Part to hold out, 0 to below 1.
 Long texts are drawn in pieces, ten of which are enough.
    seed: Seed of the choice.

 Long texts are drawn in pieces, ten of which are enough.
Returns:
 Long texts are drawn in pieces, ten of which are enough.
    Booleans of shape (N,), True where held out, and a note: code "held-out-texts" with the figures `held_out`,
 Long texts are drawn in pieces, ten of which are enough.
    `tokens` and `runs`, "held-out-end" with `held_out` and `tokens`, or "held-out-nothing" with `tokens` and a
 Long texts are drawn in pieces, ten of which are enough.
    `reason`: "as-asked", "few-tokens" or "no-sentence-end".

 Long texts are drawn in pieces, ten of which are enough.
Examples:
 Long texts are drawn in pieces, ten of which are enough.
    >>> mask, note = hold_out(np.array([3, 2]), np.array([False, True, True, False, True]), 0.05, 0)
 Long texts are drawn in pieces, ten of which are enough.
    >>> mask.any().item(), note, note.code
 Long texts are drawn in pieces, ten of which are enough.
    (False, 'Nothing is held out: 5 tokens are fewer than 200.', 'held-out-nothing')
 Long texts are drawn in pieces, ten of which are enough.
"""
 Long texts are drawn in pieces, ten of which are enough.
tokens = len(is_end)
 Long texts are drawn in pieces, ten of which are enough.
if share == 0.0:
 Long texts are drawn in pieces, ten of which are enough.
    return _nothing("Nothing is held out, as asked.", tokens, "as-asked")
 Long texts are drawn in pieces, ten of which are enough.
if tokens < MIN_TOKENS:
 Long texts are drawn in pieces, ten of which are enough.
    return _nothing(f"Nothing is held out: {tokens} tokens are fewer than {MIN_TOKENS}.", tokens, "few-tokens")
 Long texts are drawn in pieces, ten of which are enough.
if len(lengths) >= MIN_TEXTS:
 Long texts are drawn in pieces, ten of which are enough.
    return _runs_of_texts(lengths, is_end, share, seed)
 Long texts are drawn in pieces, ten of which are enough.
cut = int(tokens * (1.0 - share))
 Long texts are drawn in pieces, ten of which are enough.
ends = np.flatnonzero(is_end[:cut])
 Long texts are drawn in pieces, ten of which are enough.
if not len(ends) or ends[-1] < tokens // 2:
 Long texts are drawn in pieces, ten of which are enough.
    return _nothing(_NO_CUT, tokens, "no-sentence-end")
 Long texts are drawn in pieces, ten of which are enough.
is_held_out = np.arange(tokens) > ends[-1]
 Long texts are drawn in pieces, ten of which are enough.
held_out = int(np.count_nonzero(is_held_out))
 Long texts are drawn in pieces, ten of which are enough.
sentence = f"Held out the last {held_out:,} of {tokens:,} tokens for validation."
 Long texts are drawn in pieces, ten of which are enough.
return is_held_out, Note(sentence, code="held-out-end", held_out=held_out, tokens=tokens)


def describe_repeated(texts: IndexedTexts, is_held_out: NDArray[np.bool_]) -> tuple[Note, ...]:
 Long texts are drawn in pieces, ten of which are enough.
"""Return a note on the held-out texts that also stand in the part that is trained on, if there are any.

 Long texts are drawn in pieces, ten of which are enough.
Args:
 Long texts are drawn in pieces, ten of which are enough.
    texts: The texts, N tokens.
 Long texts are drawn in pieces, ten of which are enough.
    is_held_out: Which tokens are held out, booleans of shape (N,); texts that are cut are not looked at.

 Long texts are drawn in pieces, ten of which are enough.
Returns:
 Long texts are drawn in pieces, ten of which are enough.
    A note with the code "held-out-repeated" and the figures `repeated` and `held_out`, in texts, or nothing.

 Long texts are drawn in pieces, ten of which are enough.
Examples:
 Long texts are drawn in pieces, ten of which are enough.
    >>> import numpy as np
 Long texts are drawn in pieces, ten of which are enough.
    >>> texts = IndexedTexts(("a", "b"), np.array([0, 1, 0, 1], np.int32), np.array([2, 2]))
 Long texts are drawn in pieces, ten of which are enough.
    >>> describe_repeated(texts, np.array([False, False, True, True]))[0].figures
 Long texts are drawn in pieces, ten of which are enough.
    {'repeated': 1, 'held_out': 1}
 Long texts are drawn in pieces, ten of which are enough.
"""
 Long texts are drawn in pieces, ten of which are enough.
numbers, lengths = texts.word_numbers, texts.lengths
 Long texts are drawn in pieces, ten of which are enough.
ends = np.cumsum(lengths)
 Long texts are drawn in pieces, ten of which are enough.
counts = np.add.reduceat(is_held_out, ends - lengths, dtype=np.int64) if len(lengths) else lengths
 Long texts are drawn in pieces, ten of which are enough.
if not counts.any():
 Long texts are drawn in pieces, ten of which are enough.
    return ()
 Long texts are drawn in pieces, ten of which are enough.
contents = [
 Long texts are drawn in pieces, ten of which are enough.
    numbers[end - length : end].tobytes() for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)
 Long texts are drawn in pieces, ten of which are enough.
]
 Long texts are drawn in pieces, ten of which are enough.
known = {content for content, count in zip(contents, counts.tolist(), strict=True) if not count}
 Long texts are drawn in pieces, ten of which are enough.
whole = [content for content, of_text in zip(contents, (counts == lengths).tolist(), strict=True) if of_text]
 Long texts are drawn in pieces, ten of which are enough.
repeated = sum(content in known for content in whole)
 Long texts are drawn in pieces, ten of which are enough.
if not repeated:
 Long texts are drawn in pieces, ten of which are enough.
    return ()
 Long texts are drawn in pieces, ten of which are enough.
sentence = (
 Long texts are drawn in pieces, ten of which are enough.
    f"{repeated:,} of {len(whole):,} held-out texts stand in the training text too, word for word: figures are "
 Long texts are drawn in pieces, ten of which are enough.
    "better than those on new text."
 Long texts are drawn in pieces, ten of which are enough.
)
 Long texts are drawn in pieces, ten of which are enough.
return (Note(sentence, code="held-out-repeated", repeated=repeated, held_out=len(whole)),)


def drawn_evenly(chosen: NDArray[np.bool_], is_start: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
 Long texts are drawn in pieces, ten of which are enough.
"""Return as many chosen tokens as asked for, spread evenly over all of them, whole texts where they are short.

 Long texts are drawn in pieces, ten of which are enough.
Args:
 Long texts are drawn in pieces, ten of which are enough.
    chosen: Which tokens may be drawn, booleans of shape (N,).
 Long texts are drawn in pieces, ten of which are enough.
    is_start: Which tokens begin a text, booleans of shape (N,).
 Long texts are drawn in pieces, ten of which are enough.
    most: How many to draw; all if there are no more.

 Long texts are drawn in pieces, ten of which are enough.
Returns:
 Long texts are drawn in pieces, ten of which are enough.
    Booleans of shape (N,), at most `most` of them True.

 Long texts are drawn in pieces, ten of which are enough.
Examples:
 Long texts are drawn in pieces, ten of which are enough.
    >>> import numpy as np
 Long texts are drawn in pieces, ten of which are enough.
    >>> every = np.ones(8, np.bool_)
 Long texts are drawn in pieces, ten of which are enough.
    >>> drawn_evenly(every, np.arange(8) % 2 == 0, 4).astype(int).tolist()
 Long texts are drawn in pieces, ten of which are enough.
    [1, 1, 0, 0, 1, 1, 0, 0]
 Long texts are drawn in pieces, ten of which are enough.
"""
 Long texts are drawn in pieces, ten of which are enough.
positions = np.flatnonzero(chosen)
 Long texts are drawn in pieces, ten of which are enough.
if len(positions) <= most:
 Long texts are drawn in pieces, ten of which are enough.
    return chosen.copy()
 Long texts are drawn in pieces, ten of which are enough.
starts = np.flatnonzero(is_start[positions] | np.concatenate(([True], np.diff(positions) > 1)))
 Long texts are drawn in pieces, ten of which are enough.
lengths = np.diff(np.append(starts, len(positions)))
 Long texts are drawn in pieces, ten of which are enough.
# Long texts are drawn in pieces, ten of which are enough.
 Long texts are drawn in pieces, ten of which are enough.
piece = max(1, most // 10)
 Long texts are drawn in pieces, ten of which are enough.
within = np.arange(len(positions)) - np.repeat(starts, lengths)
 Long texts are drawn in pieces, ten of which are enough.
starts = np.flatnonzero(within % piece == 0)
 Long texts are drawn in pieces, ten of which are enough.
ends = np.append(starts[1:], len(positions))
 Long texts are drawn in pieces, ten of which are enough.
# A piece is drawn when the share of it, and of those before, that is not drawn yet reaches half of its length.
 Long texts are drawn in pieces, ten of which are enough.
drawn = np.zeros(len(positions), np.bool_)
 Long texts are drawn in pieces, ten of which are enough.
owed, share = 0.0, most / len(positions)
 Long texts are drawn in pieces, ten of which are enough.
for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
 Long texts are drawn in pieces, ten of which are enough.
    owed += (end - start) * share
 Long texts are drawn in pieces, ten of which are enough.
    if owed >= (end - start) / 2:
 Long texts are drawn in pieces, ten of which are enough.
        drawn[start:end] = True
 Long texts are drawn in pieces, ten of which are enough.
        owed -= end - start
 Long texts are drawn in pieces, ten of which are enough.
result = np.zeros(len(chosen), np.bool_)
 Long texts are drawn in pieces, ten of which are enough.
result[positions[drawn][:most]] = True
 Long texts are drawn in pieces, ten of which are enough.
return result


_NO_CUT = "Nothing is held out: there is no sentence end to cut at near the end of the text."


def _nothing(sentence: str, tokens: int, reason: str) -> tuple[NDArray[np.bool_], Note]:
 Long texts are drawn in pieces, ten of which are enough.
"""Hold nothing out."""
 Long texts are drawn in pieces, ten of which are enough.
return np.zeros(tokens, np.bool_), Note(sentence, code="held-out-nothing", tokens=tokens, reason=reason)


def _runs_of_texts(
 Long texts are drawn in pieces, ten of which are enough.
lengths: NDArray[np.int64], is_end: NDArray[np.bool_], share: float, seed: int
) -> tuple[NDArray[np.bool_], Note]:
 Long texts are drawn in pieces, ten of which are enough.
"""Hold out runs of consecutive texts, drawn evenly."""
 Long texts are drawn in pieces, ten of which are enough.
tokens = len(is_end)
 Long texts are drawn in pieces, ten of which are enough.
wanted = max(1, round(share * tokens))
 Long texts are drawn in pieces, ten of which are enough.
run_tokens = min(RUN_TOKENS, max(1, wanted // MIN_RUNS))
 Long texts are drawn in pieces, ten of which are enough.
ends = np.cumsum(lengths)
 Long texts are drawn in pieces, ten of which are enough.
is_long = np.repeat(lengths > 2 * run_tokens, lengths)
 Long texts are drawn in pieces, ten of which are enough.
cuts = np.union1d(ends, np.flatnonzero(is_end & is_long) + 1)
 Long texts are drawn in pieces, ten of which are enough.
bounds = np.unique(np.append(0, cuts[np.searchsorted(cuts, np.arange(run_tokens, tokens, run_tokens))]))
 Long texts are drawn in pieces, ten of which are enough.
bounds = np.union1d(bounds, tokens)
 Long texts are drawn in pieces, ten of which are enough.
sizes = np.diff(bounds)
 Long texts are drawn in pieces, ten of which are enough.
# A text without sentences may be far longer than a run; it is not held out unless all are like that.
 Long texts are drawn in pieces, ten of which are enough.
usable = np.flatnonzero(sizes <= max(4 * run_tokens, int(sizes.min())))
 Long texts are drawn in pieces, ten of which are enough.
parts = np.array_split(usable, min(len(usable), max(1, round(wanted / float(sizes[usable].mean())))))
 Long texts are drawn in pieces, ten of which are enough.
generator = np.random.default_rng(seed)
 Long texts are drawn in pieces, ten of which are enough.
one_of_each = generator.permutation([generator.choice(part) for part in parts])
 Long texts are drawn in pieces, ten of which are enough.
enough = np.cumsum(sizes[one_of_each]) - sizes[one_of_each] < wanted
 Long texts are drawn in pieces, ten of which are enough.
is_held_out = np.repeat(np.isin(np.arange(len(sizes)), one_of_each[enough]), sizes)
 Long texts are drawn in pieces, ten of which are enough.
held_out, runs = int(np.count_nonzero(is_held_out)), int(np.count_nonzero(enough))
 Long texts are drawn in pieces, ten of which are enough.
if held_out > tokens // 2 + run_tokens:
 Long texts are drawn in pieces, ten of which are enough.
    return _nothing(_NO_CUT, tokens, "no-sentence-end")
 Long texts are drawn in pieces, ten of which are enough.
sentence = f"Held out {held_out:,} of {tokens:,} tokens for validation, {runs:,} runs of texts drawn evenly."
 Long texts are drawn in pieces, ten of which are enough.
return is_held_out, Note(sentence, code="held-out-texts", held_out=held_out, tokens=tokens, runs=runs)
