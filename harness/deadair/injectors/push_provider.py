"""Lets the push provider's stand-in fail, for all phones or for one cohort's.

It gives orders, and asks what was done. It knows no message.
"""

from __future__ import annotations

from pathlib import Path

from deadair.injectors.injection_worlds import SimulatedProvider
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import InjectorEntry
from deadair.injectors.provider_orders import (
    FLEET_TELLS,
    ProviderOrder,
    Told,
    order_path,
    read_told,
    told_path,
    write_order,
)
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

TAKE_LIMIT_S = 3.0
"""Real seconds the provider may take to see a file; it looks six times a second."""


class Provider:
    """The injector of one fault, by the files of a run's ``control`` folder."""

    def __init__(self, control: Path, fault_id: str) -> None:
        self._control = control
        self._fault_id = fault_id

    def begin(self, broken: Break) -> None:
        """Give the order, and wait until the provider says that it obeys. Raises HarnessError if it does not."""
        write_order(self._control, self._fault_id, ProviderOrder.of(broken))
        if not self._says(obeys=True):
            does = DOES[broken.action]
            raise HarnessError(f"the push provider does not say that it {does} within {TAKE_LIMIT_S:g} s")

    def look(self, broken: Break) -> Look:
        """Return what the provider said last."""
        return _look(broken, self._fault_id, self._every())

    def heal(self, broken: Break) -> None:
        """Withdraw the order, and wait until the provider says so."""
        order_path(self._control, self._fault_id).unlink(missing_ok=True)
        self._says(obeys=False)

    def healed(self, broken: Break) -> bool:
        """Say whether there is no order, and nobody who obeys it."""
        obeyed = any(self._fault_id in told.obeys for told in self._every())
        return not order_path(self._control, self._fault_id).exists() and not obeyed

    def _says(self, *, obeys: bool) -> bool:
        limit = Deadline.after(TAKE_LIMIT_S)
        while any((self._fault_id in told.obeys) is not obeys for told in self._every()):
            if limit.passed():
                return False
            pause(0.02)
        return True

    def _every(self) -> list[Told]:
        """Return what all say that stand for the provider."""
        fleet_too = told_path(self._control, FLEET_TELLS).exists()
        return [read_told(self._control, who) for who in ("", *([FLEET_TELLS] if fleet_too else []))]


class SimulatedOrders:
    """The same in virtual time."""

    def __init__(self, provider: SimulatedProvider, fault_id: str) -> None:
        self._provider = provider
        self._fault_id = fault_id

    def begin(self, broken: Break) -> None:
        """Give the order."""
        self._provider.order(self._fault_id, ProviderOrder.of(broken))

    def look(self, broken: Break) -> Look:
        """Return what it has done."""
        return _look(broken, self._fault_id, [self._provider.told()])

    def heal(self, broken: Break) -> None:
        """Withdraw the order."""
        self._provider.withdraw(self._fault_id)

    def healed(self, broken: Break) -> bool:
        """Say whether it is obeyed no more."""
        return self._fault_id not in self._provider.told().obeys


DOES = {
    "refuse": "refuses",
    "delay": "delivers late",
    "drop": "delivers nothing",
    "duplicate": "delivers twice",
}
"""What the provider does by each action."""
DOING = {"refuse": "refusing", "delay": "delaying", "drop": "dropping", "duplicate": "doubling"}
"""The fact of a look that says whether it does so now."""
COUNTED = ("refused", "taken", "handed_on", "dropped", "doubled", "delayed", "waited_s", "waiting")
"""The facts that count messages."""


def _look(broken: Break, fault_id: str, every: list[Told]) -> Look:
    """Return a look at an order: whether all obey it, and what all counted together of those whom it strikes."""
    cohort = ProviderOrder.of(broken).cohort
    counts = {what: sum(told.counted(cohort, what) for told in every) for what in COUNTED}
    return Look({DOING[broken.action]: all(fault_id in told.obeys for told in every), **counts})


PROVIDER = InjectorEntry(
    "provider",
    tuple(DOES),
    live=lambda world, fault_id: Provider(world.control, fault_id),
    simulated=lambda world, fault_id: SimulatedOrders(world.provider, fault_id),
    undo=lambda run, fault_id: Provider(run.control, fault_id),
    ends_with_run=True,
    each_fault=True,
)
