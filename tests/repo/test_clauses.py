"""Each clause of docs/rules.md has an id, and a test that cites it; no test cites one that is not there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs/rules.md").read_text(encoding="utf-8")
TESTS = sorted((REPOSITORY / "tests").rglob("test_*.py"))
NEVER_RUN = {"skip", "skipif", "xfail"}


def clauses(page: str) -> list[str]:
    """Return the ids at the beginning of a list's item or of a table's row, in order."""
    return re.findall(r"^(?:- |\| )\*\*([A-Z]\d+)\*\*", page, re.MULTILINE)


def named(page: str) -> set[str]:
    """Return every id that the page speaks of."""
    return set(re.findall(r"\b[A-Z]\d+\b", page))


def marks(test: ast.FunctionDef) -> Iterator[str]:
    """Return the names of a test's marks, those of its single parameters too."""
    for node in (node for decorator in test.decorator_list for node in ast.walk(decorator)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark":
            yield node.attr


def cited(source: str) -> set[str]:
    """Return the ids that tests of this source cite, of those that run."""
    found: set[str] = set()
    for test in ast.parse(source).body:
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
            continue
        if NEVER_RUN & set(marks(test)):
            continue
        for call in (node for decorator in test.decorator_list for node in ast.walk(decorator)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.clause":
                found |= {str(ast.literal_eval(argument)) for argument in call.args}
    return found


def all_cited() -> set[str]:
    return {clause for path in TESTS for clause in cited(path.read_text(encoding="utf-8"))}


def test_every_clause_is_cited_by_a_test_that_runs_and_no_test_cites_an_unknown_one() -> None:
    there, in_tests = set(clauses(PAGE)), all_cited()
    assert sorted(there - in_tests) == []
    assert sorted(in_tests - there) == []


def test_clauses_are_numbered_without_a_gap_and_each_once() -> None:
    numbers = Counter(clause[0] for clause in clauses(PAGE))
    assert clauses(PAGE) == [f"{letter}{number}" for letter in numbers for number in range(1, numbers[letter] + 1)]


def test_the_page_speaks_only_of_clauses_that_are_there() -> None:
    assert sorted(named(PAGE) - set(clauses(PAGE))) == []


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("@pytest.mark.clause('D1', 'D2')\ndef test_x(): ...", {"D1", "D2"}),
        (
            "@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.clause('D1'))])\ndef test_x(a): ...",
            {"D1"},
        ),
        ("@pytest.mark.skip\n@pytest.mark.clause('D1')\ndef test_x(): ...", set()),
        ("@pytest.mark.clause('D1')\ndef helper(): ...", set()),
    ],
)
def test_only_tests_that_run_cite(source: str, ids: set[str]) -> None:
    assert cited(source) == ids
