r"""Tokens -> readable text, with spaces where English and Chinese have them.

Input: tokens such as `split_words` returns. Output: text that splits into the same tokens, so a sentence and its ids
say the same, and `normalize_text` changes nothing the second time.

Joining writes spaces between tokens, except around Han, CJK punctuation and full-width forms, between pictures, and on
the sides of a mark that its rule names (`spacing.py`: closing and opening marks, quotes, signs; `quoting.py`: what
opens and closes in turn; `together.py`: emoticons and addresses). Quotes, dashes and dots that Chinese and Latin text
share go with the Chinese before them. Where leaving the space out would change the tokens, it stays. Tokens do not tell
how they were spaced, so of `well...yes` and `well... yes` one comes back, the more usual one.
"""

import re
from collections.abc import Iterable

from nextword.errors import check_choice
from nextword.tokens.characters import HAN, is_mark
from nextword.tokens.quoting import BOTH, Line, Sides
from nextword.tokens.segmentation import Segmenter
from nextword.tokens.spacing import mark_rule
from nextword.tokens.texts import check_texts
from nextword.tokens.words import CONNECTORS, LETTER_APOSTROPHE, LEVELS, MAX_TOKEN_LENGTH, Level, split_words

_CONNECTORS = frozenset(CONNECTORS)
_JOINED_RUNS = frozenset(".-—…")
_CLOSING = frozenset(",.;:!?%)]}’”…" + LETTER_APOSTROPHE)
_OPENING = frozenset("([{$£€¥#@“‘")
_NEUTRAL = frozenset("“”‘’…—·×○●△□※→")  # signs that Chinese and Latin text share
_JOINER = "\u200d"

_WORD_CHARACTER = re.compile(f"[^\\W{HAN}{LETTER_APOSTROPHE}]")
_CJK = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
_PICTURE = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")


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


def _join_readable(tokens: list[str]) -> str:
    """Return the text of words and marks, with spaces where readable text has them."""
    words = [word for word in tokens if word]
    count = len(words)
    words += ["\n"] * 3  # what stands before the first word, as `words[-1]`, and behind the last
    parts: list[str] = []
    line = Line(0)
    before = "\n"
    held = True  # the token before holds on to what follows
    wide = False  # the token before is Chinese, or a mark that goes with it
    connected: str | None = None  # the last character of a word, and then a connector behind it
    together, after = -1, False  # the last of some tokens that belong together, and whether it holds on
    for position in range(count):
        word = words[position]
        if word == "\n":
            parts.append(word)
            line = Line(position + 1)
            before, held, wide, connected = "\n", True, False, None
            continue
        now_wide = False
        han = "\u4e00" <= word[0] <= "\u9fff"
        if han and position > together:  # these are no marks, and never merge with what stands before them
            left = right = now_wide = True
        elif position <= together:
            left, right = True, position < together or after
        elif word.isascii() and word[0].isalnum():
            left = right = False
        else:
            (left, right, more), now_wide = _sides(words, position, line, wide)
            if more:
                together, after, right = position + more, right, True
        glued = held or left or (len(before) == MAX_TOKEN_LENGTH and word[0].isalnum() and before[0].isalnum())
        if glued and not han and before != "\n":
            glued = not _must_stay_apart(before, word, connected)
        if not glued:
            parts.append(" ")
        parts.append(word)
        connected = None
        if glued and word in _CONNECTORS:
            last = _last_character(before)
            connected = last + word if _is_word_character(last) else None
        before, held, wide = word, right, now_wide
    return "".join(parts)


def _sides(words: list[str], position: int, line: Line, wide: bool) -> tuple[Sides, bool]:
    """Return on which sides a token has no space, and whether it is Chinese or a mark that goes with it."""
    word, before = words[position], words[position - 1]
    first = word[0]
    if not first.isascii():
        if _CJK.match(first):
            return BOTH, True
        if wide and first in _NEUTRAL:
            mark_rule(words, position, line)  # quotes open and close here too
            return BOTH, True
    sides = mark_rule(words, position, line)
    if sides is None:
        last = _last_character(word)
        sides = Sides(first in _CLOSING, last in _OPENING)
        both_pictures = _PICTURE.match(first) is not None and _PICTURE.match(before) is not None
        if both_pictures or (word == before and not first.isalnum()):
            sides = Sides(True, sides.right)
    return sides, False


def _must_stay_apart(before: str, word: str, connected: str | None) -> bool:
    """Return whether two tokens without a space between them would be split in another way.

    Args:
        before: The token before.
        word: The token.
        connected: If the token before is a connector that holds on to a word: the end of that word, and the connector.
    """
    first = word[0]
    if is_mark(first):
        return True
    previous = _last_character(before)
    if _is_word_character(first):
        if connected is not None:
            return connected[1] not in ",:" or (connected[0].isdecimal() and first.isdecimal())
        return len(before) != MAX_TOKEN_LENGTH and _is_word_character(previous)
    if first == previous and first in _JOINED_RUNS:
        return before != first * MAX_TOKEN_LENGTH or word.strip(first) != ""
    if before[-1] == _JOINER:
        return _CJK.match(first) is None
    return len(before) == 1 and _FLAG_LETTER.match(before) is not None and _FLAG_LETTER.match(first) is not None


def _is_word_character(character: str) -> bool:
    """Return whether a character can be in a word."""
    return _WORD_CHARACTER.match(character) is not None


def _last_character(word: str) -> str:
    """Return the last character of a token that is no mark, or its first if all are."""
    if word.isascii():
        return word[-1]
    return next((character for character in reversed(word) if not is_mark(character)), word[0])
