"""What was read is told in figures, and so is what does not look like text."""

import base64
import random

import pytest

from nextword.corpus.decoding import UTF_8, Decoding
from nextword.corpus.tally import Tally

WORDS = "tea rum milk the a green black house river children played in by of and near when she said nothing".split()


def prose(lines: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randrange(4, 15))).capitalize() + "." for _ in range(lines)]


def odd(texts: list[str]) -> dict[str, dict[str, int]]:
    tally = Tally()
    assert list(tally.counted(texts)) == texts
    notes = tally.notes(None, UTF_8)
    return {note.figures["looks"]: note.figures for note in notes if note.code == "looks-odd"}


def test_what_was_read_is_counted() -> None:
    tally = Tally(files=2)
    list(tally.counted(["I like tea.", "我喜欢茶。"]))
    list(tally.counted(["b\ufffdd"]))
    assert list(tally.lines_passing(["I", "", " \n", "like", "tea.\n", "x"])) == ["I", "", " \n", "like", "tea.\n", "x"]
    tally.left_out["hidden files"] += 3
    tally.left_out["*.md files"] += 4
    notes = tally.notes("line", Decoding("big5"))
    assert [(note.code, note.figures) for note in notes] == [
        (
            "read-texts",
            {"unit": "line", "files": 2, "lines": 4, "texts": 3, "characters": 19, "encoding": "big5", "formats": {}},
        ),
        ("left-out", {"kinds": {"*.md files": 4, "hidden files": 3}}),
        ("not-decoded", {"texts": 1}),
    ]
    assert "4 *.md files" in notes[1]


def test_nothing_is_said_of_texts_that_look_like_texts() -> None:
    assert Tally().notes(None, UTF_8) == ()
    poem = ["The sea is wide,", "The sea is deep,", "And all the little fishes sleep,"] * 50
    numbered = [f"{number}. {line}" for number, line in enumerate(prose(200))]
    chinese = ["今天天气很好，我们去公园。", "她说：“明天见！”", "3月12日，下雨。"] * 50
    tokenised = ["the company said <unk> will n't pay N million"] * 50
    for texts in (prose(500), poem, numbered, chinese, tokenised, ["tea"] * 500, ["I like green tea very much."] * 500):
        assert odd(texts) == {}


SENTENCES = prose(400)
ODD = {
    "chat": [
        [f"12/03/24, 09:{n % 60:02} - Ann: {line}" for n, line in enumerate(SENTENCES)],
        [f"[12.03.24, 09:{n % 60:02}:11] Ann: {line}" for n, line in enumerate(SENTENCES)],
        [f"\u200e[2024-03-12 09:{n % 60:02}] {line}" for n, line in enumerate(SENTENCES)],
        [f"2024年3月12日 下午9:{n % 60:02} 小明: 好的。" for n in range(400)],
        [f"09:{n % 60:02} Ann {line}" for n, line in enumerate(SENTENCES)],
    ],
    "log": [[f"2024-03-12 09:00:{n % 60:02},123 INFO {line}" for n, line in enumerate(SENTENCES)]],
    "lyrics": [[f"[00:{n % 60:02}.50]{line}" for n, line in enumerate(SENTENCES)]],
    "subtitles": [
        [piece for n, line in enumerate(SENTENCES) for piece in (str(n), f"00:00:0{n % 9},0 --> 00:00:09,0", line)]
    ],
    "mailbox": [
        [
            piece
            for line in prose(40)
            for piece in ("From a@b.org Tue Mar 12 09:00:00 2024", "Subject: tea", *prose(20), line)
        ]
    ],
    "markup": [[f"<p>{line}</p>" for line in SENTENCES], [f"{line}<br />" for line in SENTENCES]],
    "entities": [[f"{line} Ann&#39;s tea &amp; rum" for line in SENTENCES]],
    "wrong-encoding": [
        [f"{line} Un café très frais.".encode().decode("latin-1") for line in SENTENCES],
        ["It’s a “fine” day.".encode().decode("cp1252", "replace") for _ in SENTENCES],
        ["锟斤拷锟斤拷今天"] * 400,
    ],
    "escapes": [["今日は雨です。".encode("iso2022_jp").decode("ascii") for _ in SENTENCES]],
    "packed": [[base64.b64encode(random.Random(n).randbytes(57)).decode() for n in range(400)]],
    "json": [[f'{{"id": {n}, "text": "{line}"}}' for n, line in enumerate(SENTENCES)]],
    "table": [
        [f"{n},{line.replace(' ', '_')},2024" for n, line in enumerate(SENTENCES)],
        [f"{n}\t{line}" for n, line in enumerate(SENTENCES)],
    ],
    "no-letters": [[f"{n} {n * 7} 0.{n}" for n in range(400)]],
    "same-start": [[f"Question for everybody: {line}" for line in SENTENCES]],
}


@pytest.mark.parametrize(("looks", "texts"), [(name, texts) for name, cases in ODD.items() for texts in cases])
def test_what_looks_odd_is_told_with_its_figures(looks: str, texts: list[str]) -> None:
    found = odd(texts)
    assert looks in found
    assert found[looks]["lines"] <= found[looks]["of"] == (len(set(texts)) if looks == "same-start" else len(texts))


@pytest.mark.parametrize(("looks", "texts"), [(name, cases[0]) for name, cases in ODD.items() if name != "same-start"])
def test_a_few_odd_lines_among_many_are_text(looks: str, texts: list[str]) -> None:
    assert looks not in odd([*prose(4000), *texts[:2]])


def test_odd_lines_count_behind_the_first_thousands_too() -> None:
    # The first 10,000 texts are all looked at, then every 32nd.
    chat = [f"12/03/24, 09:00 - Ann: {line}" for line in prose(300_000, seed=1)]
    figures = odd([*prose(10_000), *chat])["chat"]
    assert figures == {"looks": "chat", "lines": 9375, "of": 19_375}


def test_the_lines_of_a_long_text_are_looked_at_one_by_one() -> None:
    text = "\n".join(f"<p>{line}</p>" for line in SENTENCES)
    assert odd([text])["markup"] == {"looks": "markup", "lines": 400, "of": 400}
