"""A run is in doubt as long as its ledger cannot vouch that everything was undone and ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deadair.history.manifest import seal
from deadair.judging.stored_run import read_run
from deadair.model.run_folder import RunFolder
from tests.unit.run_folder_builder import LEDGER, build

BREAK = {"injector": "toxiproxy", "action": "freeze", "subject": "uplink[south]", "knobs": {}}
RUNNER, END = LEDGER.splitlines()


def line(what: str, seq: int = 1, by: str = "runner", /, **said: object) -> str:
    return json.dumps({"by": by, "seq": seq, "at_us": 9, "what": what, **said})


def end(*, seq: int) -> str:
    return line("end", seq, reason="the runner ended")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return build(tmp_path_factory.mktemp("run"), devices=8)


def wrong(folder: RunFolder) -> list[str]:
    seal(folder.history)  # the run was like that when it ended
    return [sentence for sentence in read_run(folder).wrong if "ledger" in sentence or "left" in sentence]


def test_a_ledger_that_tells_of_an_end_leaves_no_doubt(folder: RunFolder) -> None:
    folder.ledger.write_text(
        "\n".join(
            (
                RUNNER,
                line("break", fault="f1", **{"break": BREAK}),
                line("healed", 2, fault="f1", **{"break": BREAK}),
                end(seq=3),
            )
        )
    )
    assert wrong(folder) == []


@pytest.mark.clause("V12")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((RUNNER,), "the ledger says nothing of an end: something of the run may still be broken or running"),
        ((), "the ledger says nothing of an end: something of the run may still be broken or running"),
        ((RUNNER, line("end", left=[77, 78])), "the run ended while processes of it were left ([77, 78])"),
        (
            (RUNNER, line("break", fault="f1", **{"break": BREAK}), end(seq=2)),
            "the ledger does not say that everything was undone: 1 break left, such as f1: freeze uplink[south]",
        ),
        (
            (
                RUNNER,
                line("break", fault="f1", **{"break": BREAK}),
                line("break", 2, fault="f2", **{"break": BREAK}),
                line("not_healed", 0, "guardian", fault="f2", reason="it cannot be reached", **{"break": BREAK}),
                line("healed", 1, "guardian", fault="f1", **{"break": BREAK}),
                end(seq=3),
            ),
            "not healed by anybody, as the ledger says: f2: freeze uplink[south] (it cannot be reached)",
        ),
    ],
)
def test_a_ledger_that_does_not_is_a_doubt(folder: RunFolder, lines: tuple[str, ...], said: str) -> None:
    folder.ledger.write_text("\n".join(lines))
    assert wrong(folder) == [said]


@pytest.mark.clause("V12")
@pytest.mark.parametrize(
    ("lines", "lost"),
    [
        ((RUNNER, end(seq=2)), True),
        ((line("break", fault="f1", **{"break": BREAK}), END), True),
        ((RUNNER, '{"by": "runner", "seq": 1, "wha', end(seq=2)), True),
        ((RUNNER, END, line("guardian", 1, "guardian")), True),
        ((RUNNER, '{"by": "runner", "seq": 1, "wha', end(seq=1)), False),  # torn, so its deed was never begun
        ((RUNNER, line("guardian", 0, "guardian"), END, line("abort", 1, "guardian", reason="x")), False),
        ((RUNNER, END, line("end", 0, "heal"), line("end", 0, "heal")), False),
    ],
)
def test_a_ledger_of_which_lines_are_lost_is_a_doubt(folder: RunFolder, lines: tuple[str, ...], *, lost: bool) -> None:
    folder.ledger.write_text("\n".join(lines))
    assert any(sentence.startswith("ledger.jsonl has lost lines of the ") for sentence in wrong(folder)) is lost


@pytest.mark.clause("V12")
def test_a_ledger_that_is_missing_or_unreadable_is_a_doubt(folder: RunFolder) -> None:
    folder.ledger.unlink()
    assert wrong(folder)[0].startswith("ledger.jsonl cannot be read (No such file or directory)")
    folder.ledger.mkdir()
    assert wrong(folder)[0].startswith("ledger.jsonl cannot be read (Is a directory)")
    folder.ledger.rmdir()
    folder.ledger.write_text("[" * 100_000)
    assert wrong(folder)[0].startswith("the ledger says nothing of an end")


@pytest.mark.parametrize(
    ("whose", "number"),
    [("patient", 10**18), ("patient", -1), ("phone", 2**31), ("phone", -1), ("no_data_after_us", 10**18)],
)
def test_a_roster_with_a_number_that_no_column_holds_is_a_doubt(tmp_path: Path, whose: str, number: int) -> None:
    folder = build(tmp_path / "run", devices=8)
    said = json.loads(folder.roster.read_text("utf-8"))
    said["phones"][0][whose] = number
    folder.roster.write_text(json.dumps(said), "utf-8")
    assert [sentence for sentence in read_run(folder).wrong if sentence.startswith("roster.json cannot be read (")]


def test_a_run_that_somebody_wanted_ended_too_late_was_aborted(tmp_path: Path) -> None:
    folder = build(tmp_path / "run", devices=8)
    assert read_run(folder).abort is None
    folder.abort_request.parent.mkdir(exist_ok=True)
    folder.abort_request.write_text("Ctrl-C", "utf-8")
    assert read_run(folder).abort == "Ctrl-C"
