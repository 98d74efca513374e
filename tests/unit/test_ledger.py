"""The ledger keeps what must be undone, also when it is torn."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair import ledger
from deadair.injectors.catalogue import entry_of
from deadair.injectors.injector import Break
from deadair.ledger import Ledger
from deadair.model.clock import RunClock

SOUTH = Break("toxiproxy", "freeze", "uplink[south]", {"rate": 0})
EAST = Break("toxiproxy", "freeze", "uplink[east]")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def writing(path: Path) -> Ledger:
    return Ledger(path, by="runner", clock=RunClock.starting_now(speed=60))


def test_lines_come_back_in_order_with_what_they_say(path: Path, writing: Ledger) -> None:
    writing.write("runner", pid=1, start_ticks=2)
    writing.write("process", name="notifier→push")
    lines = ledger.read(path)
    assert [(line.by, line.seq, line.what) for line in lines] == [("runner", 0, "runner"), ("runner", 1, "process")]
    assert lines[1].said["name"] == "notifier→push"


def test_a_break_is_open_until_it_is_known_to_be_healed(path: Path, writing: Ledger) -> None:
    writing.write_break("break", "f1", SOUTH)
    writing.write_break("break", "f1", EAST)
    writing.write_break("heal", "f1", SOUTH)
    assert ledger.open_breaks(ledger.read(path)) == (("f1", SOUTH), ("f1", EAST))
    writing.write_break("healed", "f1", SOUTH)
    assert ledger.open_breaks(ledger.read(path)) == (("f1", EAST),)


def test_breaks_of_two_faults_on_one_place_are_two(path: Path, writing: Ledger) -> None:
    writing.write_break("break", "f1", SOUTH)
    writing.write_break("break", "f2", SOUTH)
    writing.write_break("healed", "f1", SOUTH)
    assert ledger.open_breaks(ledger.read(path)) == (("f2", SOUTH),)


def test_a_line_is_on_disk_when_write_returns(path: Path, writing: Ledger) -> None:
    writing.write_break("break", "f1", SOUTH)
    assert path.read_bytes().endswith(b"\n")


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_last_line_costs_only_itself(path: Path, writing: Ledger, cut: int) -> None:
    writing.write_break("break", "f1", SOUTH)
    writing.write_break("break", "f2", EAST)
    path.write_bytes(path.read_bytes()[:-cut])
    expected = (("f1", SOUTH), ("f2", EAST)) if cut == 1 else (("f1", SOUTH),)
    assert ledger.open_breaks(ledger.read(path)) == expected


def test_rubbish_between_the_lines_is_passed_over(path: Path, writing: Ledger) -> None:
    writing.write_break("break", "f1", SOUTH)
    with path.open("ab") as file:
        file.write(b'\x00\xff\n[1]\n{"by": 1}\n{"what": "healed", "by": "x", "seq": 0, "at_us": 0, "break": 7}\n')
    writing.write("end")
    lines = ledger.read(path)
    assert ledger.open_breaks(lines) == (("f1", SOUTH),)
    assert ledger.newest(lines, "end") is not None


@pytest.mark.parametrize(
    "said",
    [
        7, None, {}, {"injector": "toxiproxy", "action": "freeze"},
        {"injector": "toxiproxy", "action": "freeze", "subject": "uplink[south]", "knobs": 3},
        {"injector": "toxiproxy", "action": "freeze", "subject": ["uplink"], "knobs": {}},
        {"injector": "toxiproxy", "action": "", "subject": "uplink[south]", "knobs": {}},
        {"injector": "toxiproxy", "action": "freeze", "subject": "uplink[south]", "knobs": {}, "until_s": 9},
    ],
)  # fmt: skip
def test_a_break_that_cannot_be_understood_is_open_and_nobody_can_undo_it(
    path: Path, writing: Ledger, said: object
) -> None:
    writing.write("break", fault="f1", **{"break": said})
    writing.write_break("break", "f2", EAST)
    writing.write_break("healed", "f2", EAST)
    (unread,) = ledger.open_breaks(ledger.read(path))
    assert (unread[0], unread[1].injector) == ("f1", ledger.UNREADABLE)
    assert entry_of(unread[1]) is None


def test_why_a_break_is_not_healed_is_the_newest_reason_of_that_break(path: Path, writing: Ledger) -> None:
    writing.write_break("break", "f1", SOUTH)
    writing.write_break("not_healed", "f1", EAST, reason="of another")
    assert ledger.why_not_healed(ledger.read(path), "f1", SOUTH) is None
    writing.write_break("not_healed", "f1", SOUTH, reason="it was locked up")
    writing.write_break("not_healed", "f1", SOUTH, reason="it is gone")
    lines = ledger.read(path)
    assert ledger.why_not_healed(lines, "f1", SOUTH) == "it is gone"
    assert ledger.open_breaks(lines) == (("f1", SOUTH),)


def test_a_line_too_deep_to_be_read_is_passed_over(path: Path, writing: Ledger) -> None:
    writing.write_break("break", "f1", SOUTH)
    with path.open("ab") as file:
        file.write(b"[" * 200_000 + b"\n")
    writing.write("end")
    lines = ledger.read(path)
    assert ledger.open_breaks(lines) == (("f1", SOUTH),)
    assert ledger.newest(lines, "end") is not None


@pytest.mark.parametrize("number", ["1e400", "Infinity", "-Infinity", "NaN"])
@pytest.mark.parametrize(
    "line", ['{"by": "x", "seq": %s, "at_us": 0, "what": "end"}', '{"by": "x", "seq": 0, "at_us": %s, "what": "end"}']
)
def test_a_line_with_a_number_that_is_none_is_passed_over(path: Path, writing: Ledger, line: str, number: str) -> None:
    writing.write("runner")
    with path.open("a", encoding="utf-8") as file:
        file.write(line % number + "\n")
    assert [line.what for line in ledger.read(path)] == ["runner"]


def test_two_writers_do_not_mix_their_lines(path: Path, writing: Ledger) -> None:
    guardian = Ledger(path, by="guardian", clock=RunClock.starting_now(speed=60))
    for _ in range(20):
        writing.write("process", name="x" * 500)
        guardian.write_break("healed", "f1", SOUTH)
    assert len(ledger.read(path)) == 40


def test_without_a_ledger_there_is_nothing_to_read(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ledger.read(path)


def test_closing_twice_does_nothing(writing: Ledger) -> None:
    writing.close()
    writing.close()
