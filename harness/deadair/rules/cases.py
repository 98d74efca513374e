"""Cases: what a rule judges one by one, and the one way in which they become a finding.

A case that is held or violated counts as judged, unless its window touches a doubtful stretch of the run: then
it is suspected, whatever it said. Knows no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import polars as pl

from deadair.history.reader import each
from deadair.model.judgement import Example, Finding
from deadair.model.verdict import Verdict
from deadair.rules.blindness import NEVER_US
from deadair.rules.evidence import MINUTE_US, SECOND_US, Evidence
from deadair.rules.silences import SilenceState

EXAMPLES_MAX = 10
REASONS_MAX = 3
NOTHING = "nothing could be judged"
"""What a rule says that has no case, or only such as are excused or in doubt."""

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

    state: SilenceState | Literal["unknown"]
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
    """What a rule's sentence may need, of the cases that nothing casts doubt on."""

    judged: int
    violations: int
    violated: pl.DataFrame
    """The violated cases, with the phone's ``cohort``."""
    slowest_us: int
    """How late the latest of the held cases was."""


def table(cases: Iterable[Case]) -> pl.DataFrame:
    """Return cases as a table."""
    return pl.DataFrame(list(cases), schema={name: COLUMNS[name] for name in Case._fields}, orient="row")


def finding(rule: str, evidence: Evidence, cases: pl.DataFrame, say: Callable[[Tally], str]) -> Finding:
    """Count the cases, take those in doubt out of judgement, and say what was found.

    Columns are compared and counted one by one, not asked for in queries: most runs are small, and a query costs
    more than looking at so few cases.
    """
    state, sure = cases["state"], ~_suspected(cases, evidence)
    held, violated, excused = (sure & (state == name) for name in ("held", "violated", "excused"))
    tally = _tally(cases, held, violated, evidence)
    suspected = cases.height - _count(sure)
    clean = Verdict.UNKNOWN if suspected or not tally.judged else Verdict.PASS
    why = say(tally) if tally.judged else NOTHING
    if suspected:
        vague = cases["what"].filter(state == "unknown").drop_nulls().unique().sort().to_list()
        reasons = f" ({'; '.join(vague[:REASONS_MAX])})" if vague else ""
        why += f"; {suspected:,} more {'is' if suspected == 1 else 'are'} in doubt{reasons}"
    return Finding(
        rule=rule,
        verdict=Verdict.FAIL if tally.violations else clean,
        judged=tally.judged,
        violations=tally.violations,
        excused=_count(excused),
        suspected=suspected,
        why=why,
        examples=_examples(_worst(cases, held, tally), evidence),
    )


def lasting(span_us: int) -> str:
    """Write a span of time for people: ``3.1 min``, below a minute ``12.0 s``."""
    return f"{span_us / MINUTE_US:.1f} min" if span_us >= MINUTE_US else f"{span_us / SECOND_US:.1f} s"


def unknown(rule: str, why: str) -> Finding:
    """Return the finding of a rule that could not be judged at all."""
    return Finding(rule=rule, verdict=Verdict.UNKNOWN, judged=0, violations=0, why=why)


def _suspected(cases: pl.DataFrame, evidence: Evidence) -> pl.Series:
    """Return whether each case is in doubt."""
    state = cases["state"]
    suspected = state == "unknown"
    if evidence.doubtful:
        suspected |= _touched(cases, evidence.doubtful) & (state != "excused")
    if evidence.doubtful_if_violated:
        suspected |= _touched(cases, evidence.doubtful_if_violated) & (state == "violated")
    return suspected


def _touched(cases: pl.DataFrame, stretches: Sequence[tuple[int, int]]) -> pl.Series:
    """Return whether a stretch touches each case's window.

    They are disjoint and in order, so one look is enough, however many there are: whether the first that ends after
    the case's window began touches it.
    """
    ends = pl.Series([until_us for _, until_us in stretches], dtype=pl.Int64)
    begins = pl.Series([*(from_us for from_us, _ in stretches), NEVER_US], dtype=pl.Int64)
    return begins.gather(ends.search_sorted(cases["from_us"], side="left")) <= cases["until_us"]


def _count(which: pl.Series) -> int:
    return int(which.sum())


def _tally(cases: pl.DataFrame, held: pl.Series, violated: pl.Series, evidence: Evidence) -> Tally:
    violations, slowest_us = _count(violated), cases["late_us"].filter(held).max()
    bad = cases.filter(violated) if violations else cases.clear()
    cohorts = pl.Series([evidence.cohorts.get(phone) for phone in bad["phone"]], dtype=pl.String)
    return Tally(
        judged=_count(held) + violations,
        violations=violations,
        violated=bad.insert_column(bad.width, cohorts.alias("cohort")),
        slowest_us=slowest_us if isinstance(slowest_us, int) else 0,
    )


def _worst(cases: pl.DataFrame, held: pl.Series, tally: Tally) -> pl.DataFrame:
    """Return the violated cases, those that never ended well first, then the latest; of a clean finding, the latest."""
    if tally.violations:
        worst = tally.violated.sort("late_us", descending=True, nulls_last=False, maintain_order=True)
        return worst.head(EXAMPLES_MAX)
    late_us = cases["late_us"].filter(held)
    ended = len(late_us) - late_us.null_count()
    if not ended:
        return cases.clear()
    latest = cases.filter(held).sort("late_us", descending=True, nulls_last=True, maintain_order=True)
    return latest.head(min(EXAMPLES_MAX, ended))


def _examples(worst: pl.DataFrame, evidence: Evidence) -> tuple[Example, ...]:
    columns = worst[["what", "phone", "patient", "at_us", "late_us"]]
    return tuple(
        Example(
            what=what,
            phone=phone,
            patient=patient,
            cohort=evidence.cohorts.get(phone),
            at_s=evidence.moments.storm_s(at_us),
            late_s=None if late_us is None else round(late_us / SECOND_US, 3),
        )
        for what, phone, patient, at_us, late_us in each(columns)
    )
