"""Shrinking: what is left of a failing night, by made-up ways of failing; nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from deadair.explore.night import draw_night
from deadair.explore.regression import named
from deadair.explore.shrink import shrunk
from deadair.explore.story import story
from deadair.model.clock import Deadline
from deadair.model.judgement import Example, Finding, Judgement, Subject
from deadair.model.verdict import Verdict
from deadair.scenario.device_habits import DeviceHabits
from deadair.scenario.dump import dump
from deadair.scenario.load import loads
from deadair.scenario.model import FleetSpec, Scenario
from deadair.scenario.people import PersonEvent
from deadair.scenario.validation import problems, vain
from deadair.targets.catalogue import TARGETS
from tests.unit.envelopes import REFERENCE

LONG = Deadline.after(3600)


def big(*kinds: str) -> Scenario:
    """The first drawn night with five faults or more, among which are these kinds."""
    for number in range(1000):
        scenario = draw_night(REFERENCE, TARGETS, seed=9, number=number).scenario
        if len(scenario.timeline) >= 5 and set(kinds) <= {entry.fault.name for entry in scenario.timeline}:
            return scenario
    raise AssertionError(kinds)


def small(scenario: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    assert fails(scenario)
    return shrunk(scenario, fails, TARGETS, LONG)


def has(scenario: Scenario, *kinds: str) -> bool:
    return set(kinds) <= {entry.fault.name for entry in scenario.timeline}


def test_faults_people_and_times_that_the_failure_does_not_need_go() -> None:
    left = small(big("kill", "refuse"), lambda night: has(night, "kill", "refuse"))
    assert sorted(entry.fault.name for entry in left.timeline) == ["kill", "refuse"]
    assert (left.fleet.devices, left.fleet.phones, left.fleet.cohorts) == (1, 1, {})
    assert (left.target.capacity, left.fleet.glucose) == ({}, "usual")
    assert left.phases.storm <= timedelta(minutes=10)
    assert all(entry.at == timedelta() for entry in left.timeline)


def test_what_people_did_goes_unless_the_failure_needs_it_and_then_it_comes_sooner() -> None:
    night = big("kill")
    said = [
        {"at": "50m", "who": next(iter(night.fleet.cohorts)), "does": "acknowledge"},
        {"at": "40m", "share": "50%", "does": "snooze", "lasts": "9m"},
        {"at": "30m", "does": "open_app"},
    ]
    night = night.model_copy(update={"people": tuple(map(PersonEvent.model_validate, said))})
    left = small(night, lambda night: has(night, "kill"))
    assert (left.people, left.fleet.cohorts) == ((), {})
    left = small(night, lambda night: has(night, "kill") and any(one.does == "snooze" for one in night.people))
    (snoozed,) = left.people
    assert (snoozed.does, snoozed.lasts) == ("snooze", timedelta(minutes=9))
    assert snoozed.at < left.phases.storm < night.phases.storm
    subject = Subject(version="1", command="c", configuration_sha256="")
    judgement = Judgement(
        scenario="x", target="reference", engine="simulated", seed=1, speed=60, verdict=Verdict.FAIL, why="x",
        subject=subject, findings=(), history_sha256="", replay="",
    )  # fmt: skip
    assert ", and people snooze 50% of all for 9m in minute " in story(left, judgement, "recovers", ())


def test_families_become_one_like_the_other() -> None:
    night = big("kill", "refuse")
    mixed = {"followers_per_device": {1: "50%", 7: "50%"}, "no_data_after": {"10m": "50%", "20m": "30%", "off": "20%"}}
    fleet = FleetSpec.model_validate({**night.fleet.model_dump(mode="json"), "devices": 8, "poll_every": "2m", **mixed})
    left = small(night.model_copy(update={"fleet": fleet}), lambda night: has(night, "kill"))
    assert (left.fleet.phones, left.fleet.no_data_after.parts) == (1, ((timedelta(minutes=10), 1.0),))


def test_what_the_failure_needs_stays() -> None:
    def fails(night: Scenario) -> bool:
        long = [entry for entry in night.timeline if entry.lasts >= timedelta(minutes=17)]
        return night.fleet.devices >= 3 and bool(long)

    left = small(big("kill"), fails)
    assert len(left.timeline) == 1
    assert left.fleet.devices == 3
    assert timedelta(minutes=17) <= left.timeline[0].lasts <= timedelta(minutes=20)
    assert not left.timeline[0].lasts % timedelta(minutes=5)


def test_it_never_goes_on_from_what_fails_otherwise() -> None:
    """Every smaller night fails somehow; only those with the kill fail by the rule that is asked for."""
    asked: list[Scenario] = []

    def fails(night: Scenario) -> bool:
        asked.append(night)
        return has(night, "kill", "refuse")

    assert has(small(big("kill", "refuse"), fails), "kill", "refuse")
    assert any(not has(night, "refuse") for night in asked)
    assert len({dump(night) for night in asked}) == len(asked), "none is run twice"


def test_whatever_is_offered_can_be_run_and_read() -> None:
    def fails(night: Scenario) -> bool:
        assert not problems(night, TARGETS)
        assert not vain(night)
        return has(night, "pause")

    left = named(small(big("pause"), fails), "no_data_deadline")
    assert loads(dump(left), "r.yaml") == left


def test_what_devices_do_goes_unless_the_failure_needs_it() -> None:
    night = big("kill")
    habits = DeviceHabits.model_validate({"gaps": "20%", "corrections": "40%"})
    lived = night.model_copy(update={"fleet": night.fleet.model_copy(update={"devices_with": habits})})
    assert small(lived, lambda each: has(each, "kill")).fleet.devices_with == DeviceHabits()
    left = small(lived, lambda each: "gaps" in each.fleet.devices_with.shares)
    assert set(left.fleet.devices_with.shares) == {"gaps"}


def test_it_stops_when_the_time_is_over() -> None:
    scenario = big("kill")
    assert shrunk(scenario, lambda _: True, TARGETS, Deadline.after(0)) == scenario


def test_a_regression_is_named_by_its_rule_and_its_content() -> None:
    scenario = big("kill")
    name = named(scenario, "no_false_clear").name
    assert name.startswith("no-false-clear-")
    assert named(scenario.model_copy(update={"why": "Else."}), "no_false_clear").name == name
    assert named(scenario.model_copy(update={"seed": 1}), "no_false_clear").name != name


@pytest.mark.parametrize(("defects", "lead"), [(("gives-up",), "With the defect gives-up, the rule"), ((), "The rule")])
def test_a_story_has_two_sentences(defects: tuple[str, ...], lead: str) -> None:
    drawn = big("kill", "refuse")
    plain = drawn.fleet.model_copy(update={"devices_with": DeviceHabits()})
    scenario = drawn.model_copy(update={"timeline": (), "people": (), "fleet": plain})
    cut, died = (
        {"at": "5m", "lasts": "30m", "where": "downlink", "fault": {"kind": "partition"}},
        {"at": "390s", "lasts": "1m", "where": "push", "fault": {"kind": "refuse", "status": 429}},
    )
    night = Scenario.model_validate({**scenario.model_dump(mode="json"), "timeline": [cut, died]})
    example = Example(what="alerted by service_push after 10.0 min", phone=3, at_s=780)
    finding = Finding(
        rule="no_data_deadline", verdict=Verdict.FAIL, judged=1, violations=1, why="x", examples=(example,)
    )
    subject = Subject(version="1", command="c", configuration_sha256="")
    judgement = Judgement(
        scenario="x", target="reference", engine="simulated", seed=1, speed=60, verdict=Verdict.FAIL, why="x",
        subject=subject, findings=(finding,), history_sha256="", replay="",
    )  # fmt: skip
    assert story(night, judgement, "no_data_deadline", defects) == (
        "downlink is cut from minute 5 for 30m, and push answers 429 to every message from minute 6.5 for 1m. "
        f"{lead} no_data_deadline is violated: phone 3, minute 13: alerted by service_push after 10.0 min."
    )
