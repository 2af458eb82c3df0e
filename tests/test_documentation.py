"""Every example in the docstrings and in the README runs and prints what it says."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import nextword

README = Path(__file__).parents[1] / "README.md"
MODULES = ["nextword", *(module.name for module in pkgutil.walk_packages(nextword.__path__, "nextword."))]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_readme_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(README), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
    assert result.attempted >= 5
