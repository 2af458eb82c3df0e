"""Rows of integers too long for memory, in one temporary file.

Enters: how many bytes may stay in memory. Leaves: columns, written and read piece by piece; what is beyond goes to a
file without a name, which the system removes with the process, however it ends.
"""

import tempfile
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

ITEM_BYTES = np.dtype(np.int32).itemsize


class Spool:
    """A temporary file that columns are laid out in; `with` closes and removes it."""

    def __init__(self, memory: int) -> None:
        """Begin without any column.

        Args:
            memory: Bytes up to which nothing is written to disk.
        """
        self._file = tempfile.SpooledTemporaryFile(max_size=memory)
        self._end = 0

    def __enter__(self) -> Self:
        """Return the spool itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the file."""
        self._file.close()

    def column(self, length: int) -> "Column":
        """Return room for so many integers."""
        column = Column(self, self._end, length)
        self._end += length * ITEM_BYTES
        return column

    def write(self, place: int, content: NDArray[np.int32]) -> None:
        """Write integers at a place of the file, in bytes."""
        self._file.seek(place)
        self._file.write(content.tobytes())

    def read(self, place: int, length: int) -> NDArray[np.int64]:
        """Return so many integers from a place of the file, in bytes."""
        self._file.seek(place)
        return np.frombuffer(self._file.read(length * ITEM_BYTES), np.int32).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Column:
    """A row of integers below 2^31 in a spool.

    Args:
        spool: Where it is.
        place: Where it begins there, in bytes.
        length: How many integers it has.
    """

    spool: Spool
    place: int
    length: int

    def write(self, start: int, values: NDArray[np.int64]) -> None:
        """Write integers from the position `start` on."""
        self.spool.write(self.place + start * ITEM_BYTES, values.astype(np.int32))

    def read(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return the integers from `start` up to `stop`, or to the end, int64."""
        stop = min(stop, self.length)
        return self.spool.read(self.place + start * ITEM_BYTES, max(stop - start, 0))
