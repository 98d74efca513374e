"""Doubts of coverage: whether a run has seen what its scenario set out to show. Pure.

A run in which nothing happened passes every rule; each sentence returned here turns such a pass into unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from deadair.model.duration import in_us
from deadair.model.judgement import FaultReport, Finding, NotJudged, PathTally
from deadair.model.plural import count, was
from deadair.rules.evidence import MINUTE_US, Moments
from deadair.rules.fault_window import FaultWindow
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.silences import Silence
from deadair.scenario.model import Phases, Promises, Scenario

SHARE_MIN = 0.5
"""The share of its time that a fault must have been there, and a phase must have lasted."""
LATE_SHARE = 0.1
"""How late a fault may be made or healed, as a share of L."""
PHASES = ("warm-up", "storm", "recovery")
DEADLINE = NoDataDeadline.model_fields["kind"].default


def unsteady(missing: str | None) -> Iterator[str]:
    """Return a sentence if the storm waited in vain for a steady state. ``missing``: what was missing for it."""
    if missing is not None:
        yield f"steady state was never reached before the storm: {missing}"


def missing(
    silences_promised: int,
    findings: Sequence[Finding],
    reports: Sequence[FaultReport],
    windows: Sequence[FaultWindow],
    sure: Sequence[Silence],
) -> Iterator[str]:
    """Return a sentence for each thing the run should have seen and did not. ``sure``: the judged silences."""
    for report in reports:
        yield from _unproved(report)
    for window in windows:
        if window.silences and not any(_tested(window, silence) for silence in sure):
            name = f"{window.id} ({window.kind} at {window.place})"
            yield f"{name} overlaps the window of no judged silence: it tested nobody"
    if len(sure) < silences_promised:
        promised = f"{count(silences_promised, 'silence')} {was(silences_promised)} promised"
        yield f"{promised}, and {len(sure):,} could be judged"
    for finding in findings:
        if not finding.judged and not finding.suspected:
            yield f"{finding.rule} had nothing to judge"


def unjudged_deadline(not_judged: Iterable[NotJudged]) -> Iterator[str]:
    """Return a sentence if the rule that a run is all about is not judged."""
    why = next((each.why for each in not_judged if each.rule == DEADLINE), None)
    if why is not None:
        yield f"{DEADLINE} is not judged, so nobody knows whether anybody was alerted: {why}"


def disturbed(scenario: Scenario, silences: int) -> Iterator[str]:
    """Return a sentence if somebody went blind though every fault was there to show that nobody does."""
    if scenario.disturbs_nobody and silences:
        yield f"every fault was meant to disturb nobody, and there {was(silences)} {count(silences, 'silence')}"


def too_short(reports: Sequence[FaultReport], lasts_s: Mapping[str, float]) -> Iterator[str]:
    """Return a sentence for each fault that was there for a small part of its time. ``lasts_s``: all of it, by id.

    On a busy machine a fault is made late and healed when the timeline says: what is left of it may test nobody.
    """
    for report in reports:
        if report.begun_at_s is None or report.healed_at_s is None:
            continue
        was_s, wanted_s = report.healed_at_s - report.begun_at_s, lasts_s[report.id]
        if was_s < SHARE_MIN * wanted_s:
            yield f"{_name(report)} was there for {was_s:.0f} s of {wanted_s:.0f} s"


def belated(reports: Sequence[FaultReport], allowed_s: float) -> Iterator[str]:
    """Return a sentence for each fault that was made or healed long after the moment that the scenario names.

    Then it met another moment of the run than it was meant for, or lasted longer.
    """
    for report in reports:
        begin = ("begun", report.intended_begin_at_s, report.begun_at_s)
        heal = ("healed", report.intended_heal_at_s, report.healed_at_s)
        for verb, intended_s, at_s in (begin, heal):
            if intended_s is not None and at_s is not None and at_s - intended_s > allowed_s:
                late_s = at_s - intended_s
                yield f"{_name(report)} was {verb} {late_s:.0f} s late; {allowed_s:.0f} s are allowed"


def hurried(moments: Moments, phases: Phases) -> Iterator[str]:
    """Return a sentence for each phase that was over long before its time: what it was for was not seen."""
    moments_us = (moments.warm_up_us, moments.storm_us, moments.recovery_us, moments.end_us)
    wanted_us = (in_us(phases.warm_up), in_us(phases.storm), in_us(phases.recovery))
    for phase, (from_us, until_us), lasts_us in zip(PHASES, pairwise(moments_us), wanted_us, strict=True):
        if until_us - from_us < SHARE_MIN * lasts_us:
            yield f"the {phase} lasted {(until_us - from_us) / MINUTE_US:.0f} min of {lasts_us / MINUTE_US:.0f} min"


def without_alert(promises: Promises, paths: Mapping[str, PathTally]) -> Iterator[str]:
    """Return a sentence for each alert path that was promised and alerted nobody in time."""
    for path in promises.alert_paths:
        if path not in paths or not paths[path].alerted_in_time:
            yield f"the alert path {path} was promised, and it alerted nobody in time"


def _tested(window: FaultWindow, silence: Silence) -> bool:
    """Say whether a silence may be the fault's: of a phone that it strikes, while it was there."""
    return window.strikes(silence.phone) and window.touches(silence.onset_us, silence.limit_us)


def _name(report: FaultReport) -> str:
    return f"{report.id} ({report.kind} at {report.where})"


def _unproved(report: FaultReport) -> Iterator[str]:
    name = _name(report)
    if not report.begun:
        yield f"{name} was never begun"
        return
    reason = f": {report.why}" if report.why else ""
    if not report.proved:
        yield f"{name} was not proved to have had an effect{reason}"
    if not report.healed:
        yield f"{name} was never reported healed"
    elif not report.heal_proved:
        yield f"{name} was not proved to be gone after it was healed{reason}"
