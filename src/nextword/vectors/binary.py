r"""Rows of a word2vec binary file: a word, a blank and D little-endian float32.

Input: a `ByteSource` at the first row. Output: rows in `KeptRows` and their count; odd rows are left out and counted.
The C program writes `\n` behind each row, gensim does not; both are read.
"""

from typing import Any

import numpy as np

from nextword.errors import VectorsError
from nextword.vectors.formats import MAX_WORD, Layout, excerpt
from nextword.vectors.kept import KeptRows
from nextword.vectors.left_out import OddRows
from nextword.vectors.source import ByteSource


def read_binary(source: ByteSource, layout: Layout, kept_rows: KeptRows, odd_rows: OddRows) -> int:
    """Read all rows and return their number, that of odd rows included.

    Odd are rows whose word is empty or no UTF-8, and wanted rows with a number that is not finite.

    Args:
        source: The file, at its first row.
        layout: D and the number of rows, as the header gave them.
        kept_rows: Where wanted rows go.
        odd_rows: Counts the rows that are left out.

    Raises:
        VectorsError: If too many rows are odd (code "too-many-odd-rows"), a word does not end within 1,024 bytes
            ("word-too-long"), or the file ends before or goes on after the promised rows ("too-few-rows" and
            "too-many-rows"); the figures `byte` and `row` say where.
    """
    dimension = layout.dimension
    numbers_bytes = 4 * dimension
    longest_row = 1 + MAX_WORD + 1 + numbers_bytes
    rows = layout.rows or 0
    data = b""
    offset = layout.start  # of data[0] in the file
    position = 0  # in data
    for row in range(rows):
        if len(data) - position < longest_row:
            offset += position
            data = data[position:] + source.read_until(longest_row)
            position = 0
        position += data[position : position + 1] == b"\n"
        word_end = data.find(b" ", position, position + MAX_WORD + 1)
        if word_end < 0 and len(data) - position > MAX_WORD:
            expected = f"expected a blank within {MAX_WORD:,} bytes, at the end of a word"
            start = excerpt(data[position : position + 60])
            raise _error(source, offset + position, row, expected, start, code="word-too-long")
        row_end = word_end + 1 + numbers_bytes
        if word_end < 0 or row_end > len(data):
            expected = f"expected {rows:,} rows of {dimension:,} numbers, as the header says"
            received = "the end of the file within a row"
            raise _error(source, offset + len(data), row, expected, received, code="too-few-rows", expected_rows=rows)
        try:
            word = data[position:word_end].decode()
        except UnicodeDecodeError:
            odd_rows.add("word-not-utf-8", row + 1, row - odd_rows.count)
        else:
            if not word:
                odd_rows.add("word-missing", row + 1, row - odd_rows.count)
            elif kept_rows.needs(word):
                values = np.frombuffer(data, "<f4", dimension, word_end + 1).astype(np.float32, copy=False)
                if np.isfinite(values).all():
                    kept_rows.put(word, values)
                else:
                    odd_rows.add("number-not-finite", row + 1, row - odd_rows.count)
        position = row_end
    rest = data[position:] + source.read_until(2)
    if rest not in (b"", b"\n"):
        expected = f"expected the end after {rows:,} rows, as the header says"
        received = f"more bytes, {excerpt(rest[:60])}"
        raise _error(source, offset + position, rows, expected, received, code="too-many-rows", expected_rows=rows)
    odd_rows.check(rows - odd_rows.count)
    return rows


def _error(
    source: ByteSource, byte: int, row: int, expected: str, received: str, *, code: str, **figures: Any
) -> VectorsError:
    """Return an error that names the file, the byte, counted from 0, and the row, counted from 1."""
    return source.error(
        f"byte {byte:,} (row {row + 1:,}): {expected}; received {received}. "
        "The file is damaged, cut or no word2vec binary file; download it again.",
        code=code,
        byte=byte,
        row=row + 1,
        **figures,
    )
