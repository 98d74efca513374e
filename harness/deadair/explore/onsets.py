"""When phones will go blind by a fault that keeps readings from them, told from the fleet's timetable. Pure.

Devices measure and phones poll by rounds that the roster's phases fix, and the storm begins when the warm-up's time is
over. Stamps are whole real seconds, so all of it is true to a real second. A night is aimed by it, never judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from deadair.model.roster import Roster
from deadair.scenario.model import Entry, Scenario
from deadair.targets.target import Target


class Onset(NamedTuple):
    """When one phone goes blind, and when a watchdog that has heard all it could would alert it; since the storm began.

    What a phone shows by its last poll it can confirm with none after it, so for the service it is blind sooner.
    """

    phone: int
    cohort: str
    at: timedelta
    alerted: timedelta
    ends: timedelta
    """When what keeps the readings away is healed."""


def onsets(night: Scenario, silencing: Sequence[Entry], roster: Roster, target: Target) -> tuple[Onset, ...]:
    """Return the onsets that faults on the way of readings bring, in order of time.

    Where two strike one phone, only the first counts: by the second it is blind already, or again nobody knows when.
    """
    found: dict[int, list[Onset]] = {}
    for entry in sorted(silencing, key=lambda each: each.at):
        for onset in _of(entry, night, roster, target):
            before = found.setdefault(onset.phone, [])
            delay = timedelta(microseconds=roster.phones[onset.phone].no_data_after_us)
            if all(onset.at - delay > earlier.ends for earlier in before):
                before.append(onset)
    return tuple(sorted((onset for each in found.values() for onset in each), key=lambda onset: onset.alerted))


def _of(entry: Entry, night: Scenario, roster: Roster, target: Target) -> Iterator[Onset]:
    fleet, begins = night.fleet, night.phases.warm_up + entry.at
    floor = timedelta(seconds=night.speed / 2)  # a stamp is cut to the whole real second: by half of one, on average
    polled = entry.where.name in _where_polls_stop(target)
    for phone in roster.phones:
        if entry.where.cohort not in (None, phone.cohort_at(entry.where.name)) or not phone.no_data_after_us:
            continue
        phase = roster.devices[phone.patient].phase
        shown = confirmed = _last_round(begins, fleet.reading_every, phase)
        if polled:
            poll = _last_round(begins, fleet.poll_every, phone.phase)
            shown = _last_round(poll, fleet.reading_every, phase)
            confirmed = _last_round(poll - fleet.poll_every, fleet.reading_every, phase)
        delay = timedelta(microseconds=phone.no_data_after_us) - floor - night.phases.warm_up
        ends = entry.at + entry.lasts
        if shown + delay < ends:
            yield Onset(phone.phone, phone.cohort, shown + delay, confirmed + delay, ends)


def _where_polls_stop(target: Target) -> frozenset[str]:
    """Return the places at which a fault stops phones from polling: their own way, and the node it leads to."""
    outer = {link.name: link.leads_to for link in target.links if link.outer}
    return frozenset({"downlink", outer.get("downlink", "")})


def _last_round(before: timedelta, every: timedelta, phase: float) -> timedelta:
    """Return the last moment of a timetable at which somebody of this phase was due."""
    first = every * phase
    return first + (before - first) // every * every
