"""A vector file as a bounded stream of bytes.

Enters: a path. Leaves: bytes, unpacked if the file is gzip, and errors that name the file. Kinds of file which cannot
be vectors are refused here by their first bytes, before anything else looks at them.
"""

import gzip
import stat
import zlib
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from nextword.errors import MissingFileError, VectorsError

CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_MAX_UNPACKED = 8 << 30
_MAX_RATIO = 200
_SMALL = 16 << 20  # small files may unpack to this much: a ratio alone would refuse tiny, regular ones
_UNPACK = "Unpack it first and give the file inside."
_EXPORT = "Export the vectors as word2vec text first."
_OTHER_KINDS = (
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (b"BZh91AY&SY", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd file", _UNPACK),
    (b"\x80\x02", "a pickle (gensim `.kv` or `.model`), which can run code when opened", _EXPORT),
    (b"\x80\x03", "a pickle (gensim `.kv` or `.model`), which can run code when opened", _EXPORT),
    (b"\x80\x04", "a pickle (gensim `.kv` or `.model`), which can run code when opened", _EXPORT),
    (b"\x80\x05", "a pickle (gensim `.kv` or `.model`), which can run code when opened", _EXPORT),
    (b"\x93NUMPY", "a NumPy array file", _EXPORT),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _EXPORT),
    (b"\xba\x16\x4f\x2f", "a fastText `.bin` model", "Use the `.vec` file that comes with it."),
    (b"\xff\xfe", "UTF-16 text", "Save it as UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Save it as UTF-8."),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "Fetch it with `git lfs pull`."),
    (b"<!DOCTYPE html", "a web page", "Download the file itself."),
)


class ByteSource:
    """Bytes of a vector file, plain or gzip, with a look ahead.

    Args:
        path: The file.

    Attributes:
        packed: Whether the file is gzip.
        limit: Bytes which the file holds at most, unpacked.

    Raises:
        MissingFileError: If there is no such file.
        VectorsError: If it is empty, no regular file or of a kind that holds no vectors.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and look at its first bytes."""
        self.path = path
        try:
            status = path.stat()
        except FileNotFoundError:
            raise MissingFileError(
                f"{path}: no such file of word vectors. Check the path; the current folder is {Path.cwd()}."
            ) from None
        if not stat.S_ISREG(status.st_mode):
            raise self.error("expected a file of word vectors; received a folder or a device. Give the file itself.")
        if status.st_size == 0:
            raise self.error("expected word vectors; received an empty file. Download or export it again.")
        raw = path.open("rb", buffering=0)
        try:
            self.packed = raw.read(2) == _GZIP
            raw.seek(0)
            self._file: gzip.GzipFile | FileIO = gzip.open(raw) if self.packed else raw
            self._raw = raw
            self.limit = min(_MAX_UNPACKED, max(_SMALL, _MAX_RATIO * status.st_size)) if self.packed else status.st_size
            self._given = 0
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

    def error(self, message: str) -> VectorsError:
        """Return an error that names the file."""
        return VectorsError(f"{self.path}: {message}")

    def read(self) -> bytes:
        """Return the next bytes, some hundred KiB, or nothing at the end."""
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        try:
            data = self._file.read(CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self.error(
                f"the gzip data is cut or damaged after {self._given:,} unpacked bytes ({error}). Download it again."
            ) from None
        self._given += len(data)
        if self.packed and self._given > self.limit:
            raise self.error(
                f"expected gzip data of at most {self.limit:,} bytes unpacked (8 GiB, and {_MAX_RATIO} times its "
                "size); received more. If you trust the file, unpack it with gunzip and give the unpacked one."
            )
        return data

    def push_back(self, data: bytes) -> None:
        """Give bytes back: the next `read` returns them."""
        self._ahead = data + self._ahead

    def read_until(self, size: int, stop: bytes | None = None) -> bytes:
        """Return the next bytes: at least `size`, or fewer with `stop` among them, or all up to the end."""
        parts = [self.read()]
        total = len(parts[0])
        while parts[-1] and total < size and not (stop and stop in parts[-1]):
            parts.append(self.read())
            total += len(parts[-1])
        return b"".join(parts)

    def _refuse_other_kinds(self) -> None:
        """Raise if the first bytes are those of a known other kind of file."""
        head = self.read_until(512)
        for magic, kind, fix in _OTHER_KINDS:
            if head.startswith(magic):
                raise self.error(f"expected word vectors (text or word2vec binary); received {kind}. {fix}")
        if head[257:262] == b"ustar":
            raise self.error(f"expected word vectors (text or word2vec binary); received a tar archive. {_UNPACK}")
        self.push_back(head)
