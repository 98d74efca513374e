"""The only file of the harness that reads time.

A run has one clock. Its axis is *real-life* microseconds since the run's epoch (the moment the run began;
the warm-up starts a little later), so a history reads the same whatever the scenario's compression was. No clock is
faked: ``speed`` only stretches the axis. The axis hangs on the monotonic clock, which all processes of one machine
share; the wall clock is read once, to place the stamps that devices put on readings, and again only to notice that
it jumped.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class RunClock:
    """Maps this machine's clocks to a run's axis; equal in every process of the run.

    ``epoch_wall_ns`` and ``epoch_mono_ns`` are both clocks at one moment, ``speed`` is real-life seconds
    per real second.
    """

    epoch_wall_ns: int
    epoch_mono_ns: int
    speed: float

    @classmethod
    def starting_now(cls, *, speed: float) -> RunClock:
        """Return a clock whose epoch is this moment."""
        return cls(time.time_ns(), time.monotonic_ns(), speed)

    def now_us(self) -> int:
        """Return real-life microseconds since the epoch (negative before it)."""
        return int((time.monotonic_ns() - self.epoch_mono_ns) * self.speed) // 1000

    def later_us(self, real_s: float) -> int:
        """Return the moment on the axis that is so many real seconds from now."""
        return self.now_us() + int(real_s * self.speed * 1e6)

    def pause(self, real_s: float) -> None:
        """Sleep, for callers that poll a condition under a limit of this clock."""
        time.sleep(real_s)

    def of_wall_us(self, wall_s: float) -> int:
        """Place a wall-clock stamp (Unix seconds) on the axis; exact for whole seconds."""
        return int((round(wall_s * 1e6) * 1000 - self.epoch_wall_ns) * self.speed) // 1000

    def to_wall_s(self, at_us: int) -> float:
        """Return the Unix time, in seconds, of a moment on the axis."""
        return (self.epoch_wall_ns + at_us * 1000 / self.speed) / 1e9

    def wait_s(self, until_us: int) -> float:
        """Return the real seconds from now until a moment on the axis, 0 if it has passed."""
        return max(0.0, (until_us - self.now_us()) / self.speed / 1e6)

    def jump_ms(self) -> float:
        """Return by how many real milliseconds the wall clock left the monotonic one since the epoch."""
        walked_wall = time.time_ns() - self.epoch_wall_ns
        walked_mono = time.monotonic_ns() - self.epoch_mono_ns
        return (walked_wall - walked_mono) / 1e6

    def as_dict(self) -> dict[str, int | float]:
        """Return the fields as JSON-able values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit on a wait, in real seconds of the monotonic clock. Every wait of the harness has one."""

    ends_s: float

    @classmethod
    def after(cls, real_s: float) -> Deadline:
        """Return the deadline ``real_s`` real seconds from now."""
        return cls(time.monotonic() + real_s)

    def left_s(self) -> float:
        """Return the real seconds left, 0 once it has passed."""
        return max(0.0, self.ends_s - time.monotonic())

    def passed(self) -> bool:
        """Say whether the deadline has passed."""
        return self.left_s() <= 0.0


def monotonic_s() -> float:
    """Return real seconds of the monotonic clock, for callers that compare moments of this machine."""
    return time.monotonic()


def pause(real_s: float) -> None:
    """Sleep, for callers that poll a condition under a ``Deadline``."""
    time.sleep(real_s)


def utc_stamp() -> str:
    """Return the time of day as ``20191130T060000Z``, for the names of run folders."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
