"""Content chooses the reader of a file, a name only where content does not, and what nobody can read is refused."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from refusals import refuses

from nextword.corpus.encodings.decoding import UTF_8, Decoding
from nextword.corpus.readers.starts import START_CHARACTERS, start_of
from nextword.corpus.reading import lines_of
from nextword.corpus.recognising import Format, endings_of, recognise
from nextword.corpus.sources import find_source, read_source
from nextword.corpus.tally import Tally
from nextword.errors import ConfigError, InputError, TextFileError


def parse(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[str]:
    for line in lines_of(file, decoding):
        if line.startswith("say "):
            yield line.removeprefix("say ").strip()
        else:
            left_out["stage directions"] += 1


PLAYS = Format("plays", (".play",), lambda start: start.startswith("PLAY"), parse)
OTHERS = Format("others", (".other",), lambda start: "PLAY" in start, parse)
FORMATS = (PLAYS, OTHERS)
PLAY = "PLAY\nsay I like tea.\nexit\nsay Me too.\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_content_decides(tmp_path: Path) -> None:
    assert recognise(write(tmp_path / "a.txt", PLAY), UTF_8, FORMATS) is PLAYS
    assert recognise(write(tmp_path / "b.txt", "I like tea."), UTF_8, FORMATS) is None
    assert recognise(write(tmp_path / "b.play", "I like tea."), UTF_8, FORMATS) is PLAYS  # its content looks like none
    assert recognise(write(tmp_path / "c.OTHER", PLAY), UTF_8, FORMATS) is OTHERS  # of two, that of the name
    assert recognise(write(tmp_path / "d.txt", PLAY, "utf-16"), Decoding("utf-16"), FORMATS) is PLAYS
    assert recognise(write(tmp_path / "e.txt", ""), UTF_8, FORMATS) is None
    assert endings_of(FORMATS) == (".play", ".other")


def test_a_format_sees_the_start_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "茶\r\n" * START_CHARACTERS)
    start = start_of(path, UTF_8)
    assert start == ("茶\n" * START_CHARACTERS)[:START_CHARACTERS]


@pytest.mark.parametrize(
    ("name", "text", "columns", "column"),
    [
        ("a.csv", "id,post,likes\n1,I like tea.,3\n2,Me too.,4\n", ("id", "post", "likes"), "post"),
        ("b.TSV", "text\tid\nI like tea, and rum, and milk\t1\n", ("text", "id"), "text"),
        ("c.tab", 'id;body\n1;"Tea; rum\nand milk"\n', ("id", "body"), "body"),
        ("d.csv", 'text\n"I like ""tea"", and\nrum"\nyes\n', ("text",), "text"),
        ("e.csv", "id,text\n", ("id", "text"), "id"),
        ("f.csv", "", (), "text"),
    ],
)
def test_a_table_is_asked_for_a_column(
    tmp_path: Path, name: str, text: str, columns: tuple[str, ...], column: str
) -> None:
    path = write(tmp_path / name, text)
    with refuses(TextFileError, "table-without-column", path=str(path), columns=columns, column=column) as caught:
        recognise(path, UTF_8)
    assert f"read_table({name!r}, column={column!r})" in str(caught.value)


@pytest.mark.parametrize("name", ["a.json", "b.txt", "c"])
@pytest.mark.parametrize(
    "text",
    [
        '[{"text": "tea"}]',
        '{\n  "messages": []}',
        '["tea", "rum"]',
        ' [\n\n {"a" :1}]',
        "{}",
        "[]",
        '[[{"a": 1}], [{"a": 2}]]',
        '{"a": 1}\n{"a": 2}',
    ],
)
def test_json_is_refused_whatever_its_name_is(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path / name, text)
    with refuses(TextFileError, "json-not-texts", path=str(path)):
        recognise(path, UTF_8)


@pytest.mark.parametrize(
    "text", ["[Music]\nTea.", "[[File:tea.png]]", '"Tea", she said: no.', "{tea}", "(a)", "[1] Tea."]
)
def test_brackets_are_no_json(tmp_path: Path, text: str) -> None:
    assert recognise(write(tmp_path / "a.txt", text), UTF_8) is None


def test_each_file_of_a_folder_is_read_by_its_format(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "I like rum.\n\nAnd milk.\n")
    write(tmp_path / "b.play", PLAY)
    write(tmp_path / "c.txt", PLAY)
    write(tmp_path / "d.csv", "id,text")
    tally = Tally()
    files, are_conversations = find_source(tmp_path, tally, UTF_8, FORMATS)
    texts = read_source(files, None, UTF_8, tally, FORMATS)
    assert list(texts) == ["I like rum.", "And milk.", *["I like tea.", "Me too."] * 2]
    assert (are_conversations, tally.unit) == (False, "line")
    assert tally.left_out == {"*.csv files": 1, "stage directions": 4}
    codes = {note.code: note.figures for note in tally.notes()}
    assert codes["read-texts"]["formats"] == {"plays": 2}
    assert (codes["read-texts"]["files"], codes["read-texts"]["texts"]) == (3, 6)
    assert codes["left-out"]["kinds"] == {"stage directions": 4, "*.csv files": 1}


def test_a_unit_is_for_plain_text(tmp_path: Path) -> None:
    files = [write(tmp_path / "a.play", PLAY)]
    with refuses(ConfigError, "option-without-effect", option="unit", value="line"):
        read_source(files, "line", UTF_8, Tally(), FORMATS)
    files.append(write(tmp_path / "a.txt", "I like\ntea."))
    texts = read_source(files, "paragraph", UTF_8, Tally(), FORMATS)
    assert list(texts) == ["I like tea.", "Me too.", "I like tea."]


def test_a_folder_of_texts_and_conversations_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "I like tea.")
    write(tmp_path / "b.jsonl", "{}")
    write(tmp_path / "c.JSONL", "{}")
    with refuses(InputError, "folder-mixed", texts=1, conversations=2):
        find_source(tmp_path, Tally())
    (tmp_path / "a.txt").unlink()
    files, are_conversations = find_source(tmp_path, Tally())
    assert (len(files), are_conversations) == (2, True)


@pytest.mark.parametrize("name", ["a.json", "b.txt", "c", "d.jsonl", "e.NDJSON"])
def test_json_with_messages_is_conversations_whatever_its_name_is(tmp_path: Path, name: str) -> None:
    line = '{"id": 3, "messages": [{"role": "user", "content": "Tea?"}]}\n'
    for text in (line * 3, f"[\n {line},\n {line}]"):
        path = write(tmp_path / name, text)
        assert find_source(path, Tally()) == ([path], True)
    turns = '{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes."}'
    for text in (f"[{turns}]", f"[\n [{turns}],\n [{turns}]\n]", turns.replace("}, {", "}\n{").replace("role", "from")):
        assert find_source(write(tmp_path / name, text), Tally())[1]
    path = write(tmp_path / "f.txt", 'She said: "messages": [ are what I read.')
    assert find_source(path, Tally()) == ([path], False)


def test_the_mails_of_a_maildir_have_no_ending(tmp_path: Path) -> None:
    for place in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (tmp_path / place).mkdir(parents=True)
    for number, place in enumerate(("cur/1.anna:2,S", "new/2.anna", ".Sent/cur/3.anna:2,S")):
        head = f"From: Anna <a@example.org>\nSubject: Tea\nMessage-ID: <{number}@example.org>\n"
        write(tmp_path / place, f"{head}\nI like tea number {number}.\n")
    write(tmp_path / "dovecot.index", "not a mail")
    tally = Tally()
    files, _ = find_source(tmp_path, tally)
    assert sorted(read_source(files, None, UTF_8, tally)) == [f"I like tea number {number}." for number in range(3)]
    assert tally.formats == {"mail": 3}
    assert tally.left_out["*.index files"] == 1
