r"""Rows of a word2vec binary file: a word, a blank and D little-endian float32.

Enters: a `ByteSource` at the first row. Leaves: rows in `KeptRows` and their count. The C program writes `\n` behind
each row, gensim does not; both are read.
"""

import numpy as np

from nextword.errors import VectorsError
from nextword.vectors.formats import MAX_WORD, Layout, shown
from nextword.vectors.kept import KeptRows
from nextword.vectors.source import ByteSource


def read_binary(source: ByteSource, layout: Layout, kept: KeptRows) -> int:
    """Read all rows and return their number.

    Args:
        source: The file, at its first row.
        layout: D and the number of rows, as the header gave them.
        kept: Where wanted rows go.

    Raises:
        VectorsError: If a word is empty, no UTF-8 or over 1,024 bytes, a wanted number is not finite, or the file ends
            before or goes on after the promised rows.
    """
    dimension = layout.dimension
    width = 4 * dimension
    longest = 1 + MAX_WORD + 1 + width
    rows = layout.rows or 0
    data = b""
    offset = layout.start  # of data[0] in the file
    place = 0
    for row in range(rows):
        if len(data) - place < longest:
            offset += place
            data = data[place:] + source.read_until(longest)
            place = 0
        place += data[place : place + 1] == b"\n"
        cut = data.find(b" ", place, place + MAX_WORD + 1)
        if cut < 0 and len(data) - place > MAX_WORD:
            expected = f"expected a blank within {MAX_WORD:,} bytes, at the end of a word"
            raise _error(source, offset + place, row, expected, shown(data[place : place + 60]))
        end = cut + 1 + width
        if cut < 0 or end > len(data):
            expected = f"expected {rows:,} rows of {dimension:,} numbers, as the header says"
            raise _error(source, offset + len(data), row, expected, "the end of the file within a row")
        if cut == place:
            raise _error(source, offset + place, row, "expected a word", "a blank")
        try:
            word = data[place:cut].decode()
        except UnicodeDecodeError:
            raise _error(source, offset + place, row, "expected a word in UTF-8", shown(data[place:cut])) from None
        if kept.needs(word):
            values = np.frombuffer(data, "<f4", dimension, cut + 1).astype(np.float32, copy=False)
            finite = np.isfinite(values)
            if not finite.all():
                bad = int(np.argmin(finite))
                expected = f"expected a finite number at position {bad + 1} of {word!r}"
                raise _error(source, offset + cut + 1 + 4 * bad, row, expected, f"{values[bad]}")
            kept.put(word, values)
        place = end
    rest = data[place:] + source.read_until(2)
    if rest not in (b"", b"\n"):
        expected = f"expected the end after {rows:,} rows, as the header says"
        raise _error(source, offset + place, rows, expected, f"more bytes, {shown(rest[:60])}")
    return rows


def _error(source: ByteSource, offset: int, row: int, expected: str, received: str) -> VectorsError:
    """Return an error that names the file, the byte and the row."""
    return source.error(
        f"byte {offset:,} (row {row + 1:,}): {expected}; received {received}. "
        "The file is damaged, cut or no word2vec binary file; download it again."
    )
