"""What every function takes that reads texts: one `str`, or an iterable of them.

Input: whatever was given. Output: the same, checked.
"""

from collections.abc import Iterable, Iterator, Mapping

from nextword.errors import InputTypeError


def check_texts(texts: Iterable[str]) -> Iterator[str]:
    """Yield the texts of an iterable, each checked to be a `str`.

    Args:
        texts: Any iterable of texts, which may be longer than memory.

    Raises:
        InputTypeError: At once if `texts` is one text, bytes, a mapping or no iterable; while iterating if an item is
            no `str`.

    Examples:
        >>> list(check_texts(["I like tea.", "我喜欢茶。"]))
        ['I like tea.', '我喜欢茶。']
    """
    if isinstance(texts, str):
        shown = texts if len(texts) <= 40 else f"{texts[:40]}..."
        raise InputTypeError(
            f"`texts` is an iterable of texts; received the single text {shown!r}. Pass [text], or a `Path` for a file."
        )
    if isinstance(texts, bytes | bytearray):
        raise InputTypeError(
            f"`texts` is an iterable of texts; received {type(texts).__name__}. Pass [data.decode('utf-8')]."
        )
    if isinstance(texts, Mapping) or not isinstance(texts, Iterable):
        raise InputTypeError(f"`texts` is an iterable of texts; received {type(texts).__name__}. Pass a list of `str`.")
    return _checked_items(texts)


def _checked_items(texts: Iterable[str]) -> Iterator[str]:
    """Yield items that are `str`."""
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputTypeError(
                f"every text must be a `str`; received {type(text).__name__} at position {position}: {text!r:.60}."
            )
        yield text
