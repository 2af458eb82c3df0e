"""Conversations and their files: what is kept, and what is refused by file and line."""

import copy
import dataclasses
import json
import pickle

import pytest
from hypothesis import given, strategies as st

import nextword as nw
from nextword.tokens.conversation import ROLES

TALK = nw.Conversation().say("system", "Be brief.").say("user", "Tea?").say("assistant", "是的，<user> 谢谢。")
# Lone surrogates are no UTF-8.
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1).filter(
    lambda text: any(character.isalnum() for character in text)
)
TALKS = st.builds(
    lambda instruction, turns: nw.Conversation((*instruction, *turns)),
    st.lists(st.tuples(st.just("system"), TEXTS), max_size=1),
    st.lists(st.tuples(st.sampled_from(ROLES[1:]), TEXTS), max_size=4),
)


def line_of(conversation: nw.Conversation, **dumping: bool) -> str:
    messages = [{"role": role, "content": text} for role, text in conversation.turns]
    return json.dumps({"messages": messages}, **dumping)


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


@pytest.mark.parametrize("role", ["bot", "User", "<user>", "", None, 1, ["user"]])
def test_unknown_roles_are_refused(role: str) -> None:
    with pytest.raises(nw.InputError, match=r"a role is one of \('system', 'user', 'assistant'\); received"):
        nw.Conversation().say(role, "Hello.")


def test_an_instruction_comes_first() -> None:
    with pytest.raises(nw.InputError, match=r'"system" is the role of the first turn, an instruction; .* as turn 2'):
        nw.Conversation().say("user", "Hello.").say("system", "Be brief.")


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000", "\u200b\ufeff"])
def test_a_turn_says_something(text: str) -> None:
    with pytest.raises(nw.InputError, match=r"a turn says something; received the blank text .* as turn 2"):
        nw.Conversation().say("user", "Hello.").say("assistant", text)


@pytest.mark.parametrize("text", [None, b"tea", 1, ["tea"]])
def test_what_is_said_is_text(text: str) -> None:
    with pytest.raises(nw.InputTypeError, match="what is said is a `str`; received"):
        nw.Conversation().say("user", text)


@pytest.mark.parametrize("turns", ["user", [("user",)], ["ab"], [("user", "a", "b")], 1, {"user": "a"}])
def test_turns_are_pairs(turns: object) -> None:
    with pytest.raises(nw.InputTypeError, match="pairs of a role and a text"):
        nw.Conversation(turns)  # type: ignore[arg-type]


@given(talks=st.lists(TALKS.filter(lambda talk: talk.turns), max_size=4), ascii_only=st.booleans())
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, talks: list[nw.Conversation], ascii_only: bool
) -> None:
    path = tmp_path_factory.mktemp("talks") / "talks.jsonl"
    content = "\r\n\r\n".join(line_of(talk, ensure_ascii=ascii_only) for talk in talks)
    path.write_text("\ufeff\n" + content, encoding="utf-8", newline="")
    assert list(nw.read_conversations(path)) == talks


def test_a_folder_is_read_in_order(tmp_path) -> None:
    (tmp_path / "b").mkdir()
    for name, text in (("b/1.jsonl", "two"), ("a.jsonl", "one"), ("notes.txt", "none")):
        (tmp_path / name).write_text(line_of(nw.Conversation().say("user", text)) + "\n", encoding="utf-8")
    assert [talk.turns[0].text for talk in nw.read_conversations(tmp_path)] == ["one", "two"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(nw.InputError, match=r"has no \*.jsonl file"):
        nw.read_conversations(tmp_path / "empty")
    with pytest.raises(nw.MissingFileError, match=r"absent\.jsonl"):
        nw.read_conversations(tmp_path / "absent.jsonl")


def test_other_keys_are_not_looked_at(tmp_path) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text('{"id": 7, "messages": [{"role": "user", "weight": 0, "content": "a\\nb"}]}', encoding="utf-8")
    assert next(nw.read_conversations(path)).turns == (("user", "a\nb"),)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("{", "this is no JSON: .* at character 2"),
        ("Hello.", "this is no JSON: Expecting value at character 1"),
        ('{"messages": []}{}', "this is no JSON: Extra data"),
        ("[]", r'an object with a list of "messages"; found \[\]'),
        ('{"prompt": "a"}', 'a list of "messages"; found {"prompt": "a"}'),
        ('{"messages": []}', 'a list of "messages"; found'),
        ('{"messages": "hi"}', 'a list of "messages"; found'),
        ('{"messages": ["hi"]}', 'every message has a "role" and a "content"; found "hi"'),
        ('{"messages": [{"role": "user"}]}', 'a "role" and a "content"; found {"role": "user"}'),
        ('{"messages": [{"role": "user", "content": null}]}', 'the "content" of a message is a text; found null'),
        ('{"messages": [{"role": "user", "content": [1]}]}', r"is a text; found \[1\]"),
        ('{"messages": [{"role": "tool", "content": "a"}]}', "a role is one of .* received 'tool'"),
        ('{"messages": [{"role": ["user"], "content": "a"}]}', "a role is one of"),
        ('{"messages": [{"role": "user", "content": " "}]}', "a turn says something"),
        ('{"messages": [{"role": "user", "content": "a", "content": "b"}]}', "the key 'content' stands twice"),
        ('{"a": NaN}', "NaN is no JSON"),
        ("1" * 5000, "Exceeds the limit"),
        ("[" * 100_000, "nested too deeply"),
        ('{"messages": ' + '{"a":' * 50_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_named(line: str, match: str, tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(f"{line_of(TALK)}\n\n{line}\n", encoding="utf-8")
    read = nw.read_conversations(path)
    assert next(read) == TALK
    with pytest.raises(nw.TextFileError, match=rf"(?s)talks.jsonl, line 3: .*{match}.* A line is one conversation: "):
        next(read)


def test_files_of_other_kinds_are_refused_before_reading(tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(nw.TextFileError, match="gzip"):
        nw.read_conversations(path)
    path.write_bytes(line_of(TALK, ensure_ascii=False).encode("gb18030"))
    with pytest.raises(nw.TextFileError, match="is not UTF-8: line 1 has the byte"):
        list(nw.read_conversations(path))
