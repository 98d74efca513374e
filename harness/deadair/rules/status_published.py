"""The public status page shows an incident while many are blind, closes it after, and shows none in fair weather."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from typing import ClassVar, Literal

from deadair.history.rows import Kind
from deadair.model.duration import Lasting, in_us
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.rules.blindness import NEVER_US, Blind
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule

FALSE = "an incident was shown in fair weather"

Looks = list[tuple[int, bool | None]]
"""Each look at the page: when, and whether it showed an incident; none: it could not be read."""


class StatusPublished(Rule):
    """The public status page shows an incident while many are blind, and none in fair weather."""

    of_silences: ClassVar[bool] = True
    kind: Literal["status_published"] = "status_published"
    within: Lasting = timedelta(minutes=15)
    """How soon the incident must be shown, and how soon after the recovery it must be closed."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each stretch with at least 5 % of the phones blind, the closing after the last, and false incidents."""
        rows = evidence.history.each(Kind.STATUS, columns=["at_us", "outcome", "detail"])
        looks = [(at_us, detail == "incident" if outcome == "ok" else None) for at_us, outcome, detail in rows]
        stretches = evidence.many_blind
        within_us, end_us = in_us(self.within), evidence.moments.end_us
        cases = [_shown(stretch, looks, within_us, end_us) for stretch in stretches]
        if stretches and any(incident for at_us, incident in looks if at_us >= stretches[0].onset_us):
            healed_us = evidence.last_heal_us if evidence.faults else stretches[-1].onset_us
            closing = _closed(stretches[-1], healed_us, looks, within_us, end_us)
            another = closing.state == "violated" and _opened_anew(closing, looks, evidence)
            cases.append(closing._replace(state="excused") if another else closing)
        cases += _false_incidents(looks, evidence, within_us)
        return finding(self.kind, evidence, table(cases), _say)


def _shown(stretch: Blind, looks: Looks, within_us: int, end_us: int) -> Case:
    from_us, limit_us = stretch.onset_us, stretch.onset_us + within_us
    ends_us = end_us if stretch.until_us is None else stretch.until_us
    first_us = next((at_us for at_us, incident in looks if incident and at_us >= from_us), None)
    if first_us is not None and first_us <= min(limit_us, ends_us):
        late_us = first_us - from_us
        what = f"an incident was shown after {lasting(late_us)}"
        return Case("held", from_us, limit_us, from_us, what, late_us=late_us)
    if ends_us < limit_us:
        return Case("excused", from_us, limit_us, from_us, "over before the limit")
    if _unread_us(looks, from_us, limit_us) > within_us // 2 or _read_anew(looks, limit_us) is True:
        return Case("unknown", from_us, limit_us, from_us, "the page could not be read when it had to show an incident")
    shown_after_us = None if first_us is None else first_us - from_us
    return Case("violated", from_us, limit_us, from_us, "no incident was shown in time", late_us=shown_after_us)


def _closed(last: Blind, healed_us: int | None, looks: Looks, within_us: int, end_us: int) -> Case:
    """Recovery is over when no longer 5 % are blind and the last fault is healed; the page must say so in time."""
    what = "the incident was not closed"
    if last.until_us is None or healed_us is None:
        return Case("excused", last.onset_us, end_us, end_us, what)
    from_us = max(last.until_us, healed_us)
    limit_us = from_us + within_us
    if limit_us > end_us:
        return Case("excused", from_us, limit_us, from_us, what)
    after = [incident for at_us, incident in looks if from_us <= at_us <= limit_us and incident is not None]
    unread = _unread_us(looks, from_us, limit_us) > within_us // 2 or _read_anew(looks, limit_us) is False
    if not after or (after[-1] and unread):
        return Case("unknown", from_us, limit_us, from_us, "the page could not be read after the recovery")
    return Case("violated" if after[-1] else "held", from_us, limit_us, from_us, what)


def _opened_anew(closing: Case, looks: Looks, evidence: Evidence) -> bool:
    """Say whether the page had shown none before, and many were then blind by what a service can have heard."""
    way, grace_us = evidence.reading_way, evidence.grace_us
    clear_us = next((at_us for at_us, incident in looks if at_us >= closing.from_us and incident is False), NEVER_US)
    if way is None or clear_us > closing.until_us:
        return False
    unconfirmed = evidence.many_unconfirmed(way.heard_later_us(grace_us))
    return any(clear_us < stretch.onset_us <= closing.until_us for stretch in unconfirmed)


def _false_incidents(looks: Looks, evidence: Evidence, within_us: int) -> Iterator[Case]:
    """Yield a case for each incident on the page that nothing accounts for at one of its looks: with the first such.

    What a page that was right shows when all is over may be late closing, which is judged by itself.
    """
    ends_us = [stretch.until_us for stretch in evidence.many_blind[-1:] if stretch.until_us is not None]
    closing_us = ends_us[0] if ends_us else NEVER_US
    way, grace_us = evidence.reading_way, evidence.grace_us
    early_us = grace_us if way is None else way.unconfirmed_us(grace_us)
    unconfirmed = [] if way is None else evidence.many_unconfirmed(way.heard_later_us(grace_us))
    broken = [fault for fault in evidence.faults if fault.within_service]
    longest_us = max((phone.no_data_after_us for phone in evidence.phones.values()), default=0)
    latest_us = evidence.moments.end_us - early_us
    read = [(at_us, incident) for at_us, incident in looks if incident is not None]
    for incident, group in groupby(read, key=itemgetter(1)):
        shown_us = [at_us for at_us, _ in group] if incident else []
        for at_us in shown_us:
            from_us, until_us = at_us - within_us, at_us + early_us
            late = shown_us[0] <= closing_us <= at_us
            blind = any(stretch.touches(from_us, until_us) for stretch in evidence.many_blind)
            blind = blind or any(stretch.touches(from_us, until_us) for stretch in unconfirmed)
            if not late and not blind and at_us <= latest_us and not any(f.touches(from_us, at_us) for f in broken):
                yield Case("violated", from_us - longest_us, until_us, at_us, FALSE)
                break


def _unread_us(looks: Looks, from_us: int, until_us: int) -> int:
    """Return the longest time between two readings of the page, or an end of the stretch and one."""
    read = (at_us for at_us, incident in looks if from_us <= at_us <= until_us and incident is not None)
    return max(later - earlier for earlier, later in pairwise([from_us, *read, until_us]))


def _read_anew(looks: Looks, limit_us: int) -> bool | None:
    """Return what a page that could not be read at the limit showed when it could be again; none: it could, or never.

    It may have shown that at the limit too.
    """
    before = [incident for at_us, incident in looks if at_us <= limit_us]
    if not before or before[-1] is not None:
        return None
    return next((incident for at_us, incident in looks if at_us > limit_us and incident is not None), None)


def _say(tally: Tally) -> str:
    if not tally.violations:
        judged = count(tally.judged, "incident opened or closed", "incidents opened or closed")
        return f"the status page was in time: {judged}"
    return "; ".join(sorted(set(tally.violated["what"].to_list())))
