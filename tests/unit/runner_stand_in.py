"""Runs that only pretend: what the command line is tried with."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from deadair.history.reader import read
from deadair.judging import stored_verdict
from deadair.model.clock import RunClock
from deadair.model.environment import Environment
from deadair.model.judgement import Finding, Judgement, Subject
from deadair.model.progress import Progress, ShowProgress
from deadair.model.run_folder import RunFolder
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit, Verdict
from deadair.runner import engine_of, plan_for
from deadair.scenario.dump import dump
from deadair.scenario.model import Scenario

REPOSITORY = Path(__file__).parents[2]
SMOKE = REPOSITORY / "scenarios/smoke"
NAMES = sorted(path.stem for path in SMOKE.glob("*.yaml"))
SUBJECT = Subject(version="1", command="none", configuration_sha256="0" * 64)


def judgement(name: str, verdict: Verdict, *violated: str) -> Judgement:
    findings = tuple(Finding(rule=rule, verdict=Verdict.FAIL, judged=2, violations=1, why="late") for rule in violated)
    return Judgement(
        scenario=name, target="reference", engine="live", seed=1, speed=60, verdict=verdict, why="because",
        subject=SUBJECT, findings=findings, history_sha256="0" * 64, replay="deadair replay x",
    )  # fmt: skip


@dataclass
class Runner:
    """Stands in for ``deadair.runner``: runs nothing, and ends as the test tells it to."""

    ends: dict[str, Verdict | BaseException | list[Verdict]]
    ran: list[Any]
    commands: list[str] = field(default_factory=list)
    aborted: tuple[str, ...] = ()
    gate: tuple[list[str], list[str], Exit] | None = None
    run_again: list[str] = field(default_factory=list)

    def run_scenario(
        self, scenario: Scenario, options: RunOptions, reports: Path, command: str, show: ShowProgress
    ) -> tuple[RunFolder, Judgement]:
        self.ran.append((scenario, options))
        self.commands.append(command)
        end = self.ends.get(scenario.name, Verdict.PASS)
        if isinstance(end, list):
            end = end.pop(0)
        if isinstance(end, BaseException):
            raise end
        show(Progress(phase="storm", note="a fault begins"))
        folder = RunFolder(reports / scenario.name / "1")
        folder.create()
        if scenario.name in self.aborted:
            folder.abort_request.write_text("Ctrl-C", encoding="utf-8")
        folder.scenario.write_text(dump(scenario), encoding="utf-8")
        made = Environment(
            run_id="r", engine="live", command=command, profile=options.profile, defects=options.defects,
            subject=SUBJECT, clock=RunClock(0, 0, 60.0).as_dict(), recorders=(), wall_limit_s=1,
        )  # fmt: skip
        folder.environment.write_text(made.model_dump_json(), encoding="utf-8")
        judged = judgement(scenario.name, end).model_copy(update={"history_sha256": read(folder.history).sha256()})
        folder.verdict.write_text(judged.model_dump_json(), encoding="utf-8")
        return folder, judged

    def report_run(self, folder: RunFolder, judged: Judgement) -> tuple[str, ...]:
        folder.verdict.write_text(judged.model_dump_json(), encoding="utf-8")
        return ()

    def write_gate(
        self,
        reports: Path,
        runs: list[tuple[RunFolder, Judgement]],
        unjudged: list[Judgement],
        code: Exit,
        *,
        run_again: list[tuple[RunFolder, Judgement]],
    ) -> Path:
        self.run_again = [judged.scenario for _, judged in run_again]
        self.gate = [judged.scenario for _, judged in runs], [each.scenario for each in unjudged], code
        return reports / "_gate"

    def abort(self, folder: RunFolder, reason: str, *, limit_s: float) -> SimpleNamespace:
        self.ran.append((folder, reason, limit_s))
        return SimpleNamespace(lines=("3 of 3 breaks healed in 0.50 s",), whole=True)


def standing_in(monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Stand in for the runner and for who writes reports."""
    fake = Runner({}, [])
    module: Any = ModuleType("deadair.runner")
    module.run_scenario = fake.run_scenario
    module.engine_of = engine_of
    module.plan_for = plan_for
    module.dry_run = lambda scenario, engine, targets: (f"{scenario.name}: {len(scenario.timeline)} faults",)
    rescue: Any = ModuleType("deadair.rescue")
    rescue.heal = lambda reports: SimpleNamespace(lines=("nothing is left to heal",), whole=True)
    rescue.abort = fake.abort
    writer: Any = ModuleType("deadair.reporting.report_files")

    writer.report_run = fake.report_run
    writer.write_gate = fake.write_gate
    # Nothing was recorded that a verdict could come to: what the stand-in says is taken for what it is judged to be.
    monkeypatch.setattr(stored_verdict, "own_plan", stored_verdict.stored_judgement)
    monkeypatch.setattr(stored_verdict, "own_judgement", stored_verdict.stored_judgement)
    monkeypatch.setitem(sys.modules, "deadair.runner", module)
    monkeypatch.setitem(sys.modules, "deadair.rescue", rescue)
    monkeypatch.setitem(sys.modules, "deadair.reporting.report_files", writer)
    return fake


def smoke(name: str) -> str:
    return str(SMOKE / f"{name}.yaml")
