"""Conversations are frozen values, checked turn by turn."""

import copy
import dataclasses
import pickle

import pytest
from refusals import refuses

import nextword as nw

TALK = nw.Conversation().say("system", "Be brief.").say("user", "Tea?").say("assistant", "是的，<user> 谢谢。")


def test_saying_something_gives_a_new_conversation() -> None:
    empty = nw.Conversation()
    first = empty.say("user", "Tea?")
    both = first.say("assistant", "Yes, please.")
    assert (len(empty.turns), len(first.turns)) == (0, 1)
    assert both.turns == (nw.Turn("user", "Tea?"), nw.Turn("assistant", "Yes, please."))
    assert both == nw.Conversation([("user", "Tea?"), ("assistant", "Yes, please.")])  # type: ignore[arg-type]
    assert hash(both) != hash(first)
    assert copy.deepcopy(TALK) == pickle.loads(pickle.dumps(TALK)) == TALK
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.turns = ()  # type: ignore[misc]


def test_turns_have_a_weight() -> None:
    weighted = nw.Conversation(TALK.turns, (1, 0, 1))
    assert weighted.turn_weights == (1, 0, 1)
    assert weighted != TALK
    assert weighted.say("user", "Why?").turn_weights == (1, 0, 1, 1)
    assert nw.Conversation(TALK.turns, [1.0, True, 1]) == TALK  # type: ignore[arg-type]
    assert (TALK.weights, TALK.turn_weights) == ((), (1, 1, 1))


@pytest.mark.parametrize("weights", [(1,), (1, 1, 2), (1, 0.5, 1), (1, 1, "1"), (1, 1, None), 0, "111", (1, 1, 1, 0)])
def test_weights_are_0_or_1_one_a_turn(weights: object) -> None:
    with refuses(nw.InputError, "weights-not-0-or-1", turns=3):
        nw.Conversation(TALK.turns, weights)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["bot", "User", "<user>", "", None, 1, ["user"]])
def test_unknown_roles_are_refused(role: str) -> None:
    with refuses(nw.InputError, "role-unknown", role=role):
        nw.Conversation().say(role, "Hello.")


def test_an_instruction_comes_first() -> None:
    with refuses(nw.InputError, "system-not-first", turn=2):
        nw.Conversation().say("user", "Hello.").say("system", "Be brief.")


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000", "\u200b\ufeff"])
def test_a_turn_says_something(text: str) -> None:
    with refuses(nw.InputError, "turn-blank", turn=2):
        nw.Conversation().say("user", "Hello.").say("assistant", text)


@pytest.mark.parametrize("text", [None, b"tea", 1, ["tea"]])
def test_what_is_said_is_text(text: str) -> None:
    with refuses(nw.InputTypeError, "text-not-str", received=type(text).__name__, turn=1):
        nw.Conversation().say("user", text)


@pytest.mark.parametrize("turns", ["user", [("user",)], ["ab"], [("user", "a", "b")], 1, {"user": "a"}])
def test_turns_are_pairs(turns: object) -> None:
    with refuses(nw.InputTypeError, "turns-not-pairs"):
        nw.Conversation(turns)  # type: ignore[arg-type]
