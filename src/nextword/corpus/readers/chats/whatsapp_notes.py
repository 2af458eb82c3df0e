r"""Notes that WhatsApp writes in place of a message or behind it: left-out media, deleted, edited, polls, calls.

Input: the text of one message of an export. Output: what the person wrote, and what the rest was. An iPhone puts
U+200E before each note, so there no language has to be known; for Android the commonest ones are listed.
"""

import re

from nextword.corpus.readers.chats.messages import CONTACTS, DELETED, LOCATIONS, MEDIA, POLLS, SYSTEM
from nextword.corpus.readers.chats.whatsapp_phrases import DELETED_PHRASES, OMITTED_PHRASES, SYSTEM_PHRASES

DIRECTIONS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff"
"""Invisible marks of direction, as the inside of a regular expression's `[...]`."""

_DIRECTIONS = re.compile(f"[{DIRECTIONS}]+")
_OMITTED_IN_ANGLES = re.compile(
    r"<(?=[^a-z]|[^<>\n]{0,60}m[eéií]di)(?=[^<>\n]{0,60}(?:\s|[^\x00-\u024f]))[^<>\n]{4,60}>"
)
_ATTACHED = re.compile(
    r"[^\n]{1,200}\.(\w{2,5}) \((?:file attached|Datei angehängt|archivo adjunto|fichier joint|arquivo anexado|"
    r"ficheiro anexado|file allegato|bestand bijgevoegd|файл добавлен|"
    r"附件|文件附件|檔案附件|附加檔案|已附加文件|已附加檔案|"
    r"添付ファイル|파일 첨부됨|dosya ekli|file terlampir|plik dołączony|bifogad fil|الملف مرفق|फ़ाइल संलग्न है)\)|"
    r"(?:IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d+\.(\w{2,5})(?: \([^()\n]+\))?",
    re.IGNORECASE,
)
_ATTACHED_IN_ANGLES = re.compile("[ ]?\u200e?<[^<>:\n]{2,30}: ?[^<>\n/]{1,200}\\.\\w{2,5} ?>")
_EDITED = re.compile(
    "[ ]?(?:\u200e<[^<>\n]{3,60}>|<(?=[^<>\n]{0,60}(?:edited|bearbeitet|edit[óa]|modifi|bewerkt|измен|编辑|編輯|編集|"
    "redigera|düzenlen|diedit|edytowan|upraven|편집|تعديل|संपादित))[^<>\n]{3,60}>)$",
    re.IGNORECASE,
)
_LOCATION = re.compile(
    r"[^\s:]{1,30}(?: [^\s:]{1,20})?: https?://(?:maps\.google\.|www\.google\.\w+/maps|foursquare)\S*"
)
_LIVE_LOCATION = re.compile(
    r"live location shared|live-standort wird geteilt|已分享实时位置|已分享即時位置", re.IGNORECASE
)
_POLL = re.compile("\u200e?(?:POLL|UMFRAGE|ENCUESTA|SONDAGE|ENQUETE|SONDAGGIO|PEILING|ОПРОС|ANKET|投票|アンケート):")
_DOCUMENT = re.compile(r"[^\n]*\.\w{2,5} •[^\n]*")


# A note that is all of a message and has none of the signs that the other notes have.
_WHOLE = re.compile(
    f"(?P<media>{OMITTED_PHRASES.pattern}|null)|(?P<system>{SYSTEM_PHRASES.pattern})|(?P<location>{_LIVE_LOCATION.pattern})",
    re.IGNORECASE,
)
_SIGN = re.compile("[<(:\u200e]")
_KINDS = {"media": MEDIA, "system": SYSTEM, "location": LOCATIONS}


def without_notes(text: str) -> tuple[str, str | None]:
    r"""Return what a person wrote in a message, "" where all of it is a note; and what the note was, if there was one.

    Args:
        text: Text of a message as exported, without blanks at its ends.

    Examples:
        >>> without_notes("See you! \u200e<This message was edited>")
        ('See you!', None)
        >>> without_notes("<Media omitted>\nOur cat")
        ('Our cat', 'left-out media')
        >>> without_notes("\u200eThis message was deleted.")
        ('', 'deleted messages')
    """
    ascii_only = text.isascii()
    if ascii_only and len(text) > 80 and "<" not in text and "(" not in text and ": " not in text[:60]:
        return text, None
    kept, note = _without_notes(text)
    return (kept if ascii_only else _DIRECTIONS.sub("", kept).strip()), note


def _without_notes(text: str) -> tuple[str, str | None]:
    """Return the same, marks of direction still in the text."""
    plain = text.lstrip("\u200e")
    phrase = _phrase(plain)
    if phrase:
        if phrase in DELETED_PHRASES or phrase.startswith("this message was deleted by admin"):
            return "", DELETED
        if whole := _WHOLE.fullmatch(phrase):
            return "", _KINDS[whole.lastgroup or ""]
    if not _SIGN.search(text):
        return text, None
    if _POLL.match(text) and "\n" in text:
        return "", POLLS
    if _LOCATION.match(plain):
        return "", LOCATIONS
    first, _, rest = text.partition("\n")
    attached = _ATTACHED.fullmatch(first.lstrip("\u200e").strip())
    if attached:
        return rest.strip(), CONTACTS if (attached[1] or attached[2]).lower() == "vcf" else MEDIA
    if _OMITTED_IN_ANGLES.fullmatch(first.strip("\u200e ")):
        return rest.strip(), MEDIA
    if "<" in text:
        without, attachments = _ATTACHED_IN_ANGLES.subn("", text)
        if attachments:
            return _DOCUMENT.sub("", without, count=1).strip(f"\u200e{' '}\n"), MEDIA
        text = _EDITED.sub("", text)
    return _without_marked(text) if "\u200e" in text else (text, None)


def _without_marked(text: str) -> tuple[str, str | None]:
    """Return the same of a text in which U+200E stands before a note."""
    if text.startswith("\u200e"):
        return "", MEDIA if OMITTED_PHRASES.search(text) else SYSTEM
    said, _, note = text.rpartition("\u200e")
    if OMITTED_PHRASES.fullmatch(_phrase(note)):
        return _DOCUMENT.sub("", said, count=1).strip("\u200e \n"), MEDIA
    return text, None


def _phrase(text: str) -> str:
    """Return a note without what may or may not stand at its ends."""
    return text.strip(" .。\u200e\u200f").lower() if len(text) <= 80 else ""
