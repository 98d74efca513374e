"""A stored verdict is what the evidence comes to, or is not shown; what cannot be judged anew overwrites nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from deadair.history.manifest import MANIFEST
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from tests.unit.stored_evidence import (
    HARMS,
    LIE,
    Harm,
    again,
    make_folder,
    make_huge,
    results,
    with_lies,
)

pytestmark = pytest.mark.usefixtures("in_time", "_quick_drawing")


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
