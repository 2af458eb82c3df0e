"""The rules of the house: which room may import which, how long a module gets, what a docstring has.

The measuring is that of benchmarks/house.py, whose `--list` names every offender.
"""

import ast
import importlib.util
import inspect
import sys
from pathlib import Path

import pytest

import nextword
from nextword import errors

PACKAGE = Path(nextword.__file__).parent

# A room imports from lower ranks only. To come: personal 6 (evaluation may import it), cluster 6, app 7.
RANKS = {
    "errors": 1,
    "files": 2,
    "runtime": 2,
    "tokens": 2,
    "corpus": 3,
    "vectors": 3,
    "networks": 3,
    "ngrams": 3,
    "training": 4,
    "mixing": 4,
    "prediction": 5,
    "evaluation": 6,
    "bundle": 6,
    "fitting": 6,
    "export": 6,
}


def load_house():
    file = Path(__file__).parents[1] / "benchmarks" / "house.py"
    spec = importlib.util.spec_from_file_location("house", file)
    module = sys.modules["house"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


house = load_house()
MODULES = house.read_modules(PACKAGE)


def test_every_room_has_a_rank():
    assert set(house.rooms(MODULES)) == set(RANKS)


def test_a_room_imports_lower_ranks_only():
    assert {(room, below) for room, below in house.room_imports(MODULES) if RANKS[room] <= RANKS[below]} == set()
    assert house.upward_imports(house.room_imports(MODULES)) == ()


def test_the_folder_is_read_at_a_glance():
    assert len(house.entries(PACKAGE)) <= 16


def test_private_names_stay_in_their_room():
    assert house.crossing_private_names(MODULES) == ()


def test_families_of_networks_have_the_same_files():
    families = [folder for folder in (PACKAGE / "networks").iterdir() if (folder / "__init__.py").exists()]
    assert len(families) >= 2
    for family in families:
        assert {"config.py", "model.py", "training.py", "runtime.py"} <= {file.name for file in family.iterdir()}


def test_no_module_is_long():
    assert house.long_modules(MODULES) == ()
    assert house.median_lines(MODULES) <= 150


def test_few_lines_ask_of_which_kind_a_runtime_is():
    assert house.matching_lines(MODULES, house.RUNTIME_KINDS) <= 5  # at the doors
    assert house.matching_lines(MODULES, house.RUNTIME_TYPES) <= 6  # n-grams beside a model, mixtures part by part


def test_few_files_have_the_name_of_another():
    # A file of the same purpose in another room, which its path tells: `bundle/reading.py`, `corpus/reading.py`.
    allowed = {"config.py", "reading.py", "report.py", "runtime.py", "weights.py", "writing.py"}
    assert set(house.names_standing_twice(MODULES)) <= allowed


def test_every_error_has_a_code():
    # That of a `TrainingDivergedError` is given by its class.
    classes = {name for name, kind in vars(errors).items() if inspect.isclass(kind)} - {"TrainingDivergedError"}
    made, without = 0, []
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
                made += 1
                if "code" not in {keyword.arg for keyword in node.keywords}:
                    without.append(f"{file.relative_to(PACKAGE)}:{node.lineno}")
    assert made > 200
    assert without == []


def test_every_module_says_what_it_is():
    assert house.modules_without_docstring(MODULES) == ()


def test_arguments_are_explained():
    definitions = house.public_definitions(MODULES)
    for share in (house.args_share(definitions), house.raises_share(definitions)):
        assert share.fraction >= 0.9, share.missing


def test_every_config_has_an_example():
    share = house.example_share(house.public_definitions(MODULES))
    assert share.total >= 11
    assert share.missing == ()


@pytest.fixture
def crooked(tmp_path):
    """Return the modules of a package in which every rule is broken once."""
    sources = {
        "__init__.py": "from crooked.top import serve\n",
        "low.py": "def _hidden(): ...\n",
        "middle/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import crooked.top\n",
        "middle/twin.py": "from crooked.low import _hidden\ndef late():\n    from ..top import serve\n",
        "middle/families/twin.py": "",
        "middle/relatives/twin.py": "",
        "top.py": "import crooked.low\nfrom crooked.middle import twin\n"
        + "\n" * 350
        + "def serve(tea): raise ValueError\n",
    }
    for path, source in sources.items():
        file = tmp_path / "crooked" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return house.read_modules(tmp_path / "crooked")


def test_what_breaks_a_rule_is_found(crooked):
    pairs = {("middle", "low"), ("middle", "top"), ("top", "low"), ("top", "middle")}
    assert house.rooms(crooked) == ("low", "middle", "top")
    assert house.room_imports(crooked) == pairs
    assert set(house.circles(pairs)) == {frozenset({"low"}), frozenset({"middle", "top"})}
    assert house.floors(pairs) == 2
    assert len(house.upward_imports(pairs)) == 1
    assert house.upward_imports({tuple(pair) for pair in ("ab", "bc", "ca", "ba", "da")}) == (("a", "b"),)
    assert house.crossing_private_names(crooked) == ("middle/twin.py: _hidden",)
    assert house.names_standing_twice(crooked) == ("twin.py",)
    assert house.long_modules(crooked) == ("top.py",)
    definitions = house.public_definitions(crooked)
    assert house.args_share(definitions).missing == ("top.py: serve",)
    assert house.modules_without_docstring(crooked) == tuple(module.path for module in crooked)
    assert str(house.raises_share(definitions)) == "0% of 1"
