r"""WhatsApp: the messages of a chat as phones export it, in the layouts of Android and iPhone.

Input: a text file with lines such as `05.10.23, 14:03 - Anna: Hello`, `[10/5/23, 2:03:22 PM] Anna: Hello` or, where
messages were copied, `[14:03, 5/10/2023] Anna: Hello`. Output: messages. A line that does not begin so goes on with the
message before. Layout and order of day and month are taken from the whole file, so the file is read twice.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nextword.corpus.readers.chats.dates import DateNumbers, DateOrder, day_number, hour_of_day, order_of_dates
from nextword.corpus.readers.chats.messages import BEFORE, EMPTY, SYSTEM, Message
from nextword.corpus.readers.chats.whatsapp_notes import DIRECTIONS, without_notes
from nextword.corpus.reading import Decoding, lines_of

_MARKS = f"[{DIRECTIONS}]*"
_DATE = (
    rf"(?P<a>\d{{1,4}}){_MARKS}(?P<separator>[./-]|[年년])\s?(?P<b>\d{{1,2}}){_MARKS}(?:[./-]|[月월])\s?"
    rf"(?P<c>\d{{1,4}})(?:[日일]|\.)?{_MARKS}"
)
_BETWEEN = rf"(?:(?P<comma>[,،、])|\sг\.,?)?\s{_MARKS}(?:(?:à|um|at|kl\.?|klo|alle|às|as|a las|в)\s)?"
_HALF_BEFORE = r"(?:(?P<before>上午|下午|凌晨|早上|清晨|中午|晚上|傍晚|午前|午後|오전|오후|[AaPp][Mm])\s?)?"
_TIME = r"(?P<hour>\d{1,2})(?:[:.]|\sh\s)(?P<minute>\d\d)(?P<seconds>[:.]\d\d)?(?:\sч\.)?"
_HALF_AFTER = (
    rf"(?:\s?{_MARKS}(?P<after>[AaPp]\.?\s?[Mm]\.?|[πμ]\.?μ\.?|ص|م|पूर्वाह्न|अपराह्न|ÖÖ|ÖS|SA|CH|PG|PTG|"
    r"vm\.?|nm\.?|de\.?|du\.?))?"
)
_CLOCK_TIME = f"{_HALF_BEFORE}{_TIME}{_HALF_AFTER}{_MARKS}"
_END = r"(?(bracket)\]\s?|(?:\s[-–]\s|(?P<colon>:\s)))"
_DATE_FIRST = re.compile(rf"{_MARKS}(?P<bracket>\[)?{_DATE}{_BETWEEN}{_CLOCK_TIME}{_END}")
# [14:03, 5/10/2023], as messages are copied from the browser, and as some languages export them.
_TIME_FIRST = re.compile(rf"{_MARKS}(?P<bracket>\[)?{_CLOCK_TIME}(?P<comma>[,،、])\s{_MARKS}{_DATE}{_END}")
_Layout = tuple[bool, bool, str, bool]

# Programs write logs with such "names"; people in chats do not.
_LEVEL = re.compile(r"(?i:(?:\S+\.)?(?:error|info|warn|warning|debug|trace|fatal|critical|notice|severe|fine)\b.*)")
_LOG_NAME = re.compile(rf"{_LEVEL.pattern}|[a-z0-9_.\-/:\[\]@=#()]+|.*[\[\]=].*")
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d\b")
_SIGNS = ("\u200e", "<Media omitted>", "end-to-end encrypted")
_QUOTES = {"“": "”", "„": "“”", "«": "»", "「": "」"}
_LONGEST_NAME = 100


def looks_like(start: str) -> bool:
    r"""Return whether a file is clearly an exported chat.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like("05.10.23, 14:03 - Anna: Tea?\n05.10.23, 14:04 - Ben: Yes\n05.10.23, 14:04 - Anna: Now?\n")
        True
        >>> looks_like("05.10.23: Rain all day.\n06.10.23: Sun at last.\n")
        False
    """
    lines = [line for line in start.split("\n")[:2000] if line.strip()]
    headers = [(match, line[match.end() :]) for line in lines if (match := _header(line))]
    if len(headers) < 2 or not any(map(_header, lines[:3])) or len(headers) * 5 < len(lines):
        return False
    names = Counter(parts[0] for _, rest in headers if (parts := _name_and_text(rest)))
    named = names.total()
    signed = any(sign in line for line in lines for sign in _SIGNS)
    if signed and named and any(match["bracket"] or match["comma"] for match, _ in headers):
        return True
    if named * 2 < len(headers) or named < 3 or len(names) > (named + 1) // 2 or max(map(len, names)) > 60:
        return False
    if any(_CLOCK.match(name) for name in names):
        return False  # 05.10.23, 14:00 - 15:00: a calendar
    if all(match["comma"] for match, _ in headers):
        return sum(count for name, count in names.items() if _LEVEL.fullmatch(name)) * 2 < named
    # Without a comma these could be lines of a log, which have seconds and names of programs.
    with_seconds = [match for match, _ in headers if match["seconds"]]
    like_a_log = sum(count for name, count in names.items() if _LOG_NAME.fullmatch(name))
    if like_a_log * 2 >= (named if with_seconds else named * 2):
        return False
    return not any(not match["bracket"] and not match["colon"] for match in with_seconds) and not any(
        len(match["a"]) == 4 and match["separator"] == "-" for match in with_seconds
    )


def has_message(start: str) -> bool:
    """Return whether at least one line begins as an exported message does.

    Args:
        start: First characters of a file.
    """
    return any(
        _name_and_text(line[match.end() :]) is not None
        for line in start.split("\n")
        if (match := _header(line)) is not None
    )


def messages(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[Message]:
    """Yield the messages in which a person wrote something.

    Args:
        file: An exported chat.
        decoding: Its encoding.
        left_out: Where notes of the app are counted.

    Raises:
        TextFileError: If the file cannot be decoded; codes as in `lines_of`.
    """
    orders = _survey(file, decoding)
    known = _Known({}, {})
    header: re.Match[str] | None = None
    block: list[str] = []
    for line in lines_of(file, decoding):
        match = _header(line)
        if match is None or _layout(match) not in orders:
            block.append(line)
            continue
        if said := _message(header, block, orders, known, left_out):
            yield said
        header, block = match, [line[match.end() :]]
    if said := _message(header, block, orders, known, left_out):
        yield said


class _Known(NamedTuple):
    """What was worked out for earlier messages of a file, which has few names and days.

    Attributes:
        names: The clean name of each name as it stands; None for what is no name.
        days: The number of each date as it stands, with its layout.
    """

    names: dict[str, str | None]
    days: dict[tuple[str, str, str, _Layout], int | None]


def _header(line: str) -> re.Match[str] | None:
    """Return what a line says before the name, if a message begins there."""
    return _DATE_FIRST.match(line) or _TIME_FIRST.match(line)


def _survey(file: Path, decoding: Decoding) -> dict[_Layout, DateOrder]:
    """Return the layouts of a file with the order of their dates; a pasted line of another layout is none of them."""
    counts: Counter[_Layout] = Counter()
    dates: dict[_Layout, list[tuple[str, ...]]] = {}
    for line in lines_of(file, decoding):
        if match := _header(line):
            layout = _layout(match)
            counts[layout] += 1
            numbers = match.group("a", "b", "c")
            seen = dates.setdefault(layout, [])
            if not seen or seen[-1] != numbers:
                seen.append(numbers)
    first = next(iter(counts), None)
    return {
        layout: order_of_dates(map(_numbers, dates[layout]))
        for layout, count in counts.items()
        if layout == first or (count > 1 and count * 20 >= counts.total())
    }


def _layout(match: re.Match[str]) -> _Layout:
    bracket, colon, separator, seconds = match.group("bracket", "colon", "separator", "seconds")
    return bracket is not None, colon is not None, separator, seconds is not None


def _numbers(written: tuple[str, ...]) -> DateNumbers:
    return int(written[0]), int(written[1]), int(written[2])


def _message(
    header: re.Match[str] | None,
    block: list[str],
    orders: dict[_Layout, DateOrder],
    known: _Known,
    left_out: Counter[str],
) -> Message | None:
    """Return the message that a header and the lines behind it are; None where nobody wrote something."""
    if header is None:
        left_out.update({BEFORE: count} if (count := sum(1 for line in block if line.strip())) else {})
        return None
    written, first = _split(block[0].removesuffix("\n"))
    if written not in known.names:
        known.names[written] = _name(written)
    name = known.names[written]
    if name is None:
        left_out[SYSTEM] += 1
        return None
    whole = first if len(block) == 1 else first + "\n" + "".join(block[1:])
    text, note = without_notes(whole.strip())
    if note:
        left_out[note] += 1
    elif not text:
        left_out[EMPTY] += 1
    return Message(name, text, _seconds(header, orders, known)) if text else None


def _name_and_text(rest: str) -> tuple[str, str] | None:
    """Return who wrote what behind a date; None for a line of the app, which has no name."""
    written, text = _split(rest)
    name = _name(written)
    return None if name is None else (name, text)


def _split(rest: str) -> tuple[str, str]:
    """Return what stands before the first colon and behind it; nothing stands before a colon that is missing."""
    name, colon, text = rest.partition(": ")
    if colon:
        return name, text
    return (rest[:-1] if rest.endswith(":") else ""), ""


def _name(written: str) -> str | None:
    """Return a clean name; None for what is no name, as in: Anna changed the subject to "Plan: Saturday"."""
    name = clean_name(written)
    return None if not name or len(name) > _LONGEST_NAME or _opens_quote(name) else name


def clean_name(name: str) -> str:
    r"""Return a name without invisible marks of direction, with plain spaces.

    Args:
        name: As it stands in an export, or as somebody typed it.

    Examples:
        >>> clean_name("\u202a+49 151\u00a0234\u202c")
        '+49 151 234'
    """
    return " ".join(re.sub(f"[{DIRECTIONS}]", "", name).split())


def _opens_quote(name: str) -> bool:
    """Return whether a quotation begins in a name and does not end there."""
    if name.count('"') % 2:
        return True
    return any(name.count(opening) > sum(map(name.count, closing)) for opening, closing in _QUOTES.items())


def _seconds(match: re.Match[str], orders: dict[_Layout, DateOrder], known: _Known) -> int | None:
    """Return when a message was written."""
    a, b, c, hour, minute, seconds, before, after = match.group(
        "a", "b", "c", "hour", "minute", "seconds", "before", "after"
    )
    layout = _layout(match)
    key = (a, b, c, layout)
    if key not in known.days:
        known.days[key] = day_number(_numbers((a, b, c)), orders[layout])
    day = known.days[key]
    if day is None:
        return None
    clock = hour_of_day(int(hour), before or after or "") * 3600 + int(minute) * 60
    return day * 86_400 + clock + (int(seconds[1:]) if seconds else 0)
