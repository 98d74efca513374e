"""What a runtime is: it starts a target's nodes, says where they are reached, and ends them. Knows no target by name.

The engine decides every address; a runtime says what its nodes see of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from deadair.injectors.running_node import RunningNode
from deadair.model.environment import Address
from deadair.model.run_folder import RunFolder
from deadair.runtimes.node_start import NodeStart


@dataclass(frozen=True, slots=True)
class RunMarks:
    """What a runtime knows of the run it works for."""

    run_id: str
    """Everything that it makes carries this, so that others can find and end it."""
    folder: RunFolder
    cores: tuple[int, ...]
    """The cores that nodes are kept to; none: all."""


class NodeRuntime(Protocol):
    """The nodes of one run. Everything raises HarnessError, within a limit of its own.

    ``note`` takes a sentence for whoever watches.
    """

    def prepare(self, note: Callable[[str], None]) -> str:
        """Make what addresses depend on; return this machine's address as nodes see it."""
        ...

    def listen(self, reached: Address) -> Address:
        """Return where a node must listen for the harness to reach it at ``reached``."""
        ...

    def create(self, starts: Mapping[str, NodeStart], note: Callable[[str], None]) -> None:
        """Make everything that the nodes need to start: all of it, before the first of them is started."""
        ...

    def start(self, node: str, start: NodeStart) -> RunningNode:
        """Start a node, also again after it was killed."""
        ...

    def stop_all(self, *, limit_s: float) -> list[str]:
        """End every node and remove whatever was made; return what could not be, a sentence each."""
        ...
