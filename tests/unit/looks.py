"""Builds sightings for the tests of faults' proofs."""

from __future__ import annotations

from deadair.faults.fault import Sighting, When
from deadair.injectors.injector import Look


def seen(when: When, at_s: float = 0.0, subject: str = "uplink[south]", **facts: float | bool) -> Sighting:
    return Sighting(int(at_s * 1e6), when, subject, Look(facts))
