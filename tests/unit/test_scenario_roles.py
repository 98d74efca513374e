"""Scenarios for any target: fitted to the one that is named, or refused with the shipped ones that fit it."""

# ruff: noqa: E501 - refusals read better on one line

from __future__ import annotations

from types import MappingProxyType
from typing import Any, cast

import pytest

from deadair.model.errors import ScenarioError
from deadair.model.run_options import RunOptions
from deadair.run_commands import load_all
from deadair.scenario.dump import dump
from deadair.scenario.load import loads
from deadair.scenario.model import Scenario
from deadair.scenario.roles import needs_target
from deadair.scenario.validation import warnings
from deadair.targets.catalogue import TARGETS as BUILT_IN
from deadair.targets.reference import Reference
from deadair.targets.target import Link, Target
from tests.unit.scenario_texts import PLAIN, changed
from tests.unit.targets import TARGETS, Described


class Small(Described):
    """A service of two nodes that cannot be sped up."""

    name = "small"
    nodes = ("store", "alarms")
    links = (*Described.links[:3], Link("alarms→push", "push"), Link("store→alarms", "alarms"))
    speed_max = 1.0
    devices_max = 50
    roles = MappingProxyType({"storing": ("store",), "alerting": ("store→alarms", "alarms"), "push": ("alarms→push",)})
    capacities = ()


ALL = {**TARGETS, "small": cast(Target, Small())}
ANY = changed("{name: reference}", "{name: any}").replace("speed: 60", "speed: 1")
FAULT = '"uplink[south]", fault: {kind: partition}'


def at(where: str, kind: str) -> str:
    assert ANY.count(FAULT) == 1
    return ANY.replace(FAULT, f"{where}, fault: {{kind: {kind}}}")


def fitted(text: str, target: str = "small") -> Scenario:
    return loads(text, "s.yaml", ALL, target=target)


def refusal(text: str, target: str | None = "small") -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "s.yaml", ALL, target=target)
    return str(caught.value).splitlines()


def places(scenario: Scenario) -> list[str]:
    return [str(entry.where) for entry in scenario.timeline]


def test_a_scenario_for_any_target_is_read_without_one_and_says_so() -> None:
    scenario = loads(at("storing", "kill"), "s.yaml", ALL)
    assert (needs_target(scenario), places(scenario)) == (True, ["storing"])
    assert not needs_target(fitted(at("storing", "kill")))


@pytest.mark.parametrize(
    ("where", "kind", "target", "found"),
    [
        ("storing", "kill", "small", ["store"]),
        ("storing", "pause", "reference", ["processor"]),
        ("alerting", "kill", "small", ["alarms"]),
        ("alerting", "partition", "small", ["store→alarms"]),
        ("alerting", "kill", "reference", ["watchdog", "notifier"]),
        ("push", "partition", "small", ["alarms→push"]),
        ("push", "refuse", "small", ["push"]),
        ('"uplink[south]"', "partition", "small", ["uplink[south]"]),
    ],
)
def test_a_role_stands_for_its_places_that_the_fault_can_strike(
    where: str, kind: str, target: str, found: list[str]
) -> None:
    assert places(fitted(at(where, kind).replace("lasts: 30m", "lasts: 4m"), target)) == found


def test_what_is_stored_needs_no_role_and_no_word_for_any_target() -> None:
    scenario = fitted(at("alerting", "kill"))
    text = dump(scenario)
    assert "any" not in text.split() and "name: small" in text and "where: alarms" in text
    assert loads(text, "scenario.yaml", ALL) == scenario


def test_a_scenario_for_one_target_can_be_run_on_another() -> None:
    text = ANY.replace("{name: any}", "{name: reference}")
    assert fitted(text).target.name == "small"
    assert loads(text, "s.yaml", ALL).target.name == "reference"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ANY.replace("speed: 1", "speed: 60"), "s.yaml:5:8: speed: the target 'small' takes a speed of 1 at the most; write that or less"),
        (ANY.replace("devices: 10", "devices: 100"), "s.yaml:6:18: fleet.devices: the target 'small' takes 50 devices at the most; write that or less"),
        (at("storing", "partition"), "s.yaml:9:33: timeline[0].where: of 'small' `storing` is `store`, and partition strikes a link"),
        (at("storage", "kill"), "s.yaml:9:33: timeline[0].where: the target 'small' has no place 'storage'; did you mean `store`?"),
        (ANY.replace("{name: any}", "{name: any, capacity: {store_rows_per_s: 3}}"), "s.yaml:3:32: target.capacity.store_rows_per_s: the target 'small' has no such capacity"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_does(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name, shipped_text in (("own/cut", ANY), ("own/fast", PLAIN)):
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(shipped_text, encoding="utf-8")
    monkeypatch.setattr("deadair.scenario.shipped.SHIPPED", tmp_path)
    lines = refusal(text)
    assert any(line.startswith(expected) for line in lines), lines
    assert any(line.endswith("the shipped scenarios that fit the target 'small': own/cut") for line in lines), lines


def test_a_problem_of_one_of_several_places_is_told_where_the_role_stands() -> None:
    two = "  - {at: 5m, lasts: 2m, where: alerting, fault: {kind: kill}}\n  - {at: 6m, lasts: 90m, where: nowhere, fault: {kind: kill}}\nchecks:"
    found = refusal(ANY.replace("checks:", two), "reference")
    assert [line.partition(": the")[0] for line in found if "nowhere" in line] == ["s.yaml:11:33: timeline[2].where"]


def test_a_scenario_for_any_target_is_refused_where_none_is_named(tmp_path: Any) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(at("storing", "kill"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"plain: it is for any target: say for which, --target NAME"):
        load_all([path], RunOptions())
    (scenario,) = load_all([path], RunOptions(target="reference"))
    assert places(scenario) == ["processor"]
    with pytest.raises(ScenarioError, match=r"--target: there is no target 'referense'; did you mean `reference`\?"):
        load_all([path], RunOptions(target="referense"))


def test_a_speed_that_the_target_does_not_bear_can_be_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(Reference, "speed_max", 10.0)
    path = tmp_path / "s.yaml"
    path.write_text(PLAIN, encoding="utf-8")
    with pytest.raises(ScenarioError, match="takes a speed of 10 at the most"):
        load_all([path], RunOptions())
    assert load_all([path], RunOptions(), speed=10.0)[0].speed == 10
    with pytest.raises(ScenarioError, match=r"--speed: the target 'reference' takes a speed of 10 at the most"):
        load_all([path], RunOptions(), speed=60.0)


def test_a_target_that_is_not_judged_by_the_deadline_is_warned_of() -> None:
    scenario = fitted(ANY)
    assert not [line for line in warnings(scenario, ALL) if "no run will pass" in line]
    blind = Small()
    blind.unjudged = {"no_data_deadline": "nobody sees its alerts"}
    said = "plain: checks[0]: no run will pass, for the target 'small' is not judged by it: nobody sees its alerts"
    assert said in warnings(scenario, {"small": cast(Target, blind)})


def test_every_role_of_a_built_in_target_is_of_its_places() -> None:
    for target in BUILT_IN.values():
        known = {*target.nodes, *(link.name for link in target.links)}
        assert {place for places in target.roles.values() for place in places} <= known
