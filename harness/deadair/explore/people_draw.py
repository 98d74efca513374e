"""Draws what followers do in a night. Pure: every number comes from the generator it is handed."""

from __future__ import annotations

import random
from datetime import timedelta

from deadair.explore.envelope import Envelope
from deadair.explore.fleet_draw import draw_count, draw_length
from deadair.model.roster import REST
from deadair.scenario.model import Scenario
from deadair.scenario.people import EVERYBODY, PersonEvent
from deadair.scenario.shares import show_share

RINGS_FOR_S = 600
"""How long after somebody may have gone blind what rings is answered, where it is."""
SHARES = (1.0, 1.0, 0.5, 0.2)
GRAIN_S = 10


def draw_people(envelope: Envelope, night: Scenario, generator: random.Random) -> tuple[PersonEvent, ...]:
    """Return what the followers of a night do, in order of time; nothing if the envelope knows of no people."""
    people = envelope.people
    if people is None:
        return ()
    whose = (EVERYBODY, EVERYBODY, REST, *night.fleet.cohorts)
    found = []
    for _ in range(draw_count(people.in_a_night, generator)):
        does = generator.choice(people.does)
        at_s = _moment_s(night, generator)
        lasts = draw_length(people.snoozes, generator)
        found.append(
            PersonEvent.model_validate(
                {
                    "at": timedelta(seconds=at_s),
                    "who": generator.choice(whose),
                    "share": show_share(generator.choice(SHARES)),
                    "does": does,
                    "lasts": lasts if does == "snooze" else None,
                }
            )
        )
    return tuple(sorted(found, key=lambda event: event.at))


def _moment_s(night: Scenario, generator: random.Random) -> int:
    """Return when somebody does something: half of the time when a fault may just have silenced them, else at any."""
    storm_s = int(night.phases.storm.total_seconds())
    any_s, rings_s = generator.randrange(0, storm_s, GRAIN_S), generator.randrange(0, RINGS_FOR_S, GRAIN_S)
    chosen, soon = generator.random(), generator.random() < 0.5
    if not (soon and night.timeline):
        return any_s
    began = night.timeline[int(chosen * len(night.timeline))].at
    at_s = int((began + max(night.fleet.no_data_after.values)).total_seconds()) // GRAIN_S * GRAIN_S + rings_s
    return at_s if at_s < storm_s else any_s
