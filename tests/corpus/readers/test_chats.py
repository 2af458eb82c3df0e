"""Chats of three apps become texts, or conversations with one person."""

import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from refusals import refuses

import nextword as nw
from nextword.corpus.readers.chats import line as line_chats, reading as chats, telegram
from nextword.corpus.readers.chats.reading import read_chat
from nextword.corpus.reading import UTF_8

CHAT = """05.10.23, 14:03 - Anna added you
05.10.23, 14:03 - Ben: Tea?
05.10.23, 14:03 - Ben: Or not?
05.10.23, 14:04 - Carl: I would
like some
05.10.23, 14:05 - Anna: Yes!
05.10.23, 14:05 - Anna: <Media omitted>
05.10.23, 14:06 - Anna: Now.
05.10.23, 20:05 - Ben: Good.
06.10.23, 02:05 - Ben: Morning
"""


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "WhatsApp Chat with Ben.txt"
    path.write_text(CHAT, encoding="utf-8")
    return path


def test_messages_are_texts(chat: Path) -> None:
    texts = ["Tea?", "Or not?", "I would\nlike some", "Yes!", "Now.", "Good.", "Morning"]
    assert list(read_chat(chat)) == list(read_chat(chat.parent)) == texts
    left_out: Counter[str] = Counter()
    assert list(chats.parse(chat, UTF_8, left_out)) == texts
    assert left_out == {"system lines": 1, "left-out media": 1}


def test_conversations_of_one_person(chat: Path) -> None:
    talks = list(read_chat(chat, me="Anna"))
    assert [talk.turns for talk in talks] == [
        (("user", "Tea?\nOr not?\nI would\nlike some"), ("assistant", "Yes!\nNow."), ("user", "Good.")),
        (("user", "Morning"),),  # after exactly six hours
    ]
    assert len(list(read_chat(chat, me="Anna", pause_hours=6.01))) == 1
    assert len(list(read_chat(chat, me="Anna", pause_hours=5))) == 3
    assert [turn.role for turn in next(read_chat(chat, me="Carl")).turns] == ["user", "assistant", "user"]
    assert len(list(read_chat(chat, chat, me="Anna"))) == 4  # the second file begins a new one


def test_a_name_that_does_not_occur(chat: Path) -> None:
    with refuses(nw.InputError, "name-missing", me="anna", names={"Ben": 4, "Anna": 2, "Carl": 1}):
        read_chat(chat, me="anna")
    for me in ("", " ", 3):
        with refuses(nw.ConfigError, "option-out-of-range", option="me"):
            read_chat(chat, me=me)  # type: ignore[call-overload]
    with refuses(nw.ConfigError, "option-out-of-range", option="pause_hours"):
        read_chat(chat, me="Anna", pause_hours=0)


def test_a_month_is_no_pause_where_the_month_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("9/30/23, 11:59 PM - Anna: Tea?\n10/1/23, 12:01 AM - Ben: Yes\n", encoding="utf-8")
    assert len(list(read_chat(path, me="Anna"))) == 1


def test_zip_files(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat - Ben.zip"
    for name in ("_chat.txt", "WhatsApp Chat mit Ben.txt", "sub/Chat de WhatsApp con Ben.txt"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("00000012-PHOTO.jpg", b"\xff\xd8")
            archive.writestr("notes.txt", "An attachment, no chat")
            archive.writestr("__MACOSX/._WhatsApp.txt", b"\0\0")
            archive.writestr(name, CHAT * 3000)
        assert chats.is_packed_chat(path)
        assert sum(1 for _ in read_chat(path)) == sum(1 for _ in read_chat(tmp_path)) == 21_000
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with refuses(nw.TextFileError, "zip-damaged", path=str(path)):
        read_chat(path)
    middle = whole.index(b"Ben.txt") + 100
    path.write_bytes(whole[:middle] + bytes(50) + whole[middle + 50 :])
    with refuses(nw.TextFileError, "zip-damaged", path=str(path)):
        list(read_chat(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert not chats.is_packed_chat(path)
    with refuses(nw.TextFileError, "zip-without-chat", path=str(path)):
        read_chat(path)


def test_bad_bytes_in_a_zip_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "chat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", CHAT.encode() + "05.10.23, 14:03 - Ben: café\n".encode("cp1252"))
    with refuses(nw.TextFileError, "not-utf-8", line=11, path=str(path / "_chat.txt")):
        list(read_chat(path))
    assert list(read_chat(path, encoding="cp1252"))[-1] == "café"
    assert list(read_chat(path, errors="ignore"))[-1] == "caf"


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_bytes("2023/10/5 下午2:03 - 小明: 你好\n".encode(encoding))
    assert list(read_chat(path, encoding=encoding)) == ["你好"]


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("Dear diary,\n05.10.23: tea\n", encoding="utf-8")
    with refuses(nw.TextFileError, "form-unknown", path=str(path)):
        read_chat(path)
    for encoding in ("klingon", "hex"):
        with refuses(nw.ConfigError, "encoding-unknown", encoding=encoding):
            read_chat(path, encoding=encoding)
    with refuses(nw.ConfigError, "option-out-of-range", option="errors"):
        read_chat(path, errors="maybe")
    with refuses(nw.MissingFileError, "path-missing"):
        read_chat(tmp_path / "absent.txt")
    with refuses(nw.InputError, "no-paths"):
        read_chat()
    with refuses(nw.InputTypeError, "path-kind", received="int"):
        read_chat(3)  # type: ignore[call-overload]
    (tmp_path / "empty").mkdir()
    with refuses(nw.InputError, "folder-empty", path=str(tmp_path / "empty")):
        read_chat(tmp_path / "empty")
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    with refuses(nw.TextFileError, "file-of-another-kind"):
        read_chat(path)


LINE = """[LINE] Chat history with Ben
Saved on: 2023/10/06 09:00

2023/10/05(Thu)
14:03\tAnna\tTea?
14:04\tBen\t"Yes,
""please""

2023/10/05 at six"
14:05\tAnna\t[Photo]
14:06\t\tBen unsent a message.
14:07\tBen\t☎ Missed call

2023/10/07(Sat)
2:03 PM\tBen\t"quoted"
"""


def test_line(tmp_path: Path) -> None:
    path = tmp_path / "[LINE]Ben.txt"
    path.write_text(LINE, encoding="utf-8-sig", newline="\r\n")
    left_out: Counter[str] = Counter()
    assert list(chats.parse(path, UTF_8, left_out)) == ["Tea?", 'Yes,\n"please"\n\n2023/10/05 at six', '"quoted"']
    assert left_out == {"lines before the first message": 2, "left-out media": 1, "system lines": 2}
    assert len(list(read_chat(path, me="Anna"))) == 2
    messages = list(line_chats.messages(path, UTF_8, Counter()))
    assert messages[2].time - messages[0].time == 2 * 86_400


@pytest.mark.parametrize(
    "text",
    [
        "[LINE] Benとのトーク履歴\n保存日時：2023/10/06 09:00\n\n2023/10/05(木)\n14:03\tAnna\tこんにちは\n",
        "[LINE] 與Ben的聊天記錄\n儲存日期： 2023/10/06 09:00\n\n2023/10/05（四）\n"
        "上午10:03\tAnna\t你好\n14:04\tBen\t[貼圖]\n",
    ],
)
def test_line_in_other_languages(text: str, tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    path.write_text(text, encoding="utf-8")
    assert chats.looks_like(text)
    assert len(list(read_chat(path))) == 1


@pytest.mark.parametrize(
    "days",
    [
        ("2023.10.05 Thursday", "2023.10.06 Friday", "2023.10.25 Wednesday"),
        ("Thu, 10/5/2023", "Fri, 10/6/2023", "Wed, 10/25/2023"),
        ("Thu, 05/10/2023", "Fri, 06/10/2023", "Wed, 25/10/2023"),
        ("2023/10/05（四）", "2023/10/06（五）", "2023/10/25（三）"),
    ],
)
def test_days_of_line(days: tuple[str, ...], tmp_path: Path) -> None:
    first, second, third = days
    text = (
        f'[LINE] Chat history in Tea\nSaved on: x\n\n{first}\n9:30PM\tAnna\t"Tea?\n{third}\nNow"\n9:31 PM\tBen\t"No\n'
        f"\n{second}\n9:30AM\tBen\tYes\n{third}\n下午9:30\tAnna\tend\n"
    )
    path = tmp_path / "line.txt"
    path.write_text(text, encoding="utf-8")
    assert line_chats.looks_like(text)
    messages = list(line_chats.messages(path, UTF_8, Counter()))
    assert [message.text for message in messages] == [f"Tea?\n{third}\nNow", '"No', "Yes", "end"]
    hours = [(message.time - messages[0].time) / 3600 for message in messages]
    assert hours == [0, 1 / 60, 12, 20 * 24]


def message(number: int, sender: str | None, text: object, **others: object) -> dict[str, object]:
    time = f"2023-10-05T14:{number:02}:22"
    return {"id": number, "type": "message", "date": time, "from": sender, "from_id": "user1", "text": text, **others}


MESSAGES = [
    {"id": 1, "type": "service", "date": "2023-10-05T14:01:22", "actor": "Ben", "action": "phone_call", "text": ""},
    message(2, "Ben", ["See ", {"type": "link", "text": "https://a.b"}, " ", {"type": "bold", "text": "now"}]),
    message(3, "Anna", "ok", forwarded_from="Carl"),
    message(4, None, "gone"),
    message(5, "Anna", "", photo="photos/1.jpg"),
    message(6, "Anna", "our cat", photo="photos/2.jpg"),
    message(7, "Ben", "", poll={"question": "Tea?", "answers": []}),
    message(8, "Ben", "", location_information={"latitude": 1}),
    message(9, "Ben", "", media_type="sticker", file="(File not included)"),
    message(10, "Ben", "a\nb 🎉"),
]
TEXTS = ["See https://a.b now", "ok", "gone", "our cat", "a\nb 🎉"]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [None, 1])
def test_telegram(ascii_only: bool, indent: int | None, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    chat = {"name": "Ben", "type": "personal_chat", "id": 7, "messages": MESSAGES}
    text = json.dumps(chat, ensure_ascii=ascii_only, indent=indent)
    path.write_text(text, encoding="utf-8")
    assert chats.looks_like(text[:65_536])
    left_out: Counter[str] = Counter()
    assert list(chats.parse(path, UTF_8, left_out)) == TEXTS
    assert left_out == {"system lines": 1, "left-out media": 2, "polls": 1, "shared locations": 1}
    assert [turn.role for turn in next(read_chat(path, me="Anna")).turns] == ["user", "assistant"] * 2 + ["user"]
    with refuses(nw.InputError, "name-missing", names={"Ben": 2, "Anna": 2, "Deleted Account": 1}):
        read_chat(path, me="Carl")


def test_telegram_of_a_whole_account(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    one = {"name": "Ben", "type": "personal_chat", "id": 7, "messages": MESSAGES}
    saved = {"type": "saved_messages", "id": 8, "messages": [message(1, "Anna", "remember the tea")]}
    account = {
        "about": "Here is the data you requested.",
        "personal_information": {"first_name": "Anna"},
        "contacts": {"about": "", "list": [{"first_name": "x" * 100}] * 1000},  # longer than what is looked at
        "chats": {"about": "", "list": [one, saved, one]},
        "left_chats": {"about": "", "list": [one]},
    }
    path.write_text(json.dumps(account, indent=1), encoding="utf-8")
    assert telegram.looks_like(path.read_text(encoding="utf-8")[:65_536])
    assert list(read_chat(path)) == [*TEXTS, "remember the tea", *TEXTS, *TEXTS]
    assert len(list(read_chat(path, me="Anna"))) == 4


def test_telegram_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    whole = json.dumps({"name": "Ben", "type": "personal_chat", "id": 7, "messages": MESSAGES})
    path.write_text(whole[:-20], encoding="utf-8")
    with refuses(nw.TextFileError, "json-damaged", path=str(path), reason="not-json"):
        list(read_chat(path))
    path.write_text('{"name": "a", "chats": {"list": 3}}', encoding="utf-8")
    with refuses(nw.TextFileError, "no-messages", path=str(path)):
        list(read_chat(path))
    for text in ('{"name": "x", "type": "module", "messages": []}', '{"messages": [{"role": "user"}]}', "[]", "{"):
        assert not chats.looks_like(text)
