"""Stored evidence is believed only under its seal, and nothing that cannot be judged anew is overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.history.manifest import MANIFEST
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from tests.unit.run_folder_builder import LEDGER
from tests.unit.test_format_1 import SMALL

HANGS_S = 20
LIE = "a sentence that no rule ever said"
EVIDENCE = (
    "scenario.yaml",
    "roster.json",
    "environment.json",
    "ledger.jsonl",
    "history/fleet.arrow",
    "history/manifest.json",
)
Harm = Callable[[Path], None]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a small night twice in virtual time, once with a planted defect; each test changes copies."""
    root = tmp_path_factory.mktemp("runs")
    path = root / "small.yaml"
    path.write_text(SMALL, "utf-8")
    for name, more, code in (
        ("passed", (), Exit.PASS),
        ("failed", ("--defect", "disarmed-by-stored"), Exit.VIOLATED),
    ):
        made = root / name
        assert command(["run", str(path), "--engine", "simulated", "--reports", str(made), *more]) == code
        shutil.copytree((made / "latest").resolve(), root / "kept" / name)
    return root / "kept"


@pytest.fixture
def failed(runs: Path, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(runs / "failed", tmp_path / "runs/small/failed")))


@pytest.fixture
def passed(runs: Path, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(runs / "passed", tmp_path / "runs/small/passed")))


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Let what waits for a pipe that nobody writes to fail instead."""

    def give_up(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def results(folder: RunFolder) -> dict[str, bytes]:
    """Return what a run says of itself, as far as it is files."""
    files = (folder.verdict, folder.report, folder.junit, folder.summary)
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"1", b"2").replace(b"e", b"f"))


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def make_link_to_a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def make_huge(path: Path) -> None:
    os.truncate(path, 1 << 42)


HARMS = (edit, halve, empty, remove, make_folder, make_pipe, make_link_to_itself, make_link_to_a_device, make_huge)


def again(verb: str, folder: RunFolder) -> int:
    more = ["--reports", str(folder.root.parents[2] / "again")] if verb == "replay" else []
    return command([verb, str(folder.root), *more])


@pytest.mark.clause("V11")
@pytest.mark.parametrize("file", EVIDENCE)
@pytest.mark.parametrize(
    ("verb", "harm"),
    [
        *(("check", harm) for harm in HARMS),
        *((verb, harm) for verb in ("report", "replay") for harm in (edit, make_pipe)),
    ],
)
def test_harmed_evidence_proves_nothing_and_overwrites_nothing(
    passed: RunFolder, capsys: pytest.CaptureFixture[str], verb: str, harm: Harm, file: str
) -> None:
    before = results(passed)
    harm(passed.root / file)
    code = again(verb, passed)
    said = capsys.readouterr()
    assert code in (Exit.UNKNOWN, Exit.HARNESS, Exit.USAGE)
    assert results(passed) == before
    assert "identical" not in said.out
    if (harm, file) != (edit, "history/manifest.json"):  # then it is the shards that are not as it says
        assert Path(file).name in said.err
    assert "Traceback" not in said.err
    assert "an error of the harness itself" not in said.err
    assert not (passed.root.parents[2] / "again").exists()


@pytest.mark.parametrize("file", EVIDENCE)
@pytest.mark.parametrize("verb", ["check", "report", "replay"])
def test_evidence_pasted_from_another_run_is_not_its_own(
    passed: RunFolder, failed: RunFolder, verb: str, file: str
) -> None:
    before = results(failed)
    if (passed.root / file).read_bytes() == (failed.root / file).read_bytes():
        assert file in ("scenario.yaml", "roster.json", "ledger.jsonl")
        return
    shutil.copy(passed.root / file, failed.root / file)
    assert again(verb, failed) in (Exit.UNKNOWN, Exit.HARNESS)
    assert results(failed) == before


def test_a_seal_that_no_longer_names_the_plan_does_not_make_it_believed(passed: RunFolder) -> None:
    manifest = passed.history / MANIFEST
    said = json.loads(manifest.read_bytes())
    del said["beside"]["scenario.yaml"]
    manifest.write_text(json.dumps(said), "utf-8")
    passed.scenario.write_text(passed.scenario.read_text("utf-8").replace("storm: 20m", "storm: 19m"), "utf-8")
    assert again("replay", passed) == Exit.HARNESS
    assert again("check", passed) == Exit.UNKNOWN


def test_a_plan_that_was_edited_is_not_replayed(failed: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    failed.scenario.write_text(failed.scenario.read_text("utf-8").replace("within: 5m", "within: 50m"), "utf-8")
    assert again("replay", failed) == Exit.HARNESS
    said = capsys.readouterr().err
    assert "scenario.yaml: is not as it was when the run sealed it" in said
    assert "`deadair run " in said


def test_a_replay_compares_the_verdicts_too(passed: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert again("replay", passed) == Exit.PASS
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("replay: ")]
    assert said[0].startswith("replay: identical, bit for bit")
    assert said[1:] == ["replay: same verdict, same violated rules"]


def with_lies(folder: RunFolder, **changes: object) -> None:
    folder.verdict.write_text(json.dumps({**json.loads(folder.verdict.read_bytes()), **changes}), "utf-8")


@pytest.mark.parametrize("verb", ["report", "replay"])
def test_a_pasted_verdict_with_the_right_hash_is_not_shown(
    passed: RunFolder, failed: RunFolder, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    hash_of_failed = json.loads(failed.verdict.read_bytes())["history_sha256"]
    failed.verdict.write_bytes(passed.verdict.read_bytes())
    with_lies(failed, history_sha256=hash_of_failed)
    before = results(failed)
    assert again(verb, failed) == Exit.HARNESS
    assert "verdict.json cannot be trusted: it says" in capsys.readouterr().err
    assert results(failed) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "unknown"},
        {"findings": []},
        {"silences": {"count": 3, "alerted_in_time": 2, "excused": 0, "time_to_alert_s": {}}},
        {"alert_paths": {"service_push": {"alerted_in_time": 2, "alerted_first": 3}}},
        {"faults": []},
        {"seed": 4},
        {"scenario": "other"},
        {"engine": "live"},
        {"subject": {"version": "2", "command": "x", "configuration_sha256": ""}},
        {"history_sha256": "0" * 64},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_figure_of_an_edited_verdict_is_believed(passed: RunFolder, changes: dict[str, object]) -> None:
    with_lies(passed, **changes)
    before = results(passed)
    assert again("report", passed) == Exit.HARNESS
    assert results(passed) == before


@pytest.mark.parametrize("findings", [{"format": 7}, {"findings": [{"rule": "x", "judged": -5}]}])
def test_what_no_run_can_have_written_is_no_verdict(
    passed: RunFolder, capsys: pytest.CaptureFixture[str], findings: dict[str, object]
) -> None:
    with_lies(passed, **findings)
    assert again("report", passed) == Exit.HARNESS
    assert "verdict.json cannot be read" in capsys.readouterr().err


def test_no_sentence_of_an_edited_verdict_is_shown(passed: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(passed.verdict.read_bytes())
    with_lies(
        passed, why=LIE, replay=LIE, findings=[{**each, "why": LIE} for each in said["findings"]],
        not_judged=[{"rule": LIE, "why": LIE}], doubts=[{"kind": "validity", "what": LIE}],
        faults=[{**each, "why": LIE, "blast_radius": LIE} for each in said["faults"]], more=LIE,
    )  # fmt: skip
    edited = passed.verdict.read_bytes()
    assert again("report", passed) == Exit.PASS
    assert all(LIE.encode() not in data for data in results(passed).values())
    assert LIE not in capsys.readouterr().out
    assert (passed.root / "verdict.1.json").read_bytes() == edited


def test_a_run_without_its_history_keeps_what_was_said_of_it(
    passed: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = results(passed)
    shutil.rmtree(passed.history)
    assert again("check", passed) == Exit.UNKNOWN
    assert results(passed) == before
    said = capsys.readouterr()
    assert "nothing was overwritten" in said.err
    assert "UNKNOWN" in said.out
    assert again("report", passed) == again("replay", passed) == Exit.HARNESS
    assert results(passed) == before


def test_the_sample_in_the_repository_stays_as_it_is(tmp_path: Path) -> None:
    sample = RunFolder(Path(shutil.copytree(Path(__file__).parents[2] / "reports/sample", tmp_path / "sample")))
    before = results(sample)
    assert [again(verb, sample) for verb in ("check", "report", "replay")] == [2, 4, 4]
    assert results(sample) == before
    assert len(before) == 4


@pytest.mark.parametrize("kept", ["verdict", "report", "junit", "summary"])
def test_one_file_that_is_left_is_enough_to_be_kept(passed: RunFolder, kept: str) -> None:
    for path in (passed.verdict, passed.report, passed.junit, passed.summary):
        if path != getattr(passed, kept):
            path.unlink()
    before = results(passed)
    shutil.rmtree(passed.history)
    assert again("check", passed) == Exit.UNKNOWN
    assert results(passed) == before


def test_a_run_that_was_never_judged_is_judged_however_damaged_it_is(passed: RunFolder) -> None:
    for path in (passed.verdict, passed.report, passed.junit, passed.summary, passed.history / MANIFEST):
        path.unlink()
    assert again("check", passed) == Exit.UNKNOWN
    assert set(results(passed)) == {"verdict.json", "report.html", "junit.xml", "summary.md"}
    (passed.report).unlink()
    assert again("report", passed) == Exit.UNKNOWN  # it is what the evidence comes to, however little that is
    assert passed.report.is_file()


def test_a_new_judgement_keeps_the_old_ones_beside_it(passed: RunFolder) -> None:
    own = passed.verdict.read_bytes()
    assert again("check", passed) == Exit.PASS
    assert not list(passed.root.glob("verdict.*.json"))  # it says the same
    for number, lie in enumerate((b"{}", b'{"verdict": "fail"}'), start=1):
        passed.verdict.write_bytes(lie)
        assert again("check", passed) == Exit.PASS
        assert passed.earlier_verdict(number).read_bytes() == lie
    assert {path.name for path in passed.root.glob("verdict.*.json")} == {"verdict.1.json", "verdict.2.json"}
    assert json.loads(passed.verdict.read_bytes())["verdict"] == json.loads(own)["verdict"]


@pytest.mark.parametrize("harm", [*HARMS[1:-1], make_huge], ids=lambda harm: harm.__name__)
def test_whatever_lies_where_the_verdict_was_is_neither_read_nor_lost(passed: RunFolder, harm: Harm) -> None:
    harm(passed.verdict)
    assert again("report", passed) == Exit.HARNESS
    assert again("replay", passed) == Exit.HARNESS
    there = os.path.lexists(passed.verdict)
    assert again("check", passed) == Exit.PASS
    assert json.loads(passed.verdict.read_bytes())["verdict"] == "pass"
    assert os.path.lexists(passed.earlier_verdict(1)) is there


@pytest.mark.parametrize("harm", HARMS[3:], ids=lambda harm: harm.__name__)
def test_a_page_that_is_none_delays_no_report(passed: RunFolder, harm: Harm) -> None:
    harm(passed.report)
    assert again("report", passed) in (Exit.PASS, Exit.HARNESS)
    if harm is not make_folder:
        assert passed.report.read_bytes().startswith(b"<!doctype html>")


def test_an_appended_line_of_the_ledger_changes_no_verdict(passed: RunFolder) -> None:
    with passed.ledger.open("a") as ledger:
        ledger.write('{"by": "heal", "seq": 0, "at_us": 9, "what": "abort", "reason": "too late"}\n')
    assert again("check", passed) == Exit.PASS


def test_a_request_to_end_that_is_no_file_is_no_pass_and_no_hang(passed: RunFolder) -> None:
    before = results(passed)
    os.mkfifo(passed.abort_request)
    assert again("report", passed) == Exit.HARNESS
    assert results(passed) == before
    assert again("check", passed) == Exit.ABORTED


def trace(folder: RunFolder, detail: str) -> None:
    step = {"at_s": 1, "where": "device", "what": "measured", "measured_s": 1, "detail": detail}
    said = {"phone": 1, "patient": 1, "lanes": ["device"], "steps": [step]}
    folder.trace.write_text(json.dumps(said), "utf-8")


def test_a_trace_that_was_not_sealed_is_not_shown(passed: RunFolder) -> None:
    trace(passed, LIE)
    assert again("report", passed) == Exit.PASS
    page = passed.report.read_text("utf-8")
    assert LIE not in page
    assert "trace.json" in page


def test_a_trace_is_sealed_and_shown(passed: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    reports = passed.root.parents[2] / "again"
    assert command(["replay", str(passed.root), "--trace", "phone=1", "--reports", str(reports)]) == Exit.PASS
    followed = RunFolder((reports / "latest").resolve())
    assert again("report", followed) == Exit.PASS
    gap = "is not as it was when the run sealed it"
    assert gap not in followed.report.read_text("utf-8")
    edit(followed.trace)
    assert again("report", followed) == Exit.PASS
    assert gap in followed.report.read_text("utf-8")


def died(folder: RunFolder, run_id: str) -> None:
    """Let the ledger be that of a run whose runner is gone, and said nothing of an end."""
    folder.ledger.write_text(LEDGER.splitlines()[0].replace('"built"', json.dumps(run_id)) + "\n", "utf-8")


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("file", ["ledger.jsonl", "environment.json"])
def test_abort_and_heal_of_a_harmed_run_never_hang(passed: RunFolder, harm: Harm, file: str) -> None:
    died(passed, json.loads(passed.environment.read_bytes())["run_id"])
    harm(passed.root / file)
    assert again("abort", passed) in (Exit.HARNESS, Exit.USAGE)
    assert command(["heal", "--reports", str(passed.root.parents[1])]) in (Exit.PASS, Exit.HARNESS)


def test_heal_ends_no_process_of_another_run(passed: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    died(passed, "somebody-elses")
    assert command(["heal", "--reports", str(passed.root.parents[1])]) == Exit.HARNESS
    assert "environment.json is of another run than ledger.jsonl" in capsys.readouterr().out


def test_what_a_manifest_that_was_forged_as_a_whole_comes_to_is_said_in_the_documents(passed: RunFolder) -> None:
    """It is no secret that makes a seal: docs/results.md says so, and this is what it says."""
    text = passed.scenario.read_bytes().replace(b"within: 5m", b"within: 6m")
    passed.scenario.write_bytes(text)
    manifest = passed.history / MANIFEST
    said = json.loads(manifest.read_bytes())
    said["beside"]["scenario.yaml"] = [len(text), hashlib.sha256(text).hexdigest()]
    manifest.write_text(json.dumps(said), "utf-8")
    assert again("check", passed) == Exit.PASS


@pytest.mark.parametrize("verb", ["check", "report", "replay", "abort"])
def test_a_run_folder_that_leads_to_itself_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    (tmp_path / "latest").symlink_to("latest")
    assert command([verb, "latest", "--reports", str(tmp_path)]) == Exit.USAGE
    assert "not a run folder" in capsys.readouterr().err
