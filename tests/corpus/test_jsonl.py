"""Files of conversations: what is read, and what is refused by file and line."""

import json

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

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


@settings(deadline=None, max_examples=40)
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
    with refuses(nw.InputError, "folder-empty", path=str(tmp_path / "empty"), ending=".jsonl"):
        nw.read_conversations(tmp_path / "empty")
    with refuses(nw.MissingFileError, "path-missing", path=str(tmp_path / "absent.jsonl")):
        nw.read_conversations(tmp_path / "absent.jsonl")


def test_other_keys_are_not_looked_at(tmp_path) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text('{"id": 7, "messages": [{"role": "user", "weight": 0, "content": "a\\nb"}]}', encoding="utf-8")
    assert next(nw.read_conversations(path)).turns == (("user", "a\nb"),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not-json"),
        ("Hello.", "not-json"),
        ('{"messages": []}{}', "not-json"),
        ("[]", "messages-missing"),
        ('{"prompt": "a"}', "messages-missing"),
        ('{"messages": []}', "messages-missing"),
        ('{"messages": "hi"}', "messages-missing"),
        ('{"messages": ["hi"]}', "message-incomplete"),
        ('{"messages": [{"role": "user"}]}', "message-incomplete"),
        ('{"messages": [{"role": "user", "content": null}]}', "content-not-text"),
        ('{"messages": [{"role": "user", "content": [1]}]}', "content-not-text"),
        ('{"messages": [{"role": "tool", "content": "a"}]}', "role-unknown"),
        ('{"messages": [{"role": ["user"], "content": "a"}]}', "role-unknown"),
        ('{"messages": [{"role": "user", "content": " "}]}', "turn-blank"),
        ("1" * 5000, "number-too-long"),
        ("[" * 100_000, "nested-too-deeply"),
        ('{"messages": ' + '{"a":' * 50_000, "nested-too-deeply"),
    ],
)
def test_a_bad_line_is_named(line: str, reason: str, tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(f"{line_of(TALK)}\n\n{line}\n", encoding="utf-8")
    read = nw.read_conversations(path)
    assert next(read) == TALK
    with refuses(nw.TextFileError, "line-not-conversation", path=str(path), line=3, reason=reason) as caught:
        next(read)
    assert f"{path}, line 3: " in str(caught.value)
    assert '{"messages": [{"role": ' in str(caught.value)  # how a line has to look


@pytest.mark.parametrize(
    "line", ['{"messages": [{"role": "user", "content": "a", "content": "b"}]}', '{"a": NaN}', '{"a": -Infinity}']
)
def test_json_that_may_mean_two_things_is_refused(line: str, tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(line, encoding="utf-8")
    with refuses(nw.TextFileError, "line-not-conversation", line=1):
        list(nw.read_conversations(path))


def test_files_of_other_kinds_are_refused_before_reading(tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_bytes(b"\x1f\x8b\x08")
    with refuses(nw.TextFileError, "file-of-another-kind", path=str(path)):
        nw.read_conversations(path)
    path.write_bytes(line_of(TALK, ensure_ascii=False).encode("gb18030"))
    with refuses(nw.TextFileError, "not-utf-8", path=str(path), line=1):
        list(nw.read_conversations(path))


def test_a_message_of_weight_0_is_read_and_not_learnt(tmp_path):
    file = tmp_path / "talks.jsonl"
    user, assistant = {"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "No."}
    lines = [{"messages": [user, {**assistant, "weight": weight}]} for weight in (0, 1, 0.0)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert [talk.turn_weights for talk in nw.read_conversations(file)] == [(1, 0), (1, 1), (1, 0)]
    file.write_text(json.dumps({"messages": [user, {**assistant, "weight": 0.5}]}), encoding="utf-8")
    with refuses(nw.TextFileError, "line-not-conversation", line=1, reason="weights-not-0-or-1"):
        list(nw.read_conversations(file))
