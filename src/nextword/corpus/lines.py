"""Lines of a file as a reader sees them: where they begin, how far they reach, whether they end like a sentence.

Input: a line. Output: a `Line`, the value by which `wrapping.py` tells the layout of a file and `books.py` joins lines.
"""

import re
from typing import NamedTuple

from nextword.tokens.characters import HAN

UNSPACED = f"{HAN}\u3000-\u30ff\uff00-\uffef\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Characters of scripts that write no spaces between words, as the inside of a regular expression's `[...]`."""

_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003ffff]"
)
_SENTENCE_END = re.compile("[.!?。！？…．:：][\"'”’」』»›)）\\]＂_*=]*$")
_CLAUSE_END = re.compile("[.!?。！？…．:：;,；，、—-][\"'”’」』»›)）\\]＂_*=]*$")
_OPENING = "\"'“‘「『«‹„(（[_*=¿¡—-"
# In Chinese a mark is moved to the next line together with the character before it.
_FIRST_CHUNK = re.compile(f"[{UNSPACED}][，。、！？；：”’」』）》〉】…]*|[^\\s{UNSPACED}—-]+-?|\\S")
_TAB = 4


class Line(NamedTuple):
    """A line that is not blank.

    Attributes:
        text: The line without spaces at its ends.
        indent: Its spaces before the text, in the unit of `width`; a tab counts 4.
        width: Where the text ends, in characters or columns.
        ends: Whether it ends like a sentence.
        pauses: Whether it ends with any mark.
        goes_on: Whether it begins like the middle of a sentence: with a small letter, or one of a script without case.
        first: Width of what would have had to fit on the line before: a space and a word, or one Chinese character.
    """

    text: str
    indent: int
    width: int
    ends: bool
    pauses: bool
    goes_on: bool
    first: int


def measure(line: str, *, columns: bool = False) -> Line | None:
    r"""Return what a line looks like, or None for a blank one.

    Args:
        line: A line, with or without its line break.
        columns: Whether widths are columns of a terminal, of which a Chinese character takes two.

    Examples:
        >>> measure("   It was late, and\n")
        Line(text='It was late, and', indent=3, width=19, ends=False, pauses=False, goes_on=False, first=3)
        >>> measure("　　天晚了。").width, measure("天晚了。", columns=True).width
        (6, 8)
    """
    text = line.strip()
    if not text:
        return None
    indent = 0
    if line[0].isspace():
        before = line[: len(line) - len(line.lstrip())].lstrip("\f\v\r\n")
        indent = len(before) + (_TAB - 1) * before.count("\t")
        if columns:
            indent += before.count("\u3000")
    width = len(text) if not columns or text.isascii() else len(text) + len(_WIDE.findall(text))
    pauses = not text[-1].isalnum() and _CLAUSE_END.search(text[-20:]) is not None
    ends = pauses and _SENTENCE_END.search(text[-20:]) is not None
    letter = text[0]
    if letter in _OPENING:
        letter = (text.lstrip(_OPENING) or letter)[0]
    unspaced = letter > "\u0e00" and is_unspaced(letter)
    goes_on = letter.islower() or unspaced or (letter > "\u0500" and letter.isalpha() and not letter.isupper())
    if not columns and text[0].isascii():
        chunk = _FIRST_CHUNK.match(text[:200])
        first = (chunk.end() if chunk else 0) + 1
    else:
        first = _first_width(text, columns)
    return Line(text, indent, indent + width, ends, pauses, goes_on, first)


def is_unspaced(character: str) -> bool:
    """Return whether a character is of a script, or a mark, that is written without spaces.

    Args:
        character: One character.

    Examples:
        >>> is_unspaced("茶"), is_unspaced("，"), is_unspaced("t")
        (True, True, False)
    """
    return _UNSPACED.match(character) is not None


_UNSPACED = re.compile(f"[{UNSPACED}]")


def _first_width(text: str, columns: bool) -> int:
    """Return the width of a space and the first word, or of the first Chinese character."""
    chunk = _FIRST_CHUNK.match(text[:200])
    found = chunk.group() if chunk else ""
    width = len(found) + (len(_WIDE.findall(found)) if columns else 0)
    return width if found and is_unspaced(found[0]) else width + 1
