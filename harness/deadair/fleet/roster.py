"""Draws who takes part: cohorts, accounts and phases, from a seed. Knows no scenario file."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Protocol

from deadair.model.duration import in_us
from deadair.model.errors import ScenarioError
from deadair.model.roster import REST, Device, Phone, Roster


class FleetShape(Protocol):
    """What the draw needs to know of a scenario's fleet."""

    @property
    def devices(self) -> int:
        """How many devices, one patient each."""
        ...

    @property
    def followers_per_device(self) -> int:
        """How many phones follow each patient."""
        ...

    @property
    def no_data_after(self) -> timedelta:
        """T: the follow's own no-data delay."""
        ...

    @property
    def cohorts(self) -> Mapping[str, float]:
        """Shares (0 to 1) of the devices, by name."""
        ...


def draw(fleet: FleetShape, *, seed: int) -> Roster:
    """Return everybody, the same for the same seed. Raises ScenarioError for impossible shares.

    A device's followers share its cohort. Whoever no cohort takes is in the cohort ``rest``.
    """
    generator = random.Random(f"roster {seed}")  # noqa: S311 - a plan that must be drawn again, not a secret
    members = members_of(fleet)
    empty = [name for name in fleet.cohorts if members[name] == 0]
    if empty:
        raise ScenarioError(f"the cohort {empty[0]} has no device of {fleet.devices}; give it a larger share")
    order = list(range(fleet.devices))
    generator.shuffle(order)
    names = [name for name, count in members.items() for _ in range(count)]
    cohort_of = dict(zip(order, names, strict=True))
    devices = tuple(
        Device(patient, cohort_of[patient], f"device-{patient}", generator.random()) for patient in range(fleet.devices)
    )
    per_device = fleet.followers_per_device
    no_data_after_us = in_us(fleet.no_data_after)
    phones = tuple(
        Phone(
            phone,
            phone // per_device,
            cohort_of[phone // per_device],
            f"phone-{phone}",
            generator.random(),
            no_data_after_us,
        )
        for phone in range(fleet.devices * per_device)
    )
    return Roster(devices, phones)


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
    quotas = {name: share * fleet.devices for name, share in shares.items()}
    members = {name: int(quota) for name, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda name: members[name] - quotas[name])
    for name in by_remainder[: fleet.devices - sum(members.values())]:
        members[name] += 1
    return members
