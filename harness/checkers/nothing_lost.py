"""Each acknowledged reading is stored exactly once."""

from __future__ import annotations

from typing import Literal

import polars as pl

from harness.checkers.cases import Tally, finding, unknown
from harness.checkers.evidence import MINUTE_US, Evidence
from harness.checkers.rule import Rule
from harness.history.rows import Kind
from harness.model.judgement import Finding

SETTLING_US = 2 * MINUTE_US
"""An acknowledged reading may be on its way into the store for so long."""

DOUBLED = "stored more than once"
LOST = "acknowledged and not stored"

_KEY = ["patient", "measured_us"]


class NothingLost(Rule):
    """Each acknowledged reading is stored exactly once."""

    kind: Literal["nothing_lost"] = "nothing_lost"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each acknowledged reading, and each stored one that is there more than once."""
        stored = _stored(evidence)
        probes = _probes(evidence, stored)
        if probes.is_empty():
            return unknown(self.kind, "nobody was asked what is stored")
        readings = _acknowledged(evidence).join(stored, on=_KEY, how="full", coalesce=True)
        doubled = pl.col("copies") > pl.col("asked")
        missing = ~pl.col("values").list.contains(pl.col("value")).fill_null(value=False)
        cases = (
            readings.join(probes, on="patient", how="left")
            .filter(pl.col("at_us").is_not_null() | doubled)
            .with_columns(
                state=pl.when(pl.col("answered").is_null() | ~pl.col("answered"))
                .then(pl.lit("unknown"))
                .when(doubled)
                .then(pl.lit("violated"))
                .when(~missing)
                .then(pl.lit("held"))
                .when(pl.col("at_us") > pl.col("asked_us") - SETTLING_US)
                .then(pl.lit("excused"))
                .otherwise(pl.lit("violated")),
                what=pl.when(doubled).then(pl.lit(DOUBLED)).otherwise(pl.lit(LOST)),
                at_us=pl.coalesce("at_us", "asked_us"),
                from_us=pl.coalesce("sent_us", "at_us", "asked_us"),
                phone=pl.lit(None, dtype=pl.Int32),
                late_us=pl.lit(None, dtype=pl.Int64),
            )
            .with_columns(until_us=pl.col("at_us"))
            .sort("at_us", *_KEY)
        )
        return finding(self.kind, evidence, cases, _say)


def _acknowledged(evidence: Evidence) -> pl.DataFrame:
    """Return each reading that the service acknowledged, as it did so first."""
    uploads = evidence.history.of(Kind.UPLOAD).filter(
        (pl.col("outcome") == "ok") | (pl.col("detail") == "duplicate").fill_null(value=False)
    )
    return uploads.select(*_KEY, "value", "sent_us", "at_us").unique(_KEY, keep="first", maintain_order=True)


def _stored(evidence: Evidence) -> pl.DataFrame:
    """Return each reading found in the store: how often, and with which values."""
    rows = evidence.history.of(Kind.STORED)
    return rows.group_by(_KEY).agg(pl.len().cast(pl.Int64).alias("copies"), pl.col("value").unique().alias("values"))


def _probes(evidence: Evidence, stored: pl.DataFrame) -> pl.DataFrame:
    """Return each patient whose store was asked: when, how often, and whether every row it answered is here."""
    rows = evidence.history.of(Kind.STORED_PROBED)
    good = pl.col("outcome") == "ok"
    asked = rows.group_by("patient").agg(
        good.sum().cast(pl.Int64).alias("asked"),
        pl.coalesce("sent_us", "at_us").filter(good).min().alias("asked_us"),
        pl.col("value").filter(good).sum().alias("told"),
    )
    here = stored.group_by("patient").agg(pl.col("copies").sum().alias("here"))
    answered = (pl.col("asked") > 0) & (pl.col("told") == pl.col("here").fill_null(0))
    return asked.join(here, on="patient", how="left").select("patient", "asked", "asked_us", answered.alias("answered"))


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"all {tally.judged} acknowledged readings are stored once"
    counts = tally.violated.group_by("what").len().sort("what").iter_rows()
    return "; ".join(f"{count} readings {what}" for what, count in counts)
