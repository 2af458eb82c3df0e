"""Words that must not come out.

Input: a language model and words. Output: the same model, in whose shape they are blocked.
"""

from collections.abc import Iterable
from dataclasses import replace

from nextword.errors import InputError
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.shaping import shaped, unshaped
from nextword.tokens.texts import check_texts


def block(lm: LanguageModel, words: Iterable[str]) -> LanguageModel:
    """Return a language model in which words cannot come out, in suggestion, completion or generation.

    Case and full-width variants are blocked with them, and Chinese words in parts too: with 苹果 blocked, 果 does not
    follow 苹. Longer words stay: 苹果汁 and `classic` are other words than 苹果 and `class`. Probabilities of the other
    tokens grow so that they sum to 1. Texts that the model reads may contain the words. `save` keeps the block.

    Args:
        lm: A language model; it stays as it was. Words that it blocks already stay blocked.
        words: Words, each one token; blanks and line ends around them are left out. Words that the model does not know
            cannot come out anyway.

    Raises:
        InputTypeError: If `words` is one `str`, or an item is no `str`.
        InputError: If one is empty or has several tokens with spaces between them; code "not-one-word".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> polite = nw.block(lm, ["GREEN"])
        >>> nw.word_probability(polite, "I like", "green")
        0.0
    """
    new_words = []
    glued = lm.tokenizer.config.level == "char"
    for word in check_texts(words, "words"):
        tokens = lm.tokenizer.split(word)
        cleaned = lm.tokenizer.join(tokens).strip()  # of the line end, for one, that a line of a file has
        # What is joined without spaces may have several tokens; with spaces in between it is no word.
        if not cleaned or (not glued and any(character.isspace() for character in cleaned)):
            raise InputError(
                f"`block` takes words; {word!r:.80} has the tokens {tokens[:8]!r}. Block one word of it, or each.",
                code="not-one-word",
                word=word,
                tokens=tuple(tokens[:8]),
            )
        new_words.append(cleaned)
    blocked = (*unshaped(lm.runtime)[1].blocked, *new_words)
    return replace(lm, runtime=shaped(lm.runtime, lm.tokenizer, blocked=blocked))
