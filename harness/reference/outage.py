"""What the sentinel concludes from what it hears, and how it says so in plain words. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.reference.settings import Settings

NODES = ("watchdog", "notifier")


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest heartbeat of each node: when it came, and its evidence."""

    watchdog_s: float
    notifier_s: float
    blind_share: float = 0.0
    oldest_push_age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """What is announced. ``outage_s``: since when followers may not be told by the cloud; ``incident_s``: since when
    the status page shows an incident; ``calm_s``: since when all has been well; none: not so."""

    outage_s: float | None = None
    incident_s: float | None = None
    calm_s: float | None = None
    words: tuple[str, ...] = ()


def untold(heard: Heard, settings: Settings, now_s: float) -> tuple[str, ...]:
    """Return, in plain words, why followers may not be told by the cloud now; empty if they are."""
    found = []
    if now_s - heard.watchdog_s > settings.dead_after_s:
        found.append("The part that notices missing readings is not answering.")
    if now_s - heard.notifier_s > settings.dead_after_s:
        found.append("The part that sends alerts is not answering.")
    waited_since_s = max(0.0, now_s - heard.notifier_s)
    if heard.oldest_push_age_s > 0 and heard.oldest_push_age_s + waited_since_s > settings.push_stuck_after_s:
        found.append("Alerts are not reaching phones.")
    return tuple(found)


def assess(state: State, heard: Heard, settings: Settings, now_s: float) -> State:
    """Return what is to be announced now. An outage or incident ends only after a time of calm."""
    words = untold(heard, settings, now_s)
    many_blind = heard.blind_share >= settings.incident_blind_share
    if many_blind:
        words += (f"Readings are not reaching {heard.blind_share:.0%} of followers.",)
    if words:
        outage_s = state.outage_s
        if outage_s is None and words[0].startswith(("The part", "Alerts")):
            outage_s = now_s
        return State(outage_s, state.incident_s if state.incident_s is not None else now_s, None, words)
    calm_s = state.calm_s if state.calm_s is not None else now_s
    if now_s - calm_s >= settings.calm_for_s:
        return State(calm_s=calm_s)
    return replace(state, calm_s=calm_s)
