"""What some devices do by themselves: which do, and when."""

from __future__ import annotations

import pytest

from deadair.fleet.devices.device_life import HABITS, MINUTE_US, PLAIN, DeviceLife, Habit, Span, device_lives

FROM_US, UNTIL_US = 20 * MINUTE_US, 300 * MINUTE_US


def lives(*, devices: int = 20, seed: int = 3, shares: dict[Habit, float] | None = None) -> tuple[DeviceLife, ...]:
    return device_lives(devices, shares or {}, seed=seed, from_us=FROM_US, until_us=UNTIL_US)


def test_a_fleet_that_nothing_is_said_of_lives_plainly() -> None:
    assert set(lives()) == {PLAIN}
    assert all(PLAIN.withholds(at * MINUTE_US) is None for at in range(300))


@pytest.mark.parametrize("habit", HABITS)
def test_a_share_of_the_devices_has_a_habit_and_one_at_least(habit: Habit) -> None:
    for share, members in ((0.25, 5), (1.0, 20), (0.001, 1)):
        assert sum(life != PLAIN for life in lives(shares={habit: share})) == members


def test_the_same_seed_draws_the_same_and_one_habit_more_leaves_the_others_as_they_were() -> None:
    assert lives(shares={"gaps": 0.5, "late_uploads": 0.5}) == lives(shares={"gaps": 0.5, "late_uploads": 0.5})
    assert lives(shares={"gaps": 0.5}) != lives(shares={"gaps": 0.5}, seed=4)
    alone, both = lives(shares={"gaps": 0.5}), lives(shares={"gaps": 0.5, "sensor_codes": 1.0})
    assert [life.gaps for life in alone] == [life.gaps for life in both]


def test_every_time_lies_within_its_bounds() -> None:
    for life in lives(devices=200, shares=dict.fromkeys(HABITS, 1.0)):
        for spans in (life.gaps, life.codes, life.late):
            assert spans[0].from_us < FROM_US + 10 * MINUTE_US
            assert all(FROM_US <= span.from_us < span.until_us <= UNTIL_US for span in spans)
        assert all(12 <= span.by_us / MINUTE_US <= 45 for span in life.late)
        (warm_up,) = life.warm_ups
        assert (warm_up.until_us - warm_up.from_us) / MINUTE_US in (30, 60)
        assert (life.corrects, life.uploaders) == (True, 2)


def test_a_new_sensor_and_a_gap_come_before_a_code_and_that_before_a_late_reading() -> None:
    life = DeviceLife(gaps=(Span(2, 5),), warm_ups=(Span(1, 3),), codes=(Span(4, 7),), late=(Span(6, 9, by_us=30),))
    assert [life.withholds(at) for at in range(10)] == [
        *(None, "warm_up", "warm_up", "gap", "gap", "code", "code", "late", "late", None)
    ]
    assert [life.late_by_us(at) for at in (5, 6, 8, 9)] == [0, 30, 30, 0]
