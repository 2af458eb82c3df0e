"""Files of conversations: what is read, what is left out, and what is refused by file and line."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.corpus.readers.conversations.reading import looks_like, parse
from nextword.corpus.reading import UTF_8
from nextword.files.odd_rows import MANY_ODD
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
    (tmp_path / "c.ndjson").write_text(line_of(nw.Conversation().say("user", "three")), encoding="utf-8")
    (tmp_path / "settings.json").write_text("{}", encoding="utf-8")
    assert [talk.turns[0].text for talk in nw.read_conversations(tmp_path)] == ["one", "two", "three"]
    (tmp_path / "empty" / "d.json").write_text(f"[{line_of(nw.Conversation().say('user', 'four'))}]", encoding="utf-8")
    assert [talk.turns[0].text for talk in nw.read_conversations(tmp_path / "empty")] == ["four"]
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
        ('{"messages": [{"role": "user", "content": "a"', "not-json"),
        ('{"messages": [{"role": "user", "content": "a\tb"}]}', "not-json"),
        ('{"messages": [{"role": "user", "content": "a",}]}', "not-json"),
        ("{'messages': [{'role': 'user', 'content': 'a'}]}", "not-json"),
        ('{"messages": [{"role": "user", "content": "a"}], "score": NaN}', "not-json"),
        ('{"a": -Infinity}', "not-json"),
        ('{"messages": [{"role": "user", "content": "a", "content": "b"}]}', "repeated-key"),
        ("[]", "messages-missing"),
        ('{"prompt": "a"}', "reply-missing"),
        ('{"messages": "hi"}', "messages-missing"),
        ('{"text": "hi"}', "texts-not-conversations"),
        ('{"messages": ["hi", 1]}', "message-incomplete"),
        ('{"messages": [{"role": "user"}]}', "message-incomplete"),
        ('{"messages": [{"role": "user", "content": [1]}]}', "content-not-text"),
        ('{"messages": [{"role": "user", "content": "\\ud83d"}]}', "lone-surrogate"),
        ('{"messages": [{"role": "user", "content": "a", "weight": 0.5}]}', "weights-not-0-or-1"),
        ("1" * 5000, "number-too-long"),
        ("[" * 100_000 + "]" * 100_000, "nested-too-deeply"),
        ('{"messages": ' + '{"a":' * 50_000, "nested-too-deeply"),
        ('{"messages": [{"role": "user", "content": ' + "[" * 900 + "]" * 900 + "}]}", "nested-too-deeply"),
    ],
)
def test_an_odd_row_costs_itself_and_alone_it_is_an_error(line: str, reason: str, tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(f"{line_of(TALK)}\n\n{line}\n{line_of(TALK)}\n", encoding="utf-8")
    left_out: Counter[str] = Counter()
    assert list(parse(path, UTF_8, left_out)) == [TALK, TALK]
    assert left_out == {"odd rows": 1}
    path.write_text(f"\n{line}\n", encoding="utf-8")
    refusal = {"path": str(path), "line": 2, "reason": reason, "odd": 1, "rows": 1}
    with refuses(nw.TextFileError, "line-not-conversation", **refusal) as caught:
        list(nw.read_conversations(path))
    assert f"{path}, line 2: " in str(caught.value)
    assert '{"messages": [{"role": ' in str(caught.value)  # how a row has to look


@pytest.mark.parametrize(
    ("good", "odd", "refused"),
    [(1, 1, False), (2, 2, True), (17, 2, True), (18, 2, False), (44, 5, True), (45, 5, False), (900, 100, False)],
)
def test_so_many_rows_may_be_odd(good: int, odd: int, refused: bool, tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    for lines in ([line_of(TALK)] * good + ["{"] * odd, ["oops"] * odd + [line_of(TALK)] * good):
        path.write_text("\n".join(lines), encoding="utf-8")
        left_out: Counter[str] = Counter()
        read = parse(path, UTF_8, left_out)
        if refused:
            first = tuple(
                (lines.index(lines[-1] if lines[-1] == "{" else lines[0]) + n, "not-json") for n in range(1, 6)
            )
            figures = {"line": first[0][0], "odd": odd, "rows": good + odd, "first": first[:odd]}
            with refuses(nw.TextFileError, "line-not-conversation", **figures):
                list(read)
        else:
            assert len(list(read)) == good
            assert left_out == {"odd rows": odd}


def test_a_long_file_of_something_else_is_given_up_early(tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(line_of(TALK) + "\n" + "oops\n" * (3 * MANY_ODD), encoding="utf-8")
    with refuses(nw.TextFileError, "line-not-conversation", odd=MANY_ODD, rows=MANY_ODD + 1, line=2):
        list(nw.read_conversations(path))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"messages": [{"role": "narrator", "content": "Rain."}]}', "role-unknown"),
        ('{"messages": [{"role": "tool", "content": "a"}, {"role": ["user"], "content": "a"}]}', "role-unknown"),
    ],
)
def test_an_unknown_role_is_refused_at_once(line: str, reason: str, tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text("\n".join([line_of(TALK)] * 50 + [line] + [line_of(TALK)] * 50), encoding="utf-8")
    with refuses(nw.TextFileError, "line-not-conversation", path=str(path), line=51, reason=reason):
        list(nw.read_conversations(path))


@pytest.mark.parametrize("line", ['{"text": "Tea."}', '{"role": "user", "content": "Tea?"}'])
def test_files_of_other_rows_are_refused_at_their_first(line: str, tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text("\n".join([line] * 50), encoding="utf-8")
    with refuses(nw.TextFileError, "line-not-conversation", path=str(path), line=1, rows=1):
        list(nw.read_conversations(path))


def test_what_is_left_out_is_counted(tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    user = {"role": "user", "content": "Rome?"}
    calls = {"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
    said = {"role": "assistant", "content": "It is sunny."}
    rows = [{"messages": [user, calls, result, said]}, {"messages": [calls]}, {"messages": []}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"messages": [', encoding="utf-8")
    left_out: Counter[str] = Counter()
    assert [talk.turns for talk in parse(path, UTF_8, left_out)] == [(("user", "Rome?"), ("assistant", "It is sunny."))]
    assert left_out == {
        "messages without text": 2,
        "tool results": 1,
        "conversations without text": 2,
        "odd rows": 1,
    }


def test_a_file_without_any_text_is_refused(tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text('{"messages": []}\n' * 3, encoding="utf-8")
    with refuses(nw.TextFileError, "no-conversations", path=str(path), left_out={"conversations without text": 3}):
        list(nw.read_conversations(path))
    path.write_text("\n", encoding="utf-8")
    assert list(nw.read_conversations(path)) == []


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_and_bare_lists_are_read(indent: int | None, tmp_path) -> None:
    path = tmp_path / "talks.json"
    messages = [{"role": role, "content": text} for role, text in TALK.turns]
    for value, talks in (
        ([{"messages": messages}] * 3, [TALK] * 3),
        ([messages] * 3, [TALK] * 3),
        (messages, [TALK]),
        ({"messages": messages}, [TALK]),
    ):
        path.write_text(json.dumps(value, indent=indent, ensure_ascii=False), encoding="utf-8")
        assert list(nw.read_conversations(path)) == talks
        assert looks_like(path.read_text(encoding="utf-8")[:40])
    path.write_text("\n".join(json.dumps(messages) for _ in range(3)), encoding="utf-8")
    assert list(nw.read_conversations(path)) == [TALK] * 3


def test_an_odd_row_of_an_array_costs_itself(tmp_path) -> None:
    path = tmp_path / "talks.json"
    rows = [line_of(TALK)] * 9
    path.write_text("[\n" + ",\n".join([*rows, '{"messages": [NaN]}', "3", *rows]) + "\n]", encoding="utf-8")
    left_out: Counter[str] = Counter()
    assert list(parse(path, UTF_8, left_out)) == [TALK] * 18
    assert left_out == {"odd rows": 2}


def test_an_array_that_is_cut_is_refused(tmp_path) -> None:
    path = tmp_path / "talks.json"
    path.write_text(json.dumps([json.loads(line_of(TALK))] * 9, indent=1)[:-30], encoding="utf-8")
    with refuses(nw.TextFileError, "json-cut", path=str(path)):
        list(nw.read_conversations(path))


@pytest.mark.parametrize(
    ("start", "looks"),
    [
        ('{"messages": [', True),
        ('\ufeff\n [\n  {\n    "from": "human"', True),
        ("{'messages': [{'role'", True),
        ('[[{"role": "user"', True),
        ('{"text": "a"}', True),
        ("[Music]", False),
        ("{laughs} Tea?", False),
        ('"Tea?" he said: no', False),
        ("", False),
        ("[]", False),
    ],
)
def test_json_is_told_by_its_start(start: str, looks: bool) -> None:
    assert looks_like(start) is looks


def test_an_encoding_may_be_named(tmp_path) -> None:
    path = tmp_path / "talks.jsonl"
    line = line_of(TALK, ensure_ascii=False)
    for encoding in ("gb18030", "utf-16"):
        path.write_bytes(line.encode(encoding))
        assert list(nw.read_conversations(path, encoding=encoding)) == [TALK]
    path.write_bytes(line.replace("brief", "br\xe9f").encode("latin-1", "ignore"))
    assert [turn.text for turn in next(nw.read_conversations(path, errors="ignore")).turns[:1]] == ["Be brf."]


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
