"""Arrays as long as a text, in memory where they are short and in a temporary file where they are not.

Input: pieces of an array, one after the other. Output: the whole array, which is read the same way wherever it is. A
temporary file has no name where the system allows that, or is marked to go with its last reader: so it is gone when
the array is, and when the process ends, however it ends.
"""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nextword.errors import FileAccessError, FilePermissionError, InputError, NextwordError, check_kind
from nextword.files.access import free_space, reason_of
from nextword.files.paths import check_path, shown

# Items that are worked on at once where an array is too long for all of them.
PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class LongArrays:
    """Where arrays as long as a text are kept.

    Attributes:
        memory: Bytes of an array that stays in memory; longer ones go to a file.
        folder: Folder of those files; None for that of the system.

    Examples:
        >>> pieces = (np.arange(n) for n in (2, 3))
        >>> array = LongArrays(memory=8).joined(pieces, np.int32)
        >>> array.tolist(), is_in_file(array)
        ([0, 1, 0, 1, 2], True)
    """

    memory: int = 1 << 62
    folder: str | os.PathLike[str] | None = None

    def joined(self, pieces: Iterable[NDArray[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return pieces as one array.

        Args:
            pieces: Arrays of one dimension, read once and not kept; whoever yields them may fill them again.
            dtype: What the whole consists of.

        Returns:
            An array; one that is longer than `memory` is read-only, a map of a file that goes with it.

        Raises:
            FileAccessError: If there is no room for it, or no such folder; code "temporary-file-not-writable", with
                the figures `path`, `needed`, in bytes, and `reason`.
            FilePermissionError: If the folder may not be written to; the same code.
        """
        kind = np.dtype(dtype)
        parts: list[NDArray[Any]] = []
        size = 0
        file: IO[bytes] | None = None
        try:
            for piece in pieces:
                part = np.array(piece, kind)
                size += part.nbytes
                parts.append(part)
                if size > self.memory:
                    file = file or open_temporary(self.folder, size)
                    with writing_told(self.folder, size):
                        for part in parts:
                            file.write(part.data)
                    parts.clear()
            if file is None:
                return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, kind), *parts])
            with writing_told(self.folder, size):
                file.flush()
                return np.memmap(file, kind, mode="r").view(np.ndarray)  # slices of which take a fifth of the time
        finally:
            if file is not None:
                _close(file)


IN_MEMORY = LongArrays()
"""Keeps every array in memory."""


def pieces_of(length: int, piece: int | None = None) -> Iterator[slice]:
    """Yield the parts of a long array that are worked on one after the other.

    Args:
        length: Length of the array.
        piece: Length of every part but the last; None for one that suits the memory of a computer.

    Examples:
        >>> list(pieces_of(5, 3))
        [slice(0, 3, None), slice(3, 5, None)]
    """
    step = PIECE if piece is None else piece
    for start in range(0, length, step):
        yield slice(start, min(start + step, length))


def every_token(length: int) -> NDArray[np.bool_]:
    """Return a mask that is True for each of so many items, and takes no memory.

    Args:
        length: How many.
    """
    return np.broadcast_to(np.True_, (length,))


def is_in_file(array: NDArray[Any]) -> bool:
    """Return whether an array, as `LongArrays` made it, is in a temporary file.

    Args:
        array: The whole array.
    """
    return isinstance(array.base, np.memmap)


def counts_all(mask: NDArray[np.bool_]) -> bool:
    """Return whether a mask is True everywhere, a piece at a time.

    Args:
        mask: Booleans of shape (N,).
    """
    if mask.strides == (0,):
        return bool(mask[:1].all())
    return all(mask[part].all() for part in pieces_of(len(mask)))


def check_temporary_path(folder: object) -> None:
    """Refuse what cannot be the path of a folder of temporary files, without a look at the disk.

    Args:
        folder: What was given; None for the folder of the system.

    Raises:
        InputTypeError: If it is no path; code "path-kind".
        InputError: If no path can be so; codes "path-empty", "path-nul" and "path-not-encodable".
    """
    if folder is None:
        return
    check_kind("temporary_folder", folder, (str, os.PathLike), "Give the path of a folder.", code="path-kind")
    if folder == "":
        raise InputError("`temporary_folder` is the path of a folder; received ''. Give a name.", code="path-empty")
    check_path(folder)


def check_temporary_folder(folder: str | os.PathLike[str] | None) -> None:
    """Refuse a folder in which no temporary file can be made, before anything takes time.

    Args:
        folder: What was given; None is not looked at, as short texts need no file.

    Raises:
        InputTypeError, InputError: If it is no path; codes as of `check_temporary_path`.
        FileAccessError: If there is no such folder; code "temporary-file-not-writable".
        FilePermissionError: If it may not be written to; the same code.
    """
    check_temporary_path(folder)
    if folder is not None:
        _close(open_temporary(folder, 0))


def open_temporary(folder: str | os.PathLike[str] | None, needed: int) -> IO[bytes]:
    """Return a new file that nobody else sees, to be written and read.

    Args:
        folder: Where to; None for the folder of the system.
        needed: Bytes that are to be written, for the message.

    Raises:
        FileAccessError: If it cannot be made; code "temporary-file-not-writable".
        FilePermissionError: If the folder may not be written to; the same code.
    """
    with writing_told(folder, needed):
        return tempfile.TemporaryFile(dir=folder)


@contextmanager
def writing_told(folder: str | os.PathLike[str] | None, needed: int) -> Iterator[None]:
    """Turn every `OSError` of the block into one that names the folder, what was needed, and what to do.

    Args:
        folder: Folder of the temporary file; None for that of the system.
        needed: Bytes that the file has to have, at least.

    Yields:
        Nothing.

    Raises:
        FileAccessError: For any reason, which the figures `errno` and `reason` tell; code
            "temporary-file-not-writable", with the figures `path` and `needed`.
        FilePermissionError: If the folder may not be written to; the same code.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, NextwordError):
            raise
        path = _folder_of(folder)
        kind = FilePermissionError if isinstance(error, PermissionError) else FileAccessError
        raise kind(
            f"a temporary file in {shown(path)} cannot be written: {reason_of(error)}. It needs at least {needed:,} "
            f"bytes, and {free_space(path)}. Make room there, name another folder (`temporary_folder`, or TMPDIR), or "
            "give more memory (`max_memory`).",
            code="temporary-file-not-writable",
            path=path,
            needed=needed,
            errno=error.errno,
            reason=errno.errorcode.get(error.errno or 0, ""),
        ) from error


def _folder_of(folder: str | os.PathLike[str] | None) -> str:
    if folder is not None:
        return os.fspath(folder)
    try:
        return tempfile.gettempdir()
    except OSError:  # not one of the usual folders can be written to
        return os.environ.get("TMPDIR", os.curdir)


def _close(file: IO[bytes]) -> None:
    """Close a file; what it had not written yet was told before, or was not wanted."""
    try:
        file.close()
    except OSError:
        pass
