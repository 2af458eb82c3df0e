"""Exports of WhatsApp: layouts of phones and languages, notes of the app, and what is no chat."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from nextword.corpus.readers.chats import whatsapp
from nextword.corpus.readers.chats.dates import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, hour_of_day, order_of_dates
from nextword.corpus.reading import UTF_8

MARK, NARROW = "\u200e", "\u202f"


def read(tmp_path: Path, text: str) -> tuple[list[whatsapp.Message], Counter[str]]:
    path = tmp_path / "chat.txt"
    path.write_bytes(text.encode())
    left_out: Counter[str] = Counter()
    return list(whatsapp.messages(path, UTF_8, left_out)), left_out


LAYOUTS = [
    "{d:02}.{m:02}.23, 14:{n:02} - {name}: {text}",  # Germany
    "{d}/{m}/23, 2:{n:02} p. m. - {name}: {text}",  # Spain
    f"{{d}}/{{m}}/23, 2:{{n:02}}{NARROW}pm - {{name}}: {{text}}",  # Australia
    f"{{m}}/{{d}}/23, 2:{{n:02}}{NARROW}PM - {{name}}: {{text}}",  # United States
    "{d:02}/{m:02}/2023 14:{n:02} - {name}: {text}",  # Brazil
    "{d:02}/{m:02}/2023 à 14:{n:02} - {name}: {text}",  # France, some years ago
    "{d}.{m}.2023 klo 14.{n:02} - {name}: {text}",  # Finland
    "{d}.{m}.2023 г., 14:{n:02} - {name}: {text}",  # Bulgaria
    "{d}.{m}.23 г., 14:{n:02} ч. - {name}: {text}",  # Bulgaria, other phones
    "2023-{m:02}-{d:02} 14:{n:02} - {name}: {text}",  # Sweden
    "2023-{m:02}-{d:02} 14 h {n:02} - {name}: {text}",  # Canada
    "14:{n:02}, {d:02}/{m:02}/2023 - {name}: {text}",  # Vietnam
    "[14:{n:02}, {d}.{m}.2023] {name}: {text}",  # copied from the browser
    "[2:{n:02} PM, {m}/{d}/2023] {name}: {text}",
    "[下午2:{n:02}, 2023/{m}/{d}] {name}: {text}",
    "2023/{m}/{d} 下午2:{n:02} - {name}: {text}",
    "2023年{m}月{d}日 下午2:{n:02} - {name}: {text}",
    "2023. {m}. {d}. 오후 2:{n:02} - {name}: {text}",
    "[{d:02}.{m:02}.23, 14:{n:02}:00] {name}: {text}",
    f"[{{m}}/{{d}}/23, 2:{{n:02}}:00{NARROW}PM] {{name}}: {{text}}",
    "[{d:02}-{m:02}-2023 14:{n:02}:00] {name}: {text}",
    "[2023/{m}/{d} 下午2:{n:02}:00] {name}: {text}",
    f"{MARK}[{{d:02}}/{{m:02}}/2023, 14:{{n:02}}:00] {{name}}: {{text}}",
    "{d:02}/{m:02}/23 14:{n:02}:00: {name}: {text}",  # iPhone, ten years ago
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, tmp_path: Path) -> None:
    # 5 and 6 October, then the 25th: only over the whole file it can be told which number is the day.
    said = [(5, 3, "Anna", "Tea? It is 14:03 - now: 5/10/23"), (6, 7, "Ben 🎉", "Yes: at six"), (25, 9, "Anna", "好")]
    text = "\n".join(layout.format(d=day, m=10, n=minute, name=name, text=t) for day, minute, name, t in said)
    assert whatsapp.looks_like(text)
    messages, left_out = read(tmp_path, text.replace("\n", "\r\n"))
    assert [(message.name, message.text) for message in messages] == [(name, t) for _, _, name, t in said]
    assert left_out == {}
    times = [message.time for message in messages]
    assert times[1] - times[0] == 86_400 + 4 * 60
    assert times[2] - times[1] == 19 * 86_400 + 2 * 60


def test_arabic_figures(tmp_path: Path) -> None:
    text = (
        "٥\u200f/١٠\u200f/٢٠٢٣, ٢:٠٣ م - أحمد: مرحبا\n٥\u200f/١٠\u200f/٢٠٢٣, ٢:٠٤ م - سارة: أهلا\n"
        "٥\u200f/١٠\u200f/٢٠٢٣, ٣:٠٤ م - أحمد: كيف"
    )
    assert whatsapp.looks_like(text)
    messages, _ = read(tmp_path, text)
    assert [message.text for message in messages] == ["مرحبا", "أهلا", "كيف"]
    assert messages[2].time - messages[0].time == 3660


def test_a_message_goes_on_over_lines(tmp_path: Path) -> None:
    lines = [
        "05.10.23, 14:03 - Anna: Shopping:",
        "tea",
        "",
        "14:30 - milk",
        "[2023-10-05 14:03:22] ERROR: pasted",
        "05.10.23: bread",
        "",
        "05.10.23, 14:04 - +49 151 2345: ok",
        "05.10.23, 14:05 - Anna: ",
        "after an empty line",
        "",
    ]
    messages, left_out = read(tmp_path, "\n".join(lines))
    assert messages[0].text == "\n".join(lines[:6]).partition(": ")[2]
    assert [(message.name, message.text) for message in messages[1:]] == [
        ("+49 151 2345", "ok"),
        ("Anna", "after an empty line"),
    ]
    assert left_out == {}


def test_chats_of_two_phones_in_one_file(tmp_path: Path) -> None:
    first = "".join(f"05.10.23, 14:{n:02} - Anna: a{n}\n" for n in range(10))
    second = "".join(f"[10/05/23, 2:{n:02}:00 PM] Ben: b{n}\n" for n in range(10))
    messages, _ = read(tmp_path, first + second)
    assert [message.name for message in messages] == ["Anna"] * 10 + ["Ben"] * 10
    # A single line of another layout is one that somebody pasted.
    messages, _ = read(tmp_path, first + "[10/05/23, 2:03:00 PM] Ben: hi\n" + first)
    assert len(messages) == 20
    assert messages[9].text.endswith("Ben: hi")


IPHONE = [
    (f"{MARK}Messages and calls are end-to-end encrypted.", None, "system lines"),
    (f"{MARK}image omitted", None, "left-out media"),
    (f"{MARK}Bild weggelassen", None, "left-out media"),
    (f"{MARK}<attached: 00000012-PHOTO-2023-10-05-14-03-22.jpg>", None, "left-out media"),
    (f"our cat {MARK}<attached: 00000013-PHOTO-2023-10-05-14-03-22.jpg>", "our cat", "left-out media"),
    (f"Report.pdf • {MARK}3 pages {MARK}document omitted", None, "left-out media"),
    (f"{MARK}Contact card omitted", None, "left-out media"),
    (f"{MARK}This message was deleted.", None, "deleted messages"),
    (f"{MARK}You deleted this message.", None, "deleted messages"),
    (f"{MARK}POLL:\nTea or coffee?\n{MARK}OPTION: Tea ({MARK}1 vote)", None, "polls"),
    (f"{MARK}Location: https://maps.google.com/?q=1,2", None, "shared locations"),
    (f"{MARK}Missed voice call", None, "system lines"),
    (f"Look: https://a.b/c?d=e {MARK}<This message was edited>", "Look: https://a.b/c?d=e", None),
    ("hello @\u2068Ben\u2069!", "hello @Ben!", None),
]
ANDROID = [
    ("<Media omitted>", None, "left-out media"),
    ("<Medien ausgeschlossen>", None, "left-out media"),
    ("<Multimedia omitido>", None, "left-out media"),
    ("<Mídia oculta>", None, "left-out media"),
    ("<省略多媒体文件>", None, "left-out media"),
    ("<Без медиафайлов>", None, "left-out media"),
    ("<pominięto multimedia>", None, "left-out media"),
    ("<grins at me>", "<grins at me>", None),
    ("Pesan ini dihapus", None, "deleted messages"),
    ("null", None, "left-out media"),
    ("IMG-20231005-WA0001.jpg (file attached)", None, "left-out media"),
    (f"{MARK}IMG-20231005-WA0001.jpg (Datei angehängt)\nOur cat", "Our cat", "left-out media"),
    ("<Media omitted>\nOur cat", "Our cat", "left-out media"),
    ("Plan of Anna.pdf (archivo adjunto)", None, "left-out media"),
    ("Ben.vcf (file attached)", None, "contact cards"),
    ("Chamada de voz perdida", None, "system lines"),
    ("Chiamata vocale persa alle 14:03", None, "system lines"),
    ("Gemiste spraakoproep", None, "system lines"),
    ("Пропущенный звонок", None, "system lines"),
    ("La chiamata persa era mia", "La chiamata persa era mia", None),
    ("This message was deleted", None, "deleted messages"),
    ("Diese Nachricht wurde gelöscht.", None, "deleted messages"),
    ("此消息已删除", None, "deleted messages"),
    ("location: https://maps.google.com/?q=52.5,13.4", None, "shared locations"),
    ("Standort: https://maps.google.com/?q=52.5,13.4", None, "shared locations"),
    ("POLL:\nTea?\nOPTION: Yes (2 votes)\nOPTION: No (0 votes)", None, "polls"),
    ("fine <This message was edited>", "fine", None),
    ("schön <Diese Nachricht wurde bearbeitet.>", "schön", None),
    ("1 < 2 <3 and <grin> (see a.pdf)", "1 < 2 <3 and <grin> (see a.pdf)", None),
    ("I saw that this message was deleted by you", "I saw that this message was deleted by you", None),
    ("\u200b \u200f", None, None),
]


@pytest.mark.parametrize(("text", "kept", "note"), IPHONE + ANDROID)
def test_notes_of_the_app(text: str, kept: str | None, note: str | None, tmp_path: Path) -> None:
    header = "[05.10.23, 14:03:22] Anna: " if (text, kept, note) in IPHONE else "05.10.23, 14:03 - Anna: "
    messages, left_out = read(tmp_path, f"{header}{text}\n{header}end\n".replace("\n", "\r\n"))
    assert [message.text for message in messages if message.text.strip("\u200b \u200f")] == [
        *([kept] * bool(kept)),
        "end",
    ]
    assert left_out == ({note: 1} if note else left_out)


@pytest.mark.parametrize(
    "line",
    [
        "Messages and calls are end-to-end encrypted. No one outside of this chat can read them.",
        "Anna added you",
        "Du hast den Betreff geändert",
        "Missed voice call",
        'Anna changed the subject from "Tea" to "Plan: Saturday"',
        "Anna hat den Gruppennamen von „Tee“ zu „Plan: Samstag“ geändert.",
        "小明将群主题更改为“计划: 周六”",
    ],
)
def test_lines_without_a_name(line: str, tmp_path: Path) -> None:
    messages, left_out = read(tmp_path, f"05.10.23, 14:03 - {line}\n05.10.23, 14:03 - Anna: Tea\n")
    assert [message.text for message in messages] == ["Tea"]
    assert left_out == {"system lines": 1}


def test_names(tmp_path: Path) -> None:
    names = ["~\u202fAnna", "\u202a+49\u00a0151\u00a02345\u202c", 'Ann "Ani" Smith', "小明", "🎉", "O'Neil, Jr."]
    messages, _ = read(tmp_path, "".join(f"[05.10.23, 14:03:22] {name}: Tea\n" for name in names))
    assert [message.name for message in messages] == [
        "~ Anna",
        "+49 151 2345",
        'Ann "Ani" Smith',
        "小明",
        "🎉",
        "O'Neil, Jr.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "05.10.2023: Rain.\n06.10.2023: Sun: nice.\n07.10.2023 - Walk\n",
        "05.10.2023, 14:01 - Had tea: good\n05.10.2023, 14:02 - Ate cake: bad\n05.10.2023, 14:03 - Slept: long\n",
        "05/10/2023, 14:00 - 15:00: Meeting: budget\n05/10/2023, 15:00 - 16:00: Meeting: rent\n" * 2,
        "[2023-10-05 14:03:22] ERROR: disk full\n[2023-10-05 14:03:23] INFO: started\n",
        "[2023-10-05 14:03:22] local.ERROR: oops\n[2023-10-05 14:03:22] Server: oops\n",
        "2023-10-05 14:03:22 - root: one\n2023-10-05 14:03:25 - root: two\n",
        "2023-10-05 14:03:22,123 - root - INFO - load: x\n",
        "10/05/23 14:03:22: worker: msg\n",
        "[14:03:22, 2023-10-05] INFO: started\n[14:03:23, 2023-10-05] app.ERROR: disk full\n",
        "14:03:22 2023-10-05 - worker: one\n14:03:23 2023-10-05 - worker: two\n",
        "[14:03] <anna> hi\n[14:04] <ben> hi\n",
        "ANNA: Tea?\nBEN: Yes.\n",
        "Tyger Tyger, burning bright,\nIn the forests of the night;\n",
        "",
    ],
)
def test_what_is_no_chat(text: str) -> None:
    assert not whatsapp.looks_like(text * (1 if "Slept" in text else 20))


def test_the_order_of_dates() -> None:
    assert order_of_dates([(5, 10, 23), (13, 10, 23)]) == DAY_FIRST
    assert order_of_dates([(10, 5, 23), (10, 13, 23)]) == MONTH_FIRST
    assert (
        order_of_dates([(10, 5, 23), (11, 5, 23), (12, 5, 23)]) == DAY_FIRST
    )  # ascends either way; two days or months
    assert order_of_dates([(9, 5, 23), (9, 6, 23), (10, 1, 23)]) == MONTH_FIRST
    assert order_of_dates([(2023, 5, 9)]) == YEAR_FIRST
    assert order_of_dates([(23, 12, 30), (23, 12, 31), (24, 1, 1)]) == YEAR_FIRST
    assert [hour_of_day(12, "中午"), hour_of_day(1, "中午"), hour_of_day(12, "凌晨")] == [12, 13, 0]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp")), min_size=1, max_size=30)


@settings(deadline=None, max_examples=60)
@given(texts=st.lists(WORDS.map(str.strip).filter(lambda text: text and "<" not in text), min_size=1, max_size=5))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    text = "".join(f"05.10.23, 14:03 - Anna: x{text}\n" for text in texts)
    messages, _ = read(tmp_path_factory.mktemp("chats"), text)
    assert [message.text for message in messages] == [f"x{text}" for text in texts]
