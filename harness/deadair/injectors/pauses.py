"""Lets nodes stand still and go on, by SIGSTOP and SIGCONT. Knows no target and no fault's meaning.

A node is a session of its own, so all of its processes are stopped together. What stands still cannot end by SIGTERM
either: whoever ends a run lets everything go on first.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from deadair.injectors.injector import Break, Look
from deadair.injectors.processes import Identity, Spawned, find
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

STOP_LIMIT_S = 2.0
POLL_S = 0.01


class NodePauser:
    """The injector of ``pause``. ``nodes`` holds each node's newest process."""

    def __init__(self, nodes: Mapping[str, Spawned], ready: Callable[[str], bool]) -> None:
        self._nodes = nodes
        self._ready = ready
        self._resumed: set[str] = set()

    def begin(self, broken: Break) -> None:
        """Stop the node and check that it stands still."""
        self._signal(broken, signal.SIGSTOP, stopped=True)
        self._resumed.discard(broken.subject)

    def look(self, broken: Break) -> Look:
        """Say whether the node stands still and, once it was let go on, whether it answers."""
        still = stands_still(self._of(broken).identity)
        ready = not still and broken.subject in self._resumed and self._ready(broken.subject)
        return Look({"stopped": still, "ready": ready})

    def heal(self, broken: Break) -> None:
        """Let the node go on."""
        self._signal(broken, signal.SIGCONT, stopped=False)
        self._resumed.add(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether the node goes on."""
        return not stands_still(self._of(broken).identity)

    def _signal(self, broken: Break, number: signal.Signals, *, stopped: bool) -> None:
        node = self._of(broken)
        node.identity.send_group(number)
        limit = Deadline.after(STOP_LIMIT_S)
        while stands_still(node.identity) is not stopped and node.identity.alive():
            if limit.passed():
                raise HarnessError(f"the node {broken.subject} does not heed {number.name} within {STOP_LIMIT_S:g} s")
            pause(POLL_S)

    def _of(self, broken: Break) -> Spawned:
        if broken.action != "stop" or broken.subject not in self._nodes:
            raise HarnessError(f"there is no node {broken.subject} to {broken.action}")
        return self._nodes[broken.subject]


class RunResumer:
    """Heals every pause of a run, for who knows only its marker: the guardian."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def begin(self, broken: Break) -> None:
        """Refuse: who heals does not break. Raises HarnessError."""
        raise HarnessError("a guardian lets nodes go on, and stops none")

    def look(self, broken: Break) -> Look:
        """Say whether anything of the run stands still."""
        return Look({"stopped": not self.healed(broken), "ready": False})

    def heal(self, broken: Break) -> None:
        """Let every process of the run go on."""
        for identity in find(self._run_id):
            identity.send(signal.SIGCONT)

    def healed(self, broken: Break) -> bool:
        """Say whether no process of the run stands still."""
        return not any(stands_still(identity) for identity in find(self._run_id))


def stands_still(identity: Identity) -> bool:
    """Say whether a process lives and is stopped by a signal."""
    try:
        state = Path(f"/proc/{identity.pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state == b"T" and identity.alive()
