"""How long a session lasts is told only to a target that heeds it, and not so short that a run proves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadair.engines.run_plan import times_of
from deadair.model.errors import ScenarioError
from deadair.scenario.load import loads
from deadair.scenario.model import Scenario
from deadair.scenario.validation import warnings
from deadair.targets.catalogue import TARGETS
from tests.unit.scenario_texts import changed

OVERLOAD = "{at: 0m, lasts: 30m, where: gateway, fault: {kind: overload, times: 10}}"


def told(lasts: str, *, target: str = "reference", timeline: str = "") -> Scenario:
    text = changed("{name: reference}", f"{{name: {target}, session_lasts: {lasts}}}")
    return loads(text.replace('{at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}', timeline)
                 if timeline else text, "s.yaml", TARGETS)  # fmt: skip


def test_the_reference_is_told_and_lets_a_session_last_so_long() -> None:
    scenario = told("30m")
    assert scenario.target.session_lasts == timedelta(minutes=30)
    door = TARGETS["reference"].door(times_of(scenario))
    assert door is not None
    assert door.session_lasts_s == 1800.0
    usual = TARGETS["reference"].door(times_of(loads(changed("seed: 1", "seed: 2"), "s.yaml", TARGETS)))
    assert usual is not None
    assert usual.session_lasts_s == 86_400.0


@pytest.mark.parametrize(
    ("lasts", "target", "said"),
    [
        ("30m", "noop", "the target 'noop' cannot be told how long a session lasts; leave it out"),
        ("299s", "reference", "299s is less than it takes to log everybody in; write 5m or more"),
    ],
)
def test_what_cannot_be_told_is_refused(lasts: str, target: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        told(lasts, target=target)


def test_a_load_whose_accounts_are_logged_out_before_its_end_is_warned_of() -> None:
    said = [line for line in warnings(told("42m", timeline=OVERLOAD), TARGETS) if "log in" in line]
    assert said == [
        "plain: timeline[0]: its accounts log in before the warm-up, and their sessions end after 42m, before it does:"
        " what it sends then is refused at once"
    ]
    assert not [line for line in warnings(told("43m", timeline=OVERLOAD), TARGETS) if "log in" in line]
