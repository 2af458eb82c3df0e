r"""Chats: what WhatsApp, LINE and Telegram export, as texts or as conversations with one person.

Input: paths of exported files, text, JSON or zip. Output: one `str` a message, or frozen `Conversation`s. The first
characters of a file tell which app wrote it.
"""

import os
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import overload

from nextword.corpus.encodings.decoding import check_decoding
from nextword.corpus.encodings.file_errors import check_start
from nextword.corpus.finding import find_files
from nextword.corpus.piped import PipedFile, copy_shown_as
from nextword.corpus.readers.chats import line, telegram, whatsapp
from nextword.corpus.readers.chats.messages import EMPTY, Message, talks_of
from nextword.corpus.readers.starts import bytes_of_start, start_of
from nextword.corpus.readers.zips import damage_told
from nextword.corpus.reading import Decoding
from nextword.errors import ConfigError, InputError, TextFileError, check_number, described
from nextword.tokens.characters import clean_text
from nextword.tokens.conversation import Conversation

_FORMS: tuple[ModuleType, ...] = (telegram, line, whatsapp)
_ENDINGS = (".txt", ".json", ".zip")
_SHOWN_NAMES = 20


@overload
def read_chat(
    *paths: str | os.PathLike[str],
    me: None = None,
    pause_hours: float = 6,
    encoding: str | None = None,
    errors: str = "strict",
) -> Iterator[str]: ...
@overload
def read_chat(
    *paths: str | os.PathLike[str],
    me: str,
    pause_hours: float = 6,
    encoding: str | None = None,
    errors: str = "strict",
) -> Iterator[Conversation]: ...
def read_chat(
    *paths: str | os.PathLike[str],
    me: str | None = None,
    pause_hours: float = 6,
    encoding: str | None = None,
    errors: str = "strict",
) -> Iterator[str] | Iterator[Conversation]:
    r"""Yield the messages of exported chats, or the conversations that one person had.

    Exports are those of WhatsApp (the text, or the zip file that it is packed in), of LINE, and `result.json` of
    Telegram Desktop. Notes of the app, deleted messages and those with a picture alone are left out; the caption of a
    picture is kept. A message of several lines is one text. Paths, first characters and the name are checked at once.

    Args:
        paths: Files, or folders, which mean all their `*.txt`, `*.json` and `*.zip` files, also in folders inside.
        me: Name of the person whom the model is to answer for, as it stands in the chat: those messages are the turns
            of "assistant", all others of "user". Consecutive messages of one side are one turn, a line each. None
            yields each message as a text.
        pause_hours: With `me`, a message begins a new conversation so many hours after the one before.
        encoding: Name of the encoding of the files; None for UTF-8.
        errors: What is done about bytes that cannot be decoded: "strict" refuses the file, "ignore" leaves them out,
            "replace" puts U+FFFD in their place.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given, a folder has no such file, or nobody in the chats has the name `me`; codes
            "no-paths", "folder-empty" and "name-missing" with the `names` there are and how many messages each has.
        ConfigError: If an option is outside its range, or the encoding unknown; codes "option-out-of-range" and
            "encoding-unknown".
        TextFileError: If a file is no text, or no export of a chat; codes as in `read_texts`, "form-unknown",
            "zip-damaged" and "zip-without-chat". While reading also "json-damaged" and "no-messages".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "chat.txt"
        ...     _ = path.write_text(
        ...         "05.10.23, 14:03 - Ben: Tea?\n05.10.23, 14:04 - Anna: Yes!\n05.10.23, 14:05 - Ben: Good.\n",
        ...         encoding="utf-8",
        ...     )
        ...     list(read_chat(path)), next(read_chat(path, me="Anna")).turns[1]
        (['Tea?', 'Yes!', 'Good.'], Turn(role='assistant', text='Yes!'))
    """
    decoding = check_decoding(encoding, errors)
    check_number("pause_hours", pause_hours, 0, above=True)
    if me is not None and (not isinstance(me, str) or not whatsapp.clean_name(me)):
        raise ConfigError(
            f"`me` must be the name of a person in the chat, or None; received {described(me)}.",
            code="option-out-of-range",
            option="me",
            value=me,
        )
    files = find_files(paths, _ENDINGS)
    for file in files:
        with _unpacked(file, decoding) as chats:
            for chat in chats:
                _form_of(chat, decoding)
    if me is None:
        return (message.text for message in _messages(files, decoding, Counter()))
    return talks_of(_messages(files, decoding, Counter()), _checked_name(me, files, decoding), pause_hours)


def looks_like(start: str) -> bool:
    """Return whether a file is clearly an exported chat.

    Args:
        start: Its first characters.
    """
    return any(form.looks_like(start) for form in _FORMS)


def is_packed_chat(file: Path) -> bool:
    """Return whether a file is a zip archive with an exported chat of WhatsApp in it.

    Args:
        file: A file that exists.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return bool(_chat_names(archive))
    except (zipfile.BadZipFile, OSError):
        return False


def parse(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    """Yield the texts of the messages of an export, which may be packed in a zip file.

    Args:
        file: An exported chat.
        decoding: Its encoding.
        left_out: Where notes of the app, pictures and deleted messages are counted.

    Raises:
        TextFileError: If the file is no export of a chat, or cannot be read; codes as in `read_chat`.
    """
    return (message.text for message in _messages([file], decoding, left_out))


def _messages(files: list[Path], decoding: Decoding, left_out: Counter[str]) -> Iterator[Message]:
    """Yield the messages of files, those of each file and chat with another number."""
    number, last = 0, None
    for file in files:
        with _unpacked(file, decoding) as chats:
            for chat in chats:
                for message in _form_of(chat, decoding).messages(chat, decoding, left_out):
                    if last != (chat, message.chat):
                        number, last = number + 1, (chat, message.chat)
                    if clean_text(message.text).strip():
                        yield message._replace(chat=number)
                    else:
                        left_out[EMPTY] += 1


@contextmanager
def _unpacked(file: Path, decoding: Decoding) -> Iterator[Sequence[Path]]:
    """Give the chats that a file holds: itself, or copies of those packed in it."""
    if not bytes_of_start(file).startswith(b"PK\x03\x04"):
        check_start(file, decoding)
        yield [file]
        return
    with damage_told(file, "zip-damaged", "Export the chat again."), zipfile.ZipFile(file) as archive:
        copies = [_copied(archive, name, file) for name in _chat_names(archive)]
    if not copies:
        raise TextFileError(
            f"{file} is a zip archive without a chat, called `_chat.txt` or `WhatsApp Chat ....txt`.",
            code="zip-without-chat",
            path=str(file),
        )
    yield copies


def _copied(archive: zipfile.ZipFile, name: str, file: Path) -> PipedFile:
    """Return a path that shows a place in an archive and opens a copy of what stands there."""
    with archive.open(name) as packed:
        return copy_shown_as(file / name, iter(partial(packed.read, 1 << 20), b""))


def _chat_names(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of the chats in an archive; other texts in it are attachments."""
    names = [name for name in archive.namelist() if name.lower().endswith(".txt")]
    bases = [(name, name.rpartition("/")[2]) for name in names]
    return [
        name for name, base in bases if base == "_chat.txt" or ("whatsapp" in base.lower() and not base.startswith("."))
    ]


def _form_of(chat: Path, decoding: Decoding) -> ModuleType:
    """Return the reader of a file."""
    start = start_of(chat, decoding)
    form = next((form for form in _FORMS if form.looks_like(start)), None)
    if form is None and whatsapp.has_message(start):
        form = whatsapp  # it is said to be a chat, so one message is enough
    if form is None:
        raise TextFileError(
            f"{chat} is no chat that WhatsApp, LINE or Telegram Desktop (as JSON) exported: no line begins with date, "
            f"time and name. It begins {start.strip()[:60]!r}.",
            code="form-unknown",
            path=str(chat),
        )
    return form


def _checked_name(me: str, files: list[Path], decoding: Decoding) -> str:
    """Return the name as it stands in the chats, after checking that it does; these are read until it is found."""
    wanted = whatsapp.clean_name(me)
    counts: Counter[str] = Counter()
    for message in _messages(files, decoding, Counter()):
        if message.name == me or whatsapp.clean_name(message.name) == wanted:
            return message.name
        counts[message.name] += 1
    shown = ", ".join(f"{name!r} ({count})" for name, count in counts.most_common(_SHOWN_NAMES))
    more = f" and {len(counts) - _SHOWN_NAMES} more" if len(counts) > _SHOWN_NAMES else ""
    raise InputError(
        f"`me` is the name of somebody in the chat, not {me!r:.80}. There are, with their messages: "
        f"{shown or 'none'}{more}.",
        code="name-missing",
        me=me,
        names=dict(counts.most_common()),
    )
