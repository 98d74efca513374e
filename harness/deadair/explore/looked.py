"""What a night has met, taken out of its evidence once: its silences, and its faults as they really were. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from deadair.history.rows import Kind
from deadair.model.duration import in_us
from deadair.rules.evidence import Evidence
from deadair.rules.fault_window import FaultWindow
from deadair.rules.silences import Silence, silences
from deadair.scenario.model import Entry, Scenario


@dataclass(frozen=True)
class Looked:
    """A night that was run."""

    scenario: Scenario
    evidence: Evidence

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """Return every silence, phone by phone in order of time."""
        return tuple(silences(self.evidence, in_us(self.scenario.deadline.within)))

    @cached_property
    def faults(self) -> tuple[tuple[Entry, FaultWindow], ...]:
        """Return the faults that were made, in order of their begin."""
        entries = dict(self.scenario.faults())
        windows = sorted(self.evidence.faults, key=lambda window: window.begin_us)
        return tuple((entries[window.id], window) for window in windows)

    def ended_us(self, window: FaultWindow) -> int:
        """Return when a fault was healed, or the run ended."""
        return self.evidence.moments.end_us if window.heal_us is None else window.heal_us

    def of(self, kind: str, place: str = "") -> Iterator[tuple[Entry, FaultWindow]]:
        """Yield the faults of a kind, at a place or anywhere."""
        for entry, window in self.faults:
            if window.kind == kind and place in ("", window.place.name):
                yield entry, window

    def moments(self, kind: Kind, *, outcome: str | None = None, detail: str | None = None) -> list[int]:
        """Return when rows of a kind were made."""
        rows = self.evidence.history.each(kind, columns=["at_us", "outcome", "detail"])
        return [at_us for at_us, ended, said in rows if outcome in (None, ended) and detail in (None, said)]
