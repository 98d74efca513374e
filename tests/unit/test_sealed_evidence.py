"""Stored evidence is believed only under its seal."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.history.manifest import MANIFEST
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from tests.unit.stored_evidence import (
    EVIDENCE,
    HARMS,
    LIE,
    Harm,
    again,
    edit,
    make_pipe,
    results,
)

pytestmark = pytest.mark.usefixtures("in_time", "_quick_drawing")


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


def test_an_appended_line_of_the_ledger_changes_no_verdict(passed: RunFolder) -> None:
    with passed.ledger.open("a") as ledger:
        ledger.write('{"by": "heal", "seq": 0, "at_us": 9, "what": "abort", "reason": "too late"}\n')
    assert again("check", passed) == Exit.PASS


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
