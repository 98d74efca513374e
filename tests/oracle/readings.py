"""Readings: which were made, acknowledged, shown, and low. D8, D30 and S1."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tests.oracle.seen import Phone, Row, Seen


class Acknowledged(NamedTuple):
    """A reading as the service acknowledged it first."""

    patient: int
    measured_us: int
    value: int
    sent_us: int | None
    at_us: int


def low(value: int) -> bool:
    """D30."""
    return 39 <= value <= 55


def code(value: int) -> bool:
    """D30."""
    return value < 39


@lru_cache(maxsize=2)
def made(seen: Seen) -> dict[tuple[int, int, int], int]:
    """Return each reading that a device made, as patient, measured time and value, with when it had made it."""
    found: dict[tuple[int, int, int], int] = {}
    for row in seen.of("measured"):
        reading = (row["patient"], row["measured_us"], row["value"])
        found[reading] = min(row["at_us"], found.get(reading, row["at_us"]))
    return found


def counts(seen: Seen, phone: Phone, row: Row) -> bool:
    """Say whether what a screen shows is a reading that its phone's own device had made by then (D8)."""
    if row["measured_us"] is None or row["patient"] != phone.patient or code(row["value"]):
        return False
    made_us = made(seen).get((phone.patient, row["measured_us"], row["value"]))
    return made_us is not None and made_us <= row["at_us"]


@lru_cache(maxsize=2)
def acknowledgements(seen: Seen) -> dict[tuple[int, int], list[Acknowledged]]:
    """Return each time that the service acknowledged a reading, in order; codes are none (D30)."""
    found: dict[tuple[int, int], list[Acknowledged]] = {}
    for row in seen.of("upload"):
        if (row["outcome"] == "ok" or row["detail"] == "duplicate") and not code(row["value"]):
            key = (row["patient"], row["measured_us"])
            found.setdefault(key, []).append(Acknowledged(*key, row["value"], row["sent_us"], row["at_us"]))
    return found


@lru_cache(maxsize=2)
def acknowledged(seen: Seen) -> list[Acknowledged]:
    """S1."""
    return [times[0] for times in acknowledgements(seen).values()]


@lru_cache(maxsize=2)
def _screens(seen: Seen) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in seen.of("screen"):
        if row["at_us"] <= seen.end_us:
            found.setdefault(row["phone"], []).append(row)
    return found


def screens(seen: Seen, phone: Phone) -> list[Row]:
    """Return the changes of a phone's screen within the run (D4), in order."""
    return _screens(seen).get(phone.number, [])
