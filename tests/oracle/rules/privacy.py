"""W1 to W4, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.readings import counts, made, screens
from tests.oracle.seen import Phone, Row, Seen


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
    for row in seen.of("person"):
        over_us = row["at_us"] + seen.grace_us
        if row["detail"] == "follow_ended" and over_us <= seen.end_us:
            cases.append(_ended(seen, row, over_us))
    return verdict(seen, cases)


def _ended(seen: Seen, row: Row, over_us: int) -> Case:
    moments = [
        message["at_us"]
        for message in seen.of("accepted")
        if message["outcome"] == "ok" and message["phone"] == row["phone"] and over_us < message["at_us"] <= seen.end_us
    ]
    if moments:
        return Case("violated", row["at_us"], min(moments), min(moments), row["phone"])
    return Case("held", row["at_us"], seen.end_us, row["at_us"], row["phone"])


def _anothers(seen: Seen, phone: Phone, measured_us: int) -> bool:
    patients = [patient for patient, other_us, _ in made(seen) if other_us == measured_us]
    return bool(patients) and phone.patient not in patients


def _case(at_us: int, phone: Phone, *, bad: bool) -> Case:
    return Case("violated" if bad else "held", at_us, at_us, at_us, phone.number)
