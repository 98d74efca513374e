"""The one list of planted defects, and which part stands where a good one would.

Names, profiles and wiring follow the list: nothing else counts the defects.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TypeVar

from deadair.reference.defects import (
    alarm_that_stays,
    alerts_behind_backlog,
    all_clear_on_start,
    app_blank_screen,
    app_shows_old,
    app_without_timer,
    arrival_time,
    disarmed_by_stored,
    fifo,
    gives_up,
    hibernation_guard,
    incident_by_hand,
    lows_untold,
    masked_by_low_alarm,
    no_sentinel,
    rings_once,
    rings_without_end,
    stale_cache,
    timers_lost_on_restart,
    waits_for_store,
    watchdog_in_processor,
)
from deadair.reference.defects.defect import Catch, Defect

Part = TypeVar("Part")

DEFECTS: tuple[Defect, ...] = (
    alarm_that_stays.DEFECT,
    alerts_behind_backlog.DEFECT,
    all_clear_on_start.DEFECT,
    app_without_timer.DEFECT,
    app_blank_screen.DEFECT,
    app_shows_old.DEFECT,
    arrival_time.DEFECT,
    disarmed_by_stored.DEFECT,
    fifo.DEFECT,
    gives_up.DEFECT,
    hibernation_guard.DEFECT,
    incident_by_hand.DEFECT,
    lows_untold.DEFECT,
    masked_by_low_alarm.DEFECT,
    no_sentinel.DEFECT,
    rings_once.DEFECT,
    rings_without_end.DEFECT,
    stale_cache.DEFECT,
    timers_lost_on_restart.DEFECT,
    waits_for_store.DEFECT,
    watchdog_in_processor.DEFECT,
)
"""Where two of them take the same place, both do, and the first in this list goes before the other."""

NAMES = frozenset(defect.name for defect in DEFECTS)
"""The service takes a profile whole: those of the app are none of its business, and no mistake."""

CATCHES: tuple[tuple[str, Catch], ...] = tuple((defect.name, catch) for defect in DEFECTS for catch in defect.caught)
"""Each defect's name with each scenario that catches it."""

PROFILES: dict[str, Catch] = {"2019": Catch("gate/thanksgiving-2019")}
"""Sets of defects that were in one service together, and the night that such a service fails."""


def of_profile(profile: str) -> tuple[str, ...]:
    """Return the names of the defects in a profile."""
    return tuple(sorted(defect.name for defect in DEFECTS if profile in defect.profiles))


def part(good: type[Part], named: Container[str]) -> type[Part]:
    """Return what stands in a good part's place: the part itself, or the bad ones of the defects that are named."""
    bad = [defect.parts[good] for defect in DEFECTS if defect.name in named and good in defect.parts]
    if len(bad) > 1:
        return type(good.__name__, tuple(bad), {})
    return bad[0] if bad else good
