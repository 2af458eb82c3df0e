"""A vector file as a bounded stream of bytes.

Input: a path. Output: bytes, unpacked if the file is gzip, and errors that name the file. Kinds of file that cannot
hold vectors are refused here by their first bytes, before anything else looks at them.
"""

import gzip
import stat
import zlib
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nextword.errors import MissingFileError, VectorsError
from nextword.files.access import access_told
from nextword.files.other_kinds import START_BYTES, Category, kind_of_start
from nextword.files.paths import hint_about

CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_MAX_UNPACKED = 8 << 30
_MAX_RATIO = 200
_SMALL = 16 << 20  # small files may unpack to this much: a ratio alone would refuse tiny, regular ones
_EXPORT = "Export the vectors as word2vec text first."
_ADVICE: dict[Category, str] = {
    "archive": "Unpack it first and give the file inside.",
    "encoding": "Save it as UTF-8.",
    "document": "Save it as plain text in UTF-8.",
    "array": _EXPORT,
    "pickle": _EXPORT,
    "model": "Give a file of vectors; fastText has a `.vec` file beside its model.",
    "media": "Give a file of vectors.",
    "table": _EXPORT,
    "program": "Give a file of vectors.",
    "stand-in": "Download the file itself (`git lfs pull` does where Git LFS has it).",
}


class ByteSource:
    """Bytes of a vector file, plain or gzip, with a look ahead.

    Args:
        path: The file.

    Attributes:
        packed: Whether the file is gzip.
        limit: Bytes that the file holds at most, unpacked.

    Raises:
        MissingFileError: If there is no such file; code "path-missing".
        VectorsError: If it is no regular file, empty, or of a kind that holds no vectors; codes "path-not-a-file",
            "file-empty" and "file-of-another-kind".
    """

    def __init__(self, path: Path) -> None:
        """Open the file and look at its first bytes."""
        self.path = path
        try:
            with access_told(path, writing=False):
                status = path.stat()
        except MissingFileError:
            raise MissingFileError(
                f"{path}: no such file of word vectors. Check the path; the current folder is {Path.cwd()}."
                f"{hint_about(path)}",
                code="path-missing",
                path=str(path),
            ) from None
        if not stat.S_ISREG(status.st_mode):
            raise self.error(
                "expected a file of word vectors; received a folder or a device. Give the file itself.",
                code="path-not-a-file",
            )
        if status.st_size == 0:
            raise self.error(
                "expected word vectors; received an empty file. Download or export it again.", code="file-empty"
            )
        with access_told(path, writing=False):
            raw = path.open("rb", buffering=0)
        try:
            with access_told(path, writing=False):
                self.packed = raw.read(2) == _GZIP
                raw.seek(0)
            self._file: gzip.GzipFile | FileIO = gzip.open(raw) if self.packed else raw
            self._raw = raw
            self.limit = min(_MAX_UNPACKED, max(_SMALL, _MAX_RATIO * status.st_size)) if self.packed else status.st_size
            self._bytes_read = 0
            self._ahead = b""
            self._refuse_other_kinds()
        except BaseException:
            raw.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()

    def error(self, message: str, *, code: str, **figures: Any) -> VectorsError:
        """Return an error that names the file.

        Args:
            message: What was expected, what arrived and how to fix it.
            code: What went wrong, in words joined by "-".
            figures: What arrived and what was expected, by name; the `path` is added.
        """
        return VectorsError(f"{self.path}: {message}", code=code, path=str(self.path), **figures)

    def read(self) -> bytes:
        """Return the next bytes, some hundred KiB, or nothing at the end.

        Raises:
            VectorsError: If gzip data is cut or damaged, or unpacks to more than `limit`; codes "gzip-damaged" and
                "gzip-too-large".
        """
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        try:
            with access_told(self.path, writing=False, unless=(gzip.BadGzipFile,)):
                data = self._file.read(CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self.error(
                f"the gzip data is cut or damaged after {self._bytes_read:,} unpacked bytes ({error}). "
                "Download it again.",
                code="gzip-damaged",
                unpacked_bytes=self._bytes_read,
            ) from None
        self._bytes_read += len(data)
        if self.packed and self._bytes_read > self.limit:
            raise self.error(
                f"expected gzip data of at most {self.limit:,} bytes unpacked (8 GiB, and {_MAX_RATIO} times its "
                "size); received more. If you trust the file, unpack it with gunzip and give the unpacked one.",
                code="gzip-too-large",
                max_bytes=self.limit,
            )
        return data

    def push_back(self, data: bytes) -> None:
        """Give bytes back: the next `read` returns them.

        Args:
            data: Bytes that a read returned last.
        """
        self._ahead = data + self._ahead

    def read_until(self, size: int, stop: bytes | None = None) -> bytes:
        """Return the next bytes: at least `size`, or fewer with `stop` among them, or all up to the end.

        Args:
            size: How many bytes are enough.
            stop: A byte at which to stop; None for none.

        Raises:
            VectorsError: As `read` raises it.
        """
        parts = [self.read()]
        total = len(parts[0])
        while parts[-1] and total < size and not (stop and stop in parts[-1]):
            parts.append(self.read())
            total += len(parts[-1])
        return b"".join(parts)

    def _refuse_other_kinds(self) -> None:
        """Raise if the first bytes are those of a known other kind of file."""
        start = self.read_until(START_BYTES)
        kind = kind_of_start(start)
        if kind is not None:
            raise self.error(
                f"expected word vectors (text or word2vec binary); received {kind.name}. {_ADVICE[kind.category]}",
                code="file-of-another-kind",
                kind=kind.name,
            )
        self.push_back(start)
