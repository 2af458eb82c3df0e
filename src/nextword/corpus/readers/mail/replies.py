"""What a person wrote in a mail, without what the mail program and the person answered put around it.

Input: the lines of a mail's text. Output: its paragraphs. Gone are quoted replies with the line that introduces them,
signatures, footers of phones and mailing lists, and armour of PGP.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from nextword.corpus.readers.joined_lines import WIDE, join_lines

QUOTES, SIGNATURES, FOOTERS, ARMOUR = "quoted replies", "signatures", "footers of mailing lists", "blocks of PGP"

_QUOTE = re.compile(r" {0,3}(?:[A-Z][A-Za-z]{0,2})?>(?![_.:;]\S{0,2}(?:\s|$))|\s*\|\s>")
_ORIGINAL = re.compile(
    r"\s*[-_*]{2,}\s*(?:original message|original|original appointment|forwarded (?:message|by .*)|reply message"
    r"|begin forwarded message|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht"
    r"|message d'origine|message original|message transféré|mensaje original|mensaje reenviado|mensagem original"
    r"|messaggio originale|oorspronkelijk bericht|原始邮件|原始郵件|转发的邮件|转发邮件信息|回复的原邮件|邮件原件)"
    r"\s*[-_*]*\s*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht)\s*:\s*", re.IGNORECASE)
_FIELD = re.compile(
    r"\s*[*]?(from|sent|to|cc|subject|date|von|gesendet|an|betreff|datum|de|envoyé|à|objet|enviado( el)?|para|asunto"
    r"|发件人|发送时间|发送日期|日期|收件人|抄送|主题|寄件者|寄件日期|收件者|主旨|差出人|送信日時|宛先|件名)\s*[*]?\s*[:：]",
    re.IGNORECASE,
)
_FIRST_FIELD = re.compile(r"\s*[*]?(from|von|de|发件人|寄件者|差出人)\s*[*]?\s*[:：][*]?\s*\S", re.IGNORECASE)
_ATTRIBUTION = re.compile(
    r"(?:(?:on|le|el|il|em|op|am|den|на|在|于|於).{3,}(?:wrote|writes|a écrit|escribió|ha scritto|escreveu|schreef"
    r"|schrieb|skrev|写道|寫道)|.{2,}(?:wrote|writes|schrieb|schreef|a écrit|escribió|写道|寫道))[^:：]{0,80}[:：]"
    r"|.{0,60}\d{4}.{0,60}<\S+@\S+>\s*[:：]",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESSED = re.compile(r"[^@]{0,80}\S+@\S+[^@]{0,60}[:：]")  # above a quotation only
_BEGINS = re.compile(r"(?:on|le|el|il|em|op|am|den|на)\b|在|于|於|.*(?:@|\b\d{4}\b)", re.IGNORECASE)
_DATED = re.compile(r"\b(?:19|20)\d\d\b|(?:19|20)\d\d\s*年|\d\d?[:.h]\d\d\b")
_PHONE = re.compile(
    r"\s*[*_<]?(?:sent (?:from|via|with|using) .{2,60}|get outlook for .{2,20}|(?:von meinem|von) .{2,30} gesendet"
    r"|gesendet (?:von|mit) .{2,40}|envoyé (?:de|depuis) .{2,40}|enviado (?:desde|do) .{2,40}|inviato da .{2,40}"
    r"|verstuurd vanaf .{2,40}|(?:发|發)自我的.{2,20}|从我的.{2,20}(?:发送|发出)|從我的.{2,20}(?:傳送|寄出)"
    r"|发自.{2,20}邮箱.{0,10})"
    r"[.*_]?(?:<[^<>]{1,100}>)?\s*",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"phone|pad|android|mobile|blackberry|samsung|huawei|mail|outlook|pixel|galaxy|的|邮箱", re.IGNORECASE
)
_RULE = re.compile(r"\s*(?:_{20,}|-{20,}|={20,}|~-{5,}.*)\s*")
_NEXT_PART = re.compile(r"-{5,} next part -{5,}")  # in archives of mailing lists
_LIST = re.compile(r"mailing list|unsubscribe|subscri|listinfo|groups\.google|groups\.io|邮件列表|退订", re.IGNORECASE)
_MARKER = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)、])\s")
_LONGEST_SIGNATURE = 20  # lines
_ONE_WIDE = re.compile(f"[{WIDE}]")
_PICTURE = re.compile(r"\[(?:cid|image):[^\]\n]{0,200}\]")
_BEGINS_DATED = re.compile(r"(?:on|le|el|il|em|op|am)\b.*\d", re.IGNORECASE)


def paragraphs_of(lines: list[str], left_out: Counter[str], *, wrapped: bool = True) -> Iterator[str]:
    """Yield the paragraphs that a person wrote in a mail.

    Args:
        lines: Lines of its text, without their ends.
        left_out: Counts what is left out.
        wrapped: Whether paragraphs may run over several lines; else each line is one.

    Examples:
        >>> list(paragraphs_of(["Yes.", "", "On 3 May 2024 Ann wrote:", "> Tea?", "-- ", "Bob"], Counter()))
        ['Yes.']
    """
    lines = _without_armour(lines, left_out)
    lines = _without_quotes(lines, left_out)
    lines = [_PICTURE.sub("", line) for line in _without_signature(lines, left_out)]
    yield from _joined(lines) if wrapped else filter(None, (" ".join(line.split()) for line in lines))


def _without_armour(lines: list[str], left_out: Counter[str]) -> list[str]:
    """Leave out what PGP puts around a text, and what it makes of one."""
    if not any(line.startswith("-----BEGIN PGP") for line in lines):
        return lines
    kept: list[str] = []
    inside, signed = "", False
    for line in lines:
        if inside == "head":
            inside = "head" if line.strip() else ""
        elif inside:
            inside = "" if line.startswith("-----END PGP") else inside
        elif line.startswith("-----BEGIN PGP"):
            left_out[ARMOUR] += not signed
            signed = "SIGNED MESSAGE" in line
            inside = "head" if signed else "armour"
        else:
            kept.append(line[2:] if signed and line.startswith("- ") else line)
    return kept


def _without_quotes(lines: list[str], left_out: Counter[str]) -> list[str]:
    """Leave out what was answered: quoted lines, and all behind the head of an earlier mail."""
    kept: list[str] = []
    quoting = False
    for number, line in enumerate(lines):
        if _QUOTE.match(line):
            if not quoting:
                left_out[QUOTES] += 1
                _take_attribution(kept)
            quoting = True
            continue
        quoting = quoting and not line.strip()
        if _is_head(lines, number):
            left_out[QUOTES] += 1
            if kept and _RULE.fullmatch(kept[-1]):
                kept.pop()
            return kept
        if (end := _dated_attribution(lines, number)) and not _quote_follows(lines, end):
            left_out[QUOTES] += 1
            return kept
        kept.append(line)
    return kept


def _is_head(lines: list[str], number: int) -> bool:
    """Return whether an earlier mail begins here, as Outlook and web mail put it below the answer."""
    line = lines[number]
    if _ORIGINAL.fullmatch(line) or _FORWARDED.fullmatch(line):
        return True
    if not _FIRST_FIELD.match(line):
        return False
    names = {found[1].lower() for later in lines[number : number + 8] if (found := _FIELD.match(later))}
    return len(names) >= 3


def _dated_attribution(lines: list[str], number: int) -> int:
    """Return behind which line an introduction of a reply ends that has a date; 0 if none begins here."""
    if not lines[number].strip() or (number and lines[number - 1].strip() and lines[number - 1].rstrip()[-1:] == ","):
        return 0
    for count in (1, 2, 3):
        text = _spaced(lines[number : number + count])
        if len(text) > 300 or not lines[min(number + count, len(lines)) - 1].strip():
            return 0
        if text.endswith((":", "：")):
            inner = _spaced(lines[number + 1 : number + count])  # one that begins later is found later
            begins = _BEGINS.match(lines[number].strip()) is not None and not _is_dated(inner)
            return number + count if (count == 1 or begins) and _is_dated(text) else 0
    return 0


def _is_dated(text: str) -> bool:
    return _DATED.search(text) is not None and _ATTRIBUTION.fullmatch(text) is not None


def _spaced(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def _quote_follows(lines: list[str], number: int) -> bool:
    later = next((line for line in lines[number:] if line.strip()), "")
    return _QUOTE.match(later) is not None


def _take_attribution(kept: list[str]) -> None:
    """Take away the lines that introduce a quotation, at most three."""
    end = len(kept)
    while end and not kept[end - 1].strip():
        end -= 1
    for count in (1, 2, 3):
        text = _spaced(kept[max(0, end - count) : end])
        if count > end or len(text) > 300 or not kept[end - count].strip() or not text.endswith((":", "：")):
            return
        # A first line that fits may have its date or name in the line before.
        longer = _spaced(kept[max(0, end - count - 1) : end])
        introduces = _ATTRIBUTION.fullmatch(text) or _ADDRESSED.fullmatch(text)
        if introduces and (_DATED.search(text) or not _DATED.search(longer)):
            if count < end and _BEGINS_DATED.match(kept[end - count - 1].strip()):
                count += 1
            del kept[end - count :]
            return


def _without_signature(lines: list[str], left_out: Counter[str]) -> list[str]:
    """Leave out what stands below a text: name and address, the phone's advertisement, the list's."""
    for number, line in enumerate(lines):
        if _NEXT_PART.match(line) and any("scrubbed" in later for later in lines[number + 1 : number + 4]):
            left_out["attachments"] += 1
            lines = lines[:number]
            break
        if _RULE.fullmatch(line) and any(_LIST.search(later) for later in lines[number + 1 : number + 5]):
            left_out[FOOTERS] += 1
            lines = lines[:number]
            break
    filled = [number for number, line in enumerate(lines) if line.strip()]
    for number in filled[-_LONGEST_SIGNATURE:]:
        if lines[number] in ("-- ", "--", "—", "--\xa0"):
            left_out[SIGNATURES] += 1
            lines = lines[:number]
            break
    kept = [line for line in lines if not (_PHONE.fullmatch(line) and _DEVICE.search(line))]
    if len(kept) < len(lines):
        left_out[SIGNATURES] += len(lines) - len(kept)
    return kept


def _joined(lines: list[str]) -> Iterator[str]:
    """Yield paragraphs of lines: a line that is full goes on in the next one."""
    width = max((_columns(line) for line in lines if "://" not in line), default=0)
    full = width - 6 if 40 <= width <= 120 else 1_000_000
    paragraph: list[str] = []
    for line, later in pairwise((*lines, "")):
        if line.strip():
            paragraph.append(line)
        first = later.split(maxsplit=1)[0] if later.strip() else ""
        goes_on = first and not _MARKER.match(later) and _columns(line.rstrip()) + 1 + _first_columns(first) > full
        if paragraph and not goes_on:
            yield join_lines(paragraph)
            paragraph = []


def _columns(line: str) -> int:
    """Return how wide a line is; a Chinese character has two columns."""
    return len(line) if line.isascii() else len(line) + len(_ONE_WIDE.findall(line))


def _first_columns(word: str) -> int:
    return 2 if _ONE_WIDE.match(word) else len(word)
