"""What an injector may do to one life of a node, however the node runs. Knows no runtime and no target."""

from __future__ import annotations

from typing import Protocol


class RunningNode(Protocol):
    """One life of a node. A node that is started again is another one, also where its container is the same."""

    @property
    def name(self) -> str:
        """Return the node's name, as its log is called."""
        ...

    def pids(self) -> tuple[int, ...]:
        """Return the ids that its processes have on this machine; none of those that are gone."""
        ...

    def ended(self) -> int | None:
        """Return its exit code if it has ended, else none. Cheap: it is asked many times a second."""
        ...

    def alive(self) -> bool:
        """Say whether it still runs, or stands still."""
        ...

    def kill(self) -> None:
        """End it at once, as SIGKILL does; waits for nothing. No error where it is gone."""
        ...

    def pause(self) -> None:
        """Let it stand still. No error where it is gone."""
        ...

    def resume(self) -> None:
        """Let it go on. No error where it is gone."""
        ...

    def stands_still(self) -> bool:
        """Say whether it lives and is paused."""
        ...
