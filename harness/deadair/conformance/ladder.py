"""The rungs, read from the conformance run's own history and judgement. Pure: it starts nothing.

What a rule or a fault's signature has said is not judged again here: a rung says it in the words of whoever describes a
target, with what to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deadair.conformance.rung import Rung, RungState
from deadair.history.rows import Kind
from deadair.judging.misread_answers import misread
from deadair.judging.stored_run import StoredRun
from deadair.model.alert_path import of_service
from deadair.model.judgement import FaultReport, Judgement
from deadair.model.plural import count
from deadair.targets.target import Target


@dataclass(frozen=True, slots=True)
class Trial:
    """A conformance run, and what was made of it."""

    target: Target
    run: StoredRun
    judgement: Judgement


def rungs_of(seen: Trial) -> Iterator[Rung]:
    """Yield every rung that a run can tell of, from the bottom up."""
    yield _ready(seen)
    yield from _readings(seen)
    yield from _alerts(seen)
    yield _cleared(seen)
    yield from _links(seen)
    yield from _nodes(seen)
    yield _backlog(seen)
    yield _status(seen)


def _ready(seen: Trial) -> Rung:
    asked = "Each node says that it is ready."
    rows = seen.run.history.each(Kind.READY, columns=["place", "outcome"])
    ready = {place for place, outcome in rows if outcome == "ok"}
    missing = [node for node in seen.target.nodes if node not in ready]
    if missing:
        todo = "look at its `ready` in the target file, and at logs/ of the run folder"
        return Rung(name="ready", asked=asked, state="failed", came=f"{', '.join(missing)} never was", todo=todo)
    return Rung(name="ready", asked=asked, state="ok", came=count(len(seen.target.nodes), "node"))


def _readings(seen: Trial) -> Iterator[Rung]:
    """Yield the way of a reading: handed in, stored, shown."""
    history = seen.run.history
    uploads = [outcome for (outcome,) in history.each(Kind.UPLOAD, columns=["outcome"])]
    accepted = sum(outcome == "ok" for outcome in uploads)
    came = f"{count(accepted, 'reading')} of {len(uploads):,} tries acknowledged"
    yield Rung(
        name="upload",
        asked="A device hands readings in, and they are acknowledged.",
        state="ok" if accepted else "failed",
        came=came,
        todo="" if accepted else "look at how the adapter uploads: `upload`, and what counts as ok in `outcome`",
    )
    yield _stored(seen)
    yield _shown(seen)


def _stored(seen: Trial) -> Rung:
    name, asked = "stored", "The probe `stored` answers every acknowledged reading."
    if why := seen.target.unjudged.get("nothing_lost"):
        return Rung(name=name, asked=asked, state="not judged", came=why)
    finding = next((each for each in seen.judgement.findings if each.rule == "nothing_lost"), None)
    if finding is None or not finding.judged:
        came = "it gave no answer" if finding is None else finding.why
        return Rung(name=name, asked=asked, state="unknown", came=came, todo="look at the probe `stored`")
    state: RungState = "failed" if finding.violations else "ok"
    todo = "the service lost readings, or the probe does not answer all of them" if finding.violations else ""
    return Rung(name=name, asked=asked, state=state, came=finding.why, todo=todo)


def _shown(seen: Trial) -> Rung:
    shown = sum(
        detail != "blank" and measured_us is not None
        for detail, measured_us in seen.run.history.each(Kind.SCREEN, columns=["detail", "measured_us"])
    )
    wrong = next(misread(seen.run), None)
    todo = (
        "look at how the adapter polls: whom for, and where its answer says when a reading was measured and its value"
    )
    return Rung(
        name="shown",
        asked="A phone polls, and shows the newest reading.",
        state="failed" if wrong or not shown else "ok",
        came=wrong or f"{count(shown, 'screen')} with a reading",
        todo=todo if wrong or not shown else "",
    )


def _alerts(seen: Trial) -> Iterator[Rung]:
    """Yield a rung for each alert path. If another one alerted, a path that did not is not judged."""
    if not seen.target.alert_paths:
        came, asked = "the target names no alert path", "A device is silent: its follower is alerted."
        yield Rung(name="alert", asked=asked, state="not judged", came=came, todo="name one: nobody is ever alerted")
    tallies = seen.judgement.alert_paths
    own = of_service(seen.target.alert_paths)
    alerted = [path for path in own if path in tallies and tallies[path].alerted_in_time]
    judged = any(each.judged for each in seen.judgement.findings if each.rule == "no_data_deadline")
    limit_min = seen.run.scenario.deadline.within.total_seconds() / 60
    for path in seen.target.alert_paths:
        name, asked = (
            f"alert by {path.name}",
            f"A device is silent: its follower is alerted within {limit_min:g} min.",
        )
        if path.name in tallies and tallies[path.name].alerted_in_time:
            came = f"{count(tallies[path.name].alerted_in_time, 'silence')} alerted in time"
            yield Rung(name=name, asked=asked, state="ok", came=came)
        elif alerted:
            came = f"{', '.join(alerted)} alerted, and this path did not: a silence of one device may not take it"
            yield Rung(name=name, asked=asked, state="not judged", came=came)
        elif judged:
            todo = "look at the alert path's channel, and at what of a message is the follower and the alarm"
            yield Rung(name=name, asked=asked, state="failed", came="it never came, or came late", todo=todo)
        elif seen.judgement.silences.count:
            todo = "the harness was not fit to judge it: run again on a machine with less to do"
            yield Rung(name=name, asked=asked, state="unknown", came="the silence is in doubt", todo=todo)
        else:
            todo = "nobody went blind: look at the rungs below"
            yield Rung(name=name, asked=asked, state="unknown", came="there was no silence", todo=todo)


def _cleared(seen: Trial) -> Rung:
    name, asked = "cleared", "The readings are back: no phone goes on ringing."
    ringing: set[int] = set()
    alarms = 0
    rows = seen.run.history.each(Kind.ALARM, Kind.CLEAR, columns=["kind", "phone", "detail"])
    for kind, phone, detail in rows:
        if kind == Kind.ALARM:
            ringing.add(phone)
            alarms += 1
        elif detail == "alarm":
            ringing.discard(phone)
    if not alarms:
        return Rung(name=name, asked=asked, state="unknown", came="no phone ever rang")
    if ringing:
        came = f"{count(len(ringing), 'phone')} of {seen.run.scenario.fleet.devices} still rings at the end"
        return Rung(name=name, asked=asked, state="failed", came=came, todo="look at what of a message is a clear")
    return Rung(name=name, asked=asked, state="ok", came=f"{count(alarms, 'alarm')}, each cleared")


def _links(seen: Trial) -> Iterator[Rung]:
    """Yield a rung for each link: really cut, really back."""
    asked = "The link is cut, and comes back."
    reports = {report.where.partition("[")[0]: report for report in seen.judgement.faults if report.kind == "partition"}
    for link in seen.target.links:
        todo = (
            "let the service dial the link's route: its variable or setting must hold {route." + link.name + "}"
            if not link.outer
            else "nothing went over it: look at the rungs below"
        )
        yield _broken(f"cut {link.name}", asked, reports.get(link.name), todo)


def _nodes(seen: Trial) -> Iterator[Rung]:
    """Yield two rungs for each node: stopped and back, killed and back."""
    for kind, asked in (
        ("pause", "The node stands still, and goes on."),
        ("kill", "The node is killed, starts again and is ready."),
    ):
        for node in seen.target.nodes:
            report = next((each for each in seen.judgement.faults if (each.kind, each.where) == (kind, node)), None)
            yield _broken(f"{kind} {node}", asked, report, "look at its log in logs/, and at its `ready`")


def _broken(name: str, asked: str, report: FaultReport | None, todo: str) -> Rung:
    if report is None or not report.begun:
        return Rung(name=name, asked=asked, state="unknown", came="the run did not get that far")
    if report.proved and report.heal_proved:
        return Rung(name=name, asked=asked, state="ok", came=report.why)
    if not report.proved and "nobody sent anything" in report.why:
        return Rung(name=name, asked=asked, state="unknown", came=report.why, todo=todo)
    state: RungState = "unknown" if not report.healed else "failed"
    return Rung(name=name, asked=asked, state=state, came=report.why or "it was not seen", todo=todo)


def _backlog(seen: Trial) -> Rung:
    name, asked = "backlog", "The probe `backlog` says how many readings wait."
    rows = list(seen.run.history.each(Kind.BACKLOG, columns=["outcome", "value", "detail"]))
    if why := seen.target.unjudged.get("backlog"):
        return Rung(name=name, asked=asked, state="not judged", came=why)
    answered = [value for outcome, value, _ in rows if outcome == "ok"]
    if not answered:
        came = next((str(detail) for _, _, detail in rows if detail), "it was never asked")
        return Rung(name=name, asked=asked, state="failed", came=came, todo="look at the probe `backlog`")
    return Rung(name=name, asked=asked, state="ok", came=f"{min(answered)} to {max(answered)} waited")


def _status(seen: Trial) -> Rung:
    name, asked = "status", "The public status page is read."
    if seen.target.status_socket is None:
        return Rung(name=name, asked=asked, state="not judged", came="the target has no status page")
    rows = [outcome for (outcome,) in seen.run.history.each(Kind.STATUS, columns=["outcome"])]
    read = sum(outcome == "ok" for outcome in rows)
    if not read:
        came = f"{count(len(rows), 'look')}, none of which said anything"
        return Rung(name=name, asked=asked, state="failed", came=came, todo="look at the probe `status`")
    return Rung(name=name, asked=asked, state="ok", came=f"read {read:,} times")
