"""Gate and smoke scenarios in virtual time: each passes on the good service, and catches the defects aimed at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.model.judgement import Judgement
from deadair.runner import try_out
from deadair.scenario.load import load
from deadair.targets.catalogue import TARGETS
from tools.catches import CATCHES, Catch


def judged(path: Path, *defects: str) -> Judgement:
    return try_out(RunPlan.drawn(load(path), TARGETS["reference"], defects))


@pytest.mark.parametrize("path", sorted({catch.path for catch in CATCHES}), ids=lambda path: path.stem)
def test_the_good_service_passes(path: Path) -> None:
    judgement = judged(path)
    assert judgement.verdict == "pass", judgement.why
    assert not judgement.doubts
    assert all(fault.proved and fault.heal_proved for fault in judgement.faults)


@pytest.mark.parametrize("catch", CATCHES, ids=lambda catch: catch.defect)
def test_a_defect_is_caught_by_its_rule_and_by_no_other(catch: Catch) -> None:
    judgement = judged(catch.path, catch.defect)
    assert [finding.rule for finding in judgement.findings if finding.violations] == [catch.rule], judgement.why


def test_every_defect_is_caught_but_those_of_the_profile_of_2019() -> None:
    target = TARGETS["reference"]
    assert set(target.defects) - {catch.defect for catch in CATCHES} == {"no-sentinel", "app-without-timer"}
    assert {"no-sentinel", "app-without-timer"} <= set(target.profiles["2019"])
