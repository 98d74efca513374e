"""Builds sightings for the tests of faults' proofs."""

from __future__ import annotations

from typing import Literal

from deadair.faults.fault import Sighting
from deadair.injectors.injector import Look

When = Literal["before", "during", "after"]


def seen(when: When, at_s: float = 0.0, subject: str = "uplink[south]", **facts: float | bool) -> Sighting:
    return Sighting(int(at_s * 1e6), when, subject, Look(facts))
