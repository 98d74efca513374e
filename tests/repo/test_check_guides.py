"""The guide of ``make check``: for each thing that can be missing, the one sentence that says so; and nothing is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.catalogue import entry_of
from deadair.injectors.injector import Break
from deadair.model.place import Place
from deadair.reference.defects.defect import Catch, Defect
from deadair.rules.noop import Noop
from deadair.rules.shows_age import ShowsAge
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from docs import check_guides
from tests.histories.ops import ALWAYS_FRESH, evidence

REPOSITORY = Path(__file__).parents[2]
ROWS = "| fault `quake` | | check `shows_age` | | check `noop` |"
SECTIONS = "\n### `shows_age`\n\n### `noop`\n"
DEFECTS = "harness/deadair/reference/defects"


class Quake(Fault):
    """Everything shakes."""

    kind: Literal["quake"] = "quake"
    strength: int
    strikes: ClassVar[Strikes] = "node"
    silences: ClassVar[bool] = True

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        return (Break("shaker", "shake", where.name, {"strength": self.strength}),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        raise NotImplementedError


class Calm(Quake):
    """Everything shakes by an injector that there is."""

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        return (Break("noop", "nothing", where.name),)


def defect(*caught: Catch) -> Defect:
    return Defect(name="half-asleep", what="Sleeps.", seen="Nowhere.", parts={}, caught=caught)


def test_nothing_is_missing_here() -> None:
    done = subprocess.run(
        [sys.executable, "docs/check_guides.py"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(REPOSITORY / "harness")},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_make_check_asks_it() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    check = makefile[makefile.index("\ncheck:") :].split("\n\n")[0]
    assert "$(BIN)/python docs/check_guides.py" in check


def test_a_fault_without_an_injector_is_told() -> None:
    assert list(check_guides.of_faults([Quake], entry_of, ROWS)) == [
        "Fault `quake` has no injector: nothing in harness/deadair/injectors/catalogue.py can do `shake` as `shaker`;"
        " add an injector to INJECTORS there."
    ]
    assert list(check_guides.of_faults([Calm], entry_of, ROWS)) == []


def test_a_fault_without_a_row_is_told() -> None:
    assert list(check_guides.of_faults([Calm], entry_of, "")) == [
        "Fault `quake` has no row in docs/scenarios.md: run `make docs`."
    ]


def test_a_rule_without_a_text_is_told() -> None:
    assert list(check_guides.of_rules([Noop], {}, "", ROWS)) == [
        "Rule `noop` has no text in docs/rules.md: write a section there with the heading ### `noop` that says what is"
        " held, violated, excused and in doubt."
    ]


def test_a_rule_without_a_row_is_told() -> None:
    assert list(check_guides.of_rules([Noop], {}, SECTIONS, "")) == [
        "Rule `noop` has no row in docs/scenarios.md: run `make docs`."
    ]


def test_a_rule_without_a_history_in_which_it_fails_is_told() -> None:
    assert list(check_guides.of_rules([ShowsAge], {}, SECTIONS, ROWS)) == [
        "Rule `shows_age` has no history in which it fails: add the smallest one to VIOLATIONS in"
        " tests/histories/violations.py."
    ]


def test_a_history_in_which_its_rule_does_not_fail_does_not_count() -> None:
    said = {verdict: f"Rule `shows_age` says {verdict} of its history" for verdict in ("pass", "unknown")}
    for verdict, rows in (("pass", ALWAYS_FRESH), ("unknown", [])):
        (sentence,) = check_guides.of_rules([ShowsAge], {"shows_age": evidence(rows)}, SECTIONS, ROWS)
        assert sentence == (
            f"{said[verdict]} in tests/histories/violations.py: write one there in which it fails, or mend the rule."
        )


@pytest.mark.parametrize(
    ("caught", "sentence"),
    [
        (
            (),
            "Defect `half-asleep` has no scenario that catches it: name one as its `caught` in"
            f" {DEFECTS}/half_asleep.py, and the rule that is violated there.",
        ),
        (
            (Catch("smoke/nap"),),
            "Defect `half-asleep` has no scenario that catches it: there is no scenarios/smoke/nap.yaml; write it, or"
            f" name another as its `caught` in {DEFECTS}/half_asleep.py.",
        ),
        (
            (Catch("smoke/kill", "noop"),),
            "Defect `half-asleep` has no scenario that catches it: scenarios/smoke/kill.yaml does not check `noop`; add"
            f" the check, or name another rule as its `caught` in {DEFECTS}/half_asleep.py.",
        ),
    ],
)
def test_a_defect_that_no_scenario_catches_is_told(caught: tuple[Catch, ...], sentence: str) -> None:
    scenarios = {"smoke/kill": load(shipped()["smoke/kill"])}
    assert list(check_guides.of_defects([defect(*caught)], scenarios)) == [sentence]
    assert list(check_guides.of_defects([defect(Catch("smoke/kill"))], scenarios)) == []


def test_a_scenario_that_catches_nothing_is_told() -> None:
    names = ["smoke/kill", "smoke/nap", "incidents/once"]
    assert list(check_guides.of_scenarios(names, {"smoke/kill"})) == [
        f"Scenario `smoke/nap` catches no defect: name it in the `caught` of one, in {DEFECTS}/."
    ]


@pytest.mark.parametrize(
    ("folder", "text", "kind", "catalogue"),
    [
        ("faults", '    kind: Literal["quake"] = "quake"\n', "quake", "FAULTS"),
        ("rules", '    kind: Literal["quake"] = "quake"\n', "quake", "RULES"),
        ("targets", '    name = "quake"\n', "quake", "TARGETS"),
        ("reference/defects", 'DEFECT = Defect(\n    name="half-asleep",\n', "half-asleep", "DEFECTS"),
    ],
)
def test_a_file_that_no_list_names_is_told(folder: str, text: str, kind: str, catalogue: str) -> None:
    assert list(check_guides.of_files(folder, {"one.py": text}, {"noop"})) == [
        f"harness/deadair/{folder}/one.py has `{kind}`, which is in no list: add it to {catalogue} in"
        f" harness/deadair/{folder}/catalogue.py."
    ]
    assert list(check_guides.of_files(folder, {"one.py": text}, {kind})) == []


@pytest.mark.parametrize("folder", check_guides.LISTS)
def test_what_a_list_names_is_found_in_the_files(folder: str) -> None:
    files = {path.name: path.read_text("utf-8") for path in (REPOSITORY / "harness/deadair" / folder).glob("*.py")}
    found = "".join(check_guides.of_files(folder, files, ()))
    listed = {
        "faults": ["noop", "pause"],
        "rules": ["noop", "shows_age"],
        "targets": ["noop", "reference"],
        "reference/defects": ["fifo", "app-without-timer"],
    }
    assert [kind for kind in listed[folder] if f"has `{kind}`" not in found] == []
