"""The word being typed: the next-word distribution, restricted to the words that begin as it does.

Input: a language model and a text that may end within a word. Output: the most probable words for it.
"""

import math

import numpy as np

from nextword.errors import check_bool
from nextword.prediction.context import read_context, unfinished_word
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.next_word import Prediction, check_top_k, top_positions
from nextword.prediction.reading_on import suggestion_log_probabilities
from nextword.runtime import State
from nextword.tokens.characters import clean_text
from nextword.tokens.texts import check_text


def complete_word(
    lm: LanguageModel, text: str, prefix: str | None = None, top_k: int = 5, *, ignore_case: bool = False
) -> tuple[Prediction, ...]:
    """Return the most probable words for the unfinished last word of a text, best first.

    The unfinished word is the last token of the text, if that is a word: `I want to ea` ends in `ea`, `我想吃苹` in
    `苹`, as the segmenter cuts it; where no known word begins like a Chinese token, its end counts (`我喜` as `喜`). A
    finished word cannot be told from an unfinished one, so `I want to eat` asks for `eat`, `eaten`, ...; a word that is
    there itself is always among the results. After a space, a line break or a punctuation mark there is no unfinished
    word, in Chinese too, and all words are candidates. A `' ’ - .` behind a word belongs to it where a known word goes
    on like that (`don'`). At level "char" no word is ever unfinished.

    Args:
        lm: A language model.
        text: The text so far, with the unfinished word.
        prefix: How the word begins; then `text` is what comes before it. Empty means any word.
        top_k: How many words, at least 1.
        ignore_case: Match `app` with `Apple` too.

    Returns:
        Words that begin with the prefix, with their probabilities among all such words, which sum to 1 over all of
        them; empty if there is none.

    Raises:
        InputTypeError: If `text` or `prefix` is no `str`; code "text-not-str".
        ConfigError: If `top_k` is no integer of at least 1 or `ignore_case` no bool; code "option-out-of-range".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> [word for word, _ in nw.complete_word(lm, "I like gr")]
        ['green']
        >>> nw.complete_word(lm, "I like", prefix="te")[0]
        Prediction(word='tea', probability=1.0)
    """
    check_top_k(top_k)
    check_bool("ignore_case", ignore_case)
    context = read_context(lm, text)
    if prefix is None:
        prefix, state = unfinished_word(lm, context)
    else:
        prefix, state = clean_text(check_text("prefix", prefix)), context.state
    return complete_from(lm, state, prefix, top_k, ignore_case)


def complete_from(
    lm: LanguageModel, state: State, prefix: str, top_k: int, ignore_case: bool = False
) -> tuple[Prediction, ...]:
    """Return the most probable words in a state that begin with a prefix; see `complete_word`.

    Args:
        lm: A language model.
        state: State before the word, of one text.
        prefix: How the word begins; empty means any word.
        top_k: How many words, at least 1.
        ignore_case: Match `app` with `Apple` too.

    Returns:
        Words with their probabilities among all that begin so; empty if there is none.
    """
    ids = lm.vocabulary.ids_with_prefix(prefix, ignore_case=ignore_case)
    if not len(ids):
        return ()
    logs = suggestion_log_probabilities(lm, state)[0][ids].astype(np.float64)
    best = float(logs.max())
    if best == -math.inf:  # all of them are blocked
        return ()
    probabilities = np.exp(logs - best)
    probabilities /= probabilities.sum()
    chosen = top_positions(probabilities, top_k).tolist()
    words = [lm.vocabulary.words[token_id] for token_id in ids[chosen].tolist()]
    exact = np.flatnonzero(ids == lm.vocabulary.ids.get(prefix, -1)).tolist()
    if exact and exact[0] not in chosen:
        chosen[-1], words[-1] = exact[0], prefix
    ranked = zip(words, probabilities[chosen].tolist(), strict=True)
    return tuple(Prediction(word, probability) for word, probability in ranked if probability > 0.0)
