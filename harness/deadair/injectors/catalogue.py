"""The one list of injectors. Live engine, simulated engine, guardian and dry run read it, and no other."""

from __future__ import annotations

from collections.abc import Callable

from deadair.injectors.injection_worlds import LiveWorld, SimulatedWorld
from deadair.injectors.injector import Break, Injector
from deadair.injectors.injector_entry import InjectorEntry
from deadair.injectors.kills import PROCESSES
from deadair.injectors.link_delays import DELAYS
from deadair.injectors.load_switch import LOAD
from deadair.injectors.noop import NOOP
from deadair.injectors.pauses import PAUSES
from deadair.injectors.push_provider import PROVIDER
from deadair.injectors.toxiproxy import TOXIPROXY
from deadair.model.errors import HarnessError

INJECTORS: tuple[InjectorEntry, ...] = (DELAYS, LOAD, NOOP, PAUSES, PROCESSES, PROVIDER, TOXIPROXY)


def entry_of(broken: Break) -> InjectorEntry | None:
    """Return the injector that makes and undoes a break; none if this version has none that can."""
    return next((one for one in INJECTORS if one.name == broken.injector and broken.action in one.actions), None)


def why_unknown(broken: Break) -> str:
    """Return why there is no injector for a break, and which there are."""
    for one in INJECTORS:
        if one.name == broken.injector:
            return f"the injector {one.name!r} cannot {broken.action!r}; it can {', '.join(one.actions)}"
    names = ", ".join(one.name for one in INJECTORS)
    return f"this version has no injector {broken.injector!r}; it has {names}"


class RunInjectors:
    """The injectors of one run, each made when a break first asks for it."""

    def __init__(self, make: Callable[[InjectorEntry, str], Injector | None]) -> None:
        self._make = make
        self._made: dict[tuple[str, str], Injector] = {}

    @classmethod
    def live(cls, world: LiveWorld) -> RunInjectors:
        """Return those of a live run."""
        return cls(lambda entry, fault_id: None if entry.live is None else entry.live(world, fault_id))

    @classmethod
    def simulated(cls, world: SimulatedWorld) -> RunInjectors:
        """Return those of a run in virtual time."""
        return cls(lambda entry, fault_id: None if entry.simulated is None else entry.simulated(world, fault_id))

    def of(self, fault_id: str, broken: Break) -> Injector:
        """Return who makes this break. Raises HarnessError if nobody can: a plan that is refused in time has none."""
        entry = entry_of(broken)
        if entry is None:
            raise HarnessError(f"{fault_id}: {why_unknown(broken)}")
        key = (entry.name, fault_id if entry.each_fault else "")
        if key not in self._made:
            made = self._make(entry, fault_id)
            if made is None:
                raise HarnessError(f"{fault_id}: {broken.action} by {broken.injector} has no form in this engine")
            self._made[key] = made
        return self._made[key]
