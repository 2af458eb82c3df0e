r"""Marks of a line -> the sides on which they stand without a space.

Input: the tokens of a line and the place of a mark in it. Output: its `Sides`. Each mark has one rule, in `RULES`; the
same mark may hold on to the word before, the word behind, both or none, as its neighbours in the line show:

1. Quotes, stars and backticks open and close in turn within a line. At the end of a line, before a closing mark and
   behind an inch they close. A `'` is an apostrophe before years and words such as 'tis and 'em, and behind a word in s
   where it would leave a quote open: my parents' bed.
2. `„ ‚` are closed by `“ ‘`, and `« »` open and close in either direction, without spaces inside.
3. What belongs together is written together: `:-)`, `^_^`, `://x.org/a?b=c`, `===>`, `&amp;`, `a.b@x.org`, `<b>`.
4. `-` and `+` before a number are signs unless a word stands before them, `20+`, `C++` and `C#` are words.
"""

import re

from nextword.tokens.characters import is_mark
from nextword.tokens.quoting import BOTH, LEFT, NEITHER, QUOTE_RULES, RIGHT, Line, Rule, Sides
from nextword.tokens.together import (
    ENDING_MARKS,
    address_length,
    face_length,
    is_number,
    is_word,
    path_length,
    run_length,
)

_TIME_ZONE = re.compile(r"[01]\d[0-5]\d")
_PRICE = re.compile(r"[\d,:]+(?:\.\d+)?")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_ENTITY = re.compile(r"[A-Za-z][A-Za-z0-9]{1,7}")
_PLURALS = frozenset(["s", "es", "en", "er", "ren", "innen"])
_CURRENCIES = frozenset(["US", "A", "AU", "C", "CA", "HK", "NZ", "S", "R", "NT"])
_SYMBOLS = frozenset("=<>+&|^~")
_SHARPS = frozenset("BCDEFG")  # notes, and languages named after them; A is an English word


def _bracket(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if words[position + 2] == ")" and behind in _PLURALS and before.isalpha():
        return BOTH
    return Sides(behind == ")" and is_word(before), True)


def _ellipsis(words: list[str], position: int, line: Line) -> Sides:
    before = words[position - 1]
    if before in "([{“„«" or before in line.open:
        return BOTH
    return Sides(True, len(words[position]) > 3 and words[position + 1][0].islower())


def _hyphen(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    face = face_length(words, position)
    if face:
        return Sides(False, False, face)
    if behind in ("und", "oder", "bzw") or (behind == "," and is_word(before)):
        return LEFT
    if before == "." and "." in words[position - 2] and (behind.islower() or behind.istitle()):
        return BOTH  # U.S.-led
    if before == "/" and behind.isalpha():
        return BOTH  # Schüler/-innen
    if _TIME_ZONE.fullmatch(behind) and ":" in before:
        return RIGHT
    sign = is_number(behind) and before != "\n" and not is_word(before) and before[-1] not in ")]}\"'.!?%-"
    return Sides(before in _SYMBOLS and behind in _SYMBOLS, sign or behind == ">")


def _dashes(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    return Sides(before in _SYMBOLS or before[:2] == "--", behind in _SYMBOLS)


def _en_dash(words: list[str], position: int, line: Line) -> Sides:
    return BOTH if is_number(words[position - 1]) and is_number(words[position + 1]) else NEITHER


def _long_dash(words: list[str], position: int, line: Line) -> Sides:
    # Russian and its neighbours write it between spaces.
    spaced = _CYRILLIC.match(words[position - 1]) or _CYRILLIC.match(words[position + 1])
    return NEITHER if spaced else BOTH


def _plus(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    run = run_length(words, position, "+")
    if run:
        return Sides(is_word(before), False, run)
    if behind in _SYMBOLS:
        return _symbol(words, position, line)
    if is_number(behind):
        return NEITHER if is_number(before) or (len(before) == 1 and before.isalpha()) else RIGHT
    if is_number(before):
        return Sides(not (behind.isalpha() and len(behind) == 1), False)
    return Sides(len(before) == 1 and before.isupper(), False)


def _symbol(words: list[str], position: int, line: Line) -> Sides:
    """A run of symbols such as `===>` is one."""
    face = face_length(words, position)
    if face:
        return Sides(False, False, face)
    end = position + 1
    while words[end] in _SYMBOLS or (words[end][0] == "-" and len(words[end]) > 1):
        end += 1
    after_arrow = words[position - 1][-1] == "-" and len(words[position - 1]) > 1
    return Sides(after_arrow, False, end - position - 1)


def _less(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if before == '"' and is_word(behind):  # "Anna"<anna@x.org>
        return BOTH
    if is_word(behind) or behind == "/":
        for place in range(position + 1, position + 12):
            if words[place] == "\n" or (is_word(words[place]) and is_word(words[place + 1])):
                break
            if words[place] == ">":
                return RIGHT
    if before == "\n" and (behind == "<" or is_word(behind)):
        return Sides(False, True, run_length(words, position, "<"))
    return _symbol(words, position, line)


def _greater(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    run = run_length(words, position, ">")
    if run and (words[position + run + 1] == "\n" or before in ENDING_MARKS):
        return Sides(True, False, run)
    if run and is_word(before):
        return Sides(run > 1, run > 1, run)
    if not face_length(words, position):
        for place in range(position - 1, max(line.start - 1, position - 12), -1):
            if words[place] == "<":
                return LEFT
            if is_word(words[place]) and is_word(words[place - 1]):
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
    if is_word(behind):
        return NEITHER if is_word(before) and not is_number(behind) else RIGHT
    return LEFT if is_word(before) and behind not in _SYMBOLS else _symbol(words, position, line)


def _caret(words: list[str], position: int, line: Line) -> Sides:
    if not face_length(words, position) and is_word(words[position - 1]) and is_word(words[position + 1]):
        return BOTH
    return _symbol(words, position, line)


def _dollar(words: list[str], position: int, line: Line) -> Sides:
    mark, before, behind = words[position], words[position - 1], words[position + 1]
    if is_number(behind):
        return BOTH if mark == "$" and before in _CURRENCIES else RIGHT
    if is_number(before):
        return Sides(mark != "€", False)
    if before == mark or behind == mark:
        return Sides(before == mark, behind == mark)
    return Sides(is_word(before) and not is_word(behind), is_word(behind))


def _number_sign(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if len(before) == 1 and before.isupper() and (before in _SHARPS or not is_word(behind)):
        return LEFT
    if behind == "#":
        return Sides(False, False, run_length(words, position, "#"))
    return RIGHT


def _at(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if _PRICE.fullmatch(behind):  # 3 @ 2.50
        return NEITHER
    return Sides("." in behind and (is_word(before) or before[-1] == "."), True)


def _degree(words: list[str], position: int, line: Line) -> Sides:
    return Sides(True, words[position + 1] in ("C", "F"))


def _colon(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if behind == "/" and words[position + 2] == "/":
        return Sides(True, False, address_length(words, position))
    if behind == "\\" and len(before) == 1:
        return Sides(True, False, path_length(words, position))
    if behind == ":" and is_word(words[position + 2]) and is_word(before):
        return Sides(True, True, 1)  # std::vector
    if behind == "=":
        return Sides(False, False, 1)
    if behind == "innen" and is_word(before):
        return BOTH
    if words[position + 2] == ":" and is_word(behind) and ("_" in behind or (len(behind) > 1 and not is_word(before))):
        return Sides(False, False, 2)  # :smile:
    face = face_length(words, position)
    return Sides(False, False, face) if face else LEFT


def _eyes(words: list[str], position: int, line: Line) -> Sides:
    face = face_length(words, position)
    return Sides(False, False, face) if face else LEFT


def _slash(words: list[str], position: int, line: Line) -> Sides:
    before, behind = words[position - 1], words[position + 1]
    if is_word(before) and "." in before:
        return Sides(True, False, address_length(words, position))
    if behind == "/":  # a comment in code
        return Sides(False, False, run_length(words, position, "/"))
    return Sides(behind != "*", True)


def _exclamation(words: list[str], position: int, line: Line) -> Sides:
    return Sides(False, False, 1) if words[position + 1] == "=" else LEFT


def _question(words: list[str], position: int, line: Line) -> Sides:
    if is_word(words[position + 1]) and words[position + 2] == "=" and is_word(words[position - 1]):
        return Sides(True, False, address_length(words, position))
    return LEFT


def _backslash(words: list[str], position: int, line: Line) -> Sides:
    face = words[position + 1] == "o" and words[position + 2] == "/"
    return Sides(False, False, 2) if face else Sides(words[position - 1] == "\\", True)


RULES: dict[str, Sides | Rule] = {
    **QUOTE_RULES,
    **dict.fromkeys(",.!?)]}…%\u02bc‰′″" + "،؛؟۔٪।॥։።፣၊။។؞¢™®", LEFT),
    **dict.fromkeys("[{¿¡№@", RIGHT),
    "\u05be": BOTH,
    "—": _long_dash,
    **dict.fromkeys("$£€¥₹₽₩₺", _dollar),
    **dict.fromkeys("=|", _symbol),
    **dict.fromkeys(";", _eyes),
    "(": _bracket,
    "…": _ellipsis,
    "-": _hyphen,
    "–": _en_dash,
    **dict.fromkeys("+±", _plus),
    **dict.fromkeys("٫٬", _en_dash),
    "<": _less,
    ">": _greater,
    "&": _ampersand,
    "~": _tilde,
    "^": _caret,
    "#": _number_sign,
    "@": _at,
    "°": _degree,
    ":": _colon,
    "?": _question,
    "!": _exclamation,
    "¯": _symbol,
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
