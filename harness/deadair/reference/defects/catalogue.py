"""The one list of planted defects, and which part stands where a good one would.

Names, profiles and wiring follow the list: nothing else counts the defects.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TypeVar

from deadair.reference.defects import (
    acknowledged_for_good,
    acknowledges_before_keeping,
    alarm_that_stays,
    alerts_behind_backlog,
    all_clear_in_silence,
    all_clear_on_start,
    any_password_when_busy,
    anybodys_follow,
    app_blank_screen,
    app_guards_by_fetch,
    app_relies_on_push,
    app_rings_early,
    app_rings_for_each_copy,
    app_shows_old,
    app_without_timer,
    armed_by_registration,
    arrival_time,
    backfill_is_news,
    breaker_stays_open,
    code_is_data,
    copy_now_and_then,
    dedupes_next_silence,
    default_delay,
    default_realarm,
    dies_of_an_answer,
    disarmed_by_stored,
    fifo,
    first_five_followers,
    first_page_only,
    first_value_stays,
    gives_up,
    hibernation_guard,
    incident_by_hand,
    incident_by_majority,
    incident_that_stays,
    keeps_newest_only,
    keeps_recent_only,
    long_gap_is_no_news,
    looks_now_and_then,
    lows_of_long_ago,
    lows_told_once,
    lows_untold,
    masked_by_low_alarm,
    mute_when_many,
    no_sentinel,
    notice_that_stays,
    notice_told_once,
    old_session_again,
    one_alarm_a_second,
    one_alert_per_child,
    one_alert_per_phone,
    one_circuit_for_all,
    one_wrong_password,
    outbox_lost_on_restart,
    quiet_after_start,
    quiet_at_night,
    reckons_in_local_time,
    retries_without_rest,
    revoked_still_told,
    rings_once,
    rings_without_end,
    seen_by_any_phone,
    sentinel_without_rest,
    sessions_without_end,
    snooze_without_end,
    stale_cache,
    thinks_it_over,
    timers_lost_on_restart,
    told_to_another,
    waits_for_store,
    watchdog_in_processor,
)
from deadair.reference.defects.defect import Catch, Defect

Part = TypeVar("Part")

DEFECTS: tuple[Defect, ...] = (
    acknowledged_for_good.DEFECT,
    acknowledges_before_keeping.DEFECT,
    alarm_that_stays.DEFECT,
    alerts_behind_backlog.DEFECT,
    all_clear_in_silence.DEFECT,
    all_clear_on_start.DEFECT,
    any_password_when_busy.DEFECT,
    anybodys_follow.DEFECT,
    app_without_timer.DEFECT,
    app_blank_screen.DEFECT,
    app_guards_by_fetch.DEFECT,
    app_relies_on_push.DEFECT,
    app_rings_early.DEFECT,
    app_rings_for_each_copy.DEFECT,
    app_shows_old.DEFECT,
    armed_by_registration.DEFECT,
    arrival_time.DEFECT,
    breaker_stays_open.DEFECT,
    backfill_is_news.DEFECT,
    code_is_data.DEFECT,
    dedupes_next_silence.DEFECT,
    copy_now_and_then.DEFECT,
    default_delay.DEFECT,
    default_realarm.DEFECT,
    dies_of_an_answer.DEFECT,
    disarmed_by_stored.DEFECT,
    fifo.DEFECT,
    first_five_followers.DEFECT,
    first_page_only.DEFECT,
    first_value_stays.DEFECT,
    gives_up.DEFECT,
    hibernation_guard.DEFECT,
    incident_by_hand.DEFECT,
    incident_by_majority.DEFECT,
    incident_that_stays.DEFECT,
    keeps_newest_only.DEFECT,
    keeps_recent_only.DEFECT,
    long_gap_is_no_news.DEFECT,
    looks_now_and_then.DEFECT,
    lows_of_long_ago.DEFECT,
    lows_told_once.DEFECT,
    lows_untold.DEFECT,
    masked_by_low_alarm.DEFECT,
    mute_when_many.DEFECT,
    no_sentinel.DEFECT,
    notice_that_stays.DEFECT,
    notice_told_once.DEFECT,
    old_session_again.DEFECT,
    one_alarm_a_second.DEFECT,
    one_alert_per_child.DEFECT,
    one_circuit_for_all.DEFECT,
    one_alert_per_phone.DEFECT,
    one_wrong_password.DEFECT,
    outbox_lost_on_restart.DEFECT,
    quiet_after_start.DEFECT,
    quiet_at_night.DEFECT,
    reckons_in_local_time.DEFECT,
    retries_without_rest.DEFECT,
    revoked_still_told.DEFECT,
    rings_once.DEFECT,
    rings_without_end.DEFECT,
    seen_by_any_phone.DEFECT,
    sentinel_without_rest.DEFECT,
    sessions_without_end.DEFECT,
    snooze_without_end.DEFECT,
    stale_cache.DEFECT,
    thinks_it_over.DEFECT,
    timers_lost_on_restart.DEFECT,
    told_to_another.DEFECT,
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
