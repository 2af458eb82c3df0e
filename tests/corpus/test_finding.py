"""A folder means its texts: not the copies that editors and systems leave behind, and what is left out is counted."""

from collections import Counter
from pathlib import Path

import pytest
from refusals import refuses

from nextword.corpus.finding import find_files, is_hidden_copy
from nextword.errors import InputError


def make(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name}\n", encoding="utf-8")


def found(folder: Path, *options) -> list[str]:
    return [file.relative_to(folder).as_posix() for file in find_files((folder,), *options)]


def test_endings_are_of_any_case_and_others_are_counted(tmp_path: Path) -> None:
    make(tmp_path, "B.TXT", "a.txt", "c.Text", "d.md", "e.MD", "f", "in/g.tXt", "in/h.pdf")
    left_out: Counter[str] = Counter()
    assert found(tmp_path, (".txt", ".text"), left_out) == ["B.TXT", "a.txt", "c.Text", "in/g.tXt"]
    assert left_out == {"*.md files": 2, "*.pdf files": 1, "files without an ending": 1}
    assert found(tmp_path, ".md") == ["d.md", "e.MD"]


def test_hidden_files_and_copies_are_left_out(tmp_path: Path) -> None:
    copies = (
        ".hidden.txt",
        "._a.txt",
        "b.txt~",
        "#c.txt#",
        ".#d.txt",
        "~$e.txt",
        ".ipynb_checkpoints/f-checkpoint.txt",
        "__MACOSX/g.txt",
        "__MACOSX/in/._h.txt",
        ".git/i.txt",
        "in/.cache/deep/j.txt",
    )
    make(tmp_path, "a.txt", "in/b.txt", *copies)
    left_out: Counter[str] = Counter()
    assert found(tmp_path, ".txt", left_out) == ["a.txt", "in/b.txt"]
    assert list(left_out.values()) == [len(copies)]


def test_a_folder_that_is_hidden_itself_may_be_given(tmp_path: Path) -> None:
    make(tmp_path / ".mine", "a.txt", ".b.txt")
    assert found(tmp_path / ".mine") == ["a.txt"]
    assert find_files((tmp_path / ".mine" / ".b.txt",)) == [tmp_path / ".mine" / ".b.txt"]


def test_links_are_not_followed_in_circles(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "in/b.txt", "elsewhere/c")
    try:
        (tmp_path / "in" / "circle").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "nowhere.txt").symlink_to(tmp_path / "missing")
        (tmp_path / "linked.txt").symlink_to(tmp_path / "elsewhere" / "c")
    except OSError:
        pytest.skip("no links here")
    left_out: Counter[str] = Counter()
    assert found(tmp_path, ".txt", left_out) == ["a.txt", "in/b.txt", "linked.txt"]
    assert sorted(left_out.values()) == [1, 2]  # the file without an ending, and two links


def test_a_folder_without_texts_says_what_it_has(tmp_path: Path) -> None:
    with refuses(InputError, "folder-empty", path=str(tmp_path), found={}):
        find_files((tmp_path,))
    make(tmp_path, "a.pdf", "b.pdf", ".c.txt")
    with refuses(InputError, "folder-empty") as caught:
        find_files((tmp_path,))
    assert caught.value.figures["found"]["*.pdf files"] == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["a.txt", "a~b.txt", "#1.txt", "1#.txt", "$~.txt", "二.txt"])
def test_usual_names_are_no_copies(name: str) -> None:
    assert not is_hidden_copy(name)
