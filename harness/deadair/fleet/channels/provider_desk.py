"""Where the push provider's stand-in does what faults want of it, in both engines. Pure: knows no file, no socket.

Every channel asks here whether a message is refused, and hands over here what it took. What becomes of messages is
counted by the cohort of the phones that they are for: a fault is proved by these counts, and not by its order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import NamedTuple

from deadair.injectors.provider_orders import ProviderOrder, Told

NOBODYS = ""
"""Stands for the cohort of a message that is for no phone of the run."""
Act = Callable[[], None]
Later = Callable[[float, Act], object]
"""Does something so many real-life seconds later."""
NowS = Callable[[], float]
"""Returns the real-life seconds since the run began."""


class HeldMessage(NamedTuple):
    """What is to be done later, or when the fault that holds it back ends."""

    fault_id: str
    act: Act


class Refusals:
    """Which messages are refused: all that a provider can do that is asked for alerts, and never hands one on."""

    def __init__(self) -> None:
        self._orders: Mapping[str, ProviderOrder] = {}
        self._counts: dict[tuple[str, str], float] = {}

    def obey(self, orders: Mapping[str, ProviderOrder]) -> None:
        """Carry these orders out from now on, by their faults' ids, and no others."""
        self._orders = dict(orders)

    def told(self) -> Told:
        """Return what is obeyed, and what was done."""
        counts: dict[str, dict[str, float]] = {}
        for (cohort, what), number in self._counts.items():
            counts.setdefault(cohort, {})[what] = number
        return Told(obeys=tuple(self._orders), counts=counts)

    def refusal(self, cohorts: Collection[str]) -> ProviderOrder | None:
        """Return how a message is refused, none if it may be taken. ``cohorts``: of the phones that it is for.

        One answer is for all of them: a message is refused if it would be for one of them alone.
        """
        struck = (one for one in self._orders.values() if one.action == "refuse" and one.cohort in (None, *cohorts))
        refusal = next(struck, None)
        if refusal is not None:
            for cohort in cohorts or (NOBODYS,):
                self._count(cohort, "refused")
        return refusal

    def _count(self, cohort: str, what: str, number: float = 1) -> None:
        self._counts[cohort, what] = self._counts.get((cohort, what), 0) + number


class ProviderDesk(Refusals):
    """The orders that stand, what was done so far, and what waits."""

    def __init__(self, now_s: NowS, later: Later) -> None:
        super().__init__()
        self._now_s = now_s
        self._later = later
        self._waiting: dict[int, HeldMessage] = {}
        self._number = 0

    def obey(self, orders: Mapping[str, ProviderOrder]) -> None:
        """Carry out these orders and no others. What waits for the end of one that is withdrawn goes now."""
        super().obey(orders)
        for number in [number for number, one in self._waiting.items() if one.fault_id not in orders]:
            self._due(number)

    def take(self, cohort: str, hand_on: Act) -> None:
        """Take a message for a phone of a cohort: hand it on to its phone's link now, later, twice, or never."""
        self._count(cohort, "taken")
        if self._standing("drop", cohort) is not None:
            self._count(cohort, "dropped")
            return
        held_back = self._standing("delay", cohort)
        if held_back is None:
            self._first(cohort, hand_on)
            return
        fault_id, order = held_back
        self._count(cohort, "waiting")
        self._wait(HeldMessage(fault_id, partial(self._late, cohort, hand_on, self._now_s())), order.delay_s)

    def _late(self, cohort: str, hand_on: Act, taken_s: float) -> None:
        self._count(cohort, "waiting", -1)
        self._count(cohort, "delayed")
        self._count(cohort, "waited_s", self._now_s() - taken_s)
        self._first(cohort, hand_on)

    def _first(self, cohort: str, hand_on: Act) -> None:
        self._count(cohort, "handed_on")
        hand_on()
        doubled = self._standing("duplicate", cohort)
        if doubled is not None:
            fault_id, order = doubled
            self._wait(HeldMessage(fault_id, partial(self._second, cohort, hand_on)), order.apart_s)

    def _second(self, cohort: str, hand_on: Act) -> None:
        self._count(cohort, "doubled")
        hand_on()

    def _standing(self, action: str, cohort: str) -> tuple[str, ProviderOrder] | None:
        """Return the first order of an action that strikes a cohort, with its fault's id."""
        found = (one for one in self._orders.items() if one[1].action == action and one[1].cohort in (None, cohort))
        return next(found, None)

    def _wait(self, waiting: HeldMessage, for_s: float) -> None:
        self._number += 1
        self._waiting[self._number] = waiting
        self._later(for_s, partial(self._due, self._number))

    def _due(self, number: int) -> None:
        """Do what waited, unless the end of its fault did before."""
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting.act()
