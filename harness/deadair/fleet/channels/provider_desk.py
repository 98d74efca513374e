"""Where the push provider's stand-in does what faults want of it, in both engines. Pure: knows no file, no socket.

Every channel asks here whether a message is refused. What becomes of messages is counted by the cohort of the phones
that they are for: a fault is proved by these counts, and not by its order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from deadair.injectors.provider_orders import ProviderOrder, Told

NOBODYS = ""
"""Stands for the cohort of a message that is for no phone of the run."""


class ProviderDesk:
    """The orders that stand, and what was done so far."""

    def __init__(self) -> None:
        self._orders: Mapping[str, ProviderOrder] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

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
            self._count("refused", cohorts)
        return refusal

    def taken(self, cohort: str = NOBODYS) -> None:
        """Count a message that was taken for a phone."""
        self._count("taken", (cohort,))

    def _count(self, what: str, cohorts: Collection[str]) -> None:
        for cohort in cohorts or (NOBODYS,):
            self._counts[cohort, what] += 1
