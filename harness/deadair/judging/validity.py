"""Doubts of validity: when the harness itself was not fit to judge, as its own rows show.

A doubt with a stretch takes the cases that touch it out of judgement; one without takes all of them.
Knows no rule, no scenario and no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import polars as pl

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.judging.harness_health import Beats, HarnessHealth
from deadair.judging.standstills import BeatOf, each_second, heartbeat_gaps, standstills
from deadair.model.environment import standstill_real_s
from deadair.model.judgement import Health
from deadair.rules.evidence import Moments, Stretch

CLOCK_JUMP_REAL_MS = 100
LAG_SHARE_OF_LIMIT = 10
"""The fleet may be late by a tenth of L; in real time that is L / (10 · speed)."""

READINGS_MISSED = 2.5
"""A device that makes no reading for so many times the space between two was not driven."""


def stretches(  # noqa: PLR0913
    harness_health: HarnessHealth,
    moments: Moments,
    recorders: Sequence[str],
    devices: Sequence[int] = (),
    *,
    speed: float,
    within_us: int,
    reading_every_us: int,
    aftermath_us: int = 0,
    beat_of: BeatOf = each_second,
) -> list[Stretch]:
    """Return every doubtful stretch of the run, in order of time. ``devices``: the patients of the fleet's devices.

    ``aftermath_us``: how long it takes until nothing is left of what stood still with a part that carries traffic.
    """
    real_second_us = round(speed * 1_000_000)
    found = [
        *_lag(harness_health, real_second_us, within_us // LAG_SHARE_OF_LIMIT),
        *standstills(
            harness_health,
            moments,
            recorders,
            speed=speed,
            allowed_real_s=standstill_real_s(within_us / 1e6, speed),
            beat_of=beat_of,
            aftermath_us=aftermath_us,
        ),
        *_clock_jumps(harness_health, moments),
        *_trouble(harness_health.history, moments),
        *_undriven(harness_health.history, moments, devices, reading_every_us),
    ]
    return sorted(found, key=lambda stretch: (stretch.from_us, stretch.until_us, stretch.why))


def clock_jumps_of(harness_health: HarnessHealth) -> int:
    """Return how often the wall clock jumped, as the recorder that saw most of it counted."""
    return max((sum(1 for _ in _jumps(beats)) for beats in harness_health.beats.values()), default=0)


def health(  # noqa: PLR0913 - what health is worked out from
    harness_health: HarnessHealth,
    moments: Moments,
    recorders: Sequence[str],
    *,
    speed: float,
    within_us: int,
    beat_of: BeatOf = each_second,
) -> Health:
    """Return how the harness was, for the report."""
    lag_us, history = harness_health.lag_p99_us, harness_health.history
    silent = next(heartbeat_gaps(harness_health, moments, recorders, speed=speed, beat_of=beat_of), None)
    return Health(
        fleet_lag_ms_p99=None if lag_us is None else round(lag_us / speed / 1000, 3),
        fleet_lag_allowance_ms=round(within_us / LAG_SHARE_OF_LIMIT / speed / 1000, 3),
        clock_jumps=clock_jumps_of(harness_health),
        recorders_alive=bool(recorders) and history.whole and not history.torn and silent is None,
        operations=harness_health.operations.height,
    )


def _lag(harness_health: HarnessHealth, real_second_us: int, allowance_us: int) -> Iterator[Stretch]:
    """Each real second of the timetable whose p99 was late, until the last of its operations had begun."""
    latest_us = harness_health.operations["lag_us"].max()
    if not isinstance(latest_us, int) or latest_us <= allowance_us:
        return  # where no operation was late, no second was
    seconds = (
        harness_health.operations.group_by(pl.col("intended_us") // real_second_us)
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


def _jumps(beats: Beats) -> Iterator[tuple[int, int]]:
    """Return each jump of the wall clock that a recorder saw: the beat before it, and its real ms.

    Compared with where the clock was at the last jump, at first with none at all: small steps add up to one.
    """
    before_ms = 0
    for number, so_far_ms in enumerate(beats.jumped_ms):
        if abs(so_far_ms - before_ms) > CLOCK_JUMP_REAL_MS:
            yield beats.at_us[max(0, number - 1)], so_far_ms - before_ms
            before_ms = so_far_ms


def _clock_jumps(harness_health: HarnessHealth, moments: Moments) -> Iterator[Stretch]:
    """After a jump the target's clock and the run's no longer agree, until the end."""
    for who, beats in harness_health.beats.items():
        for before_us, jump_ms in _jumps(beats):
            why = f"the wall clock jumped by {jump_ms} real ms, as {who} saw"
            yield Stretch(before_us, max(before_us, moments.end_us), why)


def _trouble(history: History, moments: Moments) -> Iterator[Stretch]:
    for at_us, who, detail in history.each(Kind.TROUBLE, columns=["at_us", "who", "detail"]):
        yield Stretch(at_us, max(at_us, moments.end_us), f"{who}: {detail or 'trouble, with no reason given'}")


def _undriven(history: History, moments: Moments, devices: Sequence[int], reading_every_us: int) -> Iterator[Stretch]:
    """Each stretch, from its first reading's time on, in which a device of the fleet made none, nor said why not."""
    from_us, until_us = moments.warm_up_us + reading_every_us, moments.end_us
    if until_us <= from_us:
        return
    newest_us = dict.fromkeys(devices, from_us)
    made = history.each(Kind.MEASURED, Kind.WITHHELD, columns=["patient", "at_us"])
    made_within = ((patient, at_us) for patient, at_us in made if from_us <= at_us <= until_us)
    for patient, at_us in chain(made_within, ((patient, until_us) for patient in newest_us)):
        before_us = newest_us.get(patient)
        if before_us is None:
            continue
        if at_us - before_us > READINGS_MISSED * reading_every_us:
            yield Stretch(before_us, at_us, f"the fleet did not drive device {patient}")
        newest_us[patient] = at_us
