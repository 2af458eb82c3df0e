"""What people give for texts and is none is refused with what to give instead."""

import io
import pathlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refusals import refuses

from nextword.errors import InputError, InputTypeError, check_items
from nextword.tokens.texts import check_texts


class Frame:
    """As a data frame of pandas or polars: iterating gives the names of its columns, or columns."""

    columns = ("id", "text")

    def to_dict(self) -> dict[str, object]:
        return {}

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)


class ArrowTable:
    """As a table of pyarrow."""

    column_names = ("id", "content")
    columns = ([1], ["tea"])

    def to_pylist(self) -> list[object]:
        return []


class DataSet:
    """As a data set of Hugging Face: iterating gives rows."""

    column_names = ("text",)
    features: dict[str, object] = {}  # noqa: RUF012

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter([{"text": "tea"}])


class Series(list[Any]):
    """As a column of pandas: an iterable of its values, with a dtype and a shape."""

    dtype = np.dtype(object)

    @property
    def shape(self) -> tuple[int]:
        return (len(self),)

    def to_dict(self) -> dict[int, object]:
        return dict(enumerate(self))


def given(texts: Any) -> list[str]:
    return list(check_texts(texts))


@pytest.mark.parametrize(
    ("table", "columns", "way"),
    [
        (Frame(), ("id", "text"), 'table["text"]'),
        (ArrowTable(), ("id", "content"), 'table["content"].to_pylist()'),
        (DataSet(), ("text",), '(row["text"] for row in rows)'),
    ],
)
def test_tables_are_asked_for_a_column(table: object, columns: tuple[str, ...], way: str) -> None:
    with refuses(InputTypeError, "texts-are-a-table", columns=columns) as caught:
        check_texts(table)  # type: ignore[arg-type]
    assert way in str(caught.value)


def test_a_column_of_texts_is_an_iterable_of_texts() -> None:
    assert given(Series(["tea", "rum"])) == ["tea", "rum"]
    with refuses(InputTypeError, "text-not-str", received="float", position=1) as caught:
        given(Series(["tea", float("nan")]))
    assert "isinstance(text, str)" in str(caught.value)


def test_an_array_of_strings_with_one_dimension_is_an_iterable_of_texts() -> None:
    assert given(np.array(["tea", "a longer one"])) == ["tea", "a longer one"]
    assert given(np.array(["tea", "rum"], object)) == ["tea", "rum"]


@pytest.mark.parametrize(
    "array",
    [np.array([["tea"], ["rum"]]), np.zeros(3), np.array([b"tea"]), np.array("tea"), np.arange(6).reshape(2, 3)],
)
def test_other_arrays_are_refused(array: Any) -> None:
    with refuses(InputTypeError, "texts-are-an-array", shape=array.shape):
        check_texts(array)


def test_an_open_text_file_is_an_iterable_of_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"I like tea.\r\n\r\nMe too.")
    with path.open(encoding="utf-8", newline="") as stream:
        assert given(stream) == ["I like tea.", "", "Me too."]
    assert given(io.StringIO("a\nb\n")) == ["a", "b"]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"tea")
    with path.open(encoding="utf-8") as closed:
        pass
    with path.open("w", encoding="utf-8") as written:
        for stream in (closed, written):
            with refuses(InputTypeError, "texts-not-readable", argument="texts"):
                check_texts(stream)
            with refuses(InputTypeError, "wrong-kind", argument="notes"):
                check_items("notes", stream, str)


def test_an_open_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"tea")
    with path.open("rb") as stream, refuses(InputTypeError, "texts-are-binary"):
        check_texts(stream)  # type: ignore[arg-type]
    with refuses(InputTypeError, "texts-are-binary"):
        check_texts(io.BytesIO(b"tea"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        (None, "isinstance"),
        (b"tea", "decode"),
        ({"text": "tea"}, 'row["text"]'),
        ({"id": 1, "body": "tea"}, 'row["body"]'),
        ({"messages": []}, "read_conversations"),
        ({"role": "user", "content": "tea"}, "read_conversations"),
        (["I", "like", "tea"], '" ".join'),
        (("id", "tea"), "row[1]"),
        (3, ""),
    ],
)
def test_rows_are_asked_for_their_text(item: object, hint: str) -> None:
    with refuses(InputTypeError, "text-not-str", received=type(item).__name__, position=1) as caught:
        given(["tea", item])
    assert hint in str(caught.value)


@pytest.mark.parametrize("texts", [{"a": "b"}.keys().mapping, str, int, memoryview(b"tea"), object()])
def test_other_things_are_refused_at_once(texts: object) -> None:
    with refuses(InputTypeError, "texts-not-iterable"):
        check_texts(texts)  # type: ignore[arg-type]


# Names of files.

KINDS = [list, tuple, set, iter, lambda names: (name for name in names), lambda names: dict.fromkeys(names).keys()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [2, 19, 20, 21, 300])
def test_names_of_files_are_no_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any, count: int) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "0.txt").write_text("tea", encoding="utf-8")
    names = [f"{number}.txt" for number in range(count)]
    with refuses(InputError, "list-of-files", reader="read_texts"):
        given(kind(names))
    with refuses(InputError, "list-of-files", missing=str(tmp_path / "1.txt")):
        given(kind([tmp_path / name for name in names]) if kind is not set else [tmp_path / name for name in names])


@pytest.mark.parametrize(
    "names",
    [
        ["a.txt", "missing.txt"],
        ["data/a.txt", "data/b.TXT"],
        ["/no/where/a.jsonl", "/no/where/b.jsonl"],
        ["C:\\texts\\a.csv", "C:\\texts\\b.csv"],
        ["https://example.org/a.html", "https://example.org/b.html"],
        ["my notes.txt"],  # with a space, but it exists
        ["a.txt"],
        [pathlib.PurePosixPath("b")],
        [Path("missing.txt")],
    ],
)
def test_names_of_missing_files_are_no_texts_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "my notes.txt"):
        (tmp_path / name).write_text("tea", encoding="utf-8")
    with refuses(InputError, "list-of-files", files=len(names)):
        given(names)


def test_the_missing_file_and_the_reader_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").touch()
    with refuses(InputError, "list-of-files", missing="b.jsonl", reader="read_conversations"):
        given(["a.jsonl", "b.jsonl"])
    with refuses(InputError, "list-of-files", missing=None, files=1):
        given(["a.jsonl"])


@pytest.mark.parametrize(
    "texts",
    [
        ["I like tea.", "a.txt", "b.txt"],
        ["a.txt", "is a file"],
        ["See a.txt.", "See b.txt."],
        ["Yes.", "No."],
        [".", ".."],
        ["/", "//"],
        ["", ""],
        ["and/or", "he/she"],
        ["3.14", "2.72"],
        ["e.g.", "i.e."],
        ["u.s", "n.v"],
        ["report.txt"],  # no such file: a text that somebody typed
        ["txt", ".txt"],
        ["a.txt\n", "b.txt\n"],
        ["tea\0.txt", "rum\0.txt"],
        ["x" * 5000 + ".txt", "y"],
    ],
)
def test_short_texts_are_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tea").mkdir()
    assert given(texts) == texts


def test_words_may_look_like_names_of_files() -> None:
    assert list(check_texts(["a.txt", "b.txt"], "words")) == ["a.txt", "b.txt"]


def test_texts_are_not_held_back() -> None:
    def generate() -> Iterable[str]:
        yield "I like tea."
        raise AssertionError("was read ahead")

    assert next(check_texts(generate())) == "I like tea."
