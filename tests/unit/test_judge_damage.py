"""Run folders that are damaged, or whose harness was starved: never an error, never a pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deadair.history.manifest import seal
from deadair.history.rows import Kind
from deadair.judging.judge import judge
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from tests.histories.ops import Row, op, poll, upload, us
from tests.unit.judged_nights import RECORDERS, SCENARIO, Change, environment, night, plus, told, without

pytestmark = pytest.mark.usefixtures("partitions_proved_by_one_fact")


def damage(file: str) -> Callable[[RunFolder], None]:
    def remove(folder: RunFolder) -> None:
        (folder.root / file).unlink()

    return remove


def garble(file: str, data: bytes = b'{"') -> Callable[[RunFolder], None]:
    def overwrite(folder: RunFolder) -> None:
        (folder.root / file).write_bytes(data)

    return overwrite


def truncate(file: str) -> Callable[[RunFolder], None]:
    def cut(folder: RunFolder) -> None:
        data = (folder.root / file).read_bytes()
        (folder.root / file).write_bytes(data[: len(data) // 2])

    return cut


@pytest.mark.clause("J6", "J7", "V9", "V11")
@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (damage("history/fleet.arrow"), "fleet.arrow: is missing"),
        (truncate("history/fleet.arrow"), "fleet.arrow: is torn"),
        (truncate("history/runner.arrow"), "runner.arrow: is torn"),
        (garble("history/runner.arrow", b""), "runner.arrow: is torn"),
        (damage("history/manifest.json"), "history/manifest.json is missing"),
        (garble("history/manifest.json"), "manifest.json: is not a manifest"),
        (garble("history/manifest.json", b"\xff"), "manifest.json: cannot be read (it is no text in UTF-8)"),
        (damage("roster.json"), "roster.json cannot be read"),
        (garble("roster.json"), "roster.json cannot be read"),
        (garble("roster.json", b"[1, 2]"), "roster.json cannot be read (Input should be an object)"),
        (garble("roster.json", b"[" * 100_000), "roster.json cannot be read"),
        (garble("roster.json", b'{"devices": [], "phones": [{"phone": "x"}]}'), "roster.json cannot be read"),
        (damage("environment.json"), "environment.json cannot be read (No such file or directory)"),
        (garble("environment.json"), "environment.json cannot be read"),
    ],
)
@pytest.mark.parametrize("change", [list, without(kind="alarm")])
def test_a_damaged_folder_is_unknown_whatever_it_would_have_said(
    tmp_path: Path, harm: Callable[[RunFolder], None], named: str, change: Change
) -> None:
    folder = night(tmp_path, change)
    harm(folder)
    judgement = judge(folder)
    assert judgement.verdict == "unknown"
    assert any(named in what for what in told(judgement, "validity")), told(judgement, "validity")
    assert all(finding.verdict == "unknown" for finding in judgement.findings)


def test_without_its_scenario_a_run_cannot_be_judged(tmp_path: Path) -> None:
    folder = night(tmp_path)
    folder.scenario.write_text("name: [")
    with pytest.raises(HarnessError, match="cannot be judged without its scenario"):
        judge(folder)
    with pytest.raises(HarnessError, match="cannot be judged without its scenario"):
        judge(RunFolder(tmp_path / "nowhere"))


def test_a_folder_with_only_a_scenario_is_unknown(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.scenario.write_text(SCENARIO)
    judgement = judge(folder)
    assert (judgement.verdict, judgement.engine, judgement.subject.version) == ("unknown", "unknown", "unknown")
    assert not judgement.health.recorders_alive


@pytest.mark.clause("V9")
def test_a_runner_that_was_killed_never_passes(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: [row for row in rows if row["at_us"] < us(40)], sealed=False))
    assert judgement.verdict == "unknown"
    assert "nothing is proved: history/manifest.json is missing" in judgement.why
    assert "the history has no phase 'end': the run did not get there" in told(judgement, "validity")


@pytest.mark.clause("V9")
def test_a_recorder_that_left_no_shard_is_named(tmp_path: Path) -> None:
    folder = night(tmp_path)
    said = environment().model_copy(update={"recorders": (*RECORDERS, "load-f1")})
    folder.environment.write_text(said.model_dump_json())
    seal(folder.history)
    judgement = judge(folder)
    assert judgement.verdict == "unknown"
    assert "history/load-f1.arrow is missing" in told(judgement, "validity")[0]


@pytest.mark.clause("J7", "V14")
@pytest.mark.parametrize("missing", ["warm_up", "storm", "recovery", "end"])
def test_a_phase_that_never_came_makes_all_of_it_unknown(tmp_path: Path, missing: str) -> None:
    judgement = judge(night(tmp_path, without(kind="phase", detail=missing)))
    assert judgement.verdict == "unknown"
    assert f"the history has no phase {missing!r}: the run did not get there" in told(judgement, "validity")


@pytest.mark.clause("V11")
def test_rows_that_cannot_be_read_are_a_doubt(tmp_path: Path) -> None:
    broken = [op("runner", Kind.FAULT, 20, detail=text) for text in ("{", "[]", '{"id": "f1"}', None)]
    broken.append(op("runner", Kind.SAMPLE, 20, detail='{"id": "f1", "when": "never", "subject": "", "facts": {}}'))
    judgement = judge(night(tmp_path, plus(*broken)))
    assert judgement.verdict == "unknown"
    assert told(judgement, "validity") == ["4 fault rows cannot be read", "1 sample row cannot be read"]


@pytest.mark.clause("V13")
def test_no_word_of_a_steady_state_is_unknown(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, without(kind="steady")))
    assert judgement.verdict == "unknown"
    assert "the history does not say whether steady state was reached before the storm" in judgement.why
    assert all(finding.verdict == "unknown" for finding in judgement.findings)


@pytest.mark.clause("V2")
@pytest.mark.parametrize("change", [list, without(kind="alarm")])
def test_a_starved_fleet_is_unknown_whatever_it_would_have_said(tmp_path: Path, change: Change) -> None:
    def starve(rows: list[Row]) -> list[Row]:
        lag = us(2)
        return [{**row, "sent_us": row["sent_us"] + lag} if row["kind"] == "poll" else row for row in change(rows)]

    judgement = judge(night(tmp_path, starve))
    assert judgement.verdict == "unknown"
    assert all(finding.suspected for finding in judgement.findings if finding.rule != "nothing_lost")
    assert "behind its schedule" in judgement.why


@pytest.mark.clause("J5")
def test_a_doubtful_stretch_leaves_a_violation_outside_it_a_fail(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: [*without(kind="alarm")(rows), *[poll(60, 63)] * 50]))
    assert judgement.verdict == "fail"
    (doubt,) = [doubt for doubt in judgement.doubts if doubt.kind == "validity"]
    assert (doubt.from_s, doubt.until_s) == ((60 - 13) * 60, (63 - 13) * 60)


@pytest.mark.clause("D3")
def test_what_the_fleet_was_late_by_long_before_confirms_no_alert(tmp_path: Path) -> None:
    def sent_late(rows: list[Row]) -> list[Row]:
        return [{**row, "at_us": us(39)} if row["kind"] == "accepted" else row for row in rows]

    late = [poll(1, 8, phone=phone) for phone in range(1, 11)]
    for name, change in (("punctual", sent_late), ("late", lambda rows: [*sent_late(rows), *late])):
        judgement = judge(night(tmp_path / name, change))
        assert judgement.verdict == "fail"
        assert judgement.findings[0].violations == 5
    assert "the fleet was" in told(judgement, "validity")[0]


@pytest.mark.clause("C10", "V6")
@pytest.mark.parametrize("at", [70, 74.5])
def test_trouble_of_the_harness_is_never_a_pass_not_even_after_the_end(tmp_path: Path, at: float) -> None:
    judgement = judge(night(tmp_path, plus(op("runner", Kind.TROUBLE, at, detail="a node outlived its run"))))
    assert judgement.verdict == "unknown"
    assert "runner: a node outlived its run" in judgement.why


@pytest.mark.clause("V7")
@pytest.mark.parametrize("change", [list, without(kind="alarm")])
def test_a_fleet_that_did_not_drive_a_device_cannot_have_seen_what_became_of_it(tmp_path: Path, change: Change) -> None:
    def stop(rows: list[Row]) -> list[Row]:
        gone = {"measured", "upload", "stored"}
        rows = [row for row in change(rows) if not (row["kind"] in gone and row["patient"] == 9)]
        return [row for row in rows if not (row.get("phone") == 9 and row["kind"] == "screen")]

    judgement = judge(night(tmp_path, stop))
    assert judgement.verdict == "unknown"
    assert told(judgement, "validity") == ["the fleet did not drive device 9"]


@pytest.mark.clause("J6", "V8")
def test_an_upload_that_nobody_made_puts_all_of_the_run_in_doubt(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: [*without(kind="alarm")(rows), upload(20, 19)]))
    assert judgement.verdict == "unknown"
    assert all(finding.verdict == "unknown" for finding in judgement.findings)
    assert told(judgement, "validity") == ["1 uploaded reading was made by no device, by the fleet's own rows"]


@pytest.mark.clause("C9")
def test_without_recorders_that_lived_nothing_passes(tmp_path: Path) -> None:
    """Also where the gap of the heartbeats touches no case that is judged."""
    folder = night(tmp_path / "a")
    folder.environment.write_text(environment().model_copy(update={"recorders": ()}).model_dump_json())
    seal(folder.history)
    nobody = judge(folder)
    assert (nobody.verdict, nobody.health.recorders_alive) == ("unknown", False)
    assert "environment.json names no recorder, so nobody knows whether any is missing" in nobody.why
    gone = judge(night(tmp_path / "b", without(kind="heartbeat", who="push-gateway", after=40)))
    assert (gone.verdict, gone.health.recorders_alive) == ("unknown", False)
    assert "the recorders were not there all the time" in told(gone, "coverage")
