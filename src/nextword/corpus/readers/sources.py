"""Sources: the files that a reader of a form is given, and how their bytes become characters.

Input: paths, an encoding. Output: files that exist and begin like text. What the readers of this folder share.
"""

import os
from pathlib import Path

from nextword.corpus.reading import Decoding, check_start, find_files, lines_of
from nextword.errors import ConfigError, InputError, check_choice

START_CHARACTERS = 65_536
"""How much of a file is looked at to tell its form."""


def check_decoding(encoding: str | None, errors: str) -> Decoding:
    """Return how bytes become characters, after checking it.

    Args:
        encoding: Name of an encoding of text; None for UTF-8.
        errors: "strict", "ignore" or "replace".

    Raises:
        ConfigError: If Python knows no such encoding, or `errors` is another word; code "option-out-of-range".
    """
    check_choice("errors", errors, ("strict", "ignore", "replace"))
    if encoding is not None:
        try:
            b"a".decode(encoding, "ignore")
        except (LookupError, TypeError, ValueError) as error:
            raise ConfigError(
                f"`encoding` must be the name of an encoding of text, such as 'gb18030' or 'cp1252'; received "
                f"{encoding!r:.80}.",
                code="option-out-of-range",
                option="encoding",
                value=encoding,
            ) from error
    return Decoding(encoding, errors)


def find_sources(paths: tuple[str | os.PathLike[str], ...], endings: tuple[str, ...]) -> list[Path]:
    """Return the files that paths mean; a folder means those in it, or below, that have one of the endings.

    Args:
        paths: Files and folders.
        endings: Ends of the names of files in folders, in small letters.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
    """
    if not paths:
        find_files(paths)
    files: list[Path] = []
    for given in paths:
        found = find_files((given,), "") if _is_folder(given) else find_files((given,))
        if _is_folder(given):
            found = [file for file in found if file.name.lower().endswith(endings) and not file.name.startswith("._")]
            if not found:
                raise InputError(
                    f"the folder {os.fspath(given)!r} has no *{' or *'.join(endings)} file, in it or below. Name the "
                    "files themselves?",
                    code="folder-empty",
                    path=os.fspath(given),
                    ending=endings[0],
                )
        files += found
    return files


def check_first_bytes(file: Path, decoding: Decoding) -> None:
    """Refuse a file whose first bytes are those of another kind of file than text.

    Args:
        file: A file that exists.
        decoding: Its encoding; UTF-16 and UTF-32 have NUL bytes, so they are left to the reading.

    Raises:
        TextFileError: If they are; codes "file-of-another-kind" and "nul-byte".
    """
    if not (decoding.encoding or "").lower().replace("-", "_").startswith(("utf_16", "utf16", "utf_32", "utf32")):
        check_start(file)


def start_of(file: Path, decoding: Decoding) -> str:
    """Return the first characters of a file, from which its form is told.

    Args:
        file: A file that exists.
        decoding: Its encoding.

    Raises:
        TextFileError: If they cannot be decoded; codes "not-utf-8" and "nul-byte".
    """
    return "\n".join(lines_of(file, decoding, START_CHARACTERS))


def _is_folder(given: str | os.PathLike[str]) -> bool:
    """Return whether a path is a folder; what is no path at all is left to `find_files`."""
    try:
        return Path(given).is_dir()
    except (OSError, TypeError, ValueError):
        return False
