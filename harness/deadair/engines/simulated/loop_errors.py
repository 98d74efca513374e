"""What goes wrong on the virtual loop: an error that nobody handled, and a run that cannot come to its end."""

from __future__ import annotations

from dataclasses import dataclass

from deadair.model.errors import HarnessError

NAMED_MAX = 8
"""How many tasks or green threads an error names."""


class DeadlockError(HarnessError):
    """Nothing is left to run, and the run is not over."""


class StuckError(HarnessError):
    """Far too much ran at one moment: something goes round and round while time stands still."""


@dataclass(frozen=True, slots=True)
class Crash:
    """An error that nobody handled: in which process (none: the harness's side), in what, and which."""

    process: str | None
    what: str
    error: BaseException
