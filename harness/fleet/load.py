"""A load process: logs in, waits for its go, offers backlog or overload, counts what was offered. Under gevent.

Offered is what really went out, once: the runner judges from it whether the fault was as strong as promised.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import gevent
from gevent.event import Event
from gevent.pool import Pool

from harness.fleet.crew import Crew
from harness.fleet.exchange import Exchange, again_us
from harness.fleet.plan import LoadPlan
from harness.fleet.status import LoadStatus, load_go_path, load_status_path, load_stop_path, write_status
from harness.history.rows import Kind
from harness.model.clock import Deadline
from harness.model.errors import HarnessError

LOG_IN_LIMIT_S = 60.0
LOG_INS_AT_ONCE = 8
LOG_IN_AGAIN_S = 0.2
CONTROL_EVERY_S = 0.02
TELL_EVERY_S = 0.2


class Load(ABC):
    """What both kinds of load share. Subclasses say how they offer."""

    connections: int

    def __init__(self, crew: Crew, plan: LoadPlan) -> None:
        self.crew = crew
        self.plan = plan
        self.uploader = crew.orders.target.uploader()
        self.route = crew.route("load", connections=self.connections)
        self.sessions: dict[int, str] = {}
        self.over = Event()
        self.offered = self.answered = self.accepted = 0
        self._told = 0
        self._done = False

    @abstractmethod
    def offer(self, begin_us: int) -> None:
        """Offer the load from this moment on, until ``over``."""

    def run(self) -> None:
        """Prepare, wait for the go, offer, and stay until the process is ended."""
        self.crew.spawn(self._tell)
        self._log_in_all()
        folder, fault_id = self.crew.orders.folder, self.plan.fault_id
        go, stop = load_go_path(folder, fault_id), load_stop_path(folder, fault_id)
        while not go.exists():
            if self.crew.stopping.wait(CONTROL_EVERY_S):
                return
        begin_us = self.crew.clock.now_us()
        self.crew.spawn(self._end, begin_us + self.plan.lasts_us, stop)
        self.offer(begin_us)
        self.over.wait()
        self._done = True
        self.tell()
        self.crew.stopping.wait()

    def tell(self) -> None:
        """Write the counts to history and status file."""
        fresh, self._told = self.offered - self._told, self.offered
        if fresh:
            self.crew.recorder.add(Kind.OFFERED, place=self.plan.where, detail=self.plan.fault_id, value=fresh)
        ready = len(self.sessions) == len(self.plan.accounts)
        status = LoadStatus(
            ready=ready, offered=self.offered, answered=self.answered, accepted=self.accepted, done=self._done
        )
        write_status(load_status_path(self.crew.orders.folder, self.plan.fault_id), status)

    def count(self, done: Exchange, *, amount: int, first: bool) -> None:
        """Count one exchange of ``amount`` readings or requests; ``first``: it was not offered before."""
        if first and done.lost != "fail":
            self.offered += amount
        if done.answer is not None:
            self.answered += amount

    def log_in(self, account: int) -> bool:
        """Try to open an account's session."""
        name = self.plan.accounts[account]
        done = self.route.exchange(self.uploader.login(name, self.crew.orders.password))
        session = None if done.answer is None else self.uploader.session(done.answer)
        if session is not None:
            self.sessions[account] = session
            return True
        wait_us = (again_us(done, speed=self.crew.clock.speed) or 0) - done.ended_us
        gevent.sleep(max(LOG_IN_AGAIN_S, min(2.0, wait_us / self.crew.clock.speed / 1e6)))
        return False

    def _log_in_all(self) -> None:
        limit = Deadline.after(LOG_IN_LIMIT_S)
        waiting = list(range(len(self.plan.accounts)))
        while waiting and not self.crew.stopping.is_set():
            if limit.passed():
                raise HarnessError(
                    f"{len(waiting)} accounts of {self.plan.fault_id} could not log in within {LOG_IN_LIMIT_S:g} s"
                )
            round_, waiting = waiting[:LOG_INS_AT_ONCE], waiting[LOG_INS_AT_ONCE:]
            opened = Pool(LOG_INS_AT_ONCE).map(self.log_in, round_)
            waiting += [account for account, done in zip(round_, opened, strict=True) if not done]

    def _end(self, ends_us: int, stop: Path) -> None:
        """Set ``over`` when the time is up, the runner says stop, or the process is to end."""
        while not self.over.is_set():
            ending = self.crew.stopping.wait(min(CONTROL_EVERY_S, self.crew.clock.wait_s(ends_us)))
            if ending or stop.exists() or self.crew.clock.now_us() >= ends_us:
                self.over.set()

    def _tell(self) -> None:
        while not self.crew.stopping.wait(TELL_EVERY_S):
            self.tell()
