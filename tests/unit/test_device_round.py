"""One round of a device that does more than to measure and hand in."""

from __future__ import annotations

import random
from collections.abc import Sequence

from deadair.fleet.devices.device import SENSOR_CODES, DeviceState, corrected, fresh_device
from deadair.fleet.devices.device_life import PLAIN, DeviceLife, Span
from deadair.fleet.devices.device_round import DeviceRound, device_round
from deadair.model.reading import Reading

AN_HOUR = Span(0, 60)
EVERY_S = 300


def rounds(life: DeviceLife, number: int, *, by_s: float = 0, seed: int = 1) -> list[DeviceRound]:
    """Return rounds from minute 0 on, one a minute of its life, each five minutes of its clock apart."""
    generator, chance = random.Random(1), random.Random(seed)
    device = fresh_device(generator)
    found = []
    for place in range(number):
        wall_s = 1_000_000.0 + place * EVERY_S
        done = device_round(
            device,
            life,
            since_us=place,
            wall_s=wall_s,
            ripe_s=wall_s - by_s,
            generator=generator,
            chance=chance,
            queue_readings_max=288,
        )
        device = done.device
        found.append(done)
    return found


def handed_in(device: DeviceState) -> Sequence[int]:
    return [(reading.measured_s - 1_000_000) // EVERY_S for reading in device.pending]


def test_a_plain_device_measures_and_has_it_to_hand_in() -> None:
    last = rounds(PLAIN, 4)[-1]
    assert (handed_in(last.device), last.withheld) == ([0, 1, 2, 3], None)
    assert last.made == last.device.pending[-1:]


def test_in_a_gap_nothing_is_measured_and_glucose_stands_still() -> None:
    plain = rounds(PLAIN, 3)
    gap = rounds(DeviceLife(gaps=(Span(2, 4),)), 5)
    assert [len(one.made) for one in gap] == [1, 1, 0, 0, 1]
    assert [one.withheld for one in gap] == [None, None, "gap", "gap", None]
    assert gap[-1].made[0].value_mg_dl == plain[-1].made[0].value_mg_dl


def test_a_code_takes_the_place_of_the_reading_and_glucose_goes_on() -> None:
    plain, codes = rounds(PLAIN, 5), rounds(DeviceLife(codes=(Span(2, 4),)), 5)
    assert [one.made[0].value_mg_dl in SENSOR_CODES for one in codes] == [False, False, True, True, False]
    assert codes[3].device.pending[2:] == tuple(one.made[0] for one in codes[2:4])
    assert codes[4].made == plain[4].made


def test_what_is_late_is_handed_in_when_it_is_old_enough_and_all_of_it_at_the_end() -> None:
    late = rounds(DeviceLife(late=(Span(1, 5),)), 6, by_s=2 * EVERY_S)
    assert [handed_in(one.device) for one in late[:5]] == [[0], [0], [0], [0, 1], [0, 1, 2]]
    assert [len(one.made) for one in late] == [1] * 6
    assert handed_in(rounds(DeviceLife(late=(Span(1, 5),)), 6)[5].device) == [0, 1, 2, 3, 4, 5]


def test_a_correction_is_another_value_of_a_moment_before_and_replaces_what_still_waits() -> None:
    again = 0
    for done in rounds(DeviceLife(corrects=True), 60):
        newest, *corrections = done.made
        moments = handed_in(done.device)
        assert moments == list(range(len(moments)))
        again += len(corrections)
        for one in corrections:
            assert one.measured_s < newest.measured_s
            assert one in done.device.pending
    assert again > 5


def test_a_correction_leaves_a_low_low_and_any_other_no_low() -> None:
    for value in (40, 55, 56, 60, 400):
        device = DeviceState(100, recent=(Reading(10, value), Reading(20, 100)))
        found = {corrected(device, generator=random.Random(seed)) for seed in range(300)}
        values = {one.value_mg_dl for one in found if one is not None}
        assert value not in values
        assert {other <= 55 for other in values} == {value <= 55}
        assert min(values) >= 40
        assert max(values) <= 400


def test_what_is_kept_back_is_not_corrected() -> None:
    life = DeviceLife(late=(Span(0, 12),), corrects=True)
    assert all(len(one.made) == 1 for one in rounds(life, 12, by_s=20 * EVERY_S))
