r"""Where the rows of a file of JSON are: one a line, one array of them, or values spread over many lines.

Input: the path of a text file. Output: the text of every row with the number of its line, not parsed yet, so that a
damaged row costs itself alone. Rows of an array are found by their brackets, one at a time, whatever its size.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from nextword.corpus.reading import Decoding, lines_of
from nextword.errors import TextFileError

MAX_SPREAD = 1 << 26
"""Most characters of a row that is spread over lines."""

# Besides blanks: byte order marks of files that were joined, record separators, the end-of-file sign of old systems.
_AROUND = " \t\r\n\v\f\ufeff\x1e\x1a"
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]|"|[^\s\[\]{},":]++')
_BEGINNING = re.compile(r'\{\s*"[^"\\]+"\s*:')


def json_rows(file: Path, decoding: Decoding, is_row: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    r"""Yield the rows of a file of JSON: the number of the line where each begins, and its text.

    Args:
        file: A file that exists.
        decoding: Its encoding.
        is_row: Tells of the first value in a list with which the file begins whether it is a row; else the list is one.

    Raises:
        TextFileError: If the file cannot be decoded; codes as in `lines_of`. If brackets do not match where values are
            spread over lines, or one is longer than 67 million characters; codes "json-cut" and "row-too-long" with
            the figure `line`.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.json"
        ...     _ = path.write_text('[\n {"tea": 1},\n {"tea":\n  2}]', encoding="utf-8")
        ...     list(json_rows(path, Decoding(), lambda text: True))
        [(2, '{"tea": 1}'), (3, '{"tea":\n2}')]
    """
    numbered = ((number, line.strip(_AROUND)) for number, line in enumerate(lines_of(file, decoding), start=1))
    lines = (pair for pair in numbered if pair[1])
    read = list(islice(lines, 2))
    if not read:
        return
    first = read[0][1]
    is_spread = len(read) == 2 and _goes_on(first, read[1][1])
    is_array = False
    if first[0] == "[" and (is_spread or _depth_after(first) == (0, False)):
        value = next(_values(file, chain(tuple(read), _recorded(lines, read)), 1), None)
        is_array = value is not None and is_row(value[1])
    every = chain(read, lines)
    yield from _values(file, every, int(is_array)) if is_spread or is_array else every


def _recorded(lines: Iterator[tuple[int, str]], read: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield lines and keep them, for what looks ahead."""
    for line in lines:
        read.append(line)
        yield line


def _goes_on(line: str, following: str) -> bool:
    """Return whether a first line leaves brackets open, as rows that are spread do, and the second can follow it."""
    if line[0] not in "[{":
        return False
    depth, has_stray_quote = _depth_after(line)
    if has_stray_quote or depth < 0:  # a line that is cut
        return False
    if depth == 0:
        return line[-1] == ","
    return line[-1] in "[,:" or following[0] in ('"}' if line[-1] == "{" else ",:]}")


def _depth_after(line: str) -> tuple[int, bool]:
    """Return how many brackets are open behind a line, and whether a quotation mark is."""
    depth = 0
    has_stray_quote = False
    for match in _TOKEN.finditer(line):
        start = match.start()
        depth += (line[start] in "[{") - (line[start] in "]}")
        has_stray_quote |= line[start] == '"' and match.end() == start + 1
    return depth, has_stray_quote


def _values(file: Path, lines: Iterable[tuple[int, str]], inside: int) -> Iterator[tuple[int, str]]:
    """Yield the values that stand inside so many brackets, 0 or 1; commas between them may be missing or too many."""
    depth = outer = begun = size = opened = 0
    parts: list[str] | None = None  # of the value that is open
    beginning = ""  # of its first line
    is_first = inside == 0
    for number, line in lines:
        if parts is not None and beginning and line.startswith(beginning):  # the next row: the open one is damaged
            yield begun, "\n".join(parts)
            parts, depth = None, outer
        place = 0  # where the open value begins in this line
        for match in _TOKEN.finditer(line):
            sign = line[match.start()]
            if sign in "[{":
                opened = opened if depth else number
                if parts is None and (depth == inside or sign == "{"):
                    parts, begun, outer, place, size = [], number, depth, match.start(), 0
                    beginning = found[0] if (found := _BEGINNING.match(line, place)) else ""
                depth += 1
            elif sign in "]}":
                depth = max(0, depth - 1)
                if parts is not None and depth == outer:
                    parts.append(line[place : match.end()])
                    yield begun, "\n".join(parts)
                    parts, is_first = None, False
                elif parts is None and (depth > 0 or sign == "}" or not opened):
                    yield number, sign  # which closes nothing
                elif parts is None:
                    opened = 0
            elif parts is None:
                yield number, match[0]
        if parts is not None:
            parts.append(line[place:])
            size += len(line)
            if size > MAX_SPREAD:
                message = f"a row that is spread over lines has at most {MAX_SPREAD:,} characters."
                raise _error(file, begun, message, "row-too-long")
    if parts is not None and is_first:
        yield begun, "\n".join(parts)  # a single row, and odd
    elif depth:
        line_number = begun if parts is not None else opened
        message = "what begins here is never closed. Is the file cut? Download or write it again."
        raise _error(file, line_number, message, "json-cut")


def _error(file: Path, line: int, message: str, code: str) -> TextFileError:
    return TextFileError(f"{file}, line {line}: {message}", code=code, path=str(file), line=line)
