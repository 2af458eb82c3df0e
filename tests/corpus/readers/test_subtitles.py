"""Subtitles: what is said, and nothing else of a file."""

from collections import Counter
from pathlib import Path

import pytest
from refusals import refuses

import nextword as nw
from nextword.corpus.readers.subtitles import reading as subtitles
from nextword.corpus.readers.subtitles.reading import read_subtitles
from nextword.corpus.reading import UTF_8


def read(tmp_path: Path, text: str) -> tuple[list[str], Counter[str]]:
    path = tmp_path / "film.srt"
    path.write_bytes(text.encode())
    left_out: Counter[str] = Counter()
    return list(subtitles.parse(path, UTF_8, left_out)), left_out


def cues(*texts: str, numbers: bool = True, second: int = 10) -> str:
    """Return a file of SubRip; each cue takes two seconds and none overlap."""
    return "\n".join(
        (f"{n}\n" if numbers else "") + f"00:00:{second + 3 * n:02},000 --> 00:00:{second + 2 + 3 * n:02},500\n{text}\n"
        for n, text in enumerate(texts, start=1)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I like\ngreen tea.", ["I like green tea."]),
        ("<i>I like\ngreen</i> <b>tea</b>.", ["I like green tea."]),
        ('{\\an8}<font color="#ffff00">Tea</font>', ["Tea"]),
        ("{\\an8}{\\i1}Tea\\Nplease{\\i0}", ["Tea please"]),
        ("Tea &amp; cake &lt;3&nbsp;!", ["Tea & cake <3 !"]),
        ("AT&T, 1 < 2 > 0, <3 and {x}", ["AT&T, 1 < 2 > 0, <3 and {x}"]),
        ("- You do?\n- Yes.", ["You do?", "Yes."]),
        ("-You do?\n–Yes, I\nlike it.", ["You do?", "Yes, I like it."]),
        ("- You do? - Yes.", ["You do?", "Yes."]),
        ("I do.\n- Yes.", ["I do.", "Yes."]),
        (">> You do?\n>> ANN: I do, 2 >\n1.", ["You do?", "ANN: I do, 2 > 1."]),
        ("You do &gt;&gt; yes\n>>> 10 a.m.", ["You do", "yes", "10 a.m."]),
        ("<v Ann>I do,</v>\n<v Ann>really.</v>\n<v Ben>Yes.", ["I do, really.", "Yes."]),
        ("<i>- You do?</i>\n<i>- Yes.</i>", ["You do?", "Yes."]),
        ("-40 degrees\nat well-known places - really.", ["-40 degrees at well-known places - really."]),
        ("42", ["42"]),
        ("first\n\nafter a blank line\n1984", ["first after a blank line 1984"]),
        ("♪ La la ♪", ["♪ La la ♪"]),
        ("[door slams]", []),
        ("[JOHN]: Tea? [laughs] No", ["Tea? No"]),
        ("- [laughs]\n- Yes.", ["Yes."]),
        ("[a long note\nover lines]\nTea", ["Tea"]),
        ("(SIGHS)\nTea (green)", ["Tea (green)"]),
        ("(a long note\nover lines)", []),
        ("【掌声】\n你好", ["你好"]),
        ("我喜欢\n绿茶", ["我喜欢绿茶"]),
        ("我用\nPython", ["我用Python"]),
        ("これは\nペン", ["これはペン"]),
        ("나는\n차를", ["나는 차를"]),
        ("ก\u200bข\u200e\n\u200eค", ["กข ค"]),
        ("- 你好\n- 再见", ["你好", "再见"]),
        (" ", []),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
def test_a_cue(text: str, said: list[str], end: str, tmp_path: Path) -> None:
    file = "\ufeff" + cues("Before.", text, "After.")
    assert subtitles.looks_like(file[1:])
    texts, left_out = read(tmp_path, file.replace("\n", end))
    assert texts == ["Before.", *said, "After."]
    sounds = ("[" in text) or text.startswith(("(", "【"))
    assert left_out == ({"notes about sounds": 1} if sounds and text.count("[") < 2 else left_out)
    assert read(tmp_path, cues("Before.", text, "After.", numbers=False))[0] == ["Before.", *said, "After."]


@pytest.mark.parametrize(
    ("text", "is_left_out"),
    [
        ("Subtitles by John\nSync and corrections by n17t01\nwww.addic7ed.com", True),
        ("<b>Synced and corrected by Ann</b>", True),
        ("Untertitelung: BR 2018", True),
        ("字幕：小王  校对：小李", True),
        ("Support us and become VIP member\nto remove all ads from www.OpenSubtitles.org", True),
        ("Subtitles are by nature short.", False),
        ("Translated by whom?", False),
        ("Write to www.example.org.", False),
    ],
)
def test_advertisements_and_credits(text: str, is_left_out: bool, tmp_path: Path) -> None:
    said = [f"Tea {number}?" for number in range(8)]
    texts, left_out = read(tmp_path, cues(*said, text))
    assert texts[:8] == said
    assert (len(texts) == 8, left_out.total()) == (is_left_out, int(is_left_out))
    # In the middle people may say it.
    inside, _ = read(tmp_path, cues(*said[:4], text, *said[4:]))
    assert (len(inside) == 8) == (is_left_out and "www" in text)


def test_numbers_that_are_said(tmp_path: Path) -> None:
    said = ["1984", "2", "Three", "7", "6"]
    assert read(tmp_path, cues(*said))[0] == said
    assert read(tmp_path, cues(*said).replace("\n\n", "\n"))[0] == said
    assert read(tmp_path, "00:00:01,000 --> 00:00:02,000\n1984\n\n00:00:03,000 --> 00:00:04,000\nx\n")[0] == [
        "1984",
        "x",
    ]


def test_what_is_repeated_on_purpose_is_kept(tmp_path: Path) -> None:
    assert read(tmp_path, cues("No!", "No!", "Yes.", "I", "do", "so", "what", "is", "it"))[0][:2] == ["No!", "No!"]
    overlapping = (
        "1\n00:00:01,000 --> 00:00:05,000\nNo!\n\n2\n00:00:02,000 --> 00:00:06,000\nNo!\n\n"
        "3\n00:00:07,000 --> 00:00:08,000\nNo!\n"
    )
    texts, left_out = read(tmp_path, overlapping)
    assert texts == ["No!", "No!"]
    assert left_out == {"repeated lines": 1}


WEB = """WEBVTT - Tea
Kind: captions

STYLE
::cue { color: red }

NOTE a comment
over lines

REGION
id:fred

intro
00:01.000 --> 00:02.000 align:start position:0%
<v.loud Anna>Hello <c.yellow>there</c></v>
<v Ben>Hi &lt;you&gt;

NOTE between

2
00:00:03.000 --> 00:00:04.000
first

not standard

00:04.000 --> 00:05.000
<ruby>漢<rt>かん</rt></ruby>字 <00:04.500>x

NOTE the end
"""


def test_web_subtitles(tmp_path: Path) -> None:
    assert subtitles.looks_like(WEB)
    assert read(tmp_path, WEB)[0] == ["Hello there", "Hi <you>", "first not standard", "漢字 x"]
    assert read(tmp_path, WEB.replace("\n", "\r\n"))[0] == read(tmp_path, WEB)[0]


def test_automatic_captions(tmp_path: Path) -> None:
    lines = [f"line {number} of a talk" for number in range(30)]
    settings = "align:start position:0%"
    parts = ["WEBVTT\nKind: captions\nLanguage: en\n"]
    for number, line in enumerate(lines):
        before, words = (lines[number - 1] if number else " "), line.split(" ", 1)
        begin, end = f"00:00:{number:02}", f"00:00:{number + 1:02}"
        parts.append(f"{begin}.010 --> {end}.000 {settings}\n{before}\n{words[0]}<{begin}.500><c> {words[1]}</c>\n")
        parts.append(f"{end}.000 --> {end}.010 {settings}\n{line}\n \n")
    texts, left_out = read(tmp_path, "\n".join(parts))
    assert texts == lines
    assert left_out == {"repeated lines": 59}


def test_a_short_automatic_caption(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Anna>Hello<00:01.000><c> there</c>\n\n"
        "00:02.000 --> 00:04.000\nHello there\n\n"
        "00:09.000 --> 00:10.000\nHello there\n"
    )
    assert read(tmp_path, text) == (["Hello there", "Hello there"], {"repeated lines": 1})


def test_two_languages(tmp_path: Path) -> None:
    texts, _ = read(tmp_path, cues("你好\nHello there", "我很好\nI am\nfine", "{\\fs12}茶\\N{\\fs8}Tea", "再见"))
    assert texts == ["你好", "Hello there", "我很好", "I am fine", "茶", "Tea", "再见"]


def test_what_is_no_subtitles() -> None:
    for text in (
        "",
        "1\nTea\n",
        "WEBVTT is a format.\n",
        "00:00:01 tea\n00:00:02 cake\n",
        "1\nat 00:01 --> 00:02 tea\n",
    ):
        assert not subtitles.looks_like(text)
    assert subtitles.looks_like("WEBVTT\n")
    assert subtitles.looks_like(cues("Tea", numbers=False))


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.SRT").write_text(cues("one"), encoding="utf-8")
    (tmp_path / "._a.srt").write_bytes(b"\0\0")
    (tmp_path / "b.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\ntwo\n", encoding="utf-8")
    (tmp_path / "c.txt").write_text("three", encoding="utf-8")
    assert list(read_subtitles(tmp_path)) == ["one", "two"]
    (tmp_path / "a.SRT").write_bytes(cues("Café").encode("cp1252"))
    with refuses(nw.TextFileError, "not-utf-8", line=3):
        list(read_subtitles(tmp_path))
    assert list(read_subtitles(tmp_path / "a.SRT", encoding="cp1252")) == ["Café"]
    with refuses(nw.InputError, "no-paths"):
        read_subtitles()
    with refuses(nw.MissingFileError, "path-missing"):
        read_subtitles(tmp_path / "absent.srt")
    (tmp_path / "a.SRT").write_bytes(b"\x1f\x8b\x08")
    with refuses(nw.TextFileError, "file-of-another-kind"):
        read_subtitles(tmp_path / "a.SRT")
