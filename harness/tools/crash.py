"""Kills random nodes at random moments under load: ``make crash``.

Nothing may be lost, everybody must be alerted, and nothing may ring twice.

A seed draws a night with many kills among onsets and under load (``crash_night.py``), which is run against the good
build and judged by the ordinary rules, and by one count more: alarms sent twice (``crash_alarms.py``). A kill counts if
its fault proved itself, in a night that passed; other nights follow until there are as many as wanted. A night that is
*unknown* proves nothing: it is shown, and its kills do not count. If a night fails or breaks down, all end with 1.

In virtual time a kill strikes between two callbacks of a node, and every fourth night is run a second time with a kill
aimed: the notifier dies within milliseconds of the provider's taking a push, which chance alone nearly never hits.
Live, SIGKILL strikes anywhere.

python -m tools.crash                          5,000 kills in virtual time, over two processes
python -m tools.crash --kills 20 --from SEED   one night again
python -m tools.crash --live --reports DIR     100 kills of real processes, in nights of 20; run folders below DIR
python -m tools.crash --live --target reference-postgres    with the store on a PostgreSQL server, which is killed too
python -m tools.crash --defect NAME            of a build with planted defects
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from deadair.engines.run_plan import RunPlan
from deadair.engines.simulated.engine import run_in_memory
from deadair.faults.kill import Kill
from deadair.judging import judge
from deadair.judging.stored_run import StoredRun, examine, read_run
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError
from deadair.model.judgement import Judgement
from deadair.model.plural import count as counted
from deadair.model.progress import Progress
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Verdict, worst
from deadair.runner import run_scenario
from deadair.scenario.model import Scenario
from deadair.targets.catalogue import TARGETS
from deadair.targets.reference import REALARM_EVERY_S
from tools.crash_alarms import Alarms, alarms_of, pushes
from tools.crash_night import aimed, night
from tools.seeds import DOUBTS_SHOWN, LIMIT_S, PROCESSES, spread

KILLS, KILLS_LIVE = 5000, 100
KILLS_PER_NIGHT = 20
AIMED_EVERY = 4
NIGHTS_MAX = 1.5
"""Of the nights that should do, so many are tried at the most, should some be unknown."""
REALARM_US = round(REALARM_EVERY_S * 1e6)
LIVE_TARGETS = ("reference", "reference-postgres")
REPORTS = Path(__file__).parents[2] / "reports"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one night went. ``kills``: those that were proved, by node; ``violations``: by rule."""

    seed: int
    verdict: Verdict
    why: str
    kills: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    slowest_s: float | None = None
    alarms: Alarms = field(default_factory=Alarms)
    unproved: int = 0


def simulated(seed: int, *, kills: int, defects: tuple[str, ...] = ()) -> Outcome:
    """Run the night of a seed in virtual time; an error of the engine is an outcome too."""
    try:
        run, judgement = _in_memory(night(seed, kills=kills), defects)
        found = outcome(seed, run, judgement)
        if seed % AIMED_EVERY or found.verdict is not Verdict.PASS or run.moments is None:
            return found
        pushed_s = [run.moments.storm_s(push.at_us) for push in pushes(run.history)]
        return outcome(seed, *_in_memory(aimed(run.scenario, pushed_s), defects))
    except HarnessError as error:
        return Outcome(seed, Verdict.FAIL, f"{type(error).__name__}: {error}")


def live(seed: int, *, kills: int, defects: tuple[str, ...], reports: Path, target: str) -> Outcome:
    """Run the night of a seed with real processes, into a run folder below ``reports``."""
    options, command = RunOptions(defects=defects), "python -m tools.crash --live"
    try:
        folder, judgement = run_scenario(night(seed, kills=kills, target=target), options, reports, command, _show)
        return outcome(seed, read_run(folder), judgement)
    except HarnessError as error:
        return Outcome(seed, Verdict.FAIL, f"{type(error).__name__}: {error}")


def outcome(seed: int, run: StoredRun, judgement: Judgement) -> Outcome:
    """Return what came of a night: the rules' verdict, and none better than fail if an alarm was sent twice."""
    kills = {fault_id: entry for fault_id, entry in run.scenario.faults() if isinstance(entry.fault, Kill)}
    proved = [report for report in judgement.faults if report.id in kills and report.proved and report.heal_proved]
    alarms = alarms_of(run, realarm_us=REALARM_US)
    twice = [*(f"doubled: {each}" for each in alarms.doubled), *(f"rang twice: {each}" for each in alarms.rang_twice)]
    more = [doubt.what for doubt in judgement.doubts if doubt.what not in judgement.why]
    said = [*twice, judgement.why, *more]
    return Outcome(
        seed,
        worst([judgement.verdict, *([Verdict.FAIL] if twice else [])]),
        "; ".join(said[: 1 + DOUBTS_SHOWN]),
        Counter(report.where for report in proved),
        Counter({finding.rule: finding.violations for finding in judgement.findings}),
        Counter({finding.rule: finding.judged for finding in judgement.findings}),
        judgement.silences.time_to_alert_s.max,
        alarms,
        len(kills) - len(proved),
    )


def _in_memory(scenario: Scenario, defects: tuple[str, ...]) -> tuple[StoredRun, Judgement]:
    plan = RunPlan.drawn(scenario, TARGETS[scenario.target.name], defects)
    history, environment = run_in_memory(plan)
    run = examine(scenario, history, environment, plan.roster)
    return run, judge.judge_run(run, replay=f"python -m tools.crash --kills 1 --from {scenario.seed}")


def _show(progress: Progress) -> None:
    if progress.note:
        sys.stdout.write(f"  {progress.note}\n")
        sys.stdout.flush()


# --- many nights ------------------------------------------------------------------------------------------------------


def nights(work: Callable[[int], Outcome], said: argparse.Namespace) -> Iterator[Outcome]:
    """Yield how each night went, until enough kills count, or too many nights were of no use."""
    generator = random.Random("crash")
    seeds = count(said.first) if said.first is not None else iter(lambda: generator.randrange(2**31), None)
    most = int(-(-said.kills // KILLS_PER_NIGHT) * NIGHTS_MAX)
    limit = Deadline.after(said.limit_s)
    counted = 0
    ended = map(work, seeds) if said.live else spread(work, seeds, said.processes, limit)
    for number, each in enumerate(ended, start=1):
        counted += each.kills.total() if each.verdict is Verdict.PASS else 0
        yield each
        if counted >= said.kills or number >= most or limit.passed():
            return


def summary(all_of: Sequence[Outcome], took_s: float) -> str:
    """Return what all came to, a line each. ``took_s``: real seconds."""
    verdicts = Counter(str(each.verdict) for each in all_of)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    good = [each for each in all_of if each.verdict is Verdict.PASS]
    kills = sum((each.kills for each in good), Counter[str]())
    nodes = ", ".join(f"{number} {node}" for node, number in sorted(kills.items()))
    violations = sum((each.violations for each in all_of), Counter[str]())
    judged = sum((each.judged for each in all_of), Counter[str]())
    broken = ", ".join(f"{number} of {rule}" for rule, number in sorted(violations.items()) if number) or "none"
    alarms = [each.alarms for each in all_of]
    slowest_s = max((each.slowest_s for each in all_of if each.slowest_s is not None), default=0.0)
    doubled, rang = sum(len(each.doubled) for each in alarms), sum(len(each.rang_twice) for each in alarms)
    allowed = sum(len(each.repeats) for each in alarms) - doubled
    lines = (
        f"{counted(len(all_of), 'night')} in {took_s:.0f} s: {counts}",
        f"{counted(kills.total(), 'proved kill')}: {nodes}; not proved: {sum(each.unproved for each in all_of)}",
        f"violations: {broken}; judged: {counted(judged['nothing_lost'], 'acknowledged reading')} and"
        f" {counted(judged['no_data_deadline'], 'silence')}; longest time to alert {slowest_s:.1f} s",
        f"{counted(sum(each.count for each in alarms), 'alarm')}: {doubled} doubled; {allowed} delivered twice by"
        f" a notifier that was killed; {rang} rang twice",
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the nights; return 1 if any failed, or if too few kills count."""
    parser = argparse.ArgumentParser(prog="python -m tools.crash", description="Kill random nodes at random moments.")
    parser.add_argument("--live", action="store_true", help="real processes instead of virtual time")
    parser.add_argument("--target", choices=LIVE_TARGETS, default=LIVE_TARGETS[0], help="of live runs")
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where live runs keep their folders")
    parser.add_argument("--kills", type=int, help="how many kills must count")
    parser.add_argument("--from", type=int, dest="first", help="the first seed, the others follow it")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--defect", action="append", default=[])
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="begin no other after so many real seconds")
    said = parser.parse_args(arguments)
    said.kills = said.kills or (KILLS_LIVE if said.live else KILLS)
    work: Callable[[int], Outcome] = partial(simulated, kills=KILLS_PER_NIGHT, defects=tuple(said.defect))
    if said.live:
        work = partial(
            live, kills=KILLS_PER_NIGHT, defects=tuple(said.defect), reports=said.reports, target=said.target
        )
    began = Deadline.after(LIMIT_S)
    all_of: list[Outcome] = []
    for each in nights(work, said):
        all_of.append(each)
        if said.live or each.verdict is not Verdict.PASS:
            sys.stdout.write(f"seed {each.seed}: {each.verdict}: {each.why}\n")
            sys.stdout.flush()
    sys.stdout.write(summary(all_of, LIMIT_S - began.left_s()) + "\n")
    counted = sum(each.kills.total() for each in all_of if each.verdict is Verdict.PASS)
    good = all(each.verdict in (Verdict.PASS, Verdict.UNKNOWN) for each in all_of)
    return 0 if good and counted >= said.kills else 1


if __name__ == "__main__":
    sys.exit(main())
