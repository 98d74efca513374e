"""Draws who takes part: cohorts, accounts and phases, from a seed. Knows no scenario file."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple, Protocol

from deadair.model.duration import in_us
from deadair.model.errors import ScenarioError
from deadair.model.mixture import Mixture, apportioned, share_of_all
from deadair.model.roster import REST, Device, Phone, Roster


class FleetShape(Protocol):
    """What the draw needs to know of a scenario's fleet."""

    @property
    def devices(self) -> int:
        """How many devices, one patient each."""
        ...

    @property
    def followers_per_device(self) -> Mixture[int]:
        """How many phones follow each patient."""
        ...

    @property
    def no_data_after(self) -> Mixture[timedelta]:
        """T: the follow's own no-data delay; zero: off."""
        ...

    @property
    def realarm_every(self) -> Mixture[timedelta] | None:
        """R: how often the follow wants to be told again; zero: it says none. None: no follow says any."""
        ...

    @property
    def second_patients(self) -> float | None:
        """The share (0 to 1) of the phones that follow another patient as well."""
        ...

    @property
    def second_phones(self) -> Mapping[str, float]:
        """Shares of the phones that have a second one beside them, by the cohort that these are in."""
        ...

    @property
    def cohorts(self) -> Mapping[str, float]:
        """Shares (0 to 1) of the devices, by name."""
        ...


def draw(fleet: FleetShape, *, seed: int) -> Roster:
    """Return everybody, the same for the same seed. Raises ScenarioError for impossible shares.

    A device's followers share its cohort. Whoever no cohort takes is in the cohort ``rest``.
    """
    generator = _generator("roster", seed)
    members = members_of(fleet)
    empty = [name for name in fleet.cohorts if members[name] == 0]
    if empty:
        raise ScenarioError(f"the cohort {empty[0]} has no device of {fleet.devices}; give it a larger share")
    cohort_of = _cohorts(fleet, members, generator)
    devices = tuple(
        Device(patient, cohort_of[patient], f"device-{patient}", generator.random()) for patient in range(fleet.devices)
    )
    follows = list(_follows(fleet, cohort_of, seed))
    delays = fleet.no_data_after.dealt(len(follows), _generator("no data after", seed))
    realarms = _realarms(fleet, len(follows), seed)
    phones = tuple(
        Phone(
            number,
            one.patient,
            one.cohort,
            f"phone-{one.account}",
            generator.random(),
            in_us(delay),
            realarm_us,
            one.handset,
            None if one.cohort == cohort_of[one.patient] else cohort_of[one.patient],
        )
        for number, (one, delay, realarm_us) in enumerate(zip(follows, delays, realarms, strict=True))
    )
    return Roster(devices, phones)


class Drawn(NamedTuple):
    """One follow: who follows whom, on which phone if that is another follow's."""

    patient: int
    cohort: str
    account: int
    handset: int | None = None


def _follows(fleet: FleetShape, cohort_of: Mapping[int, str], seed: int) -> Iterator[Drawn]:
    """Yield each family's phones, then the second patients that some of them follow, then the second phones."""
    followed = [patient for patient, each in enumerate(_followers(fleet, seed)) for _ in range(each)]
    for phone, patient in enumerate(followed):
        yield Drawn(patient, cohort_of[patient], phone)
    generator = _generator("second patients", seed)
    for phone in sorted(generator.sample(range(len(followed)), share_of_all(fleet.second_patients, len(followed)))):
        another = generator.randrange(fleet.devices - 1)
        patient = another + (another >= followed[phone])
        yield Drawn(patient, cohort_of[followed[phone]], phone, handset=phone)
    for name, share in fleet.second_phones.items():
        beside = _generator(f"second phones {name}", seed)
        for phone in sorted(beside.sample(range(len(followed)), share_of_all(share, len(followed)))):
            yield Drawn(followed[phone], name, phone)


def phones_by_cohort(fleet: FleetShape, *, seed: int) -> dict[str, int]:
    """Return how many phones ``draw`` gives each cohort. Raises ScenarioError for shares of more than all."""
    members = members_of(fleet)
    cohort_of = _cohorts(fleet, members, _generator("roster", seed))
    phones = dict.fromkeys(members, 0)
    for one in _follows(fleet, cohort_of, seed):
        phones[one.cohort] = phones.get(one.cohort, 0) + 1
    return phones


def _realarms(fleet: FleetShape, phones: int, seed: int) -> list[int | None]:
    if fleet.realarm_every is None:
        return [None] * phones
    return [in_us(every) for every in fleet.realarm_every.dealt(phones, _generator("realarm every", seed))]


def _generator(what: str, seed: int) -> random.Random:
    """Return a generator of its own for each thing that is drawn, so that none changes what another comes to."""
    return random.Random(f"{what} {seed}")  # noqa: S311 - a plan that must be drawn again, not a secret


def _cohorts(fleet: FleetShape, members: Mapping[str, int], generator: random.Random) -> dict[int, str]:
    order = list(range(fleet.devices))
    generator.shuffle(order)
    return dict(zip(order, (name for name, count in members.items() for _ in range(count)), strict=True))


def _followers(fleet: FleetShape, seed: int) -> list[int]:
    return fleet.followers_per_device.dealt(fleet.devices, _generator("followers", seed))


def load_accounts(fault_id: str, count: int) -> tuple[str, ...]:
    """Return the names of the accounts that a load fault sends from; they follow nobody."""
    return tuple(f"load-{fault_id}-{number}" for number in range(count))


def members_of(fleet: FleetShape) -> dict[str, int]:
    """Return how many devices each cohort gets, by largest remainder: always exactly all of them.

    Raises ScenarioError if the shares are more than all.
    """
    shares = {name: Fraction(share).limit_denominator(1_000_000) for name, share in fleet.cohorts.items()}
    left = 1 - sum(shares.values(), Fraction(0))
    if left < 0:
        taken = float(1 - left) * 100
        raise ScenarioError(f"the cohorts together take {taken:g}% of the devices: 100% is all there is")
    shares[REST] = shares.get(REST, Fraction(0)) + left
    return apportioned(shares, fleet.devices)
