"""What some devices do now and then, drawn from the seed: gaps, late uploads, new sensors, codes, corrections. Pure.

All moments are real-life microseconds from when the fleet begins. No other device's random numbers change by it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, get_args

Habit = Literal["gaps", "late_uploads", "sensor_restart", "sensor_codes", "corrections", "two_uploaders"]
HABITS: tuple[Habit, ...] = get_args(Habit)
Withheld = Literal["gap", "warm_up", "code", "late"]
"""Why a device that is due has no reading for its followers."""

MINUTE_US = 60_000_000
FIRST_WITHIN_US = 10 * MINUTE_US
"""The first such time of a device begins in the first minutes, so that short runs have one."""
APART_US = (20 * MINUTE_US, 90 * MINUTE_US)
REST_US = (5 * MINUTE_US, 45 * MINUTE_US)
LATE_US = (20 * MINUTE_US, 90 * MINUTE_US)
LATE_BY_US = (12 * MINUTE_US, 45 * MINUTE_US)
SENSOR_WARM_UPS_US = (30 * MINUTE_US, 60 * MINUTE_US)


class Span(NamedTuple):
    """A time, its end not included; ``by_us``: how late a reading is handed in then."""

    from_us: int
    until_us: int
    by_us: int = 0

    def holds(self, at_us: int) -> bool:
        """Say whether a moment is in it."""
        return self.from_us <= at_us < self.until_us


class DeviceLife(NamedTuple):
    """What one device does, and when."""

    gaps: tuple[Span, ...] = ()
    warm_ups: tuple[Span, ...] = ()
    codes: tuple[Span, ...] = ()
    late: tuple[Span, ...] = ()
    corrects: bool = False
    uploaders: int = 1

    def withholds(self, at_us: int) -> Withheld | None:
        """Say why there is no reading for followers now, none if there is one."""
        found: tuple[tuple[Withheld, tuple[Span, ...]], ...] = (
            ("warm_up", self.warm_ups),
            ("gap", self.gaps),
            ("code", self.codes),
            ("late", self.late),
        )
        return next((why for why, spans in found if any(span.holds(at_us) for span in spans)), None)

    def late_by_us(self, at_us: int) -> int:
        """Return how old a reading must be now to be handed in."""
        return next((span.by_us for span in self.late if span.holds(at_us)), 0)


PLAIN = DeviceLife()
"""The life of a device that only measures and hands in."""


def device_lives(
    devices: int, shares: Mapping[Habit, float], *, seed: int, from_us: int, until_us: int
) -> tuple[DeviceLife, ...]:
    """Return every device's life. Of a share, however small, there is one device at least."""
    doing: list[set[Habit]] = [set() for _ in range(devices)]
    for habit, share in sorted(shares.items()):
        generator = random.Random(f"devices with {habit} {seed}")  # noqa: S311 - to be drawn again, not a secret
        for number in generator.sample(range(devices), min(devices, max(1, round(share * devices)))):
            doing[number].add(habit)
    return tuple(
        _drawn(habits, random.Random(f"life {seed} {number}"), from_us, until_us) if habits else PLAIN  # noqa: S311
        for number, habits in enumerate(doing)
    )


def _drawn(habits: set[Habit], generator: random.Random, from_us: int, until_us: int) -> DeviceLife:
    """Draw one life. Everything is drawn, whatever the habits are: one more leaves the others as they were."""
    gaps, codes = (tuple(_again_and_again(generator, from_us, until_us, REST_US)) for _ in range(2))
    late = tuple(
        span._replace(by_us=generator.randint(*LATE_BY_US))
        for span in _again_and_again(generator, from_us, until_us, LATE_US)
    )
    begins_us = from_us + round((until_us - from_us) * generator.random() / 2)
    warm_up = Span(begins_us, begins_us + generator.choice(SENSOR_WARM_UPS_US))
    return DeviceLife(
        gaps=gaps if "gaps" in habits else (),
        warm_ups=(warm_up,) if "sensor_restart" in habits and until_us > from_us else (),
        codes=codes if "sensor_codes" in habits else (),
        late=late if "late_uploads" in habits else (),
        corrects="corrections" in habits,
        uploaders=2 if "two_uploaders" in habits else 1,
    )


def _again_and_again(
    generator: random.Random, from_us: int, until_us: int, lasts_us: tuple[int, int]
) -> Iterator[Span]:
    """Yield times from the first minutes on. Short ones are as likely as long ones; none goes on after the end."""
    at_us = from_us + generator.randrange(FIRST_WITHIN_US)
    shortest, longest = lasts_us
    while at_us < until_us:
        ends_us = at_us + round(shortest * (longest / shortest) ** generator.random())
        yield Span(at_us, min(ends_us, until_us))
        at_us = ends_us + generator.randint(*APART_US)
