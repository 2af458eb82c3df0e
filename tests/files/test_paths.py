"""Paths: what is one, how it is shown, and what was probably meant by one that does not exist."""

from pathlib import Path

import pytest
from refusals import refuses

import nextword as nw
from nextword.files.paths import hint_about


@pytest.mark.parametrize("name", ["~/tea.txt", "~anna/tea.txt"])
def test_a_home_folder_is_explained(name):
    assert "expanduser" in hint_about(name)
    assert "expanduser" in hint_about(Path(name))


@pytest.mark.parametrize("name", ["*.txt", "texts/*", Path("texts", "tea*.txt")])
def test_a_pattern_is_explained(name):
    assert "glob" in hint_about(name)


@pytest.mark.parametrize("name", ["", "tea.txt", "te~a/tea.txt", "texts*/tea.txt"])
def test_other_paths_need_no_hint(name):
    assert hint_about(name) == ""


@pytest.mark.parametrize("function", [nw.load, nw.inspect, nw.load_vectors, nw.read_texts, nw.read_conversations])
def test_every_reader_explains_what_a_shell_would_expand(function):
    with refuses(nw.MissingFileError, "path-missing") as caught:
        function("~/tea*.nowhere")
    assert "expanduser" in str(caught.value)
