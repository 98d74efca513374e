"""Lets people do what a scenario says, at the moment in which it is told to. Knows no phone and no verdict.

Who does it is drawn from the seed. The fleet carries it out, and writes down for whom.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from deadair.engines.run_plan import RunPlan
from deadair.injectors.fleet_orders import FleetOrder, OrderFiles
from deadair.model.duration import in_us, show
from deadair.model.plural import count
from deadair.model.roster import Roster
from deadair.scenario.people import EVERYBODY, STOPS, PersonEvent

GiveOrder = Callable[[FleetOrder], int]
"""Has an order obeyed; returns by how many phones it was. Raises HarnessError if nobody obeys."""


class PeopleDriver:
    """Everybody who does something in one run."""

    def __init__(self, plan: RunPlan, give: GiveOrder) -> None:
        self._events = dict(plan.scenario.events())
        self._roster = plan.roster
        self._seed = plan.scenario.seed
        self._give = give

    @classmethod
    def live(cls, plan: RunPlan, control: Path) -> PeopleDriver:
        """Return that of a live run. ``control``: where its fleet is told things."""
        return cls(plan, OrderFiles(control).give)

    def do(self, person_id: str) -> str:
        """Let it be done; return a sentence for whoever watches. Raises HarnessError if the fleet does not obey."""
        event = self._events[person_id]
        phones = whose(event, person_id, self._roster, self._seed)
        lasts_us = 0 if event.lasts is None else in_us(event.lasts)
        did = self._give(FleetOrder(does=event.does, phones=phones, lasts_us=lasts_us))
        return f"{person_id}: {in_words(event)}: {did:,} of {count(len(phones), 'phone')}"


def whose(event: PersonEvent, person_id: str, roster: Roster, seed: int) -> tuple[int, ...]:
    """Return the phones whose people do it, in the roster's order, the same for the same seed."""
    of = [phone.phone for phone in roster.phones if event.who in (EVERYBODY, phone.cohort)]
    if event.does == STOPS and event.share < 1.0 and of:
        # Of one phone that follows several, its person stops all: a notice to it says not whom it is about.
        tokens = {phone.phone: phone.token for phone in roster.phones}
        few = {tokens[number] for number in _some(of, event, person_id, seed)}
        return tuple(number for number in of if tokens[number] in few)
    return _some(of, event, person_id, seed)


def _some(of: Sequence[int], event: PersonEvent, person_id: str, seed: int) -> tuple[int, ...]:
    if event.share == 1.0 or not of:
        return tuple(of)
    generator = random.Random(f"people {seed} {person_id}")  # noqa: S311 - a plan that must be drawn again, not a secret
    return tuple(sorted(generator.sample(of, max(1, round(event.share * len(of))))))


def in_words(event: PersonEvent) -> str:
    """Return what is done, as ``snooze south for 10m``."""
    who = event.who if event.share == 1.0 else f"{event.share:.0%} of {event.who}"
    return f"{event.does} {who}" + ("" if event.lasts is None else f" for {show(event.lasts)}")
