"""The house style, as far as a machine can see it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCES = sorted((REPOSITORY / "harness/deadair").rglob("*.py"))
PYTHON = [
    *SOURCES,
    *(path for folder in ("harness/tools", "tests", "docs") for path in sorted((REPOSITORY / folder).rglob("*.py"))),
]
LINES_MAX = 300
READS_TIME = {"harness/deadair/model/clock.py", "harness/deadair/reference/running/live.py"}
BANNED = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
    "random": {
        "random",
        "randint",
        "choice",
        "shuffle",
        "uniform",
        "gauss",
        "sample",
        "randrange",
        "seed",
        "expovariate",
    },
    "uuid": {"uuid1", "uuid4"},
}


def name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def committed() -> list[Path]:
    """Every file git has or would take, as text."""
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=30,
    ).stdout.splitlines()  # fmt: skip
    return [path for line in listed if (path := REPOSITORY / line).is_file() and path.suffix not in {".png", ".arrow"}]


def test_files_are_short() -> None:
    """One noun a file: of a longer one, which noun could move out?"""
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {path: count for path, count in lines.items() if count > LINES_MAX} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [name(path) for path in PYTHON if path.stat().st_size and not ast.get_docstring(parsed(path))] == []


def test_no_module_is_empty_but_a_package() -> None:
    assert [name(path) for path in PYTHON if not path.stat().st_size and path.name != "__init__.py"] == []


def test_nothing_is_left_for_later() -> None:
    left = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    assert [name(path) for path in PYTHON if left.search(path.read_text(encoding="utf-8"))] == []


def banned(tree: ast.AST) -> Iterator[str]:
    """Find calls that read time or draw numbers, by attribute and by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in BANNED.get(node.value.id, ()):
                yield f"{node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in BANNED:
            yield from (f"{node.lineno}: {x.name}" for x in node.names if x.name in BANNED[node.module])


def test_only_two_files_read_time_and_none_draws_unseeded_numbers() -> None:
    """Use ``deadair.model.clock`` (the reference: its Env), and a seeded ``random.Random`` passed by argument."""
    found = [
        f"{name(path)}:{what}" for path in SOURCES if name(path) not in READS_TIME for what in banned(parsed(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text", ["import time\ntime.monotonic()", "from time import time", "import random\nrandom.choice([1])"]
)
def test_the_ban_bites(text: str) -> None:
    assert list(banned(ast.parse(text))) != []


def test_nothing_committed_names_a_machine_or_an_index() -> None:
    home = str(Path.home()) + "/"
    hosts = re.compile(
        r"pypi\.org|pythonhosted|proxy\.golang|registry\.npmjs|deb\.debian|--index-url|--extra-index|--find-links"
    )
    ours = Path(__file__)
    for path in committed():
        if path == ours:
            continue
        text = path.read_text(encoding="utf-8")
        for found in (home, f"{REPOSITORY}/"):
            assert found not in text, f"{name(path)} holds {found}"
        assert hosts.search(text) is None, f"{name(path)} names a package index"


def test_text_is_read_and_written_as_utf_8_whatever_the_machine_would_take() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read_text", "write_text")
        and "utf-8" not in ast.unparse(node)
    ]
    assert found == []


def declared() -> list[str]:
    pyproject = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    found = re.findall(r'^  "([a-z0-9.-]+)(?:\[\w+\])?[>=]=', pyproject, re.MULTILINE)
    assert len(found) > 20
    return found


def test_every_dependency_is_used() -> None:
    """As an import, or by its name where it is a command or an option."""
    imported = {
        "argon2-cffi": "argon2",
        "ruamel.yaml": "ruamel",
        "prometheus-client": "prometheus_client",
        "toxiproxy-python": "toxiproxy",
        "vl-convert-python": "vl_convert",
        "import-linter": "lint-imports",
        "pip-tools": "pip-compile",
        "pytest-xdist": "xdist",
        "coverage": "tool.coverage",
        "setuptools": "setuptools.build_meta",
        "wheel": "--no-build-isolation",
    }
    places = [path for path in PYTHON if path != Path(__file__)] + [
        REPOSITORY / "Makefile",
        REPOSITORY / "pyproject.toml",
    ]
    used = "\n".join(
        line
        for path in places
        for line in path.read_text(encoding="utf-8").splitlines()
        if path.name != "pyproject.toml" or not line.startswith('  "')
    )
    assert [name for name in declared() if imported.get(name, name) not in used] == []


def test_every_dependency_has_its_line_of_why() -> None:
    page = (REPOSITORY / "docs/decisions/0001-libraries.md").read_text(encoding="utf-8")
    assert [name for name in declared() if name not in page] == []


def test_the_lock_is_pinned_and_hashed_throughout() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9._-]+)==(\S+) \\$", lock, re.MULTILINE)
    stanzas = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(pins) == len(stanzas) > 50
    assert all("--hash=sha256:" in stanza for stanza in stanzas)
    locked = {pin.replace("_", "-") for pin, _ in pins}
    assert set(declared()) <= {*locked, *(pin.replace("-", ".") for pin in locked)}
