"""A file that is not UTF-8 is told the encodings that decode all of it, the right one first."""

from pathlib import Path

import pytest

from nextword.corpus.encodings import guess_encodings, wide_encoding

SIMPLIFIED = "昨天晚上下了一场大雨，所以我们没有出去。她说明天会是晴天。"
TRADITIONAL = "昨天晚上下了一場大雨，所以我們沒有出去。她說明天會是晴天。"
JAPANESE = "昨日の夜は雨が降ったので、私たちは出かけませんでした。"
KOREAN = "어제 밤에 비가 많이 와서 우리는 나가지 않았습니다."
RUSSIAN = "Вчера вечером шёл сильный дождь, поэтому мы остались дома."
FRENCH = "Hier soir, il a plu très fort, et nous sommes restés à la maison près du feu."
ENGLISH = "“Don’t go out,” she said – it’s raining…"
CASES = [
    ("gb18030", SIMPLIFIED),
    ("big5", TRADITIONAL),
    ("shift_jis", JAPANESE),
    ("euc_jp", JAPANESE),
    ("euc_kr", KOREAN),
    ("cp949", f"{KOREAN} 똠방각하 뷁"),
    ("cp1251", RUSSIAN),
    ("koi8-r", RUSSIAN),
    ("cp866", RUSSIAN),
    ("cp1252", FRENCH),
    ("cp1252", ENGLISH),
    ("cp850", FRENCH),
    ("mac-roman", f"{FRENCH} L’été dernier, c’était déjà comme ça."),
    ("cp1250", "Wczoraj wieczorem padał deszcz, więc zostaliśmy w domu. Było już późno."),
    ("cp1253", "Χθες το βράδυ έβρεχε πολύ και μείναμε στο σπίτι."),
    ("cp1254", "Dün akşam çok yağmur yağdı, dışarı çıkmadık."),
    ("cp1255", "אתמול בערב ירד גשם חזק ונשארנו בבית"),
    ("cp1256", "أمس مساء نزل المطر بشدة وبقينا في البيت"),
    ("cp874", "เมื่อคืนฝนตกหนักมาก เราจึงอยู่บ้าน"),
    ("utf-16-le", SIMPLIFIED),
    ("utf-16-be", SIMPLIFIED),
]


@pytest.mark.parametrize(("encoding", "text"), CASES)
def test_the_right_encoding_comes_first(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(f"{text}\n".encode(encoding) * 50)
    guesses = guess_encodings(path)
    assert guesses[0].encoding == encoding
    assert guesses[0].words.startswith(text[:12])
    assert len({guess.words for guess in guesses}) == len(guesses)
    assert len(guesses) <= 4
    assert sorted(guesses, key=lambda guess: -guess.plausibility) == list(guesses)
    for guess in guesses:
        path.read_text(encoding=guess.encoding)  # all of it


def test_an_encoding_decodes_the_whole_file_and_not_its_start_alone(tmp_path: Path) -> None:
    # Behind the sample and behind the chunks in which files are read.
    path = tmp_path / "a.txt"
    path.write_bytes(f"{TRADITIONAL}\n".encode("big5") * 40_000 + b"\x80\xff\n")
    assert "big5" not in [guess.encoding for guess in guess_encodings(path)]
    path.write_bytes(f"{TRADITIONAL}\n".encode("big5") * 40_000 + "碁\n".encode("cp950"))  # of its extensions
    assert guess_encodings(path)[0].encoding in ("cp950", "big5hkscs")


def test_english_may_stand_before(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"I like tea.\n" * 100_000 + f"{SIMPLIFIED}\n".encode("gb18030"))
    assert guess_encodings(path)[0].encoding == "gb18030"


def test_of_encodings_that_read_the_same_the_usual_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(FRENCH.encode("latin-1"))
    assert not {"latin-1", "cp1254"} & {guess.encoding for guess in guess_encodings(path)}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_every_second_byte_tells_utf_16(encoding: str) -> None:
    assert wide_encoding("I like tea, and so do you.\n".encode(encoding)) == encoding
    assert wide_encoding(f"I like tea \N{EM DASH} {'we all do. ' * 9}".encode(encoding)) == encoding


@pytest.mark.parametrize("start", [b"", b"a", b"\0", b"I like tea.", b"\0" * 400, b"tea \0 tea", bytes(range(256))])
def test_a_few_nul_bytes_are_no_utf_16(start: bytes) -> None:
    assert wide_encoding(start) is None


def test_guesses_are_shown_where_they_differ(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(("“Don’t go out in the rain today, my dear” " * 3 + "at the café").encode("cp1252"))
    guesses = {guess.encoding: guess.words for guess in guess_encodings(path)}
    assert guesses["cp1252"].endswith("café")
    assert {words[:20] for words in guesses.values() if words.startswith("“")} == {"“Don’t go out in the"}
