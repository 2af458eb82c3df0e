"""How two lines of a paragraph are joined: with a space, without one, or as one word that was divided.

Input: the lines of a book, as they are read. Output: the end of a line and what stands between it and the next. Whether
`won-` and `derful` are one word is told by the words of the book: those counted so far, its beginning from the start.
"""

import re
from collections import Counter
from collections.abc import Iterable

from nextword.corpus.lines import UNSPACED, is_unspaced

_WORD = re.compile(f"[^\\W\\d_{UNSPACED}]+(?:[-‐'’][^\\W\\d_{UNSPACED}]+)*")
_ASCII_WORD = re.compile("[a-z]+(?:[-'][a-z]+)*")  # three times as fast
_LAST = re.compile(f"[^\\W_{UNSPACED}]+(?:-[^\\W_{UNSPACED}]+)*$")
_FIRST = re.compile(f"[^\\W_{UNSPACED}]+(?:-[^\\W_{UNSPACED}]+)*")
_LONGEST_WORD = 60
_HYPHENS = "-‐"
_DIVIDERS = "\u00ad¬"  # a soft hyphen, and what text recognition writes for one
_DASHES = ("--", "—", "–")
_TIGHT_DASH = re.compile(r"\w(?:--|—|–)\w")
_SPACE_THEN_DASH = re.compile(r"\w (?:--|—|–)\w")
_DASH_THEN_SPACE = re.compile(r"\w(?:--|—) \w")
# pre- and postwar
_SUSPENDED = frozenset(("and", "or", "und", "oder", "bzw", "et", "ou", "y", "o", "e", "en", "of"))
# Syllables that are words too, or stand for themselves with a hyphen.
_PREFIXES = frozenset(("re", "un", "in", "dis", "con", "com", "de", "en", "em", "im", "ex", "pre", "pro", "per", "mis"))


class LineEnds:
    """What the words of a book tell about the ends of its lines.

    Args:
        lines: The beginning of the book.

    Attributes:
        divided: How many of these lines end with a hyphen.

    Examples:
        >>> ends = LineEnds(["A wonderful day, a well-known one.", "It was won-", "derful."])
        >>> ends.join("It was won-", "derful."), ends.join("so well-", "known that"), ends.join("I like", "tea.")
        (('It was won', ''), ('so well-', ''), ('I like', ' '))
        >>> ends.join("我喜欢", "喝茶。")
        ('我喜欢', '')
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        """Count the words of the beginning, and see how it writes dashes and divides words."""
        self._counts: Counter[str] = Counter()
        divided: list[tuple[str, str]] = []
        tight = spaced = then_space = 0
        before = ""
        for line in lines:
            text = line.strip()
            self.learn(text, before)
            if before and before[-1] in _HYPHENS:
                divided.append((before, text))
            if "--" in text or "—" in text or "–" in text:
                tight += len(_TIGHT_DASH.findall(text))
                spaced += len(_SPACE_THEN_DASH.findall(text))
                then_space += len(_DASH_THEN_SPACE.findall(text))
            before = text
        self._dash_then_space = then_space > tight
        self._dash_after_space = spaced > tight
        self.divided = len(divided)
        known = [self._evidence(*pair) for pair in divided]
        self._divides = sum(value > 0 for value in known) > sum(value < 0 for value in known)

    def learn(self, text: str, before: str = "") -> None:
        """Count the words of a line; parts of words at its ends are none.

        Args:
            text: A line without spaces at its ends.
            before: The line before it.
        """
        if not text:
            return
        words = (_ASCII_WORD if text.isascii() else _WORD).findall(text.lower())
        if words and text[-1] in "-‐\u00ad¬":
            del words[-1]
        if words and before and before[-1] in "-‐\u00ad¬":
            del words[0]
        self._counts.update(words)

    def join(self, before: str, after: str) -> tuple[str, str]:
        """Return the end of a line, without a hyphen that only divides a word, and what stands behind it.

        Args:
            before: A line without spaces at its ends.
            after: The next one.
        """
        last, first = before[-1], after[0]
        if last in _DIVIDERS:
            return before[:-1], ""
        if last in _HYPHENS and not before.endswith("--"):
            return self._join_divided(before, after)
        if is_unspaced(last) or is_unspaced(first):
            return before, ""
        if last in "—–-":
            if before.endswith((" --", " —", " –")):
                return before, " "
            return before, " " if self._dash_then_space else ""
        if first in "—–-" and after.startswith(_DASHES):
            spaced = after.startswith(("-- ", "— ", "– ")) or self._dash_after_space
            return before, " " if spaced else ""
        return before, "" if self._is_one_number_or_word(before, after) else " "

    def _join_divided(self, before: str, after: str) -> tuple[str, str]:
        """Join a line that ends with a hyphen."""
        start, end = _LAST.search(before[-_LONGEST_WORD:-1]), _FIRST.match(after[:_LONGEST_WORD])
        if start is None:  # a hyphen by itself
            return before, " "
        if end is None:
            return before, ""
        first, second = start.group(), end.group()
        if not (first[-1].isalpha() and second[0].isalpha()) or (second[0].isupper() and not first.isupper()):
            return before, ""
        evidence = self._evidence(before, after)
        if evidence <= 0 and second.lower() in _SUSPENDED and after[end.end() : end.end() + 1].isspace():
            return before, " "
        if evidence == 0:
            one, two = first.lower().rpartition("-")[2], second.lower().partition("-")[0]
            both_known = (
                min(len(one), len(two)) >= 3 and one not in _PREFIXES and min(self._counts[one], self._counts[two]) >= 2
            )
            evidence = 1 if self._divides and not both_known and "-" not in first else -1
        return (before[:-1], "") if evidence > 0 else (before, "")

    def _evidence(self, before: str, after: str) -> int:
        """Return how much more often a divided word is known without a hyphen than with one."""
        start, end = _LAST.search(before[-_LONGEST_WORD:-1]), _FIRST.match(after[:_LONGEST_WORD])
        if start is None or end is None:
            return 0
        first, second = start.group().lower(), end.group().lower()
        whole = self._counts[first + second]
        if not whole and "-" in second:  # won- + derful-looking
            whole = self._counts[first + second.partition("-")[0]]
        if not whole and "-" in first:
            whole = self._counts[first.rpartition("-")[2] + second]
        return whole - self._counts[f"{first}-{second}"]

    def _is_one_number_or_word(self, before: str, after: str) -> bool:
        """Return whether a line of Chinese was cut inside a number or a foreign word."""
        if before.isascii() or not (before[-1].isalnum() and after[0].isalnum()):
            return False
        if not any(map(is_unspaced, before)):
            return False
        if before[-1].isdigit() and after[0].isdigit():
            return True
        start, end = _LAST.search(before[-_LONGEST_WORD:]), _FIRST.match(after[:_LONGEST_WORD])
        if start is None or end is None:
            return False
        first, second = start.group().lower(), end.group().lower()
        return self._counts[first + second] > min(self._counts[first], self._counts[second])
