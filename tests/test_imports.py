import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nextword

PACKAGE = Path(nextword.__file__).parent
GOLDEN = Path(__file__).parent / "bundle" / "golden" / "format_1.nextword"
HEAVY = ("keras", "tensorflow", "jax", "torch", "sklearn", "matplotlib")


def run(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_and_predicting_need_no_keras() -> None:
    code = f"""
import sys
import nextword as nw
assert not set(sys.modules) & {{*{HEAVY}, "rjieba"}}, "after the import"
sys.modules.update(dict.fromkeys({HEAVY}))  # importing one is an error
lm = nw.load(sys.argv[1])
assert len(nw.predict_next_word(lm, "I like to", top_k=3)) == 3
assert abs(nw.next_word_probabilities(lm, "Don't").sum() - 1) < 1e-9
nw.evaluate(lm, ["I like to eat rice."])
nw.inspect(sys.argv[1])
nw.TrainingConfig(), nw.LSTMConfig(), nw.FitConfig(), nw.recipe(100, 1)
assert "rjieba" not in sys.modules, "after English"
print(len(nw.predict_next_word(lm, "我喜欢吃", top_k=4)))
assert "rjieba" in sys.modules
assert not [name for name in {HEAVY} if sys.modules[name] is not None]
readers = [name for name in sys.modules if name.startswith("nextword.corpus.readers.")]
assert not readers and "email" not in sys.modules, "readers of files are imported when they are asked for"
assert "read_chat" in dir(nw) and nw.read_chat is nw.corpus.read_chat
from nextword import read_mail
assert callable(read_mail) and "email" in sys.modules
"""
    assert run(code, str(GOLDEN)) == "4"


def test_a_name_that_is_none_is_told_as_python_tells_it() -> None:
    for module in (nextword, nextword.corpus):
        with pytest.raises(AttributeError, match="read_nothing"):
            _ = module.read_nothing


def test_without_rjieba_english_works_and_chinese_says_what_is_missing() -> None:
    code = """
import sys
sys.modules["rjieba"] = None
import nextword as nw
lm = nw.load(sys.argv[1])
nw.predict_next_word(lm, "I like to")
try:
    nw.predict_next_word(lm, "我喜欢吃")
except ImportError as error:
    assert isinstance(error, nw.NextwordError)
    print(error)
"""
    assert "pip install rjieba" in run(code, str(GOLDEN))


def imported(tree: ast.AST) -> set[str]:
    """The packages that a module imports, at its top or in its functions, but not those for types alone."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add((node.module or "").split(".")[0])
    return names


def called(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {ast.unparse(function) for function in calls}


def test_no_module_can_run_code_that_it_reads() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 20
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        modules = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "subprocess", "ctypes", "importlib"}
        # For the sample text, and for the version of nextword itself.
        allowed = {"importlib"} if file.parent.name == "samples" or file.name == "fingerprint.py" else set()
        assert not imported(tree) & modules - allowed, file
        for call in called(tree):
            assert call not in {"eval", "exec", "compile", "__import__", "os.system", "np.load"}, file
            assert "load_model" not in call, file
        arguments = {word.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords}
        assert not arguments & {"allow_pickle", "safe_mode"}, file


KERAS_FILES = {
    *(f"networks/{name}.py" for name in ("layers", "network", "products")),
    *(f"networks/{kind}/{name}.py" for kind in ("lstm", "transformer") for name in ("model", "training")),
    "networks/transformer/attention.py",
    *(f"training/{name}.py" for name in ("fingerprint", "loop", "losses", "monitor", "resuming", "stateful")),
}


def test_keras_is_imported_in_named_files_only() -> None:
    found = set()
    for file in PACKAGE.rglob("*.py"):
        names = imported(ast.parse(file.read_text(encoding="utf-8")))
        if names & set(HEAVY):
            found.add(file.relative_to(PACKAGE).as_posix())
        assert "tensorflow" not in names, file  # Keras alone, so that its other backends serve too
        assert names <= {"nextword", "numpy", "rjieba", "keras", *sys.stdlib_module_names}, file
    assert found == KERAS_FILES


def test_no_legacy_text_tools() -> None:
    for file in PACKAGE.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert "preprocessing" not in source, file
        assert "pad_sequences" not in source, file
