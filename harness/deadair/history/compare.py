"""Finds where two histories part. Knows nothing of what their rows mean."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from deadair.history.reader import History
from deadair.history.rows import SCHEMA, Kind


@dataclass(frozen=True, slots=True)
class Parting:
    """The first row that two histories do not share. ``at_s`` counts real-life seconds from the start of the storm."""

    at_s: float
    who: str
    before: str
    """The kind of the row in the older history; empty if it had ended."""
    after: str


def parting(before: History, after: History) -> Parting | None:
    """Return where two histories part, none if all their rows are equal."""
    columns = [*SCHEMA.names, "who"]
    left, right = before.rows.select(columns), after.rows.select(columns)
    shared = min(left.height, right.height)
    unequal = [left[name].head(shared).ne_missing(right[name].head(shared)) for name in columns]
    differs = pl.DataFrame([each.alias(str(number)) for number, each in enumerate(unequal)])
    found = differs.select(pl.any_horizontal(pl.all()).arg_true()).to_series()
    if len(found) == 0 and left.height == right.height:
        return None
    at = found[0] if len(found) else shared
    rows = [frame.row(at, named=True) if at < frame.height else None for frame in (left, right)]
    there = min((row for row in rows if row is not None), key=lambda row: int(row["at_us"]))
    storm = before.of(Kind.PHASE).filter(pl.col("detail") == "storm")["at_us"]
    zero_us = storm[0] if len(storm) else 0
    kinds = ["" if row is None else str(row["kind"]) for row in rows]
    return Parting((there["at_us"] - zero_us) / 1e6, there["who"], *kinds)
