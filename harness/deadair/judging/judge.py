"""From a run folder to its judgement: the same for a run that has just ended and for ``check`` years later.

Writes nothing. Damage to a history is no error here: it is a doubt, and the verdict is unknown. It knows no engine:
whatever filled the folder is judged alike.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from deadair.judging import coverage
from deadair.judging import silence_statistics as tally
from deadair.judging import validity as doubts
from deadair.judging.fault_reports import report
from deadair.judging.first_cause import in_order_of_cause
from deadair.judging.misread_answers import misread
from deadair.judging.missing_rows import missing_rows
from deadair.judging.standstills import each_second
from deadair.judging.stored_run import StoredRun, read_run, short
from deadair.model.duration import in_us
from deadair.model.judgement import (
    Doubt,
    FaultReport,
    Finding,
    Health,
    Judgement,
    NotJudged,
    PathTally,
    Silences,
    Subject,
)
from deadair.model.plural import count, was
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict, worst
from deadair.rules.blindness import NEVER_US
from deadair.rules.cases import NOTHING, unknown
from deadair.rules.evidence import Evidence, Moments, Stretch
from deadair.rules.following import followed_throughout
from deadair.rules.rule import Rule, kind_of
from deadair.rules.silences import Silence, silences

DOUBTS_MAX = 100
IDLE = "nobody went blind, as was meant, so it had no case"
NO_CASE = "it had no case"
NO_SUBJECT = Subject(version="unknown", command="unknown", configuration_sha256="")


@dataclass(frozen=True)
class Seen:
    """What judging found, part by part."""

    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    judged: tuple[Silence, ...] = ()
    silences: Silences = field(default_factory=Silences)
    alert_paths: dict[str, PathTally] = field(default_factory=dict)
    health: Health = field(default_factory=lambda: Health(recorders_alive=False))
    evidence: Evidence | None = None
    """What the rules judged by; none if there was nothing to judge by."""


def judge(folder: RunFolder) -> Judgement:
    """Judge a run by its folder. Raises HarnessError only if its scenario cannot be read: then there is no rule."""
    return judge_run(read_run(folder), replay=f"deadair replay {shlex.quote(folder.shown)}")


def judge_run(run: StoredRun, *, replay: str) -> Judgement:
    """Judge what was read of a run. ``replay``: the command that makes it again."""
    return judged_by(run, replay=replay)[0]


def judged_by(run: StoredRun, *, replay: str) -> tuple[Judgement, Evidence | None]:
    """Judge it as ``judge_run``; return also the evidence, for whoever wants to know what a run has met."""
    run = replace(run, wrong=(*run.wrong, *missing_rows(run.history, run.windows), *misread(run)))
    seen = _unjudged(run) if run.roster is None or run.moments is None else _judged(run, run.roster, run.moments)
    reports = tuple(_report(run, seen.judged, fault_id) for fault_id, _ in run.scenario.faults())
    promises = run.scenario.promises
    lasts_s = {fault_id: entry.lasts.total_seconds() for fault_id, entry in run.scenario.faults()}
    uncovered = [
        *coverage.unsteady(run.never_steady),
        *_unwatched(run, seen.health),
        *coverage.missing(run.scenario.silences_promised, seen.findings, reports, run.windows, seen.judged),
        *coverage.unjudged_deadline(each for each in (*_cannot_judge(run), *seen.not_judged) if each.why != IDLE),
        *coverage.disturbed(run.scenario, seen.silences.count),
        *coverage.too_short(reports, lasts_s),
        *coverage.belated(reports, run.scenario.deadline.within.total_seconds() * coverage.LATE_SHARE),
        *coverage.without_alert(promises, seen.alert_paths),
        *(coverage.hurried(run.moments, run.scenario.phases) if run.moments and not run.ended_early else ()),
        *(stretch.why for stretch in seen.stretches if run.moments and stretch.from_us > run.moments.end_us),
    ]
    verdicts = [finding.verdict for finding in seen.findings]
    verdicts += [Verdict.ABORTED] * (run.abort is not None) + [Verdict.UNKNOWN] * bool(uncovered or run.wrong)
    verdict = worst(verdicts)
    judgement = Judgement(
        scenario=run.scenario.name,
        target=run.scenario.target.name,
        engine=run.environment.engine if run.environment else "unknown",
        seed=run.scenario.seed,
        speed=run.scenario.speed,
        verdict=verdict,
        why=_why(verdict, run, seen, uncovered),
        subject=run.environment.subject if run.environment else NO_SUBJECT,
        findings=seen.findings,
        not_judged=seen.not_judged,
        doubts=_doubts(run, seen.stretches, uncovered),
        silences=seen.silences,
        alert_paths=seen.alert_paths,
        faults=reports,
        health=seen.health,
        history_sha256=run.history.sha256(),
        replay=replay,
    )
    return judgement, seen.evidence


# --- judging ---------------------------------------------------------------------------------------------------------


def _unjudged(run: StoredRun) -> Seen:
    why = "roster.json cannot be read" if run.roster is None else "the history does not say when the warm-up began"
    return Seen(tuple(unknown(kind_of(rule), why) for rule in run.scenario.checks))


def _judged(run: StoredRun, roster: Roster, moments: Moments) -> Seen:
    speed, recorders = run.scenario.speed, run.environment.recorders if run.environment else ()
    beat_of = run.environment.beat_real_s_of if run.environment else each_second
    within_us, paths = in_us(run.scenario.deadline.within), run.accepted_paths
    stretches = doubts.stretches(
        run.harness_health,
        moments,
        recorders,
        [device.patient for device in roster.devices],
        speed=speed,
        within_us=within_us,
        reading_every_us=in_us(run.scenario.fleet.reading_every),
        aftermath_us=run.reading_way.recovers_us,
        beat_of=beat_of,
    )
    whole = [Stretch(-NEVER_US, NEVER_US, sentence) for sentence in run.wrong]
    # What the fleet was later than that is a doubt of its own, and makes nothing true that it does not touch.
    lag_us = min(run.harness_health.lag_p99_us or 0, within_us // doubts.LAG_SHARE_OF_LIMIT)
    evidence = Evidence(
        *followed_throughout(run.history, roster),
        moments,
        run.alert_paths,
        faults=run.windows,
        doubts=(*whole, *stretches),
        lag_us=lag_us,
        cut_short=run.abort is not None,
        reading_way=run.reading_way,
    )
    found = silences(evidence, within_us)
    sure = tally.judged(found, paths, evidence)
    health = doubts.health(run.harness_health, moments, recorders, speed=speed, within_us=within_us, beat_of=beat_of)
    cannot_judge = _cannot_judge(run)
    unjudged = {each.rule for each in cannot_judge}
    findings = [(rule, _finding(rule, evidence)) for rule in run.scenario.checks if kind_of(rule) not in unjudged]
    calm = run.scenario.disturbs_nobody and not run.scenario.silences_promised and not found
    idle = {
        each.rule: IDLE if calm and rule.of_silences else NO_CASE
        for rule, each in findings
        if each.why == NOTHING and (rule.without_case == "not_judged" or (calm and rule.of_silences))
    }
    return Seen(
        tuple(each for _, each in findings if each.rule not in idle),
        (*cannot_judge, *(NotJudged(rule=rule, why=why) for rule, why in idle.items())),
        tuple(stretches),
        sure,
        tally.totals(found, sure, paths),
        tally.by_path(sure, paths, evidence),
        health,
        evidence,
    )


def _cannot_judge(run: StoredRun) -> tuple[NotJudged, ...]:
    """Return those of the scenario's rules that the target cannot be judged by, as the run wrote them down."""
    unjudged = run.environment.unjudged if run.environment is not None else {}
    asked = [kind_of(rule) for rule in run.scenario.checks]
    return tuple(NotJudged(rule=kind, why=unjudged[kind]) for kind in asked if kind in unjudged)


def _unwatched(run: StoredRun, health: Health) -> Iterator[str]:
    """Return a sentence if nobody can say that the recorders were there all the time."""
    if run.environment is not None and not run.environment.recorders:
        yield "environment.json names no recorder, so nobody knows whether any is missing"
    elif not health.recorders_alive:
        yield "the recorders were not there all the time"


def _finding(rule: Rule, evidence: Evidence) -> Finding:
    try:
        return rule.judge(evidence)
    except Exception as error:  # noqa: BLE001 - a rule that breaks down has judged nothing, and must not end the rest
        return unknown(kind_of(rule), f"the rule itself failed: {short(error)}")


def _report(run: StoredRun, sure: Sequence[Silence], fault_id: str) -> FaultReport:
    entry = dict(run.scenario.faults())[fault_id]
    said = report(fault_id, entry, run.courses.get(fault_id), run.moments)
    window = next((window for window in run.windows if window.id == fault_id), None)
    if window is None:
        return said
    hit = [silence for silence in sure if window.touches(silence.onset_us, silence.onset_us)]
    late = sum(silence.state(run.accepted_paths) == "violated" for silence in hit)
    radius = "no silence began while it lasted"
    if hit:
        radius = f"{count(len(hit), 'silence')} began while it lasted, {late:,} {was(late)} not alerted in time"
    if entry.disturbs_nobody:
        radius += "; it was meant to disturb nobody"
    return said.model_copy(update={"blast_radius": radius})


def _doubts(run: StoredRun, stretches: Sequence[Stretch], uncovered: Sequence[str]) -> tuple[Doubt, ...]:
    found = [Doubt(kind="validity", what=sentence) for sentence in run.wrong]
    found += [Doubt(kind="coverage", what=sentence) for sentence in uncovered]
    if run.moments is not None:
        found += [
            Doubt(
                kind="validity",
                what=stretch.why,
                from_s=run.moments.storm_s(stretch.from_us),
                until_s=run.moments.storm_s(stretch.until_us),
                slows=stretch.slows,
            )
            for stretch in stretches[:DOUBTS_MAX]
        ]
    if len(stretches) > DOUBTS_MAX:
        more = count(len(stretches) - DOUBTS_MAX, "more doubtful stretch", "more doubtful stretches")
        found.append(Doubt(kind="validity", what=more))
    return tuple(found)


def _why(verdict: Verdict, run: StoredRun, seen: Seen, uncovered: Sequence[str]) -> str:
    """Return the verdict in one sentence. It is about the first violated rule, in the scenario's order."""
    if verdict is Verdict.ABORTED:
        return f"aborted: {run.abort}"
    if verdict is Verdict.FAIL:
        first, *others = [finding for finding in seen.findings if finding.verdict is Verdict.FAIL]
        also = f"; also violated: {', '.join(other.rule for other in others)}" if others else ""
        return f"{first.rule}: {first.why}{also}"
    if verdict is Verdict.UNKNOWN:
        vague = [finding for finding in seen.findings if finding.verdict is Verdict.UNKNOWN]
        harness = [stretch.why for stretch in seen.stretches] if any(finding.suspected for finding in vague) else []
        rules = [f"{finding.rule}: {finding.why}" for finding in vague]
        # A shard that is torn or gone is why its recorder seems to have been silent, and trouble is why it is torn.
        causes = in_order_of_cause(run.history, seen.stretches, speed=run.scenario.speed)
        whys = [*causes, *harness, *run.wrong, *uncovered, *rules, "there was no rule to judge by"]
        return f"nothing is proved: {whys[0]}"
    return seen.findings[0].why
