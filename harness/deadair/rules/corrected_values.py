"""Which value of a reading a store must have where its device corrected it: the one that was acknowledged last.

Who knows only when answers came does not always know which upload the service took last: then several values are
right, or nobody can say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from deadair.history.reader import each
from deadair.history.rows import Kind
from deadair.rules.evidence import Evidence

_KEY = ["patient", "measured_us"]

ReadingKey = tuple[int, int]


class _Upload(NamedTuple):
    value: int
    sent_us: int
    at_us: int


def last_values(evidence: Evidence) -> pl.DataFrame:
    """Return each acknowledged reading as its last value was acknowledged first.

    ``right``: the values of which one must be stored. ``unsure``: those of which an upload that was never answered may
    have come last.
    """
    plain = evidence.acknowledged.with_columns(right=pl.concat_list("value"), unsure=pl.lit(None, pl.List(pl.Int64)))
    several = _several_values(evidence)
    if not several:
        return plain
    keys = pl.DataFrame(sorted(several), schema={"patient": pl.Int32, "measured_us": pl.Int64}, orient="row")
    acknowledged: dict[ReadingKey, list[_Upload]] = defaultdict(list)
    rows = evidence.acknowledgements.join(keys, on=_KEY, how="semi", maintain_order="left")
    for patient, measured_us, value, sent_us, at_us in each(rows[[*_KEY, "value", "sent_us", "at_us"]]):
        acknowledged[patient, measured_us].append(_Upload(value, at_us if sent_us is None else sent_us, at_us))
    unanswered = _unanswered(evidence)
    corrected = [
        _row(key, acks, several[key] if unanswered.get(key[0], -1) >= key[1] else ())
        for key, acks in acknowledged.items()
    ]
    others = plain.join(keys, on=_KEY, how="anti", maintain_order="left")
    return pl.concat([others, pl.DataFrame(corrected, schema=plain.schema, orient="row")])


def _several_values(evidence: Evidence) -> Mapping[ReadingKey, tuple[int, ...]]:
    """Return the values of each reading that its device gave more than one."""
    values = evidence.measured.group_by(_KEY).agg(pl.col("value").unique().sort())
    several = values.filter(pl.col("value").list.len() > 1)
    return {(patient, measured_us): tuple(found) for patient, measured_us, found in several.iter_rows()}


def _unanswered(evidence: Evidence) -> Mapping[int, int]:
    """Return when the last upload of a patient ended that was never answered: it may have happened later, too."""
    uploads = evidence.history.of(Kind.UPLOAD, columns=["patient", "at_us", "outcome"])
    lost = uploads.filter(pl.col("outcome") == "info").group_by("patient").agg(pl.max("at_us"))
    return dict(lost.iter_rows())


def _row(key: ReadingKey, acks: list[_Upload], unsure: tuple[int, ...]) -> tuple[object, ...]:
    """Return the last value as it was acknowledged first since another one was."""
    first = len(acks) - 1
    while first and acks[first - 1].value == acks[-1].value:
        first -= 1
    last = acks[first]
    right = sorted({one.value for one in acks if one.at_us >= last.sent_us})
    return (*key, last.value, last.sent_us, last.at_us, right, list(unsure) or None)
