"""Paths: whether something is one, how messages show it, and what was probably meant by one that does not exist."""

import os
from pathlib import Path

from nextword.errors import InputError, InputTypeError


def check_path(path: object) -> None:
    """Refuse what is no path.

    Args:
        path: What was given.

    Raises:
        InputTypeError: If it is neither a `str` nor a path of `str`; code "path-kind".
        InputError: If it has a NUL character; code "path-nul".
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        kind = type(path).__name__
        raise InputTypeError(
            f"a path is a `str` or `Path`; received {path!r:.80} ({kind}).", code="path-kind", kind=kind
        )
    if "\0" in os.fspath(path):
        raise InputError(f"a path has no NUL character; received {os.fspath(path)!r:.80}.", code="path-nul")


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as messages show it.

    Args:
        path: A path, or another name for a file.
    """
    return repr(os.fspath(path))[:200]


def hint_about(path: str | os.PathLike[str]) -> str:
    """Return a sentence about what a shell would have made of a path that does not exist, " " before it; or "".

    Args:
        path: A path that does not exist.

    Examples:
        >>> hint_about("texts/*.txt")
        " `*` stands for itself here: give the folder, or the files of `Path('texts').glob('*.txt')`."
        >>> hint_about("tea.txt")
        ''
    """
    given = Path(path)
    if given.parts and given.parts[0].startswith("~"):
        return f" `~` is not expanded: give `Path({os.fspath(path)!r:.200}).expanduser()`."
    if "*" in given.name:
        return (
            " `*` stands for itself here: give the folder, or the files of "
            f"`Path({str(given.parent)!r:.200}).glob({given.name!r:.200})`."
        )
    return ""
