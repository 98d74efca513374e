"""Nodes meet the world in ``Env`` only: no file but those of the rim reads a clock, draws, connects or threads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "harness" / "deadair" / "reference"
WORLDLY = {
    "aiohttp", "concurrent", "datetime", "httpx",
    "multiprocessing", "os", "random", "requests", "secrets", "signal", "socket",
    "ssl", "subprocess", "threading", "time", "urllib.request", "uvicorn", "deadair.model", "deadair.history", "argon2",
}  # fmt: skip
RIM = {
    "live.py": WORLDLY,
    "households.py": {"uvicorn"},
    "serve.py": {"signal", "socket", "ssl", "uvicorn"},
    "tls.py": {"os", "socket", "ssl"},
    "connection_limits.py": {"uvicorn"},
    "backup.py": {"os"},
    "database_format.py": set(),
    "databases.py": {"datetime", "threading"},
    "disk_watch.py": {"os", "threading"},
    "folder.py": {"os"},
    "metrics_page.py": set(),
    "log.py": {"datetime", "threading"},
    "postgres_connection.py": {"os", "socket"},
    "postgres_server.py": {"random"},
    "up.py": {"os", "secrets", "signal", "socket"},
    "__main__.py": {"os"},
}
"""What runs nodes, and may touch the world for that. Only one of them has a clock."""
ALLOWED = {
    **RIM,
    "env.py": {"random"},
    "reckons_in_local_time.py": {"time"},  # a planted defect: it asks for the time zone, and for no clock
}
CALLS = {"open", "to_thread", "run_in_executor", "uuid1", "uuid4", "open_connection", "start_server", "connect"}


def files() -> list[Path]:
    return sorted(REFERENCE.rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def leaks(source: str, name: str) -> list[str]:
    tree = ast.parse(source)
    allowed = ALLOWED.get(name, set())
    found = [
        module
        for module in imported(tree)
        if any(module == bad or module.startswith(bad + ".") for bad in WORLDLY - allowed)
        or (module.startswith("deadair") and not module.startswith("deadair.reference"))
    ]
    if name in RIM:
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in CALLS:
                found.append(f"{called}() in line {node.lineno}")
    return found


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(REFERENCE)))
def test_no_file_but_those_of_the_rim_touches_the_world(path: Path) -> None:
    assert leaks(path.read_text(), path.name) == []


@pytest.mark.parametrize(
    "source",
    ["import time", "import os", "from random import random", "import socket", "import uuid\nuuid.uuid4()",
     "import threading", "import asyncio\nasyncio.to_thread(print)", "open('x')",
     "from deadair.model.clock import RunClock"],
)  # fmt: skip
def test_each_kind_of_leak_is_noticed(source: str) -> None:
    assert leaks(source, "watchdog.py") != []


def test_no_node_knows_the_rim() -> None:
    """Then the same nodes run in virtual time."""
    rim = {f"deadair.reference.{name.removesuffix('.py')}" for name in RIM}
    inner = [path for path in files() if path.name not in RIM]
    assert [path.name for path in inner if imported(ast.parse(path.read_text())) & rim] == []
