"""No phone shows an old reading as current, an invented one, or a blank once it had one."""

from __future__ import annotations

from typing import Literal

import polars as pl

from harness.checkers.cases import Tally, finding
from harness.checkers.evidence import Evidence
from harness.checkers.rule import Rule
from harness.model.judgement import Finding

INVENTED = "showed a reading that no device made"
TOO_OLD = "showed a reading older than its no-data delay as current"
WENT_BLANK = "went blank, having shown a reading before"


class ShowsAge(Rule):
    """No phone shows an old reading as current, an invented one, or a blank once it had one."""

    kind: Literal["shows_age"] = "shows_age"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each change of a screen, and what it showed until the next one."""
        delays = [(phone.phone, phone.no_data_after_us) for phone in evidence.phones.values()]
        phones = pl.LazyFrame(delays, schema={"phone": pl.Int32, "delay_us": pl.Int64}, orient="row")
        style = pl.col("detail")
        current, blank = style == "current", style == "blank"
        age_limit_us = pl.col("measured_us") + pl.col("delay_us")
        too_old = current & (pl.col("next_us") > age_limit_us + evidence.grace_us)
        what = (
            pl.when(~blank & ~pl.col("real"))
            .then(pl.lit(INVENTED))
            .when(too_old)
            .then(pl.lit(TOO_OLD))
            .when(blank & pl.col("had_one"))
            .then(pl.lit(WENT_BLANK))
        )
        shown_until = pl.min_horizontal(pl.col("next_us"), age_limit_us + evidence.grace_us)
        cases = (
            evidence.screens.lazy()
            .join(phones, on="phone", how="inner", maintain_order="left")
            .with_columns(
                next_us=pl.col("at_us").shift(-1).over("phone").fill_null(evidence.moments.end_us),
                had_one=(~blank).cast(pl.Int8).cum_max().over("phone") == 1,
            )
            .with_columns(what=what)
            .select(
                "at_us",
                "phone",
                "patient",
                "what",
                state=pl.when(pl.col("what").is_null()).then(pl.lit("held")).otherwise(pl.lit("violated")),
                from_us=pl.col("at_us"),
                until_us=pl.when(current).then(pl.max_horizontal("at_us", shown_until)).otherwise("at_us"),
                late_us=pl.when(pl.col("what") == TOO_OLD).then(pl.col("next_us") - age_limit_us),
            )
        )
        return finding(self.kind, evidence, cases.collect(engine="in-memory"), _say)


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"all {tally.judged} screens showed what a device had made, and its age"
    counts = tally.violated.group_by("what").agg(pl.len(), pl.col("phone").n_unique().alias("phones"))
    rows = counts.sort("len", descending=True).iter_rows()
    return "; ".join(f"{phones} phones {what} ({count} times)" for what, count, phones in rows)
