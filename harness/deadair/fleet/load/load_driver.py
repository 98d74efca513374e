"""A load process: logs in, waits for its go, offers backlog or overload, counts what was offered.

Offered is what really went out, once: the runner judges from it whether the fault was as strong as promised.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque

from deadair.fleet.process.fleet_plan import LoadPlan
from deadair.fleet.process.status_files import LoadStatus
from deadair.fleet.request_outcome import Exchange, again_us, request_limit_s
from deadair.fleet.runtime import Runtime, RuntimeTurnstile
from deadair.history.rows import Kind
from deadair.model.errors import HarnessError
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.request import Answer, Request

LOG_IN_LIMIT_S = 60.0
LOG_INS_AT_ONCE = 8
LOG_IN_AGAIN_S = 0.2
TELL_EVERY_S = 0.2


class LoadDriver(ABC):
    """What both kinds of load share. Subclasses say how they offer."""

    connections: int

    def __init__(self, runtime: Runtime, plan: LoadPlan) -> None:
        self.runtime = runtime
        self.plan = plan
        self.uploader = runtime.orders.target.uploader()
        self.route = runtime.route("load", connections=self.connections)
        self.sessions: dict[int, str] = {}
        self.over = runtime.signal()
        self.offered = self.answered = self.accepted = 0
        self._control = runtime.load_control(plan.fault_id)
        self._told = 0
        self._done = False

    @abstractmethod
    def offer(self, begin_us: int) -> None:
        """Offer the load from this moment on, until ``over``."""

    def run(self) -> None:
        """Prepare, wait for the go, offer, and tell the end. Raises HarnessError if not everybody can log in."""
        runtime = self.runtime
        self._log_in_all()
        self.tell()
        if not self._control.wait_go():
            return
        begin_us = runtime.clock.now_us()
        runtime.spawn(self._end, begin_us + self.plan.lasts_us)
        runtime.spawn(self._tell)
        self.offer(begin_us)
        self.over.wait()
        self._done = True
        self.tell()
        # What was under way still counts: it may have waited for a connection, and then for its answer.
        runtime.stopping.wait(2 * request_limit_s(runtime.clock.speed))
        self.tell()

    def tell(self) -> None:
        """Write the counts to the history, and tell whoever controls the load."""
        fresh, self._told = self.offered - self._told, self.offered
        if fresh:
            self.runtime.recorder.add(Kind.OFFERED, place=self.plan.where, detail=self.plan.fault_id, value=fresh)
        ready = len(self.sessions) == len(self.plan.accounts)
        status = LoadStatus(
            ready=ready, offered=self.offered, answered=self.answered, accepted=self.accepted, done=self._done
        )
        self._control.tell(status)

    def count(self, done: Exchange, *, amount: int, first: bool) -> None:
        """Count one exchange of ``amount`` readings or requests; ``first``: it was not offered before."""
        if first and done.lost != "fail":
            self.offered += amount
        if done.answer is not None:
            self.answered += amount

    def log_in(self, account: int) -> bool:
        """Try to open an account's session; if it fails, return only when it may be tried again."""
        wait_us = 0

        def ask(request: Request) -> Answer | None:
            nonlocal wait_us
            done = self.route.exchange(request)
            wait_us = (again_us(done, speed=self.runtime.clock.speed) or 0) - done.ended_us
            return done.answer

        client = logged_in(self.uploader, self.client(account)._replace(session=""), ask)
        if client is not None:
            self.sessions[account] = client.session
            return True
        self.runtime.pause(max(LOG_IN_AGAIN_S, min(2.0, wait_us / self.runtime.clock.speed / 1e6)))
        return False

    def client(self, account: int) -> Client:
        """Return an account as a client, with the session that it has."""
        return device_client(self.plan.accounts[account], self.runtime.orders.password, self.sessions.get(account))

    def _log_in_all(self) -> None:
        """Open every account's session, a few at once, until all are open or the process is to end."""
        waiting = deque(range(len(self.plan.accounts)))
        limit_us = self.runtime.clock.later_us(LOG_IN_LIMIT_S)
        finished = self.runtime.turnstile()
        for _ in range(LOG_INS_AT_ONCE):
            self.runtime.spawn(self._log_in_waiting, waiting, limit_us, finished)
        for _ in range(LOG_INS_AT_ONCE):
            finished.acquire()
        if waiting and not self.runtime.stopping.is_set():
            who = f"{len(waiting)} accounts of {self.plan.fault_id}"
            raise HarnessError(f"{who} could not log in within {LOG_IN_LIMIT_S:g} s")

    def _log_in_waiting(self, waiting: deque[int], limit_us: int, finished: RuntimeTurnstile) -> None:
        runtime = self.runtime
        try:
            while waiting and not runtime.stopping.is_set() and runtime.clock.now_us() < limit_us:
                account = waiting.popleft()
                if not self.log_in(account):
                    waiting.append(account)
        finally:
            finished.release()

    def _end(self, ends_us: int) -> None:
        """Set ``over`` when the time is up, the runner says stop, or the process is to end."""
        self._control.wait_over(ends_us)
        self.over.set()

    def _tell(self) -> None:
        while not self.over.wait(TELL_EVERY_S):
            self.tell()
