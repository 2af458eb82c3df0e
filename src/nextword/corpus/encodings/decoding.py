"""How the bytes of a text file become characters.

Input: the names that a user gives, `encoding` and `errors`. Output: a `Decoding`, checked. Nothing is guessed: without
a name a file is UTF-8.
"""

import codecs
from difflib import get_close_matches
from encodings import aliases
from typing import NamedTuple

from nextword.errors import ConfigError, check_choice, described


class Decoding(NamedTuple):
    """How the bytes of a text file become characters.

    Attributes:
        encoding: Name of the encoding, as Python knows it; None for UTF-8, with or without a byte order mark.
        errors: What is done about bytes that it has not, and about NUL: "strict" refuses the file, "ignore" leaves
            them out, "replace" puts U+FFFD in their place.
    """

    encoding: str | None = None
    errors: str = "strict"


UTF_8 = Decoding()

# What other programs call encodings, and Python does not.
_OTHER_NAMES = {
    "ansi": ("cp1252", "gb18030"),
    "unicode": ("utf-16", "utf-8"),
    "utf_8_bom": ("utf-8",),
    "utf8_bom": ("utf-8",),
    "windows": ("cp1252", "cp1251"),
    "chinese": ("gb18030", "big5"),
    "japanese": ("shift_jis", "euc_jp"),
    "korean": ("cp949", "euc_kr"),
}
_NO_FILES = ("idna", "punycode", "undefined")  # for single names, not for files


def check_decoding(encoding: object = None, errors: object = "strict") -> Decoding:
    """Return how to decode, after checking the two options.

    Args:
        encoding: Name of an encoding; None for UTF-8.
        errors: "strict", "ignore" or "replace".

    Returns:
        The decoding, with Python's own name of the encoding, None for UTF-8.

    Raises:
        ConfigError: If Python has no such encoding of text, or `errors` is another; codes "encoding-unknown", with the
            figures `encoding` and `matches`, and "option-out-of-range".

    Examples:
        >>> check_decoding("Big5"), check_decoding("UTF-8", "replace")
        (Decoding(encoding='big5', errors='strict'), Decoding(encoding=None, errors='replace'))
    """
    check_choice("errors", errors, ("strict", "ignore", "replace"))
    if encoding is None:
        return Decoding(errors=str(errors))
    name = _python_name(encoding)
    if name is None:
        matches = _close_to(encoding)
        meant = f" Did you mean {' or '.join(map(repr, matches))}?" if matches else ""
        raise ConfigError(
            f"`encoding` is the name of an encoding of text, such as 'utf-8', 'gb18030' or 'cp1252'; received "
            f"{described(encoding)}.{meant}",
            code="encoding-unknown",
            encoding=encoding,
            matches=matches,
        )
    return Decoding(None if name in ("utf-8", "utf-8-sig") else name, str(errors))


def _python_name(encoding: object) -> str | None:
    """Return the name of an encoding of text; None if it is none."""
    if not isinstance(encoding, str) or not encoding.strip():
        return None
    try:
        name = codecs.lookup(encoding.strip()).name
        "a".encode(name)  # which is refused where both sides are bytes
    except (LookupError, ValueError):
        return None
    return None if name in _NO_FILES else name


def _close_to(encoding: object) -> tuple[str, ...]:
    """Return the names that were probably meant."""
    if not isinstance(encoding, str):
        return ()
    written = encoding.strip().lower().replace("-", "_").replace(" ", "_")
    if written in _OTHER_NAMES:
        return _OTHER_NAMES[written]
    known = sorted({*aliases.aliases, *aliases.aliases.values()})
    found = (aliases.aliases.get(name, name) for name in get_close_matches(written, known, n=6, cutoff=0.7))
    return tuple(dict.fromkeys(codecs.lookup(name).name for name in found if _python_name(name)))[:3]
