"""Every example in the docstrings and in the README runs and prints what it says.

Examples load `tea.nextword`, a model of two sentences, or `talks.nextword`, one of two conversations, where they need a
trained model; both are trained once and lie in the folder that the examples run in.
"""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import nextword as nw

README = Path(__file__).parents[1] / "README.md"
MODULES = ["nextword", *(module.name for module in pkgutil.walk_packages(nw.__path__, "nextword."))]
TEXTS = ["I like green tea.", "You like black tea."]
TALKS = [
    nw.Conversation().say("user", "Tea?").say("assistant", "Yes, please."),
    nw.Conversation().say("user", "I am sad.").say("assistant", "Have some tea."),
]


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory):
    """Return a folder with the trained models that docstrings load."""
    folder = tmp_path_factory.mktemp("samples")
    small = nw.FitConfig(network=nw.LSTMConfig(hidden_dim=32, num_layers=1), training=nw.TrainingConfig(epochs=6))
    for name, source in (("tea", TEXTS), ("talks", TALKS)):
        nw.save(nw.fit(source * 40, small, progress=False), folder / f"{name}.nextword")
    return folder


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name, sample_folder, monkeypatch):
    monkeypatch.chdir(sample_folder)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_examples_are_many():
    # Were the finder or the list of modules wrong, the test above would run nothing and pass.
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert sum(len(test.examples) for test in found) >= 220


@pytest.mark.slow
def test_readme_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(README), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
    assert result.attempted >= 5
