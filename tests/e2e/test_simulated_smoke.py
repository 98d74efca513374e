"""The smoke scenarios in virtual time: each passes on the good service and fails on the defect it is aimed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engines.order import Plan
from harness.model.judgement import Judgement
from harness.runner import try_out
from harness.scenario.load import load
from harness.targets.catalogue import TARGETS

SMOKE = Path(__file__).parents[2] / "scenarios" / "smoke"
PAIRS = {
    "partition": "disarmed-by-stored",
    "backlog": "alerts-behind-backlog",
    "kill": "timers-lost-on-restart",
    "overload": "arrival-time",
}


def judged(name: str, *defects: str) -> Judgement:
    return try_out(Plan.drawn(load(SMOKE / f"{name}.yaml"), TARGETS["reference"], defects))


@pytest.mark.parametrize("name", PAIRS)
def test_the_good_service_passes(name: str) -> None:
    judgement = judged(name)
    assert judgement.verdict == "pass", judgement.why
    assert not judgement.doubts
    assert all(fault.proved and fault.heal_proved for fault in judgement.faults)


@pytest.mark.parametrize(("name", "defect"), PAIRS.items())
def test_its_defect_is_caught_by_the_deadline_and_by_no_other_rule(name: str, defect: str) -> None:
    judgement = judged(name, defect)
    assert [finding.rule for finding in judgement.findings if finding.violations] == ["no_data_deadline"], judgement.why
    assert judgement.silences.count - judgement.silences.told_in_time >= judgement.silences.count * 0.4
