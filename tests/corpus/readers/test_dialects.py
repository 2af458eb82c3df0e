"""Dialects of chat fine-tuning: what each row is read as, what is left out of it, and what is refused."""

import json
from collections import Counter

import pytest
from refusals import refuses

from nextword.corpus.readers.conversations.dialects import read_row
from nextword.errors import InputError

ASKED, TOLD = ("user", "Tea?"), ("assistant", "No.")
TALK = (ASKED, TOLD)
BRIEF = ("system", "Be brief.")
MESSAGES = [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "No."}]
SHAREGPT = [{"from": "human", "value": "Tea?"}, {"from": "gpt", "value": "No."}]
GEMINI = [{"role": "user", "parts": [{"text": "Tea?"}]}, {"role": "model", "parts": [{"text": "No."}]}]


def told(**more):
    return {"messages": [MESSAGES[0], {"role": "assistant", **more}]}


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        # Lists of messages
        ({"messages": MESSAGES}, TALK),
        (MESSAGES, TALK),
        ({"id": 7, "tools": [{"type": "function"}], "messages": MESSAGES}, TALK),
        ({"Messages": MESSAGES}, TALK),
        ({"messages": json.dumps(MESSAGES)}, TALK),
        ({"system": "Be brief.", "messages": MESSAGES}, (BRIEF, *TALK)),
        ({"system": [{"text": "Be brief."}], "messages": MESSAGES}, (BRIEF, *TALK)),
        ({"system": "", "messages": MESSAGES}, TALK),
        ({"conversations": SHAREGPT}, TALK),
        ({"conversations": SHAREGPT, "system": "Be brief.", "tools": "[]"}, (BRIEF, *TALK)),
        ({"conversations": MESSAGES}, TALK),
        ({"conversation": SHAREGPT}, TALK),
        ({"conversation": [{"human": "Tea?", "assistant": "No."}]}, TALK),
        ({"conversation": [{"system": "Be brief.", "input": "Tea?", "output": "No."}]}, (BRIEF, *TALK)),
        ({"contents": GEMINI}, TALK),
        (
            {"systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]}, "contents": GEMINI},
            (BRIEF, *TALK),
        ),
        ({"dialog": ["Tea?", "No."]}, TALK),
        ({"dialogue": [["Tea?", "No."], ["Milk?", "Yes."]]}, (*TALK, ("user", "Milk?"), ("assistant", "Yes."))),
        ({"data": ["Tea?", "No."]}, TALK),
        ({"messages": [{"author": "user", "content": "Tea?"}, {"author": "bot", "content": "No."}]}, TALK),
        (
            {"messages": [{"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Tea?"]}}]},
            (ASKED,),
        ),
        ({"custom_id": "1", "method": "POST", "body": {"model": "m", "messages": MESSAGES[:1]}}, (ASKED,)),
        # Question and reply
        ({"prompt": "Tea?", "completion": " No.\n"}, TALK),
        ({"prompt": MESSAGES[:1], "completion": MESSAGES[1:]}, TALK),
        ({"prompt": "Tea?", "response": "No."}, TALK),
        ({"question": "Tea?", "answer": "No."}, TALK),
        ({"Question": "Tea?", "Answer": "No."}, TALK),
        ({"system_prompt": "Be brief.", "question": "Tea?", "response": "No."}, (BRIEF, *TALK)),
        ({"query": "Tea?", "response": "No."}, TALK),
        ({"input": "Tea?", "output": "No."}, TALK),
        ({"inputs": "Tea?", "targets": "No."}, TALK),
        ({"user": "Tea?", "assistant": "No."}, TALK),
        ({"instruction": "Tea?", "input": "", "output": "No.", "text": "Below is an instruction"}, TALK),
        ({"instruction": "Tea?", "input": None, "output": "No."}, TALK),
        ({"instruction": "", "input": "Tea?", "output": "No."}, TALK),
        (
            {"instruction": "Translate.", "input": "茶", "output": "tea"},
            (("user", "Translate.\n茶"), ("assistant", "tea")),
        ),
        ({"instruction": "Who?", "context": "Ann.", "response": "A."}, (("user", "Who?\nAnn."), ("assistant", "A."))),
        (
            {"system": "Be brief.", "history": [["Hi", "Hello"]], "instruction": "Tea?", "input": "", "output": "No."},
            (BRIEF, ("user", "Hi"), ("assistant", "Hello"), *TALK),
        ),
        ({"query": "Tea?", "response": "No.", "history": None}, TALK),
        (
            {"query": "Milk?", "response": "Yes.", "history": MESSAGES},
            (*TALK, ("user", "Milk?"), ("assistant", "Yes.")),
        ),
        # A row of several parts and instructions
        (
            {"messages": [{"role": "system", "content": "A"}, {"role": "developer", "content": "B"}, *MESSAGES]},
            (("system", "A\nB"), *TALK),
        ),
        ({"messages": [*MESSAGES, {"role": "system", "content": "Be brief."}]}, (BRIEF, *TALK)),
        (
            told(content=[{"type": "text", "text": "No"}, {"type": "text", "text": "tea."}]),
            (ASKED, ("assistant", "No\ntea.")),
        ),
        (told(content=["No."]), TALK),
        (told(content={"text": "No."}), TALK),
        (told(content=[{"type": "output_text", "text": "No.", "annotations": []}]), TALK),
        (told(content=[{"type": "text", "text": {"value": "No.", "annotations": []}}]), TALK),
        (told(content=[{"type": "refusal", "refusal": "No."}]), TALK),
        (told(content="No.", tool_calls=None, name=None, weight=None), TALK),
    ],
)
def test_a_dialect_is_read(row, turns):
    left_out = Counter()
    assert read_row(row, left_out).turns == turns
    assert not left_out


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (("user", "User", "USER", " user ", "human", "Human", "prompter", "customer", "用户"), "user"),
        (("Assistant", "gpt", "chatgpt", "bot", "Chatbot", "model", "AI", "agent", "助手"), "assistant"),
        (("System", "developer", "系统"), "system"),
    ],
)
def test_roles_have_many_names(names, role):
    for name in names:
        for keys in (("role", "content"), ("from", "value"), ("from", "content")):
            row = {"messages": [dict(zip(keys, (name, "Tea."), strict=True))]}
            assert read_row(row, Counter()).turns == ((role, "Tea."),)


@pytest.mark.parametrize(
    ("row", "turns", "counts"),
    [
        (told(content=None, tool_calls=[{"id": "c1"}]), (ASKED,), {"messages without text": 1}),
        (told(tool_calls=[{"id": "c1"}]), (ASKED,), {"messages without text": 1}),
        (told(content=None, function_call={"name": "f"}), (ASKED,), {"messages without text": 1}),
        (told(content=""), (ASKED,), {"messages without text": 1}),
        (told(content=" \n\u200b"), (ASKED,), {"messages without text": 1}),
        (told(content=None), (ASKED,), {"messages without text": 1}),
        (told(content=[]), (ASKED,), {"messages without text": 1}),
        (told(content=[{"type": "image"}]), (ASKED,), {"parts without text": 1, "messages without text": 1}),
        *(
            (told(content=[{"type": "text", "text": "No."}, part]), TALK, {"parts without text": 1})
            for part in (
                {"type": "image_url", "image_url": {"url": "data:"}},
                {"type": "input_audio", "input_audio": {}},
                {"type": "tool_use", "name": "f", "input": {}},
                {"type": "tool_result", "content": "sunny", "text": "sunny"},
                {"type": "text", "text": None},
                {"inlineData": {"data": "aGk="}},
                {"functionCall": {"name": "f"}},
            )
        ),
        *(
            ({"messages": [*MESSAGES, {"role": role, "content": "sunny"}]}, TALK, {"tool results": 1})
            for role in ("tool", "function", "ipython", "observation", "Tool", "tool_response")
        ),
        ({"conversations": [*SHAREGPT, {"from": "function_call", "value": "{}"}]}, TALK, {"tool calls": 1}),
        ({"messages": []}, None, {"conversations without text": 1}),
        (
            {"prompt": "", "completion": ""},
            None,
            {"messages without text": 2, "conversations without text": 1},
        ),
        # Preferences: what was chosen is read
        ({"prompt": "Tea?", "chosen": "No.", "rejected": "Yes."}, TALK, {"rejected replies": 1}),
        ({"prompt": MESSAGES[:1], "chosen": MESSAGES[1:], "rejected": MESSAGES[1:]}, TALK, {"rejected replies": 1}),
        ({"prompt": "Tea?", "chosen": MESSAGES, "rejected": MESSAGES}, TALK, {"rejected replies": 1}),
        ({"chosen": MESSAGES, "rejected": MESSAGES}, TALK, {"rejected replies": 1}),
        (
            {"conversations": SHAREGPT[:1], "chosen": SHAREGPT[1], "rejected": SHAREGPT[1]},
            TALK,
            {"rejected replies": 1},
        ),
        ({"instruction": "Tea?", "input": "", "chosen": "No.", "rejected": "Yes."}, TALK, {"rejected replies": 1}),
        ({"system": "", "question": "Tea?", "chosen": "No.", "rejected": "Yes."}, TALK, {"rejected replies": 1}),
        ({"messages": MESSAGES, "rejected_response": "Yes."}, TALK, {"rejected replies": 1}),
        (
            {
                "input": {"messages": MESSAGES[:1]},
                "preferred_output": MESSAGES[1:],
                "non_preferred_output": MESSAGES[1:],
            },
            TALK,
            {"rejected replies": 1},
        ),
        (
            {"chosen": "\n\nHuman: Tea?\n\nAssistant: No.", "rejected": "\n\nHuman: Tea?\n\nAssistant: Yes."},
            TALK,
            {"rejected replies": 1},
        ),
        (
            {"prompt": "\n\nHuman: Tea?\n\nAssistant:", "chosen": " No.", "rejected": " Yes."},
            TALK,
            {"rejected replies": 1},
        ),
        ({"prompt": "Tea?", "completion": "No.", "label": True}, TALK, {}),
        ({"prompt": "Tea?", "completion": "No.", "label": False}, None, {"conversations labelled as bad": 1}),
        ({"messages": MESSAGES, "kto_tag": False}, None, {"conversations labelled as bad": 1}),
    ],
)
def test_what_has_no_text_or_is_not_to_be_said_is_left_out_and_counted(row, turns, counts):
    left_out = Counter()
    read = read_row(row, left_out)
    assert (read and read.turns) == turns
    assert left_out == counts


@pytest.mark.parametrize("key", ["weight", "train", "loss"])
def test_a_message_that_is_not_to_be_learnt_is_only_read(key):
    for value in (0, False, 0.0):
        assert read_row(told(content="No.", **{key: value}), Counter()).turn_weights == (1, 0)
    for value in (1, True, 1.0, None):
        assert read_row(told(content="No.", **{key: value}), Counter()).turn_weights == (1, 1)
    for value in (0.5, "0", 2):
        with refuses(InputError, "weights-not-0-or-1"):
            read_row(told(content="No.", **{key: value}), Counter())


@pytest.mark.parametrize(
    ("row", "code", "figures"),
    [
        ({"text": "I like tea."}, "texts-not-conversations", {"column": "text"}),
        ({"Text": "I like tea.", "label": 1}, "texts-not-conversations", {"column": "Text"}),
        ({"title": "Tea", "content": "I like tea."}, "texts-not-conversations", {"column": "content"}),
        ({"prompt": "Tea?"}, "reply-missing", {}),
        ({"question": "Tea?", "answers": {"text": ["No."]}}, "reply-missing", {}),
        ({"output": "No."}, "messages-missing", {}),
        ({}, "messages-missing", {}),
        ([], "messages-missing", {}),
        (["Tea?", "No."], "messages-missing", {}),
        (3, "messages-missing", {}),
        ("Tea?", "messages-missing", {}),
        (None, "messages-missing", {}),
        ({"messages": "Tea?"}, "messages-missing", {}),
        ({"messages": "[Tea?"}, "not-json", {}),
        ({"data": [{"messages": MESSAGES}]}, "messages-missing", {}),
        ({"input_output": None, "segments": [{"label": True, "text": "<s>"}]}, "messages-missing", {}),
        ({"role": "user", "content": "Tea?"}, "message-alone", {}),
        ({"message_tree_id": "1", "prompt": {"text": "Tea?", "replies": []}}, "tree-of-messages", {}),
        ({"messages": [*MESSAGES, "Tea?"]}, "message-incomplete", {}),
        ({"messages": [{"content": "Tea?"}]}, "message-incomplete", {}),
        ({"messages": [{"role": "user"}]}, "message-incomplete", {}),
        ({"messages": [{"role": "user", "contents": "Tea?"}]}, "message-incomplete", {}),
        ({"conversations": [["Tea?", "No.", "Milk?"]]}, "message-incomplete", {}),
        ({"messages": [{"role": "narrator", "content": "Rain."}]}, "role-unknown", {"role": "narrator"}),
        ({"messages": [{"role": ["user"], "content": "Tea?"}]}, "role-unknown", {"role": ["user"]}),
        ({"messages": [{"role": None, "content": "Tea?"}]}, "role-unknown", {"role": None}),
        (told(content=42), "content-not-text", {}),
        (told(content=[1]), "content-not-text", {}),
        (told(content=True), "content-not-text", {}),
        (told(content="no \ud83d"), "lone-surrogate", {"position": 3}),
        ({"prompt": "Tea?", "completion": "no \udc00"}, "lone-surrogate", {"position": 3}),
        ({"prompt": "Tea?", "completion": ["No.", "Yes."]}, "content-not-text", {}),
        ({"instruction": "Tea?", "output": 3}, "content-not-text", {}),
        ({"prompt": "Tea?", "completion": "No.", "history": 3}, "messages-missing", {}),
        ({"prompt": "Tea?", "completion": "No.", "history": [["Hi"]]}, "message-incomplete", {}),
    ],
)
def test_what_cannot_be_meant_is_refused(row, code, figures):
    with refuses(InputError, code, **figures):
        read_row(row, Counter())


def test_the_way_out_is_told():
    with refuses(InputError, "texts-not-conversations") as caught:
        read_row({"Body": "I like tea."}, Counter())
    assert "read_table(path, column='Body')" in str(caught.value)
    with refuses(InputError, "role-unknown") as caught:
        read_row({"messages": [{"role": "narrator", "content": "Rain."}]}, Counter())
    assert {"user", "assistant", "system", "human", "tool"} <= set(str(caught.value).replace(",", " ").split())


def test_a_row_stays_as_it_was():
    row = {"Messages": [*MESSAGES], "system": "Be brief.", "chosen": MESSAGES[1:]}
    before = json.dumps(row)
    read_row(row, Counter())
    assert json.dumps(row) == before
