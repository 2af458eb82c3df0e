"""Books become texts: the chapters of an EPUB in the order of reading, one text a paragraph.

Input: paths of EPUB files. Output: one `str` a block. Covers, tables of contents, what stands outside the order
of reading and the licence of Project Gutenberg are left out and counted. Books under DRM, damaged ones and other zip
archives are refused.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import NamedTuple
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

from nextword.corpus.books.licences import without_licence_of
from nextword.corpus.encodings.decoding import check_decoding
from nextword.corpus.finding import find_files
from nextword.corpus.readers.charsets import START_BYTES, declared_encoding
from nextword.corpus.readers.markup.tags import tags_of
from nextword.corpus.readers.markup.web import html_texts
from nextword.corpus.readers.starts import bytes_of_start
from nextword.corpus.readers.zips import damage_told
from nextword.corpus.reading import Decoding
from nextword.errors import TextFileError

ENDINGS = (".epub",)
# Unpacked; War and Peace has 3.3 million characters.
MOST_BYTES, MOST_BYTES_OF_BOOK = 64 << 20, 512 << 20
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # disguised, not locked
_ASIDE = re.compile(r"(?:^|[/_.-])(?:cover|titlepage|title_page|toc|nav|contents|copyright)\d*\.\w+$", re.IGNORECASE)
_ASIDE_KINDS = {"cover", "toc", "title-page", "copyright-page", "copyright", "index", "loi", "lot", "titlepage"}


class _Item(NamedTuple):
    """A file that the book lists."""

    path: str
    kind: str
    properties: str


def read_epub(*paths: str | os.PathLike[str], encoding: str | None = None, errors: str = "strict") -> Iterator[str]:
    r"""Yield the texts of EPUB books, one a paragraph, heading or list item, in the order of reading.

    Covers, title pages, tables of contents, copyright pages and what stands outside the order of reading are left out.
    Paths are checked at once.

    Args:
        paths: Files, or folders, which mean all their `.epub` files, also in folders inside, in sorted order.
        encoding: Encoding of the chapters; None for what each chapter says, else UTF-8.
        errors: What is done about bytes that the encoding has not: "strict", "ignore" or "replace".

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is no EPUB, is damaged or locked; at once "not-epub", while reading also
            "epub-damaged", "epub-locked", "epub-too-large" and "not-as-declared".

    Examples:
        >>> read_epub("nowhere.epub")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        nextword.errors.raised.MissingFileError: there is no file or folder 'nowhere.epub' ...
    """
    files = find_files(paths, ENDINGS)
    for file in files:
        if not bytes_of_start(file).startswith(b"PK"):
            raise _not_epub(file, "it is no zip archive")
    decoding, left_out = check_decoding(encoding, errors), Counter[str]()
    return (text for file in files for text in parse(file, decoding, left_out))


def looks_like(start: str) -> bool:
    r"""Return whether the beginning of a file is clearly that of an EPUB, whose first file says so.

    Args:
        start: Its first characters, in whatever encoding.

    Examples:
        >>> looks_like("PK\x03\x04" + "\0" * 26 + "mimetypeapplication/epub+zip"), looks_like("PK\x03\x04")
        (True, False)
    """
    return start.startswith("PK") and "mimetypeapplication/epub+zip" in start[:120]


def is_epub(file: Path) -> bool:
    """Return whether a zip archive is an EPUB.

    Args:
        file: A file that exists.
    """
    try:
        with ZipFile(file) as archive:
            return "META-INF/container.xml" in archive.namelist()
    except (BadZipFile, OSError):
        return looks_like(bytes_of_start(file).decode("latin-1"))


def parse(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    """Return the texts of a book.

    Args:
        file: The book.
        decoding: Encoding of its chapters; what each one says where it is None.
        left_out: Counts what is left out.

    Raises:
        TextFileError: If the file is no EPUB, is damaged or locked; codes as in `read_epub`.
    """
    return without_licence_of(_texts_of(file, decoding, left_out), left_out)


def _texts_of(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    """Yield the texts of all chapters."""
    told = partial(damage_told, file, "epub-damaged", "Was it downloaded whole? Copy it again.")
    with told():
        book = ZipFile(file)
    with book:
        with told():
            chapters = _chapters(file, book, left_out)
        size = 0
        for path in chapters:
            try:
                with told():
                    data = _bytes_of(file, book, path)
            except KeyError:
                left_out["chapters that are missing"] += 1
                continue
            size += len(data)
            if size > MOST_BYTES_OF_BOOK:
                raise _too_large(file, path, MOST_BYTES_OF_BOOK)
            yield from html_texts(_decoded(file, path, data, decoding), left_out)


def _chapters(file: Path, book: ZipFile, left_out: Counter[str]) -> list[str]:
    """Return the paths of the chapters in the order of reading."""
    try:
        container = _markup_of(file, book, "META-INF/container.xml")
    except KeyError:
        raise _not_epub(file, "it is another kind of zip archive") from None
    roots = [attributes["full-path"] for name, attributes in _elements(container) if "full-path" in attributes]
    if not roots:
        raise _not_epub(file, "it names no book")
    try:
        package = list(_elements(_markup_of(file, book, unquote(roots[0]))))
    except KeyError:
        raise _not_epub(file, f"the description {roots[0]!r:.80} is missing") from None
    base = dirname(unquote(roots[0]))
    items: dict[str, _Item] = {}
    for name, attributes in package:
        if name == "item" and "id" in attributes and "href" in attributes:
            path = normpath(join(base, unquote(attributes["href"].split("#")[0])))
            items[attributes["id"]] = _Item(path, attributes.get("media-type", ""), attributes.get("properties", ""))
    aside = {
        normpath(join(base, unquote(attributes.get("href", "").split("#")[0])))
        for name, attributes in package
        if name == "reference" and attributes.get("type", "").lower() in _ASIDE_KINDS
    }
    chapters: dict[str, None] = {}
    for name, attributes in package:
        item = items.get(attributes.get("idref", "")) if name == "itemref" else None
        if item is None or item.kind.lower() not in _PAGES:
            continue
        if attributes.get("linear", "yes").lower() == "no":
            left_out["pages outside the order of reading"] += 1
        elif "nav" in item.properties.split() or item.path in aside or _ASIDE.search(item.path):
            left_out["covers and tables of contents"] += 1
        else:
            chapters[item.path] = None
    _refuse_locked(file, book, chapters)
    return list(chapters)


def _refuse_locked(file: Path, book: ZipFile, chapters: dict[str, None]) -> None:
    """Refuse a book whose chapters are encrypted; fonts may be, against copying."""
    try:
        encryption = _markup_of(file, book, "META-INF/encryption.xml")
    except KeyError:
        return
    method = ""
    for name, attributes in _elements(encryption):
        if name == "encrypteddata":
            method = ""
        elif name == "encryptionmethod":
            method = method or attributes.get("algorithm", "")
        elif name == "cipherreference":
            path = normpath(unquote(attributes.get("uri", "")))
            if path in chapters and method not in _FONTS:
                raise TextFileError(
                    f"{file} is locked (DRM): {path!r:.80} is encrypted. Only the program it was bought for opens it.",
                    code="epub-locked",
                    path=str(file),
                    chapter=path,
                )


def _elements(markup: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the elements of XML: names without prefix in small letters, and attributes. Nothing is expanded."""
    for tag in tags_of(markup):
        if tag.name not in ("", "!--", "![") and not tag.is_end:
            attributes = {
                found[1].lower().split(":")[-1]: unescape(found[2] or found[3] or "")
                for found in _ATTRIBUTE.finditer(tag.attributes)
            }
            yield tag.name.split(":")[-1], attributes


def _markup_of(file: Path, book: ZipFile, path: str) -> str:
    """Return a file of XML; a `KeyError` where the book has none."""
    data = _bytes_of(file, book, path)
    return data.decode(declared_encoding(data[:START_BYTES]) or "utf-8-sig", "replace")


def _bytes_of(file: Path, book: ZipFile, path: str) -> bytes:
    """Return what a file of the book holds, read from the archive and from nowhere else."""
    try:
        info = book.getinfo(path)
    except KeyError:  # some programs write names in other letters
        names = {name.lower(): name for name in book.namelist()}
        info = book.getinfo(names[path.lower()])
    if info.flag_bits & 1:
        raise TextFileError(f"{file} is locked with a password.", code="epub-locked", path=str(file), chapter=path)
    with book.open(info) as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large(file, path, MOST_BYTES)
    return data


def _decoded(file: Path, path: str, data: bytes, decoding: Decoding) -> str:
    """Return the text of a chapter."""
    encoding = decoding.encoding or declared_encoding(data[:START_BYTES]) or "utf-8-sig"
    try:
        return data.decode(encoding, decoding.errors).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    except UnicodeDecodeError as error:
        raise TextFileError(
            f"{file}: {path!r:.80} is not {encoding} at byte {error.start + 1}. Give its encoding, `encoding=`, or "
            'leave out what cannot be read with errors="ignore".',
            code="not-as-declared",
            path=str(file),
            chapter=path,
            encoding=encoding,
        ) from error


def _not_epub(file: Path, reason: str) -> TextFileError:
    return TextFileError(
        f"{file} is no EPUB: {reason}. Give the book as .epub, or its texts.", code="not-epub", path=str(file)
    )


def _too_large(file: Path, path: str, most: int) -> TextFileError:
    return TextFileError(
        f"{file}: with {path!r:.80} it unpacks to more than {most >> 20} MiB, which no book has.",
        code="epub-too-large",
        path=str(file),
        chapter=path,
        most_bytes=most,
    )
