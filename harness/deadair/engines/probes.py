"""What the target is asked while a run goes on and at its end. Each node is asked beside the runner: one that hangs
delays no step, in virtual time as in a live run.

The runner puts the questions, takes the answers over and alone writes them down.

Rows: READY on change, BACKLOG each real second, STORED and STORED_PROBED at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from deadair.engines.question import Background, ProbeAnswer, Question
from deadair.fleet.phones.phone import placed_us
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.errors import HarnessError
from deadair.model.roster import Roster
from deadair.targets.target import Site, Target

ROUND_REAL_S = 0.5
"""Each node is asked twice a second, one after the other."""
BACKLOG_EVERY_REAL_S = 1.0
LATE_S = 2.0
"""Real seconds after which a node counts as one that does not answer. A target promises one second."""
WAIT_LIMIT_S = 10.0
"""Real seconds that one answer is waited for at the end of a run. A target's own limit is shorter."""
DRAIN_LIMIT_REAL_S = 10.0
STORED_LIMIT_REAL_S = 60.0
_Said = TypeVar("_Said")


class Probes:
    """Asks one target. ``ready`` is the newest answer of each node.

    each ``look_beside`` is called as often as anything may be due, and must take no time.
    """

    def __init__(
        self,
        target: Target,
        site: Site,
        recorder: Recorder,
        background: Background,
        *look_beside: Callable[[], None],
    ) -> None:
        self._target = target
        self._site = site
        self._recorder = recorder
        self._clock = recorder.clock
        self._background = background
        self._look_beside = look_beside
        self.ready = dict.fromkeys(target.nodes, False)
        self._why_not: dict[str, str] = {}
        self._told: dict[str, bool] = {}
        self._turns = list(target.nodes)
        self._next_node_us = 0
        self._next_backlog_us = 0
        self._nodes = {node: self._about(node) for node in target.nodes}
        self._backlog = self._question("the backlog", lambda: target.backlog(site), LATE_S)

    def ask(self) -> None:
        """Put what is due and take over what was answered. It takes no time."""
        self._take_over()
        for look in self._look_beside:
            look()
        now_us = self._clock.now_us()
        if self._turns and now_us >= self._next_node_us:
            self._turns.append(node := self._turns.pop(0))
            self._next_node_us = self._clock.later_us(ROUND_REAL_S / len(self._turns))
            self._nodes[node].ask()
        if now_us >= self._next_backlog_us:
            self._next_backlog_us = self._clock.later_us(BACKLOG_EVERY_REAL_S)
            self._backlog.ask()

    def ask_node(self, node: str) -> bool:
        """Put the question to a node and say what its newest answer was; see ``forget``."""
        self._take_over()
        self._nodes[node].ask()
        return self.ready[node]

    def why_not(self, node: str) -> str:
        """Return why a node is not ready, to be added to a sentence; nothing if nobody said."""
        why = self._why_not.get(node)
        return f" ({why})" if why else ""

    def forget(self, node: str) -> None:
        """Forget what a node answered, and what it may still answer: it is about to be started or let go on."""
        self._nodes[node] = self._about(node)
        self.ready[node] = False

    def ask_stored(self, roster: Roster, check: Callable[[], None]) -> None:
        """Wait a little for the backlog to drain, then ask for every patient's stored readings.

        ``check`` is called while one waits for an answer and between the questions; what it raises ends them.
        """
        draining_us = self._clock.later_us(DRAIN_LIMIT_REAL_S)
        while self._waiting(check) and self._clock.now_us() < draining_us:
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
                measured_us = placed_us(self._clock, reading.measured_s)
                self._recorder.add(
                    Kind.STORED, patient=device.patient, measured_us=measured_us, value=reading.value_mg_dl
                )
            self._probed(device.patient, "ok", len(readings), None)

    def _about(self, node: str) -> Question[str]:
        return self._question(f"the node {node}", lambda: self._target.why_not_ready(node, self._site), LATE_S)

    def _question(self, what: str, put: Callable[[], _Said], limit_s: float) -> Question[_Said]:
        return Question(what, put, self._clock, self._background, limit_s=limit_s)

    def _answer(self, put: Callable[[], _Said], check: Callable[[], None]) -> _Said | None:
        """Wait for an answer, and let the run be ended meanwhile."""
        return self._question("the target", put, WAIT_LIMIT_S).wait(check)

    def _waiting(self, check: Callable[[], None]) -> int | None:
        """Ask how many readings wait, and wait for the answer; none if the target does not say."""
        return self._note_backlog(lambda: self._answer(lambda: self._target.backlog(self._site), check))

    def _take_over(self) -> None:
        for node, question in self._nodes.items():
            if (answer := question.taken()) is not None:
                self._why_not[node] = why = _why_not(answer)
                self._note_ready(node, not why, answer.at_us)
        if (waiting := self._backlog.taken()) is not None:
            self._note_backlog(waiting.read, waiting.at_us)

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
        if waiting is not None:
            self._recorder.add(Kind.BACKLOG, at_us=at_us, outcome="ok", value=waiting)
        return waiting

    def _probed(self, patient: int, outcome: str, rows: int | None, detail: str | None) -> None:
        self._recorder.add(Kind.STORED_PROBED, patient=patient, outcome=outcome, value=rows, detail=detail)


def _why_not(answer: ProbeAnswer[str]) -> str:
    """Return why a node is not ready, nothing if it is. No answer is no readiness. Raises what is no HarnessError."""
    try:
        said = answer.read()
    except HarnessError as error:
        return str(error) or "it does not say why"
    return "it does not say whether it is ready" if said is None else said
