r"""Tokens -> readable text, with spaces where English and Chinese have them.

Input: tokens such as `split_words` returns. Output: text that splits into the same tokens, so a sentence and its ids
say the same, and `normalize_text` changes nothing the second time.

Joining writes spaces between tokens, except around Han, CJK punctuation and full-width forms, before closing and after
opening punctuation, around `/` and `—` and inside quotes; `"` and `'` open and close in turn within a line. A `'` that
would open after a word in s and never close is a possessive: my parents' bed. Where leaving the space out would change
the tokens, it stays.
"""

import re
from collections.abc import Iterable

from nextword.errors import check_choice
from nextword.tokens.characters import HAN, is_mark
from nextword.tokens.segmentation import Segmenter
from nextword.tokens.texts import check_texts
from nextword.tokens.words import CONNECTORS, LETTER_APOSTROPHE, LEVELS, Level, split_words

_CONNECTORS = frozenset(CONNECTORS)
_CLOSING = frozenset(",.;:!?%)]}’”…" + LETTER_APOSTROPHE)
_OPENING = frozenset("([{$£€¥#@“‘")
_TIGHT = frozenset("/—")
_RUNS = frozenset(".-—…")
_QUOTES = frozenset("\"'")
_POSSESSIVE = frozenset("sS")

_WORD_CHARACTER = re.compile(f"[^\\W{HAN}{LETTER_APOSTROPHE}]")
_CJK = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")


def join_words(words: Iterable[str], *, level: Level = "word") -> str:
    r"""Return readable text from tokens.

    Args:
        words: Tokens such as `split_words` returns; special tokens such as `"<unk>"` are joined like words.
        level: The level they were split at.

    Raises:
        InputTypeError: If `words` is a `str` or has something else than strings in it; codes "single-text" and
            "text-not-str".
        ConfigError: If there is no such level; code "option-out-of-range".

    Examples:
        >>> join_words(["He", "said", '"', "hello", '"', ",", "and", "(", "maybe", ")", "left", ".", "\n", "Oh"])
        'He said "hello", and (maybe) left.\nOh'
        >>> join_words(["我", "喜欢", "苹果", "，", "不是", "吗", "？"])
        '我喜欢苹果，不是吗？'
    """
    if level not in LEVELS:
        check_choice("level", level, LEVELS)
    words = list(check_texts(words, "words"))
    if level == "char":
        return "".join(words)
    if level == "whitespace":
        return " ".join(words).replace(" \n", "\n").replace("\n ", "\n")
    return _join_readable(words)


def normalize_text(text: str, *, level: Level = "word", segmenter: Segmenter | None = None) -> str:
    """Return a text as `decode(encode(text))` gives it when every word is known: split into tokens and joined again.

    Normalizing twice changes nothing more, and the normalized text has the tokens of the text.

    Args:
        text: Any text.
        level: As in `split_words`.
        segmenter: As in `split_words`.

    Raises:
        InputTypeError: If `text` is no `str`; code "text-not-str".
        ConfigError: If there is no such level; code "option-out-of-range".
        InputError: If the words of the segmenter do not make up the text; code "segmenter-changes-text".

    Examples:
        >>> normalize_text("Well , I do n't   know 。。我 喜欢 苹果")
        "Well, I do n't know。。我喜欢苹果"
    """
    return join_words(split_words(text, level=level, segmenter=segmenter), level=level)


def needs_space(word: str) -> bool:
    """Return whether a space is typed behind a word: not behind Chinese, its punctuation and full-width forms.

    Args:
        word: A token of at least one character.

    Examples:
        >>> needs_space("tea"), needs_space("苹果"), needs_space("，")
        (True, False, False)
    """
    return _CJK.match(_last_character(word)) is None


def _join_readable(words: list[str]) -> str:
    """Return the text of words and punctuation, with spaces where English and Chinese have them."""
    parts: list[str] = []
    open_quotes: set[str] = set()
    lone = _last_apostrophes(words)
    previous = "\n"  # the character that the token before ends with, its marks left out
    opened = False  # the token before is a quote that opens
    glued_connector = False  # the token before is a connector without a space between it and the word before it
    for position, word in enumerate(words):
        if word == "\n":
            parts.append(word)
            open_quotes.clear()
            previous, opened, glued_connector = "\n", False, False
            continue
        if not word:
            continue
        first = word[0]
        closes = word in open_quotes or (position in lone and previous in _POSSESSIVE)
        space = previous != "\n" and (
            _must_stay_apart(previous, first, glued_connector) or not (opened or closes or _is_tight(previous, first))
        )
        if space:
            parts.append(" ")
        parts.append(word)
        opened = False
        if closes:
            open_quotes.discard(word)
        elif word in _QUOTES:
            open_quotes.add(word)
            opened = True
        glued_connector = word in _CONNECTORS and not space and _is_word_character(previous)
        previous = _last_character(word)
    return "".join(parts)


def _last_apostrophes(words: list[str]) -> set[int]:
    """Return the positions of the last `'` of every line: if such a one opened a quote, nothing would close it."""
    positions: dict[int, int] = {}
    line = 0
    for position, word in enumerate(words):
        if word == "\n":
            line += 1
        elif word == "'":
            positions[line] = position
    return set(positions.values())


def _must_stay_apart(previous: str, first: str, glued_connector: bool) -> bool:
    """Return whether two tokens without a space between them would be split in another way."""
    if is_mark(first):
        return True
    if _is_word_character(first):
        return glued_connector or _is_word_character(previous)
    return first == previous and first in _RUNS


def _is_tight(previous: str, first: str) -> bool:
    """Return whether readable text has no space between two characters."""
    return (
        first in _CLOSING
        or previous in _OPENING
        or first in _TIGHT
        or previous in _TIGHT
        or (not first.isascii() and _CJK.match(first) is not None)
        or (not previous.isascii() and _CJK.match(previous) is not None)
    )


def _is_word_character(character: str) -> bool:
    """Return whether a character can be in a word."""
    return _WORD_CHARACTER.match(character) is not None


def _last_character(word: str) -> str:
    """Return the last character of a token that is no mark, or its first if all are."""
    if word.isascii():
        return word[-1]
    return next((character for character in reversed(word) if not is_mark(character)), word[0])
