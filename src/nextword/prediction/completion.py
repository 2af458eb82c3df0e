"""The word being typed: the next-word distribution, restricted to the words that begin as it does.

Input: a language model and a text that may end within a word. Output: the most probable words for it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from nextword.prediction.context import read_context, unfinished_word
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.next_word import Prediction, check_top_k
from nextword.prediction.reading_on import suggestion_log_probabilities
from nextword.prediction.shaped_distribution import LEAST_EXACT
from nextword.prediction.suggested import suggestion_distributions
from nextword.runtime import State, is_searched, top_positions
from nextword.tokens.characters import clean_text
from nextword.tokens.texts import check_text


def complete_word(lm: LanguageModel, text: str, prefix: str | None = None, top_k: int = 5) -> tuple[Prediction, ...]:
    """Return the most probable words for the unfinished last word of a text, best first.

    The unfinished word is the last token of the text, if that is a word: `I want to ea` ends in `ea`, `我想吃苹` in
    `苹`, as the segmenter cuts it; where no known word begins like a Chinese token, its end counts (`我喜` as `喜`). A
    finished word cannot be told from an unfinished one, so `I want to eat` asks for `eat`, `eaten`, ...; a word that is
    there itself is always among the results, unless it is blocked. After a space, a line break or a punctuation mark
    there is no unfinished word, in Chinese too, and all words are candidates. An apostrophe, hyphen or period behind a
    word belongs to it where a known word goes on like that (`don'`). At level "char" no word is ever unfinished.

    Words are compared by their comparison form: `I’` finds `I'll` and `mc` finds `McDonald`, whatever case, apostrophe
    or width was typed. All words that match are one distribution; of equally probable ones those come first that begin
    just as typed.

    Args:
        lm: A language model.
        text: The text so far, with the unfinished word.
        prefix: How the word begins; then `text` is what comes before it. Empty means any word.
        top_k: How many words, at least 1.

    Returns:
        Words that begin with the prefix, with their probabilities among all such words, which sum to 1 over all of
        them; empty if there is none.

    Raises:
        InputTypeError: If `lm` is no language model, or `text` or `prefix` no `str`; codes "not-a-language-model" and
            "text-not-str".
        ConfigError: If `top_k` is no integer of at least 1; code "option-out-of-range".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> [word for word, _ in nw.complete_word(lm, "I like gr")]
        ['green']
        >>> nw.complete_word(lm, "I like", prefix="te")[0]
        Prediction(word='tea', probability=1.0)
    """
    check_language_model(lm, text, prefix)
    check_top_k(top_k)
    if prefix is not None:
        prefix = clean_text(check_text("prefix", prefix))
    context = read_context(lm, text)
    if prefix is None:
        prefix, state = unfinished_word(lm, context)
    else:
        state = context.state
    return complete_from(lm, state, prefix, top_k)


def complete_from(lm: LanguageModel, state: State, prefix: str, top_k: int) -> tuple[Prediction, ...]:
    """Return the most probable words in a state that begin with a prefix; see `complete_word`.

    Args:
        lm: A language model.
        state: State before the word, of one text.
        prefix: How the word begins; empty means any word.
        top_k: How many words, at least 1.

    Returns:
        Words with their probabilities among all that begin so; empty if there is none, or all of them are blocked.
    """
    ids = lm.vocabulary.ids_with_prefix(prefix)
    if not len(ids):
        return ()
    ids, probabilities = _among(lm, state, ids)
    if not len(ids):
        return ()
    words = lm.vocabulary.words
    lowest = probabilities[top_positions(probabilities, top_k)[-1]]
    candidates = np.flatnonzero(probabilities >= lowest).tolist()  # more than asked for where some are equal
    candidates.sort(key=lambda position: (-probabilities[position], not words[ids[position]].startswith(prefix)))
    chosen = candidates[:top_k]
    itself = np.flatnonzero(ids == lm.vocabulary.ids.get(prefix, -1)).tolist()
    if itself and itself[0] not in chosen:
        chosen[-1] = itself[0]
    ranked = zip(ids[chosen].tolist(), probabilities[chosen].tolist(), strict=True)
    return tuple(Prediction(words[token_id], probability) for token_id, probability in ranked if probability > 0.0)


def _among(lm: LanguageModel, state: State, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which of given words can come, and their probabilities if it is one of them, which sum to 1."""
    if is_searched(lm.runtime):
        probabilities = suggestion_distributions(lm, state)[0].at(ids).astype(np.float64)
        if probabilities.max() > LEAST_EXACT:
            possible = probabilities > 0.0
            return ids[possible], probabilities[possible] / probabilities.sum()
    logs = suggestion_log_probabilities(lm, state)[0][ids].astype(np.float64)
    possible = logs > -math.inf
    ids, logs = ids[possible], logs[possible]
    probabilities = np.exp(logs - logs.max(initial=-math.inf))
    return ids, probabilities / probabilities.sum()
