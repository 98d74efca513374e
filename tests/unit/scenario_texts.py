"""Texts of scenarios, how they are changed, and what reading one comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.model.errors import ScenarioError
from deadair.model.verdict import Exit
from deadair.scenario.load import loads
from deadair.scenario.model import Scenario
from tests.unit.targets import TARGETS

REPOSITORY = Path(__file__).parents[2]
FLAGSHIP = (REPOSITORY / "scenarios/gate/thanksgiving-2019.yaml").read_text(encoding="utf-8")
PLAIN = """\
name: plain
why: The smallest scenario there is.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 10, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m, cohorts: {south: 50%}}
phases: {warm_up: 13m, storm: 40m, recovery: 20m}
timeline:
  - {at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline}
"""  # noqa: E501 - refusals name the columns of this line


def read(text: str) -> Scenario:
    return loads(text, "s.yaml", TARGETS)


def refusal(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read(text)
    assert caught.value.exit == Exit.USAGE
    return str(caught.value).splitlines()


def changed(old: str, new: str) -> str:
    assert PLAIN.count(old) == 1, old
    return PLAIN.replace(old, new)
