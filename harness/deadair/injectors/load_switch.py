"""Lets load begin and end: two files that a load process watches, and one in which it tells how far it is.

Knows neither accounts nor requests. The process was started before, ready and idle; it ends by itself when its time
is over, also if nobody tells it to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from deadair.injectors.injection_worlds import SimulatedLoad
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import InjectorEntry
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

TAKE_LIMIT_S = 5.0
"""Real seconds a load process may take to see a file; it looks fifty times a second. The next step waits that long.

Two would be too few: on a machine that was six times too busy, a sound process was killed by that.
"""
RAMP_REAL_S = 1.0
"""Real seconds a flood may take to come up to speed."""


class LoadSwitch:
    """The injector of ``backlog`` and ``overload`` for one fault, by the files of a run's ``control`` folder.

    ``end``: ends the process of this fault, for who can. Without it, one that does not stop is not healed.
    """

    def __init__(self, control: Path, fault_id: str, *, speed: float, end: Callable[[str], None] | None = None) -> None:
        self._go = control / f"{fault_id}.go"
        self._stop = control / f"{fault_id}.stop"
        self._status = control / f"{fault_id}.status.json"
        self._fault_id = fault_id
        self._speed = speed
        self._end = end
        self._was_ended = False

    def begin(self, broken: Break) -> None:
        """Let the load begin. Raises HarnessError if its process is not ready for it."""
        if not self._told()["ready"]:
            raise HarnessError(
                f"the load process of {self._fault_id} is not ready to {broken.action}: see logs/load-*.log"
            )
        self._go.touch()

    def look(self, broken: Break) -> Look:
        """Return what the process says it has offered so far; see the faults ``overload`` and ``backlog``."""
        wanted = float(broken.knobs.get("wanted_per_s", 0.0))
        return Look({**self._told(), "wanted_per_s": wanted, "ramp_s": RAMP_REAL_S * self._speed})

    def heal(self, broken: Break) -> None:
        """Let the load end, and wait for the process to say so if it had begun. One that hangs is ended."""
        self._stop.touch()
        limit = Deadline.after(TAKE_LIMIT_S)
        while not self.healed(broken) and not limit.passed():
            pause(0.02)
        if self._end is not None and not self.healed(broken):
            self._end(self._fault_id)
            self._was_ended = True

    def healed(self, broken: Break) -> bool:
        """Say whether the process was told to stop, and has stopped if it ever began."""
        return not self._go.exists() or (self._stop.exists() and bool(self._told()["done"]))

    def _told(self) -> dict[str, int | bool]:
        """Return what the process told last: nothing yet is not ready. One that was ended is done."""
        try:
            told = json.loads(self._status.read_bytes())
            return {
                "ready": bool(told["ready"]),
                "done": bool(told["done"]) or self._was_ended,
                **{name: int(told[name]) for name in ("offered", "answered", "accepted")},
            }
        except (OSError, ValueError, KeyError, TypeError):
            return {"ready": False, "done": self._was_ended, "offered": 0, "answered": 0, "accepted": 0}


class SimulatedLoadSwitch:
    """The same in virtual time."""

    def __init__(self, load: SimulatedLoad, *, speed: float) -> None:
        self._load = load
        self._speed = speed

    def begin(self, broken: Break) -> None:
        """Let the load begin."""
        self._load.go.set()

    def look(self, broken: Break) -> Look:
        """Return what it has offered so far."""
        wanted = float(broken.knobs.get("wanted_per_s", 0.0))
        told = self._load.status.model_dump()
        return Look({**told, "wanted_per_s": wanted, "ramp_s": RAMP_REAL_S * self._speed})

    def heal(self, broken: Break) -> None:
        """Let it end, and wait until it has; one that has crashed never says so."""
        self._load.stop.set()
        if self._load.go.is_set():
            self._load.ended.wait(TAKE_LIMIT_S)

    def healed(self, broken: Break) -> bool:
        """Say whether it ended, if it ever began."""
        return not self._load.go.is_set() or self._load.status.done


LOAD = InjectorEntry(
    "load",
    ("backlog", "overload"),
    live=lambda world, fault_id: LoadSwitch(world.control, fault_id, speed=world.speed, end=world.end_load),
    simulated=lambda world, fault_id: SimulatedLoadSwitch(world.loads[fault_id], speed=world.speed),
    undo=lambda run, fault_id: LoadSwitch(run.control, fault_id, speed=run.speed),
    ends_with_run=True,
    each_fault=True,
)
