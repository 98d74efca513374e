"""What carries judged traffic proves all the time that it does; while it does not, nobody is blamed."""

from __future__ import annotations

import pytest

from deadair.history.rows import Kind
from deadair.judging.harness_health import HarnessHealth
from deadair.judging.validity import stretches
from deadair.model.environment import PROXIES
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
