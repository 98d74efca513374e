"""The draw: shares exact, everybody once, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from deadair.fleet.roster import draw, load_accounts, phones_by_cohort
from deadair.model.errors import ScenarioError
from deadair.model.mixture import Mixture
from deadair.model.roster import REST, Roster

TWO = Mixture.of_all(2)
TWENTY_MINUTES = Mixture.of_all(timedelta(minutes=20))


@dataclass(frozen=True)
class Shape:
    devices: int = 200
    followers_per_device: Mixture[int] = TWO
    no_data_after: Mixture[timedelta] = TWENTY_MINUTES
    realarm_every: Mixture[timedelta] | None = None
    second_patients: float | None = None
    second_phones: dict[str, float] = field(default_factory=dict)
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


SEVEN = Shape(
    devices=10,
    followers_per_device=Mixture(((0, 0.1), (1, 0.5), (2, 0.3), (7, 0.1))),
    no_data_after=Mixture(((timedelta(minutes=6), 0.7), (timedelta(minutes=20), 0.2), (timedelta(), 0.1))),
    cohorts={"south": 0.5},
)


BESIDE = replace(SEVEN, second_patients=0.25, second_phones={"tablets": 0.5})


def test_families_are_of_the_sizes_that_were_asked_for_and_each_phone_has_a_delay_of_its_own() -> None:
    roster = draw(SEVEN, seed=42)
    sizes = Counter(phone.patient for phone in roster.phones)
    assert Counter(sizes[patient] for patient in range(10)) == {0: 1, 1: 5, 2: 3, 7: 1}
    assert Counter(phone.no_data_after_us // 60_000_000 for phone in roster.phones) == {6: 13, 20: 3, 0: 2}
    assert [phone.phone for phone in roster.phones] == list(range(18))
    assert all(phone.cohort == roster.devices[phone.patient].cohort for phone in roster.phones)
    assert draw(SEVEN, seed=42) == roster
    assert [phone.patient for phone in draw(SEVEN, seed=43).phones] != [phone.patient for phone in roster.phones]


def test_a_mixture_changes_nothing_of_who_is_where_and_when() -> None:
    plain, mixed = draw(replace(SEVEN, followers_per_device=Mixture.of_all(1)), seed=42), draw(SEVEN, seed=42)
    assert plain.devices == mixed.devices


@given(seed=st.integers(), devices=st.integers(10, 60))
def test_phones_are_counted_as_they_are_drawn(seed: int, devices: int) -> None:
    shape = replace(BESIDE, devices=devices)
    drawn = Counter(phone.cohort for phone in draw(shape, seed=seed).phones)
    assert {cohort: count for cohort, count in phones_by_cohort(shape, seed=seed).items() if count} == drawn


def test_a_phone_of_two_patients_is_two_follows_of_one_account_and_one_token() -> None:
    plain, roster = draw(SEVEN, seed=42), draw(BESIDE, seed=42)
    first = len(plain.phones)
    assert [(one.patient, one.cohort, one.account) for one in roster.phones[:first]] == [
        (one.patient, one.cohort, one.account) for one in plain.phones
    ]
    second = [one for one in roster.phones if one.handset is not None]
    assert len(second) == round(0.25 * first)
    for one in second:
        assert one.handset is not None
        its = roster.phones[one.handset]
        assert (one.account, one.token, one.cohort) == (its.account, its.token, its.cohort)
        assert one.patient != its.patient
        device = roster.devices[one.patient].cohort
        assert (one.cohort_at("uplink"), one.cohort_at("downlink")) == (device, its.cohort)


def test_a_second_phone_is_of_the_same_account_and_patient_and_has_a_token_and_a_way_of_its_own() -> None:
    roster = draw(BESIDE, seed=42)
    tablets = [one for one in roster.phones if one.cohort == "tablets"]
    assert len(tablets) == 9
    assert len({one.account for one in tablets}) == 9
    for one in tablets:
        (its,) = [each for each in roster.phones if each.account == one.account and each.patient == one.patient][:-1]
        assert (its.handset, one.handset) == (None, None)
        assert its.token != one.token
        assert (one.cohort_at("uplink"), one.cohort_at("last_mile")) == (its.cohort, "tablets")
    assert roster.uses("uplink") == {"south", REST}
    assert roster.uses("downlink") == {"south", REST, "tablets"}


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
