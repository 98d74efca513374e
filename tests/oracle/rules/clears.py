"""E1 to E5, in plain loops."""

from __future__ import annotations

from typing import Any

from tests.oracle.blindness import blind, many_blind
from tests.oracle.cases import Case, Verdict, verdict
from tests.oracle.limits import cuts, passed
from tests.oracle.notified import Notification, notifications
from tests.oracle.paths import within_service
from tests.oracle.provider import swallowed
from tests.oracle.seen import Phone, Seen
from tests.oracle.silences import presented


def judge(seen: Seen, knobs: dict[str, Any]) -> Verdict:
    """Judge each end of a blind stretch at which an alarm stood, and each notice that outlasted its trouble."""
    cases = []
    for phone in seen.judged:
        cases += _alarms(seen, phone, knobs["within_us"])
        cases += _notices(seen, phone, knobs["notice_within_us"])
    return verdict(seen, cases)


def _alarms(seen: Seen, phone: Phone, within_us: int) -> list[Case]:
    cases = []
    alarms = [one for one in notifications(seen)[phone.number] if one.kind == "alarm" and one.until_us != one.from_us]
    stretches = blind(seen)[phone.number]
    for place, (_, saw_us) in enumerate(stretches):
        if saw_us is None:
            continue
        again_us = stretches[place + 1][0] if place + 1 < len(stretches) else None
        late_us = saw_us + seen.grace_us if again_us is None else min(saw_us + seen.grace_us, again_us)
        standing = [
            one for one in alarms if one.from_us <= late_us and (one.until_us is None or one.until_us >= saw_us)
        ]
        if not standing:
            continue
        limit_us = passed(saw_us, within_us, cuts(seen, phone))
        state = "held"
        if limit_us is None or limit_us > seen.end_us or (again_us is not None and again_us < limit_us):
            state = "excused"
        elif any(one.until_us is None or one.until_us > limit_us for one in standing):
            state = "violated"
        cases.append(Case(state, saw_us - phone.delay_us, limit_us or seen.end_us, saw_us, phone.number))
    return cases


def _troubles(seen: Seen) -> list[tuple[int, int | None]]:
    """Return the troubles, which are apart: E2."""
    found: list[tuple[int, int | None]] = []
    parts = many_blind(seen) + [(fault.from_us, fault.until_us) for fault in seen.faults if within_service(fault)]
    for begin, end in sorted(parts, key=lambda part: part[0]):
        last_us = found[-1][1] if found else begin - 1
        if last_us is None or begin <= last_us:
            found[-1] = (found[-1][0], None if last_us is None or end is None else max(last_us, end))
        else:
            found.append((begin, end))
    return found


def _notices(seen: Seen, phone: Phone, within_us: int) -> list[Case]:
    cases = []
    troubles = _troubles(seen)
    notices = [one for one in notifications(seen)[phone.number] if one.kind == "notice"]
    for place, (_, over_us) in enumerate(troubles):
        if over_us is None:
            break
        again_us = troubles[place + 1][0] if place + 1 < len(troubles) else None
        for one in notices:
            if not presented(one, over_us, again_us):
                continue
            limit_us = passed(max(over_us, one.from_us), within_us, cuts(seen, phone))
            if limit_us is None or limit_us > seen.end_us or (again_us is not None and limit_us > again_us):
                state = "excused"
            elif one.until_us is None or one.until_us > limit_us:
                state = "excused" if _swallowed(seen, phone, one, limit_us) else "violated"
            else:
                state = "held"
            cases.append(Case(state, over_us - phone.delay_us, limit_us or seen.end_us, over_us, phone.number))
    return cases


def _swallowed(seen: Seen, phone: Phone, one: Notification, limit_us: int) -> bool:
    """E6."""
    return any(
        row["path"] == one.path
        and row["detail"] not in ("no_data", "notice")
        and one.from_us <= row["at_us"] <= limit_us
        for row in swallowed(seen, phone)
    )
