"""How the faults of a run went: what its rows say of each, and what the fault's own signature makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from deadair.faults.fault import Fault, Proof, Sighting, When
from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.injectors.injector import Look
from deadair.model.judgement import FaultReport
from deadair.model.plural import count
from deadair.rules.evidence import Moments
from deadair.rules.fault_window import FaultWindow
from deadair.scenario.model import Entry

WHENS = get_args(When)
NUMBER = (int, float)


@dataclass(slots=True)
class Course:
    """What the runner wrote down of one fault: the moments of its steps, and the looks at its signature."""

    begin_us: int | None = None
    begun_us: int | None = None
    healed_us: int | None = None
    sightings: list[Sighting] = field(default_factory=list)

    def window(self, fault_id: str, entry: Entry) -> FaultWindow | None:
        """Return the fault as it really was; none if its making never began."""
        begin_us = self.begun_us if self.begin_us is None else self.begin_us
        if begin_us is None:
            return None
        return FaultWindow(fault_id, entry.fault.name, entry.where, begin_us, self.healed_us, entry.must_silence)


def courses(history: History) -> tuple[dict[str, Course], tuple[str, ...]]:
    """Return the course of each fault by id, and a sentence for each kind of row that could not be read."""
    found: dict[str, Course] = {}
    unread = dict.fromkeys((Kind.FAULT, Kind.SAMPLE), 0)
    for kind, at_us, detail in history.each(Kind.FAULT, Kind.SAMPLE, columns=["kind", "at_us", "detail"]):
        try:
            said = json.loads(detail)
            course = found.setdefault(str(said["id"]), Course())
            if kind == Kind.FAULT:
                _step(course, str(said["event"]), at_us)
            else:
                course.sightings.append(_sighting(said, at_us))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            unread[Kind(kind)] += 1
    return found, tuple(f"{count(number, f'{kind} row')} cannot be read" for kind, number in unread.items() if number)


def report(fault_id: str, entry: Entry, course: Course | None, moments: Moments | None) -> FaultReport:
    """Return how one fault went, but for its blast radius. A fault of which nothing was written down never began."""
    course, fault = course or Course(), entry.fault
    proof = _prove(fault, course.sightings)

    def storm_s(at_us: int | None) -> float | None:
        return None if at_us is None or moments is None else moments.storm_s(at_us)

    return FaultReport(
        id=fault_id,
        kind=fault.name,
        where=str(entry.where),
        intended_begin_at_s=entry.at.total_seconds(),
        begun_at_s=storm_s(course.begun_us),
        intended_heal_at_s=(entry.at + entry.lasts).total_seconds(),
        healed_at_s=storm_s(course.healed_us),
        begun=course.begun_us is not None,
        proved=course.begun_us is not None and proof.proved,
        healed=course.healed_us is not None,
        heal_proved=course.healed_us is not None and proof.gone,
        why=proof.why if course.begun_us is not None else "it was never begun",
    )


def _step(course: Course, event: str, at_us: int) -> None:
    """Note a step: of making the first, of healing the last, so that the fault's window is as wide as it was."""
    if event == "begin" and course.begin_us is None:
        course.begin_us = at_us
    elif event == "begun" and course.begun_us is None:
        course.begun_us = at_us
    elif event == "healed":
        course.healed_us = at_us


def _sighting(said: Mapping[str, Any], at_us: int) -> Sighting:
    when = said["when"]
    if when not in WHENS:
        raise ValueError(when)
    facts = {str(name): fact for name, fact in said["facts"].items() if isinstance(fact, NUMBER)}
    return Sighting(at_us, when, str(said["subject"]), Look(facts))


def _prove(fault: Fault, sightings: Sequence[Sighting]) -> Proof:
    if not sightings:
        return Proof(proved=False, gone=False, why="nobody looked at its signature")
    try:
        return fault.prove(tuple(sightings))
    except Exception as error:  # noqa: BLE001 - a proof that breaks down proves nothing, and must not end the judging
        why = f"its signature could not be judged: {type(error).__name__}: {str(error)[:200]}"
        return Proof(proved=False, gone=False, why=why)
