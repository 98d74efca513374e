"""Draws what breaks in a night: first what silences somebody, then faults beside it, most of them aimed at its onsets.

Pure: every number comes from the generator it is handed. Swarm style: a night leaves whole kinds and places out, for
what is always there hides what only shows without it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain

from deadair.explore.envelope import Envelope
from deadair.explore.expected import CellWish, expected
from deadair.explore.fault_choices import KINDS, Choice, choices, fault_of, silencers
from deadair.explore.fleet_draw import draw_count, draw_length
from deadair.explore.onsets import Onset, onsets
from deadair.explore.provable import all_provable
from deadair.explore.timeline_limits import inside
from deadair.fleet.roster import draw
from deadair.model.place import PROVIDER, Place
from deadair.model.roster import DEVICE_SIDE, REST
from deadair.scenario.model import Entry, Scenario
from deadair.scenario.overlaps import collisions, dead_and_hanging
from deadair.targets.target import Target

SEEN_FOR = timedelta(minutes=17)
"""How long somebody must stay blind at the least in a night: the incident on the status page is due after 15 min."""
CALM_FOR = timedelta(minutes=5)
"""How long a storm is without what silences: whoever is judged by how fresh he is must have been so for a while."""
WHOLE_SHARE = 0.25
"""How often an outer link, or the push provider, is struck as a whole, and not one cohort's share of it."""
AIMED_SHARE = 0.7
"""How often a fault is aimed at an onset; the others may come at any time."""
WISHED_SHARE = 0.6
"""How often a fault is drawn for one cell of the coverage table: many cells are met by chance once in thousands."""
WISHED, WISHED_SILENCING = 90, 24
"""So many times are looked at for it; fewer of what silences, for whom that brings has to be told anew."""
WISHED_TRIES = 30
"""Of one cell, before another is tried."""
RARE = {
    CellWish("all well", "one"): 8,
    CellWish("limit runs", "none"): 8,
    CellWish("limit runs", "one"): 16,
    CellWish("limit runs", "more"): 2,
    CellWish("blind", "none"): 2,
    CellWish("blind", "one"): 40,
    CellWish("blind", "more"): 3,
}
"""How much likelier they are for it: about as much as chance brings them less often."""
ABOUT = timedelta(minutes=6)
"""How far from an onset a third of them begin and end at the most."""
SILENCERS_MAX = 3
OF_ALL = frozenset({"backlog"})
"""Kinds that strike an outer link as a whole: a backlog comes from accounts in no cohort."""
TRIES = 12
"""Draws for each fault before the night does without it."""
KEPT_SHARE = 0.5
"""How likely a kind at a place is there in a night at all."""


class TimelineDraw:
    """Draws the timeline of one night. ``calm``: the night as it is without."""

    def __init__(self, envelope: Envelope, target: Target, calm: Scenario, generator: random.Random) -> None:
        self._envelope = envelope
        self._target = target
        self._calm = calm
        self._generator = generator
        self._roster = draw(calm.fleet, seed=calm.seed)
        self._least = calm.fleet.longest_delay + SEEN_FOR
        """How long readings must be kept from a phone for its silence to be seen everywhere."""
        self._timeline: list[Entry] = []
        self._onsets: tuple[Onset, ...] = ()

    def drawn(self) -> tuple[Entry, ...] | None:
        """Return what breaks, in order of time; none if nothing that silences anybody fits into this night."""
        generator, envelope = self._generator, self._envelope
        wanted = draw_count(envelope.faults.in_a_night, generator)
        silencing = [each for each in silencers(envelope, self._target) if each.range.lasts.most >= self._least]
        silencing = [each for each in silencing if generator.random() < KEPT_SHARE] or silencing
        for _ in range(min(wanted, generator.randint(1, SILENCERS_MAX))):
            self._add(self._silencing(silencing))
        if not self._timeline:
            return None
        self._onsets = onsets(self._calm, self._timeline, self._roster, self._target)
        if not self._onsets:
            return None  # whoever it strikes has nobody who wants to be told
        beside = [each for each in choices(envelope) if generator.random() < KEPT_SHARE]
        for _ in range(wanted - len(self._timeline) if beside else 0):
            wished = generator.random() < WISHED_SHARE
            self._add(chain(self._wished(beside) if wished else (), self._beside(beside)))
        return tuple(sorted(self._timeline, key=lambda entry: (entry.at, str(entry.where))))

    def _add(self, drawn: Iterator[Entry]) -> None:
        """Add the first of some drawn faults that can stand beside those that are there, if any can."""
        for entry in drawn:
            timeline = (*self._timeline, entry)
            night = self._calm.model_copy(update={"timeline": timeline})
            if (
                entry.at + entry.lasts <= self._calm.phases.storm
                and not any((*collisions(night), *dead_and_hanging(night)))
                and inside(self._envelope, night)
                and all_provable(self._envelope, timeline, self._onsets, self._target)
            ):
                self._timeline.append(entry)
                return

    def _silencing(self, kept: Sequence[Choice]) -> Iterator[Entry]:
        """Yield faults that blind somebody for long enough, at any time of the storm."""
        storm = self._calm.phases.storm
        for _ in range(TRIES if kept and storm > self._least + CALM_FOR else 0):
            choice = self._generator.choice(kept)
            span = choice.range.lasts.model_copy(update={"least": max(self._least, choice.range.lasts.least)})
            lasts = draw_length(span, self._generator, most=storm - CALM_FOR)
            yield self._entry(choice, CALM_FOR, storm - lasts, lasts)

    def _beside(self, kept: Sequence[Choice]) -> Iterator[Entry]:
        """Yield faults of any kind: most of them there at a moment at which somebody goes blind, or just beside it."""
        storm, generator = self._calm.phases.storm, self._generator
        for _ in range(TRIES):
            choice = generator.choice(kept)
            lasts = draw_length(choice.range.lasts, generator, most=storm)
            earliest, latest = timedelta(), storm - lasts
            if generator.random() < AIMED_SHARE:
                onset = generator.choice(self._onsets)
                earliest, latest = max(earliest, onset.alerted - lasts * 0.9), min(latest, onset.alerted + lasts * 0.2)
            if earliest <= latest:
                yield self._entry(choice, earliest, latest, lasts)

    def _wished(self, kept: Sequence[Choice]) -> Iterator[Entry]:
        """Yield faults of one kind at one place, by the cell of the coverage table in which they will stand.

        Of those that this night can reach the rare ones are the likelier, however short the time is that leads there.
        """
        choice = self._generator.choice(kept)
        silences = choice.where.name in self._target.reading_path and KINDS[choice.range.kind].silences
        found: dict[CellWish, list[Entry]] = {}
        for entry in self._anywhere(choice, WISHED_SILENCING if silences else WISHED):
            brought = self._onsets_with(entry) if silences else self._onsets
            found.setdefault(expected(entry, brought, self._calm.deadline.within), []).append(entry)
        for wish in sorted(found, key=lambda wish: self._generator.random() ** (1 / RARE.get(wish, 1)), reverse=True):
            yield from found[wish][:WISHED_TRIES]

    def _anywhere(self, choice: Choice, tries: int) -> Iterator[Entry]:
        """Yield one fault at many times: any, about an onset, or while it is alerted."""
        storm, generator = self._calm.phases.storm, self._generator
        one = self._entry(choice, timedelta(), timedelta(), choice.range.lasts.least)
        for number in range(tries):
            lasts = draw_length(choice.range.lasts, generator, most=storm)
            earliest, latest = timedelta(), storm - lasts
            onset = generator.choice(self._onsets)
            if number % 3 == 1:
                earliest, latest = max(earliest, onset.at - lasts - ABOUT), min(latest, onset.at + ABOUT)
            elif number % 3 == 2:
                earliest, latest = max(earliest, onset.alerted - lasts), min(latest, onset.alerted)
            if earliest <= latest:
                at = timedelta(seconds=generator.randint(int(earliest.total_seconds()), int(latest.total_seconds())))
                yield one.model_copy(update={"at": at, "lasts": lasts})

    def _onsets_with(self, entry: Entry) -> tuple[Onset, ...]:
        """Return the onsets of the night, and those that this fault brings."""
        struck = [*(each for each in self._timeline if each.fault.silences), entry]
        return onsets(self._calm, struck, self._roster, self._target)

    def _entry(self, choice: Choice, earliest: timedelta, latest: timedelta, lasts: timedelta) -> Entry:
        generator, where = self._generator, choice.where
        shared_out = {link.name for link in self._target.links if link.outer} | {PROVIDER}
        if where.name in shared_out and choice.range.kind not in OF_ALL and generator.random() >= WHOLE_SHARE:
            seconds = () if where.name in DEVICE_SIDE else self._calm.fleet.second_phones
            where = Place(where.name, generator.choice([*self._calm.fleet.cohorts, REST, *seconds]))
        knobs = {name: generator.choice(values) for name, values in choice.range.knobs.items()}
        at = timedelta(seconds=generator.randint(int(earliest.total_seconds()), int(latest.total_seconds())))
        return Entry(at=at, lasts=lasts, where=where, fault=fault_of(choice.range.kind, knobs), meant="either")
