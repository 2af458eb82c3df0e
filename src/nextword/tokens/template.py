"""Conversations -> token ids: how turns and roles are written in the stream that a model reads.

Input: conversations and a tokenizer whose vocabulary has role tokens. Output: token ids. A turn is the token of its
role, the ids of its text and one `<eos>`; a conversation to train on is closed by one more `<eos>`, as every text is.
Line breaks inside a turn count as spaces.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError, InputError, check_bool, check_integer, take_plain_numbers
from nextword.tokens.characters import clean_text
from nextword.tokens.conversation import ROLES, Conversation, check_conversation, check_role
from nextword.tokens.tokenizer import Tokenizer, check_tokenizer
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS

ROLE_TOKENS = tuple(f"<{role}>" for role in ROLES)
"""The tokens that stand for the roles, ids 3, 4 and 5."""

DEFAULT_WINDOW, MIN_WINDOW, MAX_WINDOW = 256, 8, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueConfig:
    """How a model learns from conversations.

    Args:
        replies_only: Whether only the turns of "assistant" are learnt; the others are only read.
        window: Most tokens of earlier turns that a reply looks back on, 8 or more. For a network with a limited context
            at most half of that context, so that the reply has room too. None takes 256, or that half.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; code "option-out-of-range".

    Examples:
        >>> DialogueConfig(replies_only=True)
        DialogueConfig(replies_only=True, window=None)
    """

    replies_only: bool = False
    window: int | None = None

    def __post_init__(self) -> None:
        """Check the options."""
        take_plain_numbers(self)
        check_bool("replies_only", self.replies_only)
        if self.window is not None:
            check_integer("window", self.window, MIN_WINDOW, MAX_WINDOW)

    def template_for(self, network: object) -> "Template":
        """Return the template of a model with this network.

        Args:
            network: Options of a network; only its `context_length`, if it has one, matters.

        Raises:
            ConfigError: If the window is more than half of what the network sees; code "window-too-long".
        """
        context = getattr(network, "context_length", None)
        if context is None:
            return Template(window=self.window or DEFAULT_WINDOW)
        half = context // 2
        if (self.window or MIN_WINDOW) > half:
            raise ConfigError(
                f"a reply looks back on at most half of the network's `context_length` of {context}, and on "
                f"{MIN_WINDOW} tokens or more; received a `window` of {self.window}. Give a `context_length` of "
                f"{2 * (self.window or MIN_WINDOW)} or more, or a smaller window.",
                code="window-too-long",
                window=self.window,
                context_length=context,
                needed_context_length=2 * (self.window or MIN_WINDOW),
            )
        return Template(window=self.window or half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How a model of conversations reads one; saved in its bundle.

    Args:
        window: Most tokens of the turns that are read: see `in_window`.

    Raises:
        ConfigError: If the window is no integer of at least 8; code "option-out-of-range".

    Examples:
        >>> Template(window=64)
        Template(window=64)
    """

    window: int = DEFAULT_WINDOW

    def __post_init__(self) -> None:
        """Check the window."""
        take_plain_numbers(self)
        check_integer("window", self.window, MIN_WINDOW, MAX_WINDOW)

    def encode(self, tokenizer: Tokenizer, conversation: Conversation, role: str) -> NDArray[np.int32]:
        """Return what is read before a role speaks next: `<eos>`, the turns in the window, the token of the role.

        Args:
            tokenizer: Of a model of conversations.
            conversation: What was said so far.
            role: Who speaks next.

        Returns:
            Token ids, int32 of shape (T,), T at most `window` + 2.

        Raises:
            InputTypeError: If `tokenizer` or `conversation` is none; codes "not-a-tokenizer" and "not-a-conversation".
            InputError: If the tokenizer has no role tokens, or the role is unknown; codes "template-without-roles" and
                "role-unknown".
        """
        check_tokenizer(tokenizer)
        check_conversation(conversation)
        check_role(role)
        if not tokenizer.vocabulary.roles:
            raise InputError(
                "`tokenizer` has no role tokens: it is of a model of texts. Give that of a model of conversations.",
                code="template-without-roles",
            )
        has_instruction = bool(conversation.turns) and conversation.turns[0].role == "system"
        turns: list[NDArray[np.int32]] = []  # the newest turns first, and no more than may be in the window
        room = self.window
        for number, turn in reversed(list(enumerate(conversation.turns))):
            if room >= 0 or (number == 0 and has_instruction):
                turns.append(encode_turn(tokenizer, *turn))
                room -= len(turns[-1])
        turns.reverse()
        read = in_window(turns, self.window, has_instruction=has_instruction)
        return np.concatenate([np.array([EOS_ID], np.int32), *read, np.array([role_id(role)], np.int32)])


def role_id(role: str) -> int:
    """Return the id of the token of a role, 3 to 5.

    Args:
        role: One of `ROLES`.
    """
    return len(SPECIAL_TOKENS) + ROLES.index(role)


def one_line(text: str) -> str:
    r"""Return the text of a turn as it is read, its line breaks as spaces.

    Args:
        text: Any text.

    Raises:
        InputTypeError: If `text` is no `str`; code "text-not-str".

    Examples:
        >>> one_line("Hello,\r\nyou!").split()
        ['Hello,', 'you!']
    """
    return clean_text(text).replace("\n", " ")


def encode_turn(tokenizer: Tokenizer, role: str, text: str) -> NDArray[np.int32]:
    """Return the ids of one turn: the token of its role, its text, `<eos>`.

    Args:
        tokenizer: Of a model of conversations.
        role: Who speaks.
        text: What is said.

    Returns:
        Token ids, int32 of shape (T,).
    """
    return np.concatenate(([role_id(role)], tokenizer.encode(one_line(text)), [EOS_ID])).astype(np.int32)


def in_window(turns: list[NDArray[np.int32]], window: int, *, has_instruction: bool) -> list[NDArray[np.int32]]:
    """Return the turns that are read: all if they fit, else the instruction and as many of the newest as fit.

    The newest turn is always read; if it alone is too long, it is cut to its last words. An instruction longer than
    half the window is cut to its first words.

    Args:
        turns: Each with the token of its role first and `<eos>` last, int32 of shape (T,).
        window: Most tokens of all turns together, 8 or more.
        has_instruction: Whether the first turn is an instruction.

    Examples:
        >>> turns = [np.array([3, 7, 2]), np.array([4, 8, 8, 2]), np.array([5, 9, 2]), np.array([4, 6, 2])]
        >>> [turn.tolist() for turn in in_window(turns, 9, has_instruction=True)]
        [[3, 7, 2], [5, 9, 2], [4, 6, 2]]
        >>> [turn.tolist() for turn in in_window([np.arange(20)], 8, has_instruction=False)]
        [[0, 13, 14, 15, 16, 17, 18, 19]]
    """
    if sum(map(len, turns)) <= window:
        return list(turns)
    instruction, others = turns[:has_instruction], turns[has_instruction:]
    if instruction and len(instruction[0]) > window // 2:
        instruction = [np.concatenate((instruction[0][: window // 2 - 1], instruction[0][-1:]))]
    room = window - sum(map(len, instruction))
    newest: list[NDArray[np.int32]] = []
    for turn in reversed(others):
        if len(turn) > room:
            break
        newest.append(turn)
        room -= len(turn)
    if others and not newest:
        newest.append(np.concatenate((others[-1][:1], others[-1][len(others[-1]) - (room - 1) :])))
    return [*instruction, *reversed(newest)]
