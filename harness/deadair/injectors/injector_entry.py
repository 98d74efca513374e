"""What the catalogue says of an injector: what it can do, how it is made in each engine, and how it is undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deadair.injectors.injection_worlds import LiveWorld, SimulatedWorld
from deadair.injectors.injector import Break, Injector


class Pausable(Protocol):
    """What was let stand still, and can be let go on. Raises HarnessError."""

    def resume(self) -> None:
        """Let it go on."""
        ...

    def stands_still(self) -> bool:
        """Say whether it lives and is paused."""
        ...


@dataclass(frozen=True, slots=True)
class BrokenRun:
    """What somebody who heals knows of a run: no more than its folder holds, for its runner may be dead."""

    run_id: str
    """Every process of the run carries it; see ``processes.find``."""
    control: Path
    """The folder of files by which processes of the run are told things."""
    speed: float
    addresses: Mapping[str, object]
    """Where an injector is controlled, by the injector's name, as the ledger says it."""
    lives: Callable[[], Sequence[Pausable]] = tuple
    """Returns its nodes that are no processes with its marker."""
    remove: Callable[[], list[str]] = list
    """Removes whatever it made besides processes; returns what could not be, a sentence each."""


class Undo(Protocol):
    """Undoes a break of a run that somebody else broke. Raises HarnessError, within its own time limit."""

    def heal(self, broken: Break) -> None:
        """Undo it. Healing what is not broken is no error."""
        ...

    def healed(self, broken: Break) -> bool:
        """Say whether nothing of it is left."""
        ...


@dataclass(frozen=True, slots=True)
class InjectorEntry:
    """One injector. Whatever is made takes the id of the fault it is for."""

    name: str
    """As breaks name it, those in old ledgers too: it never changes."""
    actions: tuple[str, ...]
    live: Callable[[LiveWorld, str], Injector] | None
    """Makes it for a live run. None: it has no live form."""
    simulated: Callable[[SimulatedWorld, str], Injector] | None
    """Makes it for virtual time. None: it has no form there."""
    undo: Callable[[BrokenRun, str], Undo] | None
    """Undoes a break by the ledger's line alone, while the run's processes may still live. None: nobody can."""
    ends_with_run: bool
    """Whether nothing of a break outlives the processes of its run: it is undone once those are proved gone."""
    each_fault: bool = False
    """Whether each fault has an injector of its own; else all faults of a run share one."""
    ends_node: bool = False
    """Whether the node that it breaks is meant to be dead until it is healed."""

    @property
    def can_be_undone(self) -> bool:
        """Whether the guardian can undo it, whoever dies."""
        return self.undo is not None or self.ends_with_run
