import codecs
import gzip
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.corpus.reading import read_texts
from nextword.corpus.wrapping import is_hard_wrapped
from nextword.errors import InputError, InputTypeError, MissingFileError, TextFileError
from nextword.tokens.texts import check_texts

PROSE = (
    "It was a bright cold day in April, and the clocks were striking. He went up the stairs, past the door of the "
    "lift, which had not worked for a month, and looked for his key. Nobody was there. The corridor smelt of "
    "cabbage and old mats, as it had on every morning that he could remember, and a thin light came from the window."
)


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
    assert not is_hard_wrapped(path)


@settings(deadline=None, max_examples=50)
@given(
    lines=st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)),
    end=st.sampled_from("\n \r\n \r".split(" ")),
)
def test_line_ends_do_not_matter(tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str) -> None:
    path = write(tmp_path_factory.mktemp("lines") / "a.txt", end.join(["x", *lines]))
    assert list(read_texts(path)) == ["x", *(line.strip() for line in lines if line.strip())]


def test_paths_are_checked_at_once(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no file or folder 'nowhere\.txt'.*\)\.$"):
        read_texts("nowhere.txt")
    with pytest.raises(MissingFileError, match=r"'I like tea\.'.*fit\(\[text\]\)"):
        read_texts("I like tea.")
    with pytest.raises(MissingFileError, match=r"fit\(\[text\]\)"):
        read_texts("long text\n" * 10_000)
    with pytest.raises(FileNotFoundError, match="no file"):
        read_texts("nul\0byte")
    with pytest.raises(MissingFileError, match="no file"):
        read_texts("")
    with pytest.raises(InputTypeError, match="received int"):
        read_texts(3)  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match="received bytes"):
        read_texts(b"a.txt")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least one path"):
        read_texts()
    with pytest.raises(InputError, match=r"has no \*\.txt file"):
        read_texts(tmp_path)
    with pytest.raises(MissingFileError, match="no file"):
        is_hard_wrapped("nowhere.txt")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (codecs.BOM_UTF16_LE + "tea".encode("utf-16le"), "UTF-16 text, not UTF-8.*iconv -f utf-16 "),
        ("tea".encode("utf-16le"), "NUL byte in line 1.*UTF-16"),
        (b"PK\x03\x04rest", "zip archive"),
        (gzip.compress(b"tea"), "gzip archive"),
        (b"%PDF-1.7", "PDF document"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
    ],
)
def test_other_kinds_of_file_are_named_at_once(tmp_path: Path, data: bytes, message: str) -> None:
    path = write(tmp_path / "a.txt", data)
    with pytest.raises(TextFileError, match=message):
        read_texts(path)


def test_wrong_bytes_are_placed_while_reading(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"tea\n" * 5000 + b"ok \xb2\xe8\n")
    with pytest.raises(TextFileError, match=r"a\.txt is not UTF-8: line 5001 has the byte 0xb2 at byte 4.*gb18030"):
        list(read_texts(path))
    path = write(tmp_path / "b.txt", b"tea\n" * 5000 + b"o\0k\n")
    with pytest.raises(TextFileError, match="NUL byte in line 5001"):
        list(read_texts(path))


def test_wrapped_prose_is_recognized(tmp_path: Path) -> None:
    for width in (40, 65, 72, 100):
        blocks = [
            "CHAPTER I",
            *["\r\n".join(textwrap.wrap(PROSE[start:], width)) for start in (0, 20, 50)],
            '"No," he said.',
        ]
        path = write(tmp_path / "a.txt", "\r\n\r\n".join(blocks))
        assert is_hard_wrapped(path)
    chinese = "我喜欢在早上喝茶，也喜欢在晚上读书。" * 9
    wrapped = "\n".join(textwrap.wrap(chinese, 40))
    assert is_hard_wrapped(write(tmp_path / "b.txt", f"{wrapped}\n\n{wrapped}\n"))


def test_one_text_a_line_is_not_taken_for_wrapped(tmp_path: Path) -> None:
    sentences = [PROSE[start : start + 20 + 37 * start % 90] for start in range(0, 200, 3)]
    whole = [sentence + "." for sentence in sentences]
    groups = ["\n".join(sentences[start : start + 5]) for start in range(0, len(sentences), 5)]
    for data in (
        "\n".join(sentences),  # no blank line
        "\n\n".join(sentences),  # a blank line after every text
        "\n\n".join(groups),  # documents of sentences without periods
        "\n\n".join(["\n".join(whole[:30]), "\n".join(whole[30:])]),
        "\n\n".join([PROSE] * 9),
        "\n".join(textwrap.wrap(PROSE, 60)),  # one block says nothing
        "我喜欢茶。\n你呢？\n\n我也是。\n好。\n\n再见。\n好的。\n",
    ):
        assert not is_hard_wrapped(write(tmp_path / "a.txt", data))


def test_texts_are_checked() -> None:
    assert list(check_texts(iter(["a", "", "b"]))) == ["a", "", "b"]
    assert list(check_texts(np.array(["a"]))) == ["a"]
    with pytest.raises(InputTypeError, match=r"single text 'I like tea'\. Pass \[text\]"):
        check_texts("I like tea")
    for wrong in (b"tea", 3, None, {"a": "b"}, Path("a.txt")):
        with pytest.raises(InputTypeError, match=f"received {type(wrong).__name__}"):
            check_texts(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match="received NoneType at position 1"):
        list(check_texts(["a", None]))  # type: ignore[list-item]
