"""The recipes of CONTRIBUTING.md, followed block by block in a copy of the repository; and with a step left out."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.repo.copied import LIMIT_S, REPOSITORY, called, copy_of_the_repository, environment

THINGS = ("fault", "rule", "planted defect", "target", "scenario")
MAKE_DOCS = """make() { test "$*" = docs && "$PYTHON" docs/generate.py; }
set -e
"""
"""Stands in for ``make``, which would make an environment for the copy first."""


class Block(NamedTuple):
    """A block of a recipe. By its language, ``sh`` is run, ``diff`` is applied, and anything else is a file."""

    language: str
    text: str


@cache
def recipe(thing: str) -> tuple[Block, ...]:
    """Return the blocks of the section ``Add a <thing>``."""
    page = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## Add a {thing}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    found = re.findall(r"^ *```(\w+)\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    return tuple(Block(language, textwrap.dedent(text)) for language, text in found)


def patched(root: Path, text: str) -> None:
    """Apply a block with ``+`` and ``-``: what it replaces must stand in the file exactly once."""
    head, _, body = text.partition("\n")
    path = root / head.removeprefix("+++ ")
    for hunk in re.split(r"^@@\n", body, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] != "+")
        new = "".join(line[1:] for line in lines if line[0] != "-")
        before = path.read_text(encoding="utf-8")
        assert before.count(old) == 1, f"{path.name} has {before.count(old)} times: {old}"
        path.write_text(before.replace(old, new), encoding="utf-8")


def written(root: Path, text: str) -> None:
    """Write a file that its first line names."""
    head, _, body = text.partition("\n")
    (root / head.removeprefix("# ")).write_text(body, encoding="utf-8")


def run(root: Path, text: str) -> None:
    subprocess.run(
        ["/usr/bin/env", "bash", "-c", MAKE_DOCS + text],
        cwd=root, check=True, timeout=LIMIT_S, env=environment(root / "harness"),
    )  # fmt: skip


DO: dict[str, Callable[[Path, str], None]] = {"sh": run, "diff": patched, "yaml": written, "python": written}


def followed(root: Path, blocks: Sequence[Block]) -> Path:
    copy_of_the_repository(root)
    for language, text in blocks:
        DO[language](root, text)
    return root


def in_copy(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return called(root / "harness", *arguments, folder=root)


def missing(root: Path) -> list[str]:
    """Return what `make check` says is missing."""
    done = in_copy(root, "docs/check_guides.py")
    assert (done.returncode == 0) == (done.stderr == ""), done.stderr
    return done.stderr.splitlines()


P = "harness/deadair"
DEFECTS = f"{P}/reference/defects"
VIOLATIONS = "tests/histories/violations.py"
LEFT_OUT = {
    ("fault", 1): f"{P}/faults/stutter.py has `stutter`, which is in no list: add it to FAULTS in"
    f" {P}/faults/catalogue.py.",
    ("fault", 2): "Fault `stutter` has no row in docs/scenarios.md: run `make docs`.",
    ("rule", 1): f"{P}/rules/never_blank.py has `never_blank`, which is in no list: add it to RULES in"
    f" {P}/rules/catalogue.py.",
    ("rule", 2): f"Rule `never_blank` says unknown of its history in {VIOLATIONS}: write one there in which it fails,"
    " or mend the rule.",
    ("rule", 3): "Rule `never_blank` has no text in docs/rules.md: write a section there with the heading"
    " ### `never_blank` that says what is held, violated, excused and in doubt.",
    ("rule", 4): f"Rule `never_blank` has no history in which it fails: add the smallest one to VIOLATIONS in"
    f" {VIOLATIONS}.",
    ("rule", 5): "Rule `never_blank` has no row in docs/scenarios.md: run `make docs`.",
    ("planted defect", 1): f"{DEFECTS}/forgets_all.py has `forgets-all`, which is in no list: add it to DEFECTS in"
    f" {DEFECTS}/catalogue.py.",
    ("planted defect", 2): "Defect `forgets-all` has no scenario that catches it: name one as its `caught` in"
    f" {DEFECTS}/forgets_all.py, and the rule that is violated there.",
    ("target", 1): f"{P}/targets/echo.py has `echo`, which is in no list: add it to TARGETS in"
    f" {P}/targets/catalogue.py.",
    ("scenario", 1): "Defect `disarmed-by-stored` has no scenario that catches it: scenarios/smoke/hush.yaml does not"
    " check `no_data_deadline`; add the check, or name another rule as its `caught` in"
    f" {DEFECTS}/disarmed_by_stored.py.",
    ("scenario", 2): f"Scenario `smoke/hush` catches no defect: name it in the `caught` of one, in {DEFECTS}/.",
}
"""By recipe and block, counted from 0. The first block of each makes the file, without which there is nothing."""


TOGETHER = (
    {"fault": 1, "rule": 1, "planted defect": 1, "target": 1, "scenario": 1},
    {"rule": 2, "planted defect": 2},
    {"rule": 3, "scenario": 2},
    {"rule": 4},
    {"fault": 2, "rule": 5},
)
"""Recipes that are followed in one copy, each without this step. No other step of them makes up for one of these."""


@pytest.mark.parametrize("steps", TOGETHER, ids=lambda steps: ", ".join(f"{thing} {n}" for thing, n in steps.items()))
def test_a_step_that_is_left_out_is_told_in_one_sentence(tmp_path: Path, steps: Mapping[str, int]) -> None:
    blocks = [block for thing, left in steps.items() for n, block in enumerate(recipe(thing)) if n != left]
    assert sorted(missing(followed(tmp_path, blocks))) == sorted(LEFT_OUT[step] for step in steps.items())


def test_every_block_is_left_out_once() -> None:
    """All but the tests that a recipe writes: ``test_clauses.py`` asks for those."""
    blocks = {(thing, step): block for thing in THINGS for step, block in enumerate(recipe(thing)) if step > 0}
    assert set(LEFT_OUT) == {key for key, block in blocks.items() if block.language != "python"}
    assert sorted(LEFT_OUT) == sorted(step for steps in TOGETHER for step in steps.items())


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which all recipes were followed."""
    return followed(tmp_path_factory.mktemp("copy"), [block for thing in THINGS for block in recipe(thing)])


NEW = [
    f"{P}/faults/stutter.py", f"{P}/rules/never_blank.py", f"{DEFECTS}/forgets_all.py",
    f"{P}/targets/echo.py", VIOLATIONS, "tests/histories/test_never_blank.py", "tests/oracle/rules/never_blank.py",
]  # fmt: skip


def test_nothing_is_missing_once_all_recipes_were_followed(extended: Path) -> None:
    assert missing(extended) == []
    assert in_copy(extended, "docs/generate.py", "--check").returncode == 0
    listed = in_copy(extended, "-c", "import sys; from deadair.cli import main; sys.exit(main())", "list").stdout
    assert [new for new in ("stutter", "never_blank", "forgets-all", "echo", "smoke/hush") if new not in listed] == []


def test_the_files_that_the_recipes_make_keep_the_style_and_have_no_wrong_type(extended: Path) -> None:
    for command in (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy", "--no-error-summary", *NEW)):
        done = in_copy(extended, "-m", *command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_new_rule_is_tested_clause_by_clause(extended: Path) -> None:
    oracle = "tests/oracle/test_histories.py::test_each_rule_is_written_twice"
    tests = ("tests/histories/test_never_blank.py", oracle, "tests/repo/test_clauses.py")
    done = in_copy(extended, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 0, done.stdout


NIGHT = """
import sys
from pathlib import Path
from deadair.engines.run_plan import RunPlan
from deadair.runner import try_out
from deadair.scenario.load import load
from deadair.targets.catalogue import TARGETS
scenario = load(Path(sys.argv[1]))
found = try_out(RunPlan.drawn(scenario, TARGETS[scenario.target.name], sys.argv[2:]))
print(found.verdict, *(finding.rule for finding in found.findings if finding.violations))
"""


@pytest.mark.parametrize(
    ("scenario", "defects", "verdict"),
    [
        ("hush", [], "pass"),
        ("hush", ["disarmed-by-stored"], "fail no_data_deadline"),
        ("kill", ["forgets-all"], "fail no_data_deadline"),
    ],
)
def test_what_the_recipes_make_is_caught(extended: Path, scenario: str, defects: list[str], verdict: str) -> None:
    done = in_copy(extended, "-c", NIGHT, f"scenarios/smoke/{scenario}.yaml", *defects)
    assert (done.stdout, done.returncode) == (f"{verdict}\n", 0), done.stderr


ONLY_NEW = {
    "reference": "echo",
    "silences: 20": "silences: 0",
    "where: downlink": "where: echo",
    "partition": "stutter",
    "no_data_deadline, within: 5m": "never_blank",
}


def test_a_night_of_new_parts_only_runs_too(extended: Path) -> None:
    text = (extended / "scenarios/smoke/hush.yaml").read_text(encoding="utf-8")
    for old, new in ONLY_NEW.items():
        text = text.replace(old, new)
    (extended / "own.yaml").write_text(text, encoding="utf-8")
    done = in_copy(extended, "-c", NIGHT, "own.yaml")
    assert (done.stdout, done.returncode) == ("unknown\n", 0), done.stderr
