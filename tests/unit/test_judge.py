"""Whole run folders, judged: a good one, and the same one damaged, starved, aborted, emptied or betrayed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness.checkers.shows_age import ShowsAge
from harness.faults.fault import Proof, Sighting
from harness.faults.partition import Partition
from harness.history.reader import seal
from harness.history.rows import Kind
from harness.judge import judge
from harness.model.environment import Environment
from harness.model.errors import HarnessError
from harness.model.judgement import Judgement, Subject
from harness.model.roster import Device, Phone, Roster
from harness.model.run_folder import RunFolder
from tests.histories.ops import (
    Row,
    accepted,
    alarm,
    backlog,
    beat,
    clear,
    fault_step,
    measured,
    op,
    phase,
    poll,
    probed,
    sample,
    shows,
    status,
    stored,
    upload,
    us,
    write_shards,
)
from tests.unit.run_folder_builder import LEDGER

SCENARIO = """\
name: plain
why: South is cut off for half an hour.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 10, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m,
  cohorts: {south: 50%}}
phases: {warm_up: 13m, storm: 40m, recovery: 20m}
promises: {silences: 5, told_by: [service_push]}
timeline:
  - {at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: nothing_lost}
  - {kind: shows_age}
  - {kind: recovers, within: 20m}
  - {kind: status_published, within: 15m}
"""
SOUTH, ALL = range(1, 6), range(1, 11)
RECORDERS = ("runner", "fleet", "push-gateway")

Change = Callable[[list[Row]], list[Row]]


@pytest.fixture(autouse=True)
def _prove_by_one_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging must not depend on what a partition's own signature is made of."""

    def prove(_: Partition, sightings: Sequence[Sighting]) -> Proof:
        stalled = {sighting.when: sighting.look.facts["stalled"] for sighting in sightings}
        return Proof(bool(stalled["during"]), not stalled["after"], "bytes stalled, then flowed")

    monkeypatch.setattr(Partition, "prove", prove)


def roster() -> Roster:
    cohorts = {number: "south" if number in SOUTH else "rest" for number in ALL}
    devices = tuple(Device(n, cohort, f"device-{n}", 0.0) for n, cohort in cohorts.items())
    return Roster(devices, tuple(Phone(n, n, cohort, f"phone-{n}", 0.0, us(20)) for n, cohort in cohorts.items()))


def environment() -> Environment:
    return Environment(
        run_id="plain-1",
        engine="live",
        command="deadair run plain.yaml",
        subject=Subject(version="1.0", command="serve", configuration_sha256="ab"),
        clock={"epoch_wall_ns": 0, "epoch_mono_ns": 0, "speed": 60.0},
        recorders=RECORDERS,
        wall_limit_s=200,
    )


def good_night() -> list[Row]:
    """South is cut off from minute 13 to 43, blind from 30 to 44, told at 32; the others always see."""
    rows = [beat(who, at) for who in RECORDERS for at in range(75)]
    rows += [phase(0, "warm_up"), phase(13, "storm"), phase(53, "recovery"), phase(73, "end")]
    rows += [op("runner", Kind.STEADY, 12.9, outcome="ok")]
    steps = ((13, "begin"), (13, "begun"), (43, "heal"), (43, "healed"))
    rows += [fault_step(at, "f1", event) for at, event in steps]
    looks = ((12, "before", 0), (20, "during", 1), (44, "after", 0))
    rows += [sample(at, "f1", when, stalled=stalled) for at, when, stalled in looks]
    rows += [backlog(at, 2) for at in range(73)]
    rows += [status(at, "incident" if 33 <= at < 45 else "clear") for at in range(73)]
    for number in ALL:
        cut = number in SOUTH
        for at in range(0, 73, 5):
            late = 44 if cut and 13 <= at < 44 else at
            rows += [measured(at, patient=number), upload(late, at, patient=number), poll(at, phone=number)]
            rows += [stored(74, at, patient=number)]
            if at in (late, 40):
                rows.append(shows(late, at, phone=number))
        rows.append(probed(74, 15, patient=number))
        if cut:
            rows += [shows(30, 10, phone=number, style="old"), alarm(32, phone=number, speaks_of=10)]
            rows += [accepted(31.9, phone=number), clear(44, phone=number)]
    return rows


def night(tmp_path: Path, change: Change = list, *, sealed: bool = True) -> RunFolder:
    folder = RunFolder(tmp_path / "reports" / "plain" / "20191130T060000Z-1")
    folder.create()
    folder.scenario.write_text(SCENARIO)
    folder.roster.write_text(roster().to_json())
    folder.environment.write_text(environment().model_dump_json())
    folder.ledger.write_text(LEDGER)
    write_shards(folder.history, change(good_night()))
    if sealed:
        seal(folder.history)
    return folder


def without(*, after: float = -1, **columns: object) -> Change:
    """Leave out the rows that have all these columns, after a minute."""

    def leave_out(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["at_us"] < us(after) or any(row.get(k) != v for k, v in columns.items())]

    return leave_out


def plus(*more: Row) -> Change:
    return lambda rows: [*rows, *more]


def told(judgement: Judgement, kind: str) -> list[str]:
    return [doubt.what for doubt in judgement.doubts if doubt.kind == kind]


# --- verdicts --------------------------------------------------------------------------------------------------------


def test_a_good_night_passes_and_says_everything(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path))
    assert (judgement.verdict, judgement.doubts) == ("pass", ())
    assert judgement.why == "5 of 5 silences were told in time; slowest 2.0 min"
    judged = {finding.rule: (finding.judged, finding.violations) for finding in judgement.findings}
    assert judged == {
        "no_data_deadline": (5, 0),
        "no_false_alarm": (20, 0),
        "nothing_lost": (150, 0),
        "shows_age": (130, 0),
        "recovers": (11, 0),
        "status_published": (2, 0),
    }
    silences = judgement.silences
    assert (silences.count, silences.told_in_time, silences.excused, silences.latency_s.max) == (5, 5, 0, 120)
    assert judgement.paths["service_push"].model_dump() == {"told_in_time": 5, "told_first": 5}
    assert judgement.paths["sentinel_push"].model_dump() == {"told_in_time": 0, "told_first": 0}
    (fault,) = judgement.faults
    assert (fault.begun_at_s, fault.healed_at_s) == (0, 30 * 60)
    assert fault.begun and fault.proved and fault.healed and fault.heal_proved
    assert fault.harm == "5 silences began while it lasted, 0 were not told in time"
    assert (judgement.health.fleet_lag_ms_p99, judgement.health.recorders_alive) == (0, True)
    assert (judgement.engine, judgement.subject.version, judgement.seed) == ("live", "1.0", 1)
    assert judgement.replay == f"deadair replay {tmp_path}/reports/plain/20191130T060000Z-1"
    assert judgement.findings[0].examples[0].at_s == 17 * 60


def test_judging_twice_says_the_same(tmp_path: Path) -> None:
    folder = night(tmp_path)
    assert judge(folder) == judge(folder)


def test_nobody_told_fails_and_names_the_cohort(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, without(kind="alarm")))
    assert judgement.verdict == "fail"
    assert judgement.why == ("no_data_deadline: 5 of 5 silences were not told within 5m; never told: 5 in south")
    assert judgement.faults[0].harm == "5 silences began while it lasted, 5 were not told in time"
    assert judgement.silences.told_in_time == 0


def test_the_first_violated_rule_speaks_and_the_others_are_named(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: without(kind="alarm")(without(detail="old")(rows))))
    assert judgement.why.endswith("; also violated: shows_age")


def test_a_checker_that_breaks_down_is_unknown_and_the_others_still_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(ShowsAge, "judge", break_down)
    judgement = judge(night(tmp_path))
    assert judgement.verdict == "unknown"
    assert judgement.findings[3].why == "the checker itself failed: ZeroDivisionError: of all things"
    assert sum(finding.verdict == "pass" for finding in judgement.findings) == 5
    assert judge(night(tmp_path / "again", without(kind="alarm"))).verdict == "fail"


# --- damage: never an error, never a pass ----------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (damage("history/fleet.arrow"), "fleet.arrow: is missing"),
        (truncate("history/fleet.arrow"), "fleet.arrow: is torn"),
        (truncate("history/runner.arrow"), "runner.arrow: is torn"),
        (garble("history/runner.arrow", b""), "runner.arrow: is torn"),
        (damage("history/manifest.json"), "history/manifest.json is missing"),
        (garble("history/manifest.json"), "manifest.json: is not a manifest"),
        (damage("roster.json"), "roster.json cannot be read"),
        (garble("roster.json"), "roster.json cannot be read"),
        (garble("roster.json", b"[1, 2]"), "roster.json cannot be read"),
        (garble("roster.json", b"[" * 100_000), "roster.json cannot be read"),
        (garble("roster.json", b'{"devices": [], "phones": [{"phone": "x"}]}'), "roster.json cannot be read"),
        (damage("environment.json"), "environment.json cannot be read"),
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


def test_a_runner_that_was_killed_never_passes(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: [row for row in rows if row["at_us"] < us(40)], sealed=False))
    assert judgement.verdict == "unknown"
    assert "nothing is proved: history/manifest.json is missing" in judgement.why
    assert "the history tells of no phase 'end': the run did not get there" in told(judgement, "validity")


def test_a_recorder_that_left_no_shard_is_named(tmp_path: Path) -> None:
    folder = night(tmp_path)
    said = environment().model_copy(update={"recorders": (*RECORDERS, "load-f1")})
    folder.environment.write_text(said.model_dump_json())
    seal(folder.history)
    judgement = judge(folder)
    assert judgement.verdict == "unknown"
    assert "history/load-f1.arrow is missing" in told(judgement, "validity")[0]


@pytest.mark.parametrize("missing", ["warm_up", "storm", "recovery", "end"])
def test_a_phase_that_never_came_makes_all_of_it_unknown(tmp_path: Path, missing: str) -> None:
    judgement = judge(night(tmp_path, without(kind="phase", detail=missing)))
    assert judgement.verdict == "unknown"
    assert f"the history tells of no phase {missing!r}: the run did not get there" in told(judgement, "validity")


def test_rows_that_cannot_be_read_are_a_doubt(tmp_path: Path) -> None:
    broken = [op("runner", Kind.FAULT, 20, detail=text) for text in ("{", "[]", '{"id": "f1"}', None)]
    broken.append(op("runner", Kind.SAMPLE, 20, detail='{"id": "f1", "when": "never", "subject": "", "facts": {}}'))
    judgement = judge(night(tmp_path, plus(*broken)))
    assert judgement.verdict == "unknown"
    assert told(judgement, "validity") == ["4 fault rows cannot be read", "1 sample rows cannot be read"]


# --- validity --------------------------------------------------------------------------------------------------------


def test_no_steady_state_is_unknown(tmp_path: Path) -> None:
    for change in (
        without(kind="steady"),
        lambda rows: [
            {**row, "outcome": "fail", "detail": "3 phones"} if row["kind"] == "steady" else row for row in rows
        ],
    ):
        judgement = judge(night(tmp_path / str(id(change)), change))
        assert judgement.verdict == "unknown"
        assert "steady state was never reached before the storm" in judgement.why


@pytest.mark.parametrize("change", [list, without(kind="alarm")])
def test_a_starved_fleet_is_unknown_whatever_it_would_have_said(tmp_path: Path, change: Change) -> None:
    def starve(rows: list[Row]) -> list[Row]:
        lag = us(2)
        return [{**row, "sent_us": row["sent_us"] + lag} if row["kind"] == "poll" else row for row in change(rows)]

    judgement = judge(night(tmp_path, starve))
    assert judgement.verdict == "unknown"
    assert all(finding.suspected for finding in judgement.findings if finding.rule != "nothing_lost")
    assert "behind its schedule" in judgement.why


def test_a_doubtful_stretch_leaves_a_violation_outside_it_a_fail(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: [*without(kind="alarm")(rows), *[poll(60, 63)] * 50]))
    assert judgement.verdict == "fail"
    (doubt,) = [doubt for doubt in judgement.doubts if doubt.kind == "validity"]
    assert (doubt.from_s, doubt.until_s) == ((60 - 13) * 60, (63 - 13) * 60)


@pytest.mark.parametrize("at", [70, 74.5])
def test_trouble_of_the_harness_is_never_a_pass_not_even_after_the_end(tmp_path: Path, at: float) -> None:
    judgement = judge(night(tmp_path, plus(op("runner", Kind.TROUBLE, at, detail="a node outlived its run"))))
    assert judgement.verdict == "unknown"
    assert "runner: a node outlived its run" in judgement.why


@pytest.mark.parametrize("change", [list, without(kind="alarm")])
def test_a_fleet_that_did_not_drive_a_device_cannot_have_seen_what_became_of_it(tmp_path: Path, change: Change) -> None:
    def stop(rows: list[Row]) -> list[Row]:
        gone = {"measured", "upload", "stored"}
        rows = [row for row in change(rows) if not (row["kind"] in gone and row["patient"] == 9)]
        return [row for row in rows if not (row.get("phone") == 9 and row["kind"] == "screen")]

    judgement = judge(night(tmp_path, stop))
    assert judgement.verdict == "unknown"
    assert told(judgement, "validity") == ["the fleet did not drive device 9"]


def test_an_upload_that_nobody_made_puts_all_of_the_run_in_doubt(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: [*without(kind="alarm")(rows), upload(20, 19)]))
    assert judgement.verdict == "unknown"
    assert all(finding.verdict == "unknown" for finding in judgement.findings)
    assert told(judgement, "validity") == ["1 readings were uploaded that no device has made, by the fleet's own rows"]


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


# --- aborts ----------------------------------------------------------------------------------------------------------


def until_abort(at: float) -> Change:
    def cut(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["at_us"] < us(at)] + [op("runner", Kind.ABORT, at, detail="the operator")]

    return cut


def test_an_aborted_run_is_aborted(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, until_abort(34)))
    assert (judgement.verdict, judgement.why) == ("aborted", "aborted: the operator")
    assert judgement.silences.excused == 5


def test_what_was_violated_before_the_abort_stays_a_fail(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, lambda rows: until_abort(40)(without(kind="alarm")(rows))))
    assert judgement.verdict == "fail"


def test_an_abort_that_only_the_ledger_knows_is_aborted(tmp_path: Path) -> None:
    folder = night(tmp_path, lambda rows: [row for row in rows if row["at_us"] < us(30)], sealed=False)
    line = {"by": "guardian", "seq": 0, "at_us": us(30), "what": "abort", "reason": "the runner is gone"}
    folder.ledger.write_text("torn {\n" + json.dumps(line) + "\n")
    judgement = judge(folder)
    assert (judgement.verdict, judgement.why) == ("aborted", "aborted: the runner is gone")


def test_a_fault_that_an_abort_came_before_is_told_as_not_begun(tmp_path: Path) -> None:
    (fault,) = judge(night(tmp_path, until_abort(12))).faults
    assert (fault.begun, fault.proved, fault.healed, fault.why) == (False, False, False, "it was never begun")


# --- coverage: a run that saw nothing passes nothing -----------------------------------------------------------------


def test_a_fault_without_effect_is_unknown(tmp_path: Path) -> None:
    def idle(rows: list[Row]) -> list[Row]:
        without_looks = without(kind="sample")(rows)
        return [*without_looks, *(sample(at, "f1", when, stalled=0) for at, when in ((20, "during"), (44, "after")))]

    judgement = judge(night(tmp_path, idle))
    assert judgement.verdict == "unknown"
    assert "f1 (partition at uplink[south]) was not proved to have had an effect" in judgement.why


def test_a_heal_that_was_not_proved_is_unknown(tmp_path: Path) -> None:
    still = sample(45, "f1", "after", stalled=1)
    judgement = judge(night(tmp_path, plus(still)))
    assert (judgement.verdict, judgement.faults[0].heal_proved) == ("unknown", False)


def test_a_signature_that_nobody_looked_at_or_that_cannot_be_judged_proves_nothing(tmp_path: Path) -> None:
    unseen = judge(night(tmp_path / "a", without(kind="sample")))
    half = judge(night(tmp_path / "b", lambda rows: [r for r in rows if "during" not in str(r.get("detail"))]))
    assert (unseen.verdict, unseen.faults[0].why) == ("unknown", "nobody looked at its signature")
    assert (half.verdict, half.faults[0].proved) == ("unknown", False)
    assert half.faults[0].why == "its signature could not be judged: KeyError: 'during'"


def test_a_fault_healed_before_anyone_could_go_blind_is_unknown(tmp_path: Path) -> None:
    def unharmed(rows: list[Row]) -> list[Row]:
        calm = [row for row in rows if row["kind"] not in ("alarm", "clear") and row.get("detail") != "old"]
        return [*calm, *(shows(at, at, phone=number) for number in SOUTH for at in (15, 20, 25, 30, 35))]

    judgement = judge(night(tmp_path, unharmed))
    assert judgement.verdict == "unknown"
    assert told(judgement, "coverage") == [
        "f1 (partition at uplink[south]) overlaps no judged silence's window: it tested nobody",
        "5 silences were promised and 0 could be judged",
        "no_data_deadline had nothing to judge",
        "status_published had nothing to judge",
        "service_push was promised to tell of silences and told of none in time",
    ]


def test_a_fault_at_one_cohort_is_not_covered_by_the_silences_of_another(tmp_path: Path) -> None:
    folder = night(tmp_path)
    moved = SCENARIO.replace("{south: 50%}", "{south: 50%, east: 50%}").replace("uplink[south]", "uplink[east]")
    folder.scenario.write_text(moved)
    seal(folder.history)
    judgement = judge(folder)
    assert judgement.verdict == "unknown"
    assert told(judgement, "coverage") == [
        "f1 (partition at uplink[east]) overlaps no judged silence's window: it tested nobody"
    ]


def test_a_path_that_was_promised_and_told_nobody_is_unknown(tmp_path: Path) -> None:
    def by_sentinel(rows: list[Row]) -> list[Row]:
        return [{**row, "path": "sentinel_push"} if row["kind"] in ("alarm", "accepted") else row for row in rows]

    judgement = judge(night(tmp_path, by_sentinel))
    assert judgement.verdict == "unknown"
    assert told(judgement, "coverage") == ["service_push was promised to tell of silences and told of none in time"]


def test_a_folder_below_where_one_stands_is_written_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert RunFolder(tmp_path / "reports/x").shown == "reports/x"
    assert RunFolder(Path("/elsewhere/x")).shown == "/elsewhere/x"
