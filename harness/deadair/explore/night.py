"""One night: a scenario drawn from an envelope, a seed and a number, and from nothing else.

It is an ordinary scenario: whoever is handed it as a file runs and judges it as any other. Pure.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from deadair.explore.envelope import Envelope
from deadair.explore.fleet_draw import draw_fleet, draw_habits, draw_phases
from deadair.explore.follows_draw import draw_follows
from deadair.explore.people_draw import draw_people
from deadair.explore.timeline_draw import TimelineDraw
from deadair.model.errors import HarnessError
from deadair.scenario.model import FleetSpec, Promises, Scenario, TargetSpec
from deadair.scenario.validation import problems, warnings
from deadair.targets.target import Target

REDRAWS_MAX = 200
UNLIMITED_SHARE = 0.3
"""How often a capacity that an envelope names is not limited in a night."""


@dataclass(frozen=True, slots=True)
class Night:
    """A drawn night. ``redrawn``: how many draws before it could prove nothing, or made no sense."""

    number: int
    scenario: Scenario
    redrawn: int


def draw_night(envelope: Envelope, targets: Mapping[str, Target], *, seed: int, number: int) -> Night:
    """Return the night of a seed and a number, the same each time. Raises HarnessError if none can be drawn."""
    generator = random.Random(f"night {seed} {number}")  # noqa: S311 - a plan that must be drawn again, not a secret
    follows = random.Random(f"follows of night {seed} {number}")  # noqa: S311 - as above
    target = targets[envelope.target]
    for redrawn in range(REDRAWS_MAX):
        fleet = draw_follows(draw_fleet(envelope, generator), envelope.fleet.follows, follows)
        scenario = _drawn(envelope, target, fleet, generator, seed=seed, number=number)
        if scenario is not None and not problems(scenario, targets) and not warnings(scenario, targets):
            return Night(number, scenario, redrawn)
    raise HarnessError(
        f"{envelope.name}: night {number} of seed {seed} could not be drawn in {REDRAWS_MAX} tries: widen the envelope"
    )


def _drawn(  # noqa: PLR0913 - each is named at the call site
    envelope: Envelope, target: Target, fleet: FleetSpec, generator: random.Random, *, seed: int, number: int
) -> Scenario | None:
    calm = Scenario(
        name=f"night-{seed}-{number}",
        why=f"Night {number} of seed {seed}, drawn in the envelope {envelope.name}.",
        target=TargetSpec(name=envelope.target, capacity=_capacity(envelope, fleet, generator)),
        seed=generator.randrange(2**31),
        speed=envelope.speed,
        fleet=fleet,
        phases=draw_phases(envelope, generator),
        promises=Promises(silences=1),
        timeline=(),
        checks=envelope.checks,
    )
    timeline = TimelineDraw(envelope, target, calm, generator).drawn()
    if timeline is None:
        return None
    # Of a generator of its own, so that a night is struck as it was before anybody did anything in it.
    apart = random.Random(f"people {seed} {number}")  # noqa: S311 - a plan that must be drawn again, not a secret
    struck = calm.model_copy(update={"timeline": timeline})
    alone = random.Random(f"habits {seed} {number}")  # noqa: S311 - as before, of its own
    lived = fleet.model_copy(update={"devices_with": draw_habits(envelope, alone)})
    return struck.model_copy(update={"people": draw_people(envelope, struck, apart), "fleet": lived})


def _capacity(envelope: Envelope, fleet: FleetSpec, generator: random.Random) -> dict[str, float]:
    """Return what is provisioned, to three digits."""
    capacity = {}
    # What is provisioned for a device is for it and as many phones as the envelope says, or more with more of them.
    devices = max(fleet.devices, fleet.phones / envelope.fleet.followers_per_device.most)
    for name, span in envelope.capacity_per_device.items():
        share, unlimited = generator.random(), generator.random() < UNLIMITED_SHARE
        if not unlimited:
            capacity[name] = float(f"{span.least * (span.most / span.least) ** share * devices:.3g}")
    return capacity
