"""Who takes part in a run: every device and phone, by number, with its cohort. Drawn once, then data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field

REST = "rest"
"""The cohort of whoever no scenario named."""

DEVICE_SIDE = frozenset({"uplink", "device"})
"""The places at which a cohort is one of devices."""

# Who reads a roster that may have been damaged validates it; who draws one, or takes part in the run, need not.
Ordinal = Annotated[int, Field(ge=0, lt=2**31)]
"""Who it is, as a column of a history can hold it."""
Fraction = Annotated[float, Field(ge=0, le=1)]
Microseconds = Annotated[int, Field(ge=0, lt=2**53)]
"""0: switched off."""


def push_token(phone: int) -> str:
    """Return the push token of a phone."""
    return f"phone-token-{phone}"


@dataclass(frozen=True, slots=True)
class Device:
    """A patient's sensor and uploader phone. ``phase`` is its share (0 to 1) of the reading period."""

    patient: Ordinal
    cohort: str
    account: str
    phase: Fraction


@dataclass(frozen=True, slots=True)
class Phone:
    """A follower's phone. ``phase`` is its share (0 to 1) of the poll period; ``no_data_after_us`` is T.

    ``realarm_every_us`` is R, if the follow says one; 0: it is not to be judged by any. A phone that follows several
    patients is several of these, of one account: ``handset`` is then the number of the first.
    """

    phone: Ordinal
    patient: Ordinal
    cohort: str
    account: str
    phase: Fraction
    no_data_after_us: Microseconds
    realarm_every_us: Microseconds | None = None
    handset: Ordinal | None = None
    device_cohort: str | None = None
    """Of its patient's device, where that is not the phone's own."""

    @property
    def token(self) -> str:
        """Return its push token, which all follows on one phone share."""
        return push_token(self.phone if self.handset is None else self.handset)

    def cohort_at(self, place: str) -> str:
        """Return the cohort whose share of a place matters to it: on its device's side the device's, else its own."""
        return self.device_cohort or self.cohort if place in DEVICE_SIDE else self.cohort

    def told_again_us(self, usual_us: int) -> int:
        """Return R: the follow's own, or the usual one if it says nothing; 0: it is not to be judged by any."""
        return usual_us if self.realarm_every_us is None else self.realarm_every_us


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody. ``cohorts`` are the names in use, in a fixed order."""

    devices: tuple[Device, ...]
    phones: tuple[Phone, ...]

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Return the cohorts that have members, in order of first appearance."""
        members: tuple[Device | Phone, ...] = (*self.devices, *self.phones)
        return tuple(dict.fromkeys(member.cohort for member in members))

    def uses(self, link: str) -> frozenset[str]:
        """Return the cohorts that have somebody at an outer link."""
        members: tuple[Device | Phone, ...] = self.devices if link in DEVICE_SIDE else self.phones
        return frozenset(member.cohort for member in members)

    def to_json(self) -> str:
        """Write the roster as JSON text."""
        return json.dumps({"devices": [asdict(d) for d in self.devices], "phones": [asdict(p) for p in self.phones]})

    @classmethod
    def from_json(cls, text: str) -> Roster:
        """Read what ``to_json`` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        data = json.loads(text)
        return cls(tuple(Device(**d) for d in data["devices"]), tuple(Phone(**p) for p in data["phones"]))
