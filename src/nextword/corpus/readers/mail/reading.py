"""Mailboxes become texts: one a paragraph that a person wrote.

Input: paths of mboxes, of Maildir folders, of single mails. Output: one `str` a paragraph. Dates and headers are never
read as text; mails that programs sent, copies of a mail, attachments and quoted replies are left out and counted.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from nextword.corpus.encodings.decoding import check_decoding
from nextword.corpus.finding import find_files
from nextword.corpus.readers.charsets import declared_encoding, known_encoding
from nextword.corpus.readers.mail.replies import QUOTES, SIGNATURES, paragraphs_of
from nextword.corpus.readers.markup.web import html_texts
from nextword.corpus.reading import Decoding, check_start
from nextword.files.access import access_told

ENDINGS = (".mbox", ".mbx", ".eml", ".emlx")

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{0,30}?\d?\d:\d\d"
_SEPARATOR = re.compile(rf"From \S.*{_DAY}.*\d{{4}}".encode())
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_START = re.compile(rf"\s*From \S.*{_DAY}.*\d{{4}}[^\n]*\n(?:>?[\w-]+:|>From )")
_HEADER = re.compile(r"([!-9;-~]+):(?: |\t|\n|$)")
_MACHINES = {"message-id", "received", "mime-version", "content-type", "delivered-to", "return-path", "x-mailer"}
_LENGTH = re.compile(rb"\s*\d{1,10}\s*\n")
_DAEMON = re.compile(r"(?:mailer-daemon|postmaster)@|mail delivery (?:sub)?system", re.IGNORECASE)
# How mail programs mark the signature in HTML: Gmail, Thunderbird, Proton, Outlook.
_SIGNATURE = re.compile(
    r"\b(?:class|id)\s*=\s*[\"']?(?:[\w-]+ )*"
    r"(?:gmail_signature|moz-signature|protonmail_signature_block|(?:x_)?Signature)(?=[\s\"'>]|$)"
)


def read_mail(*paths: str | os.PathLike[str], encoding: str | None = None, errors: str = "strict") -> Iterator[str]:
    r"""Yield the texts of mails, one a paragraph that a person wrote in them.

    Quoted replies, signatures, attachments, copies with the same Message-ID and mails that programs sent are left out;
    where a mail has a plain text and HTML, the plain text is read. Lines that were wrapped are joined. A part whose
    encoding is unknown or wrong is left out, unless `encoding` or `errors` says how to read it.

    Args:
        paths: Files (mboxes, or single mails), or folders, which mean all their `.mbox`, `.mbx`, `.eml` and `.emlx`
            files and the mails of Maildir folders, also in folders inside, in sorted order.
        encoding: Encoding of parts that name none or a wrong one; None for UTF-8.
        errors: What is done about bytes that an encoding has not: "strict" leaves out the part, "ignore" the bytes,
            "replace" puts U+FFFD in their place.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no mail; codes "no-paths" and "folder-empty".
        TextFileError: If a file is of another kind; codes "file-of-another-kind" and "nul-byte".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.eml"
        ...     _ = path.write_text("From: Ann\nSubject: Tea\n\nYes, please.\n\n-- \nAnn\n", encoding="utf-8")
        ...     list(read_mail(path))
        ['Yes, please.']
    """
    files = find_files(paths, ENDINGS, also=is_mail_without_ending)
    for file in files:
        check_start(file)
    decoding, left_out, seen = check_decoding(encoding, errors), Counter[str](), set[str]()
    return (text for file in files for text in parse(file, decoding, left_out, seen))


def is_mail_without_ending(file: Path) -> bool:
    """Return whether a file is a mail of a Maildir, or the mbox in a folder of Apple Mail.

    Args:
        file: A file in a folder.
    """
    folder = file.parent
    maildir = folder.name in ("cur", "new") and (folder.parent / "cur").is_dir() and (folder.parent / "new").is_dir()
    return (maildir and not file.name.startswith(".")) or file.name.lower() == "mbox"


def looks_like(start: str) -> bool:
    r"""Return whether the beginning of a file is clearly that of a mailbox or a mail.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like("From ann@x.org Mon May  6 10:00:00 2024\nSubject: Tea\n\nYes."), looks_like("From here on")
        (True, False)
    """
    start = start.removeprefix("\ufeff").replace("\r\n", "\n")
    if _START.match(start):
        return True
    names = set()
    for line in start.lstrip("\n").split("\n"):
        if not line:
            break
        if not line.startswith((" ", "\t")):
            header = _HEADER.match(line)
            if header is None:
                return False
            names.add(header[1].lower())
    return "from" in names and len(names) >= 3 and not names.isdisjoint(_MACHINES)


def parse(file: Path, decoding: Decoding, left_out: Counter[str], seen: set[str] | None = None) -> Iterator[str]:
    """Yield the texts of a mailbox or a mail.

    Args:
        file: The mailbox.
        decoding: Encoding of parts that name none or a wrong one.
        left_out: Counts what is left out.
        seen: Message-IDs that were read before, if copies in several files are to be known; grows.
    """
    seen = set() if seen is None else seen
    for data in _mails(file):
        try:
            message = message_from_bytes(data)
            message_id = str(message.get("Message-ID", "")).strip()
            if message_id and message_id in seen:
                left_out["copies of mails"] += 1
                continue
            seen.add(message_id)
            if _is_automatic(message):
                left_out["automatic mails"] += 1
                continue
            texts = list(_texts_of(message, decoding, left_out))
        except (RecursionError, LookupError, ValueError, TypeError, AttributeError):  # of `email`, where a mail is odd
            left_out["damaged mails"] += 1
            continue
        yield from texts


def _mails(file: Path) -> Iterator[bytes]:
    """Yield the mails of a file, one at a time, without what stands between them."""
    with access_told(file, writing=False), file.open("rb") as stream:
        first = stream.readline()
        while first and not first.strip(b"\r\n\xef\xbb\xbf"):
            first = stream.readline()
        first = first.removeprefix(b"\xef\xbb\xbf")
        if _LENGTH.fullmatch(first):  # Apple Mail: the length, the mail, and what Apple Mail knows about it
            yield stream.read(int(first))
            return
        if not first.startswith(b"From "):
            data = first + stream.read()
            if data.strip():
                yield data
            return
        lines: list[bytes] = []
        for line in stream:
            if line.startswith(b"From ") and _SEPARATOR.match(line):
                yield _ESCAPED.sub(rb"\1", b"".join(lines))
                lines = []
            else:
                lines.append(line)
        yield _ESCAPED.sub(rb"\1", b"".join(lines))


def _is_automatic(message: Message) -> bool:
    """Return whether a program sent a mail: it came back undelivered, or someone is away."""
    if message.get_content_type() == "multipart/report":
        return True
    if str(message.get("Auto-Submitted", "no")).strip().lower()[:2] != "no":
        return True
    if str(message.get("Precedence", "")).strip().lower() == "auto_reply" or "X-Autoreply" in message:
        return True
    return _DAEMON.search(str(message.get("From", ""))) is not None


def _texts_of(message: Message, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    """Yield the texts of a mail, or of a part of one."""
    kind = message.get_content_type()
    if kind == "multipart/encrypted":
        left_out["encrypted mails"] += 1
    elif message.is_multipart() and kind != "message/rfc822":
        parts = [part for part in message.get_payload() if isinstance(part, Message)]
        if kind == "multipart/alternative":
            parts = _best_of(parts)
        for part in parts:
            yield from _texts_of(part, decoding, left_out)
    elif (
        kind not in ("text/plain", "text/html")
        or message.get_content_disposition() == "attachment"
        or (message.get_filename())
    ):
        left_out["attachments"] += 1
    else:
        text = _decoded(message, decoding)
        if text is None:
            left_out["parts of unknown encoding"] += 1
        elif kind == "text/html" or text.lstrip()[:200].lower().startswith(("<html", "<!doctype html")):
            counts = Counter[str]()  # a mail's style sheets tell nobody anything
            signed = (_SIGNATURE, SIGNATURES)
            lines = list(html_texts(text, counts, skip_blockquotes=QUOTES, skip_marked=signed, split_at_breaks=True))
            left_out.update({kind: counts[kind] for kind in (QUOTES, SIGNATURES) if counts[kind]})
            yield from paragraphs_of(lines, left_out, wrapped=False)
        else:
            lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            flowed = str(message.get_param("format", "")).lower() == "flowed"
            if flowed:
                lines = _unflowed(lines, str(message.get_param("delsp", "")).lower() == "yes")
            yield from paragraphs_of(lines, left_out, wrapped=not flowed)


def _best_of(parts: list[Message]) -> list[Message]:
    """Return the part to read of those that say the same: the plain text, if there is any in it."""
    for part in parts:
        if part.get_content_type() == "text/plain" and not part.is_multipart():
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data.strip():
                return [part]
    return parts[-1:]


def _decoded(part: Message, decoding: Decoding) -> str | None:
    """Return the text of a part; None if it cannot be read."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return None
    named = str(part.get_content_charset() or "")
    own = known_encoding(named) if named and named != "us-ascii" else None
    if own is None and part.get_content_type() == "text/html":
        own = declared_encoding(data)
    candidates = [name for name in (own, decoding.encoding, "utf-8") if name]
    for name in candidates:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        return text if "\0" not in text else None
    return None if decoding.errors == "strict" else data.decode(candidates[0], decoding.errors).replace("\0", "")


def _unflowed(lines: list[str], without_space: bool) -> list[str]:
    """Return paragraphs of `format=flowed`, where a space at the end of a line says that it goes on."""
    paragraphs: list[str] = []
    goes_on = False
    for line in lines:
        quoted = line.startswith(">")
        text = line if quoted else line.removeprefix(" ")
        flows = text.endswith(" ") and text != "-- " and not quoted
        if goes_on and not quoted and text != "-- ":
            paragraphs[-1] += text
        else:
            paragraphs.append(text)
        if flows and without_space:
            paragraphs[-1] = paragraphs[-1][:-1]
        goes_on = flows
    return paragraphs
