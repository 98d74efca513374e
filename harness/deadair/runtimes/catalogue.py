"""The one list of runtimes. Engine, guardian and ``heal`` read it, and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deadair.model.errors import HarnessError
from deadair.runtimes.processes import Processes
from deadair.runtimes.runtime import NodeRuntime, RunMarks

PROCESSES = "processes"


@dataclass(frozen=True, slots=True)
class RuntimeEntry:
    """One runtime."""

    name: str
    """As targets name it, and ledgers: it never changes."""
    make: Callable[[RunMarks], NodeRuntime]
    """Makes it for one run; does nothing yet."""


_LISTED = (RuntimeEntry(PROCESSES, Processes),)
RUNTIMES: dict[str, RuntimeEntry] = {entry.name: entry for entry in _LISTED}
"""All of them, by name."""


def runtime_entry(name: str) -> RuntimeEntry:
    """Return a runtime. Raises HarnessError if this version has none of that name."""
    entry = RUNTIMES.get(name)
    if entry is None:
        raise HarnessError(f"this version has no runtime {name!r}; it has {', '.join(RUNTIMES)}")
    return entry
