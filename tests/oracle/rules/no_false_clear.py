"""K1 to K6, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.blindness import Blind, blind
from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.seen import Phone, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each all-clear, and each blind stretch without one."""
    return verdict(seen, [case for phone in seen.judged for case in _cases(seen, phone)])


def _cases(seen: Seen, phone: Phone) -> list[Case]:
    grace_us, soon_us = seen.grace_us, seen.way.poll_every_us + seen.grace_us
    stretches = blind(seen)[phone.number]
    cases = []
    false: list[Blind] = []
    for row in seen.of("accepted"):
        at_us = row["at_us"]
        clear = row["outcome"] == "ok" and row["detail"] == "clear" and row["phone"] == phone.number
        if not clear or at_us > seen.end_us:
            continue
        state = "held"
        for begin, end in stretches:
            if begin <= at_us - grace_us and (end is None or end > at_us + soon_us):
                state = "violated" if at_us + soon_us <= seen.end_us else "excused"
                false.append((begin, end))
        cases.append(Case(state, at_us - grace_us - phone.delay_us, at_us + soon_us, at_us, phone.number))
    for begin, end in stretches:
        until_us = seen.end_us if end is None else end
        if until_us - begin > seen.way.poll_every_us + 2 * grace_us and (begin, end) not in false:
            cases.append(Case("held", begin - phone.delay_us, until_us, begin, phone.number))
    return cases
