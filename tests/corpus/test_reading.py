"""Files become texts, one a line or a paragraph; what is no UTF-8 text is refused by its place."""

import codecs
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.corpus.reading import read_texts
from nextword.errors import InputError, InputTypeError, MissingFileError, TextFileError


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_one_text_a_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "\ufeffI like tea.\r\n\r\n  我喜欢茶。 \rOne more\u2028here\n\n")
    assert list(read_texts(path)) == ["I like tea.", "我喜欢茶。", "One more\u2028here"]
    assert list(read_texts(str(path), path)) == ["I like tea.", "我喜欢茶。", "One more\u2028here"] * 2


def test_paragraphs(tmp_path: Path) -> None:
    first = write(tmp_path / "a.txt", "I like\n  tea.\n \n\nYou\r\ndo not.")
    second = write(tmp_path / "b.txt", "No.\n")
    assert list(read_texts(first, second, paragraphs=True)) == ["I like tea.", "You do not.", "No."]


def test_a_folder_means_its_text_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "z").mkdir()
    write(tmp_path / "z" / "c.txt", "three")
    write(tmp_path / "b.txt", "two")
    write(tmp_path / "a.txt", "one")
    write(tmp_path / "a.md", "not this")
    assert list(read_texts(tmp_path)) == ["one", "two", "three"]


def test_an_empty_file_has_no_texts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "")
    assert list(read_texts(path)) == list(read_texts(path, paragraphs=True)) == []


@settings(deadline=None, max_examples=30)
@given(
    lines=st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)),
    end=st.sampled_from("\n \r\n \r".split(" ")),
)
def test_line_ends_do_not_matter(tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str) -> None:
    path = write(tmp_path_factory.mktemp("lines") / "a.txt", end.join(["x", *lines]))
    assert list(read_texts(path)) == ["x", *(line.strip() for line in lines if line.strip())]


def test_paths_are_checked_at_once(tmp_path: Path) -> None:
    for name in ("nowhere.txt", "nul\0byte"):
        with refuses(MissingFileError, "path-missing", path=name, looks_like_text=False):
            read_texts(name)
    for text in ("I like tea.", ""):
        with refuses(MissingFileError, "path-missing", path=text, looks_like_text=True):
            read_texts(text)
    with refuses(MissingFileError, "path-missing", looks_like_text=True) as caught:
        read_texts("long text\n" * 10_000)
    assert "fit([text])" in str(caught.value)
    for path in (3, b"a.txt"):
        with refuses(InputTypeError, "path-kind", received=type(path).__name__):
            read_texts(path)  # type: ignore[arg-type]
    with refuses(InputError, "no-paths"):
        read_texts()
    with refuses(InputError, "folder-empty", path=str(tmp_path), ending=".txt"):
        read_texts(tmp_path)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (codecs.BOM_UTF16_LE + "tea".encode("utf-16le"), "UTF-16"),
        (b"PK\x03\x04rest", "zip"),
        (gzip.compress(b"tea"), "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
    ],
)
def test_other_kinds_of_file_are_named_at_once(tmp_path: Path, data: bytes, kind: str) -> None:
    path = write(tmp_path / "a.txt", data)
    with refuses(TextFileError, "file-of-another-kind", path=str(path)) as caught:
        read_texts(path)
    assert kind in caught.value.figures["file_kind"]  # type: ignore[attr-defined]


def test_a_nul_byte_is_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "tea".encode("utf-16le"))
    with refuses(TextFileError, "nul-byte", path=str(path), line=1):
        read_texts(path)


def test_a_word_at_the_place_of_a_mark_makes_no_archive(tmp_path: Path) -> None:
    text = "x" * 256 + "custard, mustard"  # a tar archive has "ustar" and a version at byte 257
    assert list(read_texts(write(tmp_path / "a.txt", text.encode()))) == [text]


def test_wrong_bytes_are_placed_while_reading(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"tea\n" * 5000 + b"ok \xb2\xe8\n")
    with refuses(TextFileError, "not-utf-8", path=str(path), line=5001, byte_position=4, byte=0xB2) as caught:
        list(read_texts(path))
    assert "gb18030" in str(caught.value)  # what it often is
    path = write(tmp_path / "b.txt", b"tea\n" * 5000 + b"o\0k\n")
    with refuses(TextFileError, "nul-byte", path=str(path), line=5001):
        list(read_texts(path))
