"""Arrays of integers too long for memory, in one temporary file.

Input: how many bytes may stay in memory. Output: arrays that are written and read piece by piece; what does not fit
into memory goes to a file without a name, which the system removes with the process, however it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

ITEM_BYTES = np.dtype(np.int32).itemsize


class DiskArrays:
    """A temporary file that holds arrays one after the other; `with` closes and removes it."""

    def __init__(self, memory: int) -> None:
        """Begin without any array.

        Args:
            memory: Bytes up to which nothing is written to disk.
        """
        import tempfile  # only long texts need it, and it takes long to import

        self._folder = tempfile.gettempdir()
        self._file = tempfile.SpooledTemporaryFile(max_size=memory)
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
        """Return an array to be written.

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
            OSError: If there is no room; its `filename` is the folder of temporary files.
        """
        with self._naming_the_folder():
            self._file.seek(offset)
            self._file.write(content.tobytes())

    def read(self, offset: int, length: int) -> NDArray[np.int64]:
        """Return integers from the file, int64 of shape (length,).

        Args:
            offset: Where the first one is, in bytes.
            length: How many to read.

        Raises:
            OSError: If there was no room for what was written; its `filename` is the folder of temporary files.
        """
        with self._naming_the_folder():
            self._file.seek(offset)
            return np.frombuffer(self._file.read(length * ITEM_BYTES), np.int32).astype(np.int64)

    @contextmanager
    def _naming_the_folder(self) -> Iterator[None]:
        """Name the folder in the error of a system call on a file that has no name."""
        try:
            yield
        except OSError as error:
            advice = "n-grams are counted in a temporary file there; TMPDIR names another folder"
            raise OSError(error.errno, f"{error.strerror or error}; {advice}", self._folder) from error


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

    def write(self, start: int, values: NDArray[np.int64]) -> None:
        """Write integers into a part of the array.

        Args:
            start: Index of the first one.
            values: Integers below 2^31, int64 of shape (N,).
        """
        self.disk.write(self.offset + start * ITEM_BYTES, values.astype(np.int32))

    def read(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return a part of the array, int64.

        Args:
            start: Index of the first integer.
            stop: Index after the last one; what is beyond the end is left out.
        """
        stop = min(stop, self.length)
        return self.disk.read(self.offset + start * ITEM_BYTES, max(stop - start, 0))
