"""Texts that are read from files -> the same texts, and how far reading has come.

Input: texts as they pass by, and the sizes of their files. Output: the texts; somebody is told the share of the bytes
that lie behind.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from pathlib import Path

from nextword.corpus.tally import Tally

# Characters between two times that the share is told.
TOLD_EVERY = 100_000


def followed(
    texts: Iterable[str], files: Iterable[Path], tally: Tally, reached: Callable[[float], object]
) -> Iterator[str]:
    """Yield texts as they are, and tell the share of the files' bytes that was read.

    Within a file it is estimated from the characters so far, so it is right at the end of each file.

    Args:
        texts: The texts of the files.
        files: In the order in which they are read.
        tally: Counts them; `files` of it is the number that was begun.
        reached: Told the share, 0 to 1.

    Yields:
        The texts.
    """
    sizes = [file.stat().st_size if file.is_file() else 0 for file in files]
    whole, before = max(1, sum(sizes)), [0, *accumulate(sizes)]
    number, in_file, told = tally.files, 0.0, 0.0
    bytes_per_character = 1.0
    for text in texts:
        if tally.files != number:
            number, in_file, told = tally.files, 0.0, 0.0
        if in_file >= told:
            if text:
                bytes_per_character = len(text.encode("utf-8", "replace")) / len(text)
            place = min(max(number - 1, 0), len(sizes) - 1)
            reached(min(1.0, (before[place] + min(in_file, sizes[place])) / whole) if sizes else 0.0)
            told = in_file + TOLD_EVERY * bytes_per_character
        in_file += (len(text) + 1) * bytes_per_character
        yield text
    reached(1.0)
