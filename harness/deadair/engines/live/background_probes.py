"""The probes of a live run: each node has a thread of its own that asks it, so a node that hangs delays no step.

The runner's thread puts the questions, takes the answers over and alone writes them down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from deadair.engines.live.question import ProbeAnswer, Question
from deadair.engines.probes import BACKLOG_EVERY_REAL_S, ROUND_REAL_S, Probes
from deadair.history.recorder import Recorder
from deadair.model.errors import HarnessError
from deadair.targets.target import Site, Target

LATE_S = 2.0
"""Real seconds after which a node counts as one that does not answer. A target promises one second."""
WAIT_LIMIT_S = 10.0
"""Real seconds that one answer is waited for at the end of a run. A target's own limit is shorter."""
_Said = TypeVar("_Said")


class BackgroundProbes(Probes):
    """Asks one target beside the runner's thread."""

    def __init__(
        self, target: Target, site: Site, recorder: Recorder, look_beside: Callable[[], None] = lambda: None
    ) -> None:
        """``look_beside`` is called as often as anything may be due, and must take no time."""
        super().__init__(target, site, recorder)
        self._look_beside = look_beside
        self._nodes = {node: self._about(node) for node in target.nodes}
        self._backlog = Question("the backlog", lambda: target.backlog(site), self._clock, limit_s=LATE_S)

    def ask(self, *, room_s: float) -> None:
        """Put what is due and take over what was answered. It takes no time, so ``room_s`` may be nothing."""
        self._take_over()
        self._look_beside()
        now_us = self._clock.now_us()
        if now_us >= self._next_node_us:
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

    def forget(self, node: str) -> None:
        """Forget what a node answered, and what it may still answer: it is about to be started or let go on."""
        self._nodes[node] = self._about(node)
        self.ready[node] = False

    def _about(self, node: str) -> Question[bool]:
        return Question(f"the node {node}", lambda: self._target.ready(node, self._site), self._clock, limit_s=LATE_S)

    def _take_over(self) -> None:
        for node, question in self._nodes.items():
            if (answer := question.taken()) is not None:
                self._note_ready(node, _ready(answer), answer.at_us)
        if (waiting := self._backlog.taken()) is not None:
            self._note_backlog(waiting.read, waiting.at_us)

    def _answer(self, put: Callable[[], _Said], check: Callable[[], None]) -> _Said | None:
        """Wait for an answer, and let the run be ended meanwhile."""
        return Question("the target", put, self._clock, limit_s=WAIT_LIMIT_S).wait(check)


def _ready(answer: ProbeAnswer[bool]) -> bool:
    """Return a node's answer; one that does not come is no. Raises an error that is none of the harness's."""
    try:
        return answer.read() is True
    except HarnessError:
        return False
