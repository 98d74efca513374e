"""What the sentinel concludes from what it hears, and how it says so in plain words. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from deadair.reference.http.json_fields import record, rows, seconds, text, whole
from deadair.reference.settings import Settings


class HeardOf(NamedTuple):
    """The newest heartbeat of each node: when it came, and its evidence.

    ``blind_share``: of the follows, those that are blind; ``oldest_push_age_s``: how long the oldest alert was
    undelivered; ``overdue_s``: how long a decided alarm could not be written down.
    """

    watchdog_s: float
    notifier_s: float
    blind_share: float = 0.0
    oldest_push_age_s: float = 0.0
    overdue_s: float = 0.0


EVIDENCE = 2
"""From this field on, it is what heartbeats say."""


class OutageState(NamedTuple):
    """What is announced. ``outage_s``: since when followers may not be told by the cloud; ``incident_s``: since when
    the status page shows an incident; ``sure_s`` and ``calm_s``: since when nothing has spoken for the one, and for the
    other; none: not so."""

    outage_s: float | None = None
    incident_s: float | None = None
    sure_s: float | None = None
    calm_s: float | None = None
    words: tuple[str, ...] = ()


def hear(heard: HeardOf, data: Any, now_s: float) -> tuple[HeardOf, list[tuple[int, str]]]:
    """Return what is heard after a heartbeat, and the part of the roster, follows and tokens, that came with it.

    It is read whole before anything of it is believed. Raises ValueError for anything that no node would say.
    """
    beat = record(data)
    if beat.get("node") == "notifier":
        age_s = seconds(beat.get("oldest_push_age_s"), "oldest_push_age_s")
        return heard._replace(notifier_s=now_s, oldest_push_age_s=age_s), []
    if beat.get("node") != "watchdog":
        raise ValueError("of no node that is known here")
    follows, blind = whole(beat.get("follows"), "follows"), whole(beat.get("blind"), "blind")
    overdue_s = seconds(beat.get("overdue_s", 0.0), "overdue_s")
    tokens = [rows(pair) for pair in rows(beat.get("tokens"))]
    if blind > follows or any(len(pair) != 2 for pair in tokens):
        raise ValueError("more are blind than there are, or a token is of nobody")
    roster = [(whole(follow, "follow"), text(token, "token")) for follow, token in tokens]
    return heard._replace(watchdog_s=now_s, blind_share=blind / max(1, follows), overdue_s=overdue_s), roster


def untold(heard: HeardOf, settings: Settings, now_s: float) -> tuple[str, ...]:
    """Return, in plain words, why followers may not be told by the cloud now; empty if they are."""
    found = []
    if now_s - heard.watchdog_s > settings.dead_after_s:
        found.append("The part that notices missing readings is not answering.")
    if now_s - heard.notifier_s > settings.dead_after_s:
        found.append("The part that sends alerts is not answering.")
    waiting = ((heard.oldest_push_age_s, heard.notifier_s), (heard.overdue_s, heard.watchdog_s))
    if any(age_s > 0 and age_s + max(0.0, now_s - at_s) > settings.push_stuck_after_s for age_s, at_s in waiting):
        found.append("Alerts are not reaching phones.")
    return tuple(found)


def still_for_s(state: OutageState, heard: HeardOf, settings: Settings, now_s: float) -> float:
    """Return how long ``assess`` can find nothing new unless a heartbeat says something else; 0: it may at any time."""
    if state.incident_s is not None or state.outage_s is not None or heard.oldest_push_age_s or heard.overdue_s:
        return 0.0
    return min(heard.watchdog_s, heard.notifier_s, now_s) + settings.dead_after_s - now_s


def assess(state: OutageState, heard: HeardOf, settings: Settings, now_s: float) -> OutageState:
    """Return what is to be announced now. An outage or incident ends only after a time of calm.

    The outage's calm is its own: while many stay blind, for whatever reason, and all of them are told, the next outage
    is to be announced too.
    """
    reasons = untold(heard, settings, now_s)
    words = reasons
    if heard.blind_share >= settings.incident_blind_share:
        words += (f"Readings are not reaching {heard.blind_share:.0%} of followers.",)
    outage_s, sure_s = _lasting(state.outage_s, state.sure_s, settings, now_s, trouble=bool(reasons))
    incident_s, calm_s = _lasting(state.incident_s, state.calm_s, settings, now_s, trouble=bool(words))
    return OutageState(outage_s, incident_s, sure_s, calm_s, words or (() if incident_s is None else state.words))


def _lasting(
    since_s: float | None, calm_s: float | None, settings: Settings, now_s: float, *, trouble: bool
) -> tuple[float | None, float | None]:
    """Return since when a trouble is announced, and since when there has been none."""
    if trouble:
        return now_s if since_s is None else since_s, None
    calm_s = now_s if calm_s is None else calm_s
    return None if now_s - calm_s >= settings.calm_for_s else since_s, calm_s
