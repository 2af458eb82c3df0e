r"""Marks that open and close -> the sides on which they stand without a space.

Input: the tokens of a line, the place of a quote, star or backtick in it, and what is open there. Output: its `Sides`.
The same mark opens and closes in turn within a line, unless its neighbours say that it does neither.
"""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from nextword.tokens.together import ENDING_MARKS, is_number, is_word

CLOSING_MARKS = frozenset(",.;:!?)]}”’»…" + "،؛؟।॥")
"""Marks that stand behind a word without a space."""

_INCHES = re.compile(r"\d+'\d+")
_DECADE = re.compile(r"\d\ds?")
_ELISIONS = frozenset("tis twas twere twill em til till cause cuz bout round n".split())
_NO_OWNERS = frozenset("is was has as his its this us does goes says".split())
_POSSESSIVE = frozenset("sSxXzZ")
_GENDERS = frozenset(["in", "innen"])  # Freund*innen


class Sides(NamedTuple):
    """On which sides a mark stands without a space.

    Args:
        left: Whether none stands before it.
        right: Whether none stands behind it, and behind what belongs to it.
        more: How many tokens behind it belong to it.
    """

    left: bool
    right: bool
    more: int = 0


class Line:
    """What reading a line has shown so far.

    Attributes:
        start: Where the line begins among the tokens.
        open: The quotes that are open.
        places: Of every quote that was asked for, its places in the line that are not read yet, last first.
    """

    __slots__ = ("open", "places", "start")

    def __init__(self, start: int) -> None:
        """Begin a line.

        Args:
            start: Where it begins among the tokens.
        """
        self.start = start
        self.open: set[str] = set()
        self.places: dict[str, list[int]] = {}

    def later(self, words: list[str], position: int) -> list[int]:
        """Return the places behind a position where its mark stands again in the line, last first.

        Args:
            words: The tokens.
            position: The place of the mark.
        """
        mark = words[position][0]
        if mark not in self.places:
            end = words.index("\n", position)
            self.places[mark] = [place for place in range(end - 1, position - 1, -1) if words[place] == mark]
        places = self.places[mark]
        while places and places[-1] <= position:
            places.pop()
        return places


Rule: TypeAlias = Callable[[list[str], int, Line], Sides]
"""What finds the sides of a mark from the tokens, its place among them, and what was read of its line."""

BOTH, LEFT, RIGHT, NEITHER = Sides(True, True), Sides(True, False), Sides(False, True), Sides(False, False)


def _closes_here(words: list[str], position: int) -> bool:
    """Return whether a mark that may open or close ends what stands before it."""
    before, behind = words[position - 1], words[position + 1]
    return before != "\n" and (behind == "\n" or behind[0] in CLOSING_MARKS)


def _double_quote(words: list[str], position: int, line: Line) -> Sides:
    mark, before = words[position][0], words[position - 1]
    if _INCHES.fullmatch(before):
        return LEFT
    if mark in line.open:
        line.open.discard(mark)
        return LEFT
    later = len(line.later(words, position))
    if _closes_here(words, position) or (later % 2 == 0 and (is_number(before) or before[-1] in ENDING_MARKS)):
        return LEFT
    line.open.add(mark)
    return RIGHT


def _single_quote(words: list[str], position: int, line: Line) -> Sides:
    mark, before, behind = words[position][0], words[position - 1], words[position + 1]
    if behind == mark:
        return _doubled(words, position, line)
    later = line.later(words, position)
    possessive = before[-1] in _POSSESSIVE and is_word(before) and before not in _NO_OWNERS
    if _DECADE.fullmatch(behind) or (behind.lower() in _ELISIONS and (behind != "n" or words[position + 2] != mark)):
        return RIGHT
    if behind == "n" and mark not in line.open:
        line.open.add(mark)
        return RIGHT
    if "`" in line.open and mark not in line.open and not (possessive and is_word(behind)):
        line.open.discard("`")  # `quoted'
        return LEFT
    if mark in line.open:
        if possessive and len(later) % 2 == 1 and is_word(behind):
            return LEFT
        line.open.discard(mark)
        return LEFT
    if not later:
        if _closes_here(words, position) or possessive or (is_number(before) and len(behind) > 1):
            return LEFT
        if before.endswith("in") and len(before) > 3:  # cookin'
            return LEFT
    elif is_word(behind):
        following = later[-1]
        same_end = words[following - 1].endswith("in" if before.endswith("in") else tuple(_POSSESSIVE))
        if (possessive or (before.endswith("in") and len(before) > 3)) and same_end and is_word(words[following + 1]):
            return LEFT  # the boys' and girls' bikes
    line.open.add(mark)
    return RIGHT


def _doubled(words: list[str], position: int, line: Line) -> Sides:
    """Return the sides of two single quotes that stand for a double one."""
    if "''" in line.open or "``" in line.open or _closes_here(words, position + 1):
        line.open.difference_update(("''", "``"))
        return Sides(True, False, 1)
    line.open.add("''")
    return Sides(False, True, 1)


def _right_single_quote(words: list[str], position: int, line: Line) -> Sides:
    behind = words[position + 1]
    if "‘" not in line.open and (_DECADE.fullmatch(behind) or behind.lower() in _ELISIONS):
        return RIGHT
    line.open.discard("‘")
    return LEFT


def _in_turn(words: list[str], position: int, line: Line) -> Sides:
    """Return the sides of a backtick, one of which opens and the next closes; two open what '' closes."""
    mark = words[position][0]
    if words[position + 1] == mark and words[position + 2] != mark:
        opens = "``" not in line.open
        (line.open.add if opens else line.open.discard)("``")
        return Sides(not opens, opens, 1)
    if mark in line.open:
        line.open.discard(mark)
        return LEFT
    line.open.add(mark)
    return RIGHT


def _stars(words: list[str], position: int, line: Line) -> Sides:
    mark, before, end = words[position][0], words[position - 1], position + 1
    while words[end] == mark:
        end += 1
    more, behind = end - position - 1, words[end]
    if before == "/" or behind == "/":  # a comment in code
        return Sides(before == "/", False, more + (behind == "/"))
    if mark in line.open:
        line.open.discard(mark)
        return Sides(True, False, more)
    if is_number(before) and is_number(behind):
        return Sides(False, False, more)
    if behind in _GENDERS and is_word(before):
        return Sides(True, True, more)
    later = line.later(words, end - 1) or (before == "\n" and more)
    if later and behind != "\n":
        line.open.add(mark)
        return Sides(False, True, more)
    if is_word(before) and is_word(behind):
        inside = before.isalpha() and len(before) <= 2 < len(before) + len(behind) and behind.isalpha()
        return Sides(inside, inside, more)
    return Sides(before != "\n" and not is_word(behind), False, more)


def _guillemet(words: list[str], position: int, line: Line) -> Sides:
    mark = words[position][0]
    other = {"«": "»", "»": "«", "‹": "›", "›": "‹"}[mark]
    for opened in (other, mark):  # «Bonjour», »Hallo«, »Hej»
        if opened in line.open:
            line.open.discard(opened)
            return LEFT
    line.open.add(mark)
    return RIGHT


def _low_quote(words: list[str], position: int, line: Line) -> Sides:
    line.open.add(words[position][0])
    return RIGHT


def _high_quote(words: list[str], position: int, line: Line) -> Sides:
    if words[position][0] == "‘" and words[position + 1] == "’" and is_word(words[position + 2]):
        return Sides(False, True, 1)  # ‘’Hello’’
    low = "„" if words[position][0] == "“" else "‚"
    if low in line.open:
        line.open.discard(low)
        return LEFT
    line.open.add(words[position][0])
    return RIGHT


def _right_double_quote(words: list[str], position: int, line: Line) -> Sides:
    if line.open.isdisjoint("“„") and not _closes_here(words, position):
        if "”" in line.open:
            line.open.discard("”")
        elif line.later(words, position):
            line.open.add("”")
            return RIGHT
    line.open.difference_update("“„”")
    return LEFT


QUOTE_RULES: dict[str, Rule] = {
    **dict.fromkeys("«»‹›", _guillemet),
    **dict.fromkeys("„‚", _low_quote),
    **dict.fromkeys("“‘", _high_quote),
    '"': _double_quote,
    "'": _single_quote,
    "`": _in_turn,
    "”": _right_double_quote,
    "’": _right_single_quote,
    "*": _stars,
}
"""The rule of every mark that opens and closes in turn, so that the whole line decides about it."""
