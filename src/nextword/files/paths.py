"""Paths: whether something is one, how messages show it, and what was probably meant by one that does not exist."""

import os
from pathlib import Path

from nextword.errors import InputError, InputTypeError, described


def check_path(path: object) -> None:
    """Refuse what is no path.

    Args:
        path: What was given.

    Raises:
        InputTypeError: If it is neither a `str` nor a path of `str`; code "path-kind".
        InputError: If it is empty, has a NUL character, or a lone surrogate, which no file system takes; codes
            "path-empty", "path-nul" and "path-not-encodable".
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        kind = type(path).__name__
        raise InputTypeError(f"a path is a `str` or `Path`; received {described(path)}.", code="path-kind", kind=kind)
    name = os.fspath(path)
    if not name:
        raise InputError("a path has a name; received an empty one.", code="path-empty")
    if "\0" in name:
        raise InputError(f"a path has no NUL character; received {name!r:.80}.", code="path-nul")
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        message = f"no file can be named {name!a:.80}: it has half a character at position {error.start}."
        raise InputError(message, code="path-not-encodable", position=error.start) from error


def is_address(path: str | os.PathLike[str]) -> bool:
    """Return whether a `str` is an address of the web and no path.

    Args:
        path: A path.

    Examples:
        >>> is_address("https://example.com/tea.nextword"), is_address("tea.nextword")
        (True, False)
    """
    return isinstance(path, str) and "://" in path


def names_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether a path ends with a slash, as only that of a folder does.

    Args:
        path: A path.

    Examples:
        >>> names_folder("models/"), names_folder("models/tea.nextword")
        (True, False)
    """
    return os.fspath(path).endswith(tuple(filter(None, (os.sep, os.altsep))))


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
        >>> hint_about("https://example.com/tea.txt")
        ' It is an address: download it first.'
    """
    if is_address(path):
        return " It is an address: download it first."
    given = Path(path)
    if given.parts and given.parts[0].startswith("~"):
        return f" `~` is not expanded: give `Path({os.fspath(path)!r:.200}).expanduser()`."
    if "*" in given.name:
        return (
            " `*` stands for itself here: give the folder, or the files of "
            f"`Path({str(given.parent)!r:.200}).glob({given.name!r:.200})`."
        )
    return ""
