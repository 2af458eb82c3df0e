"""Files of about 5 MB, one for each reader, made up of a few sentences: used by `sources.py`."""

import json
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from sources_cases import PROSE, SENTENCES

SIZE = 5_000_000

Reader: TypeAlias = Callable[[Path], Iterator[object]]


def repeated(parts: Callable[[int], str]) -> str:
    """Return parts 0, 1, 2 ... up to the size."""
    made: list[str] = []
    size = 0
    while size < SIZE:
        made.append(parts(len(made)))
        size += len(made[-1].encode())
    return "".join(made)


def text_file(name: str, parts: Callable[[int], str]) -> Callable[[Path], Path]:
    """Return a function that writes such a file into a folder."""

    def write(folder: Path) -> Path:
        path = folder / name
        path.write_text(repeated(parts), encoding="utf-8")
        return path

    return write


def sentence(number: int) -> str:
    """Return one of the sentences."""
    return SENTENCES[number % len(SENTENCES)]


def telegram(folder: Path) -> Path:
    """Write an export of Telegram."""
    message = {"type": "message", "from": "Anna", "from_id": "user1", "date": "2024-01-02T10:00:00"}
    messages = [message | {"id": n, "text": sentence(n)} for n in range(SIZE // 190)]
    path = folder / "result.json"
    path.write_text(json.dumps({"name": "Anna", "type": "personal_chat", "id": 1, "messages": messages}, indent=1))
    return path


def book(folder: Path) -> Path:
    """Write an EPUB of many chapters."""
    path = folder / "book.epub"
    pages = range(50)
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in pages)
    spine = "".join(f'<itemref idref="c{n}"/>' for n in pages)
    page = "".join(f"<p>{text}</p>\n" for text in PROSE * (SIZE // 50 // 2_000))
    with zipfile.ZipFile(path, "w") as archive:  # stored, so that the size of the file is that of the text
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
            '<rootfiles><rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles>'
            "</container>",
        )
        archive.writestr(
            "b.opf",
            '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
        )
        for n in pages:
            archive.writestr(f"c{n}.xhtml", f"<html><head><title>{n}</title></head><body>{page}</body></html>")
    return path


def talk(number: int) -> str:
    """Return a conversation as a line of JSON."""
    turns = [("user", sentence(number)), ("assistant", sentence(number + 1))]
    return json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]}) + "\n"


def mail(number: int) -> str:
    """Return a message of a mailbox."""
    body = "\n\n".join(textwrap.fill(text, 72) for text in PROSE[:3])
    return (
        f"From anna@example.org Mon Jan  1 10:00:00 2024\nFrom: Anna <anna@example.org>\nSubject: boats\n"
        f"Message-ID: <{number}@example.org>\nContent-Type: text/plain; charset=utf-8\n\n{body}\n\n-- \nAnna\n\n"
    )


def cue(number: int) -> str:
    """Return a cue of subtitles."""
    minutes, seconds = divmod(number, 60)
    at = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return f"{number + 1}\n{at},000 --> {at},900\n<i>{sentence(number)}</i>\n\n"


# What is read, the function that writes the file, and one that finds the reader in the package.
LARGE_FILES: tuple[tuple[str, Callable[[Path], Path], Callable[[Any], Reader]], ...] = (
    ("read_texts, lines", text_file("a.txt", lambda n: sentence(n) + "\n"), lambda nw: nw.read_texts),
    (
        "read_texts, paragraphs",
        text_file("b.txt", lambda n: textwrap.fill(PROSE[n % 3], 72) + "\n\n"),
        lambda nw: lambda path: nw.read_texts(path, unit="paragraph"),
    ),
    ("read_conversations", text_file("talks.jsonl", talk), lambda nw: nw.read_conversations),
    (
        "read_chat, WhatsApp",
        text_file("c.txt", lambda n: f"{n // 999 % 28 + 1:02}/05/2024, 10:{n % 60:02} - Anna: {sentence(n)}\n"),
        lambda nw: nw.read_chat,
    ),
    ("read_chat, Telegram", telegram, lambda nw: nw.read_chat),
    ("read_subtitles", text_file("film.srt", cue), lambda nw: nw.read_subtitles),
    (
        "read_table",
        text_file("t.csv", lambda n: f'{n},"{sentence(n)}",{n}\n' if n else "id,post,likes\n"),
        lambda nw: lambda path: nw.read_table(path, column="post"),
    ),
    ("read_mail", text_file("inbox.mbox", mail), lambda nw: nw.read_mail),
    (
        "read_html",
        text_file("page.html", lambda n: f"<p>{sentence(n)} <b>Well.</b></p>\n" if n else "<!DOCTYPE html><html>\n"),
        lambda nw: nw.read_html,
    ),
    (
        "read_markdown",
        text_file("note.md", lambda n: f"## Part {n}\n\n- **{sentence(n)}** [more](x)\n\n{sentence(n)}\n\n"),
        lambda nw: nw.read_markdown,
    ),
    ("read_epub", book, lambda nw: nw.read_epub),
)
