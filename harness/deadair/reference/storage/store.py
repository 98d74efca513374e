"""What a store of readings does, whichever it is: each (patient, kind, measured time) once, for good. Knows none.

The processor writes, the gateway reads. Kinds are kept apart. Only a READING is ever shown: not what a clock that was
ahead named, not even when that moment has come, for it was not measured then; and not what a sensor said instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from deadair.reference.storage.inbox import Waiting


class StoreUnreachable(Exception):  # noqa: N818 - a state of the other side, and what callers ask about
    """The store did not do what it was asked, or did not say so in time; the message says why."""


class Store(Protocol):
    """Stored readings. No call waits longer than a node waits for another's answer, then it raises StoreUnreachable."""

    async def put(self, readings: list[Waiting]) -> None:
        """Store readings, all or none: a later value takes an earlier one's place. None is twice in the list."""
        ...

    async def latest(self, patient: int, *, since_s: float, most: int) -> list[tuple[int, int, int]]:
        """Return up to ``most`` (measured_s, value, trend) of readings from ``since_s`` on, the newest first."""
        ...

    async def every(self, patient: int) -> list[tuple[int, int]]:
        """Return (measured_s, value) of all there is of a patient, of every kind, the newest first."""
        ...

    async def holds(self, readings: Sequence[Waiting]) -> bool:
        """Say whether all of these are stored for certain, with these values: not, if the store does not say so soon.
        Never raises.

        An upload waits for this, and what is handed in once more does no harm.
        """
        ...

    async def forget(self, before_s: float, *, after: int, most: int) -> tuple[int, int] | None:
        """Remove up to ``most`` of what the patient next to number ``after`` measured before; return who that is, and
        how many there were; none after the last patient."""
        ...

    async def fresh_lows(self, since_s: float) -> list[tuple[int, int, int]]:
        """Return (patient, measured_s, value) of the urgent-low readings not older than ``since_s``."""
        ...
