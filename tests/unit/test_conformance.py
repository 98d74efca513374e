"""The conformance kit's ladder, from runs in virtual time: what is there is ok, and what is missing is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deadair.cli import command
from deadair.conformance import climb
from deadair.conformance.ladder import Trial, rungs_of
from deadair.conformance.rung import Climb, Rung, exit_of
from deadair.conformance.table import lines_of
from deadair.conformance.trial import Times, trial
from deadair.engines.early_end import AbortedError
from deadair.engines.run_plan import RunPlan
from deadair.engines.simulated import engine as simulated
from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.judging import judge
from deadair.judging.stored_run import examine
from deadair.model.judgement import PathTally
from deadair.model.progress import Progress, ShowProgress
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit
from deadair.scenario.model import Scenario
from deadair.scenario.validation import problems, vain
from deadair.targets.catalogue import TARGETS
from deadair.targets.reference import Reference


def seen_of(name: str) -> Trial:
    target = TARGETS[name]
    plan = RunPlan.drawn(trial(target), target)
    history, environment = simulated.run_in_memory(plan)
    run = examine(plan.scenario, history, environment, plan.roster)
    return Trial(target, run, judge.judge_run(run, replay=""))


@pytest.fixture(scope="module")
def reference() -> Trial:
    return seen_of("reference")


@pytest.fixture(scope="module")
def noop() -> Trial:
    return seen_of("noop")


def by_name(seen: Trial) -> dict[str, Rung]:
    return {rung.name: rung for rung in rungs_of(seen)}


def without(seen: Trial, kind: Kind) -> Trial:
    """Return a run in whose history a kind of rows is missing."""
    whole = seen.run.history
    fewer = History(whole.rows.filter(whole.rows["kind"] != kind), whole.torn, whole.whole)
    return replace(seen, run=replace(seen.run, harness_health=replace(seen.run.harness_health, history=fewer)))


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.parametrize("speed_max", [1.0, 7.5, 60.0, 1000.0])
def test_the_trial_is_a_scenario_that_can_be_run(name: str, speed_max: float, monkeypatch: pytest.MonkeyPatch) -> None:
    target = TARGETS[name]
    monkeypatch.setattr(target, "speed_max", speed_max)
    scenario = trial(target)
    assert scenario.speed == min(speed_max, 60.0)
    assert [*problems(scenario, TARGETS), *vain(scenario)] == []


def test_the_trial_breaks_every_node_twice_and_every_link(reference: Trial) -> None:
    struck = [(entry.fault.name, entry.where.name) for _, entry in reference.run.scenario.faults()]
    for node in reference.target.nodes:
        assert ("pause", node) in struck
        assert ("kill", node) in struck
    assert {link.name for link in reference.target.links} == {where for kind, where in struck if kind == "partition"}


def test_the_limit_leaves_a_target_the_time_that_it_needs_to_notice_a_dead_part() -> None:
    times = Times.of(Reference())
    assert times.limit_s >= 2 * Reference().detection_budget_s(times.speed)


def test_the_reference_stands_on_every_rung(reference: Trial) -> None:
    wrong = {name: (rung.state, rung.came) for name, rung in by_name(reference).items() if rung.state != "ok"}
    assert wrong == {}
    assert len(by_name(reference)) == 4 + 3 + 1 + 8 + 2 * 5 + 2


def test_who_keeps_nothing_and_alerts_nobody_is_told_so(noop: Trial) -> None:
    rungs = by_name(noop)
    assert rungs["stored"].state == "failed"
    assert "not stored" in rungs["stored"].came
    assert (rungs["alert"].state, rungs["cleared"].state) == ("not judged", "unknown")
    assert rungs["status"].state == "not judged"


@pytest.mark.parametrize(
    ("kind", "rung", "state"),
    [
        (Kind.READY, "ready", "failed"),
        (Kind.UPLOAD, "upload", "failed"),
        (Kind.SCREEN, "shown", "failed"),
        (Kind.BACKLOG, "backlog", "failed"),
        (Kind.STATUS, "status", "failed"),
        (Kind.CLEAR, "cleared", "failed"),
        (Kind.ALARM, "cleared", "unknown"),
    ],
)
def test_what_never_came_is_no_ok(reference: Trial, kind: Kind, rung: str, state: str) -> None:
    missing = by_name(without(reference, kind))[rung]
    assert missing.state == state
    assert missing.todo or missing.state == "unknown"


def test_a_screen_with_what_no_device_made_is_no_ok(reference: Trial) -> None:
    environment = reference.run.environment
    assert environment is not None
    plain = environment.model_copy(update={"unjudged": {"shows_age": "it has no app"}})
    seen = replace(reference, run=replace(reference.run, environment=plain))
    assert by_name(seen)["shown"].state == "ok"
    rung = by_name(without(seen, Kind.MEASURED))["shown"]
    assert rung.state == "failed"
    assert re.match(r"phone 2 showed \d+ mg/dL, which device-2 had not made then \(\d+ such screens", rung.came)
    assert "whom for" in rung.todo


def judged_with(seen: Trial, **changes: object) -> Trial:
    return replace(seen, judgement=seen.judgement.model_copy(update=changes))


def test_a_path_that_did_not_alert_is_not_judged_if_another_one_did(reference: Trial) -> None:
    one = judged_with(reference, alert_paths={"service_push": PathTally(alerted_in_time=1)})
    assert by_name(one)["alert by service_push"].state == "ok"
    assert by_name(one)["alert by sentinel_push"].state == "not judged"


def test_nobody_alerted_fails_every_path(reference: Trial) -> None:
    none = judged_with(reference, alert_paths={})
    assert {rung.state for name, rung in by_name(none).items() if name.startswith("alert by")} == {"failed"}


def test_a_silence_that_the_harness_was_not_fit_to_judge_fails_no_path(reference: Trial) -> None:
    findings = tuple(each.model_copy(update={"judged": 0, "suspected": 1}) for each in reference.judgement.findings)
    doubtful = judged_with(reference, alert_paths={}, findings=findings)
    alerts = [rung for name, rung in by_name(doubtful).items() if name.startswith("alert by")]
    assert {rung.state for rung in alerts} == {"unknown"}
    assert all("in doubt" in rung.came for rung in alerts)


def test_a_path_that_is_the_phones_own_saves_no_service(reference: Trial) -> None:
    own = judged_with(reference, alert_paths={"phone_timer": PathTally(alerted_in_time=1)})
    states = {name: rung.state for name, rung in by_name(own).items() if name.startswith("alert by")}
    assert states == {
        "alert by service_push": "failed",
        "alert by sentinel_push": "failed",
        "alert by phone_timer": "ok",
    }


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"proved": False, "why": "the process lived on"}, "failed"),
        ({"heal_proved": False, "why": "the node was never ready again"}, "failed"),
        ({"proved": False, "why": "nobody sent anything over it while it was broken"}, "unknown"),
        ({"healed": False, "heal_proved": False}, "unknown"),
        ({"begun": False}, "unknown"),
    ],
)
def test_a_break_that_was_not_seen_is_no_ok(reference: Trial, changes: dict[str, object], state: str) -> None:
    faults = tuple(each.model_copy(update=changes) for each in reference.judgement.faults)
    rungs = by_name(judged_with(reference, faults=faults))
    broken = [rung for name, rung in rungs.items() if re.match("cut|kill|pause", name)]
    assert broken
    assert {rung.state for rung in broken} == {state}


def rung(state: str) -> Rung:
    return Rung.model_validate({"name": "one", "asked": "It is there.", "state": state, "came": "it came"})


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ((), Exit.UNKNOWN),
        (("ok",), Exit.PASS),
        (("ok", "not judged"), Exit.PASS),
        (("not judged",), Exit.UNKNOWN),
        (("ok", "unknown"), Exit.UNKNOWN),
        (("ok", "unknown", "failed"), Exit.VIOLATED),
    ],
)
def test_the_exit_code_is_that_of_the_worst_rung(states: tuple[str, ...], code: Exit) -> None:
    assert exit_of(map(rung, states)) is code


def test_the_table_says_what_to_do_below_a_rung(noop: Trial) -> None:
    lines = list(lines_of(Climb(target="noop", version="1", rungs=tuple(_rungs(noop)), run="reports/x")))
    (stored,) = (number for number, line in enumerate(lines) if line.startswith("failed      stored"))
    assert lines[stored + 1].strip().startswith("→ the service lost readings")
    assert "1 failed" in lines[-2]
    assert lines[-1].endswith("reports/x")


def _rungs(seen: Trial) -> Iterator[Rung]:
    yield from rungs_of(seen)


def test_a_target_that_is_not_there_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["conformance", "referense"]) == Exit.USAGE
    assert "there is no target 'referense'; did you mean `reference`?" in capsys.readouterr().err


def test_the_second_start_ends_its_own_run_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`latest` may be another run's by then, or a folder that somebody copied."""
    (tmp_path / "latest/control").mkdir(parents=True)
    ended: list[str] = []

    def run(_scenario: Scenario, _options: RunOptions, _reports: Path, _command: str, show: ShowProgress) -> Any:
        for phase in ("setting up", "ending", "warm_up"):
            try:
                show(Progress(phase, note="starting the fleet"))
            except AbortedError as reason:
                ended.append(f"{phase}: {reason}")
        return None, SimpleNamespace(why=f"aborted: {ended[0]}")

    monkeypatch.setattr(climb, "run_scenario", run)
    second = climb._again(trial(Reference()), RunOptions(), tmp_path, lambda _progress: None)
    assert (second.state, ended) == ("ok", [f"warm_up: {climb.DONE}"])
    assert list((tmp_path / "latest/control").iterdir()) == []
