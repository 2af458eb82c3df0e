"""Recognising the layout of a vector file from its first two lines.

Input: a `ByteSource`. Output: a `Layout`; the source then stands at the first row. The claims of a header are checked
against the size of the file, and no memory is ever taken by them.
"""

import re
from collections import Counter
from dataclasses import dataclass

from nextword.vectors.source import ByteSource

WORD2VEC_TEXT, GLOVE_TEXT, BINARY = "word2vec text", "GloVe text", "word2vec binary"
MAX_WORD = 1024  # bytes
MAX_DIMENSION = 4096
_MAX_NUMBER = 32  # bytes of one number with its blank; the longest that `%.17g` writes is 25
_BOM = b"\xef\xbb\xbf"
_EMPTY_LINES = re.compile(rb"(?:[ \t\r]*\n)++(?=[ \t\r]*[^ \t\r\n])")  # before something else
_HEADER = re.compile(rb"([0-9]{1,15})[ \t]+([0-9]{1,15})[ \t\r]*")
_NUMBER = re.compile(rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf(?:inity)?)", re.IGNORECASE)
_PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"
BLANKS = b" \t\r"
_SAMPLE_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the rows of a file are laid out.

    Args:
        kind: `WORD2VEC_TEXT`, `GLOVE_TEXT` or `BINARY`.
        dimension: Numbers in a row, D.
        rows: Rows that the header promises; None without a header.
        start: Bytes before the first row.
        empty_lines: Lines with nothing in them before the first one that has something.
    """

    kind: str
    dimension: int
    rows: int | None
    start: int
    empty_lines: int = 0

    @property
    def longest_line(self) -> int:
        """Bytes that a text row has at most."""
        return longest_line(self.dimension)


def find_layout(source: ByteSource) -> Layout:
    """Return the layout of a file and leave the source at its first row.

    Args:
        source: A file at its start.

    Raises:
        VectorsError: If the first line does not end (code "line-end-missing"), is neither a header nor a row
            ("first-line-unknown"), or the header cannot be true ("dimension-out-of-range", "header-out-of-range" or
            "header-exceeds-file").
    """
    data = source.read_until(longest_line(MAX_DIMENSION), b"\n")
    begin = len(_BOM) if data.startswith(_BOM) else 0
    empty = _EMPTY_LINES.match(data, begin)
    empty_lines = empty[0].count(b"\n") if empty else 0
    begin = empty.end() if empty else begin
    first, newline, _ = data[begin:].partition(b"\n")
    if not newline or len(first) > longest_line(MAX_DIMENSION):
        raise source.error(
            f"line 1: expected a line end within {longest_line(MAX_DIMENSION):,} bytes; received {len(first):,} bytes "
            "without one. The file is cut or no file of word vectors.",
            code="line-end-missing",
            line=1,
        )
    header = _HEADER.fullmatch(first)
    if not header:
        source.push_back(data[begin:])
        dimension = _dimension_of_rows(source, first, data[begin:])
        return Layout(kind=GLOVE_TEXT, dimension=dimension, rows=None, start=begin, empty_lines=empty_lines)
    rows, dimension = int(header[1]), int(header[2])
    start = begin + len(first) + 1
    source.push_back(data[start:])
    _check_header(source, rows, dimension)
    kind = WORD2VEC_TEXT if _first_row_is_text(source, dimension) else BINARY
    if kind == BINARY:
        _check_size(source, rows, dimension, start)
    return Layout(kind=kind, dimension=dimension, rows=rows, start=start, empty_lines=empty_lines)


def longest_line(dimension: int) -> int:
    """Return how many bytes a text row has at most.

    Args:
        dimension: Numbers in a row, D.
    """
    return MAX_WORD + _MAX_NUMBER * dimension


def is_number(field: bytes) -> bool:
    """Return whether a field is written as a number, NaN and infinity included.

    Args:
        field: Bytes between two blanks.
    """
    return _NUMBER.fullmatch(field) is not None


def ends_in_numbers(row: bytes, dimension: int) -> bool:
    """Return whether a row of text ends in so many numbers, behind a word.

    Args:
        row: A line.
        dimension: How many numbers, D.
    """
    fields = row.split()
    return len(fields) > dimension and all(map(is_number, fields[-dimension:]))


def excerpt(data: bytes, size: int = 60) -> str:
    """Return the start of some bytes, fit for an error message.

    Args:
        data: Bytes of the file, of any kind.
        size: How many of them to show.
    """
    text = repr(data[:size].decode("utf-8", "backslashreplace"))
    return f"{text} (and {len(data) - size:,} more bytes)" if len(data) > size else text


def _dimension_of_rows(source: ByteSource, first: bytes, data: bytes) -> int:
    """Return D of a file without header: what most of the first lines have at their ends, behind a word."""
    # One number would also fit a list of word counts, and a damaged header ("-5 3") would pass as a row.
    lines = [first, *data.split(b"\n", _SAMPLE_LINES)[1:-1]]
    counts = Counter(count for count in map(_numbers_at_end, lines) if count >= 2)
    dimension, agreeing = counts.most_common(1)[0] if counts else (0, 0)
    fields = len(first.split())
    # The first line itself may be odd, if it is long enough for a row and others agree.
    if not counts or (_numbers_at_end(first) < 2 and (agreeing < 2 or fields <= 2 or fields < dimension)):
        raise source.error(
            "line 1: expected `rows dimension` in ASCII digits (word2vec, fastText) or a word and at least two numbers "
            f"(GloVe); received {excerpt(first)}. Is this a file of word vectors?",
            code="first-line-unknown",
            line=1,
        )
    if dimension > MAX_DIMENSION:
        raise source.error(
            f"line 1: expected at most {MAX_DIMENSION:,} numbers a row; received {dimension:,}.",
            code="dimension-out-of-range",
            dimension=dimension,
            max_dimension=MAX_DIMENSION,
        )
    return dimension


def _numbers_at_end(line: bytes) -> int:
    """Return how many numbers a line ends in, the word before them left out."""
    fields = line.split()
    word = 0 if line[:1] in (b" ", b"\t") else 1
    numbers = 0
    while numbers < len(fields) - word and is_number(fields[-1 - numbers]):
        numbers += 1
    return numbers


def _check_header(source: ByteSource, rows: int, dimension: int) -> None:
    """Raise if the two numbers of a header cannot be true."""
    if rows < 1 or not 1 <= dimension <= MAX_DIMENSION:
        raise source.error(
            f"line 1: expected at least one row and a dimension from 1 to {MAX_DIMENSION:,}; received {rows} rows of "
            f"dimension {dimension}. The header is damaged or the file holds no vectors.",
            code="header-out-of-range",
            rows=rows,
            dimension=dimension,
        )


def _check_size(source: ByteSource, rows: int, dimension: int, start: int) -> None:
    """Raise if a binary file is too small for its rows."""
    smallest = rows * (4 * dimension + 1)  # a blank and the numbers
    available = source.limit - start
    if smallest > available:
        raise source.error(
            f"line 1: expected {rows:,} rows of {dimension:,} numbers, as the header says, which need at least "
            f"{smallest:,} bytes; received at most {max(0, available):,}. The file is cut or its header is "
            "damaged; download it again.",
            code="header-exceeds-file",
            rows=rows,
            dimension=dimension,
            needed_bytes=smallest,
            available_bytes=max(0, available),
        )


def _first_row_is_text(source: ByteSource, dimension: int) -> bool:
    """Return whether the first row behind a header is text; the source stays where it is.

    A row of text ends in D numbers. If the first row does not, it may still be odd text: then one of the next rows
    does, or there is a number in it and all bytes where the D binary numbers would be are printable.
    """
    size = max(longest_line(dimension), MAX_WORD + 4 * dimension + 2)
    data = source.read_until(size, b"\n")
    source.push_back(data)
    data = data.lstrip(b"\r\n")
    line, *others = data.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES]
    fields = line.split()[1:]
    if len(fields) >= dimension and all(map(is_number, fields[-dimension:])):
        return True
    # A single number would not tell: bytes of floats may look like one.
    if dimension > 1 and any(ends_in_numbers(other, dimension) for other in others):
        return True
    word = line.partition(b" ")[0]
    behind = data[len(word) + 1 :][: 4 * dimension]
    # Eight bytes and less are too few to judge by, unless they hold nothing but what numbers are written with.
    allowed = _PRINTABLE if dimension > 2 else b"0123456789.+-eE\n" + BLANKS
    return any(map(is_number, fields)) and not behind.translate(None, allowed)
