"""A stored run that somebody harmed is aborted and healed in words, and nothing of it hangs or strikes another run."""

from __future__ import annotations

import json
import os

import pytest

from deadair.cli import command
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from tests.unit.run_folder_builder import LEDGER
from tests.unit.stored_evidence import (
    HARMS,
    Harm,
    again,
    results,
)

pytestmark = pytest.mark.usefixtures("in_time", "_quick_drawing")


def test_a_request_to_end_that_is_no_file_is_no_pass_and_no_hang(passed: RunFolder) -> None:
    before = results(passed)
    os.mkfifo(passed.abort_request)
    assert again("report", passed) == Exit.HARNESS
    assert results(passed) == before
    assert again("check", passed) == Exit.ABORTED


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
