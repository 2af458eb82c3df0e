"""Writing files as a whole, so that there is at every moment the whole old file or the whole new one."""

import os
import stat
from pathlib import Path

from nextword.errors import InputError, MissingFileError
from nextword.files.paths import check_path, hint_about, shown


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file under another name beside it, sync it to disk and rename it.

    Args:
        path: Where to; an existing file is replaced.
        content: All bytes of the file.

    Raises:
        InputTypeError: If `path` is no path; code "path-kind".
        InputError: If it is a folder or device or has a NUL character; codes "path-not-a-file" and "path-nul".
        MissingFileError: If the folder does not exist; code "folder-missing".
        OSError: If the file cannot be written.
    """
    check_path(path)
    target = Path(path)
    if target.exists() and not target.is_file():
        raise InputError(
            f"{shown(path)} is a folder or a device; give the name of a file.",
            code="path-not-a-file",
            path=os.fspath(path),
        )
    if not target.parent.is_dir():
        raise MissingFileError(
            f"the folder {str(target.parent)!r} does not exist; make it first, or save elsewhere.{hint_about(path)}",
            code="folder-missing",
            path=str(target.parent),
        )
    # Beside the target, because only a rename within one file system is atomic.
    # Its name is cut, because a file system takes no name of more than 255 bytes.
    temporary = target.with_name(f".{target.name[:40]}.{os.urandom(8).hex()}.tmp")
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
