"""M1 to M4, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.blindness import blind, touches
from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.people import knows
from tests.oracle.readings import counts, low, made, screens
from tests.oracle.seen import HOUR_US, MINUTE_US, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge what each phone presents, and each hour of the push gateway."""
    presented: dict[tuple[int, str, str], list[int]] = {}
    for kind in ("alarm", "notice", "low"):
        for row in seen.of(kind):
            if row["at_us"] <= seen.end_us:
                presented.setdefault((row["phone"], kind, row["path"] or ""), []).append(row["at_us"])
    cases = []
    for (phone, kind, _), moments in presented.items():
        case = None
        for at_us in moments:
            often = sum(1 for other in moments if at_us - HOUR_US < other <= at_us)
            if often > _allowed(seen, phone, kind, at_us, knobs["every_us"]):
                case = Case("violated", at_us - HOUR_US, at_us, at_us, phone)
                break
            case = Case("held", at_us - HOUR_US, at_us, at_us, phone)
        if case is not None:
            cases.append(case)
    return verdict(seen, cases + _hours(seen, knobs["requests_per_hour"]))


def _allowed(seen: Seen, phone: int, kind: str, at_us: int, every_us: int) -> int:
    """M2."""
    if kind == "low":
        patients = [one.patient for one in seen.phones if one.number == phone]
        lows = {(patient, measured_us) for patient, measured_us, value in made(seen) if low(value)}
        since_us = at_us - HOUR_US - 10 * MINUTE_US
        return 1 + sum(1 for patient, measured_us in lows if patient in patients and since_us < measured_us <= at_us)
    stretches = [one for one in blind(seen).get(phone, []) if touches(one, at_us - HOUR_US, at_us)]
    for one in seen.phones:
        if one.number == phone and one.again_us:
            every_us = one.again_us
    whose = [one for one in seen.phones if one.number == phone]
    ends = {said.until_us for one in whose for said in knows(seen, one, "alarm") if said.until_us is not None}
    snoozes = [until_us for until_us in ends if at_us - HOUR_US < until_us <= at_us]
    old = _shown_old(seen, phone, at_us - HOUR_US, at_us) if kind == "alarm" else 0
    return len(stretches) + len(snoozes) + old + 1 + HOUR_US // every_us


def _shown_old(seen: Seen, number: int, after_us: int, until_us: int) -> int:
    """Return how often within a time a judged phone began to show a reading, newer than all before, that was T old."""
    often = 0
    for phone in seen.judged:
        newest_us: int | None = None
        for row in screens(seen, phone) if phone.number == number else []:
            if row["detail"] not in ("current", "old") or not counts(seen, phone, row):
                continue
            if newest_us is None or row["measured_us"] > newest_us:
                newest_us = row["measured_us"]
                too_old = row["at_us"] - row["measured_us"] >= phone.delay_us
                often += too_old and after_us < row["at_us"] <= until_us
    return often


def _hours(seen: Seen, most: int) -> list[Case]:
    cases = []
    from_us = seen.warm_up_us
    while from_us <= seen.end_us:
        offered = [
            row
            for row in seen.of("accepted")
            if from_us <= row["at_us"] < from_us + HOUR_US and row["at_us"] <= seen.end_us
        ]
        if offered:
            numbers = {row["phone"] for row in offered if row["phone"] is not None}
            for_one = [sum(1 for row in offered if row["phone"] == number) for number in numbers]
            too_many = len(offered) > most * max(1, len(seen.phones)) or max(for_one, default=0) > most
            state = "violated" if too_many else "held"
            cases.append(Case(state, from_us, min(from_us + HOUR_US, seen.end_us), from_us))
        from_us += HOUR_US
    return cases
