"""The first bytes of common kinds of files, so that a file of another kind is refused by name.

Input: the first bytes of a file. Output: its kind, or None. What to do about such a file is up to the room that
refuses it.
"""

from typing import Literal, NamedTuple

START_BYTES = 512  # enough to tell every kind, but for what is packed in a zip archive

Category = Literal[
    "archive", "encoding", "document", "array", "pickle", "model", "stand-in", "media", "table", "program"
]


class ForeignKind(NamedTuple):
    """A kind of file that is neither UTF-8 text nor written by nextword.

    Attributes:
        name: What to call it, with its article.
        category: "archive" has other files packed inside, "encoding" is text that is not UTF-8, "document" is a text
            with its layout, "array" holds numbers, "pickle" can run code when it is opened, "model" is for another
            program, "stand-in" came in place of the file that was meant, "media" is a picture, sound or film, "table"
            has rows and columns, and "program" is code for a machine.
    """

    name: str
    category: Category


_ZIP = ForeignKind("a zip archive (also .docx, .npz, Keras `.keras` and PyTorch files)", "archive")
_PICKLE = ForeignKind("a pickle (also gensim `.kv` and `.model`), which can run code when opened", "pickle")
_UTF_16 = ForeignKind("UTF-16 text", "encoding")
_UTF_32 = ForeignKind("UTF-32 text", "encoding")
_TAR = ForeignKind("a tar archive", "archive")
_TAR_MARKS, _TAR_MARKS_AT = (b"ustar\x0000", b"ustar  \0"), 257  # of POSIX and GNU; text may have "custard" there
_RICH_TEXT = ForeignKind("a rich text document (.rtf)", "document")
_MP3 = ForeignKind("an MP3 sound", "media")
_TIFF = ForeignKind("a TIFF picture", "media")
_ARROW = ForeignKind("an Arrow or Feather table", "table")
_MACHINE_CODE = ForeignKind("a program or library", "program")

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
    (b"Rar!\x1a\x07", ForeignKind("a RAR archive", "archive")),
    (b"\x04\x22\x4d\x18", ForeignKind("an lz4 archive", "archive")),
    (b"MSCF\0\0\0\0", ForeignKind("a cabinet archive", "archive")),
    (b"%PDF-", ForeignKind("a PDF document", "document")),
    (b"%!PS", ForeignKind("a PostScript document", "document")),
    (b"{\\rtf", _RICH_TEXT),
    (b"\xef\xbb\xbf{\\rtf", _RICH_TEXT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ForeignKind("an old Office document (.doc, .xls, .ppt, .msg)", "document")),
    (b"AT&TFORM", ForeignKind("a DjVu document", "document")),
    (b"ITSF\x03\0\0\0", ForeignKind("a compiled help file (.chm)", "document")),
    (b"bplist00", ForeignKind("a property list (also .webarchive)", "document")),
    (b"\x89HDF\r\n\x1a\n", ForeignKind("an HDF5 file (also Keras `.h5` weights)", "array")),
    (b"\x93NUMPY", ForeignKind("a NumPy array", "array")),
    (b"MATLAB 5.0 MAT-file", ForeignKind("a MATLAB array", "array")),
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
    (b"\x89PNG\r\n\x1a\n", ForeignKind("a PNG picture", "media")),
    (b"\xff\xd8\xff", ForeignKind("a JPEG picture", "media")),
    (b"GIF87a", ForeignKind("a GIF picture", "media")),
    (b"GIF89a", ForeignKind("a GIF picture", "media")),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"8BPS\0\x01", ForeignKind("a Photoshop picture", "media")),
    (b"ID3\x02", _MP3),
    (b"ID3\x03", _MP3),
    (b"ID3\x04", _MP3),
    (b"\xff\xfb", _MP3),
    (b"\xff\xf3", _MP3),
    (b"\xff\xf2", _MP3),
    (b"OggS\0", ForeignKind("an Ogg sound or film", "media")),
    (b"fLaC\0", ForeignKind("a FLAC sound", "media")),
    (b"\x1a\x45\xdf\xa3", ForeignKind("a Matroska or WebM film", "media")),
    (b"PAR1", ForeignKind("a Parquet table", "table")),
    (b"ARROW1\0\0", _ARROW),
    (b"FEA1\0\0\0\0", _ARROW),
    (b"Obj\x01", ForeignKind("an Avro table", "table")),
    (b"SQLite format 3\0", ForeignKind("an SQLite database", "table")),
    (b"<stata_dta>", ForeignKind("a Stata table", "table")),
    (b"$FL2@(#)", ForeignKind("an SPSS table", "table")),
    (b"\x7fELF", _MACHINE_CODE),
    (b"\xcf\xfa\xed\xfe", _MACHINE_CODE),
    (b"\xca\xfe\xba\xbe", ForeignKind("a Java class or program", "program")),
    (b"\0asm\x01\0\0\0", ForeignKind("a WebAssembly program", "program")),
)

# Letters alone may begin a text, which has no NUL byte.
_LETTERS = (
    (b"MZ", _MACHINE_CODE),
    (b"ORC", ForeignKind("an ORC table", "table")),
    (b"BM", ForeignKind("a BMP picture", "media")),
)

# Marks that do not begin a file: what begins it, where the mark stands, and the mark.
_LATER_MARKS = (
    (b"RIFF", 8, b"WEBP", ForeignKind("a WebP picture", "media")),
    (b"RIFF", 8, b"WAVE", ForeignKind("a WAV sound", "media")),
    (b"RIFF", 8, b"AVI ", ForeignKind("an AVI film", "media")),
    (b"\0\0", 4, b"ftyp", ForeignKind("an MP4 film, M4A sound or HEIC picture", "media")),
    (b"\xff\xff\xff\xff", 6, b"\0\0", ForeignKind("an Arrow stream (also Hugging Face data sets)", "table")),
    (b"", 4, b'\0\0\0\0{"', ForeignKind("a safetensors file (also models that nextword saved)", "model")),
    (b"", 60, b"BOOKMOBI", ForeignKind("a Kindle book (.mobi, .azw)", "document")),
    (b"PK\x03\x04", 30, b"mimetypeapplication/epub+zip", ForeignKind("an EPUB book", "document")),
    (
        b"PK\x03\x04",
        30,
        b"mimetypeapplication/vnd.oasis.opendocument",
        ForeignKind("an OpenDocument file (.odt, .ods, .odp)", "document"),
    ),
)

# Names of files inside a zip archive that tell what it is.
_PACKED = (
    (b"word/document.xml", ForeignKind("a Word document (.docx)", "document")),
    (b"xl/workbook.xml", ForeignKind("an Excel workbook (.xlsx)", "table")),
    (b"ppt/presentation.xml", ForeignKind("a PowerPoint presentation (.pptx)", "document")),
    (b"META-INF/container.xml", ForeignKind("an EPUB book", "document")),
    (b"Index/Document.iwa", ForeignKind("a Pages document", "document")),
    (b"META-INF/MANIFEST.MF", ForeignKind("a Java program", "program")),
)


def kind_of_start(start: bytes, end: bytes = b"") -> ForeignKind | None:
    r"""Return the foreign kind of a file that begins with these bytes; None if it is not a known one.

    Args:
        start: The first bytes of the file, 512 or more where it has as many.
        end: Its last bytes, some ten thousand, where zip archives are to be told apart: they list their files there.

    Examples:
        >>> kind_of_start(b"PK\x03\x04...").category, kind_of_start(b"I like tea.")
        ('archive', None)
        >>> kind_of_start(b"PK\x03\x04...", b"...word/document.xml...").name
        'a Word document (.docx)'
    """
    if start.startswith(_TAR_MARKS, _TAR_MARKS_AT):
        return _TAR
    for letters, binary in _LETTERS:
        if start.startswith(letters) and b"\0" in start:
            return binary
    for first_bytes, place, mark, marked in _LATER_MARKS:
        if start.startswith(first_bytes) and start.startswith(mark, place):
            return marked
    kind = next((kind for first_bytes, kind in _STARTS if start.startswith(first_bytes)), None)
    if kind is _ZIP:
        return next((packed for name, packed in _PACKED if name in start or name in end), _ZIP)
    return kind
