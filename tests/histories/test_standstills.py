"""What carries judged traffic proves all the time that it does; while it does not, nobody is blamed."""

from __future__ import annotations

import pytest

from deadair.history.rows import Kind
from deadair.judging.harness_health import HarnessHealth
from deadair.judging.validity import stretches
from deadair.model.environment import PROXIES, standstill_real_s
from deadair.rules.evidence import Moments
from tests.histories.ops import Row, beat, history, op, us

MOMENTS = Moments(0, us(10), us(20), us(30))
RECORDERS = ("runner", "fleet", PROXIES)
BEATS = [beat(who, at / 3) for who in RECORDERS for at in range(91)]
ECHOES = [op(PROXIES, Kind.ECHO, at / 4, sent_us=us(at / 4)) for at in range(121)]


def found(
    rows: list[Row], *, recorders: tuple[str, ...] = RECORDERS, after: float = 0
) -> list[tuple[float, float, str]]:
    seen = stretches(
        HarnessHealth(history(rows)),
        MOMENTS,
        recorders,
        speed=60,
        within_us=us(5),
        reading_every_us=us(5),
        aftermath_us=us(after),
        beat_of=lambda who: 1 / 3,
    )
    return [(round(s.from_us / 6e7, 2), round(s.until_us / 6e7, 2), s.why) for s in seen]


def without(rows: list[Row], from_m: float, until_m: float, who: str = PROXIES) -> list[Row]:
    return [row for row in rows if row["who"] != who or not us(from_m) < row["at_us"] < us(until_m)]


@pytest.mark.clause("V17")
def test_a_node_that_others_kept_from_running_is_a_doubt_and_what_comes_after() -> None:
    row = op("runner", Kind.STARVED, 13, sent_us=us(12), place="gateway", value=800)
    why = "the node gateway waited 0.8 real s for a processor that others had"
    assert found([*BEATS, *ECHOES, row], after=6) == [(12, 19, why)]


@pytest.mark.clause("V17")
def test_what_others_had_of_a_processor_is_one_doubt_whoever_waited_for_it() -> None:
    def took(from_m: float, who: str, lost_ms: int, whose: str) -> Row:
        return op("runner", Kind.STARVED, from_m + 2, sent_us=us(from_m), place=who, value=lost_ms, detail=whose)

    rows = [took(12, "gateway", 1000, "target"), took(14, "store", 600, "target"), took(14, "fleet", 400, "harness")]
    assert found([*BEATS, *ECHOES, *rows], after=6) == [
        (12, 22, "others had 40 % of the target's processor, and gateway waited for it"),
        (14, 22, "others had 20 % of the harness's processor, and fleet waited for it"),
    ]


@pytest.mark.clause("V15")
def test_an_echo_four_times_a_second_is_no_doubt() -> None:
    assert found(BEATS + ECHOES) == []


@pytest.mark.clause("V15")
def test_proxies_that_passed_nothing_on_for_over_a_second_are_a_doubt_and_what_comes_after() -> None:
    assert found([*BEATS, *without(ECHOES, 12, 13)]) == []
    why = "the proxies passed nothing on for 9.0 real s; 1 s is allowed"
    assert found([*BEATS, *without(ECHOES, 12, 21)]) == [(12, 21, why)]
    assert found([*BEATS, *without(ECHOES, 12, 21)], after=6) == [(12, 27, why)]


@pytest.mark.clause("V15")
def test_proxies_that_never_passed_anything_on_are_a_doubt_all_of_the_run() -> None:
    assert found(BEATS) == [(0, 30, "the proxies passed nothing on for 30.0 real s; 1 s is allowed")]


@pytest.mark.clause("V15")
def test_an_echo_that_stood_still_itself_is_not_blamed_on_the_proxies() -> None:
    assert found(without(BEATS + ECHOES, 12, 21)) == [
        (12, 21, "the echo itself stood still for 9.0 real s; 1 s is allowed"),
        (12, 21, "the recorder proxies wrote no heartbeat for 9.0 real s"),
    ]


@pytest.mark.clause("V3")
@pytest.mark.parametrize(("who", "until"), [("runner", 21), ("fleet", 27)])
def test_what_carries_traffic_leaves_a_doubt_behind_it_and_what_does_not_none(who: str, until: float) -> None:
    gap = [stretch[:2] for stretch in found(without(BEATS + ECHOES, 12, 21, who), after=6)]
    assert gap == [(12, until)]


@pytest.mark.clause("V16")
def test_a_proxy_that_held_something_back_is_a_doubt_by_name() -> None:
    held = [op(PROXIES, Kind.HELD, at, place="uplink[south]", intended_us=us(12)) for at in (13.5, 14, 14.5)]
    why = "the proxy of uplink[south] held back what it took in for 2.5 real s"
    assert found([*BEATS, *ECHOES, *held]) == [(12, 14.5, why)]
    assert found([*BEATS, *ECHOES, *held], after=6) == [(12, 20.5, why)]


def test_a_run_without_proxies_needs_no_echo() -> None:
    beats = [row for row in BEATS if row["who"] != PROXIES]
    assert found(beats, recorders=("runner", "fleet")) == []


# --- at speed 1, where a second is nothing of L ---------------------------------------------------------------------

SECOND = 1 / 60
SLOW_BEATS = [beat(who, at * SECOND) for who in RECORDERS for at in range(241)]
SLOW_ECHOES = [op(PROXIES, Kind.ECHO, at * SECOND, sent_us=us(at * SECOND)) for at in range(241)]


def found_at_speed_1(rows: list[Row]) -> list[tuple[float, float, str]]:
    seen = stretches(
        HarnessHealth(history(rows)),
        Moments(0, us(1), us(2), us(4)),
        RECORDERS,
        speed=1,
        within_us=us(5),
        reading_every_us=us(5),
        beat_of=lambda who: standstill_real_s(300, 1) / 3,
    )
    return [(round(s.from_us / 1e6), round(s.until_us / 1e6), s.why) for s in seen]


def paused(who: str, from_s: float, until_s: float) -> list[Row]:
    return without([*SLOW_BEATS, *SLOW_ECHOES], from_s * SECOND, until_s * SECOND, who)


@pytest.mark.clause("V18", "V3", "V15")
def test_at_speed_1_a_part_may_stand_still_for_a_sixtieth_of_the_limit() -> None:
    assert [standstill_real_s(300, speed) for speed in (60, 5, 2, 1)] == [1, 1, 2.5, 5]
    assert found_at_speed_1(paused("fleet", 100, 105)) == found_at_speed_1(paused(PROXIES, 100, 105)) == []
    assert found_at_speed_1(paused("fleet", 100, 106)) == [
        (100, 106, "the recorder fleet wrote no heartbeat for 6.0 real s")
    ]
    assert (100, 106, "the echo itself stood still for 6.0 real s; 5 s is allowed") in found_at_speed_1(
        paused(PROXIES, 100, 106)
    )


@pytest.mark.clause("V18", "V16", "V17")
def test_at_speed_1_what_is_held_back_or_kept_from_its_processor_is_a_doubt_after_longer_too() -> None:
    def held(until_s: int) -> list[Row]:
        looks = range(102, until_s + 1)
        return [
            op(PROXIES, Kind.HELD, at * SECOND, place="uplink[south]", intended_us=us(100 * SECOND)) for at in looks
        ]

    def waited(until_s: int) -> list[Row]:
        looks = range(100, until_s, 2)
        about = {"place": "crib", "value": 1800}
        return [op("runner", Kind.STARVED, (at + 2) * SECOND, sent_us=us(at * SECOND), **about) for at in looks]

    well = [*SLOW_BEATS, *SLOW_ECHOES]
    assert found_at_speed_1([*well, *held(105)]) == found_at_speed_1([*well, *waited(104)]) == []
    why = "the proxy of uplink[south] held back what it took in for 6.0 real s"
    assert found_at_speed_1([*well, *held(106)]) == [(100, 106, why)]
    why = "the node crib waited 5.4 real s for a processor that others had"
    assert found_at_speed_1([*well, *waited(106)]) == [(100, 106, why)]
