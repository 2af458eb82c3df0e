"""Files as a whole: paths checked, and writing that leaves the whole old file or the whole new one."""

import os
import secrets
import stat
from pathlib import Path

from nextword.errors import InputError, InputTypeError, MissingFileError


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file under another name beside it, sync it to disk and rename it.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If it is a folder or device or has a NUL character.
        MissingFileError: If the folder does not exist.
        OSError: If the file cannot be written.
    """
    check_path(path)
    target = Path(path)
    if target.exists() and not target.is_file():
        raise InputError(f"{shown(path)} is a folder or a device; give the name of a file.")
    if not target.parent.is_dir():
        raise MissingFileError(f"the folder {str(target.parent)!r} does not exist; make it first, or save elsewhere.")
    # Beside the target, because only a rename within one file system is atomic.
    # Its name is cut, because a file system takes no name of more than 255 bytes.
    temporary = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            if target.exists():  # a private file stays private, from its first byte on
                os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # a folder cannot be synced on Windows
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def check_path(path: object) -> None:
    """Refuse what is no path."""
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise InputTypeError(f"a path is a `str` or `Path`; received {path!r:.80} ({type(path).__name__}).")
    if "\0" in os.fspath(path):
        raise InputError(f"a path has no NUL character; received {os.fspath(path)!r:.80}.")


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as messages show it."""
    return repr(os.fspath(path))[:200]
