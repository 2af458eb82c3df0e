"""Markdown becomes texts: one a heading, paragraph, list item or cell.

Input: paths of Markdown files, notes of Obsidian among them. Output: one `str` a block, as a page would show it. Code,
front matter, formulas and definitions of links are left out and counted. Own code, since this needs
one look at each line: it reads twice as fast as markdown-it-py parses, 3.6 against 1.8 MB a second on 150 files.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Set
from pathlib import Path

from nextword.corpus.encodings.decoding import check_decoding
from nextword.corpus.finding import find_files
from nextword.corpus.readers.joined_lines import join_lines
from nextword.corpus.readers.markup.markdown_marks import plain_text
from nextword.corpus.readers.markup.web import BLOCKS, html_texts
from nextword.corpus.reading import Decoding, check_start, lines_of

ENDINGS = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd")
CODE = "blocks of code"

_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_FORMULA = re.compile(r"\s*(?:\$\$|\\\[)")
_FORMULA_END = re.compile(r".*(?:\$\$|\\\])\s*$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?:^|[ \t])#+$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_MARKED = re.compile(r"\s*+(?:[^\w\s]|[\d_])")  # a line that may begin something else than a paragraph
_QUOTE = re.compile(r"(?: {0,3}>[ \t]?)+")
_CALLOUT = re.compile(r"\[!\w+\][-+]?[ \t]*")
_ITEM = re.compile(r"(\s*)(?:[-+*]|(\d{1,9})[.)])(?:[ \t]+|$)")
_TASK = re.compile(r"\[[ xX/-]\][ \t]+")
_DELIMITER = re.compile(r"\s*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)([^\[\]]{1,300})\]:[ \t]*\S")
_NOTE = re.compile(r" {0,3}\[\^[^\[\]\s]{1,100}\]:[ \t]*")
_LIQUID = re.compile(r"\s*\{%-?\s*(highlight|raw|comment)\b.*%\}\s*$")  # Jekyll's code
_MEANING = re.compile(r" {0,3}:[ ]{1,4}(?=\S)")  # of the term in the line before
_TAGS = re.compile(r"(?:#[^\s#]+[ \t]*)+$")
_HTML = re.compile(r" {0,3}<(?:/?([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>]|$)|!--)")
_DIRECTIVE = re.compile(
    r"\s*(?::{3,}.*|\{%.*%\}|\{\{[<%].*[>%]\}\}|\[toc\]|\[\[_?toc_?\]\]|\{:.*\})\s*$", re.IGNORECASE
)
_FRONT_LINE = re.compile(r"[\w. -]+\s*[:=]")

_SIGNS = {
    "heading": re.compile(r"(?:\A|\n\n)#{1,6} +\S[^\n]*\n(?:\n|[A-Z\u4e00-\u9fff*>|`-])"),
    "link": re.compile(r"\[[^\[\]\n]{1,200}\]\((?:https?:|mailto:|#|\.{0,2}/|<|[\w%./-]{1,200}\.\w{2,4}[)#])"),
    "fence": re.compile(r"(?:\A|\n)```[\w+-]*\n(?s:.{0,20000}?)\n```\n"),
    "table": re.compile(r"\n[ \t]*+\|?[ \t]*+:?-{2,}+:?[ \t]*+\|[ \t:|-]*+\n"),
    "definition": re.compile(r"\n\[[^\[\]\n]{1,100}\]: *(?:https?:|<|\.{0,2}/)"),
    "strong": re.compile(r"\*\*\w[^*\n]{0,100}[\w.!?:。：]\*\*"),
    "list": re.compile(r"\n(?:[-*+]|1\.) \S[^\n]*\n(?:\n?(?:[-*+]|2\.) \S[^\n]*\n)"),
    "front matter": re.compile(r"\A---\n(?:[\w-]++:[^\n]*+\n|[ -][^\n]*+\n){1,100}?---\n"),
    "wiki link": re.compile(r"\[\[[^\[\]\n]{1,100}\]\]"),
}
_CODE_LINE = re.compile(r"\n[^\n]*[;{}](?=\n)")
_CODE_START = re.compile(
    r"\n(?:import \w|from [\w.]+ import |(?:async )?def \w+\(|class \w+[:(]|#include|package \w+;|fn \w|func \w)"
)


def read_markdown(*paths: str | os.PathLike[str], encoding: str | None = None, errors: str = "strict") -> Iterator[str]:
    r"""Yield the texts of Markdown files, one a block: a heading, paragraph, list item or cell.

    Links leave their text, images their description, code between words stays; blocks of code, front matter, formulas,
    definitions of links and marks of footnotes are left out. Paths are checked at once.

    Args:
        paths: Files, or folders, which mean all their Markdown files (`.md`, `.markdown`, `.mdown`, `.mkd`, `.mdx`,
            `.qmd`, `.rmd`), also in folders inside, in sorted order.
        encoding: Encoding of the files; None for UTF-8.
        errors: What is done about bytes that the encoding has not: "strict", "ignore" or "replace".

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is not text of its encoding; also while reading. Codes "file-of-another-kind",
            "nul-byte" and "not-utf-8".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.md"
        ...     _ = path.write_text("# Tea\n\nI *like*\n[tea](tea.html).\n\n- green\n", encoding="utf-8")
        ...     list(read_markdown(path))
        ['Tea', 'I like tea.', 'green']
    """
    files = find_files(paths, ENDINGS)
    for file in files:
        if encoding is None:
            check_start(file)
    decoding, left_out = check_decoding(encoding, errors), Counter[str]()
    return (text for file in files for text in parse(file, decoding, left_out))


def looks_like(start: str) -> bool:
    r"""Return whether the beginning of a file is clearly Markdown.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like("# Tea\n\nSee [this](https://example.org).\n"), looks_like("* * *\n\nI *do* like it.\n")
        (True, False)
    """
    start = start.removeprefix("\ufeff").replace("\r\n", "\n")
    found = {name for name, sign in _SIGNS.items() if sign.search(start)}
    if len(found) < 2 or start.startswith("#!"):
        return False
    prose = _SIGNS["fence"].sub("\n", start)
    if len(_CODE_START.findall(prose)) >= 3 or len(_CODE_LINE.findall(prose)) > 0.05 * (prose.count("\n") + 1):
        return False
    return (
        len(found) >= 3
        or found in ({"heading", "link"}, {"heading", "fence"}, {"heading", "table"})
        or ("front matter" in found and bool(found & {"heading", "link", "wiki link"}))
    )


def parse(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    """Yield the texts of a Markdown file.

    Args:
        file: The file.
        decoding: Its encoding.
        left_out: Counts what is left out.
    """
    return markdown_texts([line.rstrip("\n") for line in lines_of(file, decoding)], left_out)


def markdown_texts(lines: list[str], left_out: Counter[str]) -> Iterator[str]:
    """Yield the texts of Markdown, one a block.

    Args:
        lines: Its lines, without their ends.
        left_out: Counts what is left out.

    Examples:
        >>> list(markdown_texts(["Tea", "---", "", "> I like", "> _tea_."], Counter()))
        ['Tea', 'I like tea.']
    """
    labels = {" ".join(found[1].split()).lower() for line in lines if (found := _DEFINITION.match(line))}
    for is_html, block in _blocks(lines, left_out):
        if is_html:
            yield from html_texts("\n".join(block), left_out)
        else:
            yield from _text_of(block, labels, left_out)


def _text_of(block: list[str], labels: Set[str], left_out: Counter[str]) -> Iterator[str]:
    """Yield the text of a block, if it has any."""
    while block and _TAGS.match(block[-1]):
        left_out["lines of tags"] += 1
        block = block[:-1]
    shown = plain_text("\n".join([line.strip().removesuffix("\\") for line in block]), labels)
    if text := join_lines(shown.split("\n")):  # after the marks are gone, which can stand between two characters
        yield text


def _blocks(lines: list[str], left_out: Counter[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield the blocks as lines, and whether they are HTML."""
    block: list[str] = []
    in_list, blank, quoted = -1, True, False  # in_list: how far the text of the last item is indented
    never_ends: set[str] = set()  # so that each end is looked for once
    number = _behind_front_matter(lines, left_out)
    while number < len(lines):
        line = lines[number].expandtabs(4) if "\t" in lines[number] else lines[number]
        number += 1
        was_quoted, quoted = quoted, False
        if (quote := _QUOTE.match(line)) is not None:
            line, quoted = line[quote.end() :], True
        if quoted and not was_quoted:
            if block:
                yield False, block
            block, blank = [], True
            line = _CALLOUT.sub("", line, count=1) if line.startswith("[!") else line
        if not line.strip():
            if block:
                yield False, block
            block, blank = [], True
            continue
        if blank and not line.startswith(" ") and _ITEM.match(line) is None:
            in_list = -1
        if "|" not in line and _MARKED.match(line) is None and not (blank and line.startswith("    ")):
            block.append(line)  # most lines
            blank = False
            continue
        indent = len(line) - len(line.lstrip(" "))
        if blank and indent >= (4 if in_list < 0 else in_list + 4) and (in_list < 0 or _ITEM.match(line) is None):
            left_out[CODE] += 1
            number = _behind_indented(lines, number, indent)
            continue
        skipped = _behind_skipped(line, lines, number, never_ends)
        if skipped is not None:
            if block:
                yield False, block
            block, blank = [], True
            number, kind = skipped
            left_out[kind] += 1
            continue
        if block and _UNDERLINE.match(line) and not was_quoted - quoted:
            yield False, block
            block, blank = [], True
            continue
        if _RULE.match(line) or _DIRECTIVE.match(line):
            if block:
                yield False, block
            block, blank = [], True
            continue
        html = _HTML.match(line)
        if html is not None and (html[1] is None or html[1].lower() in BLOCKS | {"script", "style", "svg", "details"}):
            if block:
                yield False, block
            end = _behind_html(lines, number, html[1], never_ends)
            yield True, [line, *lines[number:end]]
            block, blank, number = [], True, end
            continue
        if "|" in line and number < len(lines) and "|" in lines[number] and _DELIMITER.match(_unquoted(lines[number])):
            if block:
                yield False, block
            block, blank = [], True
            number -= 1
            while number < len(lines) and "|" in lines[number]:
                row = _unquoted(lines[number]).strip()
                number += 1
                if not _DELIMITER.match(row):
                    yield from ((False, [cell.replace("\\|", "|")]) for cell in _CELL_END.split(row) if cell.strip())
            continue
        # Items in items, headings in items: each mark is taken away.
        text, begins = line, blank
        for _ in range(8):
            item = _ITEM.match(text)
            if item is None or (block and not begins and item[2] not in (None, "1") and in_list < 0):
                break
            in_list, begins = len(line) - len(text) + item.end(), True
            text = _unquoted(_TASK.sub("", text[item.end() :], count=1))
        text = text.lstrip() if begins else text
        heading = _HEADING.match(text)
        if begins or heading is not None:
            if block:
                yield False, block
            block = []
        if heading is not None:
            if shown := _HEADING_END.sub("", text[heading.end() :].rstrip()):
                yield False, [shown]
            blank = True
            continue
        if not block and _DEFINITION.match(text) is not None:
            left_out["definitions of links"] += 1
            continue
        note = _NOTE.match(text) or (_MEANING.match(text) if block or not blank else None)
        if note is not None:
            if block:
                yield False, block
            block, text = [], text[note.end() :]
        blank = False
        if text.strip():
            block.append(text)
    if block:
        yield False, block


def _behind_front_matter(lines: list[str], left_out: Counter[str]) -> int:
    """Return where the text begins, behind what the file says about itself."""
    for mark, ends in (("---", ("---", "...")), ("+++", ("+++",))):
        if not lines or lines[0].rstrip() != mark or len(lines) < 2:
            continue
        for number, line in enumerate(lines[1:500], start=1):
            if line.rstrip() in ends:
                if number > 1 and not any(_FRONT_LINE.match(inner) for inner in lines[1:number]):
                    return 0
                left_out["front matters"] += 1
                return number + 1
    return 0


def _behind_skipped(line: str, lines: list[str], number: int, never_ends: set[str]) -> tuple[int, str] | None:
    """Return the line behind the code or formula that begins in a line, and what it is; None if none begins."""
    fence = _FENCE.match(line)
    if fence is not None:
        return _behind(lines, number, re.compile(rf"\s*(?:>\s*)*{fence[1][0]}{{{len(fence[1])},}}\s*$")), CODE
    liquid = _LIQUID.match(line) if "{%" in line else None
    if liquid is not None:
        return _behind(lines, number, re.compile(rf".*\{{%-?\s*end{liquid[1]}\b")), CODE
    if _FORMULA.match(line) is None or "formula" in never_ends:
        return None
    if _closed_at_once(line):
        return number, "formulas"
    end = _behind(lines, number, _FORMULA_END)
    if end == len(lines) and not _FORMULA_END.match(lines[-1]):
        never_ends.add("formula")  # then these are sums of money
        return None
    return end, "formulas"


def _closed_at_once(line: str) -> bool:
    stripped = line.strip()
    return len(stripped) > 4 and stripped.startswith(("$$", "\\[")) and stripped.endswith(("$$", "\\]"))


def _behind(lines: list[str], number: int, closing: re.Pattern[str]) -> int:
    """Return the number of the line behind the one that closes."""
    for later in range(number, len(lines)):
        if closing.match(lines[later]):
            return later + 1
    return len(lines)


def _behind_indented(lines: list[str], number: int, indent: int) -> int:
    """Return the number of the line behind an indented block."""
    while number < len(lines):
        line = lines[number].expandtabs(4)
        if line.strip() and len(line) - len(line.lstrip(" ")) < min(indent, 4):
            break
        number += 1
    return number


def _behind_html(lines: list[str], number: int, name: str | None, never_ends: set[str]) -> int:
    """Return the number of the line behind a block of HTML: a blank one, or the end of a comment or script."""
    if name is None or name.lower() in ("script", "style", "pre", "svg"):
        end = "-->" if name is None else f"</{name.lower()}"
        for later in range(number - 1, len(lines) if end not in never_ends else 0):
            if end in lines[later].lower():
                return later + 1
        never_ends.add(end)
    while number < len(lines) and lines[number].strip():
        number += 1
    return number


def _unquoted(line: str) -> str:
    quote = _QUOTE.match(line)
    return line if quote is None else line[quote.end() :]
