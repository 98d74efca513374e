"""Whoever follows a child that is urgently low is told so in time, and told again while it lasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Literal, NamedTuple

from pydantic import Field

from deadair.history.reader import each
from deadair.history.rows import Kind
from deadair.model.alert_path import pushed
from deadair.model.duration import Lasting, in_us, show
from deadair.model.judgement import Finding
from deadair.model.plural import count, was
from deadair.model.roster import Phone
from deadair.rules.blindness import NEVER_US, limit_us
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.counting_paths import CountingPaths, counting_paths, unreachable
from deadair.rules.evidence import CURRENT_US, LOWS_MG_DL, Evidence
from deadair.rules.rule import Rule
from deadair.rules.said import FollowerSaid, quiet_until
from deadair.rules.swallowed import nothing_else, swallowed

OF_SOMETHING_ELSE = frozenset({"no_data", "notice", "clear"})
"""Kinds of messages that confirm no low."""
FALSE = "told of a low that is none, or of long ago"


class LowStretch(NamedTuple):
    """A time in which the newest acknowledged reading of a patient is urgently low and current."""

    begin_us: int
    until_us: int
    """When a newer reading was acknowledged that is not low, or when the newest low was current no more."""
    first_us: int
    """When its first reading was measured."""
    last_us: int
    """When its last one was."""
    goes_on: bool
    """Whether it is the same low as before: that one ended by age alone, and no newer reading was none since."""


class PresentedLow(NamedTuple):
    """A low that a phone presented; ``measured_us``: of the reading that it speaks of, if it names one."""

    at_us: int
    path: str
    measured_us: int | None
    confirmed: bool


class Telling(NamedTuple):
    """A time to tell, since when and by when; ``again``: it was told before."""

    since_us: int
    due_us: int
    again: bool


class LowAlerted(Rule):
    """Whoever follows a child that is urgently low is told so in time, and told again while it lasts."""

    kind: Literal["low_alerted"] = "low_alerted"
    within: Lasting = timedelta(minutes=5)
    """How long after its acknowledgement an urgent low may stay untold."""
    again_every: Lasting = timedelta(minutes=30)
    """While the low lasts, it is told again this often."""
    alert_paths: tuple[str, ...] | None = Field(None, min_length=1)
    """The alert paths that count, by default all of the service's own."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each time in which a patient is low, on each phone, and each low that a phone presents."""
        stretches, rung = _stretches(evidence), _rung(evidence)
        paths = counting_paths(evidence, self.alert_paths)
        cases = chain.from_iterable(
            chain(
                self._told(phone, stretches.get(phone.patient, ()), rung.get(phone.phone, ()), evidence, paths),
                _false(phone, rung.get(phone.phone, ()), evidence),
            )
            for phone in evidence.roster.phones
        )
        return finding(self.kind, evidence, table(cases), self._say)

    def _told(
        self,
        phone: Phone,
        stretches: Sequence[LowStretch],
        rung: Sequence[PresentedLow],
        evidence: Evidence,
        paths: CountingPaths,
    ) -> Iterator[Case]:
        """Yield a case for the begin of each stretch, and one for each time that it was to be told again."""
        if not stretches:
            return
        follows_us = evidence.follows_since_us(phone)
        way, pauses = evidence.reading_way, unreachable(evidence, phone, paths.struck)
        poll_us = (0 if way is None else way.poll_every_us) + 2 * evidence.grace_us
        said = evidence.said_of("low", phone.phone)
        of_it: Sequence[FollowerSaid] = said
        told_us: int | None = None
        for low in stretches:
            own = [one for one in rung if self._speaks_of(low, one, evidence)]
            if told_us is not None and not (low.goes_on and low.begin_us < told_us + in_us(self.again_every)):
                told_us = None
            if told_us is None:
                of_it = [one for one in said if one.at_us >= low.begin_us - evidence.grace_us]
            while True:
                since_us = low.begin_us if told_us is None else told_us
                span_us = in_us(self.within) + (0 if told_us is None else in_us(self.again_every))
                due_us = limit_us(since_us, span_us, pauses)
                counting = paths.between(phone, low.first_us, min(due_us, evidence.moments.end_us))
                if counting == paths.every:
                    due_us = limit_us(since_us, span_us + poll_us, pauses)
                first = _first(own, counting, after_us=told_us)
                quiet_us = None
                if told_us is not None:
                    quiet_us = quiet_until(of_it, told_us, due_us if first is None else min(due_us, first))
                if quiet_us == NEVER_US:
                    break
                if quiet_us is not None:
                    told_us = quiet_us
                    continue
                case = _case(phone, low, evidence, Telling(since_us, due_us, told_us is not None), first)
                if case.state == "violated" and _swallowed(phone, low, due_us, evidence, counting):
                    case = case._replace(state="excused")
                if case.state != "excused" if told_us is not None else low.begin_us >= follows_us:
                    yield case
                if first is None:
                    break
                told_us = first

    def _speaks_of(self, low: LowStretch, one: PresentedLow, evidence: Evidence) -> bool:
        """Say whether what a phone presented may be about this time."""
        from_us, until_us = low.begin_us - evidence.grace_us, low.until_us + in_us(self.within)
        measured = one.measured_us is None or low.first_us <= one.measured_us <= low.last_us
        return from_us <= one.at_us <= until_us and measured and one.confirmed

    def _say(self, tally: Tally) -> str:
        if not tally.violations:
            judged = f"{count(tally.judged, 'urgent low')} told of in time, or rightly"
            return f"{judged}; the slowest after {lasting(tally.slowest_us)}"
        false = tally.violated.filter(tally.violated["what"] == FALSE).height
        untold = tally.violations - false
        parts = (
            [f"{count(untold, 'urgent low')} {was(untold)} not told of within {show(self.within)}"] if untold else []
        )
        parts += [f"{count(false, 'phone')} {was(false)} {FALSE}"] if false else []
        return f"{'; '.join(parts)} ({count(tally.judged, 'case')})"


def _first(rung: Sequence[PresentedLow], paths: Sequence[str], *, after_us: int | None) -> int | None:
    """Return when a phone presented the first one by these paths, of those after a moment if there is one."""
    moments = (one.at_us for one in rung if one.path in paths and (after_us is None or one.at_us > after_us))
    return min(moments, default=None)


def _case(phone: Phone, low: LowStretch, evidence: Evidence, telling: Telling, told_us: int | None) -> Case:
    """Return the case of one time to tell, unless the low was over before."""
    since_us, due_us, again = telling
    end_us = evidence.moments.end_us
    in_time = told_us is not None and told_us <= due_us
    state: Literal["held", "violated", "excused"] = "held" if in_time else "violated"
    if due_us > end_us or ((again or not in_time) and low.until_us < due_us):
        state = "excused"
    what = "told again of a low that lasts" if again else "told of an urgent low"
    late_us = None if told_us is None else max(0, told_us - since_us)
    said = what if told_us is not None else f"not {what}"
    return Case(state, low.first_us, min(due_us, end_us), since_us, said, phone.phone, phone.patient, late_us)


def _swallowed(phone: Phone, low: LowStretch, due_us: int, evidence: Evidence, paths: Sequence[str]) -> bool:
    """Say whether the push provider took a message of a low and swallowed it, and it could come by no other path."""
    span, every = (low.first_us, due_us), (*paths, None)
    return nothing_else(evidence, paths) and swallowed(
        evidence, phone, span, paths=every, fits=lambda says: says not in OF_SOMETHING_ELSE
    )


def _stretches(evidence: Evidence) -> Mapping[int, list[LowStretch]]:
    """Return when each patient was urgently low, by what the service had acknowledged."""
    rows = evidence.acknowledged
    low = rows.filter(rows["value"].is_between(LOWS_MG_DL[0], LOWS_MG_DL[-1]))
    whose = rows.filter(rows["patient"].is_in(low["patient"].unique().to_list()))
    at_once: dict[tuple[int, int], tuple[int, int]] = {}
    for patient, at_us, measured_us, value in each(whose[["patient", "at_us", "measured_us", "value"]]):
        at_once[patient, at_us] = max((measured_us, value), at_once.get((patient, at_us), (measured_us, value)))
    found: dict[int, list[LowStretch]] = defaultdict(list)
    newest: dict[int, int] = {}
    goes_on: dict[int, bool] = defaultdict(bool)
    for (patient, at_us), (measured_us, value) in at_once.items():
        if at_us > evidence.moments.end_us or measured_us <= newest.get(patient, measured_us - 1):
            continue
        newest[patient] = measured_us
        own = found[patient]
        last = own[-1] if own and own[-1].until_us > at_us else None
        if value not in LOWS_MG_DL:
            goes_on[patient] = False
            if last is not None:
                own[-1] = last._replace(until_us=at_us)
        elif at_us - measured_us <= CURRENT_US:
            until_us = measured_us + CURRENT_US
            if last is None:
                own.append(LowStretch(at_us, until_us, measured_us, measured_us, goes_on[patient]))
            else:
                own[-1] = last._replace(until_us=until_us, last_us=measured_us)
            goes_on[patient] = True
    return found


def _rung(evidence: Evidence) -> Mapping[int, list[PresentedLow]]:
    """Return the lows that each phone presented, within the run."""
    to_confirm = pushed(evidence.alert_paths)
    found: dict[int, list[PresentedLow]] = defaultdict(list)
    for at_us, phone, path, measured_us in evidence.history.each(
        Kind.LOW, columns=["at_us", "phone", "path", "measured_us"]
    ):
        if at_us > evidence.moments.end_us:
            continue
        since_us = at_us - CURRENT_US if measured_us is None else measured_us
        by_us = at_us + evidence.grace_us
        witnesses = (*evidence.taken.get((phone, path), ()), *evidence.taken.get((phone, None), ()))
        confirmed = path not in to_confirm or any(
            since_us <= one.at_us <= by_us for one in witnesses if one.says not in OF_SOMETHING_ELSE
        )
        found[phone].append(PresentedLow(at_us, path or "", measured_us, confirmed))
    return found


def _false(phone: Phone, rung: Sequence[PresentedLow], evidence: Evidence) -> Iterator[Case]:
    """Yield a case for each low that a phone presented: was it one, and of now?"""
    for one in rung:
        if one.measured_us is None:
            continue
        made_us = evidence.lows.get((phone.patient, one.measured_us), NEVER_US)
        right = made_us <= one.at_us <= one.measured_us + CURRENT_US + evidence.grace_us
        yield Case(
            "held" if right else "violated",
            min(one.measured_us, one.at_us),
            one.at_us,
            one.at_us,
            "told rightly of a low" if right else FALSE,
            phone.phone,
            phone.patient,
        )
