r"""What looks odd in texts: marks of a chat, of subtitles, of a web page, a mailbox, a table, of something packed.

Input: texts, as they pass by. Output: notes with how many lines look so, and what reads them. Nothing is left out.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from nextword.errors import Note

_FIRST_TEXTS = 10_000
_EVERY = 32  # of the texts behind these
_MOST_STARTS = 5_000
_START_LENGTH = 20
_LEAST_LINES = 3


class _Kind(NamedTuple):
    """A kind of line: how it looks, the share of lines from which on it is told, and what is said."""

    name: str
    looks: Callable[[str], object]  # of a regular expression, `match` for the start of a line, `search` for anywhere
    share: float
    sentence: str


_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}\W\d{1,2}\W\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日)"
_TAGS = "p|br|hr|div|span|a|b|i|em|strong|h[1-6]|ul|ol|li|t[dhr]|table|html|head|body|font|img|script|doc|ref"

# A line is of the first kind that it looks like.
_KINDS = (
    _Kind(
        "log",
        re.compile(
            r"\W?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*|\w{3} +\d+ \d\d:\d\d:\d\d)\W+"
            r"(?:\w+\W+)?(?:DEBUG|INFO|WARN|ERROR)"
        ).match,
        0.2,
        "look like those of a log.",
    ),
    _Kind("lyrics", re.compile(r"\[\d{1,3}:\d\d\.\d{2,3}\]").match, 0.2, "begin with the times of song lyrics."),
    _Kind(
        "chat",
        re.compile(rf"\W{{0,3}}{_DATE}\D{{1,9}}\d{{1,2}}[:.]\d\d|\[?\d{{1,2}}:\d\d(?::\d\d)?[\]\s]").match,
        0.2,
        "begin with a date or time: a chat export? `read_chat(path)` reads one.",
    ),
    _Kind(
        "subtitles", re.compile("-->").search, 0.1, "have the arrows of subtitles: give the .srt or .vtt file itself."
    ),
    _Kind(
        "mailbox",
        re.compile(r"From \S+@\S+ |(?:Message-ID|Received|MIME-Version|X-[\w-]+): ").match,
        0.005,
        "are heads of mail.",
    ),
    _Kind(
        "markup",
        re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE).search,
        0.05,
        "have the markup of a web page: give the text alone.",
    ),
    _Kind(
        "entities",
        re.compile(r"&(?:nbsp|amp|lt|gt|quot|#\d{2,5}|#x[0-9a-fA-F]{2,5});").search,
        0.02,
        "have signs in the spelling of web pages, such as `&amp;`: html.unescape(text) reads them.",
    ),
    _Kind(
        "wrong-encoding",
        re.compile(
            "[ÃÂÐÑ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ]|â€|ï»¿|[ã-é][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ]{2}|锟斤拷"
        ).search,
        0.02,
        "have signs such as `Ã©`: they were decoded in a wrong encoding before.",
    ),
    _Kind(
        "escapes",
        re.compile(r"\x1b[$(]").search,
        0.02,
        "have the escapes of ISO-2022: encoding='iso2022_jp' or 'iso2022_kr' reads them.",
    ),
    _Kind(
        "packed",
        re.compile(r"[^A-Za-z0-9+/]{0,3}[A-Za-z0-9+/_-]{60,}={0,2}\W*$").match,
        0.02,
        "are long and have no space: packed data?",
    ),
    _Kind("json", re.compile(r'\s*[\[{,]?\s*\{?\s*"[^"]{1,40}"\s*:\s*["\d\[{tfn-]').match, 0.2, "look like JSON."),
)
_ASCII_KINDS = tuple(kind for kind in _KINDS if kind.name != "wrong-encoding")


@dataclass(slots=True)
class Oddities:
    """Counts of lines that look odd, in the first 10,000 texts and in every 32nd behind them.

    Attributes:
        passed: Texts that passed by.
        looked_at: Lines that were looked at.
        lines: Those of each kind.
        commas: How many lines have so many commas, tabs or semicolons.
        starts: Different lines among the first that are 20 characters or more.
    """

    passed: int = 0
    looked_at: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    commas: Counter[tuple[str, int]] = field(default_factory=Counter)
    starts: set[str] = field(default_factory=set)

    def look(self, text: str) -> None:
        """Look at the lines of a text.

        Args:
            text: A text of one line or several.
        """
        self.passed += 1
        if self.passed > _FIRST_TEXTS and self.passed % _EVERY:
            return
        for line in text.split("\n"):
            self._look_at(line[:2000])

    def notes(self) -> tuple[Note, ...]:
        """Return a note on every kind that many lines are of.

        Returns:
            Notes with the code "looks-odd" and the figures `looks`, the kind, `lines` and `of`.
        """
        found = [
            _note(kind.name, self.lines[kind.name], self.looked_at, kind.sentence)
            for kind in _KINDS
            if self._are_many(self.lines[kind.name], kind.share)
        ]
        (separator, count), lines = max(self.commas.items(), key=lambda item: item[1], default=((",", 0), 0))
        if self._are_many(lines, 0.8) and lines >= 5:
            name = {",": "commas", ";": "semicolons", "\t": "tabs"}[separator]
            sentence = f'have {count} {name} each: a table? `read_table(path, "text")` reads a column of one.'
            found.append(_note("table", lines, self.looked_at, sentence))
        if self._are_many(self.lines["no-letters"], 0.5):
            found.append(_note("no-letters", self.lines["no-letters"], self.looked_at, "have hardly any letters."))
        starts = Counter(line[:_START_LENGTH] for line in self.starts)
        start, lines = max(starts.items(), key=lambda item: item[1], default=("", 0))
        if lines >= 10 and lines >= 0.5 * len(self.starts) and not found:
            found.append(_note("same-start", lines, len(self.starts), f"begin with {start!r}."))
        return tuple(found)

    def _are_many(self, lines: int, share: float) -> bool:
        return lines >= _LEAST_LINES and lines >= share * self.looked_at

    def _look_at(self, line: str) -> None:
        self.looked_at += 1
        for kind in _ASCII_KINDS if line.isascii() else _KINDS:
            if kind.looks(line):
                self.lines[kind.name] += 1
                break
        for separator, least in ((",", 2), ("\t", 1), (";", 2)):
            # In prose a space follows.
            if (count := line.count(separator) - line.count(f"{separator} ")) >= least:
                self.commas[separator, count] += 1
        if 10 * sum(map(str.isalpha, line)) < 3 * (len(line) - line.count(" ")):
            self.lines["no-letters"] += 1
        if len(line) >= _START_LENGTH and len(self.starts) < _MOST_STARTS:
            self.starts.add(line[:200])


def _note(name: str, lines: int, of: int, sentence: str) -> Note:
    return Note(f"{lines:,} of {of:,} lines {sentence}", code="looks-odd", looks=name, lines=lines, of=of)
