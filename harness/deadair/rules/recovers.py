"""After the last heal nobody stays blind and the backlog drains."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

import polars as pl

from deadair.history.rows import Kind
from deadair.model.duration import Lasting, in_us
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.rules.cases import Case, Tally, finding, table, unknown
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule
from deadair.rules.silences import SilenceState
from deadair.rules.spared import device_rests, outside, spared

TOO_EARLY_SHARE = 10
"""A run that ended by more than a tenth of ``within`` too early left somebody who is blind time to recover."""

NEWEST_SHARE = 4
"""A backlog that gave no answer in the last quarter of the time is not known, unless it is asked more seldom."""
PROBES_APART = 1.5
"""So many times the usual time between two probes may have passed since the last that was answered."""

LOOKS = 3
"""Probes of the backlog that are looked at: a burst in one of them is no backlog."""


class Recovers(Rule):
    """After the last heal nobody stays blind and the backlog drains."""

    kind: Literal["recovers"] = "recovers"
    within: Lasting = timedelta(minutes=20)
    """How long after the last heal somebody may still be blind and readings may still wait."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each phone and the backlog ``within`` after the last heal, or at the end of a run that was shorter.

        A run that was cut short left no time to recover, so nothing is known of it.
        """
        healed_us = evidence.last_heal_us
        if healed_us is None:
            return unknown(self.kind, "a fault was never seen healed, so there is no recovery to judge")
        if evidence.cut_short and evidence.moments.end_us < healed_us + in_us(self.within):
            return unknown(self.kind, "the run was cut short before the time to recover was over")
        judged_us = min(healed_us + in_us(self.within), evidence.moments.end_us)
        early = healed_us + in_us(self.within) - judged_us > in_us(self.within) // TOO_EARLY_SHARE
        cases = [*_phones(evidence, healed_us, judged_us, early=early), *_backlog(evidence, healed_us, judged_us)]
        return finding(self.kind, evidence, table(cases), _say)


def _phones(evidence: Evidence, healed_us: int, judged_us: int, *, early: bool) -> list[Case]:
    """A phone has not recovered if it is blind at some moment from then to the end of the run.

    If that came too early, it may have recovered after it: nobody knows. Whose device had no reading is excused.
    """
    end_us = evidence.moments.end_us
    cases = []
    rests, way = device_rests(evidence), evidence.reading_way
    limit_us = 0 if way is None else way.limit_us(evidence.grace_us)
    for number, phone in evidence.phones.items():
        blind = [stretch for stretch in evidence.blind[number] if stretch.touches(judged_us, end_us)]
        excuse = spared(phone, rests.get(phone.patient, ()), limit_us)
        still = [stretch for stretch in blind if outside(stretch, excuse, judged_us, end_us)]
        at_us = still[0].onset_us if still else judged_us
        state: SilenceState | Literal["unknown"] = "excused" if blind else "held"
        if still:
            state = "unknown" if early else "violated"
        what = "still blind when the run ended too early" if state == "unknown" else "still blind"
        cases.append(Case(state, healed_us, end_us, at_us, what, number, phone.patient))
    return cases


def _backlog(evidence: Evidence, healed_us: int, judged_us: int) -> list[Case]:
    """The backlog is back if one of the newest probes by then is at its warm-up level. No probe at all: no case."""
    probes = evidence.history.of(Kind.BACKLOG)
    if probes.is_empty():
        return []
    warm_up_us, storm_us = evidence.moments.warm_up_us, evidence.moments.storm_us
    calm = probes.filter(pl.col("at_us").is_between(warm_up_us, storm_us, closed="left"))
    after = probes.filter(pl.col("at_us").is_between(healed_us, judged_us)).tail(LOOKS).drop_nulls("value")
    highest, lowest, answered_us = calm["value"].max(), after["value"].min(), after["at_us"].max()
    if not isinstance(highest, int) or not isinstance(lowest, int):
        return [
            Case(
                "unknown",
                healed_us,
                judged_us,
                judged_us,
                "the backlog was not read both in the warm-up and after the last heal",
            )
        ]
    asked_us = probes["at_us"].to_list()
    apart_us = PROBES_APART * median([later - earlier for earlier, later in pairwise(asked_us)] or [0])
    old_us = max((judged_us - healed_us) // NEWEST_SHARE, apart_us)
    if not isinstance(answered_us, int) or judged_us - answered_us > old_us:
        return [
            Case("unknown", healed_us, judged_us, judged_us, "the backlog could not be read when it had to be gone")
        ]
    back = lowest <= highest + slack_readings(len(evidence.roster.devices))
    what = f"{count(lowest, 'reading')} still in the backlog, at most {highest:,} in the warm-up"
    return [Case("held" if back else "violated", healed_us, judged_us, judged_us, what)]


def slack_readings(devices: int) -> int:
    """Return how far above its warm-up level a backlog may stay: chance alone moves it by a few of the fleet's own."""
    return max(10, devices // 20)


def _say(tally: Tally) -> str:
    if not tally.violations:
        return "no phone stayed blind, and no backlog was left"
    blind = tally.violated.filter(pl.col("phone").is_not_null()).height
    rest = tally.violated.filter(pl.col("phone").is_null())["what"].to_list()
    return "; ".join([*([f"{count(blind, 'phone')} stayed blind"] if blind else []), *rest])
