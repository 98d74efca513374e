"""Reads the public status page, as anybody could, and records what it says."""

from __future__ import annotations

from deadair.fleet.agenda import round_us
from deadair.fleet.runtime import Runtime, Scheduler
from deadair.history.rows import Kind

LOOK_EVERY_REAL_LIFE_S = 30.0
LOOK_EVERY_REAL_S_MIN = 0.25


class StatusObserver:
    """Looks at the page on a timetable of its own; a page that hangs delays no later look."""

    def __init__(self, runtime: Runtime, *, begin_us: int) -> None:
        self._runtime = runtime
        self._begin_us = begin_us
        self._route = runtime.route("status", connections=16)
        self._target = runtime.orders.target
        self._every_us = int(max(LOOK_EVERY_REAL_LIFE_S, LOOK_EVERY_REAL_S_MIN * runtime.clock.speed) * 1e6)

    def run(self) -> None:
        """Look again and again until the process is to stop."""
        scheduler: Scheduler[int] = self._runtime.scheduler(self._runtime.stopping)
        scheduler.add(self._begin_us, 0)
        for at_us, number in scheduler.due():
            self._runtime.spawn(self._look, at_us)
            scheduler.add(round_us(self._begin_us, self._every_us, 0.0, number + 1), number + 1)

    def _look(self, intended_us: int) -> None:
        done = self._route.exchange(self._target.status_request())
        incident = None if done.answer is None else self._target.incident(done.answer)
        self._runtime.recorder.add(
            Kind.STATUS,
            at_us=done.ended_us,
            intended_us=intended_us,
            sent_us=done.sent_us,
            outcome="info" if incident is None else "ok",
            detail=None if incident is None else "incident" if incident else "clear",
        )
