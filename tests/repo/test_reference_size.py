"""The reference service stays short enough to be read: decision 11."""

from __future__ import annotations

import ast
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "harness/deadair/reference"
LINES_MAX = 3200
RUNS_IT = (
    "__main__.py", "running/", "http/health_routes.py", "storage/database_format.py", "storage/migrations.py",
    "storage/watched_connection.py", "storage/retention.py", "http/malformed_records.py", "costs.py",
)  # fmt: skip
"""What runs it on a machine. A file that measures or backs up is named here, too, where it is not in ``running/``."""
OTHER_STORE = ("storage/postgres_store.py", "storage/store_choice.py")
ON_THE_PHONE = ("app/",)
PLANTED = ("defects/",)
DESCRIBED = ("description/",)
BESIDE = (*RUNS_IT, *OTHER_STORE, *ON_THE_PHONE, *PLANTED, *DESCRIBED)
"""Files and rooms of the reference that are no node and nothing that nodes share."""


def lines_of_code(path: Path) -> int:
    """Count what is neither blank nor comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    lines = {number for number, line in enumerate(text.splitlines(), 1) if line.strip() and line.strip()[0] != "#"}
    for node in ast.walk(ast.parse(text)):
        said = node.value if isinstance(node, ast.Expr) else None
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            lines -= set(range(said.lineno, (said.end_lineno or said.lineno) + 1))
    return len(lines)


def test_lines_of_code_are_counted_without_words(tmp_path: Path) -> None:
    path = tmp_path / "part.py"
    path.write_text(
        '"""Says\nmuch."""\n\n# why\nX = """kept\nwhole"""\n"""What X is."""\n\n\ndef f():\n    """Does."""\n'
    )
    assert lines_of_code(path) == 3


def test_the_nodes_and_what_they_share_can_be_read_in_an_evening() -> None:
    parts = {str(path.relative_to(REFERENCE)): lines_of_code(path) for path in REFERENCE.rglob("*.py")}
    assert [beside for beside in BESIDE if not any(name.startswith(beside) for name in parts)] == []
    assert sum(lines for name, lines in parts.items() if not name.startswith(BESIDE)) < LINES_MAX
