"""A file -> its bytes, mapped: many processes share one copy, and only what is looked at is read from the disk.

Input: a path. Output: the bytes of the file, which cannot be written to. What replaces files by a rename, as
`write_whole` does, leaves a mapped one as it was. A program that writes into the file itself (`cp` over it) changes it
under the model, and one that cuts it ends the process that looks there (SIGBUS); the digest was checked before. Small
files are read: they save no memory worth that risk. So are files on Windows, where none could be replaced that is
mapped.
"""

import errno
import mmap
import os
import stat
from contextlib import suppress

from nextword.errors import BundleError, FileAccessError, MissingFileError, UnsafeFormatError
from nextword.files.access import access_told
from nextword.files.other_kinds import START_BYTES, kind_of_start
from nextword.files.paths import check_path, hint_about, is_address, names_folder, shown
from nextword.files.tensors import Content

MAPPED_BYTES = 1 << 20
"""Files of fewer bytes are read."""

CAN_MAP = os.name == "posix"
"""Whether a file that is mapped can be replaced and deleted here."""

_LEAST_BYTES = 8 + 32  # the size of a header, and a digest


def map_file(path: str | os.PathLike[str], max_bytes: int) -> Content:
    """Return all bytes of a file, after looking at its kind and size: mapped where it is large, else read.

    Args:
        path: The file.
        max_bytes: Bytes that it has at most.

    Returns:
        The bytes, which nobody can write to through it. They stay after the file was deleted or replaced by a rename.

    Raises:
        NextwordError: As `open_sealed` raises it for a path, a kind of file and a size.
    """
    check_path(path)
    if is_address(path):
        raise BundleError(
            f"a bundle is a local file; received the address {path!r:.80}. Download it first.",
            code="path-not-local",
            path=path,
        )
    try:
        with access_told(path, writing=False), open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _no_file(path, "is no regular file")
            start = file.read(START_BYTES)
            refuse_other_kinds(start, status.st_size, path)  # before all of it is read
            if status.st_size > max_bytes:
                raise BundleError(
                    f"{shown(path)} has {status.st_size:,} bytes; the most is {max_bytes:,}.",
                    code="file-too-large",
                    file_bytes=status.st_size,
                    max_bytes=max_bytes,
                )
            if status.st_size >= MAPPED_BYTES and CAN_MAP:
                # Not every file system can, and the file may just have been cut: then reading tells what there is.
                with suppress(OSError, ValueError):
                    return memoryview(mmap.mmap(file.fileno(), status.st_size, access=mmap.ACCESS_READ))
            file.seek(0)
            return file.read()
    except MissingFileError as error:
        raise MissingFileError(
            f"there is no file {shown(path)}. Bundles are written by `nextword.save`.{hint_about(path)}",
            code="path-missing",
            path=os.fspath(path),
        ) from error
    except FileAccessError as error:
        if error.errno == errno.EISDIR:
            raise _no_file(path, "is a folder; give the `.nextword` file in it") from error
        if error.errno == errno.ENOTDIR and names_folder(path):
            raise _no_file(path, "ends with a slash, so it names a folder; leave it out for a file") from error
        if error.errno in (errno.ENXIO, errno.ENODEV):
            raise _no_file(path, "is a socket or a device") from error
        raise


def refuse_other_kinds(start: bytes, file_bytes: int, name: str | os.PathLike[str]) -> None:
    """Refuse a file that does not begin as sealed ones do.

    Args:
        start: Its first bytes, 512 or more where it has as many.
        file_bytes: How many it has.
        name: Its path, or what messages call it.

    Raises:
        UnsafeFormatError: If it is a file of another kind; codes "file-of-another-kind" and "not-a-bundle".
    """
    # A sealed file begins with the 8 bytes of the size of its header, whose lowest may be those of another kind: 1,408
    # begins as a pickle does. No other kind goes on with zeros and a brace.
    begins_as_sealed = start[4:9] == b"\0\0\0\0{"
    kind = None if begins_as_sealed else kind_of_start(start)
    if kind is not None:
        raise UnsafeFormatError(
            f"{shown(name)} looks like {kind.name}. nextword opens only bundles written by `nextword.save`, because "
            "other formats can run code or lack the vocabulary. Train with `nextword.fit` and save that.",
            code="file-of-another-kind",
            kind=kind.name,
        )
    if file_bytes < _LEAST_BYTES or start[8:9] != b"{":
        what = "empty" if not file_bytes else "no nextword bundle (a text file, or a bundle that was cut?)"
        raise UnsafeFormatError(
            f"{shown(name)} is {what}. Bundles are written by `nextword.save`.",
            code="not-a-bundle",
            file_bytes=file_bytes,
        )


def _no_file(path: str | os.PathLike[str], what: str) -> BundleError:
    return BundleError(f"{shown(path)} {what}.", code="path-not-a-file", path=os.fspath(path))


def _open_at_once(path: str, flags: int) -> int:
    # A named pipe would wait for a writer; opened this way it comes back at once, and is refused.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
