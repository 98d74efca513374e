"""The scenario that the conformance kit runs on a target: one silence, then every break that the target can have.

Pure. Its times follow from how fast the target may run; its places from what the target says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from deadair.faults.fault import GRACE_REAL_S, LOOK_EVERY_REAL_S
from deadair.model.duration import show
from deadair.scenario.model import Scenario
from deadair.targets.target import Link, Target

SPEED_MAX = 60.0
"""A faster run leaves a service on a busy machine too little real time."""
DEVICES = 4
READING_EVERY_S = 20.0
READING_EVERY_REAL_S = 2.0
"""Stamps are whole seconds of real time, and uploads take some."""
NO_DATA_AFTER = 6
"""T in reading intervals: two missed polls do not make anybody blind, and the run stays short."""
LIMIT = 4
"""L in reading intervals at the least; never less than twice what the target needs to notice a dead part."""
STRUCK = "south"
"""The cohort that is silenced: one device, with its phone. The others, where a target takes more, are to see on."""
PUSH = "push"
BREAK_REAL_S = 2.0
"""How long a node is dead or stands still: longer than any look needs, shorter than a busy restart."""
REST = 3
"""Reading intervals from one break to the next."""


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a trial in real-life seconds."""

    speed: float
    every_s: float
    """From one reading to the next, and from one poll to the next."""
    limit_s: float

    @classmethod
    def of(cls, target: Target) -> Times:
        """Return those that suit a target."""
        speed = min(target.speed_max, SPEED_MAX)
        every_s = max(READING_EVERY_S, READING_EVERY_REAL_S * speed)
        return cls(speed, every_s, max(LIMIT * every_s, 2 * target.detection_budget_s(speed)))

    @property
    def no_data_after_s(self) -> float:
        """T."""
        return NO_DATA_AFTER * self.every_s

    @property
    def silence_s(self) -> float:
        """How long the struck device is cut off: until its phone is blind, its limit is over, and two readings more."""
        return self.no_data_after_s + self.limit_s + 2 * self.every_s

    @property
    def break_s(self) -> float:
        """How long any other break lasts; as long as a reading takes, so that something is sent meanwhile."""
        proof_real_s = GRACE_REAL_S + 3 * LOOK_EVERY_REAL_S
        return max(self.every_s, (BREAK_REAL_S + proof_real_s) * self.speed)


def trial(target: Target) -> Scenario:
    """Return the scenario. Raises pydantic's ValidationError for a target that says nonsense of itself."""
    times = Times.of(target)
    devices = min(DEVICES, target.devices_max)
    entries, storm_s = _timeline(target, times)
    return Scenario.model_validate(
        {
            "name": "conformance",
            "why": f"Walks the target {target.name} through a silence and through every break it can have.",
            "target": {"name": target.name},
            "seed": 1,
            "speed": times.speed,
            "fleet": {
                "devices": devices,
                "followers_per_device": 1,
                "reading_every": _shown(times.every_s),
                "poll_every": _shown(times.every_s),
                "no_data_after": _shown(times.no_data_after_s),
                "cohorts": {STRUCK: f"{100 / devices:g}%"},
            },
            "phases": {
                "warm_up": _shown(times.every_s + 60 + times.every_s),
                "storm": _shown(storm_s),
                "recovery": _shown(REST * times.every_s),
            },
            "timeline": entries,
            "checks": [
                {"kind": "no_data_deadline", "within": _shown(times.limit_s)},
                {"kind": "nothing_lost"},
                # What stood still for a moment is in doubt until everybody has had so long to see again.
                {"kind": "recovers", "within": _shown(REST * times.every_s)},
            ],
        }
    )


def inner(target: Target) -> tuple[Link, ...]:
    """Return the links inside a target that carry something all the time."""
    return tuple(link for link in target.links if not link.outer and link.leads_to != PUSH)


def to_push(target: Target) -> tuple[Link, ...]:
    """Return the links by which a target sends its alerts: they carry something only when there is one."""
    return tuple(link for link in target.links if not link.outer and link.leads_to == PUSH)


def _timeline(target: Target, times: Times) -> tuple[list[dict[str, Any]], float]:
    """Return the timeline's lines, and how long a storm they need in real-life seconds."""
    at_s, lines = 0.0, []
    cut = {"kind": "partition"}

    def line(begin_s: float, lasts_s: float, where: str, fault: dict[str, str], *, quiet: bool = True) -> None:
        said = {"at": _shown(begin_s), "lasts": _shown(lasts_s), "where": where, "fault": fault}
        lines.append({**said, "meant": "to_disturb_nobody"} if quiet else said)

    line(at_s, times.silence_s, f"uplink[{STRUCK}]", cut, quiet=False)
    at_s += times.silence_s + REST * times.every_s
    for where, fault in _small_breaks(target):
        lasts_s = 3 * times.every_s if fault["kind"] == "partition" else times.break_s
        line(at_s, lasts_s, where, fault)
        at_s += lasts_s + REST * times.every_s
    if links := to_push(target):
        # An alert is due at most T after the last reading: from then to T + one reading the way is cut.
        line(at_s, times.silence_s, f"uplink[{STRUCK}]", cut, quiet=False)
        begin_s = at_s + times.no_data_after_s - 2 * times.every_s
        for link in links:
            line(begin_s, 3 * times.every_s, link.name, cut)
        at_s += times.silence_s + REST * times.every_s
    return lines, at_s


def _small_breaks(target: Target) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield everything that may break for a moment while all is well."""
    for node in target.nodes:
        yield node, {"kind": "pause"}
        yield node, {"kind": "kill"}
    for link in target.links:
        if link.outer and link.name != "uplink":
            yield f"{link.name}[{STRUCK}]", {"kind": "partition"}
    for link in inner(target):
        yield link.name, {"kind": "partition"}


def _shown(seconds: float) -> str:
    return show(timedelta(seconds=round(seconds)))
