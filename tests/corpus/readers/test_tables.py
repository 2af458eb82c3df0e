"""Tables: the texts of one column, whichever way they are delimited, quoted or written as JSON."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.corpus.readers.tables import reading as tables
from nextword.corpus.readers.tables.reading import describe_columns, looks_like, read_table
from nextword.corpus.reading import UTF_8


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "text", "texts"),
    [
        ("a.csv", 'id,text\r\n1,"She said ""hi"",\r\nthen left"\r\n2,Tea\r\n', ['She said "hi",\nthen left', "Tea"]),
        ("bom.csv", '\ufeff"text",likes\n"Tea, hot",1\n\n', ["Tea, hot"]),
        ("semicolon.csv", 'id;text;x\n1;Tee, bitte; 2,5\n2;"Nein; danke";3\n', ["Tee, bitte", "Nein; danke"]),
        ("excel.csv", "sep=;\nid;text\n1;Tee, bitte\n", ["Tee, bitte"]),
        ("one.csv", 'text\nTea, please\nCoffee; now\n"quoted, one"\n', ["Tea, please", "Coffee; now", "quoted, one"]),
        (
            "a.tsv",
            'id\ttext\tn\n1\t"Hello he said\t0\n2\tBye "x" y\t1\n3\t"\t1\n',
            ['"Hello he said', 'Bye "x" y', '"'],
        ),
        ("quoted.tsv", 'id\ttext\n1\t"a\tb"\n2\t"c ""d"""\n', ["a\tb", 'c "d"']),
        ("escaped.csv", 'id,text\n1,"She said \\"hi\\", ok"\n2,"a"\n', ['She said "hi", ok', "a"]),
        ("bars.txt", "id|text\n1|a b\n2|c, d\n", ["a b", "c, d"]),
        ("index.csv", ",text\n0,Tea\n1,Coffee\n", ["Tea", "Coffee"]),
        ("spaces.csv", 'id, text\n1, "Tea, hot"\n2, No\n', ["Tea, hot", "No"]),
        ("trailing.csv", "id,text\n1,Tea,\n2,No,,\n", ["Tea", "No"]),
        ("twins.csv", "x,x,,text\n1,2,3,Tea\n", ["Tea"]),
        ("empty.csv", "id,text\n1,\n2, \n3,Tea\n", ["Tea"]),
        ("header.csv", "id,text\n", []),
        ("nothing.csv", "", []),
        ("cr.csv", "id,text\r1,Tea\r2,No\r", ["Tea", "No"]),
        ("a.jsonl", '{"text": "Tea"}\n{"text": null}\n\n{"n": 1, "text": "a\\nb"}\n{"n": 2}\n', ["Tea", "a\nb"]),
        ("a.ndjson", '\ufeff{"id": 1, "tags": [{"a": 1}], "text": "Tea"}\n{"id": 2, "text": "No"}\n', ["Tea", "No"]),
        ("array.json", '[\n {"text": "Tea", "n": [1]},\n {"text": "No"}\n]', ["Tea", "No"]),
        ("data.json", '{"version": "1", "data": [{"text": "Tea"}, {"text": "No"}]}', ["Tea", "No"]),
        ("pretty.json", '{\n "version": "1",\n "data": [\n  {"text": "Tea"}]\n}', ["Tea"]),
        ("one.json", '{"text": "Tea"}', ["Tea"]),
        ("pretty_one.json", '{\n "id": 1,\n "text": "Tea"\n}', ["Tea"]),
        ("columns.json", '{"id": [1, 2], "text": ["Tea", "No"]}', ["Tea", "No"]),
        ("frame.json", '{"id": {"0": 1, "1": 2}, "text": {"0": "Tea", "1": "No"}}', ["Tea", "No"]),
        ("lines.txt", '{"text": "Tea"}\n{"text": "No"}\n', ["Tea", "No"]),
    ],
)
def test_texts_of_a_column(name: str, text: str, texts: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / name, text)
    assert list(read_table(path, column="text")) == texts
    if text:
        assert "text" in describe_columns(text.replace("\r\n", "\n").replace("\r", "\n"))


def test_tables_larger_than_all_limits(tmp_path: Path) -> None:
    # Fields above the 131,072 characters of `csv`, a file above the characters that are looked at.
    limit = csv.field_size_limit()
    texts = ["tea, " * 60_000, *(f'cup {number}, "hot"' for number in range(20_000)), "a\n" * 3000 + "b"]
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "text"), *enumerate(texts)])
    assert list(read_table(path, column="text")) == [text.strip() for text in texts]
    assert csv.field_size_limit() == limit
    for name, content in (
        ("a.jsonl", "\n".join(json.dumps({"id": 1, "text": text}) for text in texts)),
        ("a.json", json.dumps([{"id": 1, "text": text} for text in texts])),
    ):
        assert list(read_table(write(tmp_path / name, content), column="text")) == [text.strip() for text in texts]


@settings(deadline=None, max_examples=60)
@given(
    texts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc",), include_characters="\n\t")),
        min_size=1,
        max_size=5,
    ),
    delimiter=st.sampled_from(",\t;|"),
)
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, texts: list[str], delimiter: str) -> None:
    path = tmp_path_factory.mktemp("tables") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(
            [("id", "text", "n"), *((1, text, 2) for text in texts)]
        )
    assert list(read_table(path, column="text")) == [text.strip() for text in texts if text.strip()]


def test_tables_without_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '0,"I like tea, very much"\n1,No\n')
    assert list(read_table(path, column=1)) == ["I like tea, very much", "No"]
    with refuses(nw.InputError, "column-missing", column=2, columns=("0", "1")):
        read_table(path, column=2)
    path = write(tmp_path / "quoted.csv", '"0","Mon","Tea, please"\n"4","Tue","No, coffee"\n')  # a comma in each
    assert list(read_table(path, column=2)) == ["Tea, please", "No, coffee"]
    for column in (-1, True, None, 1.5):
        with refuses(nw.ConfigError, "option-out-of-range", option="column"):
            read_table(path, column=column)  # type: ignore[arg-type]


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    with refuses(nw.InputError, "column-missing", column="Text", columns=("id", "text")):
        read_table(write(tmp_path / "a.csv", "id,text\n1,Tea\n"), column="Text")
    with refuses(nw.InputError, "column-twice", column="text", columns=("text", "text")):
        read_table(write(tmp_path / "a.csv", "text,text\n1,Tea\n"), column="text")
    with refuses(nw.InputError, "column-missing", column="body", columns=("text", "n")):
        read_table(write(tmp_path / "a.jsonl", '{"text": "Tea"}\n{"text": "No", "n": 1}\n'), column="body")
    with refuses(nw.InputError, "column-missing", column=0, columns=("text",)):
        read_table(write(tmp_path / "a.jsonl", '{"text": "Tea"}\n'), column=0)
    # One object longer than what is looked at: nothing is known before reading.
    rows = read_table(write(tmp_path / "b.jsonl", json.dumps({"text": "tea " * 30_000})), column="body")
    with refuses(nw.InputError, "column-missing", column="body", columns=("text",)):
        list(rows)


def test_damaged_rows(tmp_path: Path) -> None:
    good = "".join(f"{number},Tea {number}\n" for number in range(19))
    path = write(tmp_path / "a.csv", f"id,text\n{good}1,a,b\n1\n")
    left_out: Counter[str] = Counter()
    assert len(list(tables.parse(path, UTF_8, left_out, "text"))) == 19
    assert left_out == {"damaged rows": 2}
    path = write(tmp_path / "a.csv", f"id,text\n{good}1,a,b\n1\n2,c,d\n")
    with refuses(nw.TextFileError, "rows-damaged", rows=22, damaged=3, line=21):
        list(read_table(path, column="text"))
    # Early in a long table, not only behind its last row.
    path = write(tmp_path / "a.csv", "id,text\n" + "1,a,b\n1,a,b\n2,Tea\n" * 5000)
    rows = read_table(path, column="text")
    with refuses(nw.TextFileError, "rows-damaged", rows=1499, damaged=1000):
        list(rows)
    # A single one is left out, however few the others are.
    assert list(read_table(write(tmp_path / "b.csv", "id,text\n1,Tea\n2,a,b\n"), column="text")) == ["Tea"]
    assert list(read_table(write(tmp_path / "b.jsonl", '{"text": "Tea"}\n{"text": 5}\n'), column="text")) == ["Tea"]
    lines = [json.dumps({"text": f"Tea {number}"}) for number in range(19)]
    path = write(tmp_path / "a.jsonl", "\n".join([*lines, '{"te']))
    assert len(list(read_table(path, column="text"))) == 19
    for odd in (["{"] * 3, ['{"text": ["a", "b"]}'] * 3, ['"a"'] * 3):
        with refuses(nw.TextFileError, "rows-damaged", rows=22, damaged=3, line=20):
            list(read_table(write(tmp_path / "a.jsonl", "\n".join([*lines, *odd])), column="text"))


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    rows = "".join(f'{number},"Tea, {number}"\n' for number in range(6000))
    path = write(tmp_path / "a.csv", f'id,text\n{rows}7,"tea\n8,more\n')
    with refuses(nw.TextFileError, "quote-not-closed", line=6002):
        list(read_table(path, column="text"))


def test_damaged_json(tmp_path: Path) -> None:
    for text, code in (
        ('[{"text": "a"', "json-damaged"),
        ('"Tea"', "no-rows"),
        ("[1, 2]", "rows-damaged"),
    ):
        path = write(tmp_path / "a.json", text)
        with pytest.raises(nw.NextwordError) as caught:
            list(read_table(path, column="text"))
        assert caught.value.code == code


def test_encodings(tmp_path: Path) -> None:
    for encoding in ("utf-16", "gb18030", "utf-8-sig"):
        path = tmp_path / "a.tsv"
        path.write_bytes("编号\t文本\n1\t我喜欢茶\n".encode(encoding))
        assert list(read_table(path, column="文本", encoding=encoding)) == ["我喜欢茶"]
    path.write_bytes("id\ttext\n1\tcafé\n".encode("cp1252"))
    with refuses(nw.TextFileError, "not-utf-8", line=2):
        read_table(path, column="text")
    assert list(read_table(path, column="text", errors="replace")) == ["caf\ufffd"]


@pytest.mark.parametrize(
    "text",
    [
        'id,text\n1,"Tea, please"\n2,No\n',
        "text;stars\nTee, bitte;5\nNein;1\n",
        "评论\t标签\n好\t1\n不好\t0\n",
        "day|rain\n2023-10-05|4.5\n2023-10-06|0\n",
        '{"text": "Tea", "n": 1}\n{"text": "No", "n": 2}\n',
        '[{"text": "Tea"}, {"text": "No',
    ],
)
def test_what_looks_like_a_table(text: str) -> None:
    assert looks_like(text)


@pytest.mark.parametrize(
    "text",
    [
        "Tyger Tyger, burning bright,\nIn the forests of the night,\nWhat immortal hand or eye,\nCould frame\n",
        "Roses are red, violets\nAre blue, I think\nSugar is sweet, so\n",
        "床前明月光,疑是地上霜\n举头望明月,低头思故乡\n",
        "import os, sys\nfrom a import b, c\nx = f(a, b)\n",
        "a = 1;\nb = 2;\nc = 3;\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "apples, pears\nplums, figs\nnuts, tea\n",
        "Anna\tI like tea, you know.\nBen\tMe too!\nAnna\tReally?\n",
        "\tan indent\n\tanother one\n\tand one more\n",
        "tea\tTee\ncoffee\tKaffee\nwater\tWasser\n",
        "2023-10-05, rain\n2023-10-06, sun\n2023-10-07, sun\n",
        '{"messages": [{"role": "user", "content": "Tea?"}]}\n',
        '[{"role": "user", "content": "Tea?"}]\n',
        '{"name": "x", "version": "1"}\n',
        "I like tea.\n",
        "{\n",
        "",
    ],
)
def test_what_is_no_table(text: str) -> None:
    assert not looks_like(text * (1 if "version" in text else 3))
    assert not looks_like(text)
