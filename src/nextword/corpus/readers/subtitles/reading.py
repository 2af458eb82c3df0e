r"""Subtitles: what is said in films, from `.srt` and `.vtt` files.

Input: paths of subtitle files. Output: one `str` a cue, or one for each speaker where a cue has several. Numbers,
times, tags and notes about sounds are no speech and are left out.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from nextword.corpus.encodings.decoding import check_decoding
from nextword.corpus.encodings.file_errors import check_start
from nextword.corpus.finding import find_files
from nextword.corpus.readers.subtitles.credits import CREDITS, is_credit
from nextword.corpus.readers.subtitles.cue_texts import LINES_AGAIN, VOICE_BEGINS, clean_lines, spoken
from nextword.corpus.reading import Decoding, lines_of
from nextword.tokens.characters import HAN

_CLOCK = r"(?:(\d{1,3})\s?:\s?)?(\d{1,2})\s?:\s?(\d{1,2})(?:\s?[,.]\s?(\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?")
_TIME_INSIDE = re.compile(r"<\d+:\d\d")  # words that appear one after the other, as in automatic captions
_NUMBER = re.compile(r"\ufeff?\s*\d{1,6}\s*")
_BLOCKS = ("NOTE", "STYLE", "REGION")
_EASTERN = re.compile(f"[{HAN}\u3040-\u30ff]")
_ROLLING_SHARE = 0.2  # of the cues begin with the line that the one right before ended with: automatic captions
_RIGHT_BEFORE = 0.2  # seconds
_AT_EDGE = 3  # cues


class _Cue(NamedTuple):
    start: float
    end: float
    lines: list[str]


def read_subtitles(
    *paths: str | os.PathLike[str], encoding: str | None = None, errors: str = "strict"
) -> Iterator[str]:
    r"""Yield what is said in subtitles, one text a cue.

    The lines of a cue are joined, with a space where the script has spaces. What two speakers say, each behind a dash
    or a voice tag, are two texts, since one does not go on with the words of the other; so are the two languages of a
    file in which most cues have one line of Chinese and one without. Tags, `[door slams]` and lines in parentheses are
    left out, and so are lines that automatic captions show again, advertisements of sites for subtitles, and cues at
    either end that say who made them. Paths and first bytes are checked at once.

    Args:
        paths: Files, or folders, which mean all their `*.srt` and `*.vtt` files, also in folders inside.
        encoding: Name of the encoding of the files; None for UTF-8.
        errors: What is done about bytes that cannot be decoded: "strict" refuses the file, "ignore" leaves them out,
            "replace" puts U+FFFD in their place.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
        ConfigError: If the encoding is unknown, or `errors` another word; codes "encoding-unknown" and
            "option-out-of-range".
        TextFileError: If a file is no text; also while reading. Codes as in `read_texts`.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "film.srt"
        ...     _ = path.write_text(
        ...         "1\n00:00:01,000 --> 00:00:02,000\n<i>I like\ntea.</i>\n\n"
        ...         "2\n00:00:03,000 --> 00:00:04,000\n- You do?\n- [laughs] Yes.\n",
        ...         encoding="utf-8",
        ...     )
        ...     list(read_subtitles(path))
        ['I like tea.', 'You do?', 'Yes.']
    """
    decoding = check_decoding(encoding, errors)
    files = find_files(paths, (".srt", ".vtt"))
    for file in files:
        check_start(file, decoding)
    left_out: Counter[str] = Counter()
    return (text for file in files for text in parse(file, decoding, left_out))


def looks_like(start: str) -> bool:
    r"""Return whether a file is clearly one of subtitles.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like("1\n00:00:01,000 --> 00:00:02,000\nTea?\n"), looks_like("1\nTea at 00:01 --> 00:02\n")
        (True, False)
    """
    lines = [line for line in start.removeprefix("\ufeff").split("\n")[:500] if line.strip()]
    if re.match(r"WEBVTT(?:[ \t]|$)", lines[0] if lines else ""):
        return lines == ["WEBVTT"] or any(map(_TIMES.fullmatch, lines))
    return any(map(_TIMES.fullmatch, lines[:1])) or bool(
        len(lines) > 1 and _NUMBER.fullmatch(lines[0]) and _TIMES.fullmatch(lines[1])
    )


def parse(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    """Yield what is said in one file.

    Args:
        file: A file of subtitles.
        decoding: Its encoding.
        left_out: Where notes about sounds, repeated lines and advertisements are counted.

    Raises:
        TextFileError: If the file cannot be decoded; codes as in `lines_of`.
    """
    cues = list(_cues(file, decoding))
    has_times = any(_TIME_INSIDE.search(line) for cue in cues for line in cue.lines)
    cues = [cue._replace(lines=clean_lines(cue.lines)) for cue in cues]
    rolling = has_times or _is_rolling(cues)
    bilingual = _is_bilingual(cues)
    shown: _Cue | None = None
    for number, cue in enumerate(cues):
        lines = cue.lines
        if is_credit(lines, not _AT_EDGE <= number < len(cues) - _AT_EDGE):
            left_out[CREDITS] += 1
            continue
        if shown is not None and cue.start < shown.end + (_RIGHT_BEFORE if rolling else 0):
            again = _lines_again(shown.lines, lines)
            left_out.update({LINES_AGAIN: again} if again else {})
            lines = lines[again:]
        if cue.lines:
            shown = cue
        if bilingual:
            for eastern in (True, False):
                yield from spoken([line for line in lines if bool(_EASTERN.search(line)) == eastern], left_out)
        else:
            yield from spoken(lines, left_out)


def _cues(file: Path, decoding: Decoding) -> Iterator[_Cue]:
    """Yield the cues with their lines as they stand, without number and name."""
    times: re.Match[str] | None = None
    block: list[str] = []
    web = False
    count = 0
    for position, line in enumerate(lines_of(file, decoding)):
        line = line.strip()
        if position == 0:
            web = line.startswith("WEBVTT")
        match = _TIMES.fullmatch(line) if "-->" in line else None
        if match is None:
            block.append(line)
            continue
        lines = _without_name(block, web, count)
        if times is not None:
            yield _cue(times, _without_blocks(lines) if web else lines)
        times, block, count = match, [], count + 1
    if times is not None:
        yield _cue(times, _without_blocks(block) if web else block)


def _without_name(block: list[str], web: bool, count: int) -> list[str]:
    """Return the lines before a time without the number, or in WebVTT the name, of the cue that begins there."""
    if not block:
        return block
    if web:
        named = block[-1] and (len(block) == 1 or not block[-2])
        return block[:-1] if named else block
    last = len(block) - 1
    while last >= 0 and not block[last]:
        last -= 1
    if last < 0 or not _NUMBER.fullmatch(block[last]):
        return block
    # A number right before the time; behind a blank line only where it is the next one, else it is what is said.
    is_number = last == len(block) - 1 or int(block[last].strip("\ufeff ")) == count + 1
    return block[:last] if is_number else block


def _without_blocks(lines: list[str]) -> list[str]:
    """Return the lines without the comments, styles and regions of WebVTT, which end at a blank line."""
    kept: list[str] = []
    skipping = False
    for position, line in enumerate(lines):
        if position and not lines[position - 1]:
            skipping = line.split(" ")[0].split("\t")[0] in _BLOCKS
        if not skipping or not line:
            kept.append(line)
    return kept


def _cue(match: re.Match[str], lines: list[str]) -> _Cue:
    numbers = [int(number or 0) for number in match.groups()]
    thousandths = [(part or "0").ljust(3, "0") for part in (match[4], match[8])]
    start, end = (
        hours * 3600 + minutes * 60 + seconds + int(part) / 1000
        for (hours, minutes, seconds), part in zip((numbers[0:3], numbers[4:7]), thousandths, strict=True)
    )
    return _Cue(start, end, lines)


def _lines_again(before: list[str], lines: list[str]) -> int:
    """Return how many lines a cue begins with that the one before ended with."""
    before, lines = ([line.strip(VOICE_BEGINS) for line in side] for side in (before, lines))
    for again in range(min(len(before), len(lines)), 0, -1):
        if before[-again:] == lines[:again]:
            return again
    return 0


def _is_rolling(cues: list[_Cue]) -> bool:
    """Return whether cues show the line right before again, as automatic captions do."""
    cues = [cue for cue in cues if cue.lines]
    again = sum(
        1
        for before, cue in pairwise(cues)
        if cue.start < before.end + _RIGHT_BEFORE and _lines_again(before.lines, cue.lines)
    )
    return again >= 2 and again >= _ROLLING_SHARE * len(cues)


def _is_bilingual(cues: list[_Cue]) -> bool:
    """Return whether most cues of several lines have lines with Chinese characters and lines without."""
    several = [cue for cue in cues if len(cue.lines) > 1]
    mixed = sum(1 for cue in several if len({bool(_EASTERN.search(line)) for line in cue.lines}) == 2)
    return mixed >= 2 and mixed * 2 > len(several)
