r"""Conversations: turns of text, each with the role of who speaks, and their reading from JSON lines.

Enters: turns, or paths of files with one conversation a line. Leaves: frozen `Conversation`s. Who speaks is kept beside
the text and never written into it, so whatever a text says, also `<assistant>`, is plain text.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from nextword.characters import clean_text
from nextword.errors import InputError, InputTypeError, NextwordError, TextFileError
from nextword.reading import check_start, find_files, lines_of

ROLES = ("system", "user", "assistant")
"""Who can speak: "system" gives the instruction at the start, if there is one; the others take turns."""

_SHAPE = '{"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}'


class Turn(NamedTuple):
    """What one side says: its role, and a text."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order; `say` gives a new conversation with one more.

    Args:
        turns: Pairs of a role, "system", "user" or "assistant", and a text; "system" only first.

    Raises:
        InputTypeError: If the turns are no pairs, or a text is no `str`.
        InputError: If a role is unknown, "system" is not the first turn, or a text is blank.

    Examples:
        >>> talk = Conversation().say("user", "Hello!").say("assistant", "Good morning.")
        >>> talk.turns[-1]
        Turn(role='assistant', text='Good morning.')
    """

    turns: tuple[Turn, ...] = ()

    def __post_init__(self) -> None:
        """Check the turns."""
        turns = self.turns
        if not isinstance(turns, list | tuple) or not all(isinstance(turn, tuple) and len(turn) == 2 for turn in turns):
            raise InputTypeError(f"the turns of a conversation are pairs of a role and a text; received {turns!r:.80}.")
        for number, (role, text) in enumerate(turns, start=1):
            check_role(role)
            if role == "system" and number > 1:
                raise InputError(
                    f'"system" is the role of the first turn, an instruction; received it as turn {number}.'
                )
            if not isinstance(text, str):
                raise InputTypeError(f"what is said is a `str`; received {text!r:.80} ({type(text).__name__}).")
            if not clean_text(text).strip():
                raise InputError(f"a turn says something; received the blank text {text!r:.40} as turn {number}.")
        object.__setattr__(self, "turns", tuple(Turn(*turn) for turn in turns))

    def say(self, role: str, text: str) -> "Conversation":
        """Return the conversation with one more turn.

        Args:
            role: "user" or "assistant", or "system" for an instruction at the start.
            text: What is said, not blank; line breaks in it count as spaces.

        Raises:
            InputTypeError: If `text` is no `str`.
            InputError: If the role is unknown, or "system" later than first; if the text is blank.
        """
        return Conversation((*self.turns, Turn(role, text)))


def check_role(role: object) -> None:
    """Raise `InputError` unless `role` is one of `ROLES`."""
    if role not in ROLES:
        raise InputError(f"a role is one of {ROLES}; received {role!r:.80}.")


def read_conversations(*paths: str | os.PathLike[str]) -> Iterator[Conversation]:
    r"""Yield the conversations of JSON-lines files, in the format of chat fine-tuning, one a line.

    A line is `{"messages": [{"role": "user", "content": "..."}, ...]}`; other keys are not looked at, blank lines are
    skipped. Files are UTF-8, lines end with LF, CRLF or CR, a byte order mark is left out. Paths and first bytes are
    checked at once, the rest when it is read.

    Args:
        paths: Files, or folders, which mean all their `*.jsonl` files, also in folders inside, in sorted order.

    Raises:
        InputTypeError: If a path is of another type.
        MissingFileError: If a path does not exist.
        InputError: If no path is given or a folder has no `*.jsonl` file.
        TextFileError: If a file is not UTF-8 text; while reading also if a line is no JSON, or no conversation: the
            message names file and line.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.jsonl"
        ...     _ = path.write_text('{"messages": [{"role": "user", "content": "Tea?"}]}\n', encoding="utf-8")
        ...     next(read_conversations(path)).turns
        (Turn(role='user', text='Tea?'),)
    """
    files = find_files(paths, ".jsonl")
    for file in files:
        check_start(file)
    return _read(files)


def _read(files: list[Path]) -> Iterator[Conversation]:
    for file in files:
        for number, line in enumerate(lines_of(file), start=1):
            if not line.strip():
                continue
            try:
                conversation = _conversation(line)
            except (NextwordError, ValueError, RecursionError) as error:  # a ValueError is that of a number too long
                told = "it is nested too deeply." if isinstance(error, RecursionError) else str(error)
                raise TextFileError(f"{file}, line {number}: {told} A line is one conversation: {_SHAPE}.") from error
            yield conversation


def _conversation(line: str) -> Conversation:
    try:
        value = json.loads(line.rstrip(), object_pairs_hook=_unrepeated, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"this is no JSON: {error.msg} at character {error.pos + 1}.") from error
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        raise InputError(f'expected an object with a list of "messages"; found {_shown(value)}.')
    for message in messages:
        if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
            raise InputError(f'every message has a "role" and a "content"; found {_shown(message)}.')
        if not isinstance(message["content"], str):
            raise InputError(f'the "content" of a message is a text; found {_shown(message["content"])}.')
    return Conversation(tuple(Turn(message["role"], message["content"]) for message in messages))


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse keys that stand twice: which of the two texts is meant, nobody knows."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InputError(f"the key {repeated!r:.80} stands twice in one object.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise InputError(f"{name} is no JSON.")


def _shown(value: object) -> str:
    """Return a value as short JSON, as it stands in the file."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 80 else f"{written[:80]}..."
