"""Rows of a text file of vectors: a word and D numbers a line.

Input: a `ByteSource` at the first row. Output: rows in `KeptRows` and their count; odd rows are left out and counted.
Most rows are not wanted, so a row costs a count of its blanks and one look-up; numbers are parsed for wanted rows only.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nextword.vectors.formats import BLANKS, MAX_WORD, Layout, ends_in_numbers, excerpt, is_number
from nextword.vectors.kept import KeptRows
from nextword.vectors.left_out import OddRows
from nextword.vectors.source import CHUNK, ByteSource

_NUMBER_STARTS = frozenset(b"0123456789.+-nNiI")


def read_text(source: ByteSource, layout: Layout, kept_rows: KeptRows, odd_rows: OddRows) -> int:
    """Read all rows and return their number, that of odd rows included.

    Odd are rows that are no word with D numbers, or whose word is no UTF-8 or over 1,024 bytes, wanted rows with a
    number that is not finite, and a last row without line end, since its last number may be cut;
    where a blank follows it, it is whole.

    Args:
        source: The file, at its first row.
        layout: D, and whether there is a header.
        kept_rows: Where wanted rows go.
        odd_rows: Counts the rows that are left out.

    Raises:
        VectorsError: If too many rows are odd (code "too-many-odd-rows"), a line does not end, or the file ends within
            a row ("line-too-long" and "line-end-missing"); the figure `line` says where.
    """
    dimension = layout.dimension
    first_line = (1 if layout.rows is None else 2) + layout.empty_lines
    rows = 0
    empty, confirmed = 0, layout.empty_lines  # empty lines behind so many rows; at the end of the file they are none
    empty_first = 1 if confirmed else 0
    empty_behind = -1
    for line_number, line in enumerate(_lines(source, layout, odd_rows, first_line), first_line):
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
            split = _split_unusual_row(row, dimension)
            if isinstance(split, str):
                odd_rows.add(split, line_number, rows)
                continue
            raw_word, raw_numbers = split
        else:
            before = rows + odd_rows.count
            if before != empty_behind:
                confirmed += empty
                empty, empty_behind = 0, before
            empty += 1
            empty_first = empty_first or line_number
            continue
        if len(raw_word) > MAX_WORD:
            odd_rows.add("word-too-long", line_number, rows)
            continue
        try:
            word = raw_word.decode()
        except UnicodeDecodeError:
            odd_rows.add("word-not-utf-8", line_number, rows)
            continue
        if kept_rows.needs(word):
            values = _parse(raw_numbers, dimension)
            if isinstance(values, str):
                odd_rows.add(values, line_number, rows)
                continue
            kept_rows.put(word, values)
        rows += 1
    if empty_behind != rows + odd_rows.count:
        confirmed += empty
    odd_rows.add_empty_lines(confirmed, empty_first)
    odd_rows.check(rows)
    return rows + odd_rows.count


def _lines(source: ByteSource, layout: Layout, odd_rows: OddRows, line_number: int) -> Iterator[bytes]:
    r"""Yield the lines without their `\n`; U+0085, U+2028 and the like stay inside a line."""
    longest = layout.longest_line + CHUNK
    first_line = line_number
    tail = b""
    while data := source.read():
        lines = (tail + data).split(b"\n")
        tail = lines.pop()
        yield from lines
        line_number += len(lines)
        if len(tail) > longest:
            raise source.error(
                f"line {line_number}: expected a line of at most {layout.longest_line:,} bytes; received {len(tail):,} "
                "and more.",
                code="line-too-long",
                line=line_number,
            )
    if not tail.strip(BLANKS):
        return
    # Without this, a file cut inside its last number would pass with a wrong number.
    if not ends_in_numbers(tail, layout.dimension):
        raise source.error(
            f"line {line_number}: expected a row of {layout.dimension} numbers and a line end; received "
            f"{excerpt(tail[-60:])} at the end of the file. It is cut; download it again, or remove that line.",
            code="line-end-missing",
            line=line_number,
        )
    if tail[-1:] in (b" ", b"\t", b"\r"):  # the last number is whole
        yield tail
    else:
        odd_rows.add("line-end-missing", line_number, line_number - first_line)


def _split_unusual_row(row: bytes, dimension: int) -> tuple[bytes, bytes] | str:
    """Return word and numbers of a row with tabs, blanks in a row or a word with spaces; or what is odd about it."""
    if row[:1] in (b" ", b"\t"):
        return "word-missing"
    fields = row.rsplit(None, dimension)
    if len(fields) <= dimension or not ends_in_numbers(row, dimension):
        return "number-unknown" if len(row.split()) == dimension + 1 else "number-count"
    word = fields[0]
    last = word.split()[-1]
    # "windows 98 0.1245 -0.3311" has a word with a space, "windows 0.7312 0.1245 -0.3311" a number too many.
    if last != word and is_number(last) and _decimals(last) >= min(map(_decimals, fields[1:])):
        return "number-count"
    return word, b" ".join(fields[1:])


def _decimals(number: bytes) -> int:
    """Return how many digits follow the point of a number."""
    return len(number.lower().partition(b"e")[0].partition(b".")[2])


def _parse(raw_numbers: bytes, dimension: int) -> NDArray[np.float32] | str:
    """Return the numbers of a row, shape (D,), all finite; or what is odd about them."""
    try:
        values = np.array(list(map(float, raw_numbers.split())), dtype=np.float64)
    except ValueError:
        return "number-unknown"
    # `float` alone would read "1_0" as ten.
    if len(values) != dimension or b"_" in raw_numbers:
        return "number-unknown"
    with np.errstate(over="ignore"):
        row = values.astype(np.float32)
    return row if np.isfinite(row).all() else "number-not-finite"
