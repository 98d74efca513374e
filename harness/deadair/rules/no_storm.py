"""Nobody is told the same over and over, and no push provider is asked without end."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Literal, NamedTuple

import polars as pl
from pydantic import Field

from deadair.history.reader import each
from deadair.history.rows import Kind
from deadair.model.duration import Lasting, in_us
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.rules.cases import Case, Tally, finding, table
from deadair.rules.evidence import CURRENT_US, MINUTE_US, Evidence
from deadair.rules.rule import Rule

HOUR_US = 60 * MINUTE_US
STORM = "told over and over"
HAMMERED = "the push provider asked over and over"


class CountedTogether(NamedTuple):
    """What is counted together: of one phone, what it presented, by which path."""

    phone: int
    kind: str
    path: str


class NoStorm(Rule):
    """Nobody is told the same over and over, and no push provider is asked without end."""

    kind: Literal["no_storm"] = "no_storm"
    every: Lasting = timedelta(minutes=15)
    """R: how often one may be told again of one silence, where the follow says nothing else (`fleet.realarm_every`)."""
    requests_per_hour: int = Field(240, ge=1)
    """How many messages for one phone the push provider may be offered in an hour, taken or refused: at first after
    seconds, then each minute."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each hour of each phone, by kind and path, and each hour of the push provider."""
        cases = chain(self._presented(evidence), self._offered(evidence))
        return finding(self.kind, evidence, table(cases), _say)

    def _presented(self, evidence: Evidence) -> Iterator[Case]:
        every_us = {phone.phone: phone.told_again_us(in_us(self.every)) for phone in evidence.roster.phones}
        told: dict[CountedTogether, list[int]] = defaultdict(list)
        for at_us, phone, kind, path in evidence.history.each(
            Kind.ALARM, Kind.NOTICE, Kind.LOW, columns=["at_us", "phone", "kind", "path"]
        ):
            if at_us <= evidence.moments.end_us:
                told[CountedTogether(phone, str(kind), path or "")].append(at_us)
        lows, old = _lows_by_patient(evidence), _shown_old(evidence)
        for what, moments in told.items():
            patient = evidence.patients.get(what.phone)
            own_lows = lows.get(patient, ()) if patient is not None else ()
            occasions = own_lows if what.kind == Kind.LOW else old.get(what.phone, ())
            said = [
                (at_us, often, self._most(what, at_us, occasions, evidence, every_us.get(what.phone)))
                for at_us, often in _in_the_hour(moments)
            ]
            too_often = next((one for one in said if one[1] > one[2]), None)
            at_us, often, most = too_often or said[-1]
            words = f"{STORM}: {often} times in an hour by {what.path}, {most} at the most"
            yield Case(
                "violated" if too_often else "held",
                at_us - HOUR_US,
                at_us,
                at_us,
                words if too_often else "told seldom enough",
                what.phone,
                patient,
            )

    def _most(
        self, what: CountedTogether, until_us: int, occasions: Sequence[int], evidence: Evidence, every_us: int | None
    ) -> int:
        """Return how often it may be presented in the hour before: once for each occasion, and again each R.

        ``occasions``: the lows, or the moments at which the phone began to show a reading that was too old already.
        """
        from_us = until_us - HOUR_US
        if what.kind == Kind.LOW:
            return bisect_right(occasions, until_us) - bisect_right(occasions, from_us - CURRENT_US) + 1
        silences = sum(1 for blind in evidence.blind.get(what.phone, ()) if blind.touches(from_us, until_us))
        snoozed = {one.until_us for one in evidence.said_of("alarm", what.phone) if from_us < one.until_us <= until_us}
        if what.kind == Kind.ALARM:
            silences += bisect_right(occasions, until_us) - bisect_right(occasions, from_us)
        return silences + len(snoozed) + 1 + HOUR_US // (every_us or in_us(self.every))

    def _offered(self, evidence: Evidence) -> Iterator[Case]:
        """Yield a case for each hour in which the push provider was offered anything."""
        warm_up_us, end_us = evidence.moments.warm_up_us, evidence.moments.end_us
        offered: dict[int, Counter[int | None]] = defaultdict(Counter)
        for at_us, phone in evidence.history.each(Kind.ACCEPTED, columns=["at_us", "phone"]):
            if warm_up_us <= at_us <= end_us:
                offered[(at_us - warm_up_us) // HOUR_US][phone] += 1
        most = self.requests_per_hour * max(1, len(evidence.roster.phones))
        for hour, of in offered.items():
            from_us = warm_up_us + hour * HOUR_US
            for_one = max((number for phone, number in of.items() if phone is not None), default=0)
            said = "the push provider asked seldom enough"
            if for_one > self.requests_per_hour:
                said = (
                    f"{HAMMERED}: {for_one:,} messages for one phone in an hour, {self.requests_per_hour:,} at the most"
                )
            if of.total() > most:
                said = f"{HAMMERED}: {of.total():,} messages in an hour, {most:,} at the most"
            bad = of.total() > most or for_one > self.requests_per_hour
            until_us = min(from_us + HOUR_US, end_us)
            yield Case("violated" if bad else "held", from_us, until_us, from_us, said)


def _in_the_hour(moments: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each moment, and how many there were in the hour until it."""
    first = 0
    for number, at_us in enumerate(moments):
        while moments[first] <= at_us - HOUR_US:
            first += 1
        yield at_us, number - first + 1


def _lows_by_patient(evidence: Evidence) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for patient, measured_us in sorted(evidence.lows):
        found[patient].append(measured_us)
    return found


def _shown_old(evidence: Evidence) -> Mapping[int, list[int]]:
    """Return when each phone began to show a reading that was T old by then, newer than all that it had shown.

    Whoever hears of it cannot know that the phone did not see in between: to a service it may be another silence.
    """
    found: dict[int, list[int]] = defaultdict(list)
    newest: dict[int, int] = {}
    rows = evidence.screens.filter(pl.col("real") & pl.col("detail").is_in(["current", "old"]))
    for at_us, number, measured_us in each(rows[["at_us", "phone", "measured_us"]]):
        phone = evidence.phones.get(number)
        if phone is None or measured_us <= newest.get(number, measured_us - 1):
            continue
        newest[number] = measured_us
        if at_us >= measured_us + phone.no_data_after_us:
            found[number].append(at_us)
    return found


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"nobody was told over and over ({count(tally.judged, 'case')})"
    phones = tally.violated.filter(tally.violated["phone"].is_not_null())["phone"].n_unique()
    parts = [f"{count(phones, 'phone')} {STORM}"] if phones else []
    parts += sorted(set(tally.violated.filter(tally.violated["phone"].is_null())["what"].to_list()))
    return "; ".join(parts)
