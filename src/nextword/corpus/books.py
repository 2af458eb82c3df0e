"""Books -> their paragraphs, whatever marks them: blank lines, indents, or only a short last line.

Input: lines of one file. Output: one `str` a paragraph, one at a time, its lines joined; what is not the text is left
out and counted. Only the first million characters are held, which tell the layout, and the paragraph that is read.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from nextword.corpus.emphasis import without_emphasis
from nextword.corpus.layout import Wrapping, wrapping_of
from nextword.corpus.licences import without_licence
from nextword.corpus.line_ends import LineEnds
from nextword.corpus.lines import Line, is_unspaced, measure

_SAMPLE_CHARACTERS = 1_000_000
_LARGEST = 100_000

_PAGE_NUMBER = re.compile(
    r"[-–—~]{1,2} ?\d{1,4} ?[-–—~]{1,2}|[\[({](?:Pg|p\.|page)\s*\d{1,4}[\])}]|\[\d{1,4}\]|(?:Pg|page)\.? \d{1,4}"
    r"|第 ?\d{1,4} ?页|\d{1,4}",
    re.IGNORECASE,
)
_PAGE_MARK = re.compile(r"[\[{](?:Pg|p\.|page)\s*\d{1,4}[\]}]", re.IGNORECASE)
_SCENE_BREAK = re.compile(r"(?:[*＊•·~_=#◇◆※☆★○●§–—-]\s*){2,}|[*＊•◇◆※☆★○●§⁂#]")
_HEADING = re.compile(
    r"(?:CHAPTER|BOOK|PART|SECTION|VOLUME|CANTO|ACT|SCENE|STAVE|LETTER|APPENDIX|Chapter|Book|Part|Section|Volume|Canto"
    r"|Act|Scene|Stave|Letter|Appendix)\s+(?:the\s+|THE\s+)?(?:[IVXLC]+|\d+|[A-Z][A-Za-z-]*)\b"
    r"|(?:CHAPITRE|KAPITEL|CAPÍTULO|Chapitre|Kapitel|Capítulo)\s+\S+"
    r"|第[一二三四五六七八九十百千零〇两\d０-９]+[章回节節卷部集篇幕]|[IVXLC]+\.?$"
    r"|(?:序言?|前言|楔子|引子|尾声|后记|目录|PREFACE|INTRODUCTION|CONTENTS|EPILOGUE|PROLOGUE)$"
)
_LEADERS = re.compile(r"(?:(?:\. ?){4,}|…{2,}|·{3,}|\s{3,}) ?(?:\d{1,4}| [ivxlc]+)$")
# Of a list, also one whose items do not end like sentences.
_BULLET = re.compile(r"[-*•·] ")
_ITEM = re.compile(
    r"\d{1,3}[.)、]\s?\D|\(\d{1,2}\)|[（(][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+、"
    r"|[A-Z][A-Z'’-]{2,}(?: [A-Z'’-]+)*[.:](?: |$)"
)
_SPACES = re.compile(r"[ \t]{2,}|\t")


def paragraphs_of(lines: Iterable[str], left_out: Counter[str], wrapping: Wrapping | None = None) -> Iterator[str]:
    r"""Yield the paragraphs of a book.

    - Blank lines and indents begin paragraphs, and so does what follows a short line that ends like a sentence. Where
      lines are not known to be wrapped, only blank lines and indents do.
    - Lines are joined as `LineEnds` tells. Marks of emphasis are taken off.
    - Headings, verse, lists and tables of contents stay line by line.
    - Licences, page numbers, running headers and breaks between scenes are left out; a paragraph goes on behind a page.
    - A paragraph above 100,000 characters is cut.

    Args:
        lines: Lines of one file, with or without their line breaks.
        left_out: Counts what is left out: "lines of a licence", "page numbers", "running headers", "scene breaks".
        wrapping: Layout of the other files beside this one, for a file whose first million characters do not tell.

    Examples:
        >>> left_out = Counter()
        >>> list(paragraphs_of(["I like", "tea.", "", "* * *", "", "_You_ too."], left_out))
        ['I like tea.', 'You too.']
        >>> left_out
        Counter({'scene breaks': 1})
    """
    source = without_licence(lines, left_out)
    head: list[str] = []
    size = 0
    for raw in source:
        head.append(raw)
        size += len(raw)
        if size >= _SAMPLE_CHARACTERS:
            break
    layout = wrapping_of(head)
    if wrapping is not None and layout.unit == "line" and _fits(head, wrapping):
        layout = wrapping
    headers = _running_headers(head) if layout.unit == "paragraph" else frozenset()
    ends = LineEnds(head)
    paragraph: list[Line] = []
    written = gap = number = 0
    page = alone = False
    for number, raw in enumerate(chain(head, source)):
        if "\f" in raw:
            page, raw = True, raw.strip("\f").replace("\f", " ")
        if "[" in raw and len(raw) < 1000 and (found := _PAGE_MARK.subn("", raw))[1]:
            page, raw = True, found[0]
            left_out["page numbers"] += found[1]
        line = measure(raw, columns=layout.columns)
        if line is None:
            gap += 1
            continue
        if number >= len(head) and ends.divided:
            ends.learn(line.text, paragraph[-1].text if paragraph else "")
        if len(line.text) <= 80 and (kind := _furniture(line.text, layout, headers)):
            left_out[kind] += 1
            page = page or kind != "scene breaks"
            alone = alone or kind == "scene breaks"
            continue
        heading = _stands_alone(line, paragraph[-1] if paragraph and not (gap or alone) else None, layout)
        if paragraph and (
            alone
            or heading
            or _begins(paragraph[-1], line, gap, page, layout)
            or (written >= _LARGEST and (line.ends or written >= 2 * _LARGEST))
        ):
            yield from _joined(paragraph, ends, layout)
            paragraph, written = [], 0
        paragraph.append(line)
        written += len(line.text)
        gap, page, alone = 0, False, heading
    if paragraph:
        yield from _joined(paragraph, ends, layout)


def _fits(lines: list[str], wrapping: Wrapping) -> bool:
    """Return whether no line is longer than lines of another file are."""
    measured = (measure(line, columns=wrapping.columns) for line in lines)
    return all(line is None or line.width <= 1.1 * wrapping.width for line in measured)


def _furniture(text: str, layout: Wrapping, headers: frozenset[str]) -> str | None:
    """Return what a line is that is not of the text; None for one that is."""
    if not text[0].isalnum() and (_is_rule(text) or (text.strip("-–—") and _SCENE_BREAK.fullmatch(text))):
        return "scene breaks"
    if layout.unit == "line":
        return None
    if _PAGE_NUMBER.fullmatch(text):
        return "page numbers"
    return "running headers" if headers and _without_number(text) in headers else None


def _is_rule(text: str) -> bool:
    """Return whether a line is a ruled one, which is longer than a dash."""
    return len(text) >= 4 and not text.strip("-–—_= ")


def _running_headers(lines: Sequence[str]) -> frozenset[str]:
    """Return the short lines that stand beside page numbers or page breaks three times or more, mostly there."""
    beside: Counter[str] = Counter()
    every: Counter[str] = Counter()
    before, page_before = "", False
    for line in lines:
        text = line.strip()
        if not text:
            page_before = page_before or "\f" in line
            continue
        page = "\f" in line or _PAGE_NUMBER.fullmatch(text) is not None
        if page and before:
            beside[before] += 1
        before = ""
        if len(text) <= 60 and text[-1].isalnum() and not _PAGE_NUMBER.fullmatch(text) and not _HEADING.match(text):
            before = _without_number(text)
            every[before] += 1
            if page or page_before or len(before) < len(text) - 3:
                beside[before] += 1
                before = ""
        page_before = page
    return frozenset(text for text, count in beside.items() if count >= 3 and count >= 0.6 * every[text])


def _without_number(text: str) -> str:
    """Return a line without a page number that is set apart at one of its ends."""
    return re.sub(r"^\d{1,4}\s{3,}|\s{3,}\d{1,4}$", "", text).strip()


def _stands_alone(line: Line, before: Line | None, layout: Wrapping) -> bool:
    """Return whether a line is a heading or one of a table of contents."""
    text = line.text
    if layout.unit == "line":
        return False
    if len(text) <= 200 and ("  " in text or ".." in text or ". ." in text or "…" in text or "···" in text):
        if text[-1] in "0123456789ivxlc" and _LEADERS.search(text):
            return True
    if line.width > 0.8 * layout.width or _HEADING.match(text) is None:
        return False
    return before is None or before.ends or before.width < 0.75 * layout.width


def _begins(before: Line, line: Line, gap: int, page: bool, layout: Wrapping) -> bool:
    """Return whether a line begins a paragraph."""
    if layout.unit == "line":
        return gap > 0 or (line.indent > before.indent and before.ends)
    unspaced = is_unspaced(line.text[0])
    is_open = line.goes_on and not (before.pauses if unspaced else before.ends)
    full = before.width + line.first > layout.full
    if gap >= 2 if layout.double_spaced else gap:
        goes_over_page = is_open or (layout.mark == "indents" and not before.text.isupper())
        return not (page and goes_over_page and full and line.indent <= layout.base)
    if line.indent > layout.base and (
        line.indent > before.indent or (layout.mark == "indents" and line.indent == before.indent)
    ):
        return not (is_open and full and line.indent == before.indent) and not (
            is_open and full and not unspaced and layout.mark != "indents"
        )
    if _BULLET.match(line.text) and (before.ends or before.text[:2] == line.text[:2]):
        return True
    if before.ends and _ITEM.match(line.text[:80]):
        return True
    if is_open and before.text[-1] in "-‐\u00ad¬":  # a word goes on
        return False
    if layout.mark == "short lines" and (before.ends or unspaced):
        return not full
    return before.width < (0.55 if is_open and not unspaced else 0.75) * layout.width


def _joined(lines: list[Line], ends: LineEnds, layout: Wrapping) -> Iterator[str]:
    """Yield the text of a paragraph, or the lines of verse."""
    if len(lines) >= 4 and layout.unit == "paragraph" and _is_verse(lines, layout):
        for line in lines:
            yield without_emphasis(_SPACES.sub(" ", line.text))
        return
    parts: list[str] = []
    for line, later in pairwise(lines):
        parts.extend(ends.join(line.text, later.text))
    parts.append(lines[-1].text)
    text = "".join(parts)
    yield without_emphasis(_SPACES.sub(" ", text) if "  " in text or "\t" in text else text)


def _is_verse(lines: list[Line], layout: Wrapping) -> bool:
    """Return whether all lines begin with capitals and half of them are not full."""
    if any(line.goes_on or not line.text.lstrip("\"'“‘(_")[:1].isupper() for line in lines):
        return False
    short = sum(line.width + later.first <= layout.full for line, later in pairwise(lines))
    return 2 * short >= len(lines) - 1
