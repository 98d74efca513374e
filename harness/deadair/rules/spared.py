"""When a phone is blind by what its device does, and no service could help it: the device had no reading for it.

The device's own rows say so. Knows no rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from deadair.history.reader import each
from deadair.history.rows import Kind
from deadair.model.roster import Phone
from deadair.rules.blindness import NEVER_US, Blind, apart
from deadair.rules.evidence import IS_GLUCOSE, Evidence

Spared = Sequence[tuple[int, int]]
"""Stretches, both ends included, in order and apart."""


class DeviceRest(NamedTuple):
    """A time in which a device withheld every reading, or made none."""

    newest_us: int
    """When its newest reading before it was measured."""
    again_us: int
    """When it had the next one that it did not withhold."""


def device_rests(evidence: Evidence) -> Mapping[int, list[DeviceRest]]:
    """Return the rests of each device that had one, by its patient."""
    withheld = set(each(evidence.history.of(Kind.WITHHELD, columns=["patient", "at_us"])[["patient", "at_us"]]))
    if not withheld:
        return {}
    resting = sorted({patient for patient, _ in withheld})
    made = evidence.history.of(Kind.MEASURED, columns=["patient", "at_us", "measured_us", "value"])
    made = made.filter(IS_GLUCOSE & pl.col("patient").is_in(resting))
    steps: list[tuple[int, int, int | None]] = [(at_us, patient, None) for patient, at_us in withheld]
    for patient, at_us, measured_us in each(made[["patient", "at_us", "measured_us"]]):
        if (patient, at_us) not in withheld:
            steps.append((at_us, patient, measured_us))
    newest: dict[int, int] = {}
    found: dict[int, list[DeviceRest]] = defaultdict(list)
    for at_us, patient, measured_us in sorted(steps, key=lambda step: step[0]):
        own = found[patient]
        goes_on = bool(own) and own[-1].again_us == NEVER_US
        if measured_us is None and not goes_on:
            own.append(DeviceRest(newest.get(patient, -NEVER_US), NEVER_US))
        elif measured_us is not None:
            newest[patient] = max(measured_us, newest.get(patient, measured_us))
            if goes_on:
                own[-1] = own[-1]._replace(again_us=at_us)
    return found


def spared(phone: Phone, rests: Sequence[DeviceRest], limit_us: int) -> Spared:
    """Return when a phone has an excuse to be blind. ``limit_us``: how soon it must show what was acknowledged."""
    return apart((rest.newest_us + phone.no_data_after_us, rest.again_us + limit_us) for rest in rests)


def outside(stretch: Blind, within: Spared, from_us: int, until_us: int) -> bool:
    """Say whether some moment of a blind stretch lies in a time, both ends included, and in none of the others."""
    at_us = max(stretch.onset_us, from_us)
    end_us = until_us if stretch.until_us is None else min(until_us, stretch.until_us - 1)
    for since_us, over_us in within:
        if since_us <= at_us <= over_us:
            at_us = over_us + 1
    return at_us <= end_us
