"""No scenario proves nothing: those that stand beside the catches fail on a defect too, a tenth of each, simulated."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from deadair.scenario.load import load
from deadair.targets.reference import Reference
from tools.catches import CATCHES, SCENARIOS
from tools.seeds import judged, scaled

ALSO: dict[str, Sequence[str]] = {
    "gate/gateway-saturated": ("disarmed-by-stored",),
    "gate/push-provider-down": ("app-without-timer",),
    "gate/thanksgiving-2019": Reference.profiles["2019"],
}


def test_every_smoke_and_gate_scenario_is_held_to_a_defect() -> None:
    there = {f"{folder}/{path.stem}" for folder in ("smoke", "gate") for path in (SCENARIOS / folder).glob("*.yaml")}
    assert there == {catch.scenario for catch in CATCHES} | set(ALSO)


@pytest.mark.parametrize("name", ALSO)
def test_a_scenario_without_a_line_among_the_catches_fails_on_a_defect(name: str) -> None:
    found = judged(scaled(load(SCENARIOS / f"{name}.yaml"), 0.1), ALSO[name])
    assert "no_data_deadline" in [finding.rule for finding in found.findings if finding.verdict == "fail"]
