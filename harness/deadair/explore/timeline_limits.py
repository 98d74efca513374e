"""Whether a timeline lies inside an envelope: so many faults at once, these alert paths down together. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from deadair.explore.envelope import Envelope
from deadair.faults.push_delay import PushDelay
from deadair.faults.push_drop import PushDrop
from deadair.faults.push_duplicate import PushDuplicate
from deadair.scenario.model import Entry, Scenario

TAKEN = (PushDelay, PushDrop, PushDuplicate)
"""Faults of which a service cannot know: the push provider says that it took each message."""


def inside(envelope: Envelope, night: Scenario) -> bool:
    """Say whether a service that keeps its promise must survive it."""
    limits, timeline = envelope.faults, night.timeline
    if _old_readings(night) > _bearable(envelope, night):
        return False
    ends = [(entry.at, entry.at + entry.lasts + limits.settles) for entry in timeline]
    moments = sorted({moment for both in ends for moment in both})
    together = timedelta()
    for begin, end in pairwise(moments):
        there = [entry for entry, (since, until) in zip(timeline, ends, strict=True) if since <= begin < until]
        if len(there) > limits.at_once:
            return False
        down = _down(envelope, there)
        # A stretch goes on as long as any two paths are down: who is down may change in it.
        together = together + end - begin if len(down) > 1 else timedelta()
        if len(down) > 1 and not _allowed(envelope, down, together):
            return False
    return True


def _old_readings(night: Scenario) -> int:
    """Return how many old readings the faults of a night offer."""
    return sum(int(getattr(entry.fault, "readings", 0)) for entry in night.timeline)


def _bearable(envelope: Envelope, night: Scenario) -> float:
    """Return how many of them a night may have."""
    late = envelope.faults.late_work
    per_s = None if late is None else night.target.capacity.get(late.capacity)
    return math.inf if late is None or per_s is None else per_s * late.longest.total_seconds()


def _down(envelope: Envelope, there: Sequence[Entry]) -> frozenset[str]:
    """Return the alert paths that faults keep down. What the push provider takes has left the service by its path."""
    struck = {entry.where.name for entry in there if not isinstance(entry.fault, TAKEN)}
    return frozenset(
        each.path for each in envelope.faults.alert_paths if any(place.name in struck for place in each.needs)
    )


def _allowed(envelope: Envelope, paths: frozenset[str], lasts: timedelta) -> bool:
    """Say whether these paths may be down together for so long; what settles after a fault counts for nothing here."""
    return any(
        paths <= set(each.paths) and lasts <= each.longest + envelope.faults.settles
        for each in envelope.faults.down_together
    )
