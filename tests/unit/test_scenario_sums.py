"""What can prove nothing is refused, and what must fail is warned of, each with its sum, from the first bad value on."""

# ruff: noqa: E501 - the tables read better with one case to a line

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadair.model.duration import show
from deadair.model.errors import ScenarioError
from deadair.scenario.load import adjusted, load, loads
from deadair.scenario.model import Scenario
from deadair.scenario.shipped import shipped
from deadair.scenario.validation import problems, vain, warnings
from deadair.targets.catalogue import TARGETS as CATALOGUE
from tests.unit.scenario_texts import PLAIN, changed, read, refusal
from tests.unit.targets import TARGETS

PARTITION = '{at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}'
PHASES = "phases: {warm_up: 13m, storm: 40m, recovery: 20m}"
RUN = "warm_up + storm + recovery = 13m + 40m + 20m = 73m"


def edited(*edits: tuple[str, str]) -> str:
    """Return the plain scenario with each edit made, which must find its place."""
    text = PLAIN
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def warned(text: str) -> list[str]:
    return [line.removeprefix("plain: ") for line in warnings(read(text), TARGETS)]


REFUSED = [
    ([("no_data_after: 20m", "no_data_after: 15m")],
     "s.yaml:6:97: fleet.no_data_after: T = 15m is not more than reading_every + 2 × poll_every = 5m + 2 × 5m = 15m: a phone that misses one poll would be blind in fair weather; write more than 15m",
     [("no_data_after: 20m", "no_data_after: 901s")]),
    ([("poll_every: 5m", "poll_every: 7500ms"), ("no_data_after: 20m", "no_data_after: 315s")],
     "s.yaml:6:101: fleet.no_data_after: T = 315s is not more than reading_every + 2 × poll_every = 5m + 2 × 7500ms = 315s: a phone that misses one poll would be blind in fair weather; write more than 315s",
     [("poll_every: 5m", "poll_every: 7500ms"), ("no_data_after: 20m", "no_data_after: 316s")]),
    ([("no_data_after: 20m", "no_data_after: 74m")],
     f"s.yaml:6:97: fleet.no_data_after: T = 74m is longer than the run: {RUN}, so nobody could go blind in it; write a shorter T or lengthen the phases",
     [("no_data_after: 20m", "no_data_after: 73m")]),
    ([("warm_up: 13m", "warm_up: 4m")],
     "s.yaml:7:19: phases.warm_up: 4m is less than reading_every = 5m: some devices would not have measured by then; write 5m or more",
     [("warm_up: 13m", "warm_up: 5m")]),
    ([("kind: no_data_deadline", "kind: recovers, within: 9m")],
     "s.yaml:11:30: checks[0].within: 9m is less than reading_every + poll_every = 5m + 5m = 10m, and until then a phone may be blind, however good the service is; write at least 10m",
     [("kind: no_data_deadline", "kind: recovers, within: 10m")]),
    ([("kind: no_data_deadline", "kind: recovers, within: 9m"), ("recovery: 20m", "recovery: 9m")],
     "s.yaml:11:30: checks[0].within: 9m is less than reading_every + poll_every = 5m + 5m = 10m, and until then a phone may be blind, however good the service is; write at least 10m, and phases.recovery as well",
     [("kind: no_data_deadline", "kind: recovers, within: 10m"), ("recovery: 20m", "recovery: 10m")]),
    ([("cohorts:", "device_profile: g7, cohorts:"), ("kind: no_data_deadline", "kind: recovers, within: 14m")],
     "s.yaml:11:30: checks[0].within: 14m is less than the 15m that a `g7` device waits after a failed upload; with reading_every + poll_every write at least 25m, and phases.recovery as well",
     [("cohorts:", "device_profile: g7, cohorts:"), ("kind: no_data_deadline", "kind: recovers, within: 15m")]),
    ([("kind: no_data_deadline", "kind: no_data_deadline, within: 74m")],
     f"s.yaml:11:38: checks[0].within: 74m is longer than the run: {RUN}, so its limit would never come; write a shorter limit or lengthen the phases",
     [("kind: no_data_deadline", "kind: no_data_deadline, within: 73m")]),
    ([("kind: no_data_deadline", "kind: status_published, within: 74m")],
     f"s.yaml:11:38: checks[0].within: 74m is longer than the run: {RUN}, so its limit would never come; write a shorter limit or lengthen the phases",
     [("kind: no_data_deadline", "kind: status_published, within: 73m")]),
    ([(PARTITION, "{at: 0m, lasts: 29999ms, where: uplink, fault: {kind: partition}}")],
     "s.yaml:9:21: timeline[0].lasts: 29999ms at speed 60 is 0.5 real s, and the proof of `partition` takes 0.3 s of grace + 1 × 0.2 s between looks = 0.5 real s; write at least 30s or a lower speed",
     [(PARTITION, "{at: 0m, lasts: 30s, where: uplink, fault: {kind: partition}}")]),
    ([(PARTITION, "{at: 0m, lasts: 17s, where: watchdog, fault: {kind: kill}}")],
     "s.yaml:9:21: timeline[0].lasts: 17s at speed 60 is 0.28 real s, and the proof of `kill` takes 0.3 s of grace = 0.3 real s; write at least 18s or a lower speed",
     [(PARTITION, "{at: 0m, lasts: 18s, where: watchdog, fault: {kind: kill}}")]),
    ([(PARTITION, "{at: 0m, lasts: 101s, where: gateway, fault: {kind: overload, times: 3}}")],
     "s.yaml:9:21: timeline[0].lasts: 101s at speed 60 is 1.7 real s, and the proof of `overload` takes 0.3 s of grace + 1 s to come up to speed + 2 × 0.2 s between looks = 1.7 real s; write at least 102s or a lower speed",
     [(PARTITION, "{at: 0m, lasts: 102s, where: gateway, fault: {kind: overload, times: 3}}")]),
    ([(PARTITION, PARTITION + "\n  - {at: 5m, lasts: 5m, where: watchdog, fault: {kind: kill}}\n  - {at: 599s, lasts: 5m, where: watchdog, fault: {kind: pause}}")],
     "s.yaml:11:5: timeline[2]: overlaps f2 on `watchdog`: a node that is killed cannot hang; move one",
     [(PARTITION, PARTITION + "\n  - {at: 5m, lasts: 5m, where: watchdog, fault: {kind: kill}}\n  - {at: 10m, lasts: 5m, where: watchdog, fault: {kind: pause}}")]),
    ([(PARTITION, PARTITION + "\n  - {at: 0m, lasts: 5m, where: watchdog, fault: {kind: pause}}\n  - {at: 1m, lasts: 1m, where: watchdog, fault: {kind: kill}}")],
     "s.yaml:11:5: timeline[2]: overlaps f2 on `watchdog`: a node that is killed cannot hang; move one",
     [(PARTITION, PARTITION + "\n  - {at: 0m, lasts: 5m, where: watchdog, fault: {kind: pause}}\n  - {at: 1m, lasts: 1m, where: notifier, fault: {kind: kill}}")]),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "line", "good"), REFUSED)
def test_what_can_prove_nothing_is_refused_and_its_neighbour_is_not(
    bad: list[tuple[str, str]], line: str, good: list[tuple[str, str]]
) -> None:
    assert refusal(edited(*bad)) == [line]
    read(edited(*good))


WARNED = [
    ([("poll_every: 5m", "poll_every: 7m"), ("warm_up: 13m", "warm_up: 419s")],
     "phases.warm_up: there may be no steady state: the storm waits for one at most 2 × 419s = 838s, and reading_every + poll_every + a steady state of 2m = 5m + 7m + 2m = 14m; write at least 7m",
     [("poll_every: 5m", "poll_every: 7m"), ("warm_up: 13m", "warm_up: 7m")]),
    ([("cohorts:", "device_profile: g7, cohorts:"), ("5m, poll_every: 5m, no_data_after: 20m", "2m, poll_every: 2m, no_data_after: 14m")],
     "fleet.no_data_after: T = 14m is less than the 15m that a `g7` device waits after one failed upload: its phones then go blind, however good the service is; write at least 15m",
     [("cohorts:", "device_profile: g7, cohorts:"), ("5m, poll_every: 5m, no_data_after: 20m", "2m, poll_every: 2m, no_data_after: 15m")]),
    ([("cohorts:", "device_profile: g7, cohorts:"), ("recovery: 20m", "recovery: 30m"), ("kind: no_data_deadline", "kind: recovers, within: 24m")],
     "checks[0].within: 24m is less than a `g7` device's wait after a failure + reading_every + poll_every = 15m + 5m + 5m = 25m, and until then a phone may be blind, however good the service is; write at least 25m",
     [("cohorts:", "device_profile: g7, cohorts:"), ("recovery: 20m", "recovery: 30m"), ("kind: no_data_deadline", "kind: recovers, within: 25m")]),
    ([("kind: no_data_deadline", "kind: no_data_deadline, within: 51m")],
     "phases.recovery: no promised silence could be judged: its limit comes no sooner after the start of the storm than T + L - reading_every - poll_every = 20m + 51m - 5m - 5m = 61m, and storm + recovery = 40m + 20m = 1h; lengthen it by at least 1m",
     [("kind: no_data_deadline", "kind: no_data_deadline, within: 50m")]),
    ([("devices: 10", "devices: 1000"), (PARTITION, "{at: 0m, lasts: 30m, where: gateway, fault: {kind: overload, times: 5}}")],
     "timeline[0].fault.times: live it may not be proved: 5 × 400 = 2000 requests a real second, 80% of them wanted; a load process has 1500 connections and waits up to 1 s on each, so it may offer no more than 1500; write 4.69 or less",
     [("devices: 10", "devices: 1000"), (PARTITION, "{at: 0m, lasts: 30m, where: gateway, fault: {kind: overload, times: 4.68}}")]),
    ([("lasts: 30m", "lasts: 209s")],
     "timeline[0].lasts: it may not be proved: 5 devices of `south` send once in reading_every = 5m, so about 3 requests are to be expected while it is looked at, and with none nobody can see that the link is silent; let it last longer",
     [("lasts: 30m", "lasts: 210s")]),
    ([('"uplink[south]"', '"downlink[rest]"'), ("south: 50%", "south: 90%"), ("lasts: 30m", "lasts: 15m")],
     "timeline[0].lasts: it may not be proved: 1 phone of `rest` sends once in poll_every = 5m, so about 2.9 requests are to be expected while it is looked at, and with none nobody can see that the link is silent; let it last longer",
     [('"uplink[south]"', '"downlink[rest]"'), ("south: 50%", "south: 90%"), ("lasts: 30m", "lasts: 16m")]),
    ([(PARTITION, PARTITION + "\n  - {at: 0m, lasts: 30m, where: gateway, fault: {kind: pause}}")],
     "timeline[0]: it cannot be proved: `gateway` is hanging by f2 all the time; move one",
     [(PARTITION, PARTITION + "\n  - {at: 1m, lasts: 30m, where: gateway, fault: {kind: pause}}")]),
    ([(PARTITION, PARTITION + "\n  - {at: 1m, lasts: 9m, where: gateway, fault: {kind: overload, times: 3}}\n  - {at: 1m, lasts: 10m, where: gateway, fault: {kind: kill}}")],
     "timeline[1]: it cannot be proved: `gateway` is killed by f3 all the time; move one",
     [(PARTITION, PARTITION + "\n  - {at: 1m, lasts: 11m, where: gateway, fault: {kind: overload, times: 3}}\n  - {at: 1m, lasts: 10m, where: gateway, fault: {kind: kill}}")]),
    ([(PARTITION, PARTITION + "\n  - {at: 2m, lasts: 2m, where: 'push[south]', fault: {kind: push_duplicate}}\n  - {at: 1m, lasts: 4m, where: push, fault: {kind: push_drop}}")],
     "timeline[1]: it cannot be proved: the push provider swallows all it takes by f3 all the time; move one",
     [(PARTITION, PARTITION + "\n  - {at: 2m, lasts: 4m, where: 'push[south]', fault: {kind: push_duplicate}}\n  - {at: 1m, lasts: 4m, where: push, fault: {kind: push_drop}}")]),
    ([(PARTITION, PARTITION + "\n  - {at: 2m, lasts: 2m, where: 'push[south]', fault: {kind: push_delay, delay: 1m}}\n  - {at: 1m, lasts: 4m, where: 'push[south]', fault: {kind: refuse}}")],
     "timeline[1]: it cannot be proved: the push provider takes nothing by f3 all the time; move one",
     [(PARTITION, PARTITION + "\n  - {at: 2m, lasts: 2m, where: push, fault: {kind: push_delay, delay: 1m}}\n  - {at: 1m, lasts: 4m, where: 'push[south]', fault: {kind: refuse}}")]),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "line", "good"), WARNED)
def test_what_must_fail_is_warned_of_and_its_neighbour_is_not(
    bad: list[tuple[str, str]], line: str, good: list[tuple[str, str]]
) -> None:
    assert warned(edited(*bad)) == [line]
    assert warned(edited(*good)) == []


def test_a_g7_device_that_nothing_keeps_from_handing_in_needs_no_patience() -> None:
    quick = [("cohorts:", "device_profile: g7, cohorts:"), ("kind: no_data_deadline", "kind: recovers, within: 14m")]
    assert warned(edited(*quick, ("uplink[south]", "downlink[south]"))) == []


def test_a_stored_run_is_read_whatever_it_can_prove_and_a_new_one_is_not() -> None:
    vain = changed("no_data_after: 20m", "no_data_after: 12m")
    stored = loads(vain, "scenario.yaml", TARGETS, translate=lambda root: root)
    assert [line.partition(":")[0] for line in warnings(stored, TARGETS)] == ["plain"]
    assert adjusted(stored, seed=None, speed=None) == stored
    with pytest.raises(ScenarioError, match=r"--speed 50: fleet.no_data_after: T = 12m is not more"):
        adjusted(stored, seed=None, speed=50)


def test_a_fault_that_a_higher_speed_makes_too_short_is_refused_by_that_speed() -> None:
    short = read(changed("lasts: 30m", "lasts: 35s"))
    with pytest.raises(ScenarioError, match=r"^--speed 75: timeline\[0\].lasts: 35s at speed 75 is 0.47 real s"):
        adjusted(short, seed=None, speed=75)


DURATION = st.integers(min_value=1, max_value=2_000_000_000).map(lambda ms: show(timedelta(milliseconds=ms)))


@given(
    durations=st.lists(DURATION, min_size=11, max_size=11),
    speed=st.floats(0.01, 1000),
    devices=st.integers(1, 1_000_000),
    times=st.floats(1e-9, 1000),
)
@settings(max_examples=300, deadline=None)
def test_any_numbers_have_their_sums(durations: list[str], speed: float, devices: int, times: float) -> None:
    plain = read(PLAIN).model_dump(mode="json")
    each = iter(durations)
    plain["speed"] = speed
    plain["fleet"] |= {"devices": devices, "device_profile": "g7"}
    for part, names in (("fleet", ("reading_every", "poll_every", "no_data_after")), ("phases", plain["phases"])):
        plain[part] |= {name: next(each) for name in names}
    plain["timeline"] = [
        {"at": next(each), "lasts": next(each), "where": "uplink", "fault": {"kind": "partition"}},
        {"at": "0m", "lasts": next(each), "where": "gateway", "fault": {"kind": "overload", "times": times}},
    ]
    plain["checks"] = [{"kind": kind, "within": next(each)} for kind in ("recovers", "no_data_deadline")]
    scenario = Scenario.model_validate(plain)
    for problem in (*problems(scenario, TARGETS), *vain(scenario)):
        assert problem.what
    assert all(line.startswith("plain: ") for line in warnings(scenario, TARGETS))


def test_a_fault_that_disturbs_though_it_is_not_meant_to_and_a_rule_that_may_have_no_case_are_warned_of() -> None:
    short = [("{kind: partition}}", "{kind: partition}, meant: to_disturb_nobody}"), ("no_data_deadline", "shows_age")]
    assert warned(edited(*short, ("lasts: 30m", "lasts: 19m"))) == []
    assert warned(edited(*short, ("lasts: 30m", "lasts: 20m"))) == [
        "timeline[0].lasts: 20m is not less than T = 20m, so its phones go blind, which disturbs them; "
        "let it be shorter, or leave `meant` out"
    ]
    assert warned(edited(("timeline:", "promises: {silences: 0}\ntimeline:"))) == [
        "checks[0]: no silence is promised, and without one this rule has no case, so the run stays unknown; "
        "write `meant: to_disturb_nobody` at every fault if that is meant"
    ]


CRY_WOLF = """\
name: cry-wolf
why: The status page shows an incident from the warm-up to the end, in fair weather too.
target: {name: reference}
seed: 1
speed: 30
fleet: {devices: 6, followers_per_device: 3, reading_every: 1m, poll_every: 1m, no_data_after: 3m}
phases: {warm_up: 4m, storm: 30m, recovery: 12m}
timeline:
  - {at: 18m, lasts: 12m, where: "uplink", fault: {kind: partition}}
checks: [{kind: no_data_deadline, within: 5m}, {kind: no_false_alarm}, {kind: status_published, within: 15m}]
"""
LATE_FAULT = """\
name: late-fault
why: While a node hangs, the runner waits for its answer, and the next fault begins late.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 5, followers_per_device: 1, reading_every: 1m, poll_every: 1m, no_data_after: 6m}
phases: {warm_up: 4m, storm: 15m, recovery: 8m}
timeline:
  - {at: 1m, lasts: 10m, where: "sentinel", fault: {kind: pause}}
  - {at: 100s, lasts: 60s, where: "uplink", fault: {kind: partition}}
  - {at: 200s, lasts: 60s, where: "downlink", fault: {kind: partition}}
checks: [{kind: shows_age}]
"""
MINI = """\
name: mini
why: A small partition of the uplink of south; used to try a machine out.
target: {name: reference, capacity: {store_rows_per_s: 33, gateway_requests_per_s: 20}}
seed: 5
speed: 60
fleet: {devices: 20, followers_per_device: 1, reading_every: 2m, poll_every: 2m, no_data_after: 8m,
        cohorts: {south: 50%, control: 20%}}
phases: {warm_up: 4m, storm: 12m, recovery: 6m}
promises: {silences: 5, alert_paths: [service_push]}
timeline:
  - {at: 0m, lasts: 11m, where: "uplink[south]", fault: {kind: partition}}
checks: [{kind: no_data_deadline, within: 5m}, {kind: no_false_alarm}, {kind: nothing_lost}, {kind: shows_age},
         {kind: recovers, within: 6m}]
"""


def test_scenarios_that_people_sent_are_refused_or_taken_as_they_should_be() -> None:
    assert refusal(CRY_WOLF) == [
        "s.yaml:6:96: fleet.no_data_after: T = 3m is not more than reading_every + 2 × poll_every = 1m + 2 × 1m = 3m: "
        "a phone that misses one poll would be blind in fair weather; write more than 3m"
    ]
    read(CRY_WOLF.replace("no_data_after: 3m", "no_data_after: 181s"))
    assert warned(MINI) == []
    assert [line.partition(":")[0] for line in warnings(read(LATE_FAULT), TARGETS)] == ["late-fault", "late-fault"]


@pytest.mark.parametrize("path", shipped().values(), ids=lambda path: path.stem)
def test_no_scenario_of_ours_is_warned_of(path: Path) -> None:
    assert warnings(load(path), CATALOGUE) == ()
