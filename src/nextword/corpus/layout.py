"""How the lines of a file are laid out: one text a line, or wrapped, and then by what paragraphs are told apart.

Input: lines. Output: a `Wrapping`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

from nextword.corpus.lines import Line, is_unspaced, measure

_MAX_WIDTH = 120
_MIN_WIDTH = 25
_MIN_WIDTH_UNSPACED = 18  # Chinese verse has lines of up to 16
# Old e-texts are wrapped by hand, so a line may fall some characters short; Chinese ones to keep a mark from beginning
# a line.
_SLACK = 6
_SLACK_UNSPACED = 2
# Subtitles are narrower.
_SUBTITLES = 50
_MARK = re.compile(r"[.,;:!?\u0589\u060c\u061b\u061f\u06d4\u0964\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f]")

Mark: TypeAlias = Literal["blank lines", "indents", "short lines"]
"""By what the paragraphs of wrapped lines are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """How a file is laid out.

    Attributes:
        unit: What is one text, "line" or "paragraph".
        mark: By what paragraphs are told apart where lines are wrapped: "blank lines", "indents" or "short lines".
        width: The full width that lines reach; 0 if they are not wrapped.
        full: A line goes on if the next word would have made it wider than this.
        base: The usual indent; a deeper one begins a paragraph.
        columns: Whether widths count two for a Chinese character.
        double_spaced: Whether a blank line stands behind every line, so that only several separate paragraphs.

    Examples:
        >>> Wrapping(unit="paragraph", mark="indents", width=70, full=64).reason
        'lines are wrapped at 70 characters, and indents begin paragraphs'
        >>> Wrapping().reason
        'lines are not wrapped'
    """

    unit: Literal["line", "paragraph"] = "line"
    mark: Mark = "blank lines"
    width: int = 0
    full: int = 0
    base: int = 0
    columns: bool = False
    double_spaced: bool = False

    @property
    def reason(self) -> str:
        """Why, in words for a note."""
        if self.unit == "line":
            return "lines are not wrapped"
        told = {
            "blank lines": "blank lines separate paragraphs",
            "indents": "indents begin paragraphs",
            "short lines": "short lines end paragraphs",
        }[self.mark]
        return f"lines are wrapped at {self.width} {'columns' if self.columns else 'characters'}, and {told}"


class _Pair(NamedTuple):
    """Two lines that follow each other, and whether there is a blank line, or several, between them."""

    line: Line
    later: Line
    apart: bool

    @property
    def reach(self) -> int:
        """The width that the line would have with the next word on it."""
        return self.line.width + self.later.first

    @property
    def is_open(self) -> bool:
        """Whether the two are surely one sentence."""
        return self.later.goes_on and not (self.line.pauses if is_unspaced(self.later.text[0]) else self.line.ends)


def wrapping_of(lines: Iterable[str]) -> Wrapping:
    """Return how lines are laid out.

    A line is full if the first word of the next one would have made it longer than the usual full width, less 6
    characters (2 in Chinese); the usual full width is the length that 1 in 10 lines reaches. Paragraphs are told by
    what is most often between them: blank lines, indents, or neither, when a line that ends like a sentence and is not
    full is the last of its paragraph. Inner lines are those followed by another of their paragraph. Lines are wrapped
    if all of these hold:

    1. There are four inner lines, or ten where nothing marks paragraphs, and 25 of 100 lines are inner ones.
    2. At most 1 of 100 lines is longer than 120 characters, and the full width is at least 25, in Chinese 18.
    3. At most 40 of 100 full lines end like a sentence, in Chinese with any mark.
    4. At least 30 of 100 lines behind a full one begin with a small letter, or in a script without case.
    5. At least 15 of 100 lines have a punctuation mark, unless blank lines separate paragraphs.
    6. Where the full width is below 50, as in subtitles, at least 20 of 100 full lines stand in paragraphs of four.
    7. At least 75 of 100 inner lines are full. Where nothing marks paragraphs, 90 of 100 are that surely go on.

    So one text a line, verse, lists, plays, code and tables are not taken for wrapped prose: their lines end like
    sentences, begin with capitals or figures, or differ in length.

    Args:
        lines: Lines of one file, or its beginning.

    Examples:
        >>> wrapping_of(["The sea is wide,", "The sea is deep,"] * 20).unit
        'line'
    """
    lines = list(lines)
    by_characters = _judge(lines, columns=False)
    if all(line.isascii() for line in lines):
        return by_characters.wrapping
    by_columns = _judge(lines, columns=True)
    return by_columns.wrapping if by_columns.sharpness > by_characters.sharpness else by_characters.wrapping


class _Judgement(NamedTuple):
    wrapping: Wrapping
    sharpness: float = 0.0  # how many of the lines that surely go on are full


def _judge(lines: Sequence[str], *, columns: bool) -> _Judgement:
    """Apply the rule of `wrapping_of` to lines measured in one unit."""
    pairs, count, too_long = _pairs_of(lines, columns)
    together = [pair for pair in pairs if not pair.apart]
    double_spaced = len(pairs) >= 8 and len(together) < 0.05 * len(pairs)
    if double_spaced:
        pairs, count, too_long = _pairs_of(lines, columns, blanks=2)
        together = [pair for pair in pairs if not pair.apart]
    if len(together) < 4 or too_long > 0.01 * count:
        return _Judgement(Wrapping())
    indents = Counter(pair.later.indent for pair in pairs)
    base = indents.most_common(1)[0][0]
    if indents[0] > 0.2 * len(pairs):
        base = 0
    begun = [pair for pair in together if _begins(pair, base)]
    inner = [pair for pair in together if not _begins(pair, base)]
    if len(inner) < 4:
        return _Judgement(Wrapping())
    unspaced = 2 * sum(is_unspaced(pair.line.text[-1]) for pair in inner) > len(inner)
    width = sorted(pair.line.width for pair in inner)[int(0.9 * (len(inner) - 1))]
    factor = 2 if columns and unspaced else 1
    slack = factor * _SLACK_UNSPACED if unspaced else _SLACK
    # Title pages and tables of contents stand before wrapped prose: runs of lines far below the full width.
    prose = [pair for pair in inner if max(pair.line.width, pair.later.width) >= 0.6 * width]
    full = [pair for pair in prose if pair.reach > width - slack]
    short_ends = sum(pair.line.ends and pair.reach <= width - slack for pair in prose)
    breaks: dict[Mark, int] = {
        "blank lines": len(pairs) - len(together),
        "indents": len(begun),
        "short lines": short_ends,
    }
    mark = max(breaks, key=lambda name: breaks[name])
    sure = [pair for pair in prose if pair.is_open]
    sharpness = sum(pair.reach > width - slack for pair in sure) / len(sure) if sure else 0.0
    ending = sum(pair.line.pauses if unspaced else pair.line.ends for pair in full)
    wrapped = (
        width >= (factor * _MIN_WIDTH_UNSPACED if unspaced else _MIN_WIDTH)
        and len(prose) >= max(4, 0.4 * len(inner))
        and len(inner) >= 0.25 * count
        and sum(breaks.values()) >= 1
        and ending <= 0.4 * len(full)
        and sum(pair.later.goes_on for pair in full) >= 0.3 * len(full)
        and (mark == "blank lines" or sum(map(_has_mark, prose)) >= 0.15 * len(prose))
    )
    if not unspaced and width < _SUBTITLES:
        wrapped = wrapped and _in_long_runs(pairs, full) >= 0.2 * len(full)
    if mark == "short lines":
        not_full = len(prose) - len(full)
        pausing = sum(pair.line.pauses for pair in prose if pair.reach <= width - slack)
        wrapped = wrapped and len(inner) >= 10 and len(full) >= 0.45 * len(prose)
        wrapped = wrapped and sharpness >= 0.9 and pausing >= 0.7 * not_full
    else:
        wrapped = wrapped and len(full) >= 0.75 * len(prose)
    if not wrapped:
        return _Judgement(Wrapping(), sharpness)
    reaches = sorted(pair.reach for pair in sure if pair.reach > width - slack)
    return _Judgement(
        Wrapping(
            unit="paragraph",
            mark=mark,
            width=width,
            full=reaches[int(0.02 * len(reaches))] - 1 if reaches else width - slack,
            base=base,
            columns=columns,
            double_spaced=double_spaced,
        ),
        sharpness,
    )


def _has_mark(pair: _Pair) -> bool:
    return _MARK.search(pair.line.text) is not None


def _in_long_runs(pairs: Sequence[_Pair], full: Sequence[_Pair]) -> int:
    """Return how many full lines that do not end like a sentence stand three or more in a row."""
    going_on = {id(pair) for pair in full if not pair.line.ends}
    runs = (len(list(run)) for inside, run in groupby(id(pair) in going_on for pair in pairs) if inside)
    return sum(run for run in runs if run >= 3)


def _begins(pair: _Pair, base: int) -> bool:
    """Return whether the later line of a pair begins a paragraph by its indent."""
    if pair.later.indent <= base:
        return False
    return pair.later.indent > pair.line.indent or not pair.is_open


def _pairs_of(lines: Sequence[str], columns: bool, blanks: int = 1) -> tuple[list[_Pair], int, int]:
    """Return the lines that follow each other, how many lines there are, and how many too long ones."""
    pairs: list[_Pair] = []
    before: Line | None = None
    count = too_long = gap = 0
    for line in lines:
        measured = measure(line, columns=columns)
        if measured is None:
            gap += 1
            continue
        count += 1
        too_long += len(measured.text) > _MAX_WIDTH
        if before is not None:
            pairs.append(_Pair(before, measured, gap >= blanks))
        before, gap = measured, 0
    return pairs, count, too_long
