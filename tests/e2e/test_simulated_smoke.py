"""Each scenario but an incident passes in virtual time on the good service, and catches the defects aimed at it.

Not those for a target that has no form in virtual time: they are named here, and refused there.
"""

from __future__ import annotations

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.model.errors import ScenarioError
from deadair.model.judgement import Judgement
from deadair.reference.defects.catalogue import CATCHES
from deadair.reference.defects.defect import Catch
from deadair.runner import plan_for, try_out
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from deadair.targets.catalogue import TARGETS

NOT_SIMULATED = {"gate/database-unreachable": "reference-postgres"}
"""The scenarios that virtual time has no target for, with their targets."""
SIMULATED = tuple(pair for pair in CATCHES if pair[1].scenario not in NOT_SIMULATED)


def judged(name: str, *defects: str) -> Judgement:
    return try_out(RunPlan.drawn(load(shipped()[name], target="reference"), TARGETS["reference"], defects))


@pytest.mark.parametrize("name", sorted({catch.scenario for _, catch in SIMULATED}))
def test_the_good_service_passes(name: str) -> None:
    judgement = judged(name)
    assert judgement.verdict == "pass", judgement.why
    assert not judgement.doubts
    assert all(fault.proved and fault.heal_proved for fault in judgement.faults)


@pytest.mark.parametrize(("defect", "catch"), SIMULATED, ids=lambda value: getattr(value, "scenario", value))
def test_a_defect_is_caught_by_its_rule_and_by_no_other(defect: str, catch: Catch) -> None:
    judgement = judged(catch.scenario, defect)
    assert [finding.rule for finding in judgement.findings if finding.violations] == [catch.rule], judgement.why


@pytest.mark.parametrize(("name", "target"), NOT_SIMULATED.items())
def test_what_is_not_simulated_is_refused_there_and_named_here(name: str, target: str) -> None:
    with pytest.raises(ScenarioError, match=f"the target {target} cannot be simulated: run it with --engine live"):
        plan_for(load(shipped()[name]), "simulated", TARGETS)


def test_every_defect_is_caught_in_virtual_time_too() -> None:
    assert {defect for defect, _ in CATCHES} == {defect for defect, _ in SIMULATED}
