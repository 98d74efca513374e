"""What the runner does before and beside a run: folders, the newest run's link, dry runs, refusals."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from deadair import runner
from deadair.judging import judge
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.judgement import Judgement
from deadair.model.phone_trace import Wish
from deadair.model.progress import Progress
from deadair.model.run_folder import RunFolder
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Verdict
from deadair.provision.catalogue import Provision
from deadair.run_commands import heed_abort
from deadair.runner import dry_run, new_folder, point_latest, run_scenario
from deadair.scenario.load import load
from deadair.scenario.model import Promises, Scenario, TargetSpec
from deadair.targets.catalogue import TARGETS
from deadair.targets.noop import Noop
from tests.unit.runner_stand_in import judgement

FLAGSHIP = Path("scenarios/gate/thanksgiving-2019.yaml")


@pytest.fixture
def scenario() -> Scenario:
    return load(FLAGSHIP)


def quiet(progress: Progress) -> None:
    pass


def test_a_dry_run_shows_every_break_and_starts_nothing(scenario: Scenario) -> None:
    head, *lines = dry_run(scenario, "live", TARGETS)
    assert "200 devices, 400 phones" in head
    assert [line.split()[1:3] for line in lines] == [
        ["begin", "f1"], ["begin", "f2"], ["begin", "f3"], ["heal", "f1"], ["begin", "f4"], ["begin", "f6"],
        ["begin", "f5"], ["heal", "f5"], ["begin", "f7"], ["heal", "f2"], ["heal", "f3"], ["heal", "f4"],
        ["heal", "f6"], ["heal", "f7"],
    ]  # fmt: skip
    assert "freeze notifier→push" in lines[8]
    assert "wanted_per_s=20" in lines[1]


def test_two_runs_in_one_second_get_two_folders(scenario: Scenario, tmp_path: Path) -> None:
    folders = {new_folder(tmp_path, scenario).root for _ in range(3)}
    assert len(folders) == 3
    assert all(folder.parent.name == scenario.name and "-42" in folder.name for folder in folders)


def test_latest_leads_to_the_newest_run(scenario: Scenario, tmp_path: Path) -> None:
    first, second = new_folder(tmp_path, scenario), new_folder(tmp_path, scenario)
    point_latest(tmp_path, first)
    point_latest(tmp_path, second)
    assert (tmp_path / "latest").resolve() == second.root
    assert not (tmp_path / "latest").readlink().is_absolute()


def test_what_stands_where_latest_belongs_costs_no_run_and_is_left_as_it_is(scenario: Scenario, tmp_path: Path) -> None:
    """As after an artifact download, or ``cp -rL``."""
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest/verdict.json").write_text("kept")
    folder = new_folder(tmp_path, scenario)
    assert "is no link, so it is left as it is" in point_latest(tmp_path, folder)
    assert (tmp_path / "latest/verdict.json").read_text() == "kept"
    shutil.rmtree(tmp_path / "latest")
    (tmp_path / "latest").write_text("a note")
    assert "is no link" in point_latest(tmp_path, folder)
    assert (tmp_path / "latest").read_text() == "a note"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", scenario.name]
    assert [path.name for path in folder.abort_request.parent.iterdir()] == []


def test_a_link_that_cannot_be_made_costs_no_run(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_folder(tmp_path, scenario)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refuse)
    assert "cannot lead to this run (Operation not permitted)" in point_latest(tmp_path, folder)
    assert [path.name for path in tmp_path.iterdir()] == [scenario.name]
    assert [path.name for path in folder.abort_request.parent.iterdir()] == []


def test_a_nearly_full_disk_is_refused_at_once(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BYTES_NEEDED", 1 << 60)
    with pytest.raises(HarnessError, match="free some space"):
        new_folder(tmp_path, scenario)


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "cannot be written")])
def test_a_disk_that_refuses_is_one_sentence_and_nothing_starts(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(number, "refused", str(tmp_path))

    def start(*arguments: object) -> None:
        raise AssertionError("nothing may start")

    monkeypatch.setattr(runner, "toxiproxy_server", lambda show: Path("toxiproxy-server"))
    monkeypatch.setattr(runner, "new_folder", refuse)
    monkeypatch.setitem(runner.ENGINES, "live", start)
    with pytest.raises(HarnessError, match=said):
        run_scenario(scenario, RunOptions(), tmp_path, "test", quiet)


def test_a_reports_folder_that_is_a_file_is_one_sentence(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "toxiproxy_server", lambda show: Path("toxiproxy-server"))
    (tmp_path / "reports").write_text("")
    with pytest.raises(HarnessError, match="--reports"):
        run_scenario(scenario, RunOptions(), tmp_path / "reports", "test", quiet)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (RunOptions(profile="2020"), "--profile: the target 'reference' has no '2020'"),
        (RunOptions(defects=("speling",)), "--defect: the target 'reference' has no 'speling'"),
        (RunOptions(engine="magic"), "--engine: there is no 'magic'; write `live` or `simulated`"),
        (RunOptions(engine="live", trace=Wish(3)), "--trace: .* add --engine simulated"),
        (RunOptions(engine="simulated", trace=Wish(400)), "no phone 400; the roster's phones are 0 to 399"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(
    scenario: Scenario, tmp_path: Path, options: RunOptions, said: str
) -> None:
    with pytest.raises(ScenarioError, match=said):
        run_scenario(scenario, options, tmp_path, "test", quiet)


def test_ctrl_c_while_a_run_is_judged_is_an_abort_asked_for(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = judgement(scenario.name, Verdict.PASS)

    def interrupted(folder: RunFolder) -> Judgement:
        os.kill(os.getpid(), signal.SIGINT)
        return judged

    monkeypatch.setattr(runner, "toxiproxy_server", lambda show: Path("toxiproxy-server"))
    monkeypatch.setitem(runner.ENGINES, "live", lambda order, show: None)
    monkeypatch.setattr(judge, "judge", interrupted)
    monkeypatch.setattr(runner, "report_run", lambda folder, judgement: ())
    folder, _ = run_scenario(scenario, RunOptions(), tmp_path, "test", quiet)
    ended, asked = heed_abort(folder, judged)
    assert asked
    assert (ended.verdict, ended.why) == (Verdict.ABORTED, "aborted: Ctrl-C")
    assert '"aborted"' in folder.verdict.read_text("utf-8")
    assert heed_abort(folder, judgement(scenario.name, Verdict.FAIL))[0].verdict == Verdict.FAIL


def test_what_the_target_needs_is_fetched_before_anything_else_is_there(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Needy(Noop):
        needs = ("a-database",)

    def provide(say: Callable[[str], None]) -> None:
        say("fetching a database, once")
        raise HarnessError("there is no network")

    changed = {"target": TargetSpec(name="noop"), "timeline": (), "promises": Promises(silences=0)}
    monkeypatch.setattr(runner, "known_targets", lambda folders: {"noop": Needy()})
    monkeypatch.setattr(runner, "PROVISIONS", {"a-database": Provision("a-database", "a database", provide, dict)})
    shown: list[Progress] = []
    with pytest.raises(HarnessError, match="there is no network"):
        run_scenario(scenario.model_copy(update=changed), RunOptions(), tmp_path, "deadair run x", shown.append)
    assert [progress.note for progress in shown] == ["fetching a database, once"]
    assert list(tmp_path.iterdir()) == []
