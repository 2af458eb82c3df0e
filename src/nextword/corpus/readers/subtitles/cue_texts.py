r"""The lines of one subtitle -> what each speaker says.

Input: lines as they stand in a file. Output: texts without tags, character references and notes about sounds.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator

from nextword.tokens.joining import needs_space

LINES_AGAIN, SOUNDS = "repeated lines", "notes about sounds"

_RUBY = re.compile(r"<rt>[^<>]*</rt>", re.IGNORECASE)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:i|b|u|s|c|v|em|strong|font|ruby|rt|rb|lang|span|p|div)(?:[.\s][^<>]*)?/?>|<\d[\d:.,]*>|\{\\[^{}]*\}|"
    r"\{[a-zA-Z]:[^{}]*\}",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>|\\N", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b\u200e\u200f\ufeff\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"(?:\\h|\s)+")
_REFERENCE = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|\w+);")
VOICE_BEGINS = "\x02"
"""Stands for a voice tag between `clean_lines` and `spoken`; no text has it."""

# Notes for those who cannot hear: in brackets anywhere, in parentheses only where they are a whole line.
_SOUND = re.compile(r"(?:\[[^\[\]]{0,120}\]|【[^【】]{0,60}】)(?: ?:(?!\S))?")
_SOUND_LINE = re.compile(r"([-–‐]?\s*)[(（][^()（）]{1,120}[)）]\s*")
# A dash, or what television puts before a new speaker.
_DASH = re.compile(r"[-–‐]\s*(?=[^\s\d\-–‐])|>{2,3}\s*(?=[^\s>])")
_DASH_INSIDE = re.compile(r"(?<=[.!?…。！？\"”♪]) [-–‐] ?(?=[^\s\d\-–‐])| >{2,3} ?(?=[^\s>])")
_KANA = re.compile("[\u3040-\u30ff]")


def clean_lines(lines: list[str]) -> list[str]:
    r"""Return the lines of a cue that are not blank, without tags; a voice tag leaves one sign for `spoken`.

    Args:
        lines: As they stand.

    Examples:
        >>> clean_lines(["{\\an8}<i>Tea</i> &amp; cake", " "])
        ['Tea & cake']
    """
    cleaned = []
    names = [""]

    def voice(match: re.Match[str]) -> str:
        names.append(match[1] or "")
        return "" if names[-1] and names[-1] == names[-2] else VOICE_BEGINS

    for line in lines:
        if not line:
            continue
        if "<" in line or "{" in line or "\\" in line:
            line = _RUBY.sub("", _BREAK.sub("\n", line))
            line = _TAG.sub("", _VOICE.sub(voice, line))
        if "&" in line:
            line = _REFERENCE.sub(lambda match: html.unescape(match[0]), line)
        for part in line.split("\n"):
            part = _SPACE.sub(" ", part if part.isascii() else _INVISIBLE.sub("", part)).strip()
            if part.strip(VOICE_BEGINS + " "):
                cleaned.append(part)
    return cleaned


def spoken(lines: list[str], left_out: Counter[str]) -> Iterator[str]:
    """Yield what is said in a cue, one text for each speaker.

    Args:
        lines: Of `clean_lines`.
        left_out: Where notes about sounds are counted.

    Examples:
        >>> list(spoken(["- I like", "green tea.", "- [laughs]"], Counter()))
        ['I like green tea.']
    """
    if not lines:
        return
    whole = "\n".join(lines)
    if "[" in whole or "【" in whole:
        whole, count = _SOUND.subn("", whole)
        left_out.update({SOUNDS: count} if count else {})
    if "(" in whole or "（" in whole:
        whole = _without_sound_lines(whole, left_out)
    dashed = ">>" in whole or any(_DASH.match(line.lstrip(f"{VOICE_BEGINS} ")) for line in whole.split("\n"))
    turns: list[list[str]] = []
    for line in whole.split("\n"):
        for number, part in enumerate(line.split(VOICE_BEGINS)):
            said = part.strip()
            begins = number > 0
            if dashed and (dash := _DASH.match(said)):
                said, begins = said[dash.end() :], True
            pieces = _DASH_INSIDE.split(said) if dashed else [said]
            for position, piece in enumerate(pieces):
                if begins or position or not turns:
                    turns.append([])
                turns[-1].append(piece.strip())
    for turn in turns:
        text = _joined([part for part in turn if part.strip("-–‐ :")])
        if text:
            yield text


def _without_sound_lines(whole: str, left_out: Counter[str]) -> str:
    """Return the text without lines in parentheses, also where the parentheses go over several lines."""
    if (whole[0], whole[-1]) in (("(", ")"), ("（", "）")) and not re.search("[()（）]", whole[1:-1]):
        left_out[SOUNDS] += 1
        return ""
    lines = []
    for line in whole.split("\n"):
        match = _SOUND_LINE.fullmatch(line)
        if match:
            left_out[SOUNDS] += 1
        lines.append(match[1] if match else line)
    return "\n".join(lines)


def _joined(lines: list[str]) -> str:
    """Return lines as one, with a space between two of them unless Chinese or Japanese stands there."""
    text = ""
    for line in lines:
        if text:
            spaced = all(needs_space(character) and not _KANA.match(character) for character in (text[-1], line[0]))
            text += f" {line}" if spaced else line
        else:
            text = line
    return " ".join(text.split())
