"""Offers an overload: a few accounts read without pause and heed no refusal, open loop."""

from __future__ import annotations

import math
from typing import Any

from deadair.fleet.load.load_driver import LoadDriver
from deadair.fleet.process.fleet_plan import LoadPlan
from deadair.fleet.runtime import Runtime

PACE_REAL_S = 0.004
"""What comes due within this time is sent in one go."""


class OverloadLoad(LoadDriver):
    """Requests whose moment comes while every connection is in use are not sent, and not counted as offered."""

    connections = 1500
    """Enough that a service which answers nobody within a real second is still offered over a thousand a second."""

    def __init__(self, runtime: Runtime, plan: LoadPlan) -> None:
        super().__init__(runtime, plan)
        self._due = runtime.turnstile()
        self._idle = self.connections

    def offer(self, begin_us: int) -> None:
        """Send at the planned rate until ``over``."""
        clock, plan = self.runtime.clock, self.plan
        rate_per_us = plan.amount * plan.base_requests_per_s / 1e6
        prepared = [self.route.prepare(self.uploader.read(self.client(account))) for account in self.sessions]
        for number in range(self.connections):
            self.runtime.spawn(self._hammer, prepared[number % len(prepared)])
        passed = 0
        next_us = begin_us
        while not self.over.wait(max(PACE_REAL_S, clock.wait_s(next_us))):
            due = int((clock.now_us() - begin_us) * rate_per_us)
            burst = min(due - passed, self._idle)
            passed = due
            self._idle -= burst
            for _ in range(burst):
                self._due.release()
            # A rate of nothing has no next request: then only the end is waited for.
            next_us = begin_us + (math.ceil((due + 1) / rate_per_us) if rate_per_us else plan.lasts_us)
        for _ in range(self.connections):
            self._due.release()

    def _hammer(self, prepared: Any) -> None:
        """One connection's work: a request each time one is due."""
        while self._due.acquire() and not self.over.is_set():
            done = self.route.send(prepared)
            self._idle += 1
            self.count(done, amount=1, first=True)
            if done.answer is not None and done.answer.status == 200:
                self.accepted += 1
