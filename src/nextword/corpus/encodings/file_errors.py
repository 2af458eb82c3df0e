"""Files that are no text, or text in another encoding: what they are, where, and how to read them.

Input: a file that was not decoded. Output: an error with its place and the encodings that would decode it, or with the
kind of file that it is.
"""

import codecs
import io
import os
from pathlib import Path
from typing import NamedTuple

from nextword.corpus.encodings.decoding import UTF_8, Decoding
from nextword.corpus.encodings.guessing import Guess, guess_encodings, wide_encoding
from nextword.errors import TextFileError
from nextword.files.access import access_told
from nextword.files.other_kinds import ForeignKind, kind_of_start

# Models and web pages that are text may be read as text; others have a NUL byte, or are no UTF-8.
_NO_TEXT = ("archive", "encoding", "document", "array", "pickle", "media", "table", "program")
_START, _END, _CHUNK = 4096, 1 << 16, 1 << 16
_AROUND = 20  # characters shown on either side
_ENOUGH_GOOD = 100  # characters beyond ASCII
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")


class Place(NamedTuple):
    """Where a file stops being text.

    Attributes:
        line: Line, from 1; lines end with LF, CRLF or CR.
        column: Character of the line, from 1.
        byte: The byte that cannot be there.
        around: The words around it.
        good: Characters beyond ASCII before it.
    """

    line: int
    column: int
    byte: int
    around: str
    good: int


def check_start(file: Path, decoding: Decoding = UTF_8) -> None:
    """Refuse a file whose first bytes are those of another kind of file.

    Args:
        file: A file that exists.
        decoding: Its encoding.

    Raises:
        TextFileError: If they are; codes "file-of-another-kind", "not-utf-8" and "not-in-encoding".
        FilePermissionError, FileAccessError: If it cannot be read; code "file-not-readable".
    """
    with access_told(file, writing=False), file.open("rb") as stream:
        start = stream.read(_START)
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - _END))
        end = stream.read(_END) if start.startswith(b"PK") else b""
    wide = (decoding.encoding or "").startswith(("utf-16", "utf-32"))
    kind = kind_of_start(start, end)
    is_binary = kind is not None and (kind.category in _NO_TEXT or b"\0" in start)
    if kind is not None and is_binary and not (wide and kind.category == "encoding"):
        raise _kind_error(file, kind)
    if wide:
        _check_mark(file, start, str(decoding.encoding))
        return
    if decoding.encoding is None and (encoding := wide_encoding(start)):
        raise TextFileError(
            f"{file} is UTF-16 text without a byte order mark, not UTF-8: every second byte is NUL. Read it with "
            f"encoding={encoding!r}.",
            code="not-utf-8",
            path=str(file),
            line=None,
            candidates=(encoding,),
        )
    if len(start) - len(start.translate(None, _CONTROLS)) > 0.05 * len(start):
        raise _kind_error(file, ForeignKind("a binary file of an unknown kind", "array"))


def _check_mark(file: Path, start: bytes, encoding: str) -> None:
    """Refuse a file without the byte order mark by which "utf-16" and "utf-32" tell the order of bytes."""
    marks = {"utf-16": (b"\xff\xfe", b"\xfe\xff"), "utf-32": (b"\xff\xfe\0\0", b"\0\0\xfe\xff")}.get(encoding)
    if marks is None or not start or start.startswith(marks):
        return
    found = wide_encoding(start)
    candidates = (found,) if encoding == "utf-16" and found else (f"{encoding}-le", f"{encoding}-be")
    raise TextFileError(
        f"{file} has no byte order mark, which {encoding} begins with. Read it with "
        f"{' or '.join(f'encoding={name!r}' for name in candidates)}.",
        code="not-in-encoding",
        path=str(file),
        encoding=encoding,
        line=None,
        candidates=candidates,
    )


def decode_error(file: Path, decoding: Decoding) -> TextFileError:
    """Return the error of a file that its encoding does not decode; the file is read again to tell where, and why.

    Args:
        file: The file.
        decoding: How it was read.

    Returns:
        An error with the code "not-utf-8", or "not-in-encoding" where an encoding was given, and the figures `path`,
        `encoding`, `line`, `column`, `byte`, `bad_bytes`, and `candidates`, the encodings that decode all of it.
    """
    encoding = decoding.encoding or "utf-8"
    place = _first_bad(file, encoding)
    bad, good = _count_bad(file, encoding)
    guesses: tuple[Guess, ...] = ()
    # Text of another encoding is soon no UTF-8, and what is UTF-8 but for a few bytes is in no other.
    joined = encoding == "utf-8" and place.good >= _ENOUGH_GOOD
    if decoding.encoding or (bad > 0.1 * good and not joined):
        guesses = guess_encodings(file)
    few = bad <= 0.1 * good or bad <= max(1, file.stat().st_size // 1000)
    advice = []
    if few:
        count = "one byte is" if bad == 1 else f"{bad:,} bytes are"
        advice.append(f"If {count} damaged, errors='replace' reads U+FFFD in place, and errors='ignore' leaves it out.")
    if guesses:
        shown = "; ".join(f"encoding={guess.encoding!r} reads {guess.words!r}" for guess in guesses)
        advice.append(f"{'Or is it in another encoding' if few else 'Which of these is right'}? {shown}.")
    elif not few and joined:
        advice.append("All before that is: were files of two encodings joined? Cut it there.")
    elif not few:
        advice.append("No encoding of text reads it well: is it a text?")
    return TextFileError(
        f"{file} is not {'UTF-8' if encoding == 'utf-8' else encoding}: line {place.line} has the byte "
        f"0x{place.byte:02x} at character {place.column}{f', in {place.around!r}' if few else ''}. {' '.join(advice)}",
        code="not-utf-8" if encoding == "utf-8" else "not-in-encoding",
        path=str(file),
        encoding=encoding,
        line=place.line,
        column=place.column,
        byte=place.byte,
        bad_bytes=bad,
        candidates=tuple(guess.encoding for guess in guesses),
    )


def nul_error(file: Path, line_number: int, line: str) -> TextFileError:
    """Return the error of a NUL character, which text never has.

    Args:
        file: The file.
        line_number: The line that has it, from 1.
        line: That line.
    """
    column = line.index("\0") + 1
    around = line[max(0, column - 1 - _AROUND) : column + _AROUND].strip("\n")
    return TextFileError(
        f"{file} has a NUL byte in line {line_number} at character {column}, in {around!r}. Text has none: "
        "errors='ignore' leaves it out, errors='replace' reads U+FFFD in its place.",
        code="nul-byte",
        path=str(file),
        line=line_number,
        column=column,
        around=around,
    )


def _kind_error(file: Path, kind: ForeignKind) -> TextFileError:
    if kind.category == "encoding":
        advice = f"Read it with encoding={kind.name.split()[0].lower()!r}."
    elif kind.category == "document":
        advice = "Save its text as plain text in UTF-8 first."
    elif kind.category == "table":
        advice = "Open it with its own library and give the column of texts: fit(table['text'])."
    elif kind.category == "archive":
        advice = "Unpack it and give the text files inside."
    else:
        advice = "Give a file of text."
    return TextFileError(
        f"{file} looks like {kind.name}, not UTF-8 text. {advice}",
        code="file-of-another-kind",
        path=str(file),
        file_kind=kind.name,
    )


def _first_bad(file: Path, encoding: str) -> Place:
    """Find the first byte that an encoding does not have."""
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    line, column, before, good = 1, 1, "", 0
    with file.open("rb") as stream:
        while True:
            data = stream.read(_CHUNK)
            error = None
            try:
                text = decoder.decode(data, not data)
            except UnicodeDecodeError as raised:
                error = raised
                text = error.object[: error.start].decode(encoding, "replace")
            text = newlines.decode(text, final=error is not None)
            line += text.count("\n")
            good += _beyond_ascii(text)
            column = len(text) - text.rindex("\n") if "\n" in text else column + len(text)
            before = (before + text)[-_AROUND:].rpartition("\n")[2]
            if error is not None:
                rest = error.object[error.start :] + stream.read(4 * _AROUND)
                after = rest[: 4 * _AROUND].decode(encoding, "replace")[:_AROUND].splitlines()
                return Place(line, column, error.object[error.start], before + (after[0] if after else ""), good)
            if not data:
                return Place(line, column, 0, before, good)  # it was changed in the meantime


def _count_bad(file: Path, encoding: str) -> tuple[int, int]:
    """Return how many places of a file an encoding does not decode, and how many characters beyond ASCII it does."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    bad = good = 0
    with file.open("rb") as stream:
        while True:
            data = stream.read(_CHUNK)
            text = decoder.decode(data, not data)
            marks = text.count("\ufffd")
            bad += marks
            good += _beyond_ascii(text) - marks
            if not data:
                return bad, good


def _beyond_ascii(text: str) -> int:
    """Return how many characters are not of ASCII."""
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))
