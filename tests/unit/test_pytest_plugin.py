"""Scenario files as pytest items, run in a pytest of their own with a runner that only pretends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deadair import run_commands as verbs
from deadair import runner
from deadair.model.errors import HarnessError
from deadair.model.judgement import Judgement, Subject
from deadair.model.progress import Progress, ShowProgress
from deadair.model.report_error import ReportError
from deadair.model.run_folder import RunFolder
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Verdict
from deadair.pytest_plugin import _is_scenario
from deadair.scenario import known_names as listing
from deadair.scenario import load
from deadair.scenario.model import Scenario
from tests.unit.target_texts import folder_of

pytest_plugins = ["pytester"]

# A pytest inside this one forgets what it was the first to import, and would know each class twice.
IMPORTED_BEFORE = (runner, listing, load)

# By name and not by its entry point, so that it is the same whether or not the package is installed; and without
# Hypothesis's plug-in, which loads all of Hypothesis anew for each pytest inside this one.
PLUGIN = ("-p", "no:deadair", "-p", "no:hypothesispytest", "-p", "deadair.pytest_plugin")
REPOSITORY = Path(__file__).parents[2]
SCENARIO = (REPOSITORY / "scenarios/smoke/kill.yaml").read_text(encoding="utf-8")


def pretend(end: str) -> Callable[..., tuple[RunFolder, Judgement]]:
    """Return a runner that starts nothing and ends as it is told: with a verdict, by Ctrl-C, or with an error."""

    def run_one(
        scenario: Scenario, options: RunOptions, reports: Path, command: str, show: ShowProgress
    ) -> tuple[RunFolder, Judgement]:
        show(Progress(phase="storm", note="a fault begins"))
        if end == "harness":
            raise HarnessError("no port is free")
        folder = RunFolder(reports / str(options.profile))
        if end == "Ctrl-C":
            folder.create()
            folder.abort_request.write_text("Ctrl-C")
        verdict = Verdict.ABORTED if end == "Ctrl-C" else Verdict(end)
        subject = Subject(version="1", command="none", configuration_sha256="0")
        return folder, Judgement(
            scenario=scenario.name, target="reference", engine="live", seed=1, speed=60, verdict=verdict,
            why="because of this", subject=subject, history_sha256="0", replay="",
        )  # fmt: skip

    return run_one


@pytest.fixture
def pretending(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda end: monkeypatch.setattr(verbs, "run_one", pretend(end))


@pytest.fixture
def run(pytester: pytest.Pytester, pretending: Callable[[str], None]) -> Callable[..., pytest.RunResult]:
    """Run a folder with one scenario in it, and another YAML file beside."""

    def run_it(end: str, *more: str) -> pytest.RunResult:
        folder = pytester.mkdir("storms")
        (folder / "kill.yaml").write_text(SCENARIO, encoding="utf-8")
        (folder / "compose.yaml").write_text("services: {}\n", encoding="utf-8")
        pretending(end)
        return pytester.runpytest_inprocess(*PLUGIN, "storms", *more, "--deadair-profile", "2019")

    return run_it


def test_a_pass_is_a_passed_test(run: Callable[..., pytest.RunResult]) -> None:
    run("pass").assert_outcomes(passed=1)


def test_a_scenario_for_any_target_is_run_on_the_one_that_is_named(
    pytester: pytest.Pytester, pretending: Callable[[str], None]
) -> None:
    text = (REPOSITORY / "scenarios/own/storing-hangs.yaml").read_text(encoding="utf-8")
    (pytester.mkdir("nights") / "hangs.yaml").write_text(text, encoding="utf-8")
    pretending("pass")
    unnamed = pytester.runpytest_inprocess(*PLUGIN, "nights")
    unnamed.assert_outcomes(errors=1)
    unnamed.stdout.fnmatch_lines(["*storing-hangs: it is for any target: say for which, --target NAME"])
    pytester.runpytest_inprocess(*PLUGIN, "nights", "--deadair-target", "reference").assert_outcomes(passed=1)
    of_mine = ("--deadair-target", "crib", "--deadair-targets", str(folder_of(pytester.path)))
    pytester.runpytest_inprocess(*PLUGIN, "nights", *of_mine).assert_outcomes(errors=1)


@pytest.mark.parametrize("end", ["fail", "unknown", "aborted"])
def test_anything_else_fails_with_why_and_where(run: Callable[..., pytest.RunResult], end: str) -> None:
    result = run(end)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"kill: {end}: because of this", "report: reports/2019/report.html"])
    result.stdout.fnmatch_lines(["a fault begins"])


def test_a_failing_harness_fails_the_test(run: Callable[..., pytest.RunResult]) -> None:
    result = run("harness")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["kill: the harness failed: no port is free"])


def test_a_bad_scenario_is_a_collection_error(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("bad.yaml").write_text("timeline: 3\nchecks: []\n", encoding="utf-8")
    result = pytester.runpytest_inprocess(*PLUGIN, "bad.yaml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*bad.yaml:1:11: timeline: 3 is not what belongs here; write a list*"])


def test_other_yaml_files_are_left_alone(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("compose.yaml").write_text("services:\n  timeline: x\n  checks: y\n", encoding="utf-8")
    pytester.makepyfile("def test_one(): pass")
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)


def test_an_abort_ends_the_session(pytester: pytest.Pytester, run: Callable[..., pytest.RunResult]) -> None:
    pytester.path.joinpath("reports").mkdir()
    pytester.makepyfile("def test_after(): raise AssertionError('somebody wanted no more of it')")
    result = run("Ctrl-C", "test_an_abort_ends_the_session.py", "--junitxml", "junit.xml")
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*kill: aborted: because of this*"])
    result.assert_outcomes(failed=1)
    junit = pytester.path.joinpath("junit.xml").read_text(encoding="utf-8")
    assert 'name="kill"' in junit
    assert '<failure message="kill: aborted: because of this' in junit


def test_a_failure_before_an_abort_is_not_made_milder_by_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.path.joinpath("reports").mkdir()
    folder = pytester.mkdir("storms")
    for name in ("first", "then"):
        (folder / f"{name}.yaml").write_text(SCENARIO.replace("name: kill", f"name: {name}"), encoding="utf-8")
    ends = {"first": pretend("fail"), "then": pretend("Ctrl-C")}
    monkeypatch.setattr(verbs, "run_one", lambda scenario, *more: ends[scenario.name](scenario, *more))
    result = pytester.runpytest_inprocess(*PLUGIN, "storms")
    assert result.ret == 1
    result.assert_outcomes(failed=2)


def test_two_scenarios_of_one_name_are_refused(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("storms")
    for name in ("first", "then"):
        (folder / f"{name}.yaml").write_text(SCENARIO, encoding="utf-8")
    result = pytester.runpytest_inprocess(*PLUGIN, "storms")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: kill: two of the scenarios have this name*"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_a_scenario_that_is_not_utf_8_is_no_silent_skip(pytester: pytest.Pytester, encoding: str) -> None:
    mark = "" if encoding.endswith(("16", "32")) else "\ufeff"
    (pytester.mkdir("storms") / "kill.yaml").write_bytes((mark + SCENARIO).encode(encoding))
    result = pytester.runpytest_inprocess(*PLUGIN, "storms")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*is not UTF-8 text; save the file as UTF-8*"])


@pytest.mark.parametrize(("name", "text"), [("a.yaml", "services: {}\n"), ("b.yml", "timelin: []\n"), ("c.yaml", "")])
def test_a_file_that_is_named_is_always_taken(pytester: pytest.Pytester, name: str, text: str) -> None:
    pytester.path.joinpath(name).write_text(text, encoding="utf-8")
    result = pytester.runpytest_inprocess(*PLUGIN, name)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{name}:1:1: *"])


@pytest.mark.parametrize(("old", "new"), [("timeline:", "timelin:"), ("checks:", "check:")])
def test_a_mistyped_key_is_no_silent_skip(pytester: pytest.Pytester, old: str, new: str) -> None:
    folder = pytester.mkdir("storms")
    (folder / "kill.yml").write_text(SCENARIO.replace(old, new), encoding="utf-8")
    result = pytester.runpytest_inprocess(*PLUGIN, "storms")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{new[:-1]}: unknown key*"])


def test_keys_may_stand_in_quotes(pytester: pytest.Pytester, pretending: Callable[[str], None]) -> None:
    folder = pytester.mkdir("storms")
    quoted = SCENARIO.replace("timeline:", '"timeline":').replace("checks:", "'checks' :")
    (folder / "kill.yaml").write_text(quoted, encoding="utf-8")
    pretending("pass")
    pytester.runpytest_inprocess(*PLUGIN, "storms", "--deadair-profile", "2019").assert_outcomes(passed=1)


INDENTED = "".join(f"  {line}\n" for line in SCENARIO.splitlines())
FLOW = """{name: plain, why: x, target: {name: reference}, seed: 1, speed: 60, checks: [{kind: shows_age}],
timeline: [], promises: {silences: 0},
fleet: {devices: 10, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m},
phases: {warm_up: 13m, storm: 40m, recovery: 20m}}
"""
EXPLICIT = SCENARIO.replace("timeline:\n", "? timeline\n:\n").replace("checks:\n", "? checks\n:\n")


@pytest.mark.parametrize(
    "text",
    [INDENTED, FLOW, f"--- {FLOW}", f"# {'x' * 1000}\n{FLOW}", EXPLICIT, SCENARIO.replace("\n", "\r"),
     SCENARIO.replace("\n", "\r\n"), f"\ufeff{SCENARIO}"],
    ids=["indented", "flow", "flow after dashes", "flow after a comment", "explicit keys", "CR", "CR LF", "BOM"],
)  # fmt: skip
def test_what_deadair_takes_is_never_left_out(
    pytester: pytest.Pytester, pretending: Callable[[str], None], text: str
) -> None:
    (pytester.mkdir("storms") / "a.yaml").write_bytes(text.encode())
    pretending("pass")
    pytester.runpytest_inprocess(*PLUGIN, "storms", "--deadair-profile", "2019").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "text",
    [INDENTED.replace("checks:", "check:"), INDENTED.replace("timeline:", "timeline: ["), FLOW.replace("[]", "[")],
)
def test_a_slip_in_such_a_file_is_no_silent_skip(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert _is_scenario(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "text",
    ["services:\n  timeline: x\n  checks: y\n", "{{- if .Values.checks }}\nchart:\n  checks: 1\n{{- end }}\n",
     "{services: {timeline: 1, checks: 2}}\n", "- timeline: 1\n", "# timeline: none\n", "# checks: none",
     "why: the timeline of it: checks: one\n"],
)  # fmt: skip
def test_what_only_speaks_of_such_keys_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert not _is_scenario(tmp_path / "a.yaml")


def test_the_verdict_is_told_of_a_run_whose_reports_could_not_be_written(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_one(*arguments: object) -> None:
        _, judgement = pretend("fail")(*arguments)
        raise ReportError("the disk is full", RunFolder(Path("x")), judgement)

    monkeypatch.setattr(verbs, "run_one", run_one)
    (pytester.mkdir("storms") / "kill.yaml").write_text(SCENARIO, encoding="utf-8")
    result = pytester.runpytest_inprocess(*PLUGIN, "storms")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["kill: fail: because of this", "and the harness failed: the disk is full"])


def test_what_may_keep_a_run_from_a_pass_stands_in_the_section(
    pytester: pytest.Pytester, pretending: Callable[[str], None]
) -> None:
    # So short that perhaps no phone asks while it is looked at.
    text = SCENARIO.replace('lasts: 16m, where: "downlink[south]"', 'lasts: 25s, where: "downlink[control]"')
    (pytester.mkdir("storms") / "kill.yaml").write_text(text, encoding="utf-8")
    pretending("unknown")
    result = pytester.runpytest_inprocess(*PLUGIN, "storms", "--deadair-profile", "2019")
    result.stdout.fnmatch_lines(
        ["*Captured deadair call*", "warning: kill: timeline?0?.lasts: it may not be proved: *"]
    )


def test_a_pipe_is_no_scenario_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert not _is_scenario(tmp_path / "a.yaml")
