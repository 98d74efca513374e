"""Once a phone sees again, its alarm ends; once all is well again, so does its notice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import ClassVar, Literal, NamedTuple

from deadair.history.rows import Kind
from deadair.model.duration import Lasting, in_us, show
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.model.roster import Phone
from deadair.rules.blindness import NEVER_US, limit_us
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.counting_paths import standstills
from deadair.rules.evidence import Evidence
from deadair.rules.notifications import Notification
from deadair.rules.rule import Rule


class PastTrouble(NamedTuple):
    """What an alarm or a notice was about, and when it was over. ``again_us``: when it began anew."""

    what: str
    over_us: int
    within_us: int
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
        cases = chain.from_iterable(
            chain(self._alarms(phone, evidence), self._notices(phone, evidence)) for phone in evidence.phones.values()
        )
        return finding(self.kind, evidence, table(cases), self._say)

    def _alarms(self, phone: Phone, evidence: Evidence) -> Iterator[Case]:
        alarms = [one for one in evidence.notifications.get(phone.phone, ()) if one.what == Kind.ALARM]
        stretches = evidence.blind[phone.phone]
        for number, blind in enumerate(stretches):
            if blind.until_us is None:
                continue
            next_us = stretches[number + 1].onset_us if number + 1 < len(stretches) else NEVER_US
            standing = [one for one in alarms if one.from_us <= blind.until_us < (one.until_us or NEVER_US)]
            standing += [one for one in alarms if one.from_us < blind.until_us == one.until_us]
            if standing:
                yield _case(
                    phone, standing, PastTrouble("alarm", blind.until_us, in_us(self.within), next_us), evidence
                )

    def _notices(self, phone: Phone, evidence: Evidence) -> Iterator[Case]:
        """A notice's trouble is over when no fault is there that alarms need, and few are blind."""
        over_us = max([0, *(one.until_us or NEVER_US for one in evidence.many_blind), *_healed(evidence)])
        standing = [
            one
            for one in evidence.notifications.get(phone.phone, ())
            if one.what == Kind.NOTICE and one.from_us <= over_us <= (one.until_us or NEVER_US)
        ]
        if standing:
            yield _case(phone, standing, PastTrouble("notice", over_us, in_us(self.notice_within), NEVER_US), evidence)

    def _say(self, tally: Tally) -> str:
        if not tally.violations:
            judged = count(tally.judged, "alarm or notice", "alarms and notices")
            return f"{judged} ended in time; the slowest after {lasting(tally.slowest_us)}"
        late = f"{tally.violations:,} of {count(tally.judged, 'alarm or notice', 'alarms and notices')} did not end"
        return f"{late} within {show(self.within)} (notices: {show(self.notice_within)}) after the trouble was over"


def _case(phone: Phone, standing: list[Notification], trouble: PastTrouble, evidence: Evidence) -> Case:
    """Return the case of what stood when a trouble was over."""
    end_us = evidence.moments.end_us
    pauses = standstills(fault for fault in evidence.faults if fault.cuts_off(phone))
    due_us = limit_us(trouble.over_us, trouble.within_us, pauses)
    gone_us = max(one.until_us or NEVER_US for one in standing)
    state: Literal["held", "violated", "excused"] = "violated" if gone_us > due_us else "held"
    if due_us > min(end_us, trouble.again_us):
        state = "excused"
    late_us = None if gone_us > end_us else gone_us - trouble.over_us
    said = f"the {trouble.what} {'ended after' if state == 'held' else 'outlasted'} its trouble"
    from_us = trouble.over_us - phone.no_data_after_us
    return Case(state, from_us, min(due_us, end_us), trouble.over_us, said, phone.phone, phone.patient, late_us)


def _healed(evidence: Evidence) -> Iterator[int]:
    return (NEVER_US if one.heal_us is None else one.heal_us for one in evidence.faults if one.within_service)
