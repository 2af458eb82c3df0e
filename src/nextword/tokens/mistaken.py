"""What is given for texts and is none: file names, tables, arrays, open binary files, rows.

Input: what was given for texts, or one item of it. Output: the error that says what to give instead, or None. Kinds of
other libraries are told by what they offer, so that none has to be installed.
"""

import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from nextword.errors import InputError, InputTypeError, NextwordError, described

_ENDINGS = (
    "txt text md rst log jsonl ndjson json csv tsv html htm xml srt vtt ass tex rtf doc docx odt pdf epub xlsx parquet "
    "arrow feather eml mbox yaml yml gz bz2 xz zip zst"
).split()
_NAME = re.compile(rf"[^\s\0]*[^\s\0./\\]\.({'|'.join(_ENDINGS)})", re.IGNORECASE)
_SHOWN = 60
_MOST_PATHS = 1000


def refuse_no_texts(name: str, given: Any) -> NextwordError | None:
    """Return the error of something that is no iterable of texts; None if it may be one.

    A column of a data frame, and an array of one dimension that holds strings, are iterables of texts as good as a list
    of them, and so is an open text file.

    Args:
        name: Name of the argument.
        given: What was given, no `str`.

    Returns:
        An error with the code "texts-not-iterable", "texts-are-a-table", "texts-are-an-array", "texts-are-binary"
        or "texts-not-readable".
    """
    kind = type(given).__name__
    if isinstance(given, io.IOBase) and not isinstance(given, io.TextIOBase):
        return InputTypeError(
            f"`{name}` is an iterable of `str`; received a file that is open for bytes. Open it for text: "
            "open(path, encoding='utf-8').",
            code="texts-are-binary",
            argument=name,
            received=kind,
        )
    if isinstance(given, io.IOBase) and (given.closed or not given.readable()):
        state = "closed" if given.closed else "open for writing only"
        return InputTypeError(
            f"`{name}` is an iterable of `str`; received a file that is {state}. Open it for reading: "
            "open(path, encoding='utf-8').",
            code="texts-not-readable",
            argument=name,
            received=kind,
        )
    columns = None if isinstance(given, Mapping | type) else _columns_of(given)
    if columns is not None:
        column = _text_column(columns)
        rows = f'(row["{column}"] for row in rows)' if hasattr(given, "features") else f'table["{column}"]'
        rows = f'table["{column}"].to_pylist()' if hasattr(given, "to_pylist") else rows
        return InputTypeError(
            f"`{name}` is an iterable of `str`; received a {kind} with the columns {', '.join(columns)[:_SHOWN]}, "
            f"which are no texts. Give the one with the texts, such as {rows}.",
            code="texts-are-a-table",
            argument=name,
            received=kind,
            columns=columns,
        )
    dtype, shape = getattr(given, "dtype", None), getattr(given, "shape", None)
    if dtype is not None and isinstance(shape, tuple):
        is_text = getattr(dtype, "kind", "O") in "UTO"
        if len(shape) == 1 and is_text:
            return None
        return InputTypeError(
            f"`{name}` is an iterable of `str`; received an array of {dtype} and shape {shape}. Give an array of `str` "
            "with one dimension, or a list.",
            code="texts-are-an-array",
            argument=name,
            shape=shape,
            dtype=str(dtype),
        )
    if isinstance(given, bytes | bytearray | memoryview):
        hint = "Pass [data.decode('utf-8')]."
    elif isinstance(given, Mapping):
        values = list(given.values())
        are_texts = all(isinstance(value, str) for value in values)
        hint = (
            "Pass its texts: list(given.values())." if are_texts else "Pass the value that has the texts: given[key]."
        )
    elif isinstance(given, os.PathLike):
        hint = "Read it: read_texts(path)."
    elif not isinstance(given, Iterable) or isinstance(given, type):
        hint = "Did a function return nothing?" if given is None else "Pass a list of `str`."
    else:
        return None
    return InputTypeError(
        f"`{name}` is an iterable of `str`; received {kind}. {hint}",
        code="texts-not-iterable",
        argument=name,
        received=kind,
    )


def refuse_item(name: str, item: Any, position: int, others: Iterable[Any] = ()) -> NextwordError:
    """Return the error of an item that is no text.

    Args:
        name: Name of the argument.
        item: The item, no `str`.
        position: Its position.
        others: The items behind it; of paths a few of them are looked at.

    Returns:
        An error with the code "text-not-str", or "list-of-files" for a path.
    """
    if isinstance(item, os.PathLike) and isinstance(os.fspath(item), str):
        paths = [item, *takewhile(looks_like_path, islice(others, _MOST_PATHS))]
        return list_of_files(paths, position + len(paths))
    kind = type(item).__name__
    return InputTypeError(
        f"every item of `{name}` is a `str`; received {described(item)} at position {position}.{_hint(item)}",
        code="text-not-str",
        argument=name,
        received=kind,
        position=position,
    )


def looks_like_path(item: object) -> bool:
    """Return whether an item is a path rather than a text: a file's name without spaces, or the name of a file.

    Args:
        item: One item of what was given for texts.

    Examples:
        >>> [looks_like_path(item) for item in ("a.txt", "data/b.jsonl", "I like tea.", "See a.txt", Path("tea"))]
        [True, True, False, False, True]
    """
    if isinstance(item, os.PathLike):
        return True
    return isinstance(item, str) and len(item) < 1024 and (bool(_NAME.fullmatch(item)) or is_file(item))


def is_file(item: Any) -> bool:
    """Return whether an item is the path of a file or folder, with an ending or a separator.

    Args:
        item: One item of what was given for texts.
    """
    try:
        name = os.fspath(item)
        # A single word may be a text, and be the name of a file or folder by chance.
        if os.sep in name.strip(os.sep):
            return os.path.exists(name)
        return "." in name and os.path.isfile(name)
    except (OSError, TypeError, ValueError):  # a long text is no path
        return False


def list_of_files(paths: Sequence[Any], count: int) -> InputError:
    """Return the error of a list of files.

    Args:
        paths: The paths, or the first of them.
        count: How many were seen.

    Returns:
        An error with the code "list-of-files" and the figures `files`, `reader` and `missing`, the first that is none.
    """
    names = [os.fspath(path) for path in paths]
    reader = "read_conversations" if all(name.lower().endswith(".jsonl") for name in names) else "read_texts"
    missing = next((name for name in names if not Path(name).exists()), None)
    none = "" if missing is None else f" There is no file {missing!r:.200}."
    return InputError(
        f"texts are read from an iterable of `str`; received names of files, {names[0]!r:.200} first.{none} Read them: "
        f"{reader}(*paths). To learn the names themselves, write them to a file, one a line, and fit that.",
        code="list-of-files",
        files=count,
        reader=reader,
        missing=missing,
    )


def _columns_of(given: Any) -> tuple[str, ...] | None:
    """Return the names of the columns of a data frame, table or data set; None if it is none."""
    names = getattr(given, "column_names", None)
    if names is None and hasattr(given, "collect_schema"):  # of polars, which warns where a lazy frame has to look
        names = given.collect_schema().names()
    if names is None and any(hasattr(given, way) for way in ("to_dict", "to_pandas", "collect", "toPandas")):
        names = getattr(given, "columns", None)
    if names is None or callable(names) or isinstance(names, str):
        return None
    try:
        return tuple(map(str, names))
    except TypeError:
        return None


def _text_column(names: Sequence[str]) -> str:
    """Return the name of the column that probably has the texts."""
    likely = [name for name in names if name.lower() in ("text", "content", "sentence")]
    return next(iter((*likely, *names)), "text")


def _hint(item: Any) -> str:
    """Return what to do about an item that is no text, " " before it; or ""."""
    if item is None or (isinstance(item, float) and item != item):
        return " Leave out what is missing: [text for text in texts if isinstance(text, str)]."
    if isinstance(item, bytes | bytearray):
        return " Decode it: (line.decode('utf-8') for line in lines)."
    if isinstance(item, Mapping):
        keys = [key for key in item if isinstance(key, str)]
        if {"messages", "conversations", "role"} & set(keys):
            return " Conversations are `Conversation`s, and `read_conversations` reads a file of them."
        first = _text_column([key for key in keys if isinstance(item[key], str)])
        return f' Give one of its values: (row["{first}"] for row in rows).'
    if isinstance(item, list | tuple) and item and all(isinstance(part, str) for part in item):
        return ' Join the words of a text, " ".join(words), or give one column of rows: (row[1] for row in rows).'
    if hasattr(item, "as_py"):
        return " Give Python's own strings: column.to_pylist()."
    return ""
