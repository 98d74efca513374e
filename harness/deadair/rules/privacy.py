"""Nobody is told or shown anything of a patient whom he does not follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Literal

from deadair.history.reader import each
from deadair.history.rows import FOLLOW_ENDED, Kind
from deadair.model.judgement import Finding
from deadair.model.plural import count, was
from deadair.rules.cases import Case, Tally, finding, table
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule

TOLD = "told of a reading of somebody else's"
SHOWN = "shown a reading of somebody else's"
OWN = "of its own patient"
STILL_TOLD = "told something after its follow had ended"
ENDED_WELL = "told nothing after its follow had ended"

MadeBy = Mapping[int, frozenset[int]]
"""Whose devices made a reading of a measured time."""


class Privacy(Rule):
    """Nobody is told or shown anything of a patient whom he does not follow."""

    kind: Literal["privacy"] = "privacy"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each message that names a reading, and each reading on a screen."""
        made_by = _made_by(evidence)
        cases = chain(_messages(evidence, made_by), _screens(evidence, made_by), _ended(evidence))
        return finding(self.kind, evidence, table(cases), _say)


def _made_by(evidence: Evidence) -> MadeBy:
    found: dict[int, set[int]] = {}
    for patient, measured_us in each(evidence.measured[["patient", "measured_us"]]):
        found.setdefault(measured_us, set()).add(patient)
    return {measured_us: frozenset(patients) for measured_us, patients in found.items()}


def _foreign(measured_us: int, patient: int, made_by: MadeBy) -> bool:
    """Say whether a reading is another's, and not this patient's own."""
    return patient not in made_by.get(measured_us, frozenset({patient}))


def _messages(evidence: Evidence, made_by: MadeBy) -> Iterator[Case]:
    patients = evidence.patients
    rows = evidence.history.each(Kind.ACCEPTED, columns=["at_us", "phone", "outcome", "measured_us"])
    for at_us, phone, outcome, measured_us in rows:
        if outcome == "ok" and phone in patients and measured_us is not None and at_us <= evidence.moments.end_us:
            yield _case(at_us, phone, patients[phone], TOLD, foreign=_foreign(measured_us, patients[phone], made_by))


def _ended(evidence: Evidence) -> Iterator[Case]:
    """Yield a case for each follow that the service said it had ended, at least G before the end of the run."""
    end_us, taken = evidence.moments.end_us, evidence.taken
    for at_us, phone, detail in evidence.history.each(Kind.PERSON, columns=["at_us", "phone", "detail"]):
        over_us = at_us + evidence.grace_us
        if detail != FOLLOW_ENDED or over_us > end_us:
            continue
        moments = [one.at_us for (whose, _), those in taken.items() if whose == phone for one in those]
        told_us = min((one for one in moments if over_us < one <= end_us), default=None)
        if told_us is None:
            yield Case("held", at_us, end_us, at_us, ENDED_WELL, phone)
        else:
            yield Case("violated", at_us, told_us, told_us, STILL_TOLD, phone)


def _screens(evidence: Evidence, made_by: MadeBy) -> Iterator[Case]:
    patients = evidence.patients
    for at_us, phone, measured_us, real in each(evidence.screens[["at_us", "phone", "measured_us", "real"]]):
        if phone in patients and measured_us is not None:
            foreign = not real and _foreign(measured_us, patients[phone], made_by)
            yield _case(at_us, phone, patients[phone], SHOWN, foreign=foreign)


def _case(at_us: int, phone: int, patient: int, what: str, *, foreign: bool) -> Case:
    state: Literal["held", "violated"] = "violated" if foreign else "held"
    return Case(state, at_us, at_us, at_us, what if foreign else OWN, phone, patient)


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"nobody was told or shown anything of somebody else's ({count(tally.judged, 'case')})"
    found = []
    for what in (TOLD, SHOWN, STILL_TOLD):
        phones = tally.violated.filter(tally.violated["what"] == what)["phone"].n_unique()
        if phones:
            found.append(f"{count(phones, 'phone')} {was(phones)} {what}")
    return "; ".join(found)
