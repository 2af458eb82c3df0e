r"""Dialects of chat fine-tuning: which keys of a row hold the messages, and in which order.

Input: the JSON value of a row. Output: its messages, each an object that says who speaks and what, for
`build_conversation`. Known are the forms of OpenAI, Anthropic, Bedrock, Mistral, Gemini and Cohere, of TRL, Axolotl,
LLaMA-Factory, ms-swift, MLX and torchtune, ShareGPT, Alpaca and Dolly, preference data and rows of question and answer.
"""

import re
from collections import Counter
from typing import Any, TypeAlias

from nextword.corpus.readers.conversations.spoken import (
    build_conversation,
    is_blank,
    is_message,
    role_of,
    shown_json,
    text_of,
)
from nextword.errors import InputError
from nextword.files.strict_json import parse_json
from nextword.tokens.conversation import Conversation

_Messages: TypeAlias = list[Any]

_LISTS = (
    *("messages", "conversations", "conversation", "dialog", "dialogue", "dialogs", "dialogues", "contents", "turns"),
    *("utterances", "chat", "data"),
)
_SYSTEMS = ("system", "system_prompt", "systeminstruction", "system_instruction")
_QUESTIONS = ("instruction", "prompt", "question", "query", "inputs", "input", "user", "human", "patient")
_REPLIES = (
    *("chosen", "completion", "response", "output", "answer", "reply", "targets", "target", "assistant", "bot", "gpt"),
    "doctor",
)
_REJECTED = ("rejected", "rejected_response", "rejected_messages", "non_preferred_output")
_TEXTS = ("text", "content", "body", "sentence", "document", "article", "paragraph")
_TRANSCRIPT = re.compile(r"(?:^|\n\n)\s*(Human|Assistant):")

SHAPE = '{"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}'
"""How a row looks; the form that all others are brought to."""


def read_row(value: object, left_out: Counter[str]) -> Conversation | None:
    r"""Return the conversation of a row, or None if it has nothing to say.

    Args:
        value: The JSON value of the row.
        left_out: Counts what is left out, under plural phrases; changed in place.

    Raises:
        InputError: If it is no conversation in a known dialect; codes as in `messages_of` and `build_conversation`.

    Examples:
        >>> read_row({"prompt": "Tea?", "completion": " No.\n"}, Counter()).turns
        (Turn(role='user', text='Tea?'), Turn(role='assistant', text='No.'))
    """
    messages = messages_of(value, left_out)
    return None if messages is None else build_conversation(messages, left_out)


def messages_of(value: object, left_out: Counter[str]) -> list[Any] | None:
    """Return the messages of a row, or None if it is labelled as a bad example.

    Args:
        value: The JSON value of the row.
        left_out: Counts rejected replies and rows labelled as bad; changed in place.

    Raises:
        InputError: If there are none: codes "messages-missing", "reply-missing", "message-alone", "tree-of-messages",
            "texts-not-conversations", and those of `parse_json` where messages are JSON in a text.
    """
    if isinstance(value, list):
        if not value or not all(map(is_message, value)):
            raise _unknown(value)
        return value
    if not isinstance(value, dict):
        raise _unknown(value)
    row = _lower_keys(value)
    for wrapper in ("body", "input"):  # a request of OpenAI, an input with two outputs to choose from
        if isinstance(row.get(wrapper), dict) and "messages" in row[wrapper]:
            row |= _lower_keys(row[wrapper])
    messages = _listed(row)
    if messages is None:
        messages = _asked(row, value)
    elif chosen := row.get("chosen") or row.get("preferred_output"):
        messages = _joined(messages, _said("assistant", chosen))
    if row.get("label") is False or row.get("kto_tag") is False:
        left_out["conversations labelled as bad"] += 1
        return None
    if not row.keys().isdisjoint(_REJECTED) and any(row.get(key) for key in _REJECTED):
        left_out["rejected replies"] += 1
    instruction = next((row[key] for key in _SYSTEMS if row.get(key) is not None), None)
    if instruction is not None and not is_blank(text_of(instruction, Counter())):
        return [{"role": "system", "content": instruction}, *messages]
    return messages


def _lower_keys(value: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose keys are in lower case; of two casings of a key that in lower case counts."""
    return (
        value
        if all(map(str.islower, value))
        else {key.lower(): value[key] for key in value} | {key: value[key] for key in value if key.islower()}
    )


def _listed(row: dict[str, Any]) -> _Messages | None:
    """Return the messages of the first key that has a list of them; None if there is no such key."""
    if row.keys().isdisjoint(_LISTS):
        return None
    for key in _LISTS:
        items = row.get(key)
        if isinstance(items, str) and items.lstrip().startswith("["):  # JSON in a text, as tables have it
            items = parse_json(items)
        if isinstance(items, list) and (key != "data" or (items and (is_message(items[0]) or _is_texts(items)))):
            return _expanded(items)
    return None


def _expanded(items: list[Any]) -> _Messages:
    """Return messages for what a list has: messages, texts of two sides in turn, or pairs of question and answer."""
    if _is_texts(items):
        return [{"role": ("user", "assistant")[number % 2], "content": text} for number, text in enumerate(items)]
    messages: _Messages = []
    for item in items:
        if isinstance(item, list) and len(item) == 2 and all(isinstance(text, str | None) for text in item):
            messages += _pair(*item)
        elif isinstance(item, dict) and not is_message(item) and _first(item, _REPLIES) is not None:
            messages += messages_of(item, Counter()) or ()
        else:
            messages.append(item)  # anything else is refused where messages are read
    return messages


def _is_texts(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, str) for item in items)


def _asked(row: dict[str, Any], value: dict[str, Any]) -> _Messages:
    """Return the messages of a row that has a question and a reply, each a text or messages."""
    question, reply = _first(row, _QUESTIONS), _first(row, _REPLIES)
    if reply is None or (question is None and reply != "chosen"):
        raise _unknown(value, None if question is None else row[question])
    history = row.get("history") or []
    if not isinstance(history, list):
        raise _unknown(value)
    asked = _expanded(history)
    if question is not None:
        given = row[question]
        if question == "instruction":
            more = row.get("input") or row.get("context")
            if isinstance(given, str) and isinstance(more, str) and more.strip():
                given = f"{given.strip()}\n{more}" if given.strip() else more
        asked += _said("user", given)
    return _joined(asked, _said("assistant", row[reply]))


def _first(row: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Return the first of some keys that has a value."""
    return next((key for key in keys if row.get(key) is not None), None)


def _joined(asked: _Messages, reply: _Messages) -> _Messages:
    """Return question and reply; a reply that begins with what the user says has the question in it."""
    roles = (role_of(message) for message in reply if is_message(message))
    return reply if next((role for role in roles if role != "system"), None) == "user" else [*asked, *reply]


def _said(role: str, said: object) -> _Messages:
    """Return the messages of one side: a text, a transcript, one message or several."""
    if isinstance(said, str):
        if _TRANSCRIPT.match(said):
            _, *parts = _TRANSCRIPT.split(said)
            texts = [(who, text.strip()) for who, text in zip(parts[::2], parts[1::2], strict=True)]
            return [{"role": who, "content": text} for who, text in texts if text]
        return [{"role": role, "content": said.strip()}]
    if isinstance(said, dict) and is_message(said):
        return [said]
    if isinstance(said, list) and said and (len(said) == 1 or all(map(is_message, said))):
        return said if is_message(said[0]) else _said(role, said[0])
    message = f"what is said is a text or messages; found {shown_json(said)}."
    raise InputError(message, code="content-not-text")


def _pair(question: object, answer: object) -> _Messages:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _is_tree(value: object) -> bool:
    return isinstance(value, dict) and "replies" in value


def _unknown(value: object, question: object = None) -> InputError:
    """Say what a row that is no conversation seems to be, and the way out."""
    row = value if isinstance(value, dict) else {}
    if _is_tree(value) or _is_tree(question):
        message = "a tree of messages is no conversation: write each of its branches as a row of its own."
        return InputError(message, code="tree-of-messages")
    if is_message(row):
        message = f"a row is a whole conversation; found a single message, {shown_json(value)}. Put them in one list."
        return InputError(message, code="message-alone")
    text = next((key for key in row if key.lower() in _TEXTS and isinstance(row[key], str)), None)
    if text is not None and question is None:
        message = f"a row with {text!r} is a plain text: read such a file by `read_table(path, column={text!r})`."
        return InputError(message, code="texts-not-conversations", column=text)
    if question is not None:
        message = f"there is a question and no reply in {shown_json(value)}."
        return InputError(message, code="reply-missing")
    rows = next((key for key in row if isinstance(row[key], list) and row[key] and isinstance(row[key][0], dict)), None)
    hint = "" if rows is None else f" Are the rows in {rows!r}? Write that list alone."
    message = f'expected an object with a list of "messages"; found {shown_json(value)}.{hint}'
    return InputError(message, code="messages-missing")
