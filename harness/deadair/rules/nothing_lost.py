"""Each acknowledged reading is stored exactly once."""

from __future__ import annotations

from typing import Literal

import polars as pl

from deadair.history.reader import each
from deadair.history.rows import Kind
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.model.reading import LEAST_GLUCOSE_MG_DL
from deadair.rules.cases import Tally, finding, unknown
from deadair.rules.corrected_values import last_values
from deadair.rules.evidence import MINUTE_US, Evidence
from deadair.rules.rule import Rule

SETTLING_US = 2 * MINUTE_US
"""An acknowledged reading may be on its way into the store for so long."""

DOUBLED = "stored more than once"
LOST = "acknowledged and not stored"
UNANSWERED = "the store did not answer for its patient"

_KEY = ["patient", "measured_us"]

_UNANSWERED = ~pl.col("answered").fill_null(value=False)
_DOUBLED = pl.col("copies") > pl.col("asked").fill_null(0)
_STORED = pl.col("values").list.set_intersection("right").list.len().fill_null(0) > 0
_MAY_HAVE_COME_LAST = pl.col("values").list.set_intersection("unsure").list.len().fill_null(0) > 0
_STATE = (
    pl.when(_UNANSWERED)
    .then(pl.lit("unknown"))
    .when(_DOUBLED)
    .then(pl.lit("violated"))
    .when(_STORED)
    .then(pl.lit("held"))
    .when((pl.col("at_us") > pl.col("asked_us") - SETTLING_US) | _MAY_HAVE_COME_LAST)
    .then(pl.lit("excused"))
    .otherwise(pl.lit("violated"))
)
_CASES = [
    _STATE.alias("state"),
    pl.coalesce("sent_us", "at_us", "asked_us").alias("from_us"),
    pl.coalesce("at_us", "asked_us").alias("until_us"),
    pl.coalesce("at_us", "asked_us").alias("at_us"),
    pl.lit(None, dtype=pl.Int32).alias("phone"),
    *map(pl.col, _KEY),
    pl.lit(None, dtype=pl.Int64).alias("late_us"),
    pl.when(_UNANSWERED)
    .then(pl.lit(UNANSWERED))
    .when(_DOUBLED)
    .then(pl.lit(DOUBLED))
    .otherwise(pl.lit(LOST))
    .alias("what"),
]
"""A case, and what it is sorted by, of a reading, its copies in the store, and how its patient's store was asked."""


class NothingLost(Rule):
    """Each acknowledged reading is stored exactly once."""

    kind: Literal["nothing_lost"] = "nothing_lost"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each acknowledged reading, and each stored one that is there more than once."""
        stored = evidence.history.of(Kind.STORED, columns=[*_KEY, "value"])
        probes = _probes(evidence, stored)
        if probes.is_empty():
            return unknown(self.kind, "nobody was asked what is stored")
        readings = last_values(evidence).lazy().join(_copies(stored), on=_KEY, how="full", coalesce=True)
        cases = (
            readings.join(probes.lazy(), on="patient", how="left")
            .filter(pl.col("at_us").is_not_null() | _DOUBLED)
            .select(_CASES)
            .sort("at_us", *_KEY)
        )
        return finding(self.kind, evidence, cases.collect(engine="in-memory"), _say)


def _copies(stored: pl.DataFrame) -> pl.LazyFrame:
    """Return each reading found in the store: how often, and with which values. A sensor's code is none."""
    copies, values = pl.len().cast(pl.Int64), pl.col("value").unique()
    found = stored.lazy().group_by(_KEY).agg(copies.alias("copies"), values.alias("values"))
    return found.filter(pl.col("values").list.max() >= LEAST_GLUCOSE_MG_DL)


def _probes(evidence: Evidence, stored: pl.DataFrame) -> pl.DataFrame:
    """Return each patient whose store was asked: when first, how often, and whether every row it answered is here."""
    asked_us: dict[int, list[int]] = {}
    answered: dict[int, int] = {}
    columns = ["patient", "outcome", "sent_us", "at_us", "value"]
    for patient, outcome, sent_us, at_us, rows in evidence.history.each(Kind.STORED_PROBED, columns=columns):
        moments_us = asked_us.setdefault(patient, [])
        if outcome == "ok":
            moments_us.append(at_us if sent_us is None else sent_us)
            answered[patient] = answered.get(patient, 0) + (rows or 0)
    here = dict(each(stored["patient"].value_counts()))
    return pl.DataFrame(
        {
            "patient": list(asked_us),
            "asked": [len(moments_us) for moments_us in asked_us.values()],
            "asked_us": [min(moments_us, default=None) for moments_us in asked_us.values()],
            "answered": [bool(asked_us[patient]) and answered[patient] == here.get(patient, 0) for patient in asked_us],
        },
        schema={"patient": pl.Int32, "asked": pl.Int64, "asked_us": pl.Int64, "answered": pl.Boolean},
    )


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"{count(tally.judged, 'acknowledged reading')}, each stored once"
    counts = tally.violated.group_by("what").len().sort("what").iter_rows()
    return "; ".join(f"{count(number, 'reading')} {what}" for what, number in counts)
