"""Hard-wrapped prose is told from one text a line."""

import textwrap
from pathlib import Path

from book_pages import chinese, english, pages, wrap
from refusals import refuses

from nextword.corpus.wrapping import find_wrapping
from nextword.errors import MissingFileError

PROSE = (
    "It was a bright cold day in April, and the clocks were striking. He went up the stairs, past the door of the "
    "lift, which had not worked for a month, and looked for his key. Nobody was there. The corridor smelt of "
    "cabbage and old mats, as it had on every morning that he could remember, and a thin light came from the window."
)


def is_hard_wrapped(path):
    return find_wrapping(path).unit == "paragraph"


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


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


def test_a_file_without_text_is_not_wrapped(tmp_path: Path) -> None:
    assert not is_hard_wrapped(write(tmp_path / "a.txt", ""))
    with refuses(MissingFileError, "path-missing", path="nowhere.txt"):
        is_hard_wrapped("nowhere.txt")


def test_books_without_blank_lines_are_recognized(tmp_path: Path) -> None:
    books = [(english(60), 70, "   "), (english(60), 70, ""), (chinese(60), 35, "　　"), (chinese(60), 35, "")]
    for texts, width, indent in books:
        path = write(tmp_path / "a.txt", "\r\n".join(pages(texts, width, indent)))
        assert is_hard_wrapped(path)
        assert find_wrapping(path).width == width


def test_many_small_files_are_judged_together(tmp_path: Path) -> None:
    for number, text in enumerate(english(40)):
        write(tmp_path / f"{number}.txt", "\n".join(wrap(text, 60)))
    assert not is_hard_wrapped(tmp_path / "0.txt")
    assert find_wrapping(tmp_path).unit == "paragraph"


def test_most_lines_of_a_folder_decide(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "\n".join(pages(english(60), 60, "", 1)))
    write(tmp_path / "b.txt", "\n".join(pages(english(90, seed=1), 76, "   ")))
    assert find_wrapping(tmp_path).width == 76
    write(tmp_path / "c.txt", "\n".join(english(2000)))
    assert not is_hard_wrapped(tmp_path)


def test_a_licence_in_wrapped_lines_does_not_count(tmp_path: Path) -> None:
    licence = "\n".join(pages(english(30), 70, "", 1))
    start, end = ("*** " + word + " OF THE PROJECT GUTENBERG EBOOK TEA ***" for word in ("START", "END"))
    verse = "The sea is wide,\nThe sea is deep,\n\n" * 9
    book = f"The Project Gutenberg eBook of Tea\n\n{licence}\n{start}\n{verse}\n{end}\n{licence}"
    assert not is_hard_wrapped(write(tmp_path / "a.txt", book))
    assert is_hard_wrapped(write(tmp_path / "a.txt", book.replace("***", "---")))
