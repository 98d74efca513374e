"""Reads the public status page, as anybody could, and records what it says."""

from __future__ import annotations

from deadair.fleet.crew import Clockwork, Crew
from deadair.fleet.timetable import round_us
from deadair.history.rows import Kind

LOOK_EVERY_REAL_LIFE_S = 30.0
LOOK_EVERY_REAL_S_MIN = 0.25


class StatusObserver:
    """Looks at the page on a timetable of its own; a page that hangs delays no later look."""

    def __init__(self, crew: Crew, *, begin_us: int) -> None:
        self._crew = crew
        self._begin_us = begin_us
        self._route = crew.route("status", connections=16)
        self._target = crew.orders.target
        self._every_us = int(max(LOOK_EVERY_REAL_LIFE_S, LOOK_EVERY_REAL_S_MIN * crew.clock.speed) * 1e6)

    def run(self) -> None:
        """Look again and again until the process is to stop."""
        clockwork: Clockwork[int] = self._crew.clockwork(self._crew.stopping)
        clockwork.add(self._begin_us, 0)
        for at_us, number in clockwork.due():
            self._crew.spawn(self._look, at_us)
            clockwork.add(round_us(self._begin_us, self._every_us, 0.0, number + 1), number + 1)

    def _look(self, intended_us: int) -> None:
        done = self._route.exchange(self._target.status_request())
        incident = None if done.answer is None else self._target.incident(done.answer)
        self._crew.recorder.add(
            Kind.STATUS,
            at_us=done.ended_us,
            intended_us=intended_us,
            sent_us=done.sent_us,
            outcome="info" if incident is None else "ok",
            detail=None if incident is None else "incident" if incident else "clear",
        )
