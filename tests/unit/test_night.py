"""Nights: drawn wholly from seed and number, inside their envelope, and fit to be run."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from deadair.explore.coverage_table import allowed
from deadair.explore.envelope import LengthSpan
from deadair.explore.fault_choices import choices
from deadair.explore.night import draw_night
from deadair.explore.timeline_limits import inside
from deadair.fleet.devices.device_life import HABITS
from deadair.model.errors import HarnessError
from deadair.scenario.device_habits import DeviceHabits
from deadair.scenario.dump import dump
from deadair.scenario.load import loads
from deadair.scenario.model import Scenario
from deadair.scenario.validation import problems, vain, warnings
from deadair.targets.catalogue import TARGETS
from tests.unit.envelopes import REFERENCE, TINY, read

NIGHTS = [draw_night(REFERENCE, TARGETS, seed=5, number=number) for number in range(150)]


def test_a_night_is_a_pure_function_of_seed_and_number() -> None:
    again = [draw_night(REFERENCE, TARGETS, seed=5, number=number) for number in (0, 149, 77)]
    assert again == [NIGHTS[0], NIGHTS[149], NIGHTS[77]]
    assert draw_night(REFERENCE, TARGETS, seed=6, number=0).scenario != NIGHTS[0].scenario
    assert len({dump(night.scenario) for night in NIGHTS}) == len(NIGHTS)


def test_every_night_is_a_scenario_that_can_be_written_read_and_run() -> None:
    for night in NIGHTS:
        assert loads(dump(night.scenario), "night.yaml") == night.scenario
        assert not problems(night.scenario, TARGETS)
        assert not vain(night.scenario)
        assert not warnings(night.scenario, TARGETS)


def test_people_do_everything_there_is_in_some_nights_and_nothing_in_others() -> None:
    events = [event for night in NIGHTS for event in night.scenario.people]
    assert {event.does for event in events} == set(REFERENCE.people.does if REFERENCE.people else ())
    assert {"all", "rest"} < {event.who for event in events} and len({event.share for event in events}) == 3
    assert any(not night.scenario.people for night in NIGHTS)


def test_devices_have_each_habit_in_some_nights_and_none_in_others() -> None:
    habits = [night.scenario.fleet.devices_with.shares for night in NIGHTS]
    named = REFERENCE.fleet.devices_with.shares
    assert {habit for night in habits for habit in night} == set(HABITS)
    assert all(share == named[habit] for night in habits for habit, share in night.items())
    assert {} in habits
    for habit in HABITS:
        assert 25 <= sum(habit in night for night in habits) <= 75


def test_what_devices_do_changes_nothing_else_of_a_night() -> None:
    fleet = REFERENCE.fleet.model_copy(update={"devices_with": DeviceHabits()})
    plain = REFERENCE.model_copy(update={"fleet": fleet})
    for number in (0, 1, 2):
        night = NIGHTS[number].scenario
        lived = night.fleet.model_copy(update={"devices_with": DeviceHabits()})
        again = draw_night(plain, TARGETS, seed=5, number=number).scenario
        assert again == night.model_copy(update={"fleet": lived})


def test_what_people_do_changes_nothing_else_of_a_night() -> None:
    without = REFERENCE.model_copy(update={"people": None})
    for number in range(20):
        night = draw_night(without, TARGETS, seed=5, number=number).scenario
        assert night == NIGHTS[number].scenario.model_copy(update={"people": ()})


def test_few_draws_make_no_sense() -> None:
    assert sum(night.redrawn for night in NIGHTS) <= len(NIGHTS) * 0.08


def test_every_night_lies_inside_its_envelope() -> None:
    faults = REFERENCE.faults
    ranges = defaultdict[tuple[str, str], list[LengthSpan]](list)
    for each in choices(REFERENCE):
        ranges[each.range.kind, each.where.name].append(each.range.lasts)
    for night in NIGHTS:
        fleet, timeline = night.scenario.fleet, night.scenario.timeline
        most = REFERENCE.fleet.large.devices.most if REFERENCE.fleet.large else 0
        assert REFERENCE.fleet.devices.least <= fleet.devices <= most
        assert faults.in_a_night.least <= len(timeline) <= faults.in_a_night.most
        assert inside(REFERENCE, night.scenario)
        people = REFERENCE.people
        assert people is not None and len(night.scenario.people) <= people.in_a_night.most
        assert all(
            people.snoozes.least <= one.lasts <= people.snoozes.most for one in night.scenario.people if one.lasts
        )
        for entry in timeline:
            lasts = ranges[entry.fault.name, entry.where.name]
            assert any(span.least <= entry.lasts <= span.most for span in lasts)
            assert entry.meant == "either"


def test_families_differ_in_some_nights_and_in_all_that_may_differ() -> None:
    fleets = [night.scenario.fleet for night in NIGHTS]
    differing = [
        [fleet for fleet in fleets if len(fleet.followers_per_device.parts) > 1],
        [fleet for fleet in fleets if len(fleet.no_data_after.parts) > 1],
        [fleet for fleet in fleets if fleet.realarm_every is not None],
        [fleet for fleet in fleets if fleet.second_patients],
        [fleet for fleet in fleets if fleet.second_phones],
    ]
    assert all(len(NIGHTS) / 20 < len(found) < len(NIGHTS) / 2 for found in differing)
    follows = REFERENCE.fleet.follows
    assert follows is not None
    span = follows.followers_per_device
    for fleet in differing[0]:
        assert all(span.least <= each <= span.most for each in fleet.followers_per_device.values)
    assert any(0 in fleet.followers_per_device.values for fleet in differing[0])
    assert any(timedelta() in fleet.no_data_after.values for fleet in differing[1])
    assert all(set(fleet.no_data_after.values) <= {timedelta(), *follows.no_data_after} for fleet in differing[1])


def test_a_night_whose_families_are_alike_is_what_it_was_without_those_that_differ() -> None:
    alike = REFERENCE.model_copy(update={"fleet": REFERENCE.fleet.model_copy(update={"follows": None})})
    nights = [draw_night(alike, TARGETS, seed=5, number=number) for number in range(20)]
    same = [now == before for now, before in zip(NIGHTS, nights, strict=False)]
    assert any(same)
    assert not all(same)


def test_more_phones_are_given_more_to_work_with() -> None:
    """What is provisioned is for a device and two phones: a family of seven would have been shed in fair weather."""
    for night in NIGHTS:
        fleet, capacity = night.scenario.fleet, night.scenario.target.capacity
        if "gateway_requests_per_s" in capacity:
            assert capacity["gateway_requests_per_s"] > 1.2 * fleet.requests_per_s


def test_nights_leave_whole_kinds_out_and_all_of_them_use_all() -> None:
    used = [{entry.fault.name for entry in night.scenario.timeline} for night in NIGHTS]
    assert set.union(*used) == {cell.kind for cell in allowed(REFERENCE)}
    assert all(kinds < set.union(*used) for kinds in used)
    assert sum(len(kinds) < 5 for kinds in used) > 0.9 * len(used)


def test_an_envelope_into_which_no_night_fits_says_so() -> None:
    short = TINY.replace("storm: {least: 45m, most: 60m}", "storm: {least: 20m, most: 26m}")
    tight = read(short.replace("lasts: {least: 30m, most: 40m}", "lasts: {least: 12m, most: 40m}"))
    with pytest.raises(HarnessError, match="tiny: night 3 of seed 1 could not be drawn in 200 tries: widen the env"):
        draw_night(tight, TARGETS, seed=1, number=3)


def night_of(*entries: tuple[int, int, str, str], capacity: float = 1.0, **knobs: int) -> Scenario:
    """A night with faults as (minute, minutes, where, kind), and so many rows a second."""
    scenario = draw_night(read(), TARGETS, seed=1, number=0).scenario.model_dump(mode="json")
    scenario["target"]["capacity"] = {"store_rows_per_s": capacity}
    scenario["timeline"] = [
        {"at": f"{at}m", "lasts": f"{lasts}m", "where": where, "fault": {"kind": kind, **knobs}}
        for at, lasts, where, kind in entries
    ]
    return Scenario.model_validate(scenario)


CUT, DEAD, REFUSED = "partition", "kill", "refuse"


def test_so_many_faults_at_once_and_no_more() -> None:
    envelope = read()
    assert inside(envelope, night_of((0, 30, "uplink", CUT), (5, 2, "watchdog", DEAD)))
    assert not inside(envelope, night_of((0, 30, "uplink", CUT), (5, 2, "watchdog", DEAD), (6, 2, "gateway", DEAD)))
    settling = (0, 30, "uplink", CUT), (5, 2, "watchdog", DEAD), (9, 2, "gateway", DEAD)
    assert not inside(envelope, night_of(*settling)), "the watchdog is still finding its feet"
    assert inside(envelope, night_of(*settling[:2], (10, 2, "gateway", DEAD)))


def test_alert_paths_are_down_together_only_as_long_as_they_may() -> None:
    envelope = read()
    assert inside(envelope, night_of((5, 2, "push", REFUSED)))
    assert not inside(envelope, night_of((5, 3, "push", REFUSED)))
    assert not inside(envelope, night_of((5, 3, "push[south]", REFUSED)))
    assert inside(envelope, night_of((5, 30, "push", "push_drop"))), "who says that he took it has no path down"
    assert inside(envelope, night_of((5, 3, "watchdog", DEAD), (12, 3, "sentinel", DEAD)))
    assert not inside(envelope, night_of((5, 9, "watchdog", DEAD), (7, 6, "sentinel", DEAD)))


@pytest.mark.parametrize(("capacity", "held"), [(1.0, True), (0.99, False)])
def test_old_readings_of_all_faults_are_no_more_than_can_be_worked_off(capacity: float, held: bool) -> None:
    text = TINY.replace("fleet:\n", "capacity_per_device: {store_rows_per_s: {least: 1, most: 2}}\nfleet:\n", 1)
    late = read(
        text.replace("  alert_paths:", "  late_work: {capacity: store_rows_per_s, longest: 10m}\n  alert_paths:", 1)
    )
    flood = (5, 5, "uplink", "backlog"), (20, 5, "uplink", "backlog")
    assert inside(late, night_of(*flood, capacity=capacity, readings=300)) is held
