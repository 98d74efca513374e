"""Once a phone sees again, its alarm ends; once all is well again, so does its notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain
from typing import ClassVar, Literal, NamedTuple

from deadair.history.rows import Kind
from deadair.model.duration import Lasting, in_us, show
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.model.roster import Phone
from deadair.rules.blindness import NEVER_US, apart, limit_us
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.evidence import Evidence
from deadair.rules.notifications import SAYS, Notification
from deadair.rules.rule import Rule
from deadair.rules.swallowed import swallowed


class PastTrouble(NamedTuple):
    """What an alarm or a notice was about, when it was over, by when it must have ended. ``again_us``: it is back."""

    what: str
    over_us: int
    due_us: int
    again_us: int


class Clears(Rule):
    """Once a phone sees again, its alarm ends; once all is well again, so does its notice."""

    of_silences: ClassVar[bool] = True
    kind: Literal["clears"] = "clears"
    within: Lasting = timedelta(minutes=5)
    """How long an alarm may still be presented after its phone sees again."""
    notice_within: Lasting = timedelta(minutes=20)
    """How long a notice may still be presented after the last trouble is over."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each end of a blind stretch at which an alarm stood, and each notice that outlasted its trouble."""
        troubles = _troubles(evidence)
        cases = chain.from_iterable(
            chain(self._alarms(phone, evidence), self._notices(phone, troubles, evidence))
            for phone in evidence.phones.values()
        )
        return finding(self.kind, evidence, table(cases), self._say)

    def _alarms(self, phone: Phone, evidence: Evidence) -> Iterator[Case]:
        """An alarm may cross with the reading that ends its stretch: one that comes up to G later is of it, too."""
        alarms = [one for one in evidence.notifications.get(phone.phone, ()) if one.what == Kind.ALARM]
        stretches = evidence.blind[phone.phone]
        for number, blind in enumerate(stretches):
            over_us = blind.until_us
            if over_us is None:
                continue
            next_us = stretches[number + 1].onset_us if number + 1 < len(stretches) else NEVER_US
            standing = _presented(alarms, over_us, min(over_us + evidence.grace_us, next_us))
            standing += [one for one in alarms if one.from_us < over_us == one.until_us]
            if standing:
                due_us = _due_us(phone, over_us, in_us(self.within), evidence)
                yield _case(phone, standing, PastTrouble("alarm", over_us, due_us, next_us), evidence)

    def _notices(self, phone: Phone, troubles: Sequence[tuple[int, int]], evidence: Evidence) -> Iterator[Case]:
        """One that comes after its trouble may be right for some minutes, and must end as long after it came."""
        notices = [one for one in evidence.notifications.get(phone.phone, ()) if one.what == Kind.NOTICE]
        for number, (_, over_us) in enumerate(troubles):
            if over_us == NEVER_US:
                return
            next_us = troubles[number + 1][0] if number + 1 < len(troubles) else NEVER_US
            for one in _presented(notices, over_us, next_us):
                due_us = _due_us(phone, max(over_us, one.from_us), in_us(self.notice_within), evidence)
                case = _case(phone, [one], PastTrouble("notice", over_us, due_us, next_us), evidence)
                if case.state == "violated" and _swallowed(phone, one, due_us, evidence):
                    case = case._replace(state="excused")
                yield case

    def _say(self, tally: Tally) -> str:
        if not tally.violations:
            judged = count(tally.judged, "alarm or notice", "alarms and notices")
            return f"{judged} ended in time; the slowest after {lasting(tally.slowest_us)}"
        late = f"{tally.violations:,} of {count(tally.judged, 'alarm or notice', 'alarms and notices')} did not end"
        return f"{late} within {show(self.within)} (notices: {show(self.notice_within)}) after the trouble was over"


def _presented(notifications: Sequence[Notification], from_us: int, until_us: int) -> list[Notification]:
    """Return those that a phone presents at some moment of [from, until]."""
    return [
        one
        for one in notifications
        if one.from_us <= until_us and (one.until_us is None or one.until_us > max(from_us, one.from_us))
    ]


def _swallowed(phone: Phone, notice: Notification, due_us: int, evidence: Evidence) -> bool:
    """Say whether the push provider took the word that a notice is over, and swallowed it."""
    span = (notice.from_us, due_us)
    return swallowed(evidence, phone, span, paths=(notice.path,), fits=lambda says: says not in SAYS.values())


def _due_us(phone: Phone, since_us: int, within_us: int, evidence: Evidence) -> int:
    return limit_us(since_us, within_us, evidence.cut_off(phone))


def _case(phone: Phone, standing: list[Notification], trouble: PastTrouble, evidence: Evidence) -> Case:
    """Return the case of what stood when a trouble was over."""
    end_us = evidence.moments.end_us
    gone_us = max(one.until_us or NEVER_US for one in standing)
    state: Literal["held", "violated", "excused"] = "violated" if gone_us > trouble.due_us else "held"
    if trouble.due_us > min(end_us, trouble.again_us):
        state = "excused"
    late_us = None if gone_us > end_us else gone_us - trouble.over_us
    said = f"the {trouble.what} {'ended after' if state == 'held' else 'outlasted'} its trouble"
    from_us = trouble.over_us - phone.no_data_after_us
    return Case(state, from_us, min(trouble.due_us, end_us), trouble.over_us, said, phone.phone, phone.patient, late_us)


def _troubles(evidence: Evidence) -> list[tuple[int, int]]:
    """Return when there was something to give notice of: from, until. Many were blind, or a fault is in the service."""
    blind = [(one.onset_us, NEVER_US if one.until_us is None else one.until_us) for one in evidence.many_blind]
    broken = [fault for fault in evidence.faults if fault.within_service]
    return apart([*blind, *((one.begin_us, NEVER_US if one.heal_us is None else one.heal_us) for one in broken)])
