r"""Conversations from files of JSON lines, in the format of chat fine-tuning.

Input: paths of files with one conversation a line. Output: frozen `Conversation`s.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from nextword.corpus.reading import check_start, find_files, lines_of
from nextword.errors import InputError, NextwordError, TextFileError
from nextword.files.strict_json import parse_json
from nextword.tokens.conversation import Conversation, Turn

_SHAPE = '{"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}'


def read_conversations(*paths: str | os.PathLike[str]) -> Iterator[Conversation]:
    r"""Yield the conversations of JSON-lines files, in the format of chat fine-tuning, one a line.

    A line is `{"messages": [{"role": "user", "content": "..."}, ...]}`; a message with `"weight": 0` is read and not
    learnt, other keys are not looked at, blank lines are skipped. Files are UTF-8, lines end with LF, CRLF or CR, a
    byte order mark is left out. Paths and first bytes are checked at once, the rest when it is read.

    Args:
        paths: Files, or folders, which mean all their `*.jsonl` files, also in folders inside, in sorted order.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no `*.jsonl` file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is not UTF-8 text; codes as in `read_texts`. While reading also if a line is no JSON or
            no conversation; code "line-not-conversation" with the figures `path`, `line` and a `reason`, which is the
            code of what is wrong with it.

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
        for line_number, line in enumerate(lines_of(file), start=1):
            if not line.strip():
                continue
            try:
                conversation = _conversation(line)
            except NextwordError as error:
                raise TextFileError(
                    f"{file}, line {line_number}: {error} A line is one conversation: {_SHAPE}.",
                    code="line-not-conversation",
                    path=str(file),
                    line=line_number,
                    reason=error.code,
                ) from error
            yield conversation


def _conversation(line: str) -> Conversation:
    value = parse_json(line.rstrip())
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        raise InputError(
            f'expected an object with a list of "messages"; found {_shown(value)}.', code="messages-missing"
        )
    for message in messages:
        if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
            raise InputError(
                f'every message has a "role" and a "content"; found {_shown(message)}.', code="message-incomplete"
            )
        if not isinstance(message["content"], str):
            raise InputError(
                f'the "content" of a message is a text; found {_shown(message["content"])}.', code="content-not-text"
            )
    return Conversation(
        tuple(Turn(message["role"], message["content"]) for message in messages),
        tuple(message.get("weight", 1) for message in messages),
    )


def _shown(value: object) -> str:
    """Return a value as short JSON, as it stands in the file."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 80 else f"{written[:80]}..."
