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
        at_s = generator.randrange(0, int(night.phases.storm.total_seconds()), GRAIN_S)
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
