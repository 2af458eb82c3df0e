"""Web pages become texts: one a paragraph, heading, list item or cell.

Input: paths of HTML or XHTML files. Output: one `str` a block. Left out and counted is what is not the text: scripts,
style sheets, comments, code, forms, menus (`nav`), whose links are the same on every page, and the licence of Project
Gutenberg. The title is left out
too, since the heading says it again and the site's name stands in it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from nextword.corpus.books.licences import without_licence_of
from nextword.corpus.encodings.decoding import check_decoding
from nextword.corpus.finding import find_files
from nextword.corpus.readers.charsets import START_BYTES, declared_encoding
from nextword.corpus.readers.joined_lines import join_lines
from nextword.corpus.readers.markup.tags import tags_of
from nextword.corpus.readers.starts import bytes_of_start
from nextword.corpus.reading import Decoding, check_start, lines_of
from nextword.errors import TextFileError

ENDINGS = (".html", ".htm", ".xhtml", ".xht")

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li link main menu meta nav ol optgroup p "
    "pre section summary table tbody td tfoot th thead tr ul".split()
)
# Elements whose content is not the text, and what to call them.
SKIPPED = {
    "script": "scripts",
    "style": "style sheets",
    "title": "titles",
    "nav": "menus",
    "noscript": "texts for browsers without scripts",
    "template": "templates",
    "svg": "drawings",
    "math": "formulas",
    "select": "form fields",
    "textarea": "form fields",
    "button": "form fields",
    "datalist": "form fields",
    "iframe": "embedded pages",
    "object": "embedded pages",
    "canvas": "embedded pages",
    "audio": "recordings",
    "video": "recordings",
    "rt": "readings beside characters",
    "rp": "readings beside characters",
}
_UNCOUNTED = ("rp",)

_BREAK = "\r"  # stands for <br>; files have none, since their lines end with LF
_PARAGRAPH = re.compile("\r[ \n]*+\r[ \r\n]*+|\r\n?+(?=[\u3000\xa0]{2})")  # two breaks, or one before an indent
_INVISIBLE = re.compile("[\xad\u200b\u2060\ufeff]")
_NOTE_MARK = re.compile(
    r"\s*(?:[\[(〔［（].{1,30}[\])〕］）]|\d{1,4}|[*†‡§]{1,3}|[↩↑^]\ufe0e?\d{0,3}|[a-z]|[ivx]{1,5})\s*"
)
# As classes of books, of Wikipedia and of Word, which writes the numbers of lists and notes as text.
_BESIDE = re.compile(
    "page-?(?:num|no\\b|break)|mw-editsection|mw-cite-backlink|mso-list: ?ignore|Mso(?:Foot|End)noteReference",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none")
_NEVER_HIDDEN = ("body", "main", "article", "form")  # but until a script shows them
_NOTE_LINK = re.compile(
    r"fnanchor|\bnoteref\b|footnote-?(?:ref|anchor|number|back)|doc-(?:noteref|backlink)", re.IGNORECASE
)
_CODE = re.compile(r"<code|<span class=|highlight|sourceCode|brush:|prettyprint|language-", re.IGNORECASE)

_DOCUMENT = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S
)
_FRAGMENT = re.compile(r"\s*<(?:p|div|h[1-6]|table|[uod]l|article|section|main|header|blockquote)(?:\s[^<>]*)?>", re.I)
_CLOSED = re.compile(r"</(?:p|div|h[1-6]|li|t[dr]|a|span|b|i|em|strong|article|section)>", re.IGNORECASE)


def read_html(*paths: str | os.PathLike[str], encoding: str | None = None, errors: str = "strict") -> Iterator[str]:
    r"""Yield the texts of web pages, one a block: a paragraph, heading, list item or cell.

    A `<br>` goes on with the text; two, or one before an indent, begin a new one. Of `<pre>` each line is a text, and
    code in it is left out. Marks of footnotes are left out. Paths are checked at once.

    Args:
        paths: Files, or folders, which mean all their `.html`, `.htm`, `.xhtml` and `.xht` files, also in folders
            inside, in sorted order.
        encoding: Encoding of the files; None for what each file says (byte order mark, `<meta charset>`), else UTF-8.
        errors: What is done about bytes that the encoding has not: "strict", "ignore" or "replace".

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is not text of its encoding; also while reading. Codes "file-of-another-kind",
            "nul-byte", "not-utf-8" and "not-as-declared".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.html"
        ...     _ = path.write_text("<h1>Tea</h1><p>I like <b>green</b>\ntea &amp; milk.", encoding="utf-8")
        ...     list(read_html(path))
        ['Tea', 'I like green tea & milk.']
    """
    files = find_files(paths, ENDINGS)
    for file in files:
        if encoding is None and not (_declared(file) or "").startswith(("utf-16", "utf-32")):
            check_start(file)
    decoding, left_out = check_decoding(encoding, errors), Counter[str]()
    return (text for file in files for text in parse(file, decoding, left_out))


def looks_like(start: str) -> bool:
    """Return whether the beginning of a file is clearly that of a web page.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like("<!DOCTYPE html><p>Tea"), looks_like("<p> is a tag that begins a paragraph.")
        (True, False)
    """
    start = start.removeprefix("\ufeff")
    if _DOCUMENT.match(start):
        return True
    return _FRAGMENT.match(start) is not None and len(_CLOSED.findall(start)) >= 3


def parse(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    """Yield the texts of a web page.

    Args:
        file: The page.
        decoding: Its encoding; that which the page names where it is None.
        left_out: Counts what is left out.

    Raises:
        TextFileError: If the page is not text of its encoding; codes as in `read_html`.
    """
    encoding = decoding.encoding or _declared(file)
    try:
        markup = "".join(lines_of(file, Decoding(encoding, decoding.errors)))
    except TextFileError as error:
        if decoding.encoding is not None or encoding in (None, "utf-8", "utf-8-sig"):
            raise
        raise TextFileError(
            f"{file} says that it is {encoding}, and is not. Give its encoding, `encoding=`, or leave out what cannot "
            'be read with errors="ignore".',
            code="not-as-declared",
            path=str(file),
            encoding=encoding,
        ) from error
    return without_licence_of(html_texts(markup, left_out), left_out)


def _declared(file: Path) -> str | None:
    return declared_encoding(bytes_of_start(file)[:START_BYTES])


def html_texts(
    markup: str,
    left_out: Counter[str],
    *,
    skip_blockquotes: str = "",
    skip_marked: tuple[re.Pattern[str], str] | None = None,
    split_at_breaks: bool = False,
) -> Iterator[str]:
    """Yield the texts of markup, one a block.

    Args:
        markup: HTML or XHTML.
        left_out: Counts what is left out.
        skip_blockquotes: What to call block quotes if they are to be left out; "" reads them.
        skip_marked: What the attributes of other blocks to leave out have, and what to call these.
        split_at_breaks: Whether every `<br>` begins a new text.

    Examples:
        >>> list(html_texts("<ul><li>Tea<li>Milk</ul>", Counter()))
        ['Tea', 'Milk']
    """
    skipped = SKIPPED | {"blockquote": skip_blockquotes} if skip_blockquotes else SKIPPED
    line_break = _BREAK * 2 if split_at_breaks else _BREAK
    never_ends: set[str] = set()  # so that each is looked for once
    pieces: list[str] = []
    skipping, depth = "", 0
    pre = -1  # where a <pre> begins
    link_depth, mark_at, mark_has_link, mark_by = 0, -1, False, ""
    for text, name, is_end, attributes, start in tags_of(markup):
        if skipping:
            if name == skipping and not attributes.endswith("/"):
                depth += -1 if is_end else 1
            elif skipping in ("rt", "rp") and (name == "ruby" or name in BLOCKS):
                depth = 0
            if depth:
                continue
            skipping, text = "", ""
            if name not in BLOCKS:
                continue
        if text:
            pieces.append(text)
        if name in ("![", ""):
            continue
        if name == "!--":
            left_out["comments"] += 1
        elif pre >= 0 and name != "pre":
            if name == "br":
                pieces.append("\n")
        elif name == "br":
            pieces.append(line_break)
        elif name in skipped and not is_end:
            if attributes.endswith("/") or not _ends(name, markup, start, never_ends):
                continue
            if name not in _UNCOUNTED:
                left_out[skipped[name]] += 1
            skipping, depth = name, 1
            if name in BLOCKS:
                yield from _texts_of(pieces)
                pieces = []
        elif (
            attributes
            and not is_end
            and (kind := _kind_beside(name, attributes, skip_marked))
            and _ends(name, markup, start, never_ends)
        ):
            left_out[kind] += 1
            skipping, depth = name, 1
            if name in BLOCKS:
                yield from _texts_of(pieces)
                pieces = []
        elif name in BLOCKS:
            if pre >= 0 and pieces and _CODE.search(markup, max(0, pre - 150), start):
                left_out["blocks of code"] += 1
            elif pre >= 0:
                yield from filter(None, (" ".join(line.split()) for line in "".join(pieces).split("\n")))
            else:
                yield from _texts_of(pieces)
            pieces, link_depth, mark_at = [], 0, -1
            pre = start if name == "pre" and not is_end else -1
        elif name == "a":
            link_depth = 0 if is_end else 1
            mark_has_link = True
            if not is_end and mark_at < 0 and _NOTE_LINK.search(attributes):
                mark_at, mark_by = len(pieces), "a"
        elif name == "sup" and not is_end:
            mark_at, mark_has_link, mark_by = len(pieces), link_depth > 0, "sup"
        if name == mark_by and is_end and mark_at >= 0:
            if mark_has_link and _NOTE_MARK.fullmatch("".join(pieces[mark_at:])):
                del pieces[mark_at:]
                left_out["marks of notes"] += 1
            mark_at = -1
    yield from _texts_of(pieces)


def _kind_beside(name: str, attributes: str, skip_marked: tuple[re.Pattern[str], str] | None) -> str:
    """Return what to call an element that is beside the text, by its attributes; "" for all others."""
    if attributes.endswith("/"):
        return ""
    if name == "span" and _BESIDE.search(attributes):
        return "page numbers, edit links and marks of lists"
    if name == "span" or name in BLOCKS:
        if "none" in attributes and name not in _NEVER_HIDDEN and _HIDDEN.search(attributes):
            return "hidden texts"
        if skip_marked and skip_marked[0].search(attributes):
            return skip_marked[1]
    return ""


def _ends(name: str, markup: str, start: int, never_ends: set[str]) -> bool:
    """Return whether an element ends; one that does not would take the rest of the page with it."""
    if name in never_ends:
        return False
    if name in ("script", "style", "rt", "rp") or _end_of(name).search(markup, start):
        return True
    never_ends.add(name)
    return False


@cache
def _end_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}[\s/>]", re.IGNORECASE)


def _texts_of(pieces: list[str]) -> Iterator[str]:
    """Yield the texts of a block, mostly one."""
    block = "".join(pieces)
    if not block or block.isspace():
        return
    block = _INVISIBLE.sub("", block)
    for part in _PARAGRAPH.split(block) if _BREAK in block else (block,):
        if text := join_lines(part.replace(_BREAK, "\n").split("\n")):
            yield text
