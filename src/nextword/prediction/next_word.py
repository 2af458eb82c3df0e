"""The next word of a text, or of many texts.

Input: a language model and a text. Output: the most probable next words, or the whole distribution.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError, described
from nextword.prediction.context import context_ids, read_context
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.reading_on import suggestion_log_probabilities
from nextword.prediction.suggested import suggestion_distributions
from nextword.runtime import Runtime, State, best_of, is_searched, top_positions
from nextword.tokens.texts import check_texts

# Number of texts that are read side by side.
BATCH = 64


class Prediction(NamedTuple):
    """A word and its probability.

    Attributes:
        word: The word.
        probability: 0 to 1.
    """

    word: str
    probability: float


def predict_next_word(lm: LanguageModel, text: str = "", top_k: int = 5) -> tuple[Prediction, ...]:
    """Return the most probable next words of a text, best first.

    Special tokens are never suggested and probabilities are those of the whole distribution, so they sum to less
    than 1. Behind a finished sentence, where a line break is likely, the words that would begin the next line are
    suggested too: see `suggestion_log_probabilities`. Equal probabilities are ordered by token id, the more frequent
    word first.

    Args:
        lm: A language model.
        text: The text so far; empty predicts the first word. Of a long text the tail counts, at least its last 4,096
            characters.
        top_k: How many words, at least 1; more than there are means all.

    Returns:
        Words with their probabilities; fewer than `top_k` where others have no probability.

    Raises:
        InputTypeError: If `lm` is no language model, or `text` no `str`; codes "not-a-language-model" and
            "text-not-str".
        ConfigError: If `top_k` is no integer of at least 1; code "option-out-of-range".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> nw.predict_next_word(lm, "I like green", top_k=1)[0].word
        'tea'
    """
    check_language_model(lm, text)
    check_top_k(top_k)
    return predict_from(lm, read_context(lm, text).state, top_k)[0]


def predict_next_words(lm: LanguageModel, texts: Iterable[str], top_k: int = 5) -> list[tuple[Prediction, ...]]:
    """Return the most probable next words of many texts, in their order: `predict_next_word` of each, only faster.

    Texts are read side by side, 64 at a time, so probabilities may differ in the sixth digit from those of one text.

    Args:
        lm: A language model.
        texts: Any iterable of texts.
        top_k: How many words for each.

    Returns:
        One tuple of predictions a text, in the order of the texts.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"); if `texts` is one `str`, or an item
            is no `str`, codes as in `check_texts`.
        ConfigError: If `top_k` is no integer of at least 1; code "option-out-of-range".
    """
    check_language_model(lm, texts)
    check_top_k(top_k)
    contexts = [context_ids(lm, text) for text in check_texts(texts)]
    predictions: list[tuple[Prediction, ...]] = []
    for start in range(0, len(contexts), BATCH):
        predictions += predict_from(lm, _advance_all(lm.runtime, contexts[start : start + BATCH]), top_k)
    return predictions


def next_word_probabilities(lm: LanguageModel, text: str = "") -> NDArray[np.float64]:
    """Return the probability of every token to come next, special tokens included, without reading on behind `<eos>`.

    Args:
        lm: A language model.
        text: The text so far; empty asks for the first word.

    Returns:
        float64 of shape (V,), in id order, summing to 1; `<pad>` has 0.

    Raises:
        InputTypeError: If `lm` is no language model, or `text` no `str`; codes "not-a-language-model" and
            "text-not-str".
    """
    check_language_model(lm, text)
    probabilities = np.exp(lm.runtime.log_probabilities(read_context(lm, text).state)[0].astype(np.float64))
    return np.asarray(probabilities / probabilities.sum())


def check_top_k(top_k: object) -> None:
    """Raise `ConfigError` unless `top_k` is an integer of at least 1, one of NumPy allowed.

    Args:
        top_k: What was given.

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    if isinstance(top_k, bool) or not isinstance(top_k, int | np.integer) or top_k < 1:
        raise ConfigError(
            f"`top_k` is how many words to suggest, an integer of at least 1; received {described(top_k)}.",
            code="option-out-of-range",
            option="top_k",
            value=top_k,
        )


def predict_from(lm: LanguageModel, state: State, top_k: int) -> list[tuple[Prediction, ...]]:
    """Return the words to suggest in a state, best first; see `predict_next_word`.

    Args:
        lm: A language model.
        state: State of its runtime, of B texts.
        top_k: How many words, at least 1.

    Returns:
        B tuples of words with their probabilities; words that have none are left out.
    """
    words, first = lm.vocabulary.words, lm.vocabulary.first_word
    best: list[tuple[list[int], list[float]]] = []  # ids and probabilities, text by text
    if is_searched(lm.runtime, top_k):
        for distribution in suggestion_distributions(lm, state):
            ids, probabilities = best_of(distribution, int(top_k), first)
            best.append((ids.tolist(), probabilities.tolist()))
    else:
        for logs in suggestion_log_probabilities(lm, state):
            positions = top_positions(logs[first:], int(top_k)) + first
            best.append((positions.tolist(), list(map(math.exp, logs[positions].tolist()))))
    return [tuple(Prediction(words[i], p) for i, p in zip(*ranked, strict=True) if p > 0.0) for ranked in best]


def _advance_all(runtime: Runtime, contexts: Sequence[NDArray[np.int32]]) -> State:
    """Return the states after contexts of different lengths as one batch, in their order."""
    order = sorted(range(len(contexts)), key=lambda row: -len(contexts[row]))  # the longest first
    lengths = np.array([len(contexts[row]) for row in order])
    padded = np.zeros((len(order), lengths[0]), np.int64)  # (B, longest)
    for row, context in enumerate(order):
        padded[row, : lengths[row]] = contexts[context]
    running = runtime.initial_state(len(order))
    finished: list[State] = []
    for position, column in enumerate(padded.T):
        num_running = int(np.count_nonzero(lengths > position))
        if num_running < len(running[0]):
            finished.append(tuple(array[num_running:] for array in running))
            running = tuple(array[:num_running] for array in running)
        running = runtime.advance(running, column[:num_running])
    by_length = [running, *reversed(finished)]
    rows = np.argsort(order)
    return tuple(np.concatenate(arrays)[rows] for arrays in zip(*by_length, strict=True))
