"""Reading: texts from files and folders, one at a time, so that a corpus need not fit in memory.

Enters: paths of UTF-8 text files, or texts in any iterable. Leaves: one `str` a text. Files that are no UTF-8 text are
refused by name, line and byte, since a wrong encoding trains a model on rubbish without any error later.
"""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from nextword.errors import InputError, InputTypeError, MissingFileError, TextFileError
from nextword.files.other_kinds import kind_of_start

# Models and web pages that are text may be read as text; others have a NUL byte, or are no UTF-8.
_NO_TEXT = ("archive", "encoding", "document", "array", "pickle")

_SAMPLE_BYTES = 1_000_000
_MAX_WIDTH = 120
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’」』)）\]]*$")
_FIRST_WORD = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")


def read_texts(*paths: str | os.PathLike[str], paragraphs: bool = False) -> Iterator[str]:
    r"""Yield the texts of UTF-8 files, one a line, without blank lines and spaces at the ends.

    Lines end with LF, CRLF or CR; a byte order mark is left out. Paths and first bytes are checked at once, the rest
    when it is read.

    Args:
        paths: Files, or folders, which mean all their `*.txt` files, also in folders inside, in sorted order.
        paragraphs: Yield blocks between blank lines instead, their lines joined by a space.

    Raises:
        InputTypeError: If a path is of another type.
        MissingFileError: If a path does not exist.
        InputError: If no path is given or a folder has no `*.txt` file.
        TextFileError: If a file is not UTF-8 text; also while reading.

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


def is_hard_wrapped(*paths: str | os.PathLike[str]) -> bool:
    r"""Return whether texts run over several lines, so that paragraphs, not lines, are the texts.

    Looks at the first million characters. A block is what stands between blank lines; an inner line is one that is
    followed by another in its block. True needs all of these:

    1. There are two blocks or more, and four inner lines or more.
    2. At least 40 of 100 lines are inner lines.
    3. At most 1 of 100 lines is longer than 120 characters.
    4. At most 40 of 100 inner lines end like a sentence.
    5. At least 75 of 100 inner lines are full: the first word of the next line would have made them longer than the
       usual full width, which is the length that 1 in 10 inner lines reaches, less 6.

    So one text a line is never taken for wrapped prose when blank lines stand between all texts or none, nor when its
    lines end like sentences or differ in length.

    Args:
        paths: As in `read_texts`.

    Raises:
        InputTypeError: If a path is of another type.
        MissingFileError: If a path does not exist.
        InputError: If no path is given or a folder has no `*.txt` file.
        TextFileError: If a file is not UTF-8 text.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.txt"
        ...     _ = path.write_text("I like tea.\nYou like tea.\n", encoding="utf-8")
        ...     is_hard_wrapped(path)
        False
    """
    files = find_files(paths)
    blocks: list[list[str]] = [[]]
    size = 0
    for file in files:
        check_start(file)
        for line in lines_of(file, _SAMPLE_BYTES - size):
            size += len(line)
            if stripped := line.strip():
                blocks[-1].append(stripped)
            elif blocks[-1]:
                blocks.append([])
        if size >= _SAMPLE_BYTES:
            break
        if blocks[-1]:
            blocks.append([])
    return _is_wrapped([block for block in blocks if block])


def find_files(paths: tuple[str | os.PathLike[str], ...], ending: str = ".txt") -> list[Path]:
    """Return the files that paths mean; a folder means those in it, or below, that have the ending.

    Raises:
        InputTypeError: If a path is of another type.
        MissingFileError: If a path does not exist.
        InputError: If no path is given or a folder has no such file.
    """
    if not paths:
        raise InputError("give at least one path of a text file or folder; received none.")
    files: list[Path] = []
    for given in paths:
        if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
            raise InputTypeError(f"a path is a `str` or `Path`; received {type(given).__name__}.")
        path = Path(given)
        name = os.fspath(given)
        if name and _exists(path):
            files += _files_in(path, ending) if path.is_dir() else [path]
            continue
        shown = name if len(name) <= 200 else f"{name[:200]}..."
        looks_like_text = any(character.isspace() for character in name) or not name
        hint = " If this is the text itself, pass it in a list: fit([text])." if looks_like_text else ""
        raise MissingFileError(f"there is no file or folder {shown!r} (working folder: {Path.cwd()}).{hint}")
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
            f"the folder {str(folder)!r} has no *{ending} file, in it or below. Name the files themselves?"
        )
    return files


def check_start(file: Path) -> None:
    """Refuse a file whose first bytes are those of another kind of file.

    Raises:
        TextFileError: If they are.
    """
    with file.open("rb") as stream:
        start = stream.read(4096)
    kind = kind_of_start(start)
    if kind is not None and kind.category in _NO_TEXT:
        if kind.category == "encoding":
            message = f"{file} is {kind.name}, not UTF-8. {_how_to_convert(file, kind.name.split()[0].lower())}"
        else:
            message = f"{file} looks like {kind.name}, not UTF-8 text. Extract or convert the text to UTF-8 first."
        raise TextFileError(message, code="file-of-another-kind", path=str(file), kind=kind.name)
    if b"\0" in start:
        raise TextFileError(_nul_message(file, start.count(b"\n", 0, start.index(b"\0")) + 1))


def lines_of(file: Path, limit: int = -1) -> Iterator[str]:
    """Yield the lines of a file, their ends as LF; with a limit, as far as about so many characters.

    Raises:
        TextFileError: If the file is not UTF-8, or has a NUL byte.
    """
    with file.open(encoding="utf-8-sig") as stream:
        lines: Iterable[str] = stream
        try:
            if limit >= 0:
                lines = stream.read(limit).split("\n")
            for number, line in enumerate(lines, start=1):
                if "\0" in line:
                    raise TextFileError(_nul_message(file, number))
                yield line
        except UnicodeDecodeError as error:
            raise TextFileError(_decode_message(file)) from error


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


def _decode_message(file: Path) -> str:
    """Say where a file stops being UTF-8; read again by bytes, since a text stream does not know the place."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return (
                    f"{file} is not UTF-8: line {number} has the byte 0x{line[error.start]:02x} at byte "
                    f"{error.start + 1} of the line. Chinese text is often GB18030, other text cp1252 or UTF-16. "
                    f"{_how_to_convert(file, 'gb18030')}"
                )
    return f"{file} is not UTF-8. {_how_to_convert(file, 'gb18030')}"


def _nul_message(file: Path, line: int) -> str:
    """Say that a file has NUL bytes, which text never has."""
    return (
        f"{file} has a NUL byte in line {line}: it is a binary file, or UTF-16 text without a byte order mark. "
        f"{_how_to_convert(file, 'utf-16le')}"
    )


def _how_to_convert(file: Path, encoding: str) -> str:
    """Say how to make UTF-8 of a file."""
    return (
        f"Convert it: `iconv -f {encoding} -t utf-8 {file.name} > utf8.txt`, or in Python "
        f"`Path('utf8.txt').write_text(Path({file.name!r}).read_text(encoding={encoding!r}), encoding='utf-8')`."
    )


def _is_wrapped(blocks: list[list[str]]) -> bool:
    """Apply the rule of `is_hard_wrapped` to blocks of lines."""
    lines = [line for block in blocks for line in block]
    inner = [pair for block in blocks for pair in pairwise(block)]
    if len(blocks) < 2 or len(inner) < 4 or len(inner) < 0.4 * len(lines):
        return False
    if sum(len(line) > _MAX_WIDTH for line in lines) > 0.01 * len(lines):
        return False
    if sum(_SENTENCE_END.search(line) is not None for line, _ in inner) > 0.4 * len(inner):
        return False
    widths = sorted(len(line) for line, _ in inner)
    # Old e-texts are wrapped by hand, so a line may fall some characters short.
    full = widths[int(0.9 * (len(widths) - 1))] - 6
    return sum(len(line) + 1 + _first_width(later) > full for line, later in inner) >= 0.75 * len(inner)


def _first_width(line: str) -> int:
    """Return the width of what would have had to fit on the line before: a word, or one Chinese character."""
    match = _FIRST_WORD.match(line)
    return match.end() if match else 0
