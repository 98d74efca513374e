"""Draws who follows whom in a night whose families are not alike. Pure: every number comes from the generator.

The generator is one of its own, so that nights with families that are alike stay what they were.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from itertools import pairwise

from deadair.explore.envelope import FollowRange
from deadair.model.duration import show
from deadair.model.mixture import share_of_all
from deadair.scenario.model import FleetSpec
from deadair.scenario.shares import FOLLOWERS_MAX, OFF, show_share

TABLETS = "tablets"
"""What the cohort of second phones is called."""
KEPT_SHARE = 0.6
"""How likely each thing that may differ does, in a night in which something does."""
OFF_SHARE = 0.4
"""How likely it is off for some, where it differs."""
VALUES_MAX = 3


def draw_follows(fleet: FleetSpec, follows: FollowRange | None, generator: random.Random) -> FleetSpec:
    """Return the fleet of a night, as it is or with follows that differ."""
    if follows is None or generator.randrange(follows.one_in):
        return fleet
    numbers = range(follows.followers_per_device.least, min(FOLLOWERS_MAX, follows.followers_per_device.most) + 1)
    if _kept(generator):
        sizes = generator.sample(numbers, min(VALUES_MAX, len(numbers)))
        sizes.sort(key=lambda size: size == 0)  # if not all of them fit, somebody is left who follows
        fleet = _with(fleet, {"followers_per_device": _mixed([str(size) for size in sizes], fleet.devices, generator)})
    for name, shares in (("second_patients", follows.second_patients), ("second_phones", follows.second_phones)):
        share = generator.choice(shares) if shares else 0.0
        if _kept(generator) and share_of_all(share, fleet.first_phones) and fleet.devices > 1:
            said = show_share(share)
            fleet = _with(fleet, {name: said if name == "second_patients" else {TABLETS: said}})
    least = fleet.reading_every + 2 * fleet.poll_every
    delays = [each for each in follows.no_data_after if each > least]
    for name, values in (("no_data_after", delays), ("realarm_every", follows.realarm_every)):
        if not _kept(generator) or not values:
            continue
        chosen = [show(each) for each in generator.sample(values, min(2, len(values)))]
        if generator.random() < OFF_SHARE:
            chosen.append(OFF)
        fleet = _with(fleet, {name: _mixed(chosen, fleet.phones, generator)})
    return fleet


def _with(fleet: FleetSpec, changed: Mapping[str, object]) -> FleetSpec:
    return FleetSpec.model_validate({**fleet.model_dump(mode="json"), **changed})


def _kept(generator: random.Random) -> bool:
    return generator.random() < KEPT_SHARE


def _mixed(values: Sequence[str], members: int, generator: random.Random) -> dict[str, str]:
    """Return a share of each value, of whole percents: so large that somebody has it. Of too many the last go."""
    least = math.ceil(100 / members)
    kept = values[: max(1, min(len(values), 100 // least))]
    spare = 100 - least * len(kept)
    cuts = [0, *sorted(generator.randint(0, spare) for _ in kept[1:]), spare]
    shares = [least + after - before for before, after in pairwise(cuts)]
    return {value: f"{share}%" for value, share in zip(kept, shares, strict=True)}
