"""A1 to A5, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.readings import counts, screens
from tests.oracle.seen import Phone, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each change of a judged phone's screen."""
    return verdict(seen, [case for phone in seen.judged for case in _cases(seen, phone)])


def _cases(seen: Seen, phone: Phone) -> list[Case]:
    cases = []
    had_one = False
    rows = screens(seen, phone)
    for place, row in enumerate(rows):
        at_us, until_us = row["at_us"], row["at_us"]
        next_us = rows[place + 1]["at_us"] if place + 1 < len(rows) else seen.end_us
        bad = False
        if row["detail"] == "blank":
            bad = had_one
        else:
            had_one = True
            bad = not counts(seen, phone, row)
            if row["detail"] == "current":
                too_old_us = row["measured_us"] + phone.delay_us + seen.grace_us
                bad = bad or next_us > too_old_us
                until_us = max(at_us, min(next_us, too_old_us))
        cases.append(Case("violated" if bad else "held", at_us, until_us, at_us, phone.number))
    return cases
