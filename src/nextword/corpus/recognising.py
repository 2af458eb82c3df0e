"""Which reader a file gets: what its content looks like decides, and its name only where the content does not.

Input: a file. Output: the row of its format, or None for plain text. Formats whose texts nobody can name, such as
tables and JSON, are refused with the function to call.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from nextword.corpus.decoding import Decoding
from nextword.corpus.reading import check_start, lines_of
from nextword.errors import TextFileError

START_CHARACTERS = 65_536


class Format(NamedTuple):
    """A format of files, and what reads it.

    Attributes:
        name: What to call it, in the plural, such as "subtitles".
        endings: Ends of the names of its files, in lower case; with these they are read from folders too.
        looks_like: Whether the first 65,536 characters of a file look like it.
        parse: Yields the texts of a file, and counts in its last argument what it left out, by kind.
    """

    name: str
    endings: tuple[str, ...]
    looks_like: Callable[[str], bool]
    parse: Callable[[Path, Decoding, Counter[str]], Iterator[str]]


FORMATS: tuple[Format, ...] = ()
"""The formats that `fit` recognises, in the order in which they are tried."""

_TALKS = re.compile(r'"(?:messages|conversations?|dialogue|turns)"\s*:\s*\[')
_TABLES = (".csv", ".tsv", ".tab")
_SAMPLE_ROWS = 100
_JSON = re.compile(r'\s*(?:\[\s*)?\{\s*"[^"\n]{1,80}"\s*:|\s*\[\s*["\]]|\s*\{\s*\}')


def recognise(file: Path, decoding: Decoding, formats: tuple[Format, ...] = FORMATS) -> Format | None:
    """Return the format of a file; None for plain text.

    Formats with the ending of the file are tried first, then the others, in the order of the table.

    Args:
        file: A file that exists.
        decoding: Its encoding.
        formats: The formats to try.

    Raises:
        TextFileError: If it is a table or JSON, in which nothing says what the texts are; codes "table-without-column"
            and "json-not-texts". If it is no text; codes as in `read_texts`.
    """
    check_start(file, decoding)
    start = start_of(file, decoding)
    name = file.name.lower()
    by_name = [row for row in formats if name.endswith(row.endings)]
    for row in chain(by_name, (row for row in formats if row not in by_name)):
        if row.looks_like(start):
            return row
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
    check_start(file, decoding)
    start = start_of(file, decoding)
    return _JSON.match(start) is not None and _TALKS.search(start) is not None


def start_of(file: Path, decoding: Decoding) -> str:
    """Return the first 65,536 characters of a file.

    Args:
        file: A file that exists.
        decoding: Its encoding.

    Raises:
        TextFileError: If it is no text in the encoding; codes as in `read_texts`.
    """
    return "\n".join(line.removesuffix("\n") for line in lines_of(file, decoding, START_CHARACTERS))


def endings_of(formats: tuple[Format, ...] = FORMATS) -> tuple[str, ...]:
    """Return the ends of the names of files that formats read.

    Args:
        formats: The formats.
    """
    return tuple(dict.fromkeys(ending for row in formats for ending in row.endings))


def _table_error(file: Path, start: str) -> TextFileError:
    """Return the error of a table, which names its columns, and the one with the longest texts as an example."""
    lines = start.splitlines()[: _SAMPLE_ROWS + 1]
    separator = max(",;\t|", key=lambda sign: lines[0].count(sign)) if lines else ","
    try:
        columns, *rows = list(csv.reader(lines, delimiter=separator)) or [[]]
    except csv.Error:
        columns, rows = [], []
    lengths = [sum(len(row[place]) for row in rows if place < len(row)) for place in range(len(columns))]
    column = columns[lengths.index(max(lengths))] if columns else "text"
    return TextFileError(
        f"{file} is a table with the columns {', '.join(map(repr, columns))[:200]}. Read the one that has the texts, "
        f"by its name: fit(read_table({file.name!r}, {column!r})). To learn its lines as they are: "
        f"fit(read_texts({file.name!r})).",
        code="table-without-column",
        path=str(file),
        columns=tuple(columns),
        column=column,
    )
