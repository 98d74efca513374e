"""W1 to W3, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.readings import counts, made, screens
from tests.oracle.seen import Phone, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each message that names a reading, and each reading that a phone begins to show."""
    cases = []
    for phone in seen.phones:
        for row in seen.of("accepted"):
            taken = row["outcome"] == "ok" and row["phone"] == phone.number and row["at_us"] <= seen.end_us
            if taken and row["measured_us"] is not None:
                cases.append(_case(row["at_us"], phone, bad=_anothers(seen, phone, row["measured_us"])))
        for row in screens(seen, phone):
            if row["measured_us"] is not None:
                bad = _anothers(seen, phone, row["measured_us"]) and not counts(seen, phone, row)
                cases.append(_case(row["at_us"], phone, bad=bad))
    return verdict(seen, cases)


def _anothers(seen: Seen, phone: Phone, measured_us: int) -> bool:
    patients = [patient for patient, other_us, _ in made(seen) if other_us == measured_us]
    return bool(patients) and phone.patient not in patients


def _case(at_us: int, phone: Phone, *, bad: bool) -> Case:
    return Case("violated" if bad else "held", at_us, at_us, at_us, phone.number)
