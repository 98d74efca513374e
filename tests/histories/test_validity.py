"""Every kind of validity doubt, seen and not seen, on histories at speed 60: one minute is one real second."""

from __future__ import annotations

import pytest

from deadair.history.rows import Kind
from deadair.judging.harness_health import HarnessHealth
from deadair.judging.standstills import heartbeat_gaps
from deadair.judging.validity import clock_jumps_of, health, stretches
from deadair.model.environment import WITNESSES, Environment
from deadair.model.judgement import Subject
from deadair.rules.evidence import Moments
from tests.histories.ops import Row, beat, history, measured, op, poll, us, withheld

CLOCK = {"epoch_wall_ns": 0, "epoch_mono_ns": 0, "speed": 60}
MOMENTS = Moments(0, us(10), us(20), us(30))
BEATS = [beat(who, at) for who in ("runner", "fleet") for at in range(31)]


def harness_health(rows: list[Row]) -> HarnessHealth:
    return HarnessHealth(history(rows))


def found(rows: list[Row], *recorders: str) -> list[tuple[float, float, str]]:
    seen = stretches(
        harness_health(rows),
        MOMENTS,
        recorders or ("runner", "fleet"),
        speed=60,
        within_us=us(5),
        reading_every_us=us(5),
    )
    return [(stretch.from_us / 6e7, stretch.until_us / 6e7, stretch.why) for stretch in seen]


def test_a_healthy_harness_raises_no_doubt() -> None:
    assert found([*BEATS, *(poll(at, at + 0.4) for at in range(30))]) == []


@pytest.mark.clause("V2")
def test_a_second_in_which_the_fleet_was_late_is_in_doubt_until_the_last_had_begun() -> None:
    assert found([*BEATS, poll(5, 5.6), poll(7.5, 7.5)]) == [
        (5, 6, "the fleet was 600 real ms behind its schedule; 500 ms are allowed")
    ]
    assert found([*BEATS, poll(5, 9)])[0][:2] == (5, 9)


@pytest.mark.clause("V2")
def test_late_seconds_that_touch_are_one_stretch_that_names_the_worst() -> None:
    assert found([*BEATS, poll(5, 7), poll(6, 6.6), poll(8.1, 8.1)]) == [
        (5, 7, "the fleet was 2000 real ms behind its schedule; 500 ms are allowed")
    ]


def test_one_late_operation_among_hundreds_is_no_doubt() -> None:
    assert found([*BEATS, poll(5, 9), *(poll(5.5) for _ in range(200))]) == []


@pytest.mark.clause("V3")
def test_a_recorder_that_paused_longer_than_three_real_seconds_is_a_doubt() -> None:
    short = [row for row in BEATS if not (row["who"] == "fleet" and us(8) < row["at_us"] < us(11))]
    long = [row for row in BEATS if not (row["who"] == "fleet" and us(8) < row["at_us"] < us(12))]
    assert found(short) == []
    assert found(long) == [(8, 12, "the recorder fleet wrote no heartbeat for 4.0 real s")]


@pytest.mark.clause("V3")
@pytest.mark.parametrize("who", ["fleet", "push-gateway"])
def test_a_witness_that_beats_faster_may_pause_for_less(who: str) -> None:
    quick = [beat("runner", at) for at in range(31)]
    quick += [beat(witness, at / 5) for witness in WITNESSES for at in range(151) if witness != who or not 40 < at < 43]
    slow = [row for row in quick if not (row["who"] == who and us(8) < row["at_us"] < us(8.7))]
    subject = Subject(version="1", command="none", configuration_sha256="0")
    beat_of = Environment(
        run_id="r", engine="live", command="none", subject=subject, clock=CLOCK, recorders=(), witness_beat_real_s=0.2,
        wall_limit_s=1,
    ).beat_real_s_of  # fmt: skip
    assert (beat_of(who), beat_of("runner")) == (0.2, 1.0)
    for rows, doubts in ((quick, []), (slow, [(8.0, 8.8)])):
        gaps = heartbeat_gaps(harness_health(rows), MOMENTS, ["runner", *WITNESSES], speed=60, beat_of=beat_of)
        assert [(gap.from_us / 6e7, gap.until_us / 6e7) for gap in gaps] == doubts


@pytest.mark.clause("V3")
def test_a_recorder_that_began_late_ended_early_or_never_was_is_a_doubt() -> None:
    late = [row for row in BEATS if row["at_us"] >= us(5)]
    early = [row for row in BEATS if row["at_us"] <= us(20)]
    assert [stretch[:2] for stretch in found(late)] == [(0, 5), (0, 5)]
    assert [stretch[:2] for stretch in found(early)] == [(20, 30), (20, 30)]
    assert [stretch[:2] for stretch in found(BEATS, "runner", "push-gateway")] == [(0, 30)]


@pytest.mark.clause("V4")
def test_a_load_process_may_end_with_its_fault_but_not_pause() -> None:
    ended = [*BEATS, *(beat("load-f1", at) for at in range(2, 12))]
    paused = [*BEATS, *(beat("load-f1", at) for at in (2, 3, 9, 10))]
    assert found(ended, "runner", "fleet", "load-f1") == []
    assert [stretch[:2] for stretch in found(paused, "runner", "fleet", "load-f1")] == [(3, 9)]


@pytest.mark.clause("V5")
def test_a_jump_of_the_wall_clock_is_a_doubt_from_the_beat_before_it_to_the_end() -> None:
    jumped = [{**row, "value": -250} if row["at_us"] >= us(12) else row for row in BEATS]
    crept = [{**row, "value": row["at_us"] // us(1)} for row in BEATS]
    stepped = [{**row, "value": row["at_us"] * 45 // us(1)} for row in BEATS]
    assert found(jumped) == [
        (11, 30, "the wall clock jumped by -250 real ms, as fleet saw"),
        (11, 30, "the wall clock jumped by -250 real ms, as runner saw"),
    ]
    assert (clock_jumps_of(harness_health(jumped)), clock_jumps_of(harness_health(crept))) == (1, 0)
    assert found(crept) == []
    assert found(stepped)[0] == (2, 30, "the wall clock jumped by 135 real ms, as fleet saw")


@pytest.mark.clause("V6")
def test_trouble_is_a_doubt_from_then_on() -> None:
    trouble = op("runner", Kind.TROUBLE, 15, detail="toxiproxy stopped answering")
    assert found([*BEATS, trouble]) == [(15, 30, "runner: toxiproxy stopped answering")]


def test_health_says_how_late_the_fleet_was_in_real_time() -> None:
    harness = harness_health([*BEATS, *(poll(at, at + 0.1) for at in range(30))])
    seen = health(harness, MOMENTS, ("runner", "fleet"), speed=60, within_us=us(5))
    assert (seen.fleet_lag_ms_p99, seen.fleet_lag_allowance_ms, seen.operations) == (100, 500, 30)
    assert seen.recorders_alive
    assert not health(harness, MOMENTS, ("runner", "elsewhere"), speed=60, within_us=us(5)).recorders_alive
    assert harness.lag_p99_us == us(0.1)
    assert harness_health([]).lag_p99_us is None


def undriven(
    *minutes: float, devices: tuple[int, ...] = (1,), end: float = 30, rests: tuple[float, ...] = ()
) -> list[tuple[float, float, str]]:
    """What is doubted of devices that measure each 5 minutes; device 1 does so at these, device 2 all the time."""
    rows = [*(measured(at) for at in minutes), *(measured(at, patient=2) for at in range(0, 31, 5))]
    rows += [withheld(at) for at in rests]
    moments = Moments(0, us(10), us(20), us(end))
    seen = stretches(harness_health(rows), moments, (), devices, speed=60, within_us=us(5), reading_every_us=us(5))
    return [(stretch.from_us / 6e7, stretch.until_us / 6e7, stretch.why) for stretch in seen]


@pytest.mark.clause("V7")
def test_a_device_that_was_not_driven_is_a_doubt_while_it_made_no_reading() -> None:
    why = "the fleet did not drive device 1"
    assert undriven(1, 6, 11, 16, 21, 26) == []
    assert undriven(1, 6, 18.5, 21, 26) == []
    assert undriven(1, 6, 18.6, 26) == [(6, 18.6, why)]
    assert undriven(1, 6, 11, 16) == [(16, 30, why)]
    assert undriven(18, 23, 28) == [(5, 18, why)]
    assert undriven(devices=(1, 2)) == [(5, 30, why)]
    assert undriven(end=5) == []
    assert undriven(1, 6, 26, rests=(11, 16, 21)) == []
    assert undriven(1, 6, 26, rests=(11,)) == [(11, 26, why)]
