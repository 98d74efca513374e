"""One scenario from plan to verdict: folder, engine, judge, reports.

Each stage reads what the one before wrote into the run folder, so a crash never loses an earlier stage's files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from deadair.documents.error_text import field
from deadair.engines.early_end import signals_as_requests
from deadair.engines.live import engine as live
from deadair.engines.live.planned_run import planned_run
from deadair.engines.people_driver import in_words
from deadair.engines.run_plan import RunOrder, RunPlan, setting_of
from deadair.engines.simulated import engine as simulated
from deadair.history.reader import History
from deadair.injectors.noop import Noop
from deadair.judging import judge
from deadair.judging.stored_run import examine
from deadair.model.clock import utc_stamp
from deadair.model.duration import show as show_duration
from deadair.model.errors import HarnessError, ScenarioError, of_disk
from deadair.model.judgement import Judgement
from deadair.model.plural import count
from deadair.model.progress import Progress, ShowProgress
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder, in_full
from deadair.model.run_options import RunOptions
from deadair.provision.catalogue import PROVISIONS
from deadair.provision.room import rooms
from deadair.provision.toxiproxy import toxiproxy_server
from deadair.reporting.report_files import report_run
from deadair.rules.evidence import Evidence
from deadair.runtimes.catalogue import runtime_entry
from deadair.scenario.dump import dump
from deadair.scenario.known_names import refuse_unknown
from deadair.scenario.model import Scenario
from deadair.scenario.roles import needs_target
from deadair.scenario.timeline import PersonStep, deeds
from deadair.scenario.validation import misfits
from deadair.targets.allowance_file import read_allowance
from deadair.targets.registry import known_targets
from deadair.targets.target import Target

Engine = Callable[[RunOrder, ShowProgress], History]
ENGINES: dict[str, Engine] = {"live": live.run, "simulated": simulated.run}
REFUSALS: dict[str, Callable[[RunPlan], None]] = {"live": live.refuse_unknown, "simulated": simulated.refuse_unknown}
"""By engine: what raises ScenarioError for a plan that it cannot run."""
FOLDERS_MAX = 1000
"""Runs of one scenario and seed that may begin in one second."""
BYTES_NEEDED = 50_000_000


def engine_of(name: str) -> Engine:
    """Return the engine of that name. Raises ScenarioError if there is none."""
    engine = ENGINES.get(name)
    if engine is None:
        known = " or ".join(f"`{known}`" for known in ENGINES)
        raise ScenarioError(f"--engine: there is no {name!r}; write {known}")
    return engine


def run_scenario(
    scenario: Scenario, options: RunOptions, reports: Path, command: str, show: ShowProgress
) -> tuple[RunFolder, Judgement]:
    """Run it, judge it, report it. Ten steps, each with what it leaves in the run folder:

    1. check: the plan is drawn, and whatever is unknown in it is refused. Leaves no folder.
    2. folder: ``scenario.yaml`` and ``roster.json``.
    3. clock: ``environment.json``, the first lines of ``ledger.jsonl``, and live the guardian that reads them.
    4. set up: ``logs/``, ``data/``, ``control/fleet.json``, and the shards of ``history/``.
    5. warm-up, 6. storm, 7. recovery: rows in the shards, and each break in the ledger before it is made.
    8. wind down: all healed, the last rows, every process ended, and the ledger's ``end``.
    9. seal: ``history/manifest.json``, and ``trace.json`` if a phone is followed.
    10. judge: ``verdict.json``, ``junit.xml``, ``summary.md`` and ``report.html``.

    The engine does 3 to 9. Raises ScenarioError before anything starts, HarnessError, and once it is judged nothing but
    ReportError. Whoever wants it ended while it is judged is heard too: see ``run_commands.heed_abort``.
    """
    target = _target(scenario, known_targets(options.target_folders))
    refuse_unknown(target, options.profile, options.defects)
    profile = target.profiles[options.profile] if options.profile else ()
    defects = tuple(sorted({*profile, *options.defects}))
    engine = engine_of(options.engine)
    plan = RunPlan.drawn(scenario, target, defects)
    roster = plan.roster
    REFUSALS[options.engine](plan)
    _refuse_trace(options, roster)
    allowance = read_allowance(options.allow)

    def say(line: str) -> None:
        show(Progress("setting up", note=line))

    toxiproxy = None
    facts: Mapping[str, object] = {}
    if options.engine == "live":
        _refuse_lacking(target)
        facts = runtime_entry(target.runtime).check(planned_run(plan, allowance, say))
        _demand_room(len(roster.devices) + len(roster.phones), show)
        toxiproxy = _provided(target, say)
    try:
        folder = new_folder(reports, scenario)
        folder.scenario.write_text(dump(scenario), "utf-8")
        folder.roster.write_text(roster.to_json(), "utf-8")
        if why := point_latest(reports, folder):
            show(Progress("setting up", note=why))
        order = RunOrder(
            scenario,
            target,
            roster,
            defects,
            folder,
            command,
            options.profile,
            toxiproxy,
            options.trace,
            runtime_facts=facts,
            allowance=allowance,
        )
        engine(order, show)
    except OSError as error:
        raise of_disk(error.filename or reports, error) from error
    with signals_as_requests(folder):
        show(Progress("judging"))
        judgement = judge.judge(folder)
        for missing in report_run(folder, judgement):
            show(Progress("judging", note=missing))
    return folder, judgement


def _refuse_lacking(target: Target) -> None:
    """Raise HarnessError if there is anything that the target cannot be run without; its adapter is made or refused."""
    if lacks := target.lacks():
        raise HarnessError("\n".join(lacks))
    target.uploader()


def _provided(target: Target, say: Callable[[str], None]) -> Path:
    """Fetch and build what the target needs; return the toxiproxy-server. Raises HarnessError."""
    for need in target.needs:
        PROVISIONS[need].provide(say)
    return toxiproxy_server(say)


def try_out(plan: RunPlan, *, replay: str = "") -> Judgement:
    """Run a plan in virtual time and judge it; nothing is kept of it. Raises as the simulated engine does."""
    return tried_out(plan, replay=replay)[0]


def tried_out(plan: RunPlan, *, replay: str = "") -> tuple[Judgement, Evidence | None]:
    """Do as ``try_out``; return also the evidence that it was judged by."""
    history, environment = simulated.run_in_memory(plan)
    return judge.judged_by(examine(plan.scenario, history, environment, plan.roster), replay=replay)


def plan_for(scenario: Scenario, engine: str, targets: Mapping[str, Target]) -> RunPlan:
    """Return the plan of a scenario. Raises ScenarioError if this engine cannot run it; starts nothing."""
    plan = RunPlan.drawn(scenario, _target(scenario, targets))
    REFUSALS[engine](plan)
    return plan


def dry_run(scenario: Scenario, engine: str, targets: Mapping[str, Target]) -> tuple[str, ...]:
    """Go through the timeline with an injector that does nothing; return what would be done, a line each.

    Raises ScenarioError as a run in this engine would.
    """
    plan = plan_for(scenario, engine, targets)
    noop = Noop()
    phases = scenario.phases
    lines = [
        f"{scenario.name}: {count(scenario.fleet.devices, 'device')}, "
        f"{count(scenario.fleet.phones, 'phone')}, speed {scenario.speed:g}, "
        f"seed {scenario.seed}; warm-up {show_duration(phases.warm_up)}, storm {show_duration(phases.storm)}, "
        f"recovery {show_duration(phases.recovery)}"
    ]
    for step in deeds(scenario):
        at = f"{show_duration(timedelta(microseconds=step.at_us)):>7}"
        if isinstance(step, PersonStep):
            lines.append(f"{at}  do     {step.person_id:<4} {in_words(step.event)}")
            continue
        setting = setting_of(step.entry, scenario, plan.target, plan.roster)
        for broken in step.entry.fault.breaks(step.entry.where, setting):
            (noop.begin if step.verb == "begin" else noop.heal)(broken)
            knobs = "".join(f" {name}={value:g}" for name, value in broken.knobs.items() if not isinstance(value, str))
            lines.append(f"{at}  {step.verb:<5}  {step.fault_id:<4} {broken.action} {broken.subject}{knobs}")
    if noop.made:
        raise HarnessError(f"{scenario.name}: {count(len(noop.made), 'break')} would never be healed")
    return tuple(lines)


def new_folder(reports: Path, scenario: Scenario) -> RunFolder:
    """Make a run folder that nobody else has. Raises OSError, and HarnessError if the disk is nearly full."""
    parent = reports / scenario.name
    in_full(parent)
    parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(parent).free
    if free < BYTES_NEEDED:
        raise HarnessError(
            f"{parent}: only {free // 1_000_000} MB are free, and a run may need {BYTES_NEEDED // 1_000_000}: "
            "free some space, or choose another place with --reports DIR"
        )
    stamp = f"{utc_stamp()}-{scenario.seed}"
    for number in range(1, FOLDERS_MAX):
        root = parent / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            root.mkdir()
        except FileExistsError:
            continue
        folder = RunFolder(root.resolve())
        folder.create()
        return folder
    raise HarnessError(f"{parent}: {FOLDERS_MAX} runs began in one second; clear this folder and run again")


def _demand_room(connections: int, show: ShowProgress) -> None:
    """Say what the machine has too little of, before anything starts. Raises HarnessError if it cannot do without."""
    for room in rooms(connections):
        if not room.enough:
            said = f"{room.what}: {room.found}; {room.way}"
            if room.needed:
                raise HarnessError(said)
            show(Progress("setting up", note=said))


def point_latest(reports: Path, folder: RunFolder) -> str:
    """Let ``reports/latest`` lead to a run: always to one or the other, never to none.

    Return why it does not, if it does not: that costs no run, and nothing that was there.
    """
    latest, fresh = reports / "latest", folder.abort_request.with_name("latest")
    if os.path.lexists(latest) and not latest.is_symlink():
        return (
            f"{latest} is no link, so it is left as it is, and `latest` will not be this run: remove it, or name runs"
        )
    try:
        fresh.symlink_to(os.path.relpath(folder.root, reports.resolve()), target_is_directory=True)
        try:
            fresh.replace(latest)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        return f"{latest} cannot lead to this run ({error.strerror or error}): name the run folder instead"
    return ""


def _target(scenario: Scenario, targets: Mapping[str, Target]) -> Target:
    """Return the scenario's target. Raises ScenarioError if it is not known, or not the one that it was read for."""
    if needs_target(scenario):
        raise ScenarioError(f"{scenario.name}: it is for any target: say for which, --target NAME")
    if unfit := misfits(scenario, targets):
        raise ScenarioError("\n".join(f"{scenario.name}: {field(problem.path)}: {problem.what}" for problem in unfit))
    return targets[scenario.target.name]


def _refuse_trace(options: RunOptions, roster: Roster) -> None:
    """Refuse to follow who cannot be followed. Raises ScenarioError."""
    if options.trace is None:
        return
    if options.engine != "simulated":
        raise ScenarioError("--trace: what a live service does inside is not seen; add --engine simulated")
    phones = [phone.phone for phone in roster.phones]
    if options.trace.phone not in phones:
        known = f"{min(phones)} to {max(phones)}" if phones else "none"
        raise ScenarioError(f"--trace: there is no phone {options.trace.phone}; the roster's phones are {known}")
