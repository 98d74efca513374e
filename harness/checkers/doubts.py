"""Doubts of validity: when the harness itself was not fit to judge, told from its own rows.

A doubt with a stretch takes the cases that touch it out of judgement; one without takes all of them.
Knows no rule, no scenario and no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import polars as pl

from harness.checkers.evidence import Moments, Stretch
from harness.history.reader import History
from harness.history.rows import Kind
from harness.model.judgement import Health

BEATS_MISSED = 3
"""A recorder that was silent for longer than so many beats was not there."""
CLOCK_JUMP_REAL_MS = 100
LAG_SHARE_OF_LIMIT = 10
"""The fleet may be late by a tenth of L; in real time that is L / (10 · speed)."""

READINGS_MISSED = 2.5
"""A device that makes no reading for so many times the space between two was not driven."""

ENDS_EARLY = "load-"
"""Recorders of load processes, whose work ends with their fault."""


def stretches(  # noqa: PLR0913
    history: History,
    moments: Moments,
    recorders: Sequence[str],
    devices: Sequence[int] = (),
    *,
    speed: float,
    within_us: int,
    reading_every_us: int,
    beat_real_s: float = 1.0,
) -> list[Stretch]:
    """Return every doubtful stretch of the run, in order of time. ``devices``: the patients of the fleet's devices."""
    real_second_us = round(speed * 1_000_000)
    found = [
        *_lag(history, real_second_us, within_us // LAG_SHARE_OF_LIMIT),
        *heartbeat_gaps(history, moments, recorders, speed=speed, beat_real_s=beat_real_s),
        *_clock_jumps(history, moments),
        *_trouble(history, moments),
        *_undriven(history, moments, devices, reading_every_us),
    ]
    return sorted(found, key=lambda stretch: (stretch.from_us, stretch.until_us, stretch.why))


def unmade(history: History) -> str | None:
    """Return a sentence if the fleet sent readings that it has not written down as made: its rows cannot be whole."""
    reading = ["patient", "measured_us", "value"]
    sent, made = (history.of(kind).select(reading) for kind in (Kind.UPLOAD, Kind.MEASURED))
    count = sent.join(made, on=reading, how="anti").height
    return f"{count} readings were uploaded that no device has made, by the fleet's own rows" if count else None


def operations(history: History) -> pl.DataFrame:
    """Return the fleet's operations with how late they began: intended_us, sent_us, lag_us."""
    rows = history.of(Kind.UPLOAD, Kind.POLL).drop_nulls(["intended_us", "sent_us"])
    return rows.select("intended_us", "sent_us", lag_us=pl.col("sent_us") - pl.col("intended_us"))


def lag_p99_us(history: History) -> int | None:
    """Return how late the fleet's operations began, p99 over the run, in real-life time; none: there were none."""
    lag = operations(history)["lag_us"].quantile(0.99, "nearest")
    return None if lag is None else round(lag)


def clock_jumps_of(history: History) -> int:
    """Return how often the wall clock jumped, as the recorder that saw most of it counted."""
    counts = _beats_that_jumped(history).group_by("who").len()["len"].max()
    return counts if isinstance(counts, int) else 0


def health(  # noqa: PLR0913 - what health is told from, by name
    history: History,
    moments: Moments,
    recorders: Sequence[str],
    *,
    speed: float,
    within_us: int,
    beat_real_s: float = 1.0,
) -> Health:
    """Return how the harness was, for the report."""
    lag_us = lag_p99_us(history)
    silent = next(heartbeat_gaps(history, moments, recorders, speed=speed, beat_real_s=beat_real_s), None)
    return Health(
        fleet_lag_ms_p99=None if lag_us is None else round(lag_us / speed / 1000, 3),
        fleet_lag_allowance_ms=round(within_us / LAG_SHARE_OF_LIMIT / speed / 1000, 3),
        clock_jumps=clock_jumps_of(history),
        recorders_alive=bool(recorders) and history.whole and not history.torn and silent is None,
        operations=operations(history).height,
    )


def _lag(history: History, real_second_us: int, allowance_us: int) -> Iterator[Stretch]:
    """Each real second of the timetable whose p99 was late, until the last of its operations had begun."""
    seconds = (
        operations(history)
        .group_by(pl.col("intended_us") // real_second_us)
        .agg(pl.col("lag_us").quantile(0.99, "nearest"), pl.col("sent_us").max())
        .filter(pl.col("lag_us") > allowance_us)
        .sort("intended_us")
    )
    late: list[tuple[int, int, float]] = []
    for second, lag_us, sent_us in seconds.iter_rows():
        from_us, until_us = second * real_second_us, max(sent_us, (second + 1) * real_second_us)
        if late and from_us <= late[-1][1]:
            late[-1] = (late[-1][0], max(late[-1][1], until_us), max(late[-1][2], lag_us))
        else:
            late.append((from_us, until_us, lag_us))
    for from_us, until_us, lag_us in late:
        real_ms, allowed_ms = lag_us * 1000 / real_second_us, allowance_us * 1000 / real_second_us
        why = f"the fleet was {real_ms:.0f} real ms behind its schedule; {allowed_ms:.0f} ms are allowed"
        yield Stretch(from_us, until_us, why)


def heartbeat_gaps(
    history: History, moments: Moments, recorders: Iterable[str], *, speed: float, beat_real_s: float
) -> Iterator[Stretch]:
    """Return each stretch of the run in which one of these recorders, due each ``beat_real_s``, wrote no heartbeat."""
    real_second_us = round(speed * 1_000_000)
    rows = history.of(Kind.HEARTBEAT).select("who", "at_us").partition_by("who", as_dict=True)
    for who in recorders:
        beats = rows[(who,)]["at_us"].to_list() if (who,) in rows else []
        if not who.startswith(ENDS_EARLY):
            beats = [moments.warm_up_us, *(b for b in beats if moments.warm_up_us < b < moments.end_us), moments.end_us]
        for earlier, later in pairwise(beats):
            if later - earlier > BEATS_MISSED * beat_real_s * real_second_us:
                gap_s = (later - earlier) / real_second_us
                yield Stretch(earlier, later, f"the recorder {who} wrote no heartbeat for {gap_s:.1f} real s")


def _beats_that_jumped(history: History) -> pl.DataFrame:
    """Return the heartbeats before which the wall clock jumped; a recorder's first is compared with no jump at all."""
    beats = (
        history.of(Kind.HEARTBEAT)
        .select("who", "at_us", pl.col("value").fill_null(0))
        .with_columns(
            before_us=pl.col("at_us").shift(1).over("who").fill_null(pl.col("at_us")),
            jump_ms=pl.col("value") - pl.col("value").shift(1).over("who").fill_null(0),
        )
    )
    return beats.filter(pl.col("jump_ms").abs() > CLOCK_JUMP_REAL_MS)


def _clock_jumps(history: History, moments: Moments) -> Iterator[Stretch]:
    """After a jump the target's clock and the run's no longer agree, until the end."""
    for who, _, _, before_us, jump_ms in _beats_that_jumped(history).sort("before_us", "who").iter_rows():
        why = f"the wall clock jumped by {jump_ms} real ms, as {who} saw"
        yield Stretch(before_us, max(before_us, moments.end_us), why)


def _trouble(history: History, moments: Moments) -> Iterator[Stretch]:
    for at_us, who, detail in history.of(Kind.TROUBLE).select("at_us", "who", "detail").iter_rows():
        yield Stretch(at_us, max(at_us, moments.end_us), f"{who}: {detail or 'trouble without a word'}")


def _undriven(history: History, moments: Moments, devices: Sequence[int], reading_every_us: int) -> Iterator[Stretch]:
    """Each stretch, from its first reading's time on, in which a device of the fleet made none."""
    from_us, until_us = moments.warm_up_us + reading_every_us, moments.end_us
    if until_us <= from_us:
        return
    made = history.of(Kind.MEASURED).select("patient", "at_us").filter(pl.col("at_us").is_between(from_us, until_us))
    patients = pl.DataFrame({"patient": devices}, schema={"patient": pl.Int32})
    edges = patients.join(pl.DataFrame({"at_us": [from_us, until_us]}), how="cross")
    moments_made = pl.concat([made.join(patients, on="patient", how="semi"), edges]).sort("patient", "at_us")
    same = pl.col("patient") == pl.col("patient").shift(1)
    gaps = moments_made.with_columns(before_us=pl.when(same).then(pl.col("at_us").shift(1))).filter(
        pl.col("at_us") - pl.col("before_us") > READINGS_MISSED * reading_every_us
    )
    for patient, at_us, before_us in gaps.iter_rows():
        yield Stretch(before_us, at_us, f"the fleet did not drive device {patient}")
