"""Reads a run folder into the story that its charts show.

What is blind, a silence, alerted or in doubt is the rules' word, never this file's. Whatever cannot be read is a
sentence in ``Story.gaps``: a run with a damaged history still gets its report.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

import polars as pl

from deadair.history.manifest import BROKEN, TRACE, read_seal
from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.judging.silence_statistics import judged
from deadair.judging.stored_run import StoredRun, read_run
from deadair.model.duration import in_us
from deadair.model.errors import DeadAirError, HarnessError
from deadair.model.judgement import Doubt, Judgement
from deadair.model.phone_trace import PhoneTrace
from deadair.model.run_folder import RunFolder
from deadair.model.stored_file import read_stored
from deadair.reporting.formatting import clean, one_line
from deadair.reporting.run_story import (
    AlertStory,
    Lane,
    Phase,
    PushCame,
    Ringing,
    ScreenChange,
    SilenceOutcome,
    SilenceStory,
    Story,
)
from deadair.rules.blindness import NEVER_US
from deadair.rules.evidence import IS_GLUCOSE, Evidence, Moments, Stretch
from deadair.rules.following import followed_throughout
from deadair.rules.silences import Silence as JudgedSilence
from deadair.rules.silences import silences
from deadair.scenario.model import Scenario

LANES = 5
AFTER_S = 600.0
"""How much of a lane is shown after its silence ended."""

Read = TypeVar("Read")


def read_story(folder: RunFolder, judgement: Judgement) -> Story:
    """Read what the charts need. Raises nothing for damage: what is missing is a sentence."""
    gaps: list[str] = []
    trace = None
    if os.path.lexists(folder.trace):
        trace = _try(lambda: _trace(folder), "trace.json cannot be read", gaps)
    run = _try(lambda: read_run(folder), "the run cannot be read", gaps)
    if run is None:
        return Story(gaps=tuple(gaps), trace=trace)
    dropped = () if run.environment is None else run.environment.dropped_variables
    return replace(_story(run, judgement, gaps), trace=trace, dropped_variables=dropped)


def _trace(folder: RunFolder) -> PhoneTrace:
    sealed = read_seal(folder.history, [])
    if sealed is None or not sealed.holds(folder.history, TRACE):
        raise HarnessError(f"it {BROKEN}; `deadair replay RUN --trace phone=N` follows a phone anew")
    return PhoneTrace.model_validate_json(read_stored(folder.trace))


def _story(run: StoredRun, judgement: Judgement, gaps: list[str]) -> Story:
    gaps += [one_line(sentence, 300) for sentence in run.wrong]
    why, moments, roster = clean(run.scenario.why), run.moments, run.roster
    if moments is None:
        gaps.append("history: it has no phase, so nothing can be placed in time")
        return Story(why=why, gaps=tuple(gaps))
    whole = Story(
        from_s=moments.storm_s(moments.warm_up_us),
        until_s=moments.storm_s(moments.end_us),
        why=why,
        phases=_phases(run.history, moments),
        gaps=tuple(gaps),
    )
    if roster is None:
        return whole
    doubts = tuple(_stretch(doubt, moments) for doubt in judgement.doubts if doubt.kind == "validity")

    def full() -> Story:
        judged = followed_throughout(run.history, roster)
        return _with_silences(whole, run, Evidence(*judged, moments, run.alert_paths, run.windows, doubts))

    read = _try(full, "the silences cannot be shown", gaps)
    return read or Story(whole.from_s, whole.until_s, why=why, phases=whole.phases, gaps=tuple(gaps))


def _try(look: Callable[[], Read], what: str, gaps: list[str]) -> Read | None:
    """Return what was read; of what cannot be, say why: a report of half a run is worth more than none."""
    try:
        return look()
    except DeadAirError as error:
        gaps.append(f"{what}: {one_line(error, 300)}")
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes the readers raise
        gaps.append(f"{what} ({type(error).__name__}: {one_line(error, 200)})")
    return None


def _phases(history: History, moments: Moments) -> tuple[Phase, ...]:
    rows = history.of(Kind.PHASE).select("at_us", "detail").rows()
    ends = [at_us for at_us, _ in rows[1:]] + [moments.end_us]
    return tuple(
        Phase(one_line(name, 40), moments.storm_s(at_us), moments.storm_s(until_us))
        for (at_us, name), until_us in zip(rows, ends, strict=True)
        if name != "end" and until_us > at_us
    )


def _with_silences(story: Story, run: StoredRun, evidence: Evidence) -> Story:
    """Return the story with its silences, as the rule about them counts them."""
    rule, paths, moments = run.scenario.deadline, run.accepted_paths, evidence.moments
    found = silences(evidence, in_us(rule.within))
    sure = set(map(id, judged(found, paths, evidence)))
    stories = [(_silence(each, paths, moments, suspected=id(each) not in sure), each) for each in found]
    worst = _worst(stories)
    return Story(
        from_s=story.from_s,
        until_s=story.until_s,
        limit_s=rule.within.total_seconds(),
        why=story.why,
        phones=len(evidence.phones),
        phases=story.phases,
        cohorts=_cohorts(run.scenario, evidence),
        alert_paths=tuple(path.name for path in run.alert_paths),
        silences=tuple(silence for silence, _ in stories),
        lanes=tuple(_lane(silence, each, evidence) for silence, each in worst),
        gaps=story.gaps,
    )


def _cohorts(scenario: Scenario, evidence: Evidence) -> tuple[str, ...]:
    """Return the cohorts of the judged phones in the scenario's order, the unnamed last."""
    there = dict.fromkeys(phone.cohort for phone in evidence.phones.values())
    named = [cohort for cohort in scenario.fleet.cohorts if cohort in there]
    return tuple(one_line(cohort, 40) for cohort in dict.fromkeys([*named, *there]))


def _stretch(doubt: Doubt, moments: Moments) -> Stretch:
    def at_us(seconds: float | None, otherwise: int) -> int:
        return otherwise if seconds is None else moments.storm_us + round(seconds * 1e6)

    from_us, until_us = at_us(doubt.from_s, -NEVER_US), at_us(doubt.until_s, NEVER_US)
    return Stretch(from_us, until_us, doubt.what, slows=doubt.slows)


def _silence(each: JudgedSilence, paths: Sequence[str], moments: Moments, *, suspected: bool) -> SilenceStory:
    alert = each.first_alert(paths)
    state = each.state(paths)
    if state == "excused":
        outcome = SilenceOutcome.EXCUSED
    elif state == "held":
        outcome = SilenceOutcome.ALERTED
    else:
        outcome = SilenceOutcome.NEVER if alert is None else SilenceOutcome.LATE
    return SilenceStory(
        phone=each.phone.phone,
        patient=each.phone.patient,
        cohort=one_line(each.phone.cohort, 40),
        onset_s=moments.storm_s(each.onset_us),
        until_s=moments.storm_s(moments.end_us if each.until_us is None else each.until_us),
        limit_s=moments.storm_s(each.limit_us),
        outcome=outcome,
        alert=None if alert is None else AlertStory(moments.storm_s(alert.from_us), alert.path),
        suspected=suspected and outcome is not SilenceOutcome.EXCUSED,
    )


def _worst(stories: Iterable[tuple[SilenceStory, JudgedSilence]]) -> list[tuple[SilenceStory, JudgedSilence]]:
    """Return the worst silences: never alerted, then alerted the latest. Each of another patient if possible."""

    def badness(pair: tuple[SilenceStory, JudgedSilence]) -> tuple[bool, bool, float, float, int]:
        silence = pair[0]
        never = silence.outcome is SilenceOutcome.NEVER
        return (silence.suspected, not never, -silence.overdue_s, -(silence.time_to_alert_s or 0.0), silence.phone)

    ranked = sorted((pair for pair in stories if pair[0].outcome is not SilenceOutcome.EXCUSED), key=badness)
    first_of: dict[int, int] = {}
    for number, (silence, _) in enumerate(ranked):
        first_of.setdefault(silence.patient, number)
    chosen = sorted(range(len(ranked)), key=lambda n: (first_of[ranked[n][0].patient] != n, n))[:LANES]
    return [ranked[number] for number in sorted(chosen)]


def _lane(silence: SilenceStory, each: JudgedSilence, evidence: Evidence) -> Lane:
    """Return everything around one silence: from two no-data delays before its onset until a while after its end."""
    moments = evidence.moments
    delay_s = each.phone.no_data_after_us / 1e6
    from_s = max(moments.storm_s(moments.warm_up_us), silence.onset_s - 1.5 * delay_s)
    until_s = min(moments.storm_s(moments.end_us), max(silence.until_s, silence.limit_s) + AFTER_S)
    from_us, until_us = (moments.storm_us + round(at_s * 1e6) for at_s in (from_s, until_s))
    within = pl.col("at_us").is_between(from_us, until_us)
    measured = evidence.measured.filter(
        IS_GLUCOSE & (pl.col("patient") == each.phone.patient) & pl.col("measured_us").is_between(from_us, until_us)
    )
    screens = evidence.screens.filter(within & (pl.col("phone") == each.phone.phone))
    pushes = evidence.history.of(Kind.PUSH).filter(within & (pl.col("phone") == each.phone.phone))
    return Lane(
        silence=silence,
        from_s=from_s,
        until_s=until_s,
        measured_s=tuple(moments.storm_s(at_us) for at_us in measured["measured_us"].sort()),
        shown=tuple(
            ScreenChange(
                moments.storm_s(at_us), style or "", None if measured_us is None else moments.storm_s(measured_us)
            )
            for at_us, style, measured_us in screens.select("at_us", "detail", "measured_us").iter_rows()
        ),
        pushes=tuple(
            PushCame(moments.storm_s(at_us), path or "", detail or "")
            for at_us, path, detail in pushes.select("at_us", "path", "detail").iter_rows()
        ),
        ringing=tuple(
            Ringing(
                max(from_s, moments.storm_s(notification.from_us)),
                min(until_s, until_s if notification.until_us is None else moments.storm_s(notification.until_us)),
                notification.path,
                str(notification.what),
            )
            for notification in evidence.notifications.get(each.phone.phone, ())
            if notification.from_us <= until_us and (notification.until_us is None or notification.until_us >= from_us)
        ),
    )
