"""Cases: what a rule judges one by one, and the one way in which they become a finding.

A case that is held or violated counts as judged, unless its window touches a doubtful stretch of the run: then
it is suspected, whatever it said. Knows no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import polars as pl

from harness.checkers.evidence import MINUTE_US, SECOND_US, Evidence
from harness.checkers.silences import NEVER_US, State
from harness.model.judgement import Example, Finding
from harness.model.verdict import Verdict

EXAMPLES_MAX = 10

COLUMNS = {
    "state": pl.String,
    "from_us": pl.Int64,  # the case's window: doubt that touches it makes the case suspected
    "until_us": pl.Int64,
    "at_us": pl.Int64,  # its moment, for people
    "phone": pl.Int32,
    "patient": pl.Int32,
    "late_us": pl.Int64,
    "what": pl.String,
}


class Case(NamedTuple):
    """One case; the columns of ``COLUMNS``, for rules that make them one by one."""

    state: State | Literal["unknown"]
    """``unknown``: what it needed was not to be had; it is suspected like a case in a doubtful stretch."""
    from_us: int
    until_us: int
    at_us: int
    what: str
    phone: int | None = None
    patient: int | None = None
    late_us: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What a rule's sentence may need. ``cases``: all of them, with ``suspected`` and the phone's ``cohort``."""

    judged: int
    violations: int
    excused: int
    suspected: int
    cases: pl.DataFrame

    @property
    def violated(self) -> pl.DataFrame:
        """Return the violated cases that nothing casts doubt on."""
        return self.cases.filter((pl.col("state") == "violated") & ~pl.col("suspected"))


def table(cases: Iterable[Case]) -> pl.DataFrame:
    """Return cases as a table."""
    return pl.DataFrame([case._asdict() for case in cases], schema=COLUMNS)


def finding(rule: str, evidence: Evidence, cases: pl.DataFrame, say: Callable[[Tally], str]) -> Finding:
    """Count the cases, take those in doubt out of judgement, and say what was found."""
    members = list({phone.phone: phone.cohort for phone in evidence.roster.phones}.items())
    cohorts = pl.DataFrame(members, schema={"phone": pl.Int32, "cohort": pl.String}, orient="row")
    cases = cases.select(*COLUMNS)
    cases = cases.with_columns(suspected=_suspected(cases, evidence))
    cases = cases.join(cohorts, on="phone", how="left", maintain_order="left")
    sure = cases.filter(~pl.col("suspected"))
    held, violations = _count(sure, "held"), _count(sure, "violated")
    tally = Tally(held + violations, violations, _count(sure, "excused"), cases.height - sure.height, cases)
    verdict = Verdict.FAIL if violations else Verdict.UNKNOWN if tally.suspected or not tally.judged else Verdict.PASS
    why = say(tally) if tally.judged else "nothing could be judged"
    if tally.suspected:
        why += f"; {tally.suspected} more are in doubt"
    return Finding(
        rule=rule,
        verdict=verdict,
        judged=tally.judged,
        violations=violations,
        excused=tally.excused,
        suspected=tally.suspected,
        why=why,
        examples=_examples(sure, evidence),
    )


def lasting(span_us: int) -> str:
    """Write a span of time for people: ``3.1 min``, below a minute ``12.0 s``."""
    return f"{span_us / MINUTE_US:.1f} min" if span_us >= MINUTE_US else f"{span_us / SECOND_US:.1f} s"


def unknown(rule: str, why: str) -> Finding:
    """Return the finding of a rule that could not be judged at all."""
    return Finding(rule=rule, verdict=Verdict.UNKNOWN, judged=0, violations=0, why=why)


def _suspected(cases: pl.DataFrame, evidence: Evidence) -> pl.Series:
    """Return whether each case is in doubt.

    The doubtful stretches are disjoint and in order, so one look is enough, however many there are: whether the
    first that ends after the case's window began touches it.
    """
    ends = pl.Series([until_us for _, until_us in evidence.doubtful], dtype=pl.Int64)
    begins = pl.Series([*(from_us for from_us, _ in evidence.doubtful), NEVER_US], dtype=pl.Int64)
    touched = begins.gather(ends.search_sorted(cases["from_us"], side="left")) <= cases["until_us"]
    state = cases["state"]
    return (state == "unknown") | (touched & (state != "excused"))


def _count(cases: pl.DataFrame, state: State) -> int:
    return cases.filter(pl.col("state") == state).height


def _examples(sure: pl.DataFrame, evidence: Evidence) -> tuple[Example, ...]:
    """Return the violated cases, those that never ended well first, then the latest; of a clean finding, the latest."""
    worst = sure.filter(pl.col("state") == "violated")
    if worst.is_empty():
        worst = sure.filter((pl.col("state") == "held") & pl.col("late_us").is_not_null())
    worst = worst.sort("late_us", descending=True, nulls_last=False, maintain_order=True).head(EXAMPLES_MAX)
    return tuple(
        Example(
            what=row["what"],
            phone=row["phone"],
            patient=row["patient"],
            cohort=row["cohort"],
            at_s=evidence.moments.storm_s(row["at_us"]),
            late_s=None if row["late_us"] is None else round(row["late_us"] / SECOND_US, 3),
        )
        for row in worst.iter_rows(named=True)
    )
