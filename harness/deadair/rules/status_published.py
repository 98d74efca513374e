"""The public status page shows an incident while many are blind, and closes it after."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import ClassVar, Literal

from deadair.history.rows import Kind
from deadair.model.count import count
from deadair.model.duration import Lasting, in_us
from deadair.model.judgement import Finding
from deadair.rules.blindness import Blind
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule

Looks = list[tuple[int, bool | None]]
"""Each look at the page: when, and whether it showed an incident; none: it could not be read."""


class StatusPublished(Rule):
    """The public status page shows an incident while many are blind, and closes it after."""

    of_silences: ClassVar[bool] = True
    kind: Literal["status_published"] = "status_published"
    within: Lasting = timedelta(minutes=15)
    """How soon the incident must be shown, and how soon after the recovery it must be closed."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each stretch with at least 5 % of the phones blind, and the closing of the incident after the last."""
        rows = evidence.history.each(Kind.STATUS, columns=["at_us", "outcome", "detail"])
        looks = [(at_us, detail == "incident" if outcome == "ok" else None) for at_us, outcome, detail in rows]
        stretches = evidence.many_blind
        within_us, end_us = in_us(self.within), evidence.moments.end_us
        cases = [_shown(stretch, looks, within_us, end_us) for stretch in stretches]
        if stretches and any(incident for at_us, incident in looks if at_us >= stretches[0].onset_us):
            cases.append(_closed(stretches[-1], evidence.last_heal_us, looks, within_us, end_us))
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
