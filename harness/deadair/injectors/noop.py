"""An injector that breaks nothing: it remembers what it was asked to make and has not been asked to undo."""

from __future__ import annotations

from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import InjectorEntry


class Noop:
    """The injector of ``noop``, and of a dry run. ``made``: the breaks that were begun and not healed."""

    def __init__(self) -> None:
        self.made: list[Break] = []

    def begin(self, broken: Break) -> None:
        """Remember the break."""
        self.made.append(broken)

    def look(self, broken: Break) -> Look:
        """Say whether the break was made and not undone."""
        return Look({"made": broken in self.made})

    def heal(self, broken: Break) -> None:
        """Forget the break."""
        if broken in self.made:
            self.made.remove(broken)

    def healed(self, broken: Break) -> bool:
        """Say whether the break was undone, or never made."""
        return broken not in self.made


NOOP = InjectorEntry(
    "noop",
    ("nothing",),
    live=lambda world, fault_id: Noop(),
    simulated=lambda world, fault_id: Noop(),
    undo=lambda run, fault_id: Noop(),  # of what was never broken nothing is left
    ends_with_run=True,
)
