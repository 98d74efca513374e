"""What is broken now: makes it, looks at it, heals it, and writes all of that down. Knows no phase and no verdict.

Rows: FAULT (place: as in the scenario; detail: id, kind, event) and SAMPLE (place: the break's subject; detail: id,
when, subject, and the facts of the look by their names).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from deadair.engines.run_plan import RunPlan, setting_of
from deadair.faults.fault import GRACE_REAL_S, Sighting, When
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.catalogue import entry_of
from deadair.injectors.injector import Break, Injector
from deadair.model.duration import in_us
from deadair.model.errors import HarnessError
from deadair.scenario.model import Entry

BEFORE_REAL_S = 1.0
BEFORE_S = 150.0
"""How long before a fault its place is looked at, in real life, and a real second at the least.

Thrice where one looks once a minute: what was asked by the second look has had the time to be answered by the last.
"""
AFTER_REAL_S = 5.0
"""How long after healing a run goes on at the least, for the signature to go; one looks until it has gone."""


class Book(Protocol):
    """Where each break is written down before it is made, and each healing before and after."""

    def write_break(self, what: str, fault_id: str, broken: Break) -> None:
        """Write a ``break``, ``heal`` or ``healed`` line; it is kept when this returns."""
        ...


@dataclass(slots=True)
class ActiveFault:
    """One fault of the timeline: how far it is, and what was seen of it."""

    fault_id: str
    entry: Entry
    breaks: tuple[Break, ...]
    state: Literal["waiting", "broken", "healed", "over"] = "waiting"
    limit_us: int = 0
    """While broken: the end of the grace. Once healed: until when the run must go on."""
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return it in words: ``partition uplink[south]``."""
        return f"{self.entry.fault.name} {self.entry.where}"


class FaultDriver:
    """All faults of one run. ``begin`` and ``heal`` raise HarnessError and InjectorLocked."""

    def __init__(
        self, order: RunPlan, recorder: Recorder, ledger: Book, injector_of: Callable[[str, Break], Injector]
    ) -> None:
        self._recorder = recorder
        self._clock = recorder.clock
        self._ledger = ledger
        self._injector_of = injector_of
        self._cases: dict[str, ActiveFault] = {}
        for fault_id, entry in order.scenario.faults():
            setting = setting_of(entry, order.scenario, order.target, order.roster)
            self._cases[fault_id] = ActiveFault(fault_id, entry, entry.fault.breaks(entry.where, setting))

    def active(self) -> tuple[str, ...]:
        """Return what is broken now, in words."""
        return tuple(case.name for case in self._cases.values() if case.state == "broken")

    def dead_nodes(self) -> set[str]:
        """Return the nodes that are kept dead now."""
        broken = [case for case in self._cases.values() if case.state == "broken"]
        return {each.subject for case in broken for each in case.breaks if _ends_node(each)}

    def begin(self, fault_id: str) -> str:
        """Break it, each break written down first; return a sentence for whoever watches."""
        case = self._cases[fault_id]
        self._see(case, "before")
        self._row(case, "begin")
        for broken in case.breaks:
            self._ledger.write_break("break", fault_id, broken)
            case.state = "broken"
            self._injector_of(fault_id, broken).begin(broken)
        case.limit_us = self._clock.later_us(GRACE_REAL_S)
        self._row(case, "begun")
        return f"{fault_id} begins: {case.name}"

    def heal(self, fault_id: str) -> str:
        """Heal it and check that it is healed; return a sentence for whoever watches."""
        case = self._cases[fault_id]
        if case.state == "broken" and self._clock.now_us() >= case.limit_us:
            self._see(case, "during")
        return self._heal(case)

    def heal_all(self) -> None:
        """Heal whatever is broken, for the run ends. Raises what the first that failed raised, after trying all.

        Nobody looks any more: the guardian may have healed before. A killed node stays dead, it would be ended the
        next moment.
        """
        failure: HarnessError | OSError | None = None
        for case in self._cases.values():
            if case.state != "broken":
                continue
            if any(_ends_node(broken) for broken in case.breaks):
                case.state = "over"
                continue
            try:
                self._heal(case)
            except (HarnessError, OSError) as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def look(self, storm_us: int | None) -> None:
        """Look at what is about to break, is broken, or was healed. ``storm_us``: time since the storm began."""
        for case in self._cases.values():
            if case.state == "waiting" and storm_us is not None:
                ahead_s = (in_us(case.entry.at) - storm_us) / 1e6
                if ahead_s <= max(BEFORE_S, BEFORE_REAL_S * self._clock.speed):
                    self._see(case, "before")
            elif case.state == "broken" and self._clock.now_us() >= case.limit_us:
                self._see(case, "during")
            elif case.state == "healed":
                self._see(case, "after")
                if case.entry.fault.prove(case.sightings).gone:
                    case.state = "over"

    def watching(self) -> bool:
        """Say whether something was healed so lately that its signature may still go."""
        return any(case.state == "healed" and self._clock.now_us() < case.limit_us for case in self._cases.values())

    def _heal(self, case: ActiveFault) -> str:
        if case.state != "broken":
            return ""
        self._row(case, "heal")
        for broken in case.breaks:
            self._heal_one(case.fault_id, broken)
        case.state = "healed"
        case.limit_us = self._clock.later_us(AFTER_REAL_S)
        self._row(case, "healed")
        return f"{case.fault_id} is healed: {case.name}"

    def _heal_one(self, fault_id: str, broken: Break) -> None:
        injector = self._injector_of(fault_id, broken)
        self._ledger.write_break("heal", fault_id, broken)
        injector.heal(broken)
        if not injector.healed(broken):
            raise HarnessError(f"{fault_id}: the {broken.action} of {broken.subject} is still there after healing")
        self._ledger.write_break("healed", fault_id, broken)

    def _see(self, case: ActiveFault, when: When) -> None:
        for broken in case.breaks:
            look = self._injector_of(case.fault_id, broken).look(broken)
            at_us = self._clock.now_us()
            case.sightings.append(Sighting(at_us, when, broken.subject, look))
            said = {"id": case.fault_id, "when": when, "subject": broken.subject, "facts": dict(look.facts)}
            detail = json.dumps(said)
            self._recorder.add(Kind.SAMPLE, at_us=at_us, place=broken.subject, detail=detail)

    def _row(self, case: ActiveFault, event: str) -> None:
        detail = {"id": case.fault_id, "kind": case.entry.fault.name, "event": event}
        self._recorder.add(Kind.FAULT, place=str(case.entry.where), detail=json.dumps(detail))


def _ends_node(broken: Break) -> bool:
    """Say whether a break keeps its node dead."""
    entry = entry_of(broken)
    return entry is not None and entry.ends_node
