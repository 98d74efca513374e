"""The hour at which a run begins, and the local time of the service's nodes: read, refused live, and so in virtual time."""

# ruff: noqa: E501 - refusals read better on one line

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from deadair.engines.live import engine as live
from deadair.engines.run_plan import RunPlan
from deadair.engines.simulated import engine as simulated
from deadair.engines.simulated.isolation import sealed
from deadair.model.clock import RunClock
from deadair.model.errors import HarnessError, ScenarioError
from deadair.scenario.dump import dump
from deadair.targets.catalogue import TARGETS
from tests.unit.scenario_texts import PLAIN, changed, read, refusal

AUTUMN = changed("seed: 1", "seed: 1\nbegins: 2019-11-03T00:40-04:00\ntime_zone: America/New_York")
BEGINS_S = 1_572_756_000


def test_it_is_read_and_written() -> None:
    scenario = read(AUTUMN)
    assert scenario.begins is not None
    assert scenario.begins.timestamp() == BEGINS_S
    assert read(dump(scenario)) == scenario
    assert 'begins: "2019-11-03T00:40-04:00"' in dump(scenario)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("begins: 2019-11-29T22:00", "s.yaml:5:9: begins: '2019-11-29T22:00' is no moment from 2000 to 2099: write one with its offset from UTC, such as 2019-11-29T22:00-08:00"),
        ("begins: 2019-02-30T22:00-08:00", "s.yaml:5:9: begins: '2019-02-30T22:00-08:00' is no moment from 2000 to 2099"),
        ("begins: 2019-11-29T22:00+99:00", "s.yaml:5:9: begins: '2019-11-29T22:00+99:00' is no moment from 2000 to 2099"),
        ("begins: 1999-11-29T22:00-08:00", "s.yaml:5:9: begins: '1999-11-29T22:00-08:00' is no moment from 2000 to 2099"),
        ("begins: [now]", "s.yaml:5:9: begins: a list is no moment"),
        ("time_zone: Mars/Olympus", "s.yaml:5:12: time_zone: this machine knows no time zone 'Mars/Olympus'; write one such as America/New_York, or install the system's tzdata"),
        ("time_zone: ../../etc/passwd", "s.yaml:5:12: time_zone: this machine knows no time zone '../../etc/passwd'"),
    ],
)  # fmt: skip
def test_any_other_is_refused(line: str, expected: str) -> None:
    (found,) = refusal(changed("seed: 1", f"seed: 1\n{line}"))
    assert found.startswith(expected)


def test_virtual_time_begins_at_that_hour() -> None:
    for text, begins_s in ((AUTUMN, BEGINS_S), (PLAIN, 1_575_072_000)):
        loop, clock = simulated._time(RunPlan.drawn(read(text), TARGETS["reference"]))
        loop.abandon()
        assert isinstance(clock, RunClock)
        assert begins_s <= clock.to_wall_s(0) < begins_s + 1


def test_local_time_is_that_of_the_zone_while_the_machine_is_sealed() -> None:
    before = time.localtime(BEGINS_S)
    with sealed("America/New_York"):
        assert [time.localtime(BEGINS_S + later_s).tm_hour for later_s in (0, 3600, 7200)] == [0, 1, 1]
    with sealed():
        assert time.localtime(BEGINS_S).tm_hour == 4
    assert time.localtime(BEGINS_S) == before


def test_a_zone_that_the_c_library_takes_for_utc_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "tzset", lambda: None)
    with pytest.raises(HarnessError, match="C library knows no time zone America/New_York"), sealed("America/New_York"):
        pass


def test_a_live_run_says_that_it_cannot() -> None:
    plan = RunPlan.drawn(read(AUTUMN), TARGETS["reference"])
    with pytest.raises(ScenarioError, match="plain: begins and time_zone: a live run has the clock of this machine"):
        live.refuse_unknown(plan)
    live.refuse_unknown(replace(plan, scenario=read(PLAIN)))
