"""A run's clock in virtual time: same axis, same words as the real one; only the loop moves it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_threads import GreenThreads
from deadair.model.clock import RunClock

EPOCH_WALL_S = 1_575_072_000
"""Friday, 30 November 2019, 00:00 UTC: when a simulated run begins of which nothing else is said."""


@dataclass(frozen=True, slots=True)
class VirtualClock(RunClock):
    """The loop's time, from 0 on, as a run's axis. The wall clock never jumps."""

    loop: VirtualLoop
    threads: GreenThreads

    @classmethod
    def of(
        cls, loop: VirtualLoop, threads: GreenThreads, *, speed: float, seed: int, wall_s: int = EPOCH_WALL_S
    ) -> VirtualClock:
        """Return the clock of a run that begins now. Where in a second it begins is drawn: devices stamp whole ones."""
        fraction_ns = random.Random(f"epoch {seed}").randrange(10**9)  # noqa: S311 - to be drawn again
        return cls(wall_s * 10**9 + fraction_ns, 0, speed, loop, threads)

    def now_us(self) -> int:
        """Return real-life microseconds since the run began."""
        return round(self.loop.now_s * self.speed * 1e6)

    def wall_s(self) -> float:
        """Return the wall clock, in Unix seconds."""
        return self.epoch_wall_ns / 1e9 + self.loop.now_s

    def pause(self, real_s: float) -> None:
        """Let virtual time pass for the green thread that asks."""
        self.threads.sleep(real_s)

    def jump_ms(self) -> float:
        """Return that nothing ever moved it."""
        return 0.0

    def as_dict(self) -> dict[str, int | float]:
        """Return the fields of a run's clock, without what moves it."""
        return {"epoch_wall_ns": self.epoch_wall_ns, "epoch_mono_ns": self.epoch_mono_ns, "speed": self.speed}
