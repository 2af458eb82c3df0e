"""Arrays of integers too long for memory, in one temporary file.

Input: how many bytes may stay in memory. Output: arrays that are written and read piece by piece; what does not fit
into memory goes to a file without a name, which the system removes with the process, however it ends.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from nextword.files.temporary import open_temporary, writing_told

ITEM_BYTES = np.dtype(np.int32).itemsize


class DiskArrays:
    """A temporary file that holds arrays one after the other; `with` closes and removes it."""

    def __init__(self, memory: int, folder: str | os.PathLike[str] | None = None) -> None:
        """Begin without any array.

        Args:
            memory: Bytes up to which nothing is written to disk.
            folder: Folder of the file; None for that of the system.
        """
        self._memory, self._folder = memory, folder
        self._file: IO[bytes] = BytesIO()
        self._in_memory = True
        self._end = 0

    def __enter__(self) -> Self:
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the file."""
        try:
            self._file.close()
        except OSError:  # what was not yet written finds no room either
            if error is None:
                raise

    def allocate(self, length: int) -> "DiskArray":
        """Return an array to be written; those that are allocated one after the other lie one behind the other.

        Args:
            length: How many integers it holds.
        """
        array = DiskArray(self, self._end, length)
        self._end += length * ITEM_BYTES
        return array

    def write(self, offset: int, content: NDArray[np.int32]) -> None:
        """Write integers into the file.

        Args:
            offset: Where the first one goes, in bytes.
            content: Integers, int32 of shape (N,).

        Raises:
            FileAccessError: If there is no room; code "temporary-file-not-writable".
            FilePermissionError: If the folder may not be written to; the same code.
        """
        end = offset + content.nbytes
        if self._in_memory and end > self._memory:
            self._move_to_disk(end)
        with writing_told(self._folder, end):
            self._file.seek(offset)
            self._file.write(np.ascontiguousarray(content).data)
            self._file.flush()

    def read(self, offset: int, length: int) -> NDArray[np.int64]:
        """Return integers from the file, int64 of shape (length,).

        Args:
            offset: Where the first one is, in bytes.
            length: How many to read.

        Raises:
            FileAccessError: If it cannot be read; code "temporary-file-not-writable".
        """
        with writing_told(self._folder, self._end):
            self._file.seek(offset)
            return np.frombuffer(self._file.read(length * ITEM_BYTES), np.int32).astype(np.int64)

    def read_spans(self, spans: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
        """Return the integers of several places, one after the other.

        Args:
            spans: Where each begins, in bytes, and how many integers it has.

        Raises:
            FileAccessError: If it cannot be read; code "temporary-file-not-writable".
        """
        if self._in_memory:
            content: BytesIO = self._file  # type: ignore[assignment]
            with content.getbuffer() as whole:
                joined = b"".join([whole[offset : offset + length * ITEM_BYTES] for offset, length in spans])
        elif hasattr(os, "pread"):
            number = self._file.fileno()
            with writing_told(self._folder, self._end):
                joined = b"".join([os.pread(number, length * ITEM_BYTES, offset) for offset, length in spans])
        else:  # not on Windows
            parts = [self.read(offset, length).astype(np.int32) for offset, length in spans]
            joined = b"".join([part.tobytes() for part in parts])
        return np.frombuffer(joined, np.int32)

    def _move_to_disk(self, needed: int) -> None:
        content: BytesIO = self._file  # type: ignore[assignment]
        self._file = open_temporary(self._folder, needed)
        self._in_memory = False
        with writing_told(self._folder, needed), content.getbuffer() as written:
            self._file.write(written)


@dataclass(frozen=True, slots=True)
class DiskArray:
    """An array of integers below 2^31 in a temporary file.

    Args:
        disk: The file that it is in.
        offset: Where it begins there, in bytes.
        length: How many integers it has.
    """

    disk: DiskArrays
    offset: int
    length: int

    def write(self, start: int, values: NDArray[np.integer[Any]]) -> None:
        """Write integers into a part of the array.

        Args:
            start: Index of the first one.
            values: Integers below 2^31, of shape (N,).
        """
        self.disk.write(self.offset + start * ITEM_BYTES, values.astype(np.int32, copy=False))

    def read(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return a part of the array, int64.

        Args:
            start: Index of the first integer.
            stop: Index after the last one; what is beyond the end is left out.
        """
        stop = min(stop, self.length)
        return self.disk.read(self.offset + start * ITEM_BYTES, max(stop - start, 0))
