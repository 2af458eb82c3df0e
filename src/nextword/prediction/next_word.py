"""The next word of a text.

Enters: a language model and a text. Leaves: the most probable next words, or the whole distribution.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.characters import clean_text
from nextword.errors import ConfigError, InputTypeError
from nextword.language_model import LanguageModel
from nextword.runtime.protocol import State
from nextword.vocabulary import EOS_ID, SPECIAL_TOKENS

# A long text counts by its tail, cut at a place that depends on its length only: then a text that grows key by key
# is read from the same place for 4,096 characters at a time.
ANCHOR_CHARACTERS = 4096


class Prediction(NamedTuple):
    """A word and its probability, 0 to 1."""

    word: str
    probability: float


def predict_next_word(lm: LanguageModel, text: str = "", top_k: int = 5) -> tuple[Prediction, ...]:
    """Return the most probable next words of a text, best first.

    Special tokens are never suggested and probabilities are those of the whole distribution, so they sum to less
    than 1. Equal probabilities are ordered by token id, the more frequent word first.

    Args:
        lm: A language model.
        text: The text so far; empty predicts the first word. Of a long text the tail counts, at least its last 4,096
            characters.
        top_k: How many words, at least 1; more than there are means all.

    Raises:
        InputTypeError: If `text` is no `str`.
        ConfigError: If `top_k` is no integer of at least 1.

    Examples:
        >>> import nextword as nw
        >>> lm = nw.fit(["I like tea.", "You like tea."] * 8, progress=False)
        >>> nw.predict_next_word(lm, "I like", top_k=1)[0].word
        'tea'
    """
    if isinstance(top_k, bool) or not isinstance(top_k, int | np.integer) or top_k < 1:
        raise ConfigError(f"`top_k` is how many words to suggest, an integer of at least 1; received {top_k!r}.")
    logs = lm.runtime.log_probabilities(read_context(lm, text))[0]  # (V,)
    ids = top_ids(logs, int(top_k))
    words = lm.vocabulary.words
    probabilities = np.exp(logs[ids].astype(np.float64))
    return tuple(Prediction(words[i], p) for i, p in zip(ids.tolist(), probabilities.tolist(), strict=True))


def next_word_probabilities(lm: LanguageModel, text: str = "") -> NDArray[np.float64]:
    """Return the probability of every token to come next, special tokens included.

    Args:
        lm: A language model.
        text: The text so far; empty asks for the first word.

    Returns:
        float64 of shape (V,), in id order, summing to 1; `<pad>` has 0.

    Raises:
        InputTypeError: If `text` is no `str`.
    """
    probabilities = np.exp(lm.runtime.log_probabilities(read_context(lm, text))[0].astype(np.float64))
    return np.asarray(probabilities / probabilities.sum())


def read_context(lm: LanguageModel, text: str) -> State:
    """Return the runtime's state after one `<eos>` and the text, or the tail of it that counts.

    A line break at the very end is read as `<eos>`: what follows is a new line.
    """
    if not isinstance(text, str):
        raise InputTypeError(f"a text is one `str`; received {text!r:.80} ({type(text).__name__}).")
    tail = text[context_start(len(text)) :]
    ids = lm.tokenizer.encode(tail)
    # Cleaning knows every kind of break and space: a Chinese paragraph may already have its indent, "\n　　".
    ends = [EOS_ID] if len(ids) and clean_text(tail).rstrip(" ").endswith("\n") else []
    return lm.runtime.advance(lm.runtime.initial_state(), np.concatenate(([EOS_ID], ids, ends)).astype(np.int64))


def context_start(length: int) -> int:
    """Return where in a text of `length` characters the part that counts begins.

    The last multiple of 4,096 that leaves at least 4,096 characters.

    Examples:
        >>> context_start(8191), context_start(8192), context_start(20_000)
        (0, 4096, 12288)
    """
    return max(0, (length // ANCHOR_CHARACTERS - 1) * ANCHOR_CHARACTERS)


def top_ids(logs: NDArray[np.float32], top_k: int) -> NDArray[np.intp]:
    """Return the ids of the `top_k` highest values, special tokens left out, ties by id.

    Args:
        logs: Log-probabilities (V,).
        top_k: How many; more than there are means all.
    """
    words = logs[len(SPECIAL_TOKENS) :]
    number = min(top_k, len(words))
    lowest = np.partition(words, len(words) - number)[len(words) - number]
    candidates = np.flatnonzero(words >= lowest)
    order = np.lexsort((candidates, -words[candidates]))[:number]
    return candidates[order] + len(SPECIAL_TOKENS)
