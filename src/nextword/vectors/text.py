"""Rows of a text file of vectors: a word and D numbers a line.

Input: a `ByteSource` at the first row. Output: rows in `KeptRows` and their count. Most rows are not wanted, so a row
costs a count of its blanks and one look-up; numbers are parsed for wanted rows only.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import VectorsError
from nextword.vectors.formats import BLANKS, MAX_WORD, Layout, excerpt, is_number
from nextword.vectors.kept import KeptRows
from nextword.vectors.source import ByteSource

_NUMBER_STARTS = frozenset(b"0123456789.+-nNiI")


def read_text(source: ByteSource, layout: Layout, kept_rows: KeptRows) -> int:
    """Read all rows and return their number.

    Args:
        source: The file, at its first row.
        layout: D, and the number of rows if a header gave it.
        kept_rows: Where wanted rows go.

    Raises:
        VectorsError: If a row is no word with D finite numbers (codes "word-missing", "number-count", "number-unknown",
            "number-not-finite" and "line-empty"), a word is no UTF-8 or over 1,024 bytes ("word-not-utf-8" and
            "word-too-long"), a line does not end ("line-too-long" and "line-end-missing"), or there are fewer or more
            rows than the header says ("too-few-rows" and "too-many-rows"); the figure `line` says where.
    """
    dimension = layout.dimension
    first_line = 1 if layout.rows is None else 2
    rows = 0
    lines = _lines(source, layout.longest_line, first_line)
    for line_number, line in enumerate(lines, first_line):
        row = line.rstrip(BLANKS)
        word_end = row.find(b" ")
        if (
            word_end > 0
            and row.count(b" ") == dimension
            and row[word_end + 1] in _NUMBER_STARTS
            and b"  " not in row
            and b"\t" not in row[:word_end]
        ):
            raw_word, raw_numbers = row[:word_end], row[word_end + 1 :]
        elif row:
            raw_word, raw_numbers = _split_unusual_row(source, line_number, row, dimension)
        else:
            _refuse_rows_after_blank_line(source, line_number, lines)
            break
        if len(raw_word) > MAX_WORD:
            expected, received = f"expected a word of at most {MAX_WORD:,} bytes", f"{len(raw_word):,} bytes"
            raise _error(source, line_number, expected, received, "", code="word-too-long")
        try:
            word = raw_word.decode()
        except UnicodeDecodeError:
            expected, received = "expected a word in UTF-8", excerpt(raw_word)
            fix = "Save the file as UTF-8, or drop such rows (`iconv -c -t utf-8`)."
            raise _error(source, line_number, expected, received, fix, code="word-not-utf-8") from None
        if kept_rows.needs(word):
            kept_rows.put(word, _parse(source, line_number, word, raw_numbers, dimension))
        rows += 1
        if rows == layout.rows:
            _refuse_more_rows(source, line_number, layout.rows, lines)
    if layout.rows is not None and rows < layout.rows:
        raise source.error(
            f"expected {layout.rows:,} rows, as line 1 says; received {rows:,}. The file is cut; download it again.",
            code="too-few-rows",
            rows=rows,
            expected_rows=layout.rows,
        )
    return rows


def _lines(source: ByteSource, longest: int, line_number: int) -> Iterator[bytes]:
    r"""Yield the lines without their `\n`; U+0085, U+2028 and the like stay inside a line."""
    tail = b""
    while data := source.read():
        lines = (tail + data).split(b"\n")
        tail = lines.pop()
        yield from lines
        line_number += len(lines)
        if len(tail) > longest:
            expected, received = f"expected a line of at most {longest:,} bytes", f"{len(tail):,} and more"
            raise _error(source, line_number, expected, received, "", code="line-too-long")
    # Without this, a file cut inside its last number would pass with a wrong number.
    if tail.strip(BLANKS):
        expected, received = "expected a line end after the last row", f"{excerpt(tail[-60:])} without one"
        fix = "The file is cut; download it again, or add the line end if it is your own file."
        raise _error(source, line_number, expected, received, fix, code="line-end-missing")


def _split_unusual_row(source: ByteSource, line_number: int, row: bytes, dimension: int) -> tuple[bytes, bytes]:
    """Return word and numbers of a row with tabs, several blanks in a row or a word with spaces, or refuse the row."""
    fields = row.rsplit(None, dimension)
    expected = f"expected a word and {dimension} numbers"
    if row[:1] in (b" ", b"\t"):
        received = f"a line without a word, {excerpt(row)}"
        raise _error(source, line_number, expected, received, "Remove that row.", code="word-missing")
    numbers = 0
    for field in reversed(row.split()[1:]):
        if not is_number(field):
            break
        numbers += 1
    good = numbers >= dimension and len(fields) > dimension
    if good:
        word = fields[0]
        last = word.split()[-1]
        # "windows 98 0.1245 -0.3311" has a word with a space, "windows 0.7312 0.1245 -0.3311" a number too many.
        good = last == word or not is_number(last) or _decimals(last) < min(map(_decimals, fields[1:]))
    if not good:
        received = f"{numbers} numbers at the end of {excerpt(row)}"
        fix = "Every row needs as many numbers as the first line says."
        figures = {"numbers": numbers, "expected_numbers": dimension}
        raise _error(source, line_number, expected, received, fix, code="number-count", **figures)
    return word, b" ".join(fields[1:])


def _decimals(number: bytes) -> int:
    """Return how many digits follow the point of a number."""
    return len(number.lower().partition(b"e")[0].partition(b".")[2])


def _parse(source: ByteSource, line_number: int, word: str, raw_numbers: bytes, dimension: int) -> NDArray[np.float32]:
    """Return the numbers of a row, shape (D,), all finite."""
    fields = raw_numbers.split()
    try:
        values = np.array(list(map(float, fields)), dtype=np.float64)
    except ValueError:
        values = np.empty(0)
    # `float` alone would read "1_0" as ten.
    if len(values) != dimension or b"_" in raw_numbers:
        bad = next((position for position, field in enumerate(fields) if not is_number(field)), len(fields) - 1)
        expected, received = f"expected a number at position {bad + 1} of {word!r}", excerpt(fields[bad])
        fix = "The row is damaged; download the file again."
        figures = {"word": word, "position": bad + 1}
        raise _error(source, line_number, expected, received, fix, code="number-unknown", **figures)
    with np.errstate(over="ignore"):
        row = values.astype(np.float32)
    finite = np.isfinite(row)
    if not finite.all():
        bad = int(np.argmin(finite))
        expected, received = f"expected a finite float32 at position {bad + 1} of {word!r}", excerpt(fields[bad])
        fix = "Remove or repair that row."
        figures = {"word": word, "position": bad + 1}
        raise _error(source, line_number, expected, received, fix, code="number-not-finite", **figures)
    return row


def _refuse_rows_after_blank_line(source: ByteSource, line_number: int, lines: Iterator[bytes]) -> None:
    """Raise unless all lines from here on are blank."""
    for line in lines:
        if line.strip(BLANKS):
            received, fix = f"an empty line before {excerpt(line)}", "Remove that line."
            raise _error(source, line_number, "expected a row", received, fix, code="line-empty")


def _refuse_more_rows(source: ByteSource, line_number: int, rows: int, lines: Iterator[bytes]) -> None:
    """Raise unless all lines behind the last promised row are blank."""
    for later_number, line in enumerate(lines, line_number + 1):
        if line.strip(BLANKS):
            expected, received = f"expected the end after {rows:,} rows, as line 1 says", excerpt(line)
            fix = "The header or the file is damaged; download it again."
            raise _error(source, later_number, expected, received, fix, code="too-many-rows", expected_rows=rows)


def _error(
    source: ByteSource, line_number: int, expected: str, received: str, fix: str, *, code: str, **figures: Any
) -> VectorsError:
    """Return an error that names the file and the line, counted from 1."""
    message = f"line {line_number}: {expected}; received {received}. {fix}".rstrip()
    return source.error(message, code=code, line=line_number, **figures)
