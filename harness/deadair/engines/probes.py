"""What the target is asked while a run goes on and at its end. Never asks when the next step would have to wait.

Here each answer is waited for, as virtual time can; a live run asks in the background.

Rows: READY on change, BACKLOG each real second, STORED and STORED_PROBED at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.errors import HarnessError
from deadair.model.roster import Roster
from deadair.targets.target import Site, Target

ROUND_REAL_S = 0.5
"""Each node is asked twice a second, one after the other."""
BACKLOG_EVERY_REAL_S = 1.0
ROOM_LEAST_REAL_S = 0.1
DRAIN_LIMIT_REAL_S = 10.0
STORED_LIMIT_REAL_S = 60.0
_Said = TypeVar("_Said")


def _nothing() -> None:
    """Check nothing."""


class Probes:
    """Asks one target. ``ready`` is the newest answer of each node."""

    def __init__(self, target: Target, site: Site, recorder: Recorder) -> None:
        self._target = target
        self._site = site
        self._recorder = recorder
        self._clock = recorder.clock
        self.ready = dict.fromkeys(target.nodes, False)
        self._told: dict[str, bool] = {}
        self._turns = list(target.nodes)
        self._next_node_us = 0
        self._next_backlog_us = 0
        self._took_s: dict[str, float] = {}

    def ask(self, *, room_s: float) -> None:
        """Ask the one thing that is due, if the answer can be expected within ``room_s`` real seconds."""
        now_us = self._clock.now_us()
        if now_us < min(self._next_node_us, self._next_backlog_us):
            return
        # What has waited longest comes first: whoever turns to this seldom must not always ask the nodes.
        if self._next_node_us <= self._next_backlog_us:
            if self._fits(node := self._turns[0], room_s):
                self._turns.append(self._turns.pop(0))
                self._next_node_us = self._clock.later_us(ROUND_REAL_S / len(self._turns))
                self.ask_node(node)
        elif self._fits("backlog", room_s):
            self._next_backlog_us = self._clock.later_us(BACKLOG_EVERY_REAL_S)
            self.ask_backlog()

    def ask_node(self, node: str) -> bool:
        """Ask a node whether it is ready."""
        began_s = self._real_s()
        ready = self._target.ready(node, self._site)
        self._took_s[node] = self._real_s() - began_s
        self._note_ready(node, ready, self._clock.now_us())
        return ready

    def ask_backlog(self, check: Callable[[], None] = _nothing) -> int | None:
        """Ask how many readings wait; none if the target does not say. ``check`` is called while it is waited for."""
        began_s = self._real_s()
        waiting = self._note_backlog(lambda: self._answer(lambda: self._target.backlog(self._site), check))
        self._took_s["backlog"] = self._real_s() - began_s
        return waiting

    def ask_stored(self, roster: Roster, check: Callable[[], None]) -> None:
        """Wait a little for the backlog to drain, then ask for every patient's stored readings.

        ``check`` is called between the questions; what it raises ends them.
        """
        draining_us = self._clock.later_us(DRAIN_LIMIT_REAL_S)
        while self.ask_backlog(check) and self._clock.now_us() < draining_us:
            check()
            self._clock.pause(0.1)
        limit_us = self._clock.later_us(STORED_LIMIT_REAL_S)
        for device in roster.devices:
            check()
            if self._clock.now_us() >= limit_us:
                self._probed(device.patient, "info", None, "there was no time left to ask")
                continue
            try:
                readings = self._answer(partial(self._target.stored, device.patient, self._site), check) or ()
            except HarnessError as error:
                self._probed(device.patient, "info", None, str(error)[:200])
                continue
            for reading in readings:
                measured_us = self._clock.of_wall_us(reading.measured_s)
                self._recorder.add(
                    Kind.STORED, patient=device.patient, measured_us=measured_us, value=reading.value_mg_dl
                )
            self._probed(device.patient, "ok", len(readings), None)

    def _answer(self, put: Callable[[], _Said], check: Callable[[], None]) -> _Said | None:
        """Put a question and return its answer. ``check``: what is called where one waits for it."""
        return put()

    def _note_ready(self, node: str, ready: bool, at_us: int) -> None:
        self.ready[node] = ready
        if self._told.get(node) != ready:
            self._told[node] = ready
            self._recorder.add(Kind.READY, at_us=at_us, place=node, outcome="ok" if ready else "fail")

    def _note_backlog(self, read: Callable[[], int | None], at_us: int | None = None) -> int | None:
        try:
            waiting = read()
        except HarnessError as error:
            self._recorder.add(Kind.BACKLOG, at_us=at_us, outcome="info", detail=str(error)[:200])
            return None
        self._recorder.add(Kind.BACKLOG, at_us=at_us, outcome="ok", value=waiting)
        return waiting

    def _probed(self, patient: int, outcome: str, rows: int | None, detail: str | None) -> None:
        self._recorder.add(Kind.STORED_PROBED, patient=patient, outcome=outcome, value=rows, detail=detail)

    def _real_s(self) -> float:
        return self._clock.now_us() / self._clock.speed / 1e6

    def _fits(self, what: str, room_s: float) -> bool:
        """Say whether an answer that takes as long as the last one, and half as much again, comes in time."""
        return room_s > max(ROOM_LEAST_REAL_S, 1.5 * self._took_s.get(what, 0.0))
