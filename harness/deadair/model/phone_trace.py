"""What one phone's trace is: each step of its readings and alarms through a service, in time.

Moments are real-life seconds that count from the start of the storm. Knows neither who made the steps nor who shows
them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from deadair.model.duration import parse
from deadair.model.errors import ScenarioError


@dataclass(frozen=True, slots=True)
class NodeNote:
    """What a target's nodes note of themselves, for a trace."""

    what: str
    source: str
    """The place from which came what the node acts on; empty is none."""
    before: str
    """The harness's own step that it comes before, where both are of one moment."""
    alert_path: str = ""
    """The alert path that it is a step of."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way of readings and alerts through a target: its nodes in that order, and what they note on it."""

    nodes: tuple[str, ...] = ()
    notes: tuple[NodeNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to follow, and until when; none is the end of the run."""

    phone: int
    until_s: float | None = None


class TraceStep(BaseModel):
    """Something that happened. ``source``: the place from which came what was acted on; empty is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_s: float
    where: str
    what: str
    source: str = ""
    measured_s: float | None = None
    """When the reading that it is about was measured."""
    alert_path: str = ""
    """The alert path that it is a step of."""
    detail: str = ""

    @property
    def age_s(self) -> float | None:
        """Return how old that reading was by then."""
        return None if self.measured_s is None else self.at_s - self.measured_s


class PhoneTrace(BaseModel):
    """What ``trace.json`` says: everything that was seen of one phone and its patient's device, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    phone: int
    patient: int
    until_s: float | None = None
    """Where it was asked to end; none: with the run."""
    lanes: tuple[str, ...]
    """Every place where something could have happened, in about the order of a reading's way."""
    alert_paths: tuple[str, ...] = ()
    """Those of the target, in its order."""
    steps: tuple[TraceStep, ...] = ()


def wish_of(trace: str | None, until: str | None) -> Wish | None:
    """Read ``phone=17``, and ``02:13`` or ``133m``. Raises ScenarioError for anything else."""
    if trace is None:
        if until is not None:
            raise ScenarioError("--until says where a trace ends: add --trace phone=N")
        return None
    match = re.fullmatch(r"phone=([0-9]{1,9})", trace)
    if match is None:
        raise ScenarioError(f"--trace: {trace[:40]!r} names no phone; write --trace phone=17")
    return Wish(int(match[1]), None if until is None else _until_s(until))


def _until_s(text: str) -> float:
    """Read a time since the start of the storm."""
    if match := re.fullmatch(r"([0-9]{1,3}):([0-5][0-9])", text):
        return int(match[1]) * 3600.0 + int(match[2]) * 60.0
    try:
        return parse(text).total_seconds()
    except ValueError:
        raise ScenarioError(
            f"--until: {text[:40]!r} is no time: write hours and minutes since the start of the storm, such as 02:13, "
            "or a duration, such as 133m"
        ) from None
