"""Licences, credits and editors' notes that stand around a book of Project Gutenberg, which are not the book.

Input: lines. Output: the lines of the book; what was left out is counted. A text that only mentions Project Gutenberg
stays whole.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

LICENCE = "lines of a licence"
"""Under what left-out lines are counted."""

# Licences of old files take 400 lines before the book.
_HEAD = 1_000
_MENTIONED_WITHIN = 40
_CREDIT_BLOCKS = 8
_LONGEST_NOTE = 30

_START = re.compile(
    r"\*\*\* ?START OF TH(E|IS) PROJECT GUTENBERG E(BOOK|TEXT)|\*\s?END\s?\*?\s?THE SMALL PRINT", re.IGNORECASE
)
_END = re.compile(r"\*\*\* ?END OF TH(E|IS) PROJECT GUTENBERG", re.IGNORECASE)
_END_WORDS = re.compile(
    r"(\*+ ?)?End of (the |this )?Project Gutenberg(['’]s| E-?(book|text)\b| edition\b)", re.IGNORECASE
)
_CREDIT = re.compile(
    r"(Produced|Prepared|Transcribed|Scanned|Digitized|Proofed|Proofread|E-?text prepared|HTML version|Credits?:) ?by\b"
    r"|Credits?:|(This|The) (e-?text|e-?book|file|book) was (produced|prepared|transcribed|scanned|created)\b"
    r"|\(?(This|The) file was produced\b|(Online )?Distributed Proofread|Internet Archive\b|Project Gutenberg\b",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\[(Illustrations?|Frontispiece|Transcriber['’]?s['’]? notes?)\b", re.IGNORECASE)
_TRANSCRIBER = re.compile(r"Transcriber['’]?s['’]? notes?\b", re.IGNORECASE)


def without_licence(lines: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    r"""Yield the lines of a book without the licence around it and the notes of those who typed it.

    Left out are what stands before "*** START OF THE PROJECT GUTENBERG EBOOK" or the older "*END*THE SMALL PRINT!" and
    behind "*** END OF" or "End of Project Gutenberg's", credits ("Produced by") right behind the start, and notes of
    illustrations and transcribers. Several books may follow each other.

    Args:
        lines: Lines of one file.
        left_out: Counts what is left out, under "lines of a licence".

    Examples:
        >>> left_out = Counter()
        >>> marks = "*** {} OF THE PROJECT GUTENBERG EBOOK TEA ***"
        >>> list(without_licence([marks.format("START"), "I like tea.", marks.format("END"), "Donate!"], left_out))
        ['I like tea.']
        >>> left_out
        Counter({'lines of a licence': 3})
    """
    source = iter(lines)
    head = list(islice(source, _MENTIONED_WITHIN))
    started = False
    if any("gutenberg" in line.lower() for line in head):
        head += islice(source, _HEAD - len(head))
        ended = next((position for position, line in enumerate(head) if _END.match(line.lstrip())), len(head))
        starts = [position for position, line in enumerate(head[:ended]) if _START.match(line.lstrip())]
        if starts:
            started = True
            left_out[LICENCE] += _filled(head[: starts[-1]])
            head = head[starts[-1] :]
    yield from _books(chain(head, source), left_out, started)


def without_licence_of(texts: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    """Yield the texts of a book whose paragraphs are told apart, as those of web pages are, without the licence.

    Args:
        texts: Paragraphs and headings.
        left_out: Counts what is left out, under "lines of a licence".

    Examples:
        >>> texts = ["Project Gutenberg", "*** START OF THE PROJECT GUTENBERG EBOOK TEA ***", "Tea"]
        >>> list(without_licence_of(texts, Counter()))
        ['Tea']
    """
    lines = (line for text in texts for line in (text, ""))
    return (line for line in without_licence(lines, left_out) if line and not line.isspace())


def _books(lines: Iterator[str], left_out: Counter[str], started: bool) -> Iterator[str]:
    """Yield the lines of books; where `started`, the first line is a mark of a start."""
    credits_left = 0
    outside = False
    after_blank = True
    for line in lines:
        text = line.strip()
        if not text:
            after_blank = True
            if not outside:
                yield line
            continue
        first = text[0]
        if first == "*" and (started or outside) and _START.match(text):
            left_out[LICENCE] += 1
            yield from _finish_title(lines, text, left_out)
            credits_left, outside, started, after_blank = _CREDIT_BLOCKS, False, True, True
            continue
        if outside:
            left_out[LICENCE] += 1
        elif first in "*Ee" and (_END.match(text) or (started and after_blank and _END_WORDS.match(text))):
            outside = True
            left_out[LICENCE] += 1
        elif first == "[" and _NOTE.match(text):
            yield from _leave_note_out(line, lines, left_out)
        elif after_blank and first in "Tt" and _TRANSCRIBER.match(text):
            left_out[LICENCE] += 1 + _leave_block_out(lines)
            if len(text) < 25:  # a heading; the note is the next block
                left_out[LICENCE] += _leave_block_out(lines)
            yield "\n"
            continue
        elif credits_left and after_blank:
            credits_left -= 1
            if _CREDIT.match(text):
                left_out[LICENCE] += 1 + _leave_block_out(lines)
                yield "\n"
                continue
            yield line
        else:
            yield line
        after_blank = False


def _filled(lines: Iterable[str]) -> int:
    """Return how many lines are not blank."""
    return sum(not line.isspace() and line != "" for line in lines)


def _finish_title(lines: Iterator[str], text: str, left_out: Counter[str]) -> list[str]:
    """Read on to the end of a mark whose title takes several lines; return the lines read where there is none."""
    if text.endswith("*") or "SMALL PRINT" in text.upper():
        return []
    read: list[str] = []
    for line in islice(lines, 4):
        read.append(line)
        if not line.strip():
            break
        if line.rstrip().endswith("*"):
            left_out[LICENCE] += len(read)
            return []
    return read


def _leave_block_out(lines: Iterator[str]) -> int:
    """Read on to a blank line; return how many lines that were."""
    count = 0
    for line in lines:
        if not line.strip():
            break
        count += 1
    return count


def _leave_note_out(line: str, lines: Iterator[str], left_out: Counter[str]) -> Iterator[str]:
    """Read on to the bracket that closes a note and yield what follows it; a note without one is none."""
    note = [line]
    depth = line.count("[") - line.count("]")
    while depth > 0 and len(note) < _LONGEST_NOTE:
        more = next(lines, None)
        if more is None:
            break
        note.append(more)
        depth += more.count("[") - more.count("]")
    if depth > 0:
        yield from note
        return
    left_out[LICENCE] += _filled(note)
    rest = note[-1].rpartition("]")[2]
    if rest.strip():
        yield rest
