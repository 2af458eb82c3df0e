"""Whether the lines of text files are hard-wrapped, so that paragraphs, not lines, are the texts.

Input: paths of text files. Output: how they are laid out, by the rule of `wrapping_of`.
"""

import os
from collections import Counter

from nextword.corpus.books.layout import Wrapping, wrapping_of
from nextword.corpus.books.licences import without_licence
from nextword.corpus.reading import UTF_8, Decoding, check_start, find_files, lines_of

_SAMPLE_CHARACTERS = 1_000_000
# A file of fewer lines says little by itself.
_FEW_LINES = 40


def find_wrapping(*paths: str | os.PathLike[str], decoding: Decoding = UTF_8) -> Wrapping:
    r"""Return how files are laid out, by their first million characters.

    Each file of 40 lines or more is judged by itself, since each may have its own width; all shorter ones together. The
    layout of most lines is that of all.

    Args:
        paths: As in `read_texts`.
        decoding: Encoding of the files.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no `*.txt` file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is not UTF-8 text; codes "file-of-another-kind", "nul-byte" and "not-utf-8".

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "tea.txt"
        ...     _ = path.write_text("I like tea.\nYou like tea.\n", encoding="utf-8")
        ...     find_wrapping(path).unit
        'line'
    """
    votes: Counter[Wrapping] = Counter()
    short_files: list[str] = []
    size = 0
    for file in find_files(paths):
        check_start(file, decoding)
        lines = list(without_licence(lines_of(file, decoding, limit=_SAMPLE_CHARACTERS - size), Counter()))
        size += sum(map(len, lines))
        if len(lines) < _FEW_LINES:
            short_files += [*lines, "", ""]
        else:
            votes[wrapping_of(lines)] += len(lines)
        if size >= _SAMPLE_CHARACTERS:
            break
    if short_files:
        votes[wrapping_of(short_files)] += len(short_files)
    units: Counter[str] = Counter()
    for wrapping, lines_so in votes.items():
        units[wrapping.unit] += lines_so
    of_unit = {
        wrapping: lines_so for wrapping, lines_so in votes.items() if units[wrapping.unit] == max(units.values())
    }
    return max(of_unit, key=lambda wrapping: of_unit[wrapping], default=Wrapping())
