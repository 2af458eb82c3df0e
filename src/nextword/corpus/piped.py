"""Text that comes through a pipe, which can be read only once.

Input: the path of a named pipe, of standard input or of a shell's `<(command)`. Output: a `Path` that shows the same
name and opens a temporary copy, so that those who look at the start of a file, and read it again, lose nothing of it.
"""

import os
import stat
import tempfile
import weakref
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path, PosixPath
from typing import IO, Any

from nextword.errors import TextFileError
from nextword.files.temporary import open_temporary, writing_told

_CHUNK = 1 << 20
# Where Linux opens files that have no name any more.
_OPEN_FILES = Path("/proc/self/fd")


class PipedFile(PosixPath):
    """A path with the name of a pipe, which opens the copy of what came through it."""

    copy: str

    def __fspath__(self) -> str:
        """Return the path of the copy, which is what `open` opens."""
        return self.copy


def readable(path: Path) -> Path:
    """Return a path that can be opened any number of times; a pipe is read to its end first.

    Args:
        path: A path that exists and is no folder.

    Returns:
        The path itself, or a `PipedFile`, whose copy is deleted when nobody has it any more.

    Raises:
        TextFileError: If it is a device or a socket; code "path-not-a-file" with the figures `path` and `path_kind`.
        FileAccessError: If there is no room for the copy of a pipe; code "temporary-file-not-writable".
    """
    if isinstance(path, PipedFile):
        return path
    mode = path.stat().st_mode
    if stat.S_ISFIFO(mode) or (stat.S_ISREG(mode) and _is_open_file(path)):
        return _copied(path)
    if stat.S_ISREG(mode):
        return path
    terminal = stat.S_ISCHR(mode) and os.fspath(path) in ("/dev/stdin", "/dev/fd/0", "/dev/tty")
    kind = "terminal" if terminal else "socket" if stat.S_ISSOCK(mode) else "device"
    raise TextFileError(
        f"{path} is a {kind}, not a file of text. Give a file, a folder or a pipe with an end.",
        code="path-not-a-file",
        path=str(path),
        path_kind=kind,
    )


def _is_open_file(path: Path) -> bool:
    """Return whether a path is another name of an open file, which some systems go on reading where it stands."""
    return str(path) == "/dev/stdin" or str(path).startswith(("/dev/fd/", "/proc/self/fd/"))


def copy_shown_as(path: Path, chunks: Iterable[bytes]) -> PipedFile:
    """Return a copy of what can be read only once; it has no name of its own where the system can open it without.

    Args:
        path: What the copy shows as its name.
        chunks: Its content.

    Returns:
        A path, whose copy is deleted when nobody has it any more; one without a name also when the process is killed.

    Raises:
        FileAccessError: If there is no room for it; code "temporary-file-not-writable".
        FilePermissionError: If the folder of temporary files may not be written to; the same code.
    """
    result = PipedFile(path)
    if _OPEN_FILES.is_dir():
        file = open_temporary(None, 0)
        result.copy = str(_OPEN_FILES / str(file.fileno()))
        weakref.finalize(result, _close, file)
    else:
        with writing_told(None, 0):
            file = tempfile.NamedTemporaryFile(prefix="nextword-", delete=False)
        result.copy = file.name
        weakref.finalize(result, _delete, file)
    size = 0
    for chunk in chunks:
        size += len(chunk)
        with writing_told(None, size):
            file.write(chunk)
            file.flush()
    return result


def _copied(path: Path) -> PipedFile:
    """Read a pipe to its end."""
    with path.open("rb") as source:
        return copy_shown_as(path, iter(partial(source.read, _CHUNK), b""))


def _close(file: IO[bytes]) -> None:
    """Close a copy; what it had not written yet was told before."""
    with suppress(OSError):
        file.close()


def _delete(file: Any) -> None:
    _close(file)
    Path(file.name).unlink(missing_ok=True)
