"""Whether the phones of a target without an app of its own may have read its answers wrongly. Pure.

What such a phone shows is the harness's doing, by the requests and pointers of whoever described the target. A reading
that nobody made, or none at all, is then no proof that the service did wrong, and what follows from it proves nothing.
Knows no adapter.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.judging.stored_run import StoredRun
from deadair.model.plural import count
from deadair.model.roster import Roster
from deadair.rules.evidence import Evidence, Moments
from deadair.rules.shows_age import ShowsAge

SHOWS_AGE = ShowsAge.model_fields["kind"].default
"""The rule that no target is judged by whose phones are the harness's own."""


def misread(run: StoredRun) -> Iterator[str]:
    """Yield a sentence for whatever makes what phones showed a doubt."""
    if run.environment is None or SHOWS_AGE not in run.environment.unjudged:
        return
    if run.roster is None or run.moments is None:
        return
    evidence = Evidence(run.history, run.roster, run.moments, run.alert_paths)
    shown = evidence.screens.filter(pl.col("measured_us") >= run.moments.warm_up_us)
    if (invented := shown.filter(~pl.col("real"))).height:
        yield _invented(invented, run.roster, run.moments)
    elif not shown.height:
        yield from _nothing_shown(run.history)


def _invented(screens: pl.DataFrame, roster: Roster, moments: Moments) -> str:
    first = screens.row(0, named=True)
    device = {phone.phone: phone.patient for phone in roster.phones}.get(first["phone"])
    what = f"phone {first['phone']} showed {first['value']} mg/dL, which device-{device} had not made then"
    at_s = moments.storm_s(first["at_us"])
    when = f"{abs(at_s):,.0f} s {'before the storm began' if at_s < 0 else 'into the storm'}"
    why = "the adapter reads answers wrongly, or the service changes or mixes up readings"
    return f"{what} ({count(screens.height, 'such screen')}, the first {when}): {why}"


def _nothing_shown(history: History) -> Iterator[str]:
    handed_in, polls = (
        sum(outcome in kinds for (outcome,) in history.each(kind, columns=["outcome"]))
        for kind, kinds in ((Kind.UPLOAD, ("ok",)), (Kind.POLL, ("ok", "fail")))
    )
    if handed_in and polls:
        was = f"though {count(handed_in, 'upload')} were acknowledged and {count(polls, 'poll')} answered"
        why = "the adapter reads answers wrongly, or the service gives none"
        yield f"no phone showed a reading of the run, {was}: {why}"
