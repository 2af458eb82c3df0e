r"""Conversations from files of JSON, in the formats of chat fine-tuning.

Input: paths of files with one conversation a line, or an array of them. Output: frozen `Conversation`s, and counts of
what was left out: a row that is odd costs itself, not the file.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nextword.corpus.encodings.decoding import Decoding, check_decoding
from nextword.corpus.encodings.file_errors import check_start
from nextword.corpus.finding import CONVERSATION_ENDINGS, find_files
from nextword.corpus.readers.conversations.dialects import SHAPE, read_row
from nextword.corpus.readers.conversations.json_rows import json_rows
from nextword.corpus.readers.conversations.spoken import is_message
from nextword.errors import InputError, NextwordError, TextFileError
from nextword.files.odd_rows import hopeless, too_many_odd
from nextword.files.strict_json import parse_json
from nextword.tokens.conversation import Conversation

# These mean the whole file: what is meant can be told once, by whoever wrote it.
_AT_ONCE = ("role-unknown",)
_AT_ONCE_IF_FIRST = ("texts-not-conversations", "message-alone", "tree-of-messages")
_START = re.compile(r"\ufeff?\s*(?:\[\s*)*\{\s*(?:\"[^\"\n]{1,80}\"|'[^'\n]{1,80}')\s*:")


def read_conversations(
    *paths: str | os.PathLike[str], encoding: str | None = None, errors: str = "strict"
) -> Iterator[Conversation]:
    r"""Yield the conversations of JSON files, in the formats of chat fine-tuning.

    A row is `{"messages": [{"role": "user", "content": "..."}, ...]}`, one a line, or in one array. Read as well are
    `conversations` with `from` and `value`, `contents` with `parts`, a bare list of messages, `dialog` as a list of
    texts in turn, and rows of question and reply: `prompt` and `completion`, `instruction`, `input` and `output`,
    `question` and `answer`, `query` and `response`. Of `chosen` and `rejected` the first is read. Other names of roles
    (human, gpt, model, developer) are known. Instructions of "system", wherever they stand, become one at the start. A
    message with `"weight": 0`, `"train": false` or `"loss": false` is read and not learnt.

    Left out are what tools return, messages and parts without text (tool calls, images), rows with `"label": false`,
    and odd rows: those that are no JSON or no conversation. A file in which more than 1 in 10 rows are odd is refused,
    unless it is a single one beside others. Other keys are not looked at, blank lines are skipped. Files are
    UTF-8 unless `encoding` says otherwise. Paths and first bytes are checked at once, the rest when it is read.

    Args:
        paths: Files, or folders, which mean all their `*.jsonl` and `*.ndjson` files, or where there are none their
            `*.json` files, also in folders inside, in sorted order.
        encoding: Name of the encoding, as Python knows it; None for UTF-8, with or without a byte order mark.
        errors: What is done about bytes that are not in it: "strict" refuses the file, "ignore" leaves them out,
            "replace" puts U+FFFD in their place.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given or a folder has no such file; codes "no-paths" and "folder-empty".
        TextFileError: If a file is not UTF-8 text; codes as in `read_texts`. While reading also if a role is unknown or
            too many rows are odd, code "line-not-conversation" with the figures `path`, `line`, a `reason`, which is
            the code of what is wrong with it, and `odd` of `rows`; if brackets do not match, code "json-cut"; and at
            the end if there were rows and none had a text, code "no-conversations".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tea.jsonl"
        ...     _ = path.write_text('{"messages": [{"role": "user", "content": "Tea?"}]}\n', encoding="utf-8")
        ...     next(read_conversations(path)).turns
        (Turn(role='user', text='Tea?'),)
    """
    decoding = check_decoding(encoding, errors)
    files = _find(paths)
    for file in files:
        check_start(file, decoding)
    return conversations_of(files, decoding, Counter())


def looks_like(start: str) -> bool:
    r"""Return whether the first characters of a file are those of rows of JSON, or of a Python value like it.

    Args:
        start: Some hundred characters.

    Examples:
        >>> looks_like('[\n  {"messages": [{"role": '), looks_like("[Music] {laughs}")
        (True, False)
    """
    return _START.match(start) is not None


def parse(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[Conversation]:
    r"""Yield the conversations of one file.

    Args:
        file: A file that exists.
        decoding: Its encoding.
        left_out: Counts what is left out, under plural phrases such as "odd rows" or "tool results"; changed in place.

    Raises:
        TextFileError: As `read_conversations` raises it while reading, but for "no-conversations".
    """
    odd: list[tuple[int, NextwordError]] = []  # the first ones
    odd_count = rows = 0
    for line, text in json_rows(file, decoding, _is_row):
        rows += 1
        left_here: Counter[str] = Counter()
        try:
            conversation = read_row(parse_json(text), left_here)
        except (NextwordError, RecursionError) as error:
            odd_count += 1
            odd.append((line, _told(text, error)))
            reason = odd[-1][1].code
            if reason in _AT_ONCE or (reason in _AT_ONCE_IF_FIRST and odd_count == rows):
                raise _refusal(file, odd[-1:], odd_count, rows) from error
            if hopeless(odd_count, rows):
                raise _refusal(file, odd, odd_count, rows) from error
            del odd[5:]
            left_out["odd rows"] += 1
        else:
            left_out.update(left_here)
            if conversation is not None:
                yield conversation
    if too_many_odd(odd_count, rows):
        raise _refusal(file, odd, odd_count, rows) from odd[0][1]


def _find(paths: tuple[str | os.PathLike[str], ...]) -> list[Path]:
    """Return the files that paths mean, those of folders as `read_conversations` says."""
    try:
        return find_files(paths, CONVERSATION_ENDINGS)
    except InputError as error:
        if error.code != "folder-empty":
            raise
        try:
            return find_files(paths, ".json")
        except InputError:
            raise error from None


def conversations_of(files: list[Path], decoding: Decoding, left_out: Counter[str]) -> Iterator[Conversation]:
    """Yield the conversations of files that were checked.

    Args:
        files: Files that exist.
        decoding: Their encoding.
        left_out: Counts what is left out, as in `parse`.

    Raises:
        TextFileError: As `read_conversations` raises it while reading.
    """
    is_empty = True
    for file in files:
        for conversation in parse(file, decoding, left_out):
            is_empty = False
            yield conversation
    if is_empty and left_out:
        counts = ", ".join(f"{count:,} {what}" for what, count in left_out.items())
        raise TextFileError(
            f"{files[0]}: there is no conversation to read; left out: {counts}. A row is one conversation: {SHAPE}.",
            code="no-conversations",
            path=str(files[0]),
            left_out=dict(left_out),
        )


def _is_row(text: str) -> bool:
    """Return whether the first value of a list is a row of its own, not a message of a conversation."""
    try:
        value = parse_json(text)
    except NextwordError:
        return True
    return isinstance(value, dict | list) and not is_message(value)


def _told(text: str, error: NextwordError | RecursionError) -> NextwordError:
    """Return an error about a row that is no JSON with what it seems to be."""
    if isinstance(error, RecursionError):
        return InputError("it is nested too deeply.", code="nested-too-deeply")
    if error.code != "not-json":
        return error
    hint = ""
    if re.match(r"[\[{(\s]*'", text):
        hint = " This is how Python shows a value: write it by `json.dumps(value)`."
    elif "constant" in error.figures:
        hint = " Write null or leave the key out."
    elif text.startswith("{") and not text.endswith(("}", "]", ",")):
        hint = " Is the line cut?"
    return InputError(f"{error}{hint}", code=error.code, **error.figures) if hint else error


def _refusal(file: Path, odd: list[tuple[int, NextwordError]], odd_count: int, rows: int) -> TextFileError:
    """Return an error that shows the first odd rows."""
    (line, error), *others = odd
    also = "".join(f" Line {number}: {other}" for number, other in others[:3])
    share = f" {odd_count:,} of {rows:,} rows are odd. Mend or remove them." if odd_count > 1 else ""
    return TextFileError(
        f"{file}, line {line}: {error}{also}{share} A row is one conversation: {SHAPE}.",
        code="line-not-conversation",
        path=str(file),
        line=line,
        reason=error.code,
        odd=odd_count,
        rows=rows,
        first=tuple((number, shown.code) for number, shown in odd[:5]),
    )
