"""Zip archives: what is wrong with a damaged one, in the words of the reader that opened it.

Input: a block that reads an archive and nothing else. Output: an error that names the file.
"""

import errno
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from nextword.errors import NextwordError, TextFileError
from nextword.files.access import access_error


@contextmanager
def damage_told(file: Path, code: str, advice: str) -> Iterator[None]:
    """Turn what `zipfile` raises for a damaged archive into an error that names it.

    Only reading belongs into the block: what else goes wrong there would be told as damage too.

    Args:
        file: The archive.
        code: Code of the error.
        advice: What to do, as a sentence.

    Yields:
        Nothing.

    Raises:
        TextFileError: If the archive is damaged, has a password, or is packed in an unknown way; with this code.
        FilePermissionError, FileAccessError: If it cannot be read; code "file-not-readable".
    """
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last one for passwords and ways of packing
        raise _damage(file, error, code, advice) from error
    except OSError as error:
        if isinstance(error, NextwordError):
            raise
        if error.errno in (None, errno.EINVAL):  # a place outside of the file
            raise _damage(file, error, code, advice) from error
        raise access_error(error, file, writing=False) from error


def _damage(file: Path, error: Exception, code: str, advice: str) -> TextFileError:
    return TextFileError(f"{file} is damaged or cannot be unpacked: {error}. {advice}", code=code, path=str(file))
