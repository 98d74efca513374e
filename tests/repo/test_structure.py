"""How files hang together: none in a circle, no public name twice, and processes in the tests end to end alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
HARNESS = REPOSITORY / "harness"
SHARED = {"Noop"}
"""Names that stand in several files on purpose: the part of each catalogue that does nothing."""


def modules() -> dict[str, ast.Module]:
    """Every file of the package and of the tools, by the name it is imported by."""
    found = {}
    for path in sorted([*(HARNESS / "deadair").rglob("*.py"), *(HARNESS / "tools").rglob("*.py")]):
        parts = path.relative_to(HARNESS).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.AST, known: Mapping[str, object]) -> Iterator[str]:
    """Every known file that a file imports: at its top, within a function, or for types alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in known else node.module for name in named)


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Every circle, as the files in it: those that reach each other."""
    reached = {name: set(below) for name, below in imports.items()}
    for middle in imports:
        for name, below in reached.items():
            if middle in below:
                reached[name] = below | reached[middle]
    rings = {
        tuple(sorted(other for other in below if name in reached[other]))
        for name, below in reached.items()
        if name in below
    }
    return sorted(map(list, rings))


def test_no_files_import_each_other_in_a_circle() -> None:
    files = modules()
    imports = {name: {one for one in imported(tree, files) if one in files} - {name} for name, tree in files.items()}
    assert circles(imports) == []


def test_a_circle_is_found_and_named() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}) == [["a", "b", "c"]]
    typed = ast.parse("if TYPE_CHECKING:\n    from deadair.b import B\ndef f():\n    from deadair import c\n")
    assert list(imported(typed, {"deadair.b": 0, "deadair.c": 0})) == ["deadair.b", "deadair.c"]


def public(tree: ast.Module) -> Iterator[str]:
    """Every public class, type variable and alias that a file defines at its top."""
    for node in tree.body:
        names = [node.name] if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.Assign):
            names = [one.id for one in node.targets if isinstance(one, ast.Name)]
        yield from (name for name in names if name[0].isupper() and not name.isupper())


def test_no_two_files_define_one_public_name() -> None:
    defined = defaultdict(list)
    for file, tree in modules().items():
        if file.startswith("deadair."):
            for name in public(tree):
                defined[name].append(file)
    assert {name: files for name, files in defined.items() if len(files) > 1 and name not in SHARED} == {}


WITHOUT_PROCESSES = ("unit", "histories", "reference", "defects")
STARTS_PROCESSES = ("subprocess", "multiprocessing", "deadair.injectors.processes.spawn", "tests.e2e")
ASKS_FOR_ONE = {
    "tests/unit/test_simulated_isolation.py": "asks for a process in virtual time, to be refused one",
}


def everything_imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def starts_processes(tree: ast.AST) -> list[str]:
    """Name whatever a file imports that starts processes."""
    names = everything_imported(tree)
    return [name for name in names if any(f"{name}.".startswith(f"{one}.") for one in STARTS_PROCESSES)]


def test_only_tests_end_to_end_start_processes() -> None:
    files = [path for folder in WITHOUT_PROCESSES for path in sorted((REPOSITORY / "tests" / folder).rglob("*.py"))]
    found = {str(path.relative_to(REPOSITORY)): starts_processes(ast.parse(path.read_text("utf-8"))) for path in files}
    assert {file: names for file, names in found.items() if names and file not in ASKS_FOR_ONE} == {}
    assert all(found[file] for file in ASKS_FOR_ONE), "a reason that nobody needs any more"


def test_whatever_starts_processes_is_found() -> None:
    code = (
        "import subprocess\nfrom deadair.injectors.processes import spawn, stop\nfrom tests.e2e import lone_gateway\n"
    )
    assert starts_processes(ast.parse(code)) == [
        "subprocess", "deadair.injectors.processes.spawn", "tests.e2e.lone_gateway",
    ]  # fmt: skip
    assert starts_processes(ast.parse("from deadair.injectors.processes import Identity")) == []


def test_no_unit_test_needs_the_machine_to_itself() -> None:
    live = "pytestmark = pytest.mark.live"
    files = sorted((REPOSITORY / "tests/unit").rglob("*.py"))
    assert [path.name for path in files if live in path.read_text("utf-8").splitlines()] == []
