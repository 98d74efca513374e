"""Offers a backlog: old readings from accounts of their own, evenly over the fault's time."""

from __future__ import annotations

import math
import random

from deadair.fleet.load.load_driver import LoadDriver
from deadair.fleet.load.old_readings import BATCH_READINGS, Batch, batches, readings_of
from deadair.fleet.process.fleet_plan import LoadPlan
from deadair.fleet.request_outcome import again_us
from deadair.fleet.runtime import Runtime, Scheduler
from deadair.targets.request import Request

AGAIN_REAL_S = 1.0
"""After a refusal that names no time, and after a loss."""
AGAIN_JITTER_REAL_S = 0.25
BUSY_REAL_S = 0.05
OFFERED_WITHIN = 0.9
"""The share of the fault's time over which the offers are spread, so that the last is answered within it."""


class BacklogLoad(LoadDriver):
    """A batch that is shed is handed in again, when the service said, for as long as the fault lasts."""

    connections = 400
    """Enough that a service which answers nobody within a real second is still offered hundreds of batches a second."""

    def __init__(self, runtime: Runtime, plan: LoadPlan) -> None:
        super().__init__(runtime, plan)
        size = min(BATCH_READINGS, self.uploader.batch_readings_max)
        self._batches = batches(math.ceil(plan.amount), len(plan.accounts), of=size)
        self._generator = random.Random(f"{plan.fault_id} {runtime.orders.plan.seed}")  # noqa: S311 - to be drawn again
        self._clockwork: Scheduler[tuple[Batch, bool]] = runtime.scheduler(self.over)
        self._every_s = max(1, round(runtime.orders.plan.reading_every_us / runtime.clock.speed / 1e6))
        self._newest_s = 0
        self._made: dict[Batch, tuple[str, Request]] = {}
        """What is being offered: by batch, the session and the request."""

    def offer(self, begin_us: int) -> None:
        """Offer every batch at its moment, and again until it is taken."""
        clock, roster = self.runtime.clock, self.runtime.orders.roster
        silent_us = max((phone.no_data_after_us for phone in roster.phones), default=0)
        self._newest_s = math.floor(clock.to_wall_s(begin_us - 2 * silent_us)) - 1
        for number, batch in enumerate(self._batches):
            at_us = begin_us + int(number * OFFERED_WITHIN * self.plan.lasts_us / len(self._batches))
            self._clockwork.add(at_us, (batch, True))
        for _, (batch, first) in self._clockwork.due():
            if self.route.full:
                self._again(batch, first, clock.now_us(), BUSY_REAL_S)
            else:
                self.runtime.spawn(self._hand_in, batch, first)

    def _hand_in(self, batch: Batch, first: bool) -> None:
        runtime = self.runtime
        done = self.route.exchange(self._request(batch))
        self.count(done, amount=batch.count, first=first)
        first = first and done.lost == "fail"
        outcome = "fail" if done.answer is None else self.uploader.outcome(done.answer)
        if outcome in ("ok", "duplicate"):
            self.accepted += batch.count
            self._made.pop(batch, None)
        elif outcome == "login":
            self.log_in(batch.account)
            self._again(batch, first, runtime.clock.now_us(), 0.0)
        else:
            later_us = again_us(done, speed=runtime.clock.speed)
            # What was never sent is still to be offered in time; what was refused or lost can wait.
            wait_s = BUSY_REAL_S if done.lost == "fail" else AGAIN_REAL_S
            self._again(batch, first, later_us or done.ended_us, wait_s if later_us is None else 0.0)

    def _request(self, batch: Batch) -> Request:
        """Return the request that hands a batch in. It is made once: a service in distress is offered it many times."""
        session = self.sessions[batch.account]
        made_for, request = self._made.get(batch, (None, None))
        if request is None or made_for != session:
            seed = self.runtime.orders.plan.seed
            readings = readings_of(batch, newest_s=self._newest_s, every_s=self._every_s, seed=seed)
            request = self.uploader.upload(self.client(batch.account), readings)
            self._made[batch] = session, request
        return request

    def _again(self, batch: Batch, first: bool, from_us: int, after_s: float) -> None:
        wait_s = after_s + self._generator.uniform(0, AGAIN_JITTER_REAL_S)
        self._clockwork.add(from_us + int(wait_s * self.runtime.clock.speed * 1e6), (batch, first))
