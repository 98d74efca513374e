"""Each scenario but an incident passes in virtual time on the good service, and catches the defects aimed at it."""

from __future__ import annotations

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.model.judgement import Judgement
from deadair.reference.defects.catalogue import CATCHES
from deadair.reference.defects.defect import Catch
from deadair.runner import try_out
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from deadair.targets.catalogue import TARGETS


def judged(name: str, *defects: str) -> Judgement:
    return try_out(RunPlan.drawn(load(shipped()[name], target="reference"), TARGETS["reference"], defects))


@pytest.mark.parametrize("name", sorted({catch.scenario for _, catch in CATCHES}))
def test_the_good_service_passes(name: str) -> None:
    judgement = judged(name)
    assert judgement.verdict == "pass", judgement.why
    assert not judgement.doubts
    assert all(fault.proved and fault.heal_proved for fault in judgement.faults)


@pytest.mark.parametrize(("defect", "catch"), CATCHES, ids=lambda value: getattr(value, "scenario", value))
def test_a_defect_is_caught_by_its_rule_and_by_no_other(defect: str, catch: Catch) -> None:
    judgement = judged(catch.scenario, defect)
    assert [finding.rule for finding in judgement.findings if finding.violations] == [catch.rule], judgement.why
