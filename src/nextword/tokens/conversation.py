r"""Conversations: turns of text, each with the role of who speaks.

Input: turns. Output: frozen `Conversation`s. Who speaks is kept beside the text and never written into it, so anything
in a text, also `<assistant>`, is plain text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from nextword.errors import InputError, InputTypeError, check_kind, described
from nextword.tokens.characters import clean_text

ROLES = ("system", "user", "assistant")
"""Who can speak: "system" gives the instruction at the start, if there is one; the others speak in any order."""


class Turn(NamedTuple):
    """What one side says.

    Args:
        role: "system", "user" or "assistant".
        text: What is said.
    """

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order; `say` gives a new conversation with one more.

    Args:
        turns: Pairs of a role, "system", "user" or "assistant", and a text; "system" only first.
        weights: 1 for each turn that is learnt and 0 for one that is only read, as in files of chat fine-tuning; empty
            learns all.

    Raises:
        InputTypeError: If the turns are no pairs, or a text is no `str`; codes "turns-not-pairs" and "text-not-str".
        InputError: If a role is unknown, "system" is not the first turn, or a text is blank; codes "role-unknown",
            "system-not-first" and "turn-blank"; if there is not one weight of 0 or 1 a turn; code
            "weights-not-0-or-1".

    Examples:
        >>> talk = Conversation().say("user", "Hello!").say("assistant", "Good morning.")
        >>> talk.turns[-1]
        Turn(role='assistant', text='Good morning.')
    """

    turns: tuple[Turn, ...] = ()
    weights: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check the turns."""
        turns = self.turns
        if not isinstance(turns, list | tuple) or not all(isinstance(turn, tuple) and len(turn) == 2 for turn in turns):
            raise InputTypeError(
                f"`turns` are pairs of a role and a text; received {described(turns)}. "
                "`Conversation().say(role, text)` adds one.",
                code="turns-not-pairs",
            )
        checked = tuple(_checked_turn(number, role, text) for number, (role, text) in enumerate(turns, start=1))
        weights = self.weights
        if (
            not isinstance(weights, list | tuple)
            or (weights and len(weights) != len(turns))
            or not all(isinstance(weight, int | float) and weight in (0, 1) for weight in weights)
        ):
            raise InputError(
                f"`weights` are 0 or 1, one a turn; received {described(weights)} for {len(turns)} turns.",
                code="weights-not-0-or-1",
                weights=weights,
                turns=len(turns),
            )
        object.__setattr__(self, "turns", checked)
        object.__setattr__(self, "weights", () if all(weights) else tuple(map(int, weights)))

    @property
    def turn_weights(self) -> tuple[int, ...]:
        """The weight of each turn, 1 where none was given."""
        return self.weights or (1,) * len(self.turns)

    def say(self, role: str, text: str) -> "Conversation":
        """Return the conversation with one more turn.

        Args:
            role: "user" or "assistant", or "system" for an instruction at the start.
            text: What is said, not blank; line breaks in it count as spaces.

        Raises:
            InputTypeError: If `text` is no `str`; code "text-not-str".
            InputError: If the role is unknown, "system" is not the first turn, or the text is blank; codes
                "role-unknown", "system-not-first" and "turn-blank".
        """
        said = object.__new__(Conversation)  # the earlier turns need no second check
        object.__setattr__(said, "turns", (*self.turns, _checked_turn(len(self.turns) + 1, role, text)))
        object.__setattr__(said, "weights", (*self.weights, 1) if self.weights else ())
        return said


def check_role(role: object) -> None:
    """Raise `InputError` unless `role` is one of `ROLES`.

    Args:
        role: What was given.

    Raises:
        InputError: If it is another value; code "role-unknown".
    """
    if not isinstance(role, str) or role not in ROLES:
        raise InputError(f"`role` is one of {ROLES}; received {described(role)}.", code="role-unknown", role=role)


def check_conversation(conversation: object) -> None:
    """Raise `InputTypeError` unless `conversation` is one.

    Args:
        conversation: What was given.

    Raises:
        InputTypeError: If it is something else; code "not-a-conversation".
    """
    way_out = "Make one: `Conversation().say('user', text)`."
    check_kind("conversation", conversation, Conversation, way_out, code="not-a-conversation")


def check_conversations(conversations: Iterable[object]) -> Iterator[Conversation]:
    """Yield the conversations of an iterable, each checked to be one.

    Args:
        conversations: Any iterable whose first item is a conversation.

    Raises:
        InputTypeError: While iterating, if an item is something else; code "item-not-conversation".

    Examples:
        >>> len(list(check_conversations([Conversation(), Conversation()])))
        2
    """
    for position, conversation in enumerate(conversations):
        if not isinstance(conversation, Conversation):
            kind = type(conversation).__name__
            raise InputTypeError(
                f"every item must be a `Conversation`, as the first one is; received "
                f"{described(conversation)} at position {position}.",
                code="item-not-conversation",
                received=kind,
                position=position,
            )
        yield conversation


def _checked_turn(number: int, role: str, text: str) -> Turn:
    """Return a turn of a conversation, the first having number 1; raise what `Conversation` raises."""
    check_role(role)
    if role == "system" and number > 1:
        raise InputError(
            f'"system" is the role of the first turn, an instruction; received it as turn {number}.',
            code="system-not-first",
            turn=number,
        )
    if not isinstance(text, str):
        kind = type(text).__name__
        raise InputTypeError(
            f"`text`, what is said, is a `str`; received {described(text)}.",
            code="text-not-str",
            received=kind,
            turn=number,
        )
    if not clean_text(text).strip():
        raise InputError(
            f"`text` says something; received the blank text {text!r:.40} as turn {number}.",
            code="turn-blank",
            turn=number,
        )
    return Turn(role, text)
