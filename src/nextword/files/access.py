"""Errors of the operating system -> errors of nextword that name the file and say what to do.

Input: an `OSError` and the path it is about. Output: a `NextwordError` that is an `OSError` too, with the path, the
number of the error and its name. An `OSError` alone often has no path, as that of a full disk.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nextword.errors import FileAccessError, FilePermissionError, MissingFileError, NextwordError
from nextword.files.paths import hint_about, shown

_READ_ADVICE = {
    errno.EACCES: "Ask for the right to read it, or give another file.",
    errno.EPERM: "Ask for the right to read it, or give another file.",
    errno.EIO: "The disk could not be read: copy the file again.",
}
_WRITE_ADVICE = {
    errno.EACCES: "Give a file in a folder that you may write to.",
    errno.EPERM: "Give a file in a folder that you may write to.",
    errno.EROFS: "Give a file on a disk that is not read-only.",
    errno.ENOSPC: "Make room, or give a file on another disk; what was there before is as it was.",
    errno.EDQUOT: "Make room within your quota, or give a file elsewhere; what was there before is as it was.",
    errno.EFBIG: "Give a file on a disk that takes larger files.",
    errno.EIO: "The disk could not be written: give a file on another one.",
}
_ADVICE = {
    errno.ENAMETOOLONG: "Give a shorter name: most disks take 255 bytes a name.",
    errno.ELOOP: "It is a link that leads back to itself: give the file itself, or mend the link.",
    errno.ENOTDIR: "A part of it that should be a folder is a file.",
    errno.EMFILE: "Close some of the files that this program has open.",
}


@contextmanager
def access_told(
    path: str | os.PathLike[str], *, writing: bool, unless: tuple[type[OSError], ...] = ()
) -> Iterator[None]:
    """Turn every `OSError` of the block into one that names the file and says what to do.

    Args:
        path: What the block reads or writes.
        writing: Whether it is written.
        unless: Kinds of errors that are none of the operating system, left as they are.

    Yields:
        Nothing.

    Raises:
        MissingFileError: If it does not exist; code "path-missing".
        FilePermissionError: If it may not be read or written; codes "file-not-readable" and "file-not-writable".
        FileAccessError: For any other reason, which the figures `errno` and `reason` tell; the same codes.

    Examples:
        >>> try:
        ...     with access_told("tea.txt", writing=True):
        ...         raise OSError(28, "No space left on device")
        ... except OSError as error:
        ...     error.code, error.figures["reason"], error.filename
        ('file-not-writable', 'ENOSPC', 'tea.txt')
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, (NextwordError, *unless)):
            raise
        raise access_error(error, path, writing=writing) from error


def access_error(error: OSError, path: str | os.PathLike[str], *, writing: bool) -> NextwordError:
    """Return the error of nextword for one of the operating system.

    Args:
        error: What the operating system raised.
        path: What was to be read or written.
        writing: Whether it was to be written.
    """
    number = error.errno
    if number == errno.ENOENT and not writing:
        return MissingFileError(
            f"there is no file {shown(path)}.{hint_about(path)}", code="path-missing", path=os.fspath(path)
        )
    advice = {**_ADVICE, **(_WRITE_ADVICE if writing else _READ_ADVICE)}.get(number or 0, "")
    if number in (errno.ENOSPC, errno.EDQUOT):
        advice = f"{free_space(path)}. {advice}"
    kind = FilePermissionError if isinstance(error, PermissionError) else FileAccessError
    return kind(
        f"{shown(path)} cannot be {'written' if writing else 'read'}: {error.strerror or error}. {advice}".rstrip(),
        code="file-not-writable" if writing else "file-not-readable",
        path=os.fspath(path),
        errno=number,
        reason=errno.errorcode.get(number or 0, ""),
    )


def reason_of(error: OSError) -> str:
    """Return what the operating system says of an error, without the path.

    Args:
        error: An error of the operating system, or one of nextword that was made of it.
    """
    cause = error.__cause__ if isinstance(error, NextwordError) else error
    return str(getattr(cause, "strerror", None) or cause or error)


def free_space(path: str | os.PathLike[str]) -> str:
    """Return a clause about the free bytes of the disk that a file or folder is on.

    Args:
        path: A folder, or a file in it.
    """
    folder = Path(path)
    try:
        return f"{shutil.disk_usage(folder if folder.is_dir() else folder.parent).free:,} bytes are free"
    except OSError as error:
        return f"the folder cannot be looked at ({error.strerror})"
