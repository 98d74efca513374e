"""Overload and backlog are proved by what was really offered, not by what was asked for."""

from __future__ import annotations

from deadair.faults.backlog import Backlog
from deadair.faults.fault import Setting, Sighting, When
from deadair.faults.overload import Overload
from deadair.model.place import Place
from tests.unit.looks import seen

SETTING = Setting((), frozenset(), 2.0, 600.0)


def flood(when: When, at_s: float, offered: int, *, done: bool = False) -> Sighting:
    return seen(when, at_s, "gateway", offered=offered, done=done, wanted_per_s=20.0, ramp_s=60.0)


def heap(when: When, offered: int, *, done: bool = False) -> Sighting:
    return seen(when, 0, "uplink", offered=offered, done=done)


def test_an_overload_asks_for_its_multiple_of_what_the_fleet_sends() -> None:
    (broken,) = Overload(times=10).breaks(Place("gateway"), SETTING)
    assert (broken.injector, broken.action, broken.subject) == ("load", "overload", "gateway")
    assert dict(broken.knobs) == {"wanted_per_s": 20.0, "lasts_s": 600.0}


def test_an_overload_at_four_fifths_of_its_rate_is_proved() -> None:
    proof = Overload(times=10).prove(
        [
            flood("during", 0, 0),
            flood("during", 60, 600),
            flood("during", 1060, 16_600),
            flood("after", 1061, 16_600, done=True),
        ]
    )
    assert (proof.proved, proof.gone) == (True, True)


def test_a_weaker_overload_is_not_proved() -> None:
    proof = Overload(times=10).prove([flood("during", 0, 0), flood("during", 60, 600), flood("during", 1060, 16_500)])
    assert not proof.proved
    assert "15.9 requests a second were offered of 20.0" in proof.why


def test_what_was_offered_while_it_came_up_to_speed_proves_nothing() -> None:
    """In 100 s, 60 of which are ramp, half of the wanted rate would look like more than all of it."""
    looks = [flood("during", at, at * 10) for at in (0, 30, 60, 100)]
    assert not Overload(times=10).prove(looks).proved
    steep = [flood("during", 0, 0), flood("during", 59, 1_200), flood("during", 61, 1_200), flood("during", 100, 1_300)]
    assert not Overload(times=10).prove(steep).proved


def test_an_overload_not_looked_at_twice_after_its_ramp_is_not_proved() -> None:
    for looks in ([(0, 0), (60, 99_999)], [(0, 0), (59, 0), (1060, 99_999)]):
        assert not Overload(times=10).prove([flood("during", at, offered) for at, offered in looks]).proved


def test_an_overload_nobody_looked_at_is_not_proved() -> None:
    assert not Overload(times=10).prove([flood("during", 0, 0)]).proved
    assert not Overload(times=10).prove([]).proved


def test_an_overload_that_goes_on_is_not_gone() -> None:
    assert not Overload(times=10).prove([flood("during", 0, 0), flood("after", 9, 9)]).gone


def test_a_backlog_asks_for_its_readings_from_enough_accounts() -> None:
    fault = Backlog(readings=60_000)
    (broken,) = fault.breaks(Place("uplink"), SETTING)
    assert dict(broken.knobs) == {"readings": 60_000, "lasts_s": 600.0}
    assert fault.accounts_needed * 288 >= 60_000 > (fault.accounts_needed - 1) * 288


def test_a_backlog_offered_in_full_is_proved() -> None:
    proof = Backlog(readings=100).prove([heap("during", 60), heap("during", 99), heap("after", 100, done=True)])
    assert (proof.proved, proof.gone) == (True, True)


def test_a_backlog_of_which_too_much_came_too_late_is_not_proved() -> None:
    proof = Backlog(readings=100).prove([heap("during", 94), heap("after", 94), heap("after", 100, done=True)])
    assert (proof.proved, proof.gone) == (False, True)
    assert "94 of 100" in proof.why
    assert Backlog(readings=100).prove([heap("during", 95), heap("after", 95, done=True)]).proved


def test_a_backlog_nobody_looked_at_is_not_proved() -> None:
    assert not Backlog(readings=100).prove([heap("after", 100, done=True)]).proved
    assert not Backlog(readings=100).prove([]).gone
