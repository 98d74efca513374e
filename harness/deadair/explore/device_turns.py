"""Counts what a night has met by what its devices do: silences while one rests, and corrected readings. Pure."""

from __future__ import annotations

from collections import defaultdict

from deadair.explore.looked import Looked
from deadair.history.rows import Kind
from deadair.model.duration import in_us


def _blind_at_rest(looked: Looked, *why: str) -> int:
    """Count the onsets at which a device had just withheld a reading for one of these reasons."""
    rows = looked.evidence.history.each(Kind.WITHHELD, columns=["at_us", "patient", "detail"])
    withheld: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for at_us, patient, detail in rows:
        withheld[patient].append((at_us, detail))
    lately_us = in_us(looked.scenario.fleet.reading_every)
    return sum(
        any(
            0 <= silence.onset_us - at_us <= lately_us and detail in why
            for at_us, detail in withheld[silence.phone.patient]
        )
        for silence in looked.silences
    )


def blind_in_gap(looked: Looked) -> int:
    """Count the onsets while a device measured nothing."""
    return _blind_at_rest(looked, "gap", "warm_up")


def blind_by_codes(looked: Looked) -> int:
    """Count the onsets while a device handed codes in."""
    return _blind_at_rest(looked, "code")


def blind_by_lateness(looked: Looked) -> int:
    """Count the onsets while a device kept readings back."""
    return _blind_at_rest(looked, "late")


def corrected(looked: Looked) -> int:
    """Count the readings that were acknowledged with another value than before."""
    values = looked.evidence.acknowledgements.select("patient", "measured_us", "value").unique()
    return values.height - values.select("patient", "measured_us").unique().height
