"""Telegram: the messages of `result.json`, which Telegram Desktop exports for a chat or for a whole account.

Input: a JSON file. Output: messages. The file is one JSON value, so it is read as a whole.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from nextword.corpus.readers.chats.messages import CONTACTS, EMPTY, LOCATIONS, MEDIA, POLLS, SYSTEM, Message
from nextword.corpus.reading import Decoding, lines_of
from nextword.errors import InputError, TextFileError
from nextword.files.strict_json import parse_json

_CHAT = re.compile(
    r'"type":\s*"(?:saved_messages|personal_chat|bot_chat|private_group|private_supergroup|public_supergroup|'
    r'private_channel|public_channel|replies|verify_codes)"'
)
_ACCOUNT = re.compile(
    r'"(?:personal_information|frequent_contacts|left_chats)":\s*\{|"chats":\s*\{\s*"(?:about|list)":'
)
_START = re.compile(r'\ufeff?\s*\{\s*"(?:name|about|type|id|messages|chats|personal_information|contacts)":')
_KINDS = (
    ("poll", POLLS),
    ("location_information", LOCATIONS),
    ("contact_information", CONTACTS),
    ("photo", MEDIA),
    ("file", MEDIA),
    ("media_type", MEDIA),
)
NO_NAME = "Deleted Account"
"""How Telegram calls those who have left it; their messages have no name."""


def looks_like(start: str) -> bool:
    r"""Return whether a file is clearly a `result.json` of Telegram.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like('{\n "name": "Ben",\n "type": "personal_chat",\n "id": 7,\n "messages": [')
        True
    """
    if not _START.match(start):
        return False
    return (_CHAT.search(start) and '"messages":' in start) or '"from_id":' in start or bool(_ACCOUNT.search(start))


def messages(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[Message]:
    """Yield the messages in which somebody wrote something.

    Args:
        file: A `result.json`.
        decoding: Its encoding.
        left_out: Where messages without a text are counted.

    Raises:
        TextFileError: If the file cannot be decoded, is no JSON, or has no messages; codes as in `lines_of`,
            "json-damaged" and "no-messages".
    """
    try:
        value = parse_json("".join(lines_of(file, decoding)))
    except InputError as error:
        raise TextFileError(
            f"{file}: {error} Was the export cut short? Export the chat again.",
            code="json-damaged",
            path=str(file),
            reason=error.code,
        ) from error
    chats = list(_chats(value))
    if not chats:
        raise TextFileError(
            f'{file} has no list of "messages": it is not what Telegram Desktop exports as "Machine-readable JSON".',
            code="no-messages",
            path=str(file),
        )
    for number, chat in enumerate(chats):
        for message in chat:
            if isinstance(message, dict) and (said := _message(message, number, left_out)):
                yield said


def _chats(value: Any) -> Iterator[list[Any]]:
    """Yield the lists of messages of a chat, or of all chats of an account."""
    if not isinstance(value, dict):
        return
    if isinstance(value.get("messages"), list):
        yield value["messages"]
    for key in ("chats", "left_chats"):
        listed = value[key].get("list") if isinstance(value.get(key), dict) else None
        for chat in listed if isinstance(listed, list) else []:
            if isinstance(chat, dict) and isinstance(chat.get("messages"), list):
                yield chat["messages"]


def _message(message: dict[str, Any], chat: int, left_out: Counter[str]) -> Message | None:
    """Return a message; None where nobody wrote something."""
    text = _plain(message.get("text")).strip()
    if message.get("type") != "message":
        kind: str | None = SYSTEM
    elif text:
        kind = None
    else:
        kind = next((kind for key, kind in _KINDS if key in message), EMPTY)
    if kind is not None:
        left_out[kind] += 1
        return None
    name = message.get("from")
    return Message(name if isinstance(name, str) and name.strip() else NO_NAME, text, _seconds(message), chat)


def _plain(text: Any) -> str:
    """Return the text of a message without its bold parts and links; it is a `str` or a list of parts."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        return ""
    parts = (part.get("text") if isinstance(part, dict) else part for part in text)
    return "".join(part for part in parts if isinstance(part, str))


def _seconds(message: dict[str, Any]) -> int | None:
    """Return when a message was written, by the clock of the exporting computer."""
    stamp = message.get("date_unixtime")
    if "date" not in message and isinstance(stamp, str) and re.fullmatch("[0-9]{1,18}", stamp):
        return int(stamp)
    try:
        moment = datetime.fromisoformat(message.get("date") or "")
    except (TypeError, ValueError):
        return None
    return moment.toordinal() * 86_400 + moment.hour * 3600 + moment.minute * 60 + moment.second
