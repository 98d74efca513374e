"""One round of a device: what it measures, keeps back or corrects then, by its own life. Pure."""

from __future__ import annotations

import random
from typing import NamedTuple

from deadair.fleet.devices.device import (
    DeviceState,
    code_instead,
    corrected,
    hand_over,
    hold,
    measure,
    release,
    remember,
)
from deadair.fleet.devices.device_life import DeviceLife, Withheld
from deadair.model.reading import Reading

CORRECTED_ONE_IN = 5


class DeviceRound(NamedTuple):
    """The device after it; what it made, a sensor's code too; and why its followers get no reading of it."""

    device: DeviceState
    made: tuple[Reading, ...]
    withheld: Withheld | None


def device_round(  # noqa: PLR0913 - what a round depends on
    device: DeviceState,
    life: DeviceLife,
    *,
    since_us: int,
    wall_s: float,
    ripe_s: float,
    generator: random.Random,
    chance: random.Random,
    queue_readings_max: int,
) -> DeviceRound:
    """Return a round that is due now. ``ripe_s``: what it keeps back and measured by then is to be handed in.

    ``generator`` is for glucose alone, ``chance`` for all else: so no habit changes what is measured.
    """
    withheld = life.withholds(since_us)
    made: list[Reading] = []
    if withheld not in ("gap", "warm_up"):
        device = measure(device, wall_s=wall_s, generator=generator, queue_readings_max=queue_readings_max)
        if withheld == "code":
            device = code_instead(device, generator=chance)
        elif life.corrects:
            device = remember(device)
        made.append(device.pending[-1])
    if withheld == "late":
        device = hold(device)
    if life.corrects and not withheld and chance.randrange(CORRECTED_ONE_IN) == 0:
        again = corrected(device, generator=chance)
        if again is not None:
            device = hand_over(device, (again,), queue_readings_max=queue_readings_max)
            made.append(again)
    if device.held:
        device = release(device, until_s=ripe_s, queue_readings_max=queue_readings_max)
    return DeviceRound(device, tuple(made), withheld)
