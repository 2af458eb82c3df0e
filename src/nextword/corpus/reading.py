"""Reading: texts from files and folders, one at a time, so that a corpus need not fit in memory.

Input: paths of UTF-8 text files. Output: one `str` a text. Files that are no UTF-8 text are refused by name, line and
byte, since a wrong encoding trains a model on rubbish without any error later.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nextword.errors import InputError, InputTypeError, MissingFileError, TextFileError
from nextword.files.other_kinds import kind_of_start
from nextword.files.paths import hint_about

# Models and web pages that are text may be read as text; others have a NUL byte, or are no UTF-8.
_NO_TEXT = ("archive", "encoding", "document", "array", "pickle")


class Decoding(NamedTuple):
    """How the bytes of a text file become characters.

    Attributes:
        encoding: Name of the encoding, as Python knows it; None for UTF-8, with or without a byte order mark.
        errors: What is done about bytes that it has not: "strict" refuses the file, "ignore" leaves them out,
            "replace" puts U+FFFD in their place.
    """

    encoding: str | None = None
    errors: str = "strict"


UTF_8 = Decoding()


def read_texts(*paths: str | os.PathLike[str], paragraphs: bool = False) -> Iterator[str]:
    r"""Yield the texts of UTF-8 files, one a line, without blank lines and spaces at the ends.

    Lines end with LF, CRLF or CR; a byte order mark is left out. Paths and first bytes are checked at once, the rest
    when it is read.

    Args:
        paths: Files, or folders, which mean all their `*.txt` files, also in folders inside, in sorted order.
        paragraphs: Yield blocks between blank lines instead, their lines joined by a space.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no `*.txt` file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is not UTF-8 text; also while reading. Codes "file-of-another-kind", "nul-byte" and
            "not-utf-8".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.txt"
        ...     _ = path.write_text("I like\ntea.\n\nYou too.\n", encoding="utf-8")
        ...     list(read_texts(path)), list(read_texts(folder, paragraphs=True))
        (['I like', 'tea.', 'You too.'], ['I like tea.', 'You too.'])
    """
    files = find_files(paths)
    for file in files:
        check_start(file)
    return _read_blocks(files) if paragraphs else _read_lines(files)


def find_files(paths: tuple[str | os.PathLike[str], ...], ending: str = ".txt") -> list[Path]:
    """Return the files that paths mean; a folder means those in it, or below, that have the ending.

    Args:
        paths: Files and folders.
        ending: End of the names of files in folders.

    Returns:
        The files in order of the paths, those of a folder sorted.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
    """
    if not paths:
        raise InputError("give at least one path of a text file or folder; received none.", code="no-paths")
    files: list[Path] = []
    for given in paths:
        if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
            kind = type(given).__name__
            raise InputTypeError(f"a path is a `str` or `Path`; received {kind}.", code="path-kind", received=kind)
        path = Path(given)
        name = os.fspath(given)
        if name and _exists(path):
            files += _files_in(path, ending) if path.is_dir() else [path]
            continue
        shown = name if len(name) <= 200 else f"{name[:200]}..."
        looks_like_text = any(character.isspace() for character in name) or not name
        hint = " If this is the text itself, pass it in a list: fit([text])." if looks_like_text else ""
        raise MissingFileError(
            f"there is no file or folder {shown!r} (working folder: {Path.cwd()}).{hint or hint_about(name)}",
            code="path-missing",
            path=shown,
            looks_like_text=looks_like_text,
        )
    return files


def _exists(path: Path) -> bool:
    """Return whether a path exists; a text given as a path can be too long or have a NUL to even ask."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _files_in(folder: Path, ending: str) -> list[Path]:
    """Return the files of a folder that have an ending."""
    files = sorted(file for file in folder.rglob(f"*{ending}") if file.is_file())
    if not files:
        raise InputError(
            f"the folder {str(folder)!r} has no *{ending} file, in it or below. Name the files themselves?",
            code="folder-empty",
            path=str(folder),
            ending=ending,
        )
    return files


def check_start(file: Path) -> None:
    """Refuse a file whose first bytes are those of another kind of file.

    Args:
        file: A file that exists.

    Raises:
        TextFileError: If they are, or have a NUL byte; codes "file-of-another-kind" and "nul-byte".
    """
    with file.open("rb") as stream:
        start = stream.read(4096)
    kind = kind_of_start(start)
    if kind is not None and kind.category in _NO_TEXT:
        if kind.category == "encoding":
            message = f"{file} is {kind.name}, not UTF-8. {_how_to_convert(file, kind.name.split()[0].lower())}"
        else:
            message = f"{file} looks like {kind.name}, not UTF-8 text. Extract or convert the text to UTF-8 first."
        raise TextFileError(message, code="file-of-another-kind", path=str(file), file_kind=kind.name)
    if b"\0" in start:
        raise _nul_error(file, start.count(b"\n", 0, start.index(b"\0")) + 1)


def lines_of(file: Path, decoding: Decoding = UTF_8, limit: int = -1) -> Iterator[str]:
    """Yield the lines of a file, their ends as LF.

    Args:
        file: A file that exists.
        decoding: Its encoding.
        limit: About how many characters to read; -1 for all.

    Raises:
        TextFileError: If the file is not UTF-8, or has a NUL byte; codes "not-utf-8" and "nul-byte".
    """
    with file.open(encoding=decoding.encoding or "utf-8-sig", errors=decoding.errors) as stream:
        lines: Iterable[str] = stream
        try:
            if limit >= 0:
                lines = stream.read(limit).split("\n")
            for line_number, line in enumerate(lines, start=1):
                if "\0" in line:
                    raise _nul_error(file, line_number)
                yield line
        except UnicodeDecodeError as error:
            raise _decode_error(file) from error


def _read_lines(files: list[Path]) -> Iterator[str]:
    """Yield the lines that are not blank."""
    for file in files:
        for line in lines_of(file):
            if text := line.strip():
                yield text


def _read_blocks(files: list[Path]) -> Iterator[str]:
    """Yield the blocks between blank lines; no block goes from one file to the next."""
    for file in files:
        block: list[str] = []
        for line in lines_of(file):
            if text := line.strip():
                block.append(text)
            elif block:
                yield " ".join(block)
                block = []
        if block:
            yield " ".join(block)


def _decode_error(file: Path) -> TextFileError:
    """Say where a file stops being UTF-8; read again by bytes, since a text stream does not know the line."""
    with file.open("rb") as stream:
        for line_number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return TextFileError(
                    f"{file} is not UTF-8: line {line_number} has the byte 0x{line[error.start]:02x} at byte "
                    f"{error.start + 1} of the line. Chinese text is often GB18030, other text cp1252 or UTF-16. "
                    f"{_how_to_convert(file, 'gb18030')}",
                    code="not-utf-8",
                    path=str(file),
                    line=line_number,
                    byte_position=error.start + 1,
                    byte=line[error.start],
                )
    return TextFileError(
        f"{file} is not UTF-8. {_how_to_convert(file, 'gb18030')}", code="not-utf-8", path=str(file), line=None
    )


def _nul_error(file: Path, line_number: int) -> TextFileError:
    """Say that a file has NUL bytes, which text never has."""
    return TextFileError(
        f"{file} has a NUL byte in line {line_number}: it is a binary file, or UTF-16 text without a byte order mark. "
        f"{_how_to_convert(file, 'utf-16le')}",
        code="nul-byte",
        path=str(file),
        line=line_number,
    )


def _how_to_convert(file: Path, encoding: str) -> str:
    """Say how to make UTF-8 of a file."""
    return (
        f"Convert it: `iconv -f {encoding} -t utf-8 {file.name} > utf8.txt`, or in Python "
        f"`Path('utf8.txt').write_text(Path({file.name!r}).read_text(encoding={encoding!r}), encoding='utf-8')`."
    )
