"""Builds run folders as a run would have left them: a flagship-like night, written with the real recorder.

The cuts come from the shipped scenario's own timeline; who is told, and by what, is chosen by the caller. Nothing
here says what blind means: the judgement's figures come from the rules.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from random import Random
from typing import Any

from deadair.history.manifest import seal
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.judging.silence_statistics import by_path, judged, totals
from deadair.model.clock import RunClock
from deadair.model.duration import in_us
from deadair.model.environment import Environment
from deadair.model.judgement import Doubt, Example, FaultReport, Finding, Health, Judgement, PathTally, Subject
from deadair.model.roster import REST, Device, Phone, Roster
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict, worst
from deadair.rules.evidence import Evidence, Moments
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.silences import silences
from deadair.scenario.dump import dump
from deadair.scenario.load import load
from deadair.scenario.model import Scenario
from deadair.targets.catalogue import TARGETS

ALERT_PATHS = TARGETS["reference"].alert_paths
FLAGSHIP = Path(__file__).parents[2] / "scenarios" / "gate" / "thanksgiving-2019.yaml"
SECOND_US = 1_000_000
LEDGER = """\
{"by": "runner", "seq": 0, "at_us": 0, "what": "runner", "pid": 4194303, "start_ticks": 1, "run_id": "built"}
{"by": "runner", "seq": 1, "at_us": 9000000, "what": "end", "reason": "the runner ended"}
"""
"""What a run leaves that began and ended, and has nothing to undo."""
SUBJECT = Subject(
    version="reference 1.4.0 (2f9c1e7)", command="python -m deadair.reference", configuration_sha256="9d" * 32
)


def build(root: Path, *, unalerted: Collection[str] = (), devices: int | None = None, timer: bool = True) -> RunFolder:
    """Write a run folder without its reports. Cohorts in ``unalerted`` go blind and the service tells nobody of it."""
    folder = RunFolder(root)
    folder.create()
    scenario = load(FLAGSHIP)
    if devices is not None:
        fleet = scenario.fleet.model_copy(update={"devices": devices})
        promises = scenario.promises.model_copy(update={"silences": devices})
        scenario = scenario.model_copy(update={"fleet": fleet, "promises": promises})
    roster = _roster(scenario)
    clock = RunClock.starting_now(speed=scenario.speed)
    environment = Environment(
        run_id="built",
        engine="live",
        command="deadair run",
        subject=SUBJECT,
        clock=clock.as_dict(),
        recorders=("runner", "fleet", "push-gateway"),
        wall_limit_s=120,
        machine="2 cores",
    )
    folder.scenario.write_text(dump(scenario), "utf-8")
    folder.roster.write_text(roster.to_json(), "utf-8")
    folder.environment.write_text(environment.model_dump_json(), "utf-8")
    folder.ledger.write_text(LEDGER, "utf-8")
    with Recorder(folder.history, "runner", clock) as recorder:
        _runner(recorder, scenario)
    with (
        Recorder(folder.history, "fleet", clock) as recorder,
        Recorder(folder.history, "push-gateway", clock) as gateway,
    ):
        _fleet(recorder, gateway, scenario, roster, unalerted, timer=timer)
    seal(folder.history)
    return folder


def moments_of(scenario: Scenario) -> Moments:
    """Return the phases as the scenario plans them; the warm-up begins with the run."""
    storm_us = in_us(scenario.phases.warm_up)
    recovery_us = storm_us + in_us(scenario.phases.storm)
    return Moments(0, storm_us, recovery_us, recovery_us + in_us(scenario.phases.recovery))


def judgement_of(folder: RunFolder, **changes: Any) -> Judgement:
    """Judge the silences of a built folder for real; the rest of the judgement is made up to go with it."""
    scenario = load(folder.scenario)
    history = read(folder.history)
    moments = moments_of(scenario)
    evidence = Evidence(history, Roster.from_json(folder.roster.read_text("utf-8")), moments, ALERT_PATHS)
    rule = next(check for check in scenario.checks if isinstance(check, NoDataDeadline))
    found = silences(evidence, in_us(rule.within))
    paths = rule.accepted(ALERT_PATHS)
    sure = judged(found, paths, evidence)
    held = (
        ("no_false_alarm", 412, "412 alarms, none of them false"),
        ("nothing_lost", 3400, "3400 readings are stored once each"),
        ("shows_age", 5120, "no screen showed an old reading as current"),
        ("recovers", 400, "everybody saw data again after 6.2 min"),
        ("status_published", 1, "published after 3.5 min"),
    )
    findings = (
        rule.judge(evidence),
        *(Finding(rule=name, verdict=Verdict.PASS, judged=count, violations=0, why=why) for name, count, why in held),
    )
    faults = tuple(
        FaultReport(
            id=fault_id,
            kind=str(getattr(entry.fault, "kind", "")),
            where=str(entry.where),
            begun_at_s=entry.at.total_seconds() + 1,
            healed_at_s=(entry.at + entry.lasts).total_seconds(),
            begun=True,
            proved=True,
            healed=True,
            heal_proved=True,
            why="bytes stood still while connections stayed, and flowed after",
            blast_radius="41 silences began while it lasted",
        )
        for fault_id, entry in scenario.faults()
    )
    verdict = worst(finding.verdict for finding in findings)
    whole: dict[str, Any] = {
        "scenario": scenario.name,
        "target": "reference",
        "engine": "live",
        "seed": scenario.seed,
        "speed": scenario.speed,
        "verdict": verdict,
        "why": findings[0].why,
        "subject": SUBJECT,
        "findings": findings,
        "silences": totals(found, sure, paths),
        "alert_paths": by_path(sure, paths, evidence),
        "faults": faults,
        "health": Health(fleet_lag_ms_p99=3.2, fleet_lag_allowance_ms=500, operations=history.rows.height),
        "history_sha256": history.sha256(),
        "replay": f"deadair replay {folder.root}",
    }
    return Judgement(**{**whole, **changes})


def hostile(text: str) -> dict[str, Any]:
    """Return changes that put one text wherever a judgement takes text from outside."""
    return {
        "scenario": text,
        "target": text,
        "why": text,
        "replay": text,
        "history_sha256": text,
        "subject": Subject(version=text, command=text, configuration_sha256=text),
        "verdict": Verdict.FAIL,
        "findings": (
            Finding(rule=text, verdict=Verdict.FAIL, judged=1, violations=1, why=text, examples=(Example(what=text),)),
        ),
        "doubts": (Doubt(kind=text, what=text),),
        "faults": (
            FaultReport(
                id=text,
                kind=text,
                where=text,
                begun_at_s=0,
                healed_at_s=None,
                begun=True,
                proved=False,
                healed=False,
                heal_proved=False,
                why=text,
                blast_radius=text,
            ),
        ),
        "alert_paths": {text: PathTally(alerted_in_time=1, alerted_first=1)},
    }


def _roster(scenario: Scenario) -> Roster:
    rng = Random(scenario.seed)
    named = [(cohort, round(share * scenario.fleet.devices)) for cohort, share in scenario.fleet.cohorts.items()]
    cohorts = [cohort for cohort, count in named for _ in range(count)]
    cohorts += [REST] * (scenario.fleet.devices - len(cohorts))
    devices = tuple(Device(n, cohort, f"device-{n}", rng.random()) for n, cohort in enumerate(cohorts))
    (each,) = scenario.fleet.followers_per_device.values
    delay_us = in_us(scenario.fleet.shortest_delay)
    phones = tuple(
        Phone(d.patient * each + k, d.patient, d.cohort, f"phone-{d.patient}-{k}", rng.random(), delay_us)
        for d in devices
        for k in range(each)
    )
    return Roster(devices, phones)


def _runner(recorder: Recorder, scenario: Scenario) -> None:
    moments = moments_of(scenario)
    recorder.add(Kind.PHASE, at_us=moments.warm_up_us, detail="warm_up")
    recorder.add(Kind.STEADY, at_us=moments.storm_us, outcome="ok")
    recorder.add(Kind.PHASE, at_us=moments.storm_us, detail="storm")
    for fault_id, entry in scenario.faults():
        begin_us = moments.storm_us + in_us(entry.at)
        for event, at_us in (
            ("begin", begin_us),
            ("begun", begin_us + SECOND_US),
            ("healed", begin_us + in_us(entry.lasts)),
        ):
            said = json.dumps({"id": fault_id, "kind": getattr(entry.fault, "kind", ""), "event": event})
            recorder.add(Kind.FAULT, at_us=at_us, place=str(entry.where), detail=said)
    recorder.add(Kind.PHASE, at_us=moments.recovery_us, detail="recovery")
    recorder.add(Kind.PHASE, at_us=moments.end_us, detail="end")


def _fleet(
    recorder: Recorder,
    gateway: Recorder,
    scenario: Scenario,
    roster: Roster,
    unalerted: Collection[str],
    *,
    timer: bool,
) -> None:
    rng = Random(scenario.seed + 1)
    moments = moments_of(scenario)
    every_us = in_us(scenario.fleet.reading_every)
    cuts = {
        entry.where.cohort: (moments.storm_us + in_us(entry.at), moments.storm_us + in_us(entry.at + entry.lasts))
        for _, entry in scenario.faults()
        if entry.where.name == "uplink" and entry.where.cohort
    }
    readings: dict[int, list[tuple[int, int]]] = {}
    for device in roster.devices:
        times = range(round(device.phase * every_us), moments.end_us, every_us)
        readings[device.patient] = [(at_us // SECOND_US * SECOND_US, 90 + rng.randrange(90)) for at_us in times]
        for at_us, value in readings[device.patient]:
            recorder.add(Kind.MEASURED, at_us=at_us, patient=device.patient, measured_us=at_us, value=value)
    for phone in roster.phones:
        _phone(
            recorder,
            gateway,
            scenario,
            phone,
            readings[phone.patient],
            cuts.get(phone.cohort),
            rng,
            phone.cohort in unalerted,
            timer=timer,
        )


def _phone(  # noqa: PLR0917
    recorder: Recorder,
    gateway: Recorder,
    scenario: Scenario,
    phone: Phone,
    readings: list[tuple[int, int]],
    cut: tuple[int, int] | None,
    rng: Random,
    silent: bool,
    *,
    timer: bool,
) -> None:
    """Let one phone poll through the night; nothing measured within the cut arrives before it is healed."""
    moments = moments_of(scenario)
    who = {"phone": phone.phone, "patient": phone.patient}
    newest = 0
    standing: list[str] = []
    polls = iter(
        range(round(phone.phase * in_us(scenario.fleet.poll_every)), moments.end_us, in_us(scenario.fleet.poll_every))
    )
    for at_us in polls:
        arrived = [r for r in readings if r[0] <= at_us and not (cut and cut[0] <= r[0] and at_us < cut[1])]
        recorder.add(Kind.POLL, at_us=at_us, outcome="ok", intended_us=at_us, sent_us=at_us + 2000, **who)
        if arrived and arrived[-1][0] > newest:
            newest, value = arrived[-1]
            recorder.add(Kind.SCREEN, at_us=at_us, detail="current", measured_us=newest, value=value, **who)
            for what in standing:
                recorder.add(Kind.CLEAR, at_us=at_us, detail=what, **who)
            standing = []
        onset_us = newest + phone.no_data_after_us
        if not newest or standing or not at_us <= onset_us < at_us + in_us(scenario.fleet.poll_every):
            continue
        if cut is None or not cut[0] <= onset_us < cut[1] + phone.no_data_after_us:
            continue
        old = next(value for measured_us, value in readings if measured_us == newest)
        recorder.add(Kind.SCREEN, at_us=onset_us, detail="old", measured_us=newest, value=old, **who)
        if timer:
            recorder.add(Kind.ALARM, at_us=onset_us + SECOND_US, path="phone_timer", measured_us=newest, **who)
            standing.append("alarm")
        if silent and rng.random() < 0.9:
            continue
        # A few of those who are told in spite of all are told late.
        late_us = rng.randrange(300, 900) * SECOND_US if silent else 0
        came_us = onset_us + rng.randrange(60, 250) * SECOND_US + late_us
        by_service = phone.cohort in ("south", "control") or silent
        path = "service_push" if by_service else "sentinel_push"
        gateway.add(Kind.ACCEPTED, at_us=came_us, path=path, outcome="ok", phone=phone.phone)
        recorder.add(Kind.PUSH, at_us=came_us, path=path, detail="presented", **who)
        what = Kind.ALARM if by_service else Kind.NOTICE
        recorder.add(what, at_us=came_us, path=path, measured_us=newest, **who)
        standing.append(str(what))
