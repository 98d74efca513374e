"""F1 to F7, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.blindness import blind, blind_by_stamp, many_blind, touches
from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.limits import back, cuts
from tests.oracle.notified import Notification, notifications
from tests.oracle.paths import within_service
from tests.oracle.readings import acknowledged, screens
from tests.oracle.seen import HOUR_US, MINUTE_US, Phone, Seen


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each alarm and notice, and each hour without one."""
    cases = []
    for phone in seen.judged:
        own = notifications(seen)[phone.number]
        for one in own:
            cases.append(_alarm(seen, phone, one) if one.kind == "alarm" else _notice(seen, phone, one))
        from_us = seen.warm_up_us
        while from_us <= seen.end_us:
            if not any(from_us <= one.from_us < from_us + HOUR_US for one in own):
                cases.append(Case("held", from_us, min(from_us + HOUR_US, seen.end_us), from_us, phone.number))
            from_us += HOUR_US
    return verdict(seen, cases)


def _alarm(seen: Seen, phone: Phone, one: Notification) -> Case:
    from_us = one.from_us - seen.grace_us
    stretches = blind(seen)[phone.number] + blind_by_stamp(seen)[phone.number]
    had = any(other.patient == phone.patient and other.at_us <= from_us for other in acknowledged(seen))
    for row in screens(seen, phone):
        had = had or (row["measured_us"] is not None and row["at_us"] <= from_us)
    was_blind = any(touches(stretch, from_us, one.from_us) for stretch in stretches)
    state = "held" if was_blind else "violated" if had else "excused"
    return Case(state, from_us - phone.delay_us, one.from_us, one.from_us, phone.number)


def _notice(seen: Seen, phone: Phone, one: Notification) -> Case:
    from_us = back(one.from_us, 10 * MINUTE_US, cuts(seen, phone))
    broken = any(within_service(fault) and fault.there(from_us, one.from_us) for fault in seen.faults)
    right = broken or any(touches(stretch, from_us, one.from_us) for stretch in many_blind(seen))
    return Case("held" if right else "violated", from_us - phone.delay_us, one.from_us, one.from_us, phone.number)
