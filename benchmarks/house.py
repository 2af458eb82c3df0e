"""How the package's folder is built: rooms, floors, imports, lengths of modules, and what its docstrings say.

    python benchmarks/house.py [FOLDER] [--list]

FOLDER is the folder of the package, by default src/nextword of this checkout. Nothing is imported, only parsed. The
figures:

- An entry is a file or folder that `ls` shows in FOLDER, without `py.typed` and `__pycache__`.
- A room is a module or folder at the top of FOLDER, without its `__init__.py`.
- An import between rooms is a pair (room, room it imports from), however many modules do so. Imports inside functions
  count, those for types alone (`if TYPE_CHECKING:`) do not.
- Floors are the rooms of the longest chain of imports; rooms that import each other in a circle stand on one floor.
- Imports upwards are the fewest pairs that must be taken away so that no circle is left.
- A file name stands twice if two folders have it, without `__init__.py`. Sibling folders inside a room (the families of
  networks) have the same names on purpose and count as one folder.
- Lines are lines of the file. The median leaves out `__init__.py`, which mostly holds names.
- A public function is a function, or a method of a public class, without a leading underscore and outside functions;
  `overload`s are left out. It takes arguments if it has any besides `self` or `cls`. A public class takes arguments if
  it is a dataclass or named tuple with fields, or has an `__init__` or `__new__` with arguments. Where arguments are
  taken, `Args:` or `Attributes:` is asked for.
- A function raises if it holds `raise` with an error; what its callees raise is not counted.
- A config is a public dataclass whose name ends in `Config`; an example is a `>>>` in its docstring.
"""

import argparse
import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeAlias

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "nextword"
LONGEST = 350
HIDDEN = {"py.typed", "__pycache__"}
RUNTIME_KINDS = re.compile(r"isinstance\([^)]*Runtime")
RUNTIME_TYPES = re.compile(r"\btype\([^)]*\) is (?:not )?\w*Runtime")
MAX_CIRCLE = 18  # rooms; the best order is found among all subsets

Pairs: TypeAlias = Set[tuple[str, str]]
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A file of the package.

    Attributes:
        path: Path relative to the folder of the package, with "/".
        source: Its text.
        tree: Its syntax, without imports for types alone.
        imports: Files of the package that it imports, as `path`.
    """

    path: str
    source: str
    tree: ast.Module
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """Name of its room; "" for the `__init__.py` of the package."""
        first = self.path.split("/")[0]
        return "" if first == "__init__.py" else first.removesuffix(".py")

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.source.splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of the definitions that should have something do have it.

    Attributes:
        total: Number of definitions.
        missing: Those without it, as "path: name".
    """

    total: int
    missing: tuple[str, ...]

    @property
    def fraction(self) -> float:
        """Share that has it, 0 to 1; 1 where there is no definition."""
        return 1 - len(self.missing) / self.total if self.total else 1.0

    def __str__(self) -> str:
        return f"{self.fraction:.0%} of {self.total}"


# ---- reading ----


def read_modules(folder: Path) -> tuple[Module, ...]:
    """Parse every module of a package.

    Args:
        folder: Folder of the package; its name is the package's.

    Returns:
        The modules, by path.
    """
    files = sorted(folder.resolve().rglob("*.py"))
    paths = frozenset(file.relative_to(folder.resolve()).as_posix() for file in files)
    return tuple(_read_module(folder.resolve(), path, paths) for path in sorted(paths))


def _read_module(folder: Path, path: str, paths: frozenset[str]) -> Module:
    source = (folder / path).read_text(encoding="utf-8")
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            node.body = []
    package = (folder.name, *path.split("/")[:-1])
    named = {target for node in ast.walk(tree) for target in _targets(node, package)}
    files = {_file_of(target[1:], paths) for target in named if target[0] == folder.name}
    return Module(path=path, source=source, tree=tree, imports=frozenset(files - {path, "__init__.py"}))


def _targets(node: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Names that a statement imports, as tuples: `from a.b import c` is (a, b, c)."""
    if isinstance(node, ast.Import):
        yield from (tuple(alias.name.split(".")) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) + 1 - node.level] if node.level else ()
        module = tuple(node.module.split(".")) if node.module else ()
        yield from ((*base, *module, alias.name) for alias in node.names)


def _file_of(target: tuple[str, ...], paths: frozenset[str]) -> str:
    """File of a module, or of the module that has a name."""
    for end in range(len(target), 0, -1):
        stem = "/".join(target[:end])
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            if path in paths:
                return path
    return "__init__.py"


# ---- rooms and imports ----


def entries(folder: Path) -> tuple[str, ...]:
    """Names that `ls` shows in a folder, `py.typed` and `__pycache__` left out."""
    return tuple(sorted(file.name for file in folder.iterdir() if file.name[0] != "." and file.name not in HIDDEN))


def rooms(modules: tuple[Module, ...]) -> tuple[str, ...]:
    """Names of the rooms, by name."""
    return tuple(sorted({module.room for module in modules} - {""}))


def room_imports(modules: tuple[Module, ...]) -> Pairs:
    """Pairs of a room and another room that it imports from."""
    room_of = {module.path: module.room for module in modules}
    pairs = {(module.room, room_of[path]) for module in modules if module.room for path in module.imports}
    return frozenset((importer, imported) for importer, imported in pairs if importer != imported)


def circles(pairs: Pairs) -> tuple[frozenset[str], ...]:
    """Largest sets of rooms that all import each other, directly or not; a room in no circle is a set of its own."""
    below = defaultdict(set)
    for importer, imported in pairs:
        below[importer].add(imported)
    reached = {room: _reached(room, below) for pair in pairs for room in pair}
    return tuple({frozenset(b for b in reached[a] if a in reached[b]) | {a} for a in reached})


def _reached(room: str, below: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [room]
    while waiting:
        for imported in below.get(waiting.pop(), set()) - found:
            found.add(imported)
            waiting.append(imported)
    return found


def floors(pairs: Pairs) -> int:
    """Number of rooms in the longest chain of imports, a circle counting as one room."""
    circle_of = {room: circle for circle in circles(pairs) for room in circle}
    below = defaultdict(set)
    for importer, imported in pairs:
        if circle_of[importer] != circle_of[imported]:
            below[circle_of[importer]].add(circle_of[imported])
    heights: dict[frozenset[str], int] = {}

    def height(circle: frozenset[str]) -> int:
        if circle not in heights:
            heights[circle] = 1 + max((height(other) for other in below[circle]), default=0)
        return heights[circle]

    return max((height(circle) for circle in set(circle_of.values())), default=1)


def upward_imports(pairs: Pairs) -> tuple[tuple[str, str], ...]:
    """Fewest pairs that have to go so that no circle is left, by room.

    Raises:
        ValueError: If a circle is larger than `MAX_CIRCLE` rooms.
    """
    found: list[tuple[str, str]] = []
    for circle in circles(pairs):
        if len(circle) > MAX_CIRCLE:
            raise ValueError(f"A circle of {len(circle)} rooms is too large for the best order: {sorted(circle)}.")
        found += _against_best_order(sorted(circle), pairs)
    return tuple(sorted(found))


def _against_best_order(circle: list[str], pairs: Pairs) -> list[tuple[str, str]]:
    """Pairs of a circle from a room to one above it, in the order from the lowest up that has the fewest.

    For every subset of rooms, standing lowest, the fewest pairs and the topmost of its rooms: 2^n subsets.
    """
    importers = [sum(1 << i for i, other in enumerate(circle) if (other, room) in pairs) for room in circle]
    fewest = [0] * (1 << len(circle))
    topmost = [0] * (1 << len(circle))
    for subset in range(1, 1 << len(circle)):
        costs = (
            (fewest[subset ^ 1 << top] + (importers[top] & subset).bit_count(), top)
            for top in range(len(circle))
            if subset >> top & 1
        )
        fewest[subset], topmost[subset] = min(costs)
    subset, upwards = (1 << len(circle)) - 1, []
    while subset:
        top = topmost[subset]
        upwards += [(room, circle[top]) for i, room in enumerate(circle) if importers[top] & subset & 1 << i]
        subset ^= 1 << top
    return upwards


def crossing_private_names(modules: tuple[Module, ...]) -> tuple[str, ...]:
    """Private names (`_x`) used in a room that does not define them, while another room does, as "path: name"."""
    defined: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        defined[module.room] |= {name for node in ast.walk(module.tree) for name in _defined_names(node)}
    crossing = []
    for module in modules:
        elsewhere = set().union(*(names for room, names in defined.items() if room != module.room))
        used = {name for node in ast.walk(module.tree) for name in _used_names(node) if re.match("_[^_]", name)}
        crossing += [f"{module.path}: {name}" for name in sorted(used & elsewhere - defined[module.room])]
    return tuple(crossing)


def _defined_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr


def _used_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield node.attr


# ---- modules ----


def names_standing_twice(modules: tuple[Module, ...]) -> tuple[str, ...]:
    """File names that several folders have; sibling folders inside a room count as one folder."""
    places = defaultdict(set)
    for module in modules:
        *folders, name = module.path.split("/")
        if name != "__init__.py":
            places[name].add("/".join(folders[:1]) + "/*" * (len(folders) - 1))
    return tuple(sorted(name for name, folders in places.items() if len(folders) > 1))


def long_modules(modules: tuple[Module, ...], lines: int = LONGEST) -> tuple[str, ...]:
    """Paths of the modules with more lines than this."""
    return tuple(module.path for module in modules if module.lines > lines)


def median_lines(modules: tuple[Module, ...]) -> float:
    """Median of the lines of modules, `__init__.py` files left out."""
    return median(module.lines for module in modules if not module.path.endswith("__init__.py"))


def modules_without_docstring(modules: tuple[Module, ...]) -> tuple[str, ...]:
    """Paths of the modules that do not say what they are."""
    return tuple(module.path for module in modules if not ast.get_docstring(module.tree))


def matching_lines(modules: tuple[Module, ...], pattern: re.Pattern[str]) -> int:
    """Number of lines in which a pattern is found."""
    return sum(bool(pattern.search(line)) for module in modules for line in module.source.splitlines())


# ---- docstrings ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A public function, method or class.

    Attributes:
        name: "path: name", or "path: Class.name".
        node: Its syntax.
    """

    name: str
    node: Function | ast.ClassDef

    @property
    def docstring(self) -> str:
        """Its docstring, or "" where there is none."""
        return ast.get_docstring(self.node) or ""

    def has(self, *sections: str) -> bool:
        """Tell whether the docstring has one of these sections."""
        return any(re.search(rf"^{section}:$", self.docstring, re.MULTILINE) for section in sections)


def public_definitions(modules: tuple[Module, ...]) -> tuple[Definition, ...]:
    """Public functions, methods and classes of all modules, in the order of the files."""
    return tuple(found for module in modules for found in _public(module.tree.body, f"{module.path}: "))


def _public(body: list[ast.stmt], prefix: str) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
            if "overload" not in _decorators(node):
                yield Definition(name=prefix + node.name, node=node)
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{prefix}{node.name}.")


def args_share(definitions: tuple[Definition, ...]) -> Share:
    """Of the definitions with arguments, those that say what each is."""
    return _share([d for d in definitions if _takes_arguments(d.node)], "Args", "Attributes")


def raises_share(definitions: tuple[Definition, ...]) -> Share:
    """Of the functions that raise, those that list errors."""
    return _share([d for d in definitions if not isinstance(d.node, ast.ClassDef) and _raises(d.node)], "Raises")


def references_share(definitions: tuple[Definition, ...]) -> Share:
    """Of all functions, those that name a paper."""
    return _share([d for d in definitions if not isinstance(d.node, ast.ClassDef)], "References")


def example_share(definitions: tuple[Definition, ...]) -> Share:
    """Of the dataclasses named `*Config`, those with an example."""
    configs = [d for d in definitions if "dataclass" in _decorators(d.node) and d.node.name.endswith("Config")]
    return Share(total=len(configs), missing=tuple(d.name for d in configs if ">>> " not in d.docstring))


def _share(definitions: list[Definition], *sections: str) -> Share:
    return Share(total=len(definitions), missing=tuple(d.name for d in definitions if not d.has(*sections)))


def _decorators(node: Function | ast.ClassDef) -> set[str]:
    """Names of the decorators, without modules and arguments."""
    return {ast.unparse(decorator).split("(")[0].split(".")[-1] for decorator in node.decorator_list}


def _takes_arguments(node: Function | ast.ClassDef) -> bool:
    if isinstance(node, ast.ClassDef):
        has_fields = any(isinstance(statement, ast.AnnAssign) for statement in node.body)
        is_record = "dataclass" in _decorators(node) or any(ast.unparse(base) == "NamedTuple" for base in node.bases)
        makers = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name in ("__init__", "__new__")]
        return (is_record and has_fields) or any(_takes_arguments(maker) for maker in makers)
    arguments = node.args
    names = {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return bool(names - {"self", "cls"} or arguments.vararg or arguments.kwarg)


def _raises(function: Function) -> bool:
    """Tell whether a function itself raises an error; one that it passes on (`raise` alone) does not count."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Raise) and node.exc:
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return False


# ---- printing ----


def report(folder: Path, *, with_lists: bool = False) -> str:
    """Return the figures of a package as lines of text.

    Args:
        folder: Folder of the package.
        with_lists: Whether what stands behind the figures follows them.
    """
    modules = read_modules(folder)
    pairs = room_imports(modules)
    upwards = [f"{importer} -> {imported}" for importer, imported in upward_imports(pairs)]
    twice, too_long = names_standing_twice(modules), long_modules(modules)
    longest = max(modules, key=lambda module: module.lines)
    private, silent = crossing_private_names(modules), modules_without_docstring(modules)
    definitions = public_definitions(modules)
    args, raises = args_share(definitions), raises_share(definitions)
    references, examples = references_share(definitions), example_share(definitions)
    figures: list[tuple[str, object, tuple[str, ...]]] = [
        ("entries of the folder", len(entries(folder)), entries(folder)),
        ("rooms", len(rooms(modules)), ()),
        ("floors", floors(pairs), ()),
        ("imports between rooms", len(pairs), tuple(f"{a} -> {b}" for a, b in sorted(pairs))),
        ("imports upwards", len(upwards), tuple(upwards)),
        ("private names across rooms", len(private), private),
        ("modules", len(modules), ()),
        ("lines, longest module", f"{longest.lines} ({longest.path})", ()),
        ("lines, median", f"{median_lines(modules):g}", ()),
        (f"modules above {LONGEST} lines", len(too_long), too_long),
        ("file names that stand twice", len(twice), twice),
        ("lines with isinstance of a runtime", matching_lines(modules, RUNTIME_KINDS), ()),
        ("lines with type(...) is a runtime", matching_lines(modules, RUNTIME_TYPES), ()),
        ("modules without a docstring", len(silent), silent),
        ("Args, of what takes arguments", args, args.missing),
        ("Raises, of functions that raise", raises, raises.missing),
        ("References, of functions", references, ()),
        ("example, of configs", examples, examples.missing),
    ]
    lines = []
    for name, value, behind in figures:
        lines.append(f"{name:38}{value!s:>8}")
        lines += [f"    {line}" for line in behind] if with_lists else []
    return "\n".join(lines)


def main() -> None:
    """Read the options and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=PACKAGE, metavar="FOLDER", help="folder of the package")
    parser.add_argument("--list", action="store_true", help="also print what stands behind the figures")
    options = parser.parse_args()
    if not (options.folder / "__init__.py").is_file():
        parser.error(f"{options.folder} is no folder of a package: it has no __init__.py")
    print(report(options.folder, with_lists=options.list))


if __name__ == "__main__":
    main()
