"""A run is in doubt as long as its ledger cannot vouch that everything was undone and ended."""

from __future__ import annotations

import json

import pytest

from harness.model.run_folder import RunFolder
from harness.scenario.stored_run import read_run
from tests.unit.run_folder_builder import LEDGER, build

BREAK = {"injector": "toxiproxy", "action": "freeze", "subject": "uplink[south]", "knobs": {}}
RUNNER, END = LEDGER.splitlines()


def line(what: str, **said: object) -> str:
    return json.dumps({"by": "runner", "seq": 9, "at_us": 9, "what": what, **said})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return build(tmp_path_factory.mktemp("run"), devices=8)


def wrong(folder: RunFolder) -> list[str]:
    return [sentence for sentence in read_run(folder).wrong if "ledger" in sentence or "left" in sentence]


def test_a_ledger_that_tells_of_an_end_leaves_no_doubt(folder: RunFolder) -> None:
    folder.ledger.write_text(
        "\n".join(
            (RUNNER, line("break", fault="f1", **{"break": BREAK}), line("healed", fault="f1", **{"break": BREAK}), END)
        )
    )
    assert wrong(folder) == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((RUNNER,), "the ledger says nothing of an end: something of the run may still be broken or running"),
        ((), "the ledger says nothing of an end: something of the run may still be broken or running"),
        ((RUNNER, line("end", left=[77, 78])), "the run ended while processes of it were left ([77, 78])"),
        (
            (RUNNER, line("break", fault="f1", **{"break": BREAK}), END),
            "the ledger does not tell that everything was undone: 1 left, such as f1: freeze uplink[south]",
        ),
    ],
)
def test_a_ledger_that_does_not_is_a_doubt(folder: RunFolder, lines: tuple[str, ...], said: str) -> None:
    folder.ledger.write_text("\n".join(lines))
    assert wrong(folder) == [said]


def test_a_ledger_that_is_missing_or_unreadable_is_a_doubt(folder: RunFolder) -> None:
    folder.ledger.unlink()
    assert wrong(folder)[0].startswith("ledger.jsonl cannot be read (FileNotFoundError")
    folder.ledger.mkdir()
    assert wrong(folder)[0].startswith("ledger.jsonl cannot be read (IsADirectoryError")
    folder.ledger.rmdir()
    folder.ledger.write_text("[" * 100_000)
    assert wrong(folder)[0].startswith("ledger.jsonl cannot be read (RecursionError")
