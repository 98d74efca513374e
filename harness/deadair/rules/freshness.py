"""Each phone shows the newest reading that its device handed over, soon after the service acknowledged it."""

from __future__ import annotations

from functools import partial
from typing import Literal

import polars as pl

from deadair.history.rows import Kind
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.model.roster import Phone
from deadair.rules.blindness import NEVER_US, apart
from deadair.rules.cases import Case, Tally, finding, lasting, table, unknown
from deadair.rules.evidence import Evidence
from deadair.rules.reading_way import ReadingWay
from deadair.rules.rule import Rule

SHOWN = "the newest reading of its device was shown in time"
NOT_SHOWN = "the newest reading of its device was not shown in time"
WENT_BACK = "the newest reading of its device was shown, and then no longer"
NEVER_STEADY = "steady state never came"
COHORTS_NAMED_MAX = 6
UNJUDGED = {"cohort": pl.String, "fault_us": pl.Int64, "recovered_us": pl.Int64}

_SHOWN_US = pl.when(pl.col("real") & pl.col("detail").is_in(["current", "old"])).then("measured_us")
_OLDER = (pl.col("shown_us") < pl.col("measured_us")).fill_null(value=True)
_BROKEN_US = pl.when(_OLDER).then("due_us").otherwise(pl.when(pl.col("older_us") < pl.col("until_us")).then("older_us"))
_STATE = (
    pl.when((pl.col("fault_us") <= pl.col("due_us")) | (pl.col("until_us") < pl.col("due_us")))
    .then(pl.lit("excused"))
    .when(_BROKEN_US.is_null())
    .then(pl.lit("held"))
    .otherwise(pl.lit("violated"))
)
_WHAT = (
    pl.when(_BROKEN_US.is_null())
    .then(pl.lit(SHOWN))
    .when(pl.col("came_us") <= pl.col("due_us"))
    .then(pl.lit(WENT_BACK))
    .otherwise(pl.lit(NOT_SHOWN))
)
_CASES = [
    _STATE.alias("state"),
    pl.col("at_us").alias("from_us"),
    pl.coalesce(_BROKEN_US, "until_us").alias("until_us"),
    *map(pl.col, ["at_us", "phone", "patient"]),
    (pl.col("came_us") - pl.col("at_us")).alias("late_us"),
    _WHAT.alias("what"),
]
"""A case, of a reading that was handed over, and what a phone showed when it had to show it."""

_asof = partial(pl.LazyFrame.join_asof, check_sortedness=False)
"""Joins with the row before or after a moment. Both frames are sorted by it; polars cannot see that by group."""


class Freshness(Rule):
    """Each phone shows the newest reading that its device handed over, soon after the service acknowledged it."""

    kind: Literal["freshness"] = "freshness"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each reading that was its device's newest, on each phone, and a steady state that never came."""
        way = evidence.reading_way
        if way is None:
            return unknown(self.kind, "nobody said how a reading gets to a phone")
        readings = _readings(_handed_over(evidence, way), evidence)
        unsteady = table(_unsteady(evidence, way))
        return finding(self.kind, evidence, pl.concat([unsteady, readings], how="diagonal"), _say)


def _handed_over(evidence: Evidence, way: ReadingWay) -> pl.LazyFrame:
    """Return each reading that was its device's newest when it was acknowledged (``at_us``), with each of its phones.

    ``due_us``: when the phone must show it; ``fault_us``: the begin of the first fault on the way that had not been
    recovered from by ``at_us``; ``until_us``: until when it must, for then the next one is due, that fault begins, or
    the run ends.
    """
    end_us, phones = evidence.moments.end_us, evidence.phones.values()
    followers = [(phone.phone, phone.patient, _cohorts(phone)) for phone in phones]
    schema = {"phone": pl.Int32, "patient": pl.Int32, "cohort": pl.String}
    limit_us = way.limit_us(evidence.grace_us)
    newest_us = pl.col("measured_us").cum_max().shift().over("patient")
    handed_over = (
        evidence.acknowledged.lazy()
        .filter(pl.col("at_us") <= end_us)
        .group_by("patient", "at_us")
        .agg(pl.max("measured_us"))
        .sort("at_us", "patient")
        .filter((pl.col("measured_us") > newest_us).fill_null(value=True))
        .with_columns(due_us=pl.col("at_us") + limit_us)
        .with_columns(next_us=pl.col("due_us").shift(-1).over("patient").fill_null(NEVER_US))
        .join(pl.LazyFrame(followers, schema=schema, orient="row"), on="patient", how="inner", maintain_order="left")
    )
    handed_over = _asof(
        handed_over, unjudged(evidence, way), left_on="at_us", right_on="recovered_us", by="cohort", strategy="forward"
    ).with_columns(pl.col("fault_us").fill_null(NEVER_US))
    handed_over = handed_over.with_columns(until_us=pl.min_horizontal("next_us", "fault_us", pl.lit(end_us)))
    return handed_over.collect(engine="in-memory").lazy()  # three joins ask for it


def unjudged(evidence: Evidence, way: ReadingWay) -> pl.LazyFrame:
    """Return when a fault was on the way of each cohort's phones until it had recovered: columns ``UNJUDGED``.

    In order; those of one cohort lie apart. One that is never over ends at ``NEVER_US``.
    """
    on_the_way = [fault for fault in evidence.faults if way.leads_over(fault.place.name)]
    rows = [
        (cohorts, fault_us, recovered_us)
        for cohorts, phone in sorted({_cohorts(phone): phone for phone in evidence.phones.values()}.items())
        for fault_us, recovered_us in apart(
            (fault.begin_us, NEVER_US if fault.heal_us is None else fault.heal_us + way.recovers_us)
            for fault in on_the_way
            if fault.strikes(phone)
        )
    ]
    return pl.LazyFrame(rows, schema=UNJUDGED, orient="row").sort("recovered_us")


def _cohorts(phone: Phone) -> str:
    """Return what tells the ways of readings apart: a phone's cohort, and its device's if that is another."""
    return phone.cohort if phone.device_cohort is None else f"{phone.cohort}←{phone.device_cohort}"


def _readings(handed_over: pl.LazyFrame, evidence: Evidence) -> pl.DataFrame:
    """Return the cases of readings: what each phone showed when it had to, and until when it did."""
    screens = evidence.screens.lazy().select("phone", pl.col("at_us").alias("then_us"), _SHOWN_US.alias("shown_us"))
    lasts = pl.col("then_us") != pl.col("then_us").shift(-1).over("phone")
    screens = screens.filter(lasts.fill_null(value=True))
    newer = pl.col("newest_us") > pl.col("newest_us").cum_max().shift().over("phone")
    first = screens.drop_nulls().select("phone", pl.col("then_us").alias("came_us"), newest_us="shown_us")
    first = first.filter(newer.fill_null(value=True)).sort("newest_us")
    due = handed_over.select("phone", "due_us", "measured_us")
    older = _asof(screens, due, left_on="then_us", right_on="due_us", by="phone", strategy="backward")
    older = older.filter(pl.col("due_us").is_not_null() & _OLDER)
    older = older.group_by("phone", "due_us").agg(older_us=pl.min("then_us"))
    at_due = _asof(handed_over, screens, left_on="due_us", right_on="then_us", by="phone", strategy="backward")
    cases = at_due.join(older, on=["phone", "due_us"], how="left").sort("measured_us")
    cases = _asof(cases, first, left_on="measured_us", right_on="newest_us", by="phone", strategy="forward")
    return cases.sort("at_us", "phone").select(_CASES).collect(engine="in-memory")


def _unsteady(evidence: Evidence, way: ReadingWay) -> list[Case]:
    """Return the case of a steady state that never came. A warm-up too short for one says nothing about it."""
    from_us = evidence.moments.warm_up_us
    enough_us = from_us + way.steady_within_us(evidence.grace_us)
    steady = evidence.history.each(Kind.STEADY, columns=["at_us", "outcome", "detail"])
    return [
        Case("violated", from_us, at_us, at_us, f"{NEVER_STEADY}: {missing or 'what was missing is not known'}")
        if at_us >= enough_us
        else Case("unknown", from_us, at_us, at_us, "the warm-up was too short for a steady state")
        for at_us, outcome, missing in steady
        if outcome == "fail"
    ]


def _say(tally: Tally) -> str:
    if not tally.violations:
        judged = count(tally.judged, "newest reading")
        return f"{judged}, each shown in time; the slowest after {lasting(tally.slowest_us)}"
    unsteady = tally.violated.filter(pl.col("phone").is_null())["what"].to_list()
    stale = tally.violated.filter(pl.col("phone").is_not_null())
    return "; ".join([*unsteady, *(_who(what, stale) for what in sorted(set(stale["what"].to_list())))])


def _who(what: str, stale: pl.DataFrame) -> str:
    """Say of how many phones that is true, and in which cohorts they are."""
    phones = stale.filter(pl.col("what") == what).unique("phone")
    cohorts = phones.group_by("cohort").len().sort("len", "cohort", descending=[True, False])
    named = ", ".join(f"{number:,} in {cohort}" for cohort, number in cohorts.head(COHORTS_NAMED_MAX).iter_rows())
    return f"{what}: {count(phones.height, 'phone')} ({named})"
