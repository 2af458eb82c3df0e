r"""Characters: which ones are Han, marks, spaces and line breaks, and the cleaning that every text passes first.

Input: any `str`. Output: text in Unicode form NFC whose only space is `" "` and whose only line break is `"\n"`, so
that the rules of `words.py` need no others. Cleaning keeps what a reader sees: full-width characters stay full-width
(NFC, never NFKC), joined emoji stay joined. The tables are built from `unicodedata` at the first text that is not
ASCII, so importing nextword and reading English cost nothing.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from nextword.errors import InputTypeError

HAN = "々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han characters, as the inside of a regular expression's `[...]`."""

MAX_MARKS = 30
"""Longest run of marks that is kept (UAX #15, Stream-Safe); without it NFC takes quadratic time."""

_BREAKS = "\r\v\f\x1c-\x1e\x85\u2028\u2029"
_SPACES = "\x00-\x08\t\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_ASCII_TABLE = {code: "\n" if 10 <= code <= 13 or 28 <= code <= 30 else " " for code in (*range(32), 127)}
# The joiner, the non-joiner and tags are invisible but change how words and emoji look; skin tones behave like marks.
_EXTENDERS = "\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
_KEPT_FORMAT = "\u200c\u200d"
# Every mark lies in one of these few ranges. Asking them first is ten times faster than asking all marks, and spares
# Chinese, Cyrillic or accented Latin text the tables altogether.
_NEAR_MARKS = (
    "\u0300-\u036f\u0483-\u200f\u20d0-\u20ff\u2c00-\u2dff\u302a-\u302f\u3099\u309a\ua000-\uabff\ufb1e\ufe00-\ufe2f"
    "\U00010000-\U0001ffff\U000e0000-\U000e0fff"
)

_BREAK = re.compile(f"[{_BREAKS}]")
LINE_BREAKS = re.compile(f"[\n{_BREAKS}]")
"""One line break of a text that has not been cleaned."""

_SPACE = re.compile(f"[{_SPACES}]")
_NEAR_MARK = re.compile(f"[{_NEAR_MARKS}]")
_HAN_RUN = re.compile(f"[{HAN}]{{2,}}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class CharacterClasses(NamedTuple):
    """Classes from the Unicode tables, each as the inside of a regular expression's `[...]`.

    Args:
        marks: Characters that belong to the one before: combining marks, joiners, skin tones, tags.
        formats: Invisible format characters that cleaning removes.
    """

    marks: str
    formats: str


@cache
def character_classes() -> CharacterClasses:
    r"""Return the classes of marks and removed format characters of this Python's Unicode version.

    Examples:
        >>> import re
        >>> bool(re.fullmatch(f"[{character_classes().marks}]", "\u0301"))
        True
    """
    # Planes 0 and 1 hold every combining mark but the variation selectors of plane 14: one pass of about 10 ms.
    categories = list(map(unicodedata.category, map(chr, range(0x20000))))
    marks = _ranges([code for code, category in enumerate(categories) if category in ("Mn", "Mc", "Me")])
    formats = _ranges(
        [code for code, category in enumerate(categories) if category == "Cf" and chr(code) not in _KEPT_FORMAT]
    )
    return CharacterClasses(marks + _EXTENDERS, formats + "\U000e0001")


def is_removed_format(character: str) -> bool:
    r"""Return whether a character is one of `CharacterClasses.formats`, without the tables of all characters.

    Args:
        character: One character.

    Examples:
        >>> [is_removed_format(character) for character in "\u200b\u00ad\u200da"]
        [True, True, False, False]
    """
    is_kept = character in _KEPT_FORMAT or (character >= "\U00020000" and character != "\U000e0001")
    return unicodedata.category(character) == "Cf" and not is_kept


def clean_text(text: str) -> str:
    r"""Return a text in NFC with plain spaces and line breaks, without invisible and broken characters.

    - Line breaks (`\n \r \v \f`, U+001C to U+001E, U+0085, U+2028, U+2029) become `\n`.
    - Tabs, other control characters and all Unicode spaces become a space.
    - Lone surrogates become U+FFFD.
    - Format characters (byte order mark, zero-width space, soft hyphen, bidi controls, ...) are removed, except the
      joiner U+200D, the non-joiner U+200C and tags.
    - More than 30 marks in a row (combining marks, joiners, skin tones, tags) are cut to 30.

    Cleaning twice changes nothing more. Time is linear in the length.

    Args:
        text: Any text.

    Returns:
        The cleaned text; a plain `str` even if `text` is of a subclass.

    Raises:
        InputTypeError: If `text` is no `str`; code "text-not-str".

    Examples:
        >>> clean_text("cafe\u0301\u00a0\ufeff\tＡ\r\n")
        'café  Ａ\n\n'

    References:
        Unicode Standard Annex 15, Unicode Normalization Forms (NFC, and the Stream-Safe Text Format for runs of marks).
    """
    if not isinstance(text, str):
        hint = "Decode bytes first: text.decode('utf-8')." if isinstance(text, bytes | bytearray) else "Pass str(text)?"
        kind = type(text).__name__
        raise InputTypeError(f"a text is a `str`; received {kind}. {hint}", code="text-not-str", received=kind)
    if type(text) is not str:
        text = str.__str__(text)  # a plain copy of a subclass, whose overridden methods take no part
    if text.isascii():
        return text if text.isprintable() else text.translate(_ASCII_TABLE)
    if not text.replace("\n", " ").isprintable():
        text = _SPACE.sub(" ", _BREAK.sub("\n", _SURROGATE.sub("\ufffd", text)))
        text = _patterns().formats.sub("", text)
    if not may_have_marks(text):
        return unicodedata.normalize("NFC", text)
    mark_runs = _patterns().mark_runs
    text = unicodedata.normalize("NFC", mark_runs.sub(r"\1", text))
    # A few marks decompose into two, so the limit is checked again; a prefix of an NFC text is NFC.
    return mark_runs.sub(r"\1", text)


def may_have_marks(text: str) -> bool:
    r"""Return False if a text certainly has no mark. Quick, and False for most texts without marks.

    Args:
        text: Any text.

    Examples:
        >>> may_have_marks("tea 茶"), may_have_marks("e\u0301")
        (False, True)
    """
    return not text.isascii() and _NEAR_MARK.search(text) is not None


def is_mark(character: str) -> bool:
    r"""Return whether a character belongs to the one before it, as combining marks, joiners and skin tones do.

    Args:
        character: One character.

    Examples:
        >>> is_mark("\u0301"), is_mark("e")
        (True, False)
    """
    return may_have_marks(character) and _patterns().mark.match(character) is not None


def is_han_run(text: str) -> bool:
    """Return whether a text is two or more Han characters and nothing else.

    Args:
        text: Any text, such as a word.
    """
    return _HAN_RUN.fullmatch(text) is not None


class _Patterns(NamedTuple):
    """Compiled patterns: a removed format character, a mark, a run of too many marks."""

    formats: re.Pattern[str]
    mark: re.Pattern[str]
    mark_runs: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Compile the patterns once."""
    marks, formats = character_classes()
    # The first mark stands alone so that the search skips to it instead of trying the whole run at every place.
    long_run = f"([{marks}][{marks}]{{{MAX_MARKS - 1}}})[{marks}]+"
    return _Patterns(re.compile(f"[{formats}]"), re.compile(f"[{marks}]"), re.compile(long_run))


def _ranges(codes: list[int]) -> str:
    """Return ascending code points as ranges `a-b` for a regular expression."""
    ranges = []
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code != previous + 1:
            ranges.append(chr(start) if start == previous else f"{chr(start)}-{chr(previous)}")
            start = code
        previous = code
    return "".join(ranges)
