"""The harness's rules and the second oracle, written from docs/rules.md alone, say the same of any history."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from deadair.rules.catalogue import RULES
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule, kind_of
from tests.histories.violations import VIOLATIONS
from tests.oracle.harness_side import ORACLES, differences
from tests.oracle.histories import judged_histories

FOLDER = Path(__file__).parent
KNOW_THE_HARNESS = {
    "__main__.py",
    "nights.py",
    "harness_side.py",
    "histories.py",
    "worlds.py",
    "drawn_alerts.py",
    "drawn_looks.py",
    "drawn_people.py",
    "drawn_readings.py",
}
"""What draws histories, and where the two meet. Of the rest, no file imports anything of the harness."""


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=judged_histories())
def test_both_say_the_same_of_any_history(drawn: tuple[Evidence, tuple[Rule, ...]]) -> None:
    assert differences(*drawn) == []


def test_both_say_the_same_where_each_rule_is_violated() -> None:
    assert {kind: differences(evidence) for kind, evidence in VIOLATIONS.items()} == {kind: [] for kind in VIOLATIONS}


def test_each_rule_is_written_twice() -> None:
    assert set(ORACLES) == {kind_of(rule()) for rule in RULES} - {"noop"}


def test_the_second_oracle_shares_no_code_with_the_rules() -> None:
    for path in sorted(FOLDER.rglob("*.py")):
        if path.name in KNOW_THE_HARNESS or path.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith("deadair")], path.name
