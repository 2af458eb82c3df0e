"""Which encodings a file may be in that is not UTF-8: those that decode all of it, the most plausible first.

Input: a file. Output: `Guess`es with the first words that each would read, for a reader to judge. Nothing is decoded by
a guess. Several encodings decode almost any bytes, so plausibility decides: how many of the characters beyond ASCII are
frequent ones of the language that the encoding is for, or letters that stand in a word as letters do.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nextword.corpus import frequent

_CHUNK = 1 << 20
_SAMPLE_BYTES = 100_000
_SHOWN = 24  # characters of an excerpt
_MOST = 4
_LEAST = 0.3  # plausibility

# Where an encoding does not decode a file, its extensions of the same bytes may; the first that does stands for all.
_CANDIDATES = (
    (("gb18030",), "chinese"),
    (("big5", "cp950", "big5hkscs"), "chinese"),
    (("shift_jis", "cp932"), "japanese"),
    (("euc_jp",), "japanese"),
    (("euc_kr", "cp949"), "korean"),
    (("cp1252", "latin-1"), "western"),
    (("cp1250",), "central"),
    (("cp1251",), "cyrillic"),
    (("koi8-r", "koi8-u"), "cyrillic"),
    (("cp1253",), "greek"),
    (("cp1254",), "turkish"),
    (("cp1255",), "hebrew"),
    (("cp1256",), "arabic"),
    (("cp874", "tis-620"), "thai"),
    (("iso8859-2",), "central"),
    (("mac-roman",), "western"),
    (("cp866",), "cyrillic"),
    (("cp850",), "western"),
    (("utf-16-le",), "chinese"),
    (("utf-16-be",), "chinese"),
)

_LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u024f"
_SCRIPTS = {"cyrillic": "\u0400-\u04ff", "greek": "\u0370-\u03ff"}
_MARKS = frozenset(
    "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014\u2026\u2022\u00a0\u00a1\u00bf\u2116\u20ac\u00a3\u00a7\u00a9\u00ae\u00b0"
)
_APOSTROPHES = re.compile(r"(?<=[A-Za-z])[\u2019\u2013\u2014](?=[A-Za-z])")
_MARK_AT_EDGE = re.compile(f"(?<![^ -~])[{''.join(sorted(_MARKS))}]|[{''.join(sorted(_MARKS))}](?![^ -~])")
_THAI_IN_WORD = re.compile("(?<=[A-Za-z])[\u0e00-\u0e7f]|[\u0e00-\u0e7f](?=[A-Za-z])")
_WORD = re.compile(r"[^\W\d_]+")
_CONTROLS = re.compile("[\x80-\x9f\ue000-\uf8ff\ufffd]")


class Guess(NamedTuple):
    """An encoding that decodes all of a file.

    Attributes:
        encoding: Its name, as `encoding` takes it.
        words: The first words beyond ASCII that it reads, and those that other guesses read otherwise.
        plausibility: 0 to 1, comparable between the guesses of a file.
    """

    encoding: str
    words: str
    plausibility: float


def guess_encodings(file: Path) -> tuple[Guess, ...]:
    """Return the encodings that decode all of a file, at most four, the most plausible first.

    Args:
        file: A file that is not UTF-8.

    Returns:
        The guesses; none where no encoding reads anything that looks like text.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.txt"
        ...     _ = path.write_text("我们喜欢在早上喝茶，你们呢？", encoding="gb18030")
        ...     guess_encodings(path)[0][:2]
        ('gb18030', '我们喜欢在早上喝茶，你们呢？')
    """
    sample, start = _sample_of(file), _start_of(file)
    even = file.stat().st_size % 2 == 0
    guesses: dict[str, tuple[str, float]] = {}  # of those that read the same, the first
    for names, language in _CANDIDATES:
        wide = names[0].startswith("utf-16")
        if wide and not even:
            continue
        for name in names:
            text = _decoded(start if wide else sample, name)
            if text is None or (plausibility := _plausibility(text, language)) < _LEAST or not _decodes(file, name):
                continue
            guesses.setdefault(text, (name, plausibility))
            break
    ranked = sorted(guesses.items(), key=lambda guess: -guess[1][1])  # of equal ones the usual first
    kept = [(text, *found) for text, found in ranked if found[1] >= 0.6 * ranked[0][1][1]][:_MOST]
    place = _first_difference([text for text, _, _ in kept])
    return tuple(Guess(name, _words(text, place), plausibility) for text, name, plausibility in kept)


def wide_encoding(start: bytes) -> str | None:
    """Return which UTF-16 a file without a byte order mark is in, if nearly every second byte is NUL.

    Args:
        start: The first bytes of a file.

    Examples:
        >>> wide_encoding("I like tea.".encode("utf-16-le")), wide_encoding(b"I like tea.")
        ('utf-16-le', None)
    """
    first, second = start[0::2], start[1::2]
    if len(second) < 2:
        return None
    shares = first.count(0) / len(first), second.count(0) / len(second)
    for name, zeros, others in (("utf-16-le", shares[1], shares[0]), ("utf-16-be", shares[0], shares[1])):
        if zeros >= 0.6 and others <= 0.05:
            return name
    return None


def _start_of(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(_SAMPLE_BYTES)


def _sample_of(file: Path) -> bytes:
    """Return the first lines that are not all ASCII, since only they tell encodings apart."""
    parts: list[bytes] = []
    size = 0
    with file.open("rb") as stream:
        while size < _SAMPLE_BYTES and (line := stream.readline(_SAMPLE_BYTES)):
            if not line.isascii():
                parts.append(line)
                size += len(line)
    return b"".join(parts)


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text of a sample, which may end inside a character; None if it is in another encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None


def _decodes(file: Path, encoding: str) -> bool:
    """Return whether an encoding decodes all of a file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for data in _chunks(file):
            decoder.decode(data)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while data := stream.read(_CHUNK):
            yield data


def _plausibility(text: str, language: str) -> float:
    """Return the share of the characters beyond ASCII that are as text of the language has them, 0 to 1."""
    beyond = [character for character in text if character > "\x7f"]
    if not beyond:
        return 0.0
    usual = frequent.OF_LANGUAGE[language]
    controls = len(_CONTROLS.findall(text)) / len(beyond)
    if language in ("chinese", "japanese", "korean", "thai"):
        letters = [character for character in beyond if character not in frequent.MARKS]
        # Text has marks, but marks alone are no text.
        good = sum(character in usual for character in letters) / max(len(letters), len(beyond) / 2)
        # Bytes of an accent in a word look like a letter of Thai.
        good *= 1 - len(_THAI_IN_WORD.findall(text)) / len(beyond) if language == "thai" else 1
    else:
        sums = sum(_like_a_word(word, language, usual) for word in _WORD.findall(text))
        sums += len(_MARK_AT_EDGE.findall(text)) + len(_APOSTROPHES.findall(text))
        good = min(1.0, sums / len(beyond))
    return max(0.0, good - 5 * controls)


def _like_a_word(word: str, language: str, usual: frozenset[str]) -> float:
    """Return how many letters beyond ASCII of a word are as words have them, less than 0 where scripts are mixed."""
    beyond = [character for character in word.lower() if character > "\x7f"]
    if not beyond:
        return 0.0
    script = _SCRIPTS.get(language, _LATIN if language in frequent.LATIN else "\u0590-\u06ff")
    if not re.fullmatch(f"[{script}]+", word):
        return -2.0 * len(beyond)
    good = float(sum(character in usual for character in beyond))
    cased = word[1:] == word[1:].lower() or (word.isupper() and len(word) > len(beyond))
    accents = language in frequent.LATIN and len(word) < 2 * len(beyond) and len(word) > 1  # more than words have
    return good * (1.0 if cased else 0.2) * (0.3 if accents else 1.0)


def _first_difference(texts: list[str]) -> int:
    """Return where texts differ first; 0 for a single one."""
    if len(texts) < 2:
        return 0
    return next((place for place, signs in enumerate(zip(*texts, strict=False)) if len(set(signs)) > 1), 0)


def _words(text: str, place: int) -> str:
    """Return the first words of a text, and those around a place where others read something else."""
    first = " ".join(text[: 2 * _SHOWN].split())[:_SHOWN]
    if place < _SHOWN:
        return first
    start = text.rfind(" ", place - _SHOWN // 2, place) + 1 or place - _SHOWN // 2
    return f"{first} ... {' '.join(text[start : start + _SHOWN].split())}"
