"""Messages of a chat -> conversations between one person and all others.

Input: messages in order. Output: frozen `Conversation`s, a new one after each pause. What the readers of the forms of
chats share.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nextword.tokens.conversation import Conversation, Turn

SYSTEM, MEDIA, DELETED = "system lines", "left-out media", "deleted messages"
POLLS, LOCATIONS, CONTACTS, EMPTY = "polls", "shared locations", "contact cards", "empty messages"
BEFORE = "lines before the first message"
"""What a chat has beside what people wrote; the names under which it is counted."""


class Message(NamedTuple):
    """What one person wrote at one time.

    Attributes:
        name: Who wrote it.
        text: What, not blank.
        time: When, in seconds since some fixed day; None where that cannot be told.
        chat: Number of the chat that it belongs to, where a file has several.
    """

    name: str
    text: str
    time: int | None = None
    chat: int = 0


def talks_of(messages: Iterable[Message], me: str, pause_hours: float) -> Iterator[Conversation]:
    r"""Yield the conversations of a chat; consecutive messages of one side are one turn, a line each.

    Args:
        messages: In the order in which they were written.
        me: Name of the person whose messages are the turns of "assistant"; all others are "user".
        pause_hours: The next message begins a new conversation if so much time, or more, lies between the two.

    Examples:
        >>> messages = [Message("Ben", "Tea?", 0), Message("Ben", "Or not?", 9), Message("Anna", "Yes!", 60)]
        >>> next(talks_of(messages, "Anna", 6)).turns
        (Turn(role='user', text='Tea?\nOr not?'), Turn(role='assistant', text='Yes!'))
    """
    turns: list[tuple[str, list[str]]] = []
    last: Message | None = None
    for message in messages:
        if last is not None and _apart(last, message, pause_hours * 3600):
            yield _conversation(turns)
            turns = []
        role = "assistant" if message.name == me else "user"
        if turns and turns[-1][0] == role:
            turns[-1][1].append(message.text)
        else:
            turns.append((role, [message.text]))
        last = message
    if turns:
        yield _conversation(turns)


def _conversation(turns: list[tuple[str, list[str]]]) -> Conversation:
    return Conversation(tuple(Turn(role, "\n".join(texts)) for role, texts in turns))


def _apart(last: Message, message: Message, pause: float) -> bool:
    """Return whether two messages are of two conversations; also if time goes back, where chats were joined."""
    if last.chat != message.chat:
        return True
    return last.time is not None and message.time is not None and abs(message.time - last.time) >= pause
