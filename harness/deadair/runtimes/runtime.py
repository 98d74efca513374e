"""What a runtime is: it starts a target's nodes, says where they are reached, and ends them. Knows no target by name.

The engine decides every address; a runtime says what its nodes see of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deadair.injectors.running_node import RunningNode
from deadair.model.environment import Address
from deadair.model.run_folder import RunFolder
from deadair.runtimes.allowance import Allowance
from deadair.runtimes.node_start import NodeStart


@dataclass(frozen=True, slots=True)
class RuntimeNeeds:
    """What a target says of how it runs, before there is a run."""

    folder: Path = Path()
    """Its own."""
    compose_file: Path = Path("compose.yaml")
    services: tuple[str, ...] = ()
    """Of the compose file: those that are nodes."""
    variables: tuple[str, ...] = ()
    """The names that the compose file may use as ``${NAME}``, besides its own."""
    reached: Mapping[str, Address] = field(default_factory=dict)
    """By socket: where what runs already is reached; of containers, at which port they serve it."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """What is to be refused or allowed before anything starts."""

    needs: RuntimeNeeds
    allowance: Allowance
    lasts_s: float
    """Real seconds that the run may last at the most."""
    reach: str
    """What it does to whoever is reached, for people: how many devices, phones and faults."""
    note: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunMarks:
    """What a runtime knows of the run it works for."""

    run_id: str
    """Everything that it makes carries this, so that others can find and end it."""
    folder: RunFolder
    cores: tuple[int, ...]
    """The cores that nodes are kept to; none: all."""
    harness_cores: tuple[int, ...] = ()
    """Those that everything else is kept to."""
    toxiproxy: Path | None = None
    """A toxiproxy-server, for who needs one."""
    needs: RuntimeNeeds = RuntimeNeeds()
    allowance: Allowance = field(default_factory=Allowance)
    redacted: Callable[[str], str] = str
    """Takes secrets out of what is written down."""


@dataclass(frozen=True, slots=True)
class Detour:
    """A link whose dialler knows a name and nothing else: whoever has that name must lead on to the link's proxy."""

    link: str
    alias: str
    port: int
    """At which the name is dialled."""
    leads_to: Address


@dataclass(frozen=True, slots=True)
class Layout:
    """What is to be made, and where all of it is reached."""

    starts: Mapping[str, NodeStart]
    reached: Mapping[str, Address]
    """By socket: where the harness will reach it."""
    detours: Sequence[Detour]
    echo: Address
    """The proxy that the harness sends its own echo through."""


class NodeRuntime(Protocol):
    """The nodes of one run. Everything raises HarnessError, within a limit of its own.

    ``note`` takes a sentence for whoever watches.
    """

    outlives_run: bool
    """Whether the service goes on after the run, with whatever the run has left in it."""

    def prepare(self, note: Callable[[str], None]) -> str:
        """Make what addresses depend on; return this machine's address as nodes see it."""
        ...

    def reach(self, socket: str) -> Address | None:
        """Return where a socket is reached, if the run cannot choose that; none: at any port of loopback."""
        ...

    def listen(self, socket: str, reached: Address) -> Address:
        """Return where a node must serve a socket for the harness to reach it at ``reached``."""
        ...

    def create(self, layout: Layout, note: Callable[[str], None]) -> Address | None:
        """Make everything that the nodes need to start: all of it, before the first of them is started.

        Return where an echo enters whatever was put between the nodes and the proxies; none if nothing was.
        """
        ...

    def start(self, node: str, start: NodeStart) -> RunningNode:
        """Start a node, also again after it was killed."""
        ...

    def others(self) -> Mapping[str, RunningNode]:
        """Return what runs besides the nodes, once the nodes were started; who of them ends badly ends the run."""
        ...

    def stop_all(self, *, limit_s: float) -> list[str]:
        """End every node and remove whatever was made; return what could not be, a sentence each."""
        ...
