"""Text that comes through a pipe, which can be read only once.

Input: the path of a named pipe, of standard input or of a shell's `<(command)`. Output: a `Path` that shows the same
name and opens a temporary copy, so that those who look at the start of a file, and read it again, lose nothing of it.
"""

import os
import shutil
import stat
import tempfile
import weakref
from pathlib import Path, PosixPath

from nextword.errors import TextFileError

_CHUNK = 1 << 20


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


def _copied(path: Path) -> PipedFile:
    """Read a pipe to its end."""
    result = PipedFile(path)
    with path.open("rb") as source, tempfile.NamedTemporaryFile(prefix="nextword-", delete=False) as copy:
        result.copy = copy.name
        weakref.finalize(result, _delete, copy.name)
        shutil.copyfileobj(source, copy, _CHUNK)
    return result


def _delete(name: str) -> None:
    Path(name).unlink(missing_ok=True)
