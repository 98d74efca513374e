"""Draws who takes part in a night, and how long it is. Pure: every number comes from the generator it is handed."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import product

from deadair.explore.envelope import CountSpan, Envelope, LengthSpan
from deadair.scenario.device_habits import DeviceHabits
from deadair.scenario.model import FleetSpec, Phases

COHORTS = ("south", "east", "west", "north", "centre", "coast", "hills", "isles")
IN_COHORTS = 0.7
"""The share of the devices that is in named cohorts at the most: some families are always in ``rest``."""

HAS_HABIT = 1 / 3


def leaves_room(reading: timedelta, poll: timedelta, delay: timedelta) -> bool:
    """Say whether T leaves room for a missed poll: what a scenario is refused for otherwise."""
    return delay > reading + 2 * poll


def draw_fleet(envelope: Envelope, generator: random.Random) -> FleetSpec:
    """Return who takes part."""
    fleet = envelope.fleet
    large = fleet.large is not None and generator.randrange(fleet.large.one_in) == 0
    devices = draw_count(fleet.large.devices if large and fleet.large else fleet.devices, generator)
    paces = [pace for pace in product(fleet.reading_every, fleet.poll_every, fleet.no_data_after) if leaves_room(*pace)]
    reading, poll, delay = generator.choice(paces)
    most = min(fleet.cohorts.most, len(COHORTS), int(devices * IN_COHORTS))
    names = generator.sample(COHORTS, generator.randint(min(fleet.cohorts.least, most), most))
    return FleetSpec(
        devices=devices,
        followers_per_device=max(1, min(10, draw_count(fleet.followers_per_device, generator))),
        reading_every=reading,
        poll_every=poll,
        no_data_after=delay,
        device_profile=generator.choice(fleet.device_profile),
        glucose=generator.choice(fleet.glucose),
        cohorts=dict.fromkeys(names, f"{IN_COHORTS / len(names):.0%}"),
    )


def draw_habits(envelope: Envelope, generator: random.Random) -> DeviceHabits:
    """Return what some devices do in a night."""
    named = envelope.fleet.devices_with
    return named.model_copy(update={habit: None for habit in named.shares if generator.random() >= HAS_HABIT})


def draw_phases(envelope: Envelope, generator: random.Random) -> Phases:
    """Return how long each phase lasts."""
    phases = envelope.phases
    return Phases(warm_up=phases.warm_up, storm=draw_length(phases.storm, generator), recovery=phases.recovery)


def draw_count(span: CountSpan, generator: random.Random) -> int:
    """Return a whole number of a span."""
    return generator.randint(span.least, span.most)


def draw_length(span: LengthSpan, generator: random.Random, *, most: timedelta | None = None) -> timedelta:
    """Return a duration of a span, in whole seconds; ``most``: and no longer than that.

    Short ones are as likely as long ones: of 1 to 100 minutes, half are below 10.
    """
    least_s, most_s = span.least.total_seconds(), span.most.total_seconds()
    if most is not None:
        most_s = max(least_s, min(most_s, most.total_seconds()))
    return timedelta(seconds=round(least_s * (most_s / least_s) ** generator.random()))
