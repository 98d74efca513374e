"""What is decided about one follow: what is known after evidence, and whether its follower is alarmed now. Pure.

Nothing mutes it: not a gap however long, not a patient never heard of, not another alarm, not a pause of its own.
A follower's acknowledgement or snooze puts off further alarms of the silence it was said in, and of no other.
"""

from __future__ import annotations

import math
from typing import Any

from deadair.reference.alerts.alarms import Push, Watched
from deadair.reference.http.json_fields import record, seconds, shared, text, whole
from deadair.reference.settings import Settings

SAID = ("realarm_every_s", "confirmed_s", "acknowledged_s", "snoozed_until_s")
"""What an entry need not say: never, or not set."""


def alarm_at_s(watched: Watched, settings: Settings) -> float:
    """Return when the follower is to be alarmed next; never if there is no phone to alarm."""
    if not watched.token:
        return math.inf
    if watched.alarmed_s < watched.onset_s:
        return watched.onset_s  # whatever was said before: this silence was never told
    if watched.acknowledged_s >= max(watched.told_s, watched.onset_s):
        return math.inf
    snoozed_until_s = min(watched.snoozed_until_s, watched.alarmed_s + settings.snooze_max_s)
    if snoozed_until_s > watched.alarmed_s:
        return snoozed_until_s
    return watched.alarmed_s + (watched.realarm_every_s or settings.realarm_every_s)


def decide(watched: Watched, settings: Settings, now_s: float) -> tuple[Watched, Push | None, float]:
    """Return the follow after now, the push to send if one is due, and when to look again."""
    at_s = alarm_at_s(watched, settings)
    if now_s < at_s:
        return watched, None, at_s
    first = watched.alarmed_s < watched.onset_s
    after = watched._replace(told_s=now_s if first else watched.told_s, alarmed_s=now_s)
    who = (watched.follow, watched.patient, watched.token)
    push = Push(*who, watched.onset_s, watched.confirmed_s, due_s=now_s, expires_s=now_s + settings.push_lifetime_s)
    return after, push, alarm_at_s(after, settings)


def merge(old: Watched | None, new: Watched, now_s: float) -> Watched:
    """Return what is known of a follow after evidence, which may be late and may come again.

    What was on its way while the follow was changed (another token or delay, revoked, made again) is evidence no more.
    Once a phone sees, or its follower wants no alert, what was said of the silence is forgotten. An acknowledgement
    says itself when it was made; of a snooze nobody knows, so one that came before the alarm is remembered as void,
    and one of a phone that showed less than is known by now is of an earlier silence. A follow that was revoked begins
    anew.
    """
    if old is not None and new.revision < old.revision:
        return old
    if old is not None and not old.ended:
        earlier = 0 < new.confirmed_s < old.confirmed_s or new.snoozed_until_s == old.void_s
        wish_s = 0.0 if earlier else new.snoozed_until_s
        new = Watched(
            old.follow,  # the same object that it is kept under
            *(new.patient, new.token, new.no_data_after_s, new.realarm_every_s),
            since_s=old.since_s,
            confirmed_s=max(old.confirmed_s, new.confirmed_s),
            acknowledged_s=max(old.acknowledged_s, new.acknowledged_s),
            snoozed_until_s=max(old.snoozed_until_s, wish_s),
            void_s=old.void_s,
            told_s=old.told_s,
            alarmed_s=old.alarmed_s,
            revision=new.revision,
        )
    said = new.acknowledged_s or new.snoozed_until_s or new.alarmed_s
    if not said or new.onset_s <= min(new.alarmed_s, now_s):
        return new
    void_s = new.snoozed_until_s or new.void_s
    return new._replace(acknowledged_s=0.0, snoozed_until_s=0.0, void_s=void_s, told_s=0.0, alarmed_s=0.0)


def watched_of(data: Any, settings: Settings, now_s: float) -> Watched:
    """Read one entry of evidence. Raises ValueError.

    What is said to have been seen or acknowledged long after now is no evidence: nobody's clock may mute an alarm.
    """
    entry = record(data)
    every_s, confirmed_s, acknowledged_s, snoozed_until_s = (seconds(entry.get(name, 0.0), name) for name in SAID)
    latest_s = now_s + settings.fresh_within_s
    return Watched(
        whole(entry.get("follow"), "follow"),
        whole(entry.get("patient"), "patient"),
        text(entry.get("token"), "token"),
        no_data_after_s=shared(seconds(entry.get("no_data_after_s"), "no_data_after_s")),
        # Oftener than an undelivered push is tried again, an alarm says nothing new.
        realarm_every_s=shared(max(every_s, settings.push_retry_max_s)) if every_s else 0.0,
        since_s=min(now_s, seconds(entry.get("since_s"), "since_s")),
        confirmed_s=confirmed_s if confirmed_s <= latest_s else 0.0,
        acknowledged_s=min(now_s, acknowledged_s) if acknowledged_s <= latest_s else 0.0,
        snoozed_until_s=snoozed_until_s,
        revision=whole(entry.get("revision", 0), "revision"),
    )
