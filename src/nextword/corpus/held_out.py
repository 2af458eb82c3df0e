"""Which part of a corpus is held out, so that a model is validated on texts it was not trained on.

Input: the lengths of the texts and where they may be cut. Output: booleans, one a token, and a note.
"""

import numpy as np
from numpy.typing import NDArray

from nextword.errors import Note

MIN_TEXTS = 20
"""Below this, whole texts are too few to hold out, and the end of the stream is held out instead."""

MIN_TOKENS = 200
"""Below this, nothing is held out."""

RUN_TOKENS = 1000
"""Most tokens of a run of consecutive texts that are held out together."""

MIN_RUNS = 10
"""Least number of such runs, where there are enough texts."""


def hold_out(
    lengths: NDArray[np.int64], is_end: NDArray[np.bool_], share: float, seed: int
) -> tuple[NDArray[np.bool_], Note]:
    """Return which tokens of a stream are held out for validation: whole texts, never positions at random.

    Of 20 texts or more a random `share` is held out, at least one text; of fewer, what follows the last sentence end
    before the last `share` of the tokens; below 200 tokens nothing. Texts are held out in runs of consecutive texts of
    up to 1,000 tokens, at least 10 runs where there are enough texts: the lines of a file are often one document, whose
    words recur, so single lines would be too easy to predict.

    Args:
        lengths: Tokens of every text, its end included, integers of shape (number of texts,).
        is_end: Whether a token ends a sentence or text, booleans of shape (N,).
        share: Part to hold out, 0 to below 1.
        seed: Seed of the choice.

    Returns:
        Booleans of shape (N,), True where held out, and a note: code "held-out-texts" with the figures `held_out` and
        `texts`, "held-out-end" with `held_out` and `tokens`, or "held-out-nothing" with `tokens` and a `reason`:
        "as-asked", "few-tokens" or "no-sentence-end".

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
        return _whole_texts(lengths, share, seed)
    cut = int(tokens * (1.0 - share))
    ends = np.flatnonzero(is_end[:cut])
    if not len(ends) or ends[-1] < tokens // 2:
        sentence = "Nothing is held out: there is no sentence end to cut at near the end of the text."
        return _nothing(sentence, tokens, "no-sentence-end")
    is_held_out = np.arange(tokens) > ends[-1]
    held_out = int(np.count_nonzero(is_held_out))
    sentence = f"Held out the last {held_out:,} of {tokens:,} tokens for validation."
    return is_held_out, Note(sentence, code="held-out-end", held_out=held_out, tokens=tokens)


def _nothing(sentence: str, tokens: int, reason: str) -> tuple[NDArray[np.bool_], Note]:
    """Hold nothing out."""
    return np.zeros(tokens, np.bool_), Note(sentence, code="held-out-nothing", tokens=tokens, reason=reason)


def _whole_texts(lengths: NDArray[np.int64], share: float, seed: int) -> tuple[NDArray[np.bool_], Note]:
    """Hold out random runs of consecutive texts."""
    texts = len(lengths)
    held_out = max(1, round(share * texts))
    run_length = max(1, min(held_out // MIN_RUNS, RUN_TOKENS * texts // int(lengths.sum())))
    # In a random order of the runs, texts are taken until there are enough.
    runs = np.array_split(np.arange(texts), -(-texts // run_length))
    order = np.random.default_rng(seed).permutation(len(runs))
    chosen = np.zeros(texts, np.bool_)
    chosen[np.concatenate([runs[position] for position in order])[:held_out]] = True
    sentence = f"Held out {held_out:,} of {texts:,} texts for validation."
    return np.repeat(chosen, lengths), Note(sentence, code="held-out-texts", held_out=held_out, texts=texts)
