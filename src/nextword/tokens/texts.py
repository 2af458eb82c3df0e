"""The checks of every function that reads texts: one is a `str`, several are an iterable of `str`.

Input: whatever was given. Output: the same text or texts, each checked.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from nextword.errors import InputTypeError, described


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

    Args:
        texts: Any iterable of texts, which may be longer than memory.
        name: Name of the argument.

    Raises:
        InputTypeError: At once if `texts` is one text, bytes, a mapping or no iterable; while iterating if an item is
            no `str`. Codes "single-text", "texts-not-iterable" and "text-not-str".

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
    is_binary = isinstance(texts, bytes | bytearray)
    is_array_without_axes = getattr(texts, "shape", None) == ()
    if is_binary or isinstance(texts, Mapping) or not isinstance(texts, Iterable) or is_array_without_axes:
        hint = "Pass [data.decode('utf-8')]." if is_binary else "Pass a list of `str`."
        if isinstance(texts, os.PathLike):
            hint = "Pass what `read_texts(path)` reads."
        kind = type(texts).__name__
        raise InputTypeError(
            f"`{name}` is an iterable of `str`; received {kind}. {hint}",
            code="texts-not-iterable",
            argument=name,
            received=kind,
        )
    return _checked_items(texts, name)


def _checked_items(texts: Iterable[str], name: str) -> Iterator[str]:
    """Yield items that are `str`."""
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            kind = type(text).__name__
            raise InputTypeError(
                f"every item of `{name}` is a `str`; received {kind} at position {position}: {text!r:.60}.",
                code="text-not-str",
                argument=name,
                received=kind,
                position=position,
            )
        yield text
