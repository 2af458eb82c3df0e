"""Files of a reader: those that are named, and of folders those whose names end as the reader's files do.

Input: paths. Output: files, those of a folder sorted. Endings count in any case, and hidden copies are left alone.
"""

import os
from collections.abc import Callable
from pathlib import Path

from nextword.corpus.finding import find_files, is_hidden_copy
from nextword.errors import InputError


def files_with(
    paths: tuple[str | os.PathLike[str], ...],
    endings: tuple[str, ...],
    also: Callable[[Path], bool] = lambda file: False,
) -> list[Path]:
    """Return the files that paths mean; a folder means those in it, or below, that have one of the endings.

    Hidden files, copies that editors leave behind and folders called "__MACOSX" are left out, unless `also` asks.

    Args:
        paths: Files and folders.
        endings: Ends of the names of files in folders, in small letters.
        also: Which other files of a folder to take.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
    """
    if not paths:
        find_files(paths)
    files: list[Path] = []
    for given in paths:
        if isinstance(given, str | os.PathLike) and os.path.isdir(given):
            files += _in_folder(Path(given), endings, also)
        else:
            files += find_files((given,))
    return files


def _in_folder(folder: Path, endings: tuple[str, ...], also: Callable[[Path], bool]) -> list[Path]:
    """Return the files of a folder that have one of the endings."""
    files = []
    for file in sorted(folder.rglob("*")):
        hidden = any(part == "__MACOSX" or is_hidden_copy(part) for part in file.relative_to(folder).parts)
        if ((file.name.lower().endswith(endings) and not hidden) or also(file)) and file.is_file():
            files.append(file)
    if not files:
        raise InputError(
            f"the folder {str(folder)!r} has no file that ends in {', '.join(endings)}, in it or below. Name the files "
            "themselves?",
            code="folder-empty",
            path=str(folder),
            ending=", ".join(endings),
        )
    return files
