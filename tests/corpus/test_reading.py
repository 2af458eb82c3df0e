"""Files become texts, one a line or a paragraph; what is no UTF-8 text is refused by its place."""

import codecs
import errno
import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.corpus.reading import read_texts
from nextword.errors import ConfigError, InputError, InputTypeError, MissingFileError, TextFileError


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
    assert list(read_texts(first, second, unit="paragraph")) == ["I like tea.", "You do not.", "No."]


def test_a_folder_means_its_text_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "z").mkdir()
    write(tmp_path / "z" / "c.txt", "three")
    write(tmp_path / "b.txt", "two")
    write(tmp_path / "a.txt", "one")
    write(tmp_path / "a.md", "not this")
    write(tmp_path / "z" / "D.TXT", "four")
    write(tmp_path / "z" / "e.Text", "five")
    assert list(read_texts(tmp_path)) == ["one", "two", "four", "three", "five"]


def test_an_empty_file_has_no_texts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "")
    assert list(read_texts(path)) == list(read_texts(path, unit="paragraph")) == []


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
        (b"{\\rtf1\\ansi Tea.}", "rich text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, ".doc"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"SQLite format 3\0\x10\0", "SQLite"),
        (b"PAR1\x15\0", "Parquet"),
        (b"PK\x03\x04" + b"\x01" * 9000 + b"word/document.xml" + b"\0" * 90, "Word"),
    ],
)
def test_other_kinds_of_file_are_named_at_once(tmp_path: Path, data: bytes, kind: str) -> None:
    path = write(tmp_path / "a.txt", data)
    with refuses(TextFileError, "file-of-another-kind", path=str(path)) as caught:
        read_texts(path)
    assert kind in caught.value.figures["file_kind"]  # type: ignore[attr-defined]


def test_a_nul_byte_is_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"I like\ntea \0 and rum\n")
    with refuses(TextFileError, "nul-byte", path=str(path), line=2, column=5, around="tea \0 and rum"):
        list(read_texts(path))
    assert list(read_texts(path, errors="ignore")) == ["I like", "tea  and rum"]
    assert list(read_texts(path, errors="replace")) == ["I like", "tea \ufffd and rum"]


def test_a_file_with_many_control_bytes_is_binary(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", bytes(range(256)) * 40)
    with refuses(TextFileError, "file-of-another-kind", path=str(path)) as caught:
        read_texts(path)
    assert "binary" in caught.value.figures["file_kind"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_by_every_second_byte(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.txt", ("I like tea.\n" * 2000).encode(encoding))
    with refuses(TextFileError, "not-utf-8", path=str(path), candidates=(encoding,)):
        read_texts(path)
    assert list(read_texts(path, encoding=encoding)) == ["I like tea."] * 2000


def test_a_word_at_the_place_of_a_mark_makes_no_archive(tmp_path: Path) -> None:
    text = "x" * 256 + "custard, mustard"  # a tar archive has "ustar" and a version at byte 257
    assert list(read_texts(write(tmp_path / "a.txt", text.encode()))) == [text]


def test_wrong_bytes_are_placed_while_reading(tmp_path: Path) -> None:
    chinese = "我们喜欢在早上喝茶，也喜欢在晚上读书。\n"
    path = write(tmp_path / "a.txt", b"tea\n" * 50_000 + chinese.encode("gb18030") * 5000)
    figures = {"path": str(path), "line": 50_001, "column": 1, "byte": 0xCE, "encoding": "utf-8"}
    with refuses(TextFileError, "not-utf-8", candidates=("gb18030",), **figures) as caught:
        list(read_texts(path))
    assert "iconv" not in str(caught.value)
    texts = list(read_texts(path, encoding="gb18030"))
    assert (len(texts), texts[50_000]) == (55_000, chinese.strip())
    path = write(tmp_path / "b.txt", b"tea\n" * 5000 + b"o\0k\n")
    with refuses(TextFileError, "nul-byte", path=str(path), line=5001, column=2):
        list(read_texts(path))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_bad_byte_in_much_good_text_is_damage(tmp_path: Path, end: str) -> None:
    # Longer than the chunks in which files are read, and with characters that a chunk may cut in two.
    good = f"我喜欢绿茶，也喜欢红茶。{end}" * 9000
    path = write(
        tmp_path / "a.txt", good.encode() + "我喜欢".encode() + b"\xff" + f"茶。{end}".encode() + good.encode()
    )
    figures = {"line": 9001, "column": 4, "byte": 0xFF, "bad_bytes": 1, "candidates": ()}
    with refuses(TextFileError, "not-utf-8", **figures) as caught:
        list(read_texts(path))
    assert "errors='ignore'" in str(caught.value)
    assert list(read_texts(path, errors="ignore"))[9000] == "我喜欢茶。"
    assert list(read_texts(path, errors="replace"))[9000] == "我喜欢\ufffd茶。"


def test_utf_16_that_has_no_mark_has_to_be_named_with_its_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "I like tea.\n".encode("utf-16-be") * 9)
    with refuses(TextFileError, "not-in-encoding", encoding="utf-16", candidates=("utf-16-be",)):
        read_texts(path, encoding="utf-16")
    path = write(tmp_path / "a.txt", "我喜欢茶。".encode("utf-16-be"))
    with refuses(TextFileError, "not-in-encoding", candidates=("utf-16-le", "utf-16-be")):
        read_texts(path, encoding="utf-16")
    with refuses(TextFileError, "not-in-encoding", candidates=("utf-32-le", "utf-32-be")):
        read_texts(path, encoding="utf-32")


def test_a_given_encoding_is_held_to(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "今天天氣很好。\n".encode("big5") * 3000 + b"\xff\xff\n")
    with refuses(TextFileError, "not-in-encoding", encoding="big5", line=3001, column=1, bad_bytes=2):
        list(read_texts(path, encoding="BIG5"))
    assert len(list(read_texts(path, encoding="big5", errors="ignore"))) == 3000
    with refuses(TextFileError, "not-in-encoding", encoding="ascii", line=1, column=1):
        list(read_texts(path, encoding="ascii"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "gb18030", "utf-8", "utf-8-sig", "UTF8"])
def test_a_byte_order_mark_is_left_out_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    mark = "" if encoding in ("utf-16", "utf-32", "utf-8-sig") else "\ufeff"
    path = write(tmp_path / "a.txt", f"{mark}I like tea.\r\n我喜欢茶。\r\n".encode(encoding))
    assert list(read_texts(path, encoding=encoding)) == ["I like tea.", "我喜欢茶。"]


@pytest.mark.parametrize(
    ("options", "code", "figures"),
    [
        ({"unit": "sentence"}, "option-out-of-range", {"option": "unit"}),
        ({"unit": None}, "option-out-of-range", {"option": "unit"}),
        ({"errors": "surrogateescape"}, "option-out-of-range", {"option": "errors"}),
        ({"encoding": "gb18031"}, "encoding-unknown", {"matches": ("gb18030",)}),
        ({"encoding": "ANSI"}, "encoding-unknown", {"matches": ("cp1252", "gb18030")}),
        ({"encoding": "base64"}, "encoding-unknown", {}),
        ({"encoding": ""}, "encoding-unknown", {}),
        ({"encoding": "utf\0"}, "encoding-unknown", {}),
        ({"encoding": 8}, "encoding-unknown", {"encoding": 8}),
    ],
)
def test_options_are_checked_at_once(tmp_path: Path, options: dict[str, object], code: str, figures: object) -> None:
    path = write(tmp_path / "a.txt", "tea")
    with refuses(ConfigError, code, **figures):  # type: ignore[arg-type]
        read_texts(path, **options)  # type: ignore[arg-type]


def test_a_file_that_is_cut_in_a_character_is_told_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", ("我喜欢茶。\n" * 9000).encode()[:-2])
    with refuses(TextFileError, "not-utf-8", line=9000, column=5, bad_bytes=1, candidates=()):
        list(read_texts(path))
    assert list(read_texts(path, errors="ignore"))[-1] == "我喜欢茶"


def test_an_encoding_with_too_few_characters_is_told_the_larger_one(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.txt", ("我们喜欢在早上喝茶。\n" * 900 + "镕\n").encode("gb18030")
    )  # a name, not of GB 2312
    with refuses(TextFileError, "not-in-encoding", line=901, candidates=("gb18030",)):
        list(read_texts(path, encoding="gb2312"))


def test_a_model_is_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "tea.nextword", (4000).to_bytes(8, "little") + b'{"__metadata__":{}}' + b" " * 4000)
    with refuses(TextFileError, "file-of-another-kind", path=str(path)) as caught:
        read_texts(path)
    assert "nextword" in caught.value.figures["file_kind"]  # type: ignore[attr-defined]


def test_two_encodings_in_one_file_are_told_where_they_meet(tmp_path: Path) -> None:
    line = "我们喜欢在早上喝茶。\n"
    path = write(tmp_path / "a.txt", line.encode() * 3000 + line.encode("gb18030") * 2000)
    with refuses(TextFileError, "not-utf-8", line=3001, column=1, candidates=()) as caught:
        list(read_texts(path))
    assert "joined" in str(caught.value)


@settings(deadline=None, max_examples=60)
@given(
    text=st.text(st.sampled_from("ab 茶é🍵\n\r"), min_size=1, max_size=60),
    cut=st.integers(0, 60),
    repeats=st.sampled_from([0, 1, 9000]),
)
def test_the_place_of_a_bad_byte_is_found(
    tmp_path_factory: pytest.TempPathFactory, text: str, cut: int, repeats: int
) -> None:
    before = text * repeats + text[:cut]
    after = text[cut:].removeprefix("\n")  # a CRLF is not cut
    path = write(tmp_path_factory.mktemp("bad") / "a.txt", before.encode() + b"\xff" + after.encode())
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    with refuses(TextFileError, "not-utf-8", line=len(lines), column=len(lines[-1]) + 1, byte=0xFF):
        list(read_texts(path))


@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=300), errors=st.sampled_from(["strict", "ignore", "replace"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, errors: str) -> None:
    path = write(tmp_path_factory.mktemp("any") / "a.txt", data)
    for encoding in (None, "gb18030", "cp1252", "utf-16", "shift_jis", "iso2022_jp"):
        texts, code = [], ""
        try:
            texts = list(read_texts(path, encoding=encoding, errors=errors))
        except TextFileError as error:
            code = error.code
        assert code in ("", "not-utf-8", "not-in-encoding", "nul-byte", "file-of-another-kind")
        assert code != "nul-byte" or errors == "strict"
        assert all(text == text.strip() != "" and "\0" not in text for text in texts)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_a_file_that_cannot_be_read_is_told_with_its_path(tmp_path, monkeypatch, number):
    path = tmp_path / "a.txt"
    path.write_text("tea", encoding="utf-8")

    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    for read in (nw.read_texts, nw.read_chat, nw.read_html, nw.read_mail, nw.read_markdown, nw.read_subtitles):
        with refuses(nw.FileAccessError, "file-not-readable", path=str(path), reason=errno.errorcode[number]):
            list(read(path))
    with refuses(nw.FileAccessError, "file-not-readable", path=str(path)):
        nw.fit(path, progress=False)
