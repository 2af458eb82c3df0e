"""Which reader a file gets: what its content looks like decides, and its name only where the content does not.

Input: a file. Output: the row of its format, or None for plain text. Formats whose texts nobody can name, such as
tables and JSON, are refused with the function to call.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from nextword.corpus.encodings.decoding import Decoding
from nextword.corpus.readers.chats import reading as chats
from nextword.corpus.readers.mail import reading as mail
from nextword.corpus.readers.markup import epub, markdown, web
from nextword.corpus.readers.starts import bytes_of_start, start_of
from nextword.corpus.readers.subtitles import reading as subtitles
from nextword.corpus.readers.tables import reading as tables
from nextword.corpus.reading import check_start
from nextword.errors import TextFileError


class Format(NamedTuple):
    """A format of files, and what reads it.

    Attributes:
        name: What to call it, in the plural, such as "subtitles".
        endings: Ends of the names of its files, in lower case; with these they are read from folders too.
        looks_like: Whether the first 65,536 characters of a file look like it.
        parse: Yields the texts of a file, and counts in its last argument what it left out, by kind.
        tells_encoding: Whether its files say themselves how they are encoded, so that their first characters need not
            be in the encoding that was asked for.
        is_packed: Whether a zip archive holds texts of this format.
        takes: Whether a file of a folder is one by its place there, whatever its name ends in.
        advice: A sentence on what else could be done with such a file.
    """

    name: str
    endings: tuple[str, ...]
    looks_like: Callable[[str], bool]
    parse: Callable[[Path, Decoding, Counter[str]], Iterator[str]]
    tells_encoding: bool = False
    is_packed: Callable[[Path], bool] = lambda file: False
    takes: Callable[[Path], bool] = lambda file: False
    advice: str = ""


FORMATS: tuple[Format, ...] = (
    Format("subtitles", (".srt", ".vtt"), subtitles.looks_like, subtitles.parse),
    Format(
        "chats",
        (),
        chats.looks_like,
        chats.parse,
        is_packed=chats.is_packed_chat,
        advice="To learn to reply as one of the people: fit(read_chat(path, me=NAME)).",
    ),
    Format("mail", mail.ENDINGS, mail.looks_like, mail.parse, tells_encoding=True, takes=mail.is_mail_without_ending),
    Format("web pages", web.ENDINGS, web.looks_like, web.parse, tells_encoding=True),
    Format("books in EPUB", epub.ENDINGS, epub.looks_like, epub.parse, is_packed=epub.is_epub),
    Format("Markdown", markdown.ENDINGS, markdown.looks_like, markdown.parse),
)
"""The formats that `fit` recognises, in the order in which they are tried."""

_TALKS = re.compile(
    r'"(?:messages|conversations?|dialogue|turns)"\s*:\s*\[|'
    r'\A\ufeff?[\s\[]*\{\s*"(?:role|from)"\s*:\s*"(?:system|user|human|assistant|gpt)"'
)
_TABLES = (".csv", ".tsv", ".tab")
_ZIP = b"PK\x03\x04"
_JSON = re.compile(r'\s*(?:\[\s*){0,3}\{\s*"[^"\n]{1,80}"\s*:|\s*\[\s*["\]]|\s*\{\s*\}')


def recognise(file: Path, decoding: Decoding, formats: tuple[Format, ...] = FORMATS) -> Format | None:
    """Return the format of a file; None for plain text.

    Formats with the ending of the file are tried first, then the others, in the order of the table; where the content
    looks like none, the ending decides.

    Args:
        file: A file that exists.
        decoding: Its encoding.
        formats: The formats to try.

    Raises:
        TextFileError: If it is a table or JSON, in which nothing says what the texts are; codes "table-without-column"
            and "json-not-texts". If it is no text; codes as in `read_texts`.
    """
    name = file.name.lower()
    by_name = [row for row in formats if name.endswith(row.endings)]
    in_order = (*by_name, *(row for row in formats if row not in by_name))
    first_bytes = bytes_of_start(file)
    if first_bytes.startswith(_ZIP):
        packed = next((row for row in in_order if row.is_packed(file)), None)
        if packed is not None:
            return packed
    raw = first_bytes.decode("latin-1")
    found = next((row for row in in_order if row.tells_encoding and row.looks_like(raw)), None)
    if found is not None:
        return found
    check_start(file, decoding)
    start = start_of(file, decoding)
    found = next((row for row in in_order if row.looks_like(start)), None)
    if found is not None:
        return found
    if by_name:
        return by_name[0]
    if file.suffix.lower() in _TABLES:
        raise _table_error(file, start)
    if _JSON.match(start):
        raise TextFileError(
            f"{file} is JSON, and nothing says which of its values are texts. Conversations, one a line, are read from "
            f"a .jsonl file or by `read_conversations`, and a value of every row by fit(read_table({file.name!r}, "
            f"'text')). To learn its lines as they are: fit(read_texts({file.name!r})).",
            code="json-not-texts",
            path=str(file),
        )
    return None


def are_conversations(file: Path, decoding: Decoding) -> bool:
    """Return whether a file is JSON with lists of messages, whatever its name is.

    Args:
        file: A file that exists.
        decoding: Its encoding.

    Raises:
        TextFileError: If it is no text; codes as in `read_texts`.
    """
    if _JSON.match(bytes_of_start(file).decode("latin-1").removeprefix("ï»¿")) is None:
        return False
    start = start_of(file, decoding)
    return _TALKS.search(start) is not None and not chats.looks_like(start)


def endings_of(formats: tuple[Format, ...] = FORMATS) -> tuple[str, ...]:
    """Return the ends of the names of files that formats read.

    Args:
        formats: The formats.
    """
    return tuple(dict.fromkeys(ending for row in formats for ending in row.endings))


def _table_error(file: Path, start: str) -> TextFileError:
    """Return the error of a table, which names its columns, and the one with the longest texts as an example."""
    columns = tables.describe_columns(start)
    column = tables.column_of_texts(start) or "text"
    return TextFileError(
        f"{file} is a table with the columns {', '.join(map(repr, columns))[:200]}. Read the one that has the texts, "
        f"by its name: fit(read_table({file.name!r}, column={column!r})). To learn its lines as they are: "
        f"fit(read_texts({file.name!r})).",
        code="table-without-column",
        path=str(file),
        columns=columns,
        column=column,
    )
