"""Rows of a text file of vectors: a word and D numbers a line.

Enters: a `ByteSource` at the first row. Leaves: rows in `KeptRows` and their count. Most rows are not wanted, so a row
costs a count of its blanks and one look-up; numbers are parsed for wanted rows only.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nextword.errors import VectorsError
from nextword.vectors.formats import BLANKS, MAX_WORD, Layout, is_number, shown
from nextword.vectors.kept import KeptRows
from nextword.vectors.source import ByteSource

_NUMBER_STARTS = frozenset(b"0123456789.+-nNiI")


def read_text(source: ByteSource, layout: Layout, kept: KeptRows) -> int:
    """Read all rows and return their number.

    Args:
        source: The file, at its first row.
        layout: D, and the number of rows if a header gave it.
        kept: Where wanted rows go.

    Raises:
        VectorsError: If a row is no word with D finite numbers, a word is no UTF-8 or over 1,024 bytes, a line does
            not end, or there are fewer or more rows than the header says.
    """
    dimension = layout.dimension
    first = 1 if layout.rows is None else 2
    rows = 0
    lines = _lines(source, layout.longest_line, first)
    for number, line in enumerate(lines, first):
        row = line.rstrip(BLANKS)
        cut = row.find(b" ")
        if (
            cut > 0
            and row.count(b" ") == dimension
            and row[cut + 1] in _NUMBER_STARTS
            and b"  " not in row
            and b"\t" not in row[:cut]
        ):
            raw, rest = row[:cut], row[cut + 1 :]
        elif row:
            raw, rest = _split_unusual_row(source, number, row, dimension)
        else:
            _refuse_rows_after_blank_line(source, number, lines)
            break
        if len(raw) > MAX_WORD:
            raise _error(source, number, f"expected a word of at most {MAX_WORD:,} bytes", f"{len(raw):,} bytes", "")
        try:
            word = raw.decode()
        except UnicodeDecodeError:
            fix = "Save the file as UTF-8, or drop such rows (`iconv -c -t utf-8`)."
            raise _error(source, number, "expected a word in UTF-8", shown(raw), fix) from None
        if kept.needs(word):
            kept.put(word, _parse(source, number, word, rest, dimension))
        rows += 1
        if rows == layout.rows:
            _refuse_more_rows(source, number, layout.rows, lines)
    if layout.rows is not None and rows < layout.rows:
        raise source.error(
            f"expected {layout.rows:,} rows, as line 1 says; received {rows:,}. The file is cut; download it again."
        )
    return rows


def _lines(source: ByteSource, longest: int, number: int) -> Iterator[bytes]:
    r"""Yield the lines without their `\n`; U+0085, U+2028 and the like stay inside a line."""
    tail = b""
    while data := source.read():
        lines = (tail + data).split(b"\n")
        tail = lines.pop()
        yield from lines
        number += len(lines)
        if len(tail) > longest:
            raise _error(source, number, f"expected a line of at most {longest:,} bytes", f"{len(tail):,} and more", "")
    # Without this, a file cut inside its last number would pass with a wrong number.
    if tail.strip(BLANKS):
        fix = "The file is cut; download it again, or add the line end if it is your own file."
        raise _error(source, number, "expected a line end after the last row", f"{shown(tail[-60:])} without one", fix)


def _split_unusual_row(source: ByteSource, number: int, row: bytes, dimension: int) -> tuple[bytes, bytes]:
    """Return word and numbers of a row with tabs, several blanks in a row or a word with spaces, or refuse the row."""
    fields = row.rsplit(None, dimension)
    expected = f"expected a word and {dimension} numbers"
    fix = "Every row needs as many numbers as the first line says."
    if row[:1] in (b" ", b"\t"):
        raise _error(source, number, expected, f"a line without a word, {shown(row)}", "Remove that row.")
    numbers = 0
    for field in reversed(row.split()[1:]):
        if not is_number(field):
            break
        numbers += 1
    if numbers < dimension or len(fields) <= dimension:
        raise _error(source, number, expected, f"{numbers} numbers at the end of {shown(row)}", fix)
    word = fields[0]
    last = word.split()[-1]
    # "windows 98 0.1245 -0.3311" has a word with a space, "windows 0.7312 0.1245 -0.3311" a number too many.
    if last != word and is_number(last) and _decimals(last) >= min(map(_decimals, fields[1:])):
        raise _error(source, number, expected, f"{numbers} numbers at the end of {shown(row)}", fix)
    return word, b" ".join(fields[1:])


def _decimals(number: bytes) -> int:
    """Return how many digits follow the point of a number."""
    return len(number.lower().partition(b"e")[0].partition(b".")[2])


def _parse(source: ByteSource, number: int, word: str, rest: bytes, dimension: int) -> NDArray[np.float32]:
    """Return the numbers of a row, shape (D,), all finite."""
    fields = rest.split()
    try:
        values = np.array(list(map(float, fields)), dtype=np.float64)
    except ValueError:
        values = np.empty(0)
    # `float` alone would read "1_0" as ten.
    if len(values) != dimension or b"_" in rest:
        bad = next((position for position, field in enumerate(fields) if not is_number(field)), len(fields) - 1)
        expected = f"expected a number at position {bad + 1} of {word!r}"
        raise _error(source, number, expected, shown(fields[bad]), "The row is damaged; download the file again.")
    with np.errstate(over="ignore"):
        row = values.astype(np.float32)
    finite = np.isfinite(row)
    if not finite.all():
        position = int(np.argmin(finite))
        expected = f"expected a finite float32 at position {position + 1} of {word!r}"
        raise _error(source, number, expected, shown(fields[position]), "Remove or repair that row.")
    return row


def _refuse_rows_after_blank_line(source: ByteSource, number: int, lines: Iterator[bytes]) -> None:
    """Raise unless all lines from here on are blank."""
    for line in lines:
        if line.strip(BLANKS):
            raise _error(source, number, "expected a row", f"an empty line before {shown(line)}", "Remove that line.")


def _refuse_more_rows(source: ByteSource, number: int, rows: int, lines: Iterator[bytes]) -> None:
    """Raise unless all lines behind the last promised row are blank."""
    for later, line in enumerate(lines, number + 1):
        if line.strip(BLANKS):
            fix = "The header or the file is damaged; download it again."
            raise _error(source, later, f"expected the end after {rows:,} rows, as line 1 says", shown(line), fix)


def _error(source: ByteSource, number: int, expected: str, received: str, fix: str) -> VectorsError:
    """Return an error that names the file and the line."""
    return source.error(f"line {number}: {expected}; received {received}. {fix}".rstrip())
