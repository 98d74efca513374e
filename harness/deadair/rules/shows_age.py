"""No phone shows an old reading as current, an invented one, or a blank once it had one."""

from __future__ import annotations

from typing import Literal

import polars as pl

from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.rules.cases import Tally, finding
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule

INVENTED = "showed a reading that no device made"
TOO_OLD = "showed a reading older than its no-data delay as current"
WENT_BLANK = "went blank, having shown a reading before"


_CURRENT, _BLANK = ((pl.col("detail") == style).fill_null(value=False) for style in ("current", "blank"))
_AGED_US, _TOO_OLD_US = pl.col("measured_us") + pl.col("delay_us"), pl.col("measured_us") + pl.col("allowed_us")
_WHAT = (
    pl.when(~_BLANK & ~pl.col("real"))
    .then(pl.lit(INVENTED))
    .when(_CURRENT & (pl.col("next_us") > _TOO_OLD_US))
    .then(pl.lit(TOO_OLD))
    .when(_BLANK & pl.col("had_one"))
    .then(pl.lit(WENT_BLANK))
)
_SHOWN_UNTIL_US = pl.max_horizontal("at_us", pl.min_horizontal(pl.col("next_us"), _TOO_OLD_US))
_CASES = [
    pl.when(pl.col("what").is_null()).then(pl.lit("held")).otherwise(pl.lit("violated")).alias("state"),
    pl.col("at_us").alias("from_us"),
    pl.when(_CURRENT).then(_SHOWN_UNTIL_US).otherwise("at_us").alias("until_us"),
    *map(pl.col, ["at_us", "phone", "patient", "what"]),
    pl.when(pl.col("what") == TOO_OLD).then(pl.col("next_us") - _AGED_US).alias("late_us"),
]
"""A case, of a change of a screen, when the next one came, and what is the matter with it."""


class ShowsAge(Rule):
    """No phone shows an old reading as current, an invented one, or a blank once it had one."""

    kind: Literal["shows_age"] = "shows_age"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each change of a screen, and what it showed until the next one."""
        delays = [(phone.phone, phone.no_data_after_us) for phone in evidence.phones.values()]
        phones = pl.LazyFrame(delays, schema={"phone": pl.Int32, "delay_us": pl.Int64}, orient="row")
        cases = (
            evidence.screens.lazy()
            .join(phones, on="phone", how="inner", maintain_order="left")
            .with_columns(
                next_us=pl.col("at_us").shift(-1).over("phone").fill_null(evidence.moments.end_us),
                had_one=(~_BLANK).cast(pl.Int8).cum_max().over("phone") == 1,
                allowed_us=pl.col("delay_us") + evidence.grace_us,
            )
            .with_columns(what=_WHAT)
            .select(_CASES)
        )
        return finding(self.kind, evidence, cases.collect(engine="in-memory"), _say)


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"{count(tally.judged, 'screen')}, each with a reading of a real device and its age"
    counts = tally.violated.group_by("what").agg(pl.len(), pl.col("phone").n_unique().alias("phones"))
    rows = counts.sort("len", "what", descending=[True, False]).iter_rows()
    return "; ".join(f"{count(phones, 'phone')} {what} ({count(times, 'time')})" for what, times, phones in rows)
