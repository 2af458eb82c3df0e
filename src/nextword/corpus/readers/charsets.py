"""Names of encodings as pages and mails give them, and the encoding that a page names for itself.

Input: a name, or the first bytes of a page. Output: a name that Python knows. Browsers read many names as a larger
encoding that holds the one that is named, since that is what is really written; so it is done here.
"""

import codecs
import re

START_BYTES = 4096

_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
# Names that Python has not.
_OTHER = {
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "cp-850": "cp850",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "dos-874": "cp874",
}
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)|<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]+)",
    re.IGNORECASE,
)


def known_encoding(name: str) -> str | None:
    """Return the encoding that a name means, as Python calls it; None if it is no encoding of text.

    Args:
        name: A name such as "GB2312" or "x-sjis".

    Examples:
        >>> known_encoding("GB2312"), known_encoding("iso-8859-1"), known_encoding("x-user-defined")
        ('gb18030', 'cp1252', None)
    """
    name = name.strip().strip("\"'").lower()
    name = _OTHER.get(name, name)
    try:
        b"a".decode(name)
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _LARGER.get(found, found)


def declared_encoding(start: bytes) -> str | None:
    """Return the encoding that a page names in its first bytes; None where it names none.

    Args:
        start: The first `START_BYTES` bytes.

    Examples:
        >>> declared_encoding(b'<meta charset="big5"><p>'), declared_encoding(b"<p>Tea</p>")
        ('big5hkscs', None)
    """
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    found = _DECLARED.search(start)
    if found is None:
        return None
    named = known_encoding((found[1] or found[2]).decode("ascii", "replace"))
    # A page in UTF-16 could not have been read so far.
    return "utf-8" if named is not None and named.startswith(("utf-16", "utf-32")) else named
