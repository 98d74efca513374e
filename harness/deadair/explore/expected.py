"""Where in the coverage table a drawn fault will stand, told from the fleet's timetable before anything is run. Pure.

A night is aimed by it, never judged: whoever goes blind by two faults at once goes blind at another time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from deadair.explore.coverage_table import WORDS, BeganWhile, SilencesBegun
from deadair.explore.onsets import Onset
from deadair.scenario.model import Entry

SEES_AGAIN = timedelta(minutes=3)
"""About how long after what silenced it is healed a phone shows a fresh reading."""


class CellWish(NamedTuple):
    """When a fault is to begin, and how many silences are to begin while it is there."""

    phase: BeganWhile
    silences: SilencesBegun


def expected(entry: Entry, onsets: Sequence[Onset], limit: timedelta) -> CellWish:
    """Return where a fault will stand. ``limit``: L, of each silence."""
    begins, ends = entry.at, entry.at + entry.lasts
    there = [onset for onset in onsets if onset.at <= begins < onset.ends + SEES_AGAIN]
    began = sum(begins <= onset.at <= ends for onset in onsets)
    if not there:
        phase: BeganWhile = "all well"
    else:
        phase = "limit runs" if all(begins <= onset.at + limit for onset in there) else "blind"
    return CellWish(phase, WORDS[min(began, len(WORDS) - 1)])
