"""How the fleet drives devices that do more than to measure and hand in, and what it writes down of that."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, cast

from deadair.fleet.devices.device_driver import DeviceDriver
from deadair.fleet.devices.device_life import Habit
from deadair.fleet.process.fleet_plan import LivesPlan
from deadair.history.rows import Kind
from deadair.model.roster import Device, Roster
from deadair.targets.request import Answer, Request
from deadair.targets.target import Target
from tests.unit.fleet_fakes import FakeTarget
from tests.unit.virtual_runtime import EVERY_US, VirtualRuntime

MINUTE_US = 60_000_000
LASTS_MIN = 240
ROSTER = Roster(tuple(Device(patient, "rest", f"device-{patient}", patient / 4) for patient in range(3)), ())
FROM_US, UNTIL_US = 30 * MINUTE_US, 180 * MINUTE_US


def lived(*habits: Habit) -> VirtualRuntime:
    """Let three devices live so for four hours, with a service that takes everything."""

    def answer(request: Request) -> Answer:
        said = {"session": "s"} if request.path == "/login" else {"duplicate": False}
        return Answer(200, json.dumps(said).encode())

    lives = LivesPlan(shares=dict.fromkeys(habits, 1.0), from_us=FROM_US, until_us=UNTIL_US)
    runtime = VirtualRuntime(answer, roster=ROSTER, target=cast(Target, FakeTarget()), took_s=0.001, lives=lives)
    uplink = DeviceDriver(runtime, begin_us=0)

    def scene() -> None:
        runtime.spawn(uplink.run)
        runtime.pause(runtime.clock.wait_s(LASTS_MIN * MINUTE_US - 1))

    runtime.play(scene)
    return runtime


def readings(rows: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    return [(row["patient"], row["measured_us"], row["value"]) for row in rows]


def test_without_a_habit_each_round_is_a_reading_and_an_upload() -> None:
    plain = lived()
    assert len(plain.rows(Kind.MEASURED)) == len(plain.rows(Kind.UPLOAD)) == 3 * LASTS_MIN * MINUTE_US // EVERY_US
    assert plain.rows(Kind.WITHHELD) == []


def test_in_each_round_a_device_measures_or_says_why_not() -> None:
    for habits, words in ((("gaps", "sensor_restart"), {"gap", "warm_up"}), (("sensor_codes",), {"code"})):
        runtime = lived(*cast(tuple[Habit, ...], habits))
        withheld = runtime.rows(Kind.WITHHELD)
        assert {row["detail"] for row in withheld} == words
        assert all(FROM_US <= row["at_us"] < UNTIL_US + 60 * MINUTE_US for row in withheld)
        rounds = {(row["patient"], row["at_us"]) for row in (*withheld, *runtime.rows(Kind.MEASURED))}
        assert len(rounds) == 3 * LASTS_MIN * MINUTE_US // EVERY_US
        assert set(readings(runtime.rows(Kind.UPLOAD))) == set(readings(runtime.rows(Kind.MEASURED)))


def test_late_readings_are_handed_in_old_and_all_of_them_by_the_end() -> None:
    runtime = lived("late_uploads")
    ages_min = [(row["at_us"] - row["measured_us"]) / MINUTE_US for row in runtime.rows(Kind.UPLOAD)]
    assert 12 <= max(ages_min) <= 51
    assert sorted(readings(runtime.rows(Kind.UPLOAD))) == sorted(readings(runtime.rows(Kind.MEASURED)))


def test_a_corrected_reading_is_measured_and_handed_in_with_both_values() -> None:
    runtime = lived("corrections")
    made = readings(runtime.rows(Kind.MEASURED))
    times = Counter((patient, measured_us) for patient, measured_us, _ in made)
    assert sum(number > 1 for number in times.values()) > 10
    assert sorted(readings(runtime.rows(Kind.UPLOAD))) == sorted(made)


def test_two_uploaders_each_hand_in_everything_with_sessions_of_their_own() -> None:
    runtime = lived("two_uploaders")
    made, uploads = readings(runtime.rows(Kind.MEASURED)), runtime.rows(Kind.UPLOAD)
    assert Counter(readings(uploads)) == Counter(dict.fromkeys(made, 2))
    first = {reading: row["at_us"] for row, reading in reversed(list(zip(uploads, readings(uploads), strict=True)))}
    later_s = [(row["at_us"] - first[reading]) / 1e6 for row, reading in zip(uploads, readings(uploads), strict=True)]
    assert 25 <= max(later_s) <= 40
