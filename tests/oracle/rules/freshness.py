"""H1 to H8, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.readings import Acknowledged, acknowledged, counts, screens
from tests.oracle.seen import MINUTE_US, Phone, Seen

LONG_US = 1 << 62


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each newest reading on each phone, and a steady state that never came."""
    limit_us = seen.way.patience_us + 2 * seen.way.poll_every_us + seen.grace_us
    cases = []
    for phone in seen.judged:
        newest = _newest(seen, phone.patient)
        for place, one in enumerate(newest):
            next_us = newest[place + 1].at_us + limit_us if place + 1 < len(newest) else LONG_US
            cases.append(_case(seen, phone, one, one.at_us + limit_us, next_us))
    for row in seen.of("steady"):
        if row["outcome"] == "fail":
            enough_us = seen.warm_up_us + seen.way.reading_every_us + limit_us + 2 * MINUTE_US
            state = "violated" if row["at_us"] >= enough_us else "in doubt"
            cases.append(Case(state, seen.warm_up_us, row["at_us"], row["at_us"]))
    return verdict(seen, cases)


def _newest(seen: Seen, patient: int) -> list[Acknowledged]:
    """Return each reading that was the newest its device had handed over when it was acknowledged (H1)."""
    own = [one for one in acknowledged(seen) if one.patient == patient and one.at_us <= seen.end_us]
    found: list[Acknowledged] = []
    for at_us in sorted({one.at_us for one in own}):
        one = max((one for one in own if one.at_us == at_us), key=lambda one: one.measured_us)
        if not found or one.measured_us > found[-1].measured_us:
            found.append(one)
    return found


def _case(seen: Seen, phone: Phone, one: Acknowledged, due_us: int, next_us: int) -> Case:
    ends_us = min(next_us, seen.end_us)
    excused = due_us > seen.end_us
    for fault in seen.faults:
        on_the_way = fault.place in (*seen.way.places, "device", "phone")
        if not on_the_way or not phone.is_of(fault):
            continue
        over_us = LONG_US if fault.until_us is None else fault.until_us + seen.way.recovers_us
        excused = excused or (fault.from_us <= due_us and over_us >= one.at_us)
        if fault.from_us > due_us:
            ends_us = min(ends_us, fault.from_us)
    if excused:
        return Case("excused", one.at_us, due_us, one.at_us, phone.number)
    moments = [due_us, *(row["at_us"] for row in screens(seen, phone) if due_us < row["at_us"] < ends_us)]
    for moment in moments:
        shown_us = _shown(seen, phone, moment)
        if shown_us is None or shown_us < one.measured_us:
            return Case("violated", one.at_us, moment, one.at_us, phone.number)
    return Case("held", one.at_us, ends_us, one.at_us, phone.number)


def _shown(seen: Seen, phone: Phone, at_us: int) -> int | None:
    """Return the measured time of the reading on a screen at a moment; none if there is none that counts."""
    last = None
    for row in screens(seen, phone):
        if row["at_us"] <= at_us:
            last = row
    if last is None or last["detail"] not in ("current", "old") or not counts(seen, phone, last):
        return None
    measured_us: int = last["measured_us"]
    return measured_us
