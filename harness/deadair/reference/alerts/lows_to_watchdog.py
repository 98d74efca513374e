"""Tells the watchdog of fresh urgent-low readings, as soon as they are acknowledged. It decides whom to wake.

They are told at least once: after a start, those that wait or are stored are told again, for the gateway may have
died in between. The watchdog drops what it has told of already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from deadair.reference.alerts.batch_sender import BatchSender
from deadair.reference.storage.inbox import URGENT_LOW_MG_DL


@dataclass(frozen=True, slots=True)
class AcknowledgedLow:
    """One urgent-low reading."""

    patient: int
    measured_s: int
    value: int


class LowSender(BatchSender[AcknowledgedLow]):
    """Keeps each low reading while it is fresh."""

    path = "/lows"

    def worth_telling(self, entry: AcknowledgedLow) -> bool:
        """Say whether a reading is still fresh."""
        return entry.measured_s >= self._env.now() - self._settings.fresh_within_s

    def uploaded(self, readings: Iterable[tuple[int, int, int]]) -> None:
        """Readings were acknowledged, as (patient, measured_s, value): those that are low and fresh are told."""
        for low in (AcknowledgedLow(*reading) for reading in readings):
            if low.value <= URGENT_LOW_MG_DL and self.worth_telling(low):
                self._put((low.patient, low.measured_s), low)
