"""Whether the lines of text files are hard-wrapped, so that paragraphs, not lines, are the texts.

Input: paths of UTF-8 text files. Output: True or False, by the lengths and ends of the first lines.
"""

import os
import re
from itertools import pairwise

from nextword.corpus.reading import check_start, find_files, lines_of

_SAMPLE_CHARACTERS = 1_000_000
_MAX_WIDTH = 120
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’」』)）\]]*$")
_FIRST_WORD = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")


def is_hard_wrapped(*paths: str | os.PathLike[str]) -> bool:
    r"""Return whether texts run over several lines.

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
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no `*.txt` file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is not UTF-8 text; codes "file-of-another-kind", "nul-byte" and "not-utf-8".

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "tea.txt"
        ...     _ = path.write_text("I like tea.\nYou like tea.\n", encoding="utf-8")
        ...     is_hard_wrapped(path)
        False
    """
    files = find_files(paths)
    blocks: list[list[str]] = [[]]
    size = 0
    for file in files:
        check_start(file)
        for line in lines_of(file, limit=_SAMPLE_CHARACTERS - size):
            size += len(line)
            if stripped := line.strip():
                blocks[-1].append(stripped)
            elif blocks[-1]:
                blocks.append([])
        if size >= _SAMPLE_CHARACTERS:
            break
        if blocks[-1]:
            blocks.append([])
    return _is_wrapped([block for block in blocks if block])


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
