"""What a scenario says of what its devices do: it is read, handed to the fleet, and refused where it makes no sense."""

# ruff: noqa: E501 - refusals read better on one line

from __future__ import annotations

import pytest

from deadair.documents.error_text import Problem
from deadair.engines.fleet_planning import fleet_plan
from deadair.engines.run_plan import RunPlan
from deadair.model.duration import in_us
from deadair.scenario.dump import dump
from deadair.scenario.model import TargetSpec
from deadair.scenario.validation import problems, vain
from deadair.targets.catalogue import TARGETS
from tests.unit.scenario_texts import read, refusal

TEXT = """
name: lives
why: Devices live.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 8, followers_per_device: 1, reading_every: 2m, poll_every: 2m, no_data_after: 10m,
        devices_with: {gaps: 25%, sensor_codes: 12.5%}}
phases: {warm_up: 8m, storm: 30m, recovery: 30m}
timeline: []
"""


def text(*swaps: tuple[str, str]) -> str:
    written = TEXT
    for old, new in swaps:
        assert written.count(old) == 1, old
        written = written.replace(old, new)
    return written


def whats(found: tuple[Problem, ...]) -> list[str]:
    return [f"{'.'.join(map(str, one.path))}: {one.what}" for one in found]


def test_it_is_read_and_written_and_handed_to_the_fleet() -> None:
    scenario = read(TEXT)
    assert read(dump(scenario)) == scenario
    lives = fleet_plan(RunPlan.drawn(scenario, TARGETS["reference"])).lives
    assert lives.shares == {"gaps": 0.25, "sensor_codes": 0.125}
    assert (lives.from_us, lives.until_us) == (in_us(2 * scenario.phases.warm_up) + 120_000_000, 38 * 60_000_000)


@pytest.mark.parametrize(
    ("swaps", "expected"),
    [
        ([("storm: 30m", "storm: 10m")],
         "fleet.devices_with: it begins 10m into the storm, when the warm-up has surely ended, and the storm is over by then; let the storm be longer, or the warm-up shorter"),
        ([("timeline: []", "timeline:\n  - {at: 0m, lasts: 4m, where: gateway, fault: {kind: kill}, meant: to_disturb_nobody}")],
         "fleet.devices_with: followers go blind by it, and every fault is meant to disturb nobody, so no run could pass; leave it out, or the `meant`"),
        ([("{gaps: 25%, sensor_codes: 12.5%}", "{corrections: 50%}")],
         "timeline: nothing breaks, so nobody goes blind, and 1 silence is promised by default; add a fault, or write `promises: {silences: 0}`"),
    ],
)  # fmt: skip
def test_what_would_prove_nothing_is_refused(swaps: list[tuple[str, str]], expected: str) -> None:
    assert [line.partition(": ")[2] for line in refusal(text(*swaps))] == [expected]


def test_codes_are_refused_for_an_app_that_takes_them_for_readings() -> None:
    scenario = read(TEXT).model_copy(update={"target": TargetSpec(name="nightscout")})
    assert "fleet.devices_with.sensor_codes: the app of the target 'nightscout' takes a sensor's code for a reading; leave it out" in whats(problems(scenario, TARGETS))  # fmt: skip
    assert whats(vain(read(TEXT))) == []
