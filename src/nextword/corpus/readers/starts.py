"""The start of a file, from which its form is told.

Input: a file and its encoding. Output: its first characters.
"""

from pathlib import Path

from nextword.corpus.encodings.decoding import Decoding
from nextword.corpus.reading import lines_of
from nextword.files.access import access_told

START_CHARACTERS = 65_536
"""How much of a file is looked at to tell its form."""


def bytes_of_start(file: Path) -> bytes:
    """Return the first 65,536 bytes of a file.

    Args:
        file: A file that exists.

    Raises:
        FilePermissionError, FileAccessError: If it cannot be read; code "file-not-readable".
    """
    with access_told(file, writing=False), file.open("rb") as stream:
        return stream.read(START_CHARACTERS)


def start_of(file: Path, decoding: Decoding) -> str:
    """Return the first 65,536 characters of a file.

    Args:
        file: A file that exists.
        decoding: Its encoding.

    Raises:
        TextFileError: If they are no text in the encoding; codes as in `lines_of`.
    """
    return "\n".join(line.removesuffix("\n") for line in lines_of(file, decoding, START_CHARACTERS))
