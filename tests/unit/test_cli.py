"""The command line: exit codes, words on stderr, and that nothing starts before everything is taken."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from deadair.cli import command
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.verdict import Exit, Verdict
from tests.unit.runner_stand_in import NAMES, REPOSITORY, SMOKE, Runner, smoke
from tests.unit.scenario_texts import changed
from tests.unit.target_texts import folder_of


@pytest.mark.parametrize(
    ("verdict", "code"), [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.UNKNOWN, 2), (Verdict.ABORTED, 3)]
)
def test_the_exit_code_is_the_verdicts(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str], verdict: Verdict, code: int
) -> None:
    runner.ends["kill"] = verdict
    assert command(["run", smoke("kill"), "--reports", str(tmp_path)]) == code
    assert "report.html" in capsys.readouterr().out


def test_of_several_the_worst_wins_and_all_are_run(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.ends |= {"backlog": Verdict.UNKNOWN, "kill": HarnessError("no port is free"), "overload": Verdict.FAIL}
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.VIOLATED
    assert [scenario.name for scenario, _ in runner.ran] == NAMES
    told = capsys.readouterr()
    assert "deadair: kill: no port is free" in told.err
    assert str(tmp_path / "_gate") in told.out


def test_an_abort_ends_them_all(runner: Runner, tmp_path: Path) -> None:
    runner.ends["backlog"], runner.aborted = Verdict.ABORTED, ("backlog",)
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.ABORTED
    assert len(runner.ran) == 1
    assert runner.gate == (["backlog"], [name for name in NAMES if name != "backlog"], Exit.ABORTED)


def test_an_abort_ends_them_all_though_the_run_had_failed_or_passed_by_then(runner: Runner, tmp_path: Path) -> None:
    runner.ends["backlog"], runner.aborted = Verdict.FAIL, ("backlog",)
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.VIOLATED
    assert len(runner.ran) == 1
    runner.ends["backlog"] = Verdict.PASS
    assert command(["run", str(SMOKE), "--reports", str(tmp_path / "again")]) == Exit.ABORTED


def test_a_scenario_without_a_verdict_is_told_of_in_the_gate(runner: Runner, tmp_path: Path) -> None:
    runner.ends["kill"] = HarnessError("no port is free")
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.HARNESS
    assert runner.gate == ([name for name in NAMES if name != "kill"], ["kill"], Exit.HARNESS)


def test_a_scenario_refused_only_when_it_is_run_is_told_of_in_the_gate_too(runner: Runner, tmp_path: Path) -> None:
    runner.ends["kill"] = ScenarioError("no such profile")
    assert command(["run", str(SMOKE), "--reports", str(tmp_path)]) == Exit.USAGE
    assert runner.gate == ([name for name in NAMES if name != "kill"], ["kill"], Exit.USAGE)


def test_a_failing_harness_is_4(runner: Runner, tmp_path: Path) -> None:
    runner.ends["kill"] = HarnessError("the disk is full")
    assert command(["run", smoke("kill"), "--reports", str(tmp_path)]) == Exit.HARNESS


def test_one_bad_scenario_refuses_them_all(runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\n", encoding="utf-8")
    assert command(["run", smoke("kill"), str(bad), str(tmp_path / "none.yaml")]) == Exit.USAGE
    assert runner.ran == []
    told = capsys.readouterr().err
    assert f"{bad}:1:1: scenario: `why` is missing" in told
    assert "none.yaml:1:1: file: it cannot be read" in told


REFUSED = [
    (["run"], "Missing argument"),
    (["runn"], "No such command"),
    (["run", "x.yaml", "--sped", "3"], "No such option"),
    (["run", smoke("kill"), "--speed", "fast"], "--speed"),
    (["run", smoke("kill"), "--engine", "virtual"], "--engine: there is no 'virtual'; write `live` or `simulated`"),
    (["run", smoke("kill"), "--seed", "-1"], "--seed: -1 is out of range; write at least 0"),
    (["run", smoke("kill"), "--speed", "1000"], "--speed: at 1000 a device measures every "),
    (["run", smoke("kill"), "--speed", "nan"], "--speed: "),
    (["run", smoke("kill"), "--speed", "1e-300"], "--speed: 1e-300 is out of range; write at least 0.01"),
    (["run", smoke("kill"), "--speed", "0.009"], "--speed: 0.009 is out of range; write at least 0.01"),
    (["run", smoke("kill"), "--profile", "2018"], "the target 'reference' has no '2018'; did you mean `2019`?"),
    (["run", smoke("kill"), "--defect", "fito"], "the target 'reference' has no 'fito'; did you mean `fifo`?"),
    (["run", smoke("kill"), "--profile", "2019", "--defect", "fifo"], "keep one"),
    (["run", smoke("kill"), smoke("kill")], "two of the scenarios have this name"),
    (["run", str(REPOSITORY / "docs")], "no scenario files (*.yaml, *.yml) in this folder"),
    (["check", "nowhere"], "nowhere: not a run folder"),
    (["report", "latest", "--reports", "nowhere"], "not a run folder"),
    (["replay", "nowhere"], "not a run folder"),
    (["replay", "nowhere", "--trace", "17"], "--trace: '17' names no phone; write --trace phone=17"),
    (["replay", "nowhere", "--trace", "phone=1", "--until", "2:61"], "--until: '2:61' is no time"),
    (["replay", "nowhere", "--until", "02:13"], "--until says where a trace ends: add --trace phone=N"),
    (["abort", "nowhere"], "not a run folder"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_bad_usage_is_64_in_plain_words(
    runner: Runner, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert command(arguments) == Exit.USAGE
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert runner.ran == []


@pytest.mark.parametrize("verb", ["run", "check", "report", "replay", "abort"])
def test_a_name_too_long_for_any_file_is_bad_usage(
    runner: Runner, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command([verb, "x" * 300]) == Exit.USAGE
    said = capsys.readouterr().err
    # A name that may be a scenario's is shown as every excerpt is: its beginning, and a sign that there is more.
    assert said.startswith(f"deadair: {'x' * 57}…: " if verb == "run" else f"deadair: {'x' * 300}")
    assert "\n" not in said.strip()
    assert runner.ran == []


def test_a_folder_stands_for_its_files_by_either_ending(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.yaml").write_text((SMOKE / "kill.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "two.yml").write_text((SMOKE / "backlog.yaml").read_text("utf-8"), "utf-8")
    assert command(["run", str(tmp_path), "--dry-run"]) == Exit.PASS
    told = capsys.readouterr().out
    assert "kill: " in told
    assert "backlog: " in told


def test_a_dry_run_starts_nothing(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", str(SMOKE), "--dry-run"]) == Exit.PASS
    assert runner.ran == []
    assert "kill: 3 faults" in capsys.readouterr().out


def test_seed_speed_profile_and_command_reach_the_runner(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["run", smoke("kill"), "--seed", "5", "--speed", "61", "--profile", "2019", "--reports", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["/somewhere/deadair", *arguments])
    assert command(arguments) == Exit.PASS
    scenario, options = runner.ran[0]
    assert (scenario.seed, scenario.speed, options.profile, options.engine) == (5, 61, "2019", "live")
    assert runner.commands == ["deadair " + " ".join(arguments)]


def test_a_report_is_made_from_the_stored_verdict(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.ends["kill"] = Verdict.UNKNOWN
    command(["run", smoke("kill"), "--reports", str(tmp_path)])
    assert command(["report", str(tmp_path / "kill/1")]) == Exit.UNKNOWN
    (tmp_path / "kill/1/verdict.json").write_text("{}", encoding="utf-8")
    assert command(["report", str(tmp_path / "kill/1")]) == Exit.HARNESS
    assert "verdict.json cannot be read" in capsys.readouterr().err


def test_abort_and_heal_say_what_they_do(runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(["run", smoke("kill"), "--reports", str(tmp_path)])
    assert command(["abort", str(tmp_path / "kill/1")]) == Exit.PASS
    assert runner.ran[-1][0].root == tmp_path / "kill/1"
    assert command(["heal"]) == Exit.PASS
    told = capsys.readouterr().out
    assert "3 of 3 breaks healed in 0.50 s" in told
    assert "nothing is left to heal" in told


def test_a_reports_folder_that_is_named_must_be_there(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command(["heal", "--reports", str(tmp_path / "typo")]) == Exit.USAGE
    assert f"--reports: there is no {tmp_path / 'typo'}; name the folder" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert command(["heal"]) == Exit.PASS
    assert command(["abort", "--reports", "typo"]) == Exit.USAGE
    assert "typo/latest: not a run folder (typo is not a folder)" in capsys.readouterr().err
    assert command(["check", "latest", "--reports", str(tmp_path)]) == Exit.USAGE
    assert f"{tmp_path}/latest: not a run folder (no run is there yet)" in capsys.readouterr().err


def test_what_could_not_be_healed_is_no_success(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    left = SimpleNamespace(lines=("reports/a/1: could not be cleaned up: no ledger",), whole=False)
    monkeypatch.setattr(sys.modules["deadair.rescue"], "heal", lambda reports: left)
    assert command(["heal"]) == Exit.HARNESS


def test_an_error_nobody_foresaw_is_one_line_and_a_file(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.ends["kill"] = ZeroDivisionError("surprise")
    assert command(["run", smoke("kill"), "--reports", str(tmp_path)]) == Exit.HARNESS
    told = capsys.readouterr().err
    match = re.search(r"its traceback is in (\S+)", told)
    assert match is not None
    log = Path(match[1])
    assert "surprise" in log.read_text(encoding="utf-8")
    assert "Traceback" not in told


def test_ctrl_c_outside_a_run_is_3(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deadair.cli.app", interrupted)
    assert command(["heal"]) == Exit.ABORTED


def test_ctrl_c_in_a_verb_is_3_and_one_sentence(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_reports: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["deadair.rescue"], "heal", interrupted)
    assert command(["heal"]) == Exit.ABORTED
    assert capsys.readouterr().err == "deadair: stopped\n"


def test_what_a_library_makes_of_ctrl_c_is_3_too(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_reports: Path) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise RuntimeError("a library gave up") from error

    monkeypatch.setattr(sys.modules["deadair.rescue"], "heal", broken)
    assert command(["heal"]) == Exit.ABORTED


def test_list_names_every_fault_rule_place_defect_and_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["list"]) == Exit.PASS
    told = capsys.readouterr().out
    assert re.findall(r"^[A-Z].*", told, re.MULTILINE) == ["Faults", "Rules", "Targets", "Defects", "Scenarios"]
    for word in (
        "partition",
        "no_data_deadline",
        "uplink[cohort]",
        "profile   2019",
        "Caught by smoke/kill and own/",
    ):
        assert word in told
    assert re.search(r"^  gate/thanksgiving-2019 +7 faults, ", told, re.MULTILINE)


@pytest.mark.parametrize("topic", ["faults", "rules", "targets", "defects", "scenarios"])
def test_list_of_one_topic_is_its_part_of_the_whole_list(capsys: pytest.CaptureFixture[str], topic: str) -> None:
    assert command(["list"]) == Exit.PASS
    everything = capsys.readouterr().out
    assert command(["list", topic]) == Exit.PASS
    told = capsys.readouterr().out
    assert told.splitlines()[0] == topic.capitalize()
    assert len(told.splitlines()) > 1
    assert told in everything
    assert len(told) < len(everything)


def test_list_of_a_topic_that_is_none_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["list", "fault"]) == Exit.USAGE
    assert capsys.readouterr().err == "deadair: list: there is no topic 'fault'; did you mean `faults`?\n"


@pytest.mark.parametrize(("name", "runs"), [("smoke/partition", ["partition"]), ("smoke", NAMES), ("smoke/", NAMES)])
def test_a_scenario_that_ships_is_run_by_its_name_from_any_folder(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, runs: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(["run", name, "--reports", str(tmp_path / "reports")]) == Exit.PASS
    assert [scenario.name for scenario, _ in runner.ran] == runs


def test_what_is_on_disk_wins_over_a_name(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smoke").mkdir()
    assert command(["run", "smoke"]) == Exit.USAGE
    assert "smoke: no scenario files (*.yaml, *.yml) in this folder" in capsys.readouterr().err
    (tmp_path / "smoke/own.yaml").write_text((SMOKE / "kill.yaml").read_text("utf-8"), "utf-8")
    assert command(["run", "smoke"]) == Exit.PASS
    assert [scenario.name for scenario, _ in runner.ran] == ["kill"]


@pytest.mark.parametrize(("name", "near"), [("smoke/partitoin", "smoke/partition"), ("somke", "smoke")])
def test_a_scenario_that_is_none_names_the_nearest(
    runner: Runner, capsys: pytest.CaptureFixture[str], name: str, near: str
) -> None:
    assert command(["run", name]) == Exit.USAGE
    what = f"{name}: there is no such file, and no scenario of that name; did you mean `{near}`?"
    assert capsys.readouterr().err == f"deadair: {what} (`deadair list scenarios` shows all)\n"
    assert runner.ran == []


def test_doctor_shows_the_detection_budgets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert command(["doctor", "--reports", str(tmp_path)]) in (Exit.PASS, Exit.HARNESS)
    told = capsys.readouterr().out
    assert "at speed 150" in told
    assert "toxiproxy-server" in told


def test_doctor_shows_what_a_target_of_ones_own_lacks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    assert command(["doctor", "--reports", str(tmp_path), "--targets", str(folder)]) == Exit.HARNESS
    said = (
        "missing       target crib               the node crib of crib is started by crib, and there is no such program"
    )
    assert said in capsys.readouterr().out
    (folder / "target.yaml").write_text("name: crib")
    assert command(["doctor", "--reports", str(tmp_path), "--targets", str(folder)]) == Exit.HARNESS
    assert "target.yaml:1:1: target: `why` is missing; add it" in capsys.readouterr().out


def test_schema_prints_the_schema_that_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["schema"]) == Exit.PASS
    assert capsys.readouterr().out == (REPOSITORY / "scenarios/schema.json").read_text(encoding="utf-8")
    assert command(["schema", "target"]) == Exit.PASS
    assert capsys.readouterr().out == (REPOSITORY / "scenarios/target-schema.json").read_text(encoding="utf-8")
    assert command(["schema", "targt"]) == Exit.USAGE
    assert capsys.readouterr().err == "deadair: schema: there is no kind 'targt'; did you mean `target`?\n"


WARNED = "deadair: warning: plain: timeline[0].lasts: it may not be proved: 5 devices of `south` send once in"


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_what_may_keep_a_run_from_a_pass_is_said_before_it_starts(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(changed("lasts: 30m", "lasts: 2m"), encoding="utf-8")
    assert command(["run", str(path), "--reports", str(tmp_path), *more]) == Exit.PASS
    assert capsys.readouterr().err.splitlines()[0].startswith(WARNED)
    runner.ends["plain"] = HarnessError("no port is free")
    assert command(["run", str(path), "--reports", str(tmp_path)]) == Exit.HARNESS
    warned, failed = capsys.readouterr().err.splitlines()
    assert (warned[: len(WARNED)], failed) == (WARNED, "deadair: plain: no port is free")


def test_a_scenario_with_nothing_to_warn_of_says_nothing(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(["run", str(SMOKE), "--reports", str(tmp_path)])
    assert "warning" not in capsys.readouterr().err
