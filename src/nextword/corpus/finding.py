"""Which files are meant by paths: files themselves, and those of folders that are texts.

Input: what a user gives as paths. Output: files in a fixed order, and how many of a folder were left out, by kind.
Hidden copies, as editors, file managers and archives leave behind, are no texts whatever their names end in.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from nextword.corpus.piped import readable
from nextword.errors import InputError, InputTypeError, MissingFileError
from nextword.files.paths import hint_about

TEXT_ENDINGS = (".txt", ".text")
"""Ends of the names of plain text files in folders, in any case."""

CONVERSATION_ENDINGS = (".jsonl", ".ndjson")
"""Ends of the names of files of conversations, in any case."""

_COPIES = "hidden files and copies of editors"
_FOLDERS_OF_COPIES = ("__MACOSX", "__pycache__")


def find_files(
    paths: tuple[str | os.PathLike[str], ...],
    endings: str | tuple[str, ...] = TEXT_ENDINGS,
    left_out: Counter[str] | None = None,
    also: Callable[[Path], bool] = lambda file: False,
) -> list[Path]:
    """Return the files that paths mean; a folder means those in it, or below, that have one of the endings.

    A file that is given itself is taken whatever its name is. Pipes are read to their end at once.

    Args:
        paths: Files and folders.
        endings: Ends of the names of files in folders, compared without case.
        left_out: Counts the files of folders that were left out, by kind.
        also: Which other files of folders to take, hidden ones too.

    Returns:
        The files in order of the paths, those of a folder sorted.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
        TextFileError: If a path is a device or a socket; code "path-not-a-file".
    """
    if not paths:
        raise InputError("give at least one path of a text file or folder; received none.", code="no-paths")
    endings = (endings,) if isinstance(endings, str) else endings
    files: list[Path] = []
    for given in paths:
        if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
            kind = type(given).__name__
            raise InputTypeError(f"a path is a `str` or `Path`; received {kind}.", code="path-kind", received=kind)
        path = given if isinstance(given, Path) else Path(given)
        name = os.fspath(given)
        if not name or not _exists(path):
            raise _missing(name)
        if path.is_dir():
            files += _files_in(path, endings, Counter() if left_out is None else left_out, also)
        else:
            files.append(readable(path))
    return files


def _missing(name: str) -> MissingFileError:
    shown = name if len(name) <= 200 else f"{name[:200]}..."
    looks_like_text = any(character.isspace() for character in name) or not name
    hint = " If this is the text itself, pass it in a list: fit([text])." if looks_like_text else ""
    return MissingFileError(
        f"there is no file or folder {shown!r} (working folder: {Path.cwd()}).{hint or hint_about(name)}",
        code="path-missing",
        path=shown,
        looks_like_text=looks_like_text,
    )


def _exists(path: Path) -> bool:
    """Return whether a path exists; a text given as a path can be too long or have a NUL to even ask."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _files_in(
    folder: Path, endings: tuple[str, ...], left_out: Counter[str], also: Callable[[Path], bool]
) -> list[Path]:
    """Return the files of a folder that have an ending, and count the others."""
    files: list[Path] = []
    others: Counter[str] = Counter()
    for file, is_copy in _walk(folder):
        if also(file) and file.is_file():
            files.append(file)
        elif is_copy:
            others[_COPIES] += 1
        elif file.is_file() and file.name.lower().endswith(endings):
            files.append(file)
        elif file.is_file():
            others[f"*{file.suffix.lower()} files" if file.suffix else "files without an ending"] += 1
        else:
            others["links to folders or nothing, pipes and devices"] += 1
    left_out.update(others)
    if not files:
        found = ", ".join(f"{count:,} {kind}" for kind, count in others.most_common(5))
        raise InputError(
            f"the folder {str(folder)!r} has no {' or '.join(f'*{ending}' for ending in endings)} file, in it or below"
            f"{f'; it has {found}' if found else ''}. Name the files themselves?",
            code="folder-empty",
            path=str(folder),
            ending=endings[0],
            found=dict(others),
        )
    return sorted(files)


def _walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Yield what lies in a folder and below, and whether it is a hidden copy; links to folders are not followed."""
    for base, folders, names in os.walk(folder):
        parts = Path(base).relative_to(folder).parts
        in_copies = any(part.startswith(".") or part in _FOLDERS_OF_COPIES for part in parts)
        folders.sort()
        links = [name for name in folders if Path(base, name).is_symlink()]
        for name in (*links, *names):
            yield Path(base, name), in_copies or is_hidden_copy(name)


def is_hidden_copy(name: str) -> bool:
    """Return whether a file's name is that of a hidden file, or of a copy that an editor or system leaves behind.

    Args:
        name: Name of a file, without its folder.

    Examples:
        >>> [is_hidden_copy(name) for name in ("a.txt", ".a.txt", "._a.txt", "a.txt~", "#a.txt#", "~$a.txt")]
        [False, True, True, True, True, True]
    """
    return name.startswith((".", "~$")) or name.endswith("~") or (name[:1] == name[-1:] == "#")
