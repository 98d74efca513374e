"""One life of a node in a container, seen and handled from outside. Knows no target and no fault.

Whether it lives is seen at its first process on this machine, many times a second; only who has ended is asked about.
"""

from __future__ import annotations

from pathlib import Path

from deadair.injectors.processes import POLL_S, Identity
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from deadair.runtimes.docker_engine import DockerEngine

ENDED_LIMIT_S = 2.0
"""How long the engine may take to notice that a container's process is gone."""
SIGNALLED = 128
"""Exit codes above this name the signal that ended the process."""
PROCESSES_MAX = 100


class ContainerNode:
    """One life, begun: ``identity`` is its first process."""

    def __init__(self, engine: DockerEngine, name: str, container: str, identity: Identity) -> None:
        self.name = name
        self.container = container
        self._engine = engine
        self._identity = identity
        self._code: int | None = None

    @classmethod
    def started(cls, engine: DockerEngine, name: str, container: str) -> ContainerNode:
        """Start a container, and return its new life. Raises HarnessError if its process cannot be seen from here."""
        engine.start(container)
        limit = Deadline.after(ENDED_LIMIT_S)
        while (state := engine.state(container)).running:
            if (identity := Identity.of(state.pid)) is not None:
                return cls(engine, name, container, identity)
            if limit.passed():
                raise HarnessError(
                    f"the process of the container of {name} is not seen on this machine: the Docker engine runs "
                    "somewhere else, and a kill or a pause could not be proved"
                )
            pause(POLL_S)
        # It has ended already: its exit code is found when it is asked for.
        return cls(engine, name, container, Identity(-1, -1))

    def pids(self) -> tuple[int, ...]:
        """Return the ids of its first process, and of those that this one has begun."""
        if not self._identity.alive():
            return ()
        left, found = [self._identity.pid], list[int]()
        while left and len(found) < PROCESSES_MAX:
            found.append(pid := left.pop())
            left += _children(pid)
        return tuple(found)

    def ended(self) -> int | None:
        """Return its exit code if it has ended, as a process would have it: below 0 for a signal."""
        if self._code is None and not self._identity.alive():
            limit = Deadline.after(ENDED_LIMIT_S)
            while (state := self._engine.state(self.container)).running and state.pid == self._identity.pid:
                if limit.passed():
                    raise HarnessError(f"{self.name}: its process is gone, and the Docker engine says that it runs")
                pause(POLL_S)
            # Whoever started it again has begun another life; of this one nothing more is known.
            code = SIGNALLED + 9 if state.running else state.code
            self._code = SIGNALLED - code if code > SIGNALLED else code
        return self._code

    def alive(self) -> bool:
        """Say whether it runs, or stands still."""
        return self._identity.alive()

    def kill(self) -> None:
        """End it at once."""
        self._engine.kill(self.container)

    def pause(self) -> None:
        """Let it stand still."""
        self._engine.pause(self.container)

    def resume(self) -> None:
        """Let it go on."""
        self._engine.resume(self.container)

    def stands_still(self) -> bool:
        """Say whether it lives and is paused."""
        return self.alive() and self._engine.state(self.container).paused


def _children(pid: int) -> list[int]:
    """Return the processes that one has begun; none where this kernel does not say."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text("utf-8").split()]
    except (OSError, ValueError):
        return []
