r"""Marks of a line -> the sides on which they stand without a space.

Input: the tokens of a line and the place of a mark in it. Output: its `Sides`. Each mark has one rule, in `RULES`; the
same mark may hold on to the word before, the word behind, both or none, as its neighbours in the line show:

1. Quotes, stars and backticks open and close in turn within a line. At the end of a line, before a closing mark and
   behind an inch they close. A `'` is an apostrophe before years and words such as 'tis and 'em, and behind a word in s
   where it would leave a quote open: my parents' bed.
2. `„ ‚` are closed by `“ ‘`, and `« »` open and close in either direction, without spaces inside.
3. What belongs together is written together: `:-)`, `^_^`, `://x.org/a?b=c`, `===>`, `&amp;`, `a.b@x.org`, `<b>`, `!!!`.
4. `-` and `+` before a number are signs unless a word stands before them, `20+`, `C++` and `C#` are words.
"""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from nextword.tokens.characters import is_mark

_INCHES = re.compile(r"\d+'\d+")
_DECADE = re.compile(r"\d\ds?")
_ELISIONS = frozenset("tis twas twere twill em til till cause cuz bout round n".split())
_POSSESSIVE = frozenset("sSxXzZ")
_PLURALS = frozenset(["s", "es", "en", "er", "ren", "innen"])
_CURRENCIES = frozenset(["US", "A", "AU", "C", "CA", "HK", "NZ", "S", "R", "NT"])
_SYMBOLS = frozenset("=<>+&|^~")
_CLOSERS = frozenset(",.;:!?)]}”’»…" + "،؛؟।॥")
_ENDS = frozenset(".!?…")

# An emoticon written without spaces: eyes, a nose or not, a mouth. Letters are mouths only where nothing else fits.
_FACES = re.compile(
    r"(?:[:;=]['o^-]?(?P<bracket>[()]){1,9}|[:;]['^-][\]\[DPpOo/\\|*3SsXx$]|[:;=](?P<letter>[DPpOo])|:(?P<slash>[/\\|*])"
    r"|=[\])]|\^[_.-]?\^|-[_.]+-|>[_.]<|>[:;]-?[()]|<(?P<heart>/?3)|¯\\_\(ツ\)_/¯)"
)
_MOST_PARTS = 9  # of an emoticon, in tokens
_NEAR = 60  # So far, in tokens, a bracket is looked for.

_IN_ADDRESS = frozenset("/?=&#%~+@-_$*!.:;,(")
_ENTITY = re.compile(r"[A-Za-z][A-Za-z0-9]{1,7}")


class Sides(NamedTuple):
    """Where a mark stands without a space: before it, behind it; and how many tokens behind it belong to it."""

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
        """Begin a line."""
        self.start = start
        self.open: set[str] = set()
        self.places: dict[str, list[int]] = {}

    def later(self, words: list[str], position: int) -> list[int]:
        """Return the places behind a position where its token stands again in the line, last first."""
        mark = words[position]
        if mark not in self.places:
            end = words.index("\n", position)
            self.places[mark] = [place for place in range(end - 1, position - 1, -1) if words[place] == mark]
        places = self.places[mark]
        while places and places[-1] <= position:
            places.pop()
        return places


Rule: TypeAlias = Callable[[list[str], int, Line], Sides]

BOTH, LEFT, RIGHT, NEITHER = Sides(True, True), Sides(True, False), Sides(False, True), Sides(False, False)


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"


def _is_number(token: str) -> bool:
    return token[0].isdecimal()


def _closes_here(words: list[str], position: int) -> bool:
    """Return whether a mark that may open or close ends what stands before it."""
    before, behind = words[position - 1], words[position + 1]
    return before != "\n" and (behind == "\n" or behind[0] in _CLOSERS)


def _double_quote(words: list[str], position: int, line: Line) -> Sides:
    mark, before = words[position], words[position - 1]
    if _INCHES.fullmatch(before):
        return LEFT
    if mark in line.open:
        line.open.discard(mark)
        return LEFT
    later = len(line.later(words, position))
    if _closes_here(words, position) or (later % 2 == 0 and (_is_number(before) or before[-1] in _ENDS)):
        return LEFT
    line.open.add(mark)
    return RIGHT


def _single_quote(words: list[str], position: int, line: Line) -> Sides:
    mark, before, behind = words[position], words[position - 1], words[position + 1]
    later = line.later(words, position)
    possessive = before[-1] in _POSSESSIVE and _is_word(before)
    if _DECADE.fullmatch(behind) or (behind.lower() in _ELISIONS and (behind != "n" or words[position + 2] != mark)):
        return RIGHT
    if behind == "n" and mark not in line.open:
        line.open.add(mark)
        return RIGHT
    if mark in line.open:
        if possessive and len(later) % 2 == 1 and _is_word(behind):
            return LEFT
        line.open.discard(mark)
        return LEFT
    if not later:
        if _closes_here(words, position) or possessive or _is_number(before):
            return LEFT
        if before.endswith("in") and len(before) > 3:  # cookin'
            return LEFT
    elif possessive and _is_word(behind):
        following = later[-1]
        if words[following - 1][-1] in _POSSESSIVE and _is_word(words[following + 1]):
            return LEFT  # the boys' and girls' bikes
    line.open.add(mark)
    return RIGHT


def _right_single_quote(words: list[str], position: int, line: Line) -> Sides:
    behind = words[position + 1]
    if "‘" not in line.open and (_DECADE.fullmatch(behind) or behind.lower() in _ELISIONS):
        return RIGHT
    line.open.discard("‘")
    return LEFT


def _in_turn(words: list[str], position: int, line: Line) -> Sides:
    """Backticks: one after the other opens and closes."""
    mark = words[position]
    if words[position - 1] == mark and position > line.start:
        return Sides(True, mark in line.open)
    if mark in line.open:
        line.open.discard(mark)
        return LEFT
    line.open.add(mark)
    return RIGHT


def _stars(words: list[str], position: int, line: Line) -> Sides:
    mark, before, end = words[position], words[position - 1], position + 1
    while words[end] == mark:
        end += 1
    more, behind = end - position - 1, words[end]
    if before == "/" or behind == "/":
        return Sides(before == "/" or before == mark, behind == "/", more)
    if mark in line.open:
        line.open.discard(mark)
        return Sides(True, False, more)
    if _is_number(before) and _is_number(behind):
        return Sides(False, False, more)
    later = line.later(words, end - 1)
    if later and behind != "\n":
        line.open.add(mark)
        return Sides(False, True, more)
    if _is_word(before) and _is_word(behind):
        inside = before.isalpha() and len(before) <= 2 < len(before) + len(behind) and behind.isalpha()
        return Sides(inside, inside, more)
    return Sides(before != "\n" and not _is_word(behind), False, more)


def _guillemet(words: list[str], position: int, line: Line) -> Sides:
    other = {"«": "»", "»": "«", "‹": "›", "›": "‹"}[words[position]]
    if other in line.open:
        line.open.discard(other)
        return LEFT
    if words[position] in line.open and words[position - 1] != "\n":  # ”Hej” has its like in »Hej»
        line.open.discard(words[position])
        return LEFT
    line.open.add(words[position])
    return RIGHT


def _low_quote(words: list[str], position: int, line: Line) -> Sides:
    line.open.add(words[position])
    return RIGHT


def _high_quote(words: list[str], position: int, line: Line) -> Sides:
    low = "„" if words[position] == "“" else "‚"
    if low in line.open:
        line.open.discard(low)
        return LEFT
    line.open.add(words[position])
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


def _bracket(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if words[position + 2] == ")" and behind in _PLURALS and before.isalpha():
        return BOTH
    return Sides(behind == ")" and _is_word(before), True)


def _ellipsis(words: list[str], position: int, line: Line) -> Sides:
    before = words[position - 1]
    if before == "\n" or before in "([{“„«\"'":
        return BOTH
    return Sides(True, len(words[position]) > 3 and _is_word(words[position + 1]))


def _hyphen(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    face = _face(words, position)
    if face:
        return Sides(False, False, face)
    if behind in ("und", "oder", "bzw") or (behind == "," and _is_word(before)):
        return LEFT
    if before == "." and "." in words[position - 2] and behind.islower():
        return BOTH  # U.S.-led
    if before == "." and "." in words[position - 2] and behind.istitle():
        return BOTH
    sign = _is_number(behind) and before != "\n" and not _is_word(before) and before[-1] not in ")]}\"'.!?%-"
    return Sides(before in _SYMBOLS and behind in _SYMBOLS, sign or behind == ">")


def _dashes(words: list[str], position: int, line: Line) -> Sides:
    return Sides(words[position - 1] in _SYMBOLS, words[position + 1] in _SYMBOLS)


def _en_dash(words: list[str], position: int, line: Line) -> Sides:
    return BOTH if _is_number(words[position - 1]) and _is_number(words[position + 1]) else NEITHER


def _plus(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    run = _run(words, position, "+")
    if run:
        return Sides(_is_word(before), False, run)
    if behind in _SYMBOLS:
        return _symbol(words, position, line)
    if _is_number(behind):
        return NEITHER if _is_number(before) or (len(before) == 1 and before.isalpha()) else RIGHT
    if _is_number(before):
        return Sides(not (behind.isalpha() and len(behind) == 1), False)
    return Sides(len(before) == 1 and before.isupper(), False)


def _symbol(words: list[str], position: int, line: Line) -> Sides:
    """A run of symbols such as `===>` is one."""
    face = _face(words, position)
    if face:
        return Sides(False, False, face)
    end = position + 1
    while words[end] in _SYMBOLS or (words[end][0] == "-" and len(words[end]) > 1):
        end += 1
    after_arrow = words[position - 1][-1] == "-" and len(words[position - 1]) > 1
    return Sides(after_arrow, False, end - position - 1)


def _less(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if before == '"' and _is_word(behind):  # "Anna"<anna@x.org>
        return BOTH
    if _is_word(behind) or behind == "/":
        for place in range(position + 1, position + 12):
            if words[place] == "\n" or (_is_word(words[place]) and _is_word(words[place + 1])):
                break
            if words[place] == ">":
                return RIGHT
    if behind == "<" and words[position - 1] == "\n":
        return Sides(False, True, _run(words, position, "<"))
    return _symbol(words, position, line)


def _greater(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    run = _run(words, position, ">")
    if run and (words[position + run + 1] == "\n" or before in _ENDS):
        return Sides(True, False, run)
    if run and _is_word(before):
        return Sides(run > 1, run > 1, run)
    if not _face(words, position):
        for place in range(position - 1, max(line.start - 1, position - 12), -1):
            if words[place] == "<":
                return LEFT
            if _is_word(words[place]) and _is_word(words[place - 1]):
                break
    return LEFT if behind == "\n" and before != "\n" else _symbol(words, position, line)


def _ampersand(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if words[position + 2] == ";" and _ENTITY.fullmatch(behind):
        return Sides(False, False, 2)
    short = 1 <= len(before) <= 3 and before.isalpha() and before.isupper() and len(behind) <= 3
    return BOTH if short and behind.isalpha() and behind.isupper() else _symbol(words, position, line)


def _tilde(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if _is_word(behind):
        return NEITHER if _is_word(before) and not _is_number(behind) else RIGHT
    return LEFT if _is_word(before) and behind not in _SYMBOLS else _symbol(words, position, line)


def _caret(words: list[str], position: int, line: Line) -> Sides:
    if not _face(words, position) and _is_word(words[position - 1]) and _is_word(words[position + 1]):
        return BOTH
    return _symbol(words, position, line)


def _dollar(words: list[str], position: int, line: Line) -> Sides:
    mark, before, behind = words[position], words[position - 1], words[position + 1]
    if _is_number(behind):
        return BOTH if mark == "$" and before in _CURRENCIES else RIGHT
    if _is_number(before):
        return Sides(mark != "€", False)
    if _is_word(before) and not _is_word(behind):
        return LEFT
    return Sides(before == mark, _is_word(behind) or behind == mark)


def _number_sign(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if len(before) == 1 and before.isupper() and not _is_word(behind):
        return LEFT
    if behind == "#":
        return Sides(False, False, _run(words, position, "#"))
    return RIGHT


def _at(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    return Sides("." in behind and (_is_word(before) or before[-1] == "."), True)


def _degree(words: list[str], position: int, line: Line) -> Sides:
    return Sides(True, words[position + 1] in ("C", "F"))


def _colon(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if behind == "/" and words[position + 2] == "/":
        return Sides(True, False, _address(words, position))
    if behind == "\\" and len(before) == 1:
        return Sides(True, False, _path(words, position))
    if behind == ":" and _is_word(words[position + 2]) and _is_word(before):
        return Sides(True, True, 1)  # std::vector
    if behind == "=":
        return Sides(False, False, 1)
    face = _face(words, position)
    return Sides(False, False, face) if face else LEFT


def _eyes(words: list[str], position: int, line: Line) -> Sides:
    face = _face(words, position)
    return Sides(False, False, face) if face else LEFT


def _slash(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if _is_word(before) and "." in before:
        return Sides(True, False, _address(words, position))
    if behind == "/":  # a comment in code
        return Sides(False, False, _run(words, position, "/"))
    return Sides(behind != "*", True)


def _backslash(words: list[str], position: int, line: Line) -> Sides:
    face = words[position + 1] == "o" and words[position + 2] == "/"
    return Sides(False, False, 2) if face else Sides(words[position - 1] == "\\", True)


def _run(words: list[str], position: int, mark: str) -> int:
    """Return how often a mark stands again right behind a position."""
    end = position + 1
    while words[end] == mark:
        end += 1
    return end - position - 1


def _path(words: list[str], position: int) -> int:
    r"""Return how many tokens behind the colon belong to a path such as `C:\x\y`."""
    end = position + 1
    while words[end] == "\\":
        end += 1 + _is_word(words[end + 1])
    return end - position - 1


def _address(words: list[str], position: int) -> int:
    """Return how many tokens behind a position belong to the same address: separators, and a word behind each."""
    end = position + 1
    while True:
        mark, behind = words[end], words[end + 1]
        word_behind = _is_word(behind)
        if _is_word(mark):
            if _is_word(words[end - 1]):
                break
        elif mark[0] not in _IN_ADDRESS:
            break
        elif mark in ".!,;*(" or len(mark) > 1:
            # These end an address more often than not: only what cannot be a sentence's goes on.
            if not (mark == ";" and words[end - 2] == "&") and not (mark == "(" and words[end - 1][-1] == "_"):
                break
        elif mark == "?" and not (word_behind and words[end + 2] in "=&"):
            break
        elif mark == ":" and not _is_number(behind):
            break
        elif mark in "-+@$" and not word_behind and mark != behind:
            break
        end += 1
    return end - position - 1


def _face(words: list[str], position: int) -> int:
    """Return how many tokens behind a position belong to the emoticon that begins there."""
    text = "".join(words[position : position + _MOST_PARTS])
    found = _FACES.match(text)
    if found is None:
        return 0
    length, end = found.end(), position
    while length > 0:
        length -= len(words[end])
        end += 1
    before, behind = words[position - 1], words[end]
    if length < 0 or not _is_face(found, words, before, behind, end):
        return 0
    return end - position - 1


def _is_face(found: re.Match[str], words: list[str], before: str, behind: str, end: int) -> bool:
    """Return whether what looks like an emoticon is one where it stands."""
    if found["letter"]:
        return behind == "\n" or before == "\n" or before[-1] in _ENDS or behind in ".!"
    if found["slash"]:
        return not (behind[0] in "/\\*" or (_is_word(behind) and words[end + 1] in "/\\*")) and before[-1] != "."
    if found["heart"]:
        return len(before) > 1 and not _is_number(before)
    if found["bracket"] == ")":
        return not _closes_bracket(words, end - 1)
    if found["bracket"] == "(":
        return not _opens_bracket(words, end)
    return True


def _closes_bracket(words: list[str], position: int) -> bool:
    """Return whether a `)` is the one that an open bracket before it waits for."""
    for place in range(position - 1, max(position - _NEAR, -1), -1):
        if words[place] in ")\n":
            return False
        if words[place] == "(" and words[place - 1] not in ":;=-":
            break
    else:
        return False
    for place in range(position + 1, min(position + _NEAR, len(words))):
        if words[place] in "(\n":
            return True
        if words[place] == ")":
            return False
    return True


def _opens_bracket(words: list[str], position: int) -> bool:
    """Return whether a `)` closes what would begin at a position."""
    for place in range(position, min(position + _NEAR, len(words))):
        if words[place] in "(\n":
            return False
        if words[place] == ")":
            return words[place - 1] not in ":;=-"
    return False


RULES: dict[str, Sides | Rule] = {
    **dict.fromkeys(",.!?)]}…%\u02bc‰′″" + "،؛؟۔٪।॥։።፣၊။។؞¢", LEFT),
    **dict.fromkeys("[{¿¡№§@", RIGHT),
    **dict.fromkeys("—\u05be", BOTH),
    **dict.fromkeys("|", NEITHER),
    **dict.fromkeys("$£€¥₹₽₩₺", _dollar),
    **dict.fromkeys("«»‹›", _guillemet),
    **dict.fromkeys("„‚", _low_quote),
    **dict.fromkeys("“‘", _high_quote),
    **dict.fromkeys("=|", _symbol),
    **dict.fromkeys(";", _eyes),
    '"': _double_quote,
    "'": _single_quote,
    "`": _in_turn,
    "”": _right_double_quote,
    "’": _right_single_quote,
    "(": _bracket,
    "…": _ellipsis,
    "-": _hyphen,
    "–": _en_dash,
    "*": _stars,
    "+": _plus,
    "<": _less,
    ">": _greater,
    "&": _ampersand,
    "~": _tilde,
    "^": _caret,
    "#": _number_sign,
    "@": _at,
    "°": _degree,
    ":": _colon,
    "/": _slash,
    "\\": _backslash,
}
"""The rule of every mark that is one character; other marks stand between spaces."""

RUNS: dict[str, Sides | Rule] = {".": _ellipsis, "…": _ellipsis, "-": _dashes, "—": BOTH}
"""The rules of marks that are one token however often they stand in a row, by their character."""


def mark_rule(words: list[str], position: int, line: Line) -> Sides | None:
    """Return on which sides a mark has no space; None for a token that no rule is about.

    Args:
        words: Tokens of at least one character, with line breaks at the ends: two or more behind the last line.
        position: Where the mark stands.
        line: What was read of its line so far.
    """
    word = words[position]
    bare = word
    while len(bare) > 1 and not bare.isascii() and is_mark(bare[-1]):
        bare = bare[:-1]
    rule = RULES.get(bare)
    if rule is None and len(bare) > 1 and bare == bare[0] * len(bare):
        rule = RUNS.get(bare[0])
    if rule is None or isinstance(rule, Sides):
        return rule
    return rule(words, position, line)
