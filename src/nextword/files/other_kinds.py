"""The first bytes of common kinds of files, so that a file of another kind is refused by name.

Input: the first bytes of a file. Output: its kind, or None. What to do about such a file is up to the room that
refuses it.
"""

from typing import Literal, NamedTuple

START_BYTES = 512  # enough to tell every kind

Category = Literal["archive", "encoding", "document", "array", "pickle", "model", "stand-in"]


class ForeignKind(NamedTuple):
    """A kind of file that is neither UTF-8 text nor written by nextword.

    Attributes:
        name: What to call it, with its article.
        category: "archive" has other files packed inside, "encoding" is text that is not UTF-8, "document" is a text
            with its layout, "array" holds numbers, "pickle" can run code when it is opened, "model" is for another
            program, and "stand-in" came in place of the file that was meant.
    """

    name: str
    category: Category


_ZIP = ForeignKind("a zip archive (also .docx, .npz, Keras `.keras` and PyTorch files)", "archive")
_PICKLE = ForeignKind("a pickle (also gensim `.kv` and `.model`), which can run code when opened", "pickle")
_UTF_16 = ForeignKind("UTF-16 text", "encoding")
_UTF_32 = ForeignKind("UTF-32 text", "encoding")
_TAR = ForeignKind("a tar archive", "archive")
_TAR_MARKS, _TAR_MARKS_AT = (b"ustar\x0000", b"ustar  \0"), 257  # of POSIX and GNU; text may have "custard" there

# UTF-32 in little-endian order begins as UTF-16 does, so it comes first.
_STARTS = (
    (b"\xff\xfe\0\0", _UTF_32),
    (b"\0\0\xfe\xff", _UTF_32),
    (b"\xff\xfe", _UTF_16),
    (b"\xfe\xff", _UTF_16),
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", ForeignKind("an empty zip archive", "archive")),
    (b"\x1f\x8b", ForeignKind("a gzip archive", "archive")),
    (b"BZh", ForeignKind("a bzip2 archive", "archive")),
    (b"\xfd7zXZ\0", ForeignKind("an xz archive", "archive")),
    (b"7z\xbc\xaf\x27\x1c", ForeignKind("a 7z archive", "archive")),
    (b"\x28\xb5\x2f\xfd", ForeignKind("a zstd archive", "archive")),
    (b"%PDF-", ForeignKind("a PDF document", "document")),
    (b"\x89HDF\r\n\x1a\n", ForeignKind("an HDF5 file (also Keras `.h5` weights)", "array")),
    (b"\x93NUMPY", ForeignKind("a NumPy array", "array")),
    (b"\x80\x02", _PICKLE),
    (b"\x80\x03", _PICKLE),
    (b"\x80\x04", _PICKLE),
    (b"\x80\x05", _PICKLE),
    (b"GGUF", ForeignKind("a GGUF model", "model")),
    (b"\\data\\", ForeignKind("an ARPA n-gram model", "model")),
    (b"mmap lm", ForeignKind("a kenlm model", "model")),
    (b"\xba\x16\x4f\x2f", ForeignKind("a fastText `.bin` model", "model")),
    (b"version https://git-lfs", ForeignKind("a Git LFS pointer, not the file itself", "stand-in")),
    (b"<!DOCTYPE html", ForeignKind("a web page", "stand-in")),
)


def kind_of_start(start: bytes) -> ForeignKind | None:
    r"""Return the foreign kind of a file that begins with these bytes; None if it is not a known one.

    Args:
        start: The first bytes of the file, 512 or more where it has as many.

    Examples:
        >>> kind_of_start(b"PK\x03\x04...").category, kind_of_start(b"I like tea.")
        ('archive', None)
    """
    if start.startswith(_TAR_MARKS, _TAR_MARKS_AT):
        return _TAR
    return next((kind for first_bytes, kind in _STARTS if start.startswith(first_bytes)), None)
