r"""JSON tables: the rows of JSON lines, of an array of objects, or of an object that holds one such array.

Input: a text file. Output: objects with the line, or the number in the array, of each. Lines are read one at a time; an
array is one value and is read as a whole.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from nextword.corpus.reading import Decoding, lines_of
from nextword.errors import InputError, TextFileError
from nextword.files.strict_json import parse_json

_ARRAY = re.compile(r"\[\s*\{")
_OBJECT = re.compile(r"[\s,]*(\{)")
_LOOKED_AT = 100
_BLANK = "\ufeff \t\n"


def is_json(start: str) -> bool:
    """Return whether a file begins as JSON rows do.

    Args:
        start: Its first characters.
    """
    return re.match(r"\ufeff?\s*(?:\[\s*[\{\]]|\{\s*[\"\}])", start) is not None


def first_objects(start: str) -> list[dict[str, Any]]:
    r"""Return the objects that the beginning of a file holds whole, at most 100.

    Args:
        start: Its first characters.

    Examples:
        >>> first_objects('[{"text": "Tea?"}, {"text": "No')
        [{'text': 'Tea?'}]
    """
    text = start.lstrip(_BLANK)
    found = _objects(text, 0)
    if not found or (len(found) == 1 and _rows_in(found[0]) is not None):
        array = _ARRAY.search(text)
        found = _objects(text, array.end() - 1) if array else found
    return found


def _objects(text: str, position: int) -> list[dict[str, Any]]:
    """Return the objects that follow each other from a position on."""
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    while len(found) < _LOOKED_AT and (match := _OBJECT.match(text, position)):
        try:
            value, position = decoder.raw_decode(text, match.start(1))
        except (ValueError, RecursionError):
            break
        found.append(value)
    return found


def json_rows(file: Path, decoding: Decoding, column: str) -> Iterator[tuple[int, Any]]:
    """Yield the rows of a file of JSON; one that is no JSON is given as None.

    Args:
        file: A file of JSON lines, or of one JSON value.
        decoding: Its encoding.
        column: Key of the texts; it tells one row from one object that holds the rows.

    Raises:
        TextFileError: If the file cannot be decoded, or holds no array of objects; codes as in `lines_of`,
            "json-damaged" and "no-rows".
    """
    first = list(islice((line for line in lines_of(file, decoding) if line.strip()), 2))
    if len(first) == 2 and _is_object(first[0]):
        yield from _rows_of_lines(file, decoding)
    else:
        yield from enumerate(_rows_of_value(file, decoding, column), start=1)


def _is_object(line: str) -> bool:
    try:
        return isinstance(parse_json(line), dict)
    except InputError:
        return False


def _rows_of_lines(file: Path, decoding: Decoding) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines_of(file, decoding), start=1):
        if not line.strip():
            continue
        try:
            yield number, parse_json(line)
        except InputError:
            yield number, None


def _rows_of_value(file: Path, decoding: Decoding, column: str) -> list[Any]:
    """Return the rows of a file that is one JSON value."""
    try:
        value = parse_json("".join(lines_of(file, decoding)).strip())
    except InputError as error:
        raise TextFileError(
            f"{file} is neither one JSON value nor JSON lines: {error}",
            code="json-damaged",
            path=str(file),
            reason=error.code,
        ) from error
    rows = value if isinstance(value, list) else _rows_in(value)
    if isinstance(value, dict) and column in value:
        texts = value[column]  # the whole column, or the text of the one row that there is
        texts = list(texts.values()) if isinstance(texts, dict) else texts if isinstance(texts, list) else [texts]
        rows = [{column: text} for text in texts]
    elif rows is None and isinstance(value, dict):
        rows = [value]
    if rows is None:
        raise TextFileError(
            f'{file} holds no array of objects. Expected `[{{"text": "..."}}, ...]` or one such object a line.',
            code="no-rows",
            path=str(file),
        )
    return rows


def _rows_in(value: Any) -> list[Any] | None:
    """Return the one list of objects that an object holds; None if it holds none, or several."""
    if not isinstance(value, dict):
        return None
    lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
    return lists[0] if len(lists) == 1 else None
