"""Nobody is alarmed who was not blind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Literal

from deadair.history.rows import Kind
from deadair.model.judgement import Finding
from deadair.model.roster import Phone
from deadair.rules.blindness import Blind
from deadair.rules.cases import Case, Tally, finding, table
from deadair.rules.evidence import MINUTE_US, Evidence
from deadair.rules.notifications import Notification
from deadair.rules.rule import Rule
from deadair.rules.silences import SilenceState

HOUR_US = 60 * MINUTE_US
NOTICE_LOOKS_BACK_US = 10 * MINUTE_US


class NoFalseAlarm(Rule):
    """Nobody is alarmed who was not blind."""

    kind: Literal["no_false_alarm"] = "no_false_alarm"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each alarm and notice, and each hour of a phone without one."""
        many = evidence.many_blind
        cases = chain.from_iterable(_phone(phone, evidence, many) for phone in evidence.phones.values())
        return finding(self.kind, evidence, table(cases), _say)


def _phone(phone: Phone, evidence: Evidence, many: list[Blind]) -> Iterator[Case]:
    warm_up_us, end_us = evidence.moments.warm_up_us, evidence.moments.end_us
    hours = set(range((end_us - warm_up_us) // HOUR_US + 1))
    for notification in evidence.notifications.get(phone.phone, ()):
        hours.discard((notification.from_us - warm_up_us) // HOUR_US)
        notice = notification.what == Kind.NOTICE
        yield _notice(notification, phone, evidence, many) if notice else _alarm(notification, phone, evidence)
    for hour in sorted(hours):
        from_us = warm_up_us + hour * HOUR_US
        until_us = min(from_us + HOUR_US, end_us)
        yield Case("held", from_us, until_us, from_us, "an hour without an alarm", phone.phone, phone.patient)


def _alarm(notification: Notification, phone: Phone, evidence: Evidence) -> Case:
    """An alarm is false if its phone was not blind at any moment of the G before it.

    Before there is any reading of its patient it says what is so: the service may know the patient since before the
    warm-up, and has no data of him.
    """
    at_us = notification.from_us
    from_us = at_us - evidence.grace_us
    early = evidence.blind_early.get(phone.phone, ())
    blind = any(stretch.touches(from_us, at_us) for stretch in (*early, *evidence.blind[phone.phone]))
    what = f"no-data alarm by {notification.path}"
    window_us = from_us - phone.no_data_after_us
    state: SilenceState = "held" if blind else "violated" if evidence.had_readings(phone, from_us) else "excused"
    return Case(state, window_us, at_us, at_us, what, phone.phone, phone.patient)


def _notice(notification: Notification, phone: Phone, evidence: Evidence, many: list[Blind]) -> Case:
    """A notice is false only if in the 10 min before it nothing broke that alarms need, and few were blind.

    What a fault at the phone held up is judged by what was when it was sent.
    """
    at_us = notification.from_us
    from_us = evidence.back_from(at_us, NOTICE_LOOKS_BACK_US, phone)
    broken = any(fault.within_service and fault.touches(from_us, at_us) for fault in evidence.faults)
    right = broken or any(stretch.touches(from_us, at_us) for stretch in many)
    what = f"service notice by {notification.path}"
    window_us = from_us - phone.no_data_after_us
    return Case("held" if right else "violated", window_us, at_us, at_us, what, phone.phone, phone.patient)


def _say(tally: Tally) -> str:
    if not tally.violations:
        return "no alarm and no notice was false"
    counts = tally.violated.group_by("what").len().sort("what").iter_rows()
    return "false: " + ", ".join(f"{number:,} × {what}" for what, number in counts)
