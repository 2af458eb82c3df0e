r"""Messages of chat fine-tuning, however they name roles and hold text -> a `Conversation`.

Input: messages as JSON values. Output: a `Conversation` of what people and the assistant say, and counts of what has no
text. Results of tools are left out: no user types them and no assistant says them.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from nextword.errors import InputError
from nextword.tokens.characters import clean_text
from nextword.tokens.conversation import Conversation, Turn

_TOOL_RESULT, _TOOL_CALL = "tool results", "tool calls"
_ROLES = {
    "system": ("system", "developer", "系统"),
    "user": ("user", "human", "prompter", "customer", "client", "patient", "student", "person", "用户"),
    "assistant": (
        *("assistant", "gpt", "chatgpt", "bot", "chatbot", "model", "ai", "agent", "bing", "bard", "claude", "llm"),
        *("doctor", "teacher", "助手"),
    ),
    _TOOL_RESULT: (
        *("tool", "function", "ipython", "observation", "tool_response", "tool_result", "tool_results"),
        *("function_response", "function_result", "environment"),
    ),
    _TOOL_CALL: ("function_call", "tool_call", "tool_calls"),
}
_ROLE_OF = {name: role for role, names in _ROLES.items() for name in names}
_ROLE_KEYS = ("role", "from", "author", "speaker")
_TEXT_KEYS = ("content", "value", "text", "parts", "message")
# A message with one of these may well have no text.
_INSTEAD_OF_TEXT = ("tool_calls", "function_call", "audio", "refusal", "reasoning_content", "thinking", "images")
_WEIGHTS = ("weight", "train", "loss")
_TEXT_PARTS = (None, "text", "input_text", "output_text", "refusal")


def is_message(value: object) -> bool:
    """Return whether a JSON value is a message: an object that says who speaks.

    Args:
        value: Any JSON value.

    Examples:
        >>> is_message({"from": "human", "value": "Tea?"}), is_message({"prompt": "Tea?"})
        (True, False)
    """
    return isinstance(value, dict) and any(key in value for key in _ROLE_KEYS)


def role_of(message: dict[str, Any]) -> str:
    """Return who speaks: "system", "user", "assistant", or the phrase under which such messages are left out.

    Args:
        message: An object that `is_message`.

    Raises:
        InputError: If the role is none that is known; code "role-unknown".
    """
    role = next(message[key] for key in _ROLE_KEYS if key in message)
    if isinstance(role, dict):  # {"author": {"role": "user"}}
        role = role.get("role")
    known = _ROLE_OF.get(role) or _ROLE_OF.get(role.strip().lower()) if isinstance(role, str) else None
    if known is None:
        names = "; ".join(f"{' '.join(names)} ({meaning})" for meaning, names in _ROLES.items())
        raise InputError(
            f"a role is one of {names}; found {shown_json(role)}. Rename it in the file.",
            code="role-unknown",
            role=role,
        )
    return known


def build_conversation(messages: Iterable[object], left_out: Counter[str]) -> Conversation | None:
    r"""Return the conversation of messages, or None if no message has text.

    Instructions of "system" become one turn at the start, wherever they stand: they are read and never said.

    Args:
        messages: Objects that say who speaks and what; a weight of 0, or `train` or `loss` of false, is not learnt.
        left_out: Counts what is left out, under plural phrases; changed in place.

    Raises:
        InputError: If a message has no role or no text where it should, a role is unknown, or a text cannot be
            written as UTF-8; codes "message-incomplete", "role-unknown", "content-not-text" and "lone-surrogate".
            If a weight is neither 0 nor 1; code "weights-not-0-or-1".

    Examples:
        >>> counts = Counter()
        >>> said = [{"role": "User", "content": "Tea?"}, {"role": "assistant", "content": None}]
        >>> build_conversation(said, counts).turns, dict(counts)
        ((Turn(role='user', text='Tea?'),), {'messages without text': 1})
    """
    instructions: list[str] = []
    turns: list[Turn] = []
    weights: list[int] = []
    for message in messages:
        if not isinstance(message, dict) or not is_message(message):
            raise _incomplete(message)
        role = role_of(message)
        if role in (_TOOL_RESULT, _TOOL_CALL):
            left_out[role] += 1
            continue
        key = next((key for key in _TEXT_KEYS if key in message), None)
        if key is None and not any(key in message for key in _INSTEAD_OF_TEXT):
            raise _incomplete(message)
        text = text_of(message[key], left_out) if key else ""
        if is_blank(text):
            left_out["messages without text"] += 1
        elif role == "system":
            instructions.append(text)
        else:
            turns.append(Turn(role, text))
            weights.append(_weight_of(message))
    if instructions:
        turns.insert(0, Turn("system", "\n".join(instructions)))
        weights.insert(0, 1)
    if not turns:
        left_out["conversations without text"] += 1
        return None
    return Conversation(tuple(turns), tuple(weights))


def text_of(content: object, left_out: Counter[str]) -> str:
    r"""Return the text of a content, the texts of several parts joined by line breaks; "" if it has none.

    Args:
        content: A text, null, a part, or a list of parts.
        left_out: Counts parts without text, such as images; changed in place.

    Raises:
        InputError: If it is anything else, or has half of a surrogate pair; codes "content-not-text" and
            "lone-surrogate".

    Examples:
        >>> text_of([{"type": "text", "text": "This?"}, {"type": "image"}], Counter())
        'This?'
    """
    if content is None:
        return ""
    if isinstance(content, str):
        if not content.isascii():
            _check_surrogates(content)
        return content
    if isinstance(content, list):
        return "\n".join(text for text in (text_of(part, left_out) for part in content) if not is_blank(text))
    if isinstance(content, dict):
        if isinstance(content.get("parts"), list):
            return text_of(content["parts"], left_out)
        text = next((content[key] for key in ("text", "refusal", "content") if key in content), None)
        if isinstance(text, dict):
            text = text.get("value")
        if content.get("type") in _TEXT_PARTS and isinstance(text, str):
            return text_of(text, left_out)
        left_out["parts without text"] += 1
        return ""
    raise InputError(f"the content of a message is a text; found {shown_json(content)}.", code="content-not-text")


def is_blank(text: str) -> bool:
    r"""Return whether a text says nothing.

    Args:
        text: Any text.

    Examples:
        >>> is_blank(" \n"), is_blank("茶")
        (True, False)
    """
    return not text[:1].isalnum() and not clean_text(text).strip()


def shown_json(value: object) -> str:
    """Return a value as short JSON, for a message.

    Args:
        value: Any JSON value.

    Examples:
        >>> shown_json(["茶", None])
        '["茶", null]'
    """
    try:
        written = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a value that is nested too deeply"
    return written if len(written) <= 80 else f"{written[:80]}..."


def _check_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text has half of a surrogate pair, {text[error.start]!a}, where an emoji was cut. Remove it.",
            code="lone-surrogate",
            position=error.start,
        ) from error


def _weight_of(message: dict[str, Any]) -> int:
    """Return 0 for a message that is read and not learnt, else 1."""
    if message.keys().isdisjoint(_WEIGHTS):
        return 1
    weights = [message[key] for key in _WEIGHTS if message.get(key) is not None]
    if not all(isinstance(weight, int | float) and weight in (0, 1) for weight in weights):
        raise InputError(
            f"the weight of a message is 0 or 1, `train` and `loss` true or false; found {shown_json(weights)}.",
            code="weights-not-0-or-1",
            weights=weights,
        )
    return int(all(weights))


def _incomplete(message: object) -> InputError:
    return InputError(
        f'every message says who speaks and what, by "role" and "content" or "from" and "value"; found '
        f"{shown_json(message)}.",
        code="message-incomplete",
    )
