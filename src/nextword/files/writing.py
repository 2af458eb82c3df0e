"""Writing files as a whole, so that there is at every moment the whole old file or the whole new one.

Input: a path and bytes. Output: the file. A symbolic link is followed, and what it points to is replaced; a file or
folder that is marked read-only is left alone, whoever writes.
"""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from nextword.errors import FileAccessError, FilePermissionError, InputError, MissingFileError
from nextword.files.access import access_told
from nextword.files.paths import check_path, hint_about, is_address, names_folder, shown
from nextword.files.tensors import Content

_CHUNK = 1 << 20
_ANY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def write_whole(
    path: str | os.PathLike[str], content: bytes | Sequence[Content], *, check: Callable[[Path], object] | None = None
) -> None:
    """Write a file under another name beside it, sync it to disk and rename it.

    Args:
        path: Where to; an existing file is replaced. Where it is a symbolic link, the file that it points to is.
        content: All bytes of the file, or pieces of them, which are written one after the other.
        check: Is called with the path of the written file before it takes the place of the old one; what it raises
            leaves the old one there.

    Raises:
        InputTypeError: If `path` is no path; code "path-kind".
        InputError: If no file can have it; the codes of `check_target`.
        MissingFileError: If the folder does not exist; code "folder-missing".
        FilePermissionError: If file or folder may not be written to; the codes of `check_target`.
        FileAccessError: If the file cannot be written; code "file-not-writable", and its figure `reason`, such as
            "ENOSPC", tells why.
    """
    target = check_target(path)
    # Beside the target, because only a rename within one file system is atomic.
    # Its name is cut, because a file system takes no name of more than 255 bytes.
    temporary = target.with_name(f".{target.name[:40]}.{os.urandom(8).hex()}.tmp")
    with access_told(path, writing=True):
        try:
            with open(temporary, "xb") as file:
                if target.exists():  # a private file stays private, from its first byte on
                    os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
                file.writelines([content] if isinstance(content, bytes) else content)
                file.flush()
                os.fsync(file.fileno())
            if check is not None:
                check(temporary)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if os.name == "posix":  # a folder cannot be synced on Windows
            _sync_folder(target.parent)


def holds(path: str | os.PathLike[str], content: bytes | Sequence[Content]) -> bool:
    """Return whether a file has exactly these bytes, read a piece at a time.

    Args:
        path: The file.
        content: All bytes that it should have, or pieces of them.

    Raises:
        MissingFileError: If there is no such file; code "path-missing".
        FileAccessError: If it cannot be read; code "file-not-readable".
    """
    with access_told(path, writing=False), open(path, "rb") as file:
        for piece in [content] if isinstance(content, bytes) else content:
            for start in range(0, len(piece), _CHUNK):
                expected = bytes(piece[start : start + _CHUNK])  # views would be compared item by item
                if file.read(len(expected)) != expected:
                    return False
        return not file.read(1)


def check_target(path: str | os.PathLike[str]) -> Path:
    """Return the file that would be written, after looking at everything that can be known before.

    Args:
        path: Where to.

    Returns:
        The path; where that is a symbolic link, the file at the end of it, which may not exist yet.

    Raises:
        InputTypeError: If `path` is no path; code "path-kind".
        InputError: If it is a folder, a pipe or a device ("path-not-a-file"), ends with a slash (the same), is an
            address ("path-not-local") or a bare `~` ("path-not-expanded"), or no path can be so ("path-empty",
            "path-nul", "path-not-encodable").
        MissingFileError: If the folder does not exist; code "folder-missing".
        FilePermissionError: If the file or its folder is read-only; codes "file-read-only" and "folder-read-only".
        FileAccessError: If its folder is a file (code "folder-is-file"), or the system cannot look it up
            ("file-not-writable"): a name too long, a link that leads back to itself.
    """
    check_path(path)
    given = os.fspath(path)
    if is_address(path):
        raise InputError(
            f"a file is written to a local path; received the address {given!r:.80}. Write it here, then send it.",
            code="path-not-local",
            path=given,
        )
    if names_folder(path):
        raise _not_a_file(path, "ends with a slash, so it names a folder")
    if given == "~":
        raise InputError(
            "`~` alone is your home folder; give the name of a file in it." + hint_about("~"),
            code="path-not-expanded",
            path=given,
        )
    with access_told(path, writing=True):
        target = Path(path)
        if target.is_symlink():
            target = Path(os.path.realpath(target))
            if target.is_symlink():
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        _check_folder(path, target.parent)
        _check_file(path, target)
        return target


def _check_folder(path: str | os.PathLike[str], folder: Path) -> None:
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError as error:
        raise MissingFileError(
            f"the folder {str(folder)!r:.200} does not exist; make it first, or save elsewhere.{hint_about(path)}",
            code="folder-missing",
            path=str(folder),
        ) from error
    except NotADirectoryError:
        mode = stat.S_IFREG
    if not stat.S_ISDIR(mode):
        raise FileAccessError(
            f"{str(folder)!r:.200} is no folder, so {shown(path)} cannot be in it; give another path.",
            code="folder-is-file",
            path=str(folder),
            errno=errno.ENOTDIR,
        )
    if os.name == "posix" and (not mode & _ANY_WRITES or not os.access(folder, os.W_OK | os.X_OK)):
        raise FilePermissionError(
            f"the folder {str(folder)!r:.200} is read-only for you, so {shown(path)} cannot be written. Give another "
            "folder, or the right to write to this one (chmod u+w).",
            code="folder-read-only",
            path=str(folder),
            errno=errno.EACCES,
        )


def _check_file(path: str | os.PathLike[str], target: Path) -> None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise _not_a_file(path, "is a folder, a pipe or a device")
    # A rename needs no right to the file itself, and root has every right: so its marks are looked at.
    if not mode & _ANY_WRITES or not os.access(target, os.W_OK):
        raise FilePermissionError(
            f"{shown(path)} is read-only and was not replaced. Give another name, or the right to write to it "
            "(chmod u+w).",
            code="file-read-only",
            path=os.fspath(path),
            errno=errno.EACCES,
        )


def _not_a_file(path: str | os.PathLike[str], what: str) -> InputError:
    return InputError(f"{shown(path)} {what}; give the name of a file.", code="path-not-a-file", path=os.fspath(path))


def _sync_folder(folder: Path) -> None:
    """Make the new name last; where the folder may not be read or cannot be synced, the file is whole all the same."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
