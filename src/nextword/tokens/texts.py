"""The checks of every function that reads texts: one is a `str`, several are an iterable of `str`.

Input: whatever was given. Output: the same text or texts, each checked.
"""

from collections.abc import Iterable, Iterator, Mapping

from nextword.errors import InputTypeError


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
            f"`{name}` is a `str`; received {text!r:.80} ({type(text).__name__}).",
            code="text-not-str",
            argument=name,
            received=type(text).__name__,
        )
    return text


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
        raise InputTypeError(
            f"`{name}` is an iterable of `str`; received the single text {shown!r}. Pass [text], or what "
            "`read_texts(path)` reads from a file.",
            code="single-text",
            argument=name,
        )
    is_binary = isinstance(texts, bytes | bytearray)
    if is_binary or isinstance(texts, Mapping) or not isinstance(texts, Iterable):
        hint = "Pass [data.decode('utf-8')]." if is_binary else "Pass a list of `str`."
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
