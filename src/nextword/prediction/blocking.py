"""Words that must not come out.

Input: a language model and words. Output: the same model, in whose shape they are blocked.
"""

from collections.abc import Iterable
from dataclasses import replace

from nextword.errors import InputError
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.shaping import shaped, unshaped
from nextword.tokens.characters import clean_text
from nextword.tokens.texts import check_texts

MAX_BLOCKED_LENGTH = 256
"""Longest blocked phrase, in characters."""

_SEPARATORS = " ,;，；、"


def block(lm: LanguageModel, words: Iterable[str]) -> LanguageModel:
    """Return a language model in which words cannot come out, in suggestion, completion, generation or replies.

    All spellings of a word are blocked (case, width, apostrophes and hyphens, looks of emoji, traditional and
    simplified characters), and its parts: with 苹果 blocked, 果 does not follow 苹. Of a phrase the word that would
    complete it is forbidden: with `shut up` blocked, `up` does not follow `shut`. Longer words stay: 苹果汁 and
    `classic` are other words than 苹果 and `class`. Probabilities of the other tokens grow so that they sum to 1. Texts
    that the model reads may contain the words. `save` keeps the block.

    Args:
        lm: A language model; it stays as it was. Words that it blocks already stay blocked.
        words: Words, phrases, marks or emoji; a list read from an open file too. Spaces and line ends around an entry
            and a comma or semicolon behind it are left out, and so are blank lines. No line is a comment: `#tag` is
            blocked. Words that the model does not know cannot come out anyway; a phrase is not noticed behind one.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"); if `words` is one `str`, or an item
            is no `str`, codes "single-text" and "text-not-str".
        InputError: If an entry has a line end inside or more than 256 characters, or all entries are blank; codes
            "not-one-word" and "blocked-too-long". Its figures tell the entry and its position. If there are more words
            than a file may hold; code "over-limit".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> polite = nw.block(lm, ["GREEN", "black tea"])
        >>> nw.word_probability(polite, "I like", "green"), nw.word_probability(polite, "I like black", "tea")
        (0.0, 0.0)
    """
    check_language_model(lm, words)
    entries = []
    blank: tuple[int, str] | None = None
    for position, word in enumerate(check_texts(words, "words")):
        entry = clean_text(word).strip(" \n")
        entry = entry.rstrip(_SEPARATORS) or entry
        if not entry:
            blank = blank or (position, word)
            continue
        if "\n" in entry:
            raise _not_a_word(word, position, lm.tokenizer.split(word))
        if len(entry) > MAX_BLOCKED_LENGTH:
            raise InputError(
                f"each of `words` has at most {MAX_BLOCKED_LENGTH} characters; entry {position}, {word!r:.80}, has "
                f"{len(entry)}.",
                code="blocked-too-long",
                word=word,
                position=position,
                characters=len(entry),
            )
        entries.append(entry)
    if blank is not None and not entries:
        raise InputError(
            f"`words` are words and phrases; all entries are blank, {blank[1]!r:.40} first.",
            code="not-one-word",
            word=blank[1],
            position=blank[0],
            tokens=(),
        )
    blocked = (*unshaped(lm.runtime)[1].blocked, *entries)
    return replace(lm, runtime=shaped(lm.runtime, lm.tokenizer, blocked=blocked))


def _not_a_word(word: str, position: int, tokens: list[str]) -> InputError:
    return InputError(
        f"`words` are words and phrases of one line; entry {position}, {word!r:.80}, has the tokens {tokens[:8]!r}. "
        "Give each line as an entry.",
        code="not-one-word",
        word=word,
        position=position,
        tokens=tuple(tokens[:8]),
    )
