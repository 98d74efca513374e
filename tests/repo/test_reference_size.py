"""The reference service stays short enough to be read: decision 11."""

from __future__ import annotations

import ast
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "harness/deadair/reference"
LINES_MAX = 2500
RUNS_IT = {
    "__main__", "configuration", "connection", "format", "health", "layout", "live", "log", "serve", "up",
}  # fmt: skip
ON_THE_PHONE = {"app_wiring", "phone_app", "phone_state"}


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
    parts = {path.stem: lines_of_code(path) for path in REFERENCE.glob("*.py")}
    assert parts.keys() >= RUNS_IT | ON_THE_PHONE
    assert sum(lines for name, lines in parts.items() if name not in RUNS_IT | ON_THE_PHONE) < LINES_MAX
