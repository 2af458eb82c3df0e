r"""Delimited tables: rows of comma-, tab-, semicolon- or bar-separated files, whichever way they are quoted.

Input: a text file. Output: rows of fields with the line at which each ends. Delimiter and quotes are those with which
most rows of the beginning have as many fields as the first.
"""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

from nextword.corpus.readers.starts import START_CHARACTERS
from nextword.corpus.reading import Decoding, lines_of
from nextword.errors import TextFileError

_DELIMITERS = ",\t;|"
_LARGEST_FIELD = 2**31 - 1  # the limit of `csv`, 131,072 characters unless told otherwise, is one of the whole process
_BATCH = 256
_HINT = "sep="  # Excel's first line


class Dialect(NamedTuple):
    r"""How the fields of a table are written.

    Attributes:
        delimiter: What stands between two fields.
        quoted: Whether quotes around a field are no part of it.
        escaped: Whether a quote inside a field is written `\"` instead of `""`.
    """

    delimiter: str = ","
    quoted: bool = True
    escaped: bool = False


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        line: Number of its last line in the file.
        fields: Its fields; None where quotes stand in the middle of a field.
        unclosed: Whether the file ended inside quotes.
    """

    line: int
    fields: list[str] | None
    unclosed: bool = False


def dialect_of(start: str, column: str | None = None) -> Dialect:
    r"""Return the dialect in which most rows have as many fields as the first.

    Args:
        start: The first characters of a file.
        column: Name of a column that the first row has, if it is known; it speaks for a dialect.

    Examples:
        >>> dialect_of("id;text\n1;Tea, please\n2;No\n").delimiter
        ';'
    """
    return max(_candidates(start), key=lambda dialect: _fit(start, dialect, column))  # the first one of equals


def share_of_even_rows(start: str, dialect: Dialect) -> float:
    """Return the share of the rows that have as many fields as the first.

    Args:
        start: The first characters of a file.
        dialect: How its fields are written.
    """
    rows = first_rows(start, dialect)
    width = len(rows[0].fields or ()) if rows else 0
    even = sum(1 for row in rows if row.fields is not None and fits(row.fields, width))
    return even / max(1, len(rows))


def fits(fields: list[str], width: int) -> bool:
    """Return whether a row has as many fields as the first, or only empty ones behind them.

    Args:
        fields: Of the row.
        width: How many the first row has.
    """
    return len(fields) == width or (len(fields) > width and not any(fields[width:]))


def first_rows(start: str, dialect: Dialect) -> list[Row]:
    """Return the rows of the beginning of a file, without the last one where it is cut.

    Args:
        start: The first characters of the file.
        dialect: How its fields are written.
    """
    cut = len(start) >= START_CHARACTERS - 1
    lines = start.split("\n")
    rows = list(rows_of((f"{line}\n" for line in lines[: len(lines) - cut]), dialect))
    # Quotes that swallow half of the beginning were never meant as such.
    if cut and len(rows) > 1 and rows[-1].unclosed and rows[-1].line - rows[-2].line < len(lines) / 2:
        rows.pop()
    return rows


def file_rows(file: Path, decoding: Decoding, dialect: Dialect) -> Iterator[Row]:
    """Yield the rows of a file that are not blank.

    Args:
        file: A delimited table.
        decoding: Its encoding.
        dialect: How its fields are written.

    Raises:
        TextFileError: If a quote is opened and never closed; code "quote-not-closed"; if the file cannot be decoded;
            codes as in `lines_of`.
    """
    line = 0
    for row in rows_of(lines_of(file, decoding), dialect):
        if row.unclosed:
            raise TextFileError(
                f"{file}: a field that begins with a quote in or after line {line + 1} never ends. Inside quotes, a "
                'quote is written twice: "".',
                code="quote-not-closed",
                path=str(file),
                line=line + 1,
            )
        line = row.line
        yield row


def rows_of(lines: Iterable[str], dialect: Dialect) -> Iterator[Row]:
    """Yield the rows of lines, without blank ones.

    Args:
        lines: Lines of a table with their ends.
        dialect: How its fields are written.
    """
    lines = iter(lines)
    first = next(lines, "").removeprefix("\ufeff")
    skipped = first.lower().startswith(_HINT) and len(first.strip()) <= len(_HINT) + 1
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    reader = csv.reader(
        lines if skipped else chain((first,), lines),
        delimiter=dialect.delimiter,
        quoting=quoting,
        escapechar="\\" if dialect.escaped else None,
        skipinitialspace=dialect.delimiter != "\t",
        strict=True,
    )
    while batch := _batch(reader, skipped):
        yield from (row for row in batch if row.fields is None or any(field.strip() for field in row.fields))


def _batch(reader: Any, skipped: int) -> list[Row]:
    """Return the next rows; the limit of `csv` is raised only meanwhile, since it is one of the whole process."""
    limit = csv.field_size_limit(_LARGEST_FIELD)
    batch: list[Row] = []
    try:
        while len(batch) < _BATCH:
            try:
                fields = next(reader)
                batch.append(Row(reader.line_num + skipped, fields))
            except csv.Error as error:
                batch.append(Row(reader.line_num + skipped, None, "unexpected end" in str(error)))
    except StopIteration:
        pass
    finally:
        csv.field_size_limit(limit)
    return batch


def _candidates(start: str) -> list[Dialect]:
    first = start.removeprefix("\ufeff").split("\n", 1)[0].strip()
    delimiters = first[len(_HINT) :] if first.lower().startswith(_HINT) and len(first) == 5 else _DELIMITERS
    ways = [(True, False), *([(True, True)] if '\\"' in start else []), *([(False, False)] if '"' in start else [])]
    return [Dialect(delimiter, *way) for delimiter in delimiters or "\t" for way in ways]


def _fit(start: str, dialect: Dialect, column: str | None) -> tuple[bool, bool, bool, float, bool, int]:
    """Return how well a dialect fits; a greater value is a better one."""
    rows = first_rows(start, dialect)
    header = [name.strip() for name in (rows[0].fields if rows else None) or ()]
    share = share_of_even_rows(start, dialect)
    return column in header, share >= 0.9, len(header) > 1, share, dialect.quoted, len(header)
