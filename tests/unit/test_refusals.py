"""A break that nobody can make, or nobody can undo, is refused before anything starts: in a run and in a dry run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deadair import runner
from deadair.cli import command
from deadair.engines import refusals
from deadair.engines.live import engine as live
from deadair.engines.run_plan import RunOrder, RunPlan
from deadair.engines.simulated.engine import run_in_memory
from deadair.faults.kill import Kill
from deadair.injectors import catalogue
from deadair.injectors.injector import Break
from deadair.injectors.kills import PROCESSES
from deadair.model.errors import ScenarioError
from deadair.model.progress import Progress
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.scenario.load import loads
from deadair.targets.catalogue import TARGETS
from tests.unit.small_night import SCENARIO

UNKNOWN = "f2 at watchdog: this version has no injector 'firewall'"
NOT_LIVE = "f2 at watchdog: kill by processes has no form in a live run: use --engine simulated"
NOT_SIMULATED = "f2 at watchdog: kill by processes has no form in virtual time: use --engine live"
NOT_UNDONE = "f2 at watchdog: kill by processes: a live run refuses a break that the guardian cannot undo; "


def no_provision(*arguments: object) -> Path:
    raise AssertionError("nothing may be provisioned")


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would be started fails the test."""
    monkeypatch.setattr(runner, "toxiproxy_server", no_provision)


def unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kill, "breaks", lambda fault, where, setting: (Break("firewall", "drop", where.name),))


def changed(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    entry = replace(PROCESSES, **fields)  # type: ignore[arg-type]
    others = (one for one in catalogue.INJECTORS if one is not PROCESSES)
    monkeypatch.setattr(catalogue, "INJECTORS", (*others, entry))


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Run the scenario by the command line; return what it says. Nothing may have been started or written."""
    path, reports = tmp_path / "small-night.yaml", tmp_path / "reports"
    path.write_text(SCENARIO)
    code = command(["run", str(path), "--reports", str(reports), *options])
    assert code == Exit.USAGE
    assert not reports.exists()
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


@pytest.mark.parametrize("options", [(), ("--engine", "simulated"), ("--dry-run",)], ids=str)
def test_a_break_that_no_injector_knows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    unknown(monkeypatch)
    assert UNKNOWN in refused(tmp_path, capsys, *options)


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=str)
def test_a_break_that_the_guardian_cannot_undo_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    changed(monkeypatch, undo=None, ends_with_run=False)
    assert NOT_UNDONE in refused(tmp_path, capsys, *options)


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=str)
def test_a_break_without_a_live_form_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    changed(monkeypatch, live=None)
    assert NOT_LIVE in refused(tmp_path, capsys, *options)


@pytest.mark.parametrize("options", [("--engine", "simulated"), ("--engine", "simulated", "--dry-run")], ids=str)
def test_a_break_without_a_form_in_virtual_time_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    changed(monkeypatch, simulated=None)
    assert NOT_SIMULATED in refused(tmp_path, capsys, *options)


def test_of_several_scenarios_none_is_run_if_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(monkeypatch, simulated=None)
    harmless = SCENARIO.replace("small-night", "a-calm-night").replace("fault: {kind: kill}", "fault: {kind: pause}")
    (tmp_path / "a-calm-night.yaml").write_text(harmless)
    (tmp_path / "small-night.yaml").write_text(SCENARIO)
    reports = tmp_path / "reports"
    assert command(["run", str(tmp_path), "--engine", "simulated", "--reports", str(reports)]) == Exit.USAGE
    assert not reports.exists()
    assert capsys.readouterr().err == f"deadair: small-night: {NOT_SIMULATED}\n"


def test_the_engines_refuse_by_themselves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools ask them without a runner."""

    def show(progress: Progress) -> None:
        raise AssertionError("nothing may start")

    unknown(monkeypatch)
    plan = RunPlan.drawn(loads(SCENARIO, "small-night.yaml"), TARGETS["reference"])
    with pytest.raises(ScenarioError, match=UNKNOWN):
        run_in_memory(plan)
    folder = RunFolder(tmp_path / "run")
    order = RunOrder(plan.scenario, plan.target, plan.roster, (), folder, "test", None, Path("toxiproxy-server"))
    with pytest.raises(ScenarioError, match=UNKNOWN):
        live.run(order, show)
    assert not folder.root.exists()
    monkeypatch.undo()
    changed(monkeypatch, simulated=None)
    with pytest.raises(ScenarioError, match=NOT_SIMULATED):
        run_in_memory(plan)


def test_in_virtual_time_nothing_has_to_be_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, undo=None, ends_with_run=False)
    plan = RunPlan.drawn(loads(SCENARIO, "small-night.yaml"), TARGETS["reference"])
    refusals.refuse_breaks(plan, live=False)
    with pytest.raises(ScenarioError, match=NOT_UNDONE):
        refusals.refuse_breaks(plan, live=True)
