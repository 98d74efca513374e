"""The draw: shares exact, everybody once, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from deadair.fleet.roster import draw, load_accounts
from deadair.model.errors import ScenarioError
from deadair.model.roster import REST, Roster


@dataclass(frozen=True)
class Shape:
    devices: int = 200
    followers_per_device: int = 2
    no_data_after: timedelta = timedelta(minutes=20)
    cohorts: dict[str, float] = field(default_factory=dict)


THANKSGIVING = Shape(cohorts={"south": 0.25, "east": 0.25, "west": 0.25, "control": 0.1})


def test_shares_are_exact() -> None:
    roster = draw(THANKSGIVING, seed=42)
    assert Counter(device.cohort for device in roster.devices) == {
        "south": 50,
        "east": 50,
        "west": 50,
        "control": 20,
        REST: 30,
    }


def test_a_phone_follows_a_patient_of_its_own_cohort() -> None:
    roster = draw(THANKSGIVING, seed=42)
    assert Counter(phone.patient for phone in roster.phones) == dict.fromkeys(range(200), 2)
    assert all(phone.cohort == roster.devices[phone.patient].cohort for phone in roster.phones)
    assert {phone.no_data_after_us for phone in roster.phones} == {1_200_000_000}


def test_numbers_and_accounts_are_unique() -> None:
    roster = draw(THANKSGIVING, seed=1)
    assert [device.account for device in roster.devices] == [f"device-{number}" for number in range(200)]
    assert [phone.account for phone in roster.phones] == [f"phone-{number}" for number in range(400)]


def test_the_seed_decides() -> None:
    assert draw(THANKSGIVING, seed=42) == draw(THANKSGIVING, seed=42)
    assert draw(THANKSGIVING, seed=42) != draw(THANKSGIVING, seed=43)


def test_phases_are_spread_evenly() -> None:
    phases = [phone.phase for phone in draw(THANKSGIVING, seed=42).phones]
    tenths = Counter(int(phase * 10) for phase in phases)
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 2 * 40


def test_a_roster_survives_its_file() -> None:
    roster = draw(THANKSGIVING, seed=42)
    assert Roster.from_json(roster.to_json()) == roster


def test_largest_remainder_gives_the_odd_device_to_the_largest_remainder() -> None:
    roster = draw(Shape(devices=10, cohorts={"south": 0.26, "east": 0.37}), seed=0)
    assert Counter(device.cohort for device in roster.devices) == {"south": 2, "east": 4, REST: 4}


@given(
    devices=st.integers(10, 500),
    percents=st.lists(st.integers(10, 40), max_size=3).filter(lambda shares: sum(shares) <= 100),
    seed=st.integers(),
)
def test_no_share_is_off_by_a_whole_device(devices: int, percents: list[int], seed: int) -> None:
    cohorts = {f"cohort-{number}": percent / 100 for number, percent in enumerate(percents)}
    counted = Counter(device.cohort for device in draw(Shape(devices=devices, cohorts=cohorts), seed=seed).devices)
    assert sum(counted.values()) == devices
    for name, share in cohorts.items():
        assert abs(counted[name] - share * devices) < 1


def test_more_than_everybody_is_refused() -> None:
    with pytest.raises(ScenarioError, match="take 120% of the devices"):
        draw(Shape(cohorts={"south": 0.6, "east": 0.6}), seed=0)


def test_an_empty_cohort_is_refused() -> None:
    with pytest.raises(ScenarioError, match="the cohort south has no device of 3"):
        draw(Shape(devices=3, cohorts={"south": 0.1}), seed=0)


def test_load_accounts_name_their_fault() -> None:
    assert load_accounts("f2", 3) == ("load-f2-0", "load-f2-1", "load-f2-2")


def test_a_phone_whose_no_data_delay_is_switched_off_is_no_damage() -> None:
    drawn = draw(Shape(devices=2, cohorts={}), seed=0)
    off = Roster(drawn.devices, tuple(replace(phone, no_data_after_us=0) for phone in drawn.phones))
    assert TypeAdapter(Roster).validate_json(off.to_json()) == off
