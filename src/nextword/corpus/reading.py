"""Reading: texts from files and folders, one at a time, so that a corpus need not fit in memory.

Input: paths of text files. Output: one `str` a text. Files that are no text in the given encoding are refused by name,
line and column, since a wrong encoding trains a model on rubbish without any error later.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from nextword.corpus.books.paragraphs import paragraphs_of
from nextword.corpus.encodings.decoding import UTF_8 as UTF_8, Decoding as Decoding, check_decoding
from nextword.corpus.encodings.file_errors import check_start as check_start, decode_error, nul_error
from nextword.corpus.finding import find_files as find_files
from nextword.errors import check_choice
from nextword.files.access import access_told


def read_texts(
    *paths: str | os.PathLike[str], unit: str = "line", encoding: str | None = None, errors: str = "strict"
) -> Iterator[str]:
    r"""Yield the texts of files, one a line, without blank lines and spaces at the ends.

    Lines end with LF, CRLF or CR; a byte order mark is left out. Paths and first bytes are checked at once, the rest
    when it is read. A pipe is read to its end at once.

    Args:
        paths: Files, or folders, which mean all their `*.txt` and `*.text` files, in any case, also in folders inside,
            in sorted order. Hidden files and copies that editors leave behind are none.
        unit: What a text is: "line", or "paragraph", as `paragraphs_of` reads it from a book: between blank lines, or
            by the indents or short lines of a text that has none, its lines joined and what is none of it left out.
        encoding: Name of the encoding, such as "gb18030"; None for UTF-8. Of a file that is not UTF-8 the error names
            the encodings that it may be in.
        errors: "strict" refuses a file with bytes that the encoding has not, or with NUL; "ignore" leaves them out,
            and "replace" reads U+FFFD in their place.

    Raises:
        ConfigError: If an option is none of these; codes "option-out-of-range" and "encoding-unknown".
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is no text in the encoding; also while reading. Codes "path-not-a-file",
            "file-of-another-kind", "nul-byte", "not-utf-8" and "not-in-encoding", the last three with the figures
            `line` and `column`.
        FilePermissionError, FileAccessError: If a file cannot be read; code "file-not-readable".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.txt"
        ...     _ = path.write_text("I like\ntea.\n\nYou too.\n", encoding="utf-8")
        ...     list(read_texts(path)), list(read_texts(folder, unit="paragraph"))
        (['I like', 'tea.', 'You too.'], ['I like tea.', 'You too.'])
    """
    check_choice("unit", unit, ("line", "paragraph"))
    decoding = check_decoding(encoding, errors)
    files = find_files(paths)
    for file in files:
        check_start(file, decoding)
    of_lines = texts_of if unit == "line" else partial(paragraphs_of, left_out=Counter())
    return chain.from_iterable(of_lines(lines_of(file, decoding)) for file in files)


def texts_of(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that are not blank, without blanks around them.

    Args:
        lines: Lines of a file.
    """
    for line in lines:
        if text := line.strip():
            yield text


def lines_of(file: Path, decoding: Decoding = UTF_8, limit: int = -1) -> Iterator[str]:
    """Yield the lines of a file, their ends as LF.

    Args:
        file: A file that exists.
        decoding: Its encoding, and what is done about bytes that it has not.
        limit: About how many characters to read; -1 for all.

    Raises:
        TextFileError: If the file is not in the encoding, or has a NUL byte, and `decoding` is strict; codes
            "not-utf-8", "not-in-encoding" and "nul-byte".
        FilePermissionError, FileAccessError: If it cannot be read; code "file-not-readable".
    """
    told = access_told(file, writing=False)
    with told, file.open(encoding=decoding.encoding or "utf-8-sig", errors=decoding.errors) as stream:
        lines: Iterable[str] = stream
        try:
            if limit >= 0:
                lines = stream.read(limit).split("\n")
            for line_number, line in enumerate(lines, start=1):
                if "\0" in line:
                    if decoding.errors == "strict":
                        raise nul_error(file, line_number, line)
                    line = line.replace("\0", "\ufffd" if decoding.errors == "replace" else "")
                # Only UTF-8 leaves a byte order mark out by itself.
                yield line.removeprefix("\ufeff") if line_number == 1 else line
        except UnicodeDecodeError as error:
            raise decode_error(file, decoding) from error
