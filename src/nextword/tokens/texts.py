"""The checks of every function that reads texts: one is a `str`, several are an iterable of `str`.

Input: whatever was given. Output: the same text or texts, each checked.
"""

import os
from collections.abc import Iterable, Iterator, Sized
from io import TextIOBase

from nextword.errors import InputTypeError, described
from nextword.tokens.mistaken import is_file, list_of_files, looks_like_path, refuse_item, refuse_no_texts

_ENOUGH = 20  # so many names of files at the start are no accident
_MAY_BE_PATHS = ("texts", "source")


def check_text(name: str, text: object) -> str:
    """Return a text after checking that it is one.

    Args:
        name: Name of the argument.
        text: What was given.

    Raises:
        InputTypeError: If it is no `str`; code "text-not-str".
    """
    if not isinstance(text, str):
        raise InputTypeError(
            f"`{name}` is a `str`; received {described(text)}.{_way_to_text(text)}",
            code="text-not-str",
            argument=name,
            received=type(text).__name__,
        )
    return text


def _way_to_text(given: object) -> str:
    """Return a sentence, " " before it, that says how to come from what was given to one text; "" for none."""
    if isinstance(given, bytes | bytearray):
        return " Decode it: `given.decode('utf-8')`."
    if isinstance(given, os.PathLike):
        return " Read the file: `path.read_text(encoding='utf-8')`."
    if isinstance(given, list | tuple) and all(isinstance(item, str) for item in given):
        return " Give one text at a time, or join them."
    return ""


def check_texts(texts: Iterable[str], name: str = "texts") -> Iterator[str]:
    """Yield the texts of an iterable, each checked to be a `str`.

    A file that is open for text is an iterable of its lines, which come without their ends. Names of files are no
    texts: two or more at the start, and nothing else, are refused, and so is a single one of a file that exists.

    Args:
        texts: Any iterable of texts, which may be longer than memory.
        name: Name of the argument; names of files are looked for in "texts" and "source", not in words or lines.

    Raises:
        InputTypeError: At once if `texts` is one text, bytes, a mapping, a table, an array or no iterable; while
            iterating if an item is no `str`. Codes "single-text", "texts-not-iterable", "texts-are-a-table",
            "texts-are-an-array", "texts-are-binary", "texts-not-readable" and "text-not-str".
        InputError: While iterating, if texts are names of files; code "list-of-files".

    Examples:
        >>> list(check_texts(["I like tea.", "我喜欢茶。"]))
        ['I like tea.', '我喜欢茶。']
    """
    if isinstance(texts, str):
        shown = texts if len(texts) <= 40 else f"{texts[:40]}..."
        reading = ", or what `read_texts(path)` reads from a file" if "text" in name else ""
        raise InputTypeError(
            f"`{name}` is an iterable of `str`; received the single text {shown!r}. Pass [text]{reading}.",
            code="single-text",
            argument=name,
        )
    error = refuse_no_texts(name, texts)
    if error is not None:
        raise error
    items: Iterable[str] = (line.rstrip("\r\n") for line in texts) if isinstance(texts, TextIOBase) else texts
    return _checked_items(items, name)


def _checked_items(texts: Iterable[str], name: str) -> Iterator[str]:
    """Yield items that are `str`; the first are held back as long as they all may be names of files."""
    items = iter(texts)
    may_be_paths, held = name in _MAY_BE_PATHS, []
    for position, text in enumerate(items):
        if not isinstance(text, str):
            raise refuse_item(name, text, position, items)
        if may_be_paths and looks_like_path(text):
            held.append(text)
            if len(held) == _ENOUGH:
                raise list_of_files(held, len(texts) if isinstance(texts, Sized) else len(held))
            continue
        if held:
            yield from held
            held = []
        may_be_paths = False
        yield text
    if len(held) > 1 or any(map(is_file, held)):
        raise list_of_files(held, len(held))
    yield from held
