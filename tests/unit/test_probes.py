"""What the target is asked beside the runner, and what is written down of its answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from deadair.engines import probes as module
from deadair.engines.probes import Probes
from deadair.engines.question import Background
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.target import Site, Target

TWO = Roster((Device(0, "rest", "a", 0.0), Device(1, "rest", "b", 0.0)), ())


class Asked:
    """A target that answers as it is told to. What hangs is held back until ``let_go``."""

    nodes = ("gateway", "processor")

    def __init__(self) -> None:
        self.up = True
        self.why_not = ""
        self.measured_s = 1_000
        self.asked: list[str] = []
        self.hangs = ""
        self.held: list[Callable[[], None]] = []

    def why_not_ready(self, node: str, site: Site) -> str:
        self.asked.append(node)
        return self.why_not if self.up else "it is down"

    def backlog(self, site: Site) -> int:
        self.asked.append("backlog")
        if not self.up:
            raise HarnessError("no answer")
        return 0

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        if patient:
            raise HarnessError("no answer")
        return (Reading(self.measured_s, 100), Reading(self.measured_s, 100))

    def spawn(self, work: Callable[[], None], name: str) -> None:
        """Do it at once, or never if it is about what hangs."""
        if self.hangs and self.hangs in name:
            self.held.append(work)
        else:
            work()

    def let_go(self) -> None:
        self.hangs = ""
        while self.held:
            self.held.pop(0)()


@pytest.fixture
def target() -> Asked:
    return Asked()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path, "runner", RunClock.starting_now(speed=60)) as made:
        yield made


@pytest.fixture
def probes(target: Asked, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Probes:
    """Everything is due whenever one turns to it."""
    monkeypatch.setattr(module, "ROUND_REAL_S", 0.0)
    monkeypatch.setattr(module, "BACKLOG_EVERY_REAL_S", 0.0)
    return Probes(cast(Target, target), cast(Site, None), recorder, Background(target.spawn, threading.Event))


def turn(probes: Probes, times: int) -> None:
    for _ in range(times):
        probes.ask()


def rows(recorder: Recorder, folder: Path, kind: Kind) -> list[tuple[object, ...]]:
    recorder.flush()
    found = read(folder).of(kind).select("place", "patient", "outcome", "value", "detail")
    return [tuple(said for said in row if said is not None) for row in found.iter_rows()]


def test_readiness_is_told_on_change(target: Asked, probes: Probes, recorder: Recorder, tmp_path: Path) -> None:
    for up in (True, True, False, False, True):
        target.up = up
        turn(probes, 2)
    turn(probes, 1)
    assert [row for row in rows(recorder, tmp_path, Kind.READY) if row[0] == "gateway"] == [
        ("gateway", "ok"), ("gateway", "fail"), ("gateway", "ok")
    ]  # fmt: skip


def test_why_a_node_is_not_ready_is_kept_as_it_said_it(target: Asked, probes: Probes) -> None:
    assert probes.why_not("gateway") == ""
    target.why_not = "answered 503"
    turn(probes, 3)
    assert (probes.ready["gateway"], probes.why_not("gateway")) == (False, " (answered 503)")
    target.why_not = ""
    turn(probes, 3)
    assert (probes.ready["gateway"], probes.why_not("gateway")) == (True, "")


def test_a_stored_reading_of_no_time_that_a_history_could_hold_is_written_down(
    target: Asked, probes: Probes, recorder: Recorder, tmp_path: Path
) -> None:
    target.measured_s = 10**14
    probes.ask_stored(TWO, lambda: None)
    assert len(rows(recorder, tmp_path, Kind.STORED)) == 2


def test_a_node_that_hangs_delays_no_other_and_is_not_asked_again(target: Asked, probes: Probes) -> None:
    target.hangs = "processor"
    turn(probes, 10)
    assert target.asked.count("gateway") == 5
    assert len(target.held) == 1
    assert probes.ready == {"gateway": True, "processor": False}
    target.let_go()
    turn(probes, 1)
    assert probes.ready["processor"]


def test_a_node_that_answers_nothing_at_all_is_not_ready(
    target: Asked, probes: Probes, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own limit is a promise of the target, and may be broken."""
    monkeypatch.setattr(module, "LATE_S", 0.0)
    target.hangs = "processor"
    probes.forget("processor")
    turn(probes, 4)
    assert ("processor", "fail") in rows(recorder, tmp_path, Kind.READY)


def test_what_a_node_answered_before_it_was_started_again_is_forgotten(target: Asked, probes: Probes) -> None:
    turn(probes, 3)
    assert probes.ask_node("gateway")
    target.hangs = "gateway"
    turn(probes, 2)
    probes.forget("gateway")
    target.let_go()
    assert not probes.ask_node("gateway"), "the answer is one of before"
    assert probes.ask_node("gateway")


def test_a_backlog_that_cannot_be_asked_is_no_number(
    target: Asked, probes: Probes, recorder: Recorder, tmp_path: Path
) -> None:
    turn(probes, 1)
    target.up = False
    turn(probes, 2)
    assert rows(recorder, tmp_path, Kind.BACKLOG) == [("ok", 0), ("info", "no answer")]


def test_a_backlog_that_is_waited_for_is_written_down_when_it_comes(
    target: Asked, probes: Probes, recorder: Recorder, tmp_path: Path
) -> None:
    target.hangs = "backlog"
    turn(probes, 5)
    assert rows(recorder, tmp_path, Kind.BACKLOG) == []
    target.let_go()
    turn(probes, 1)
    assert rows(recorder, tmp_path, Kind.BACKLOG) == [("ok", 0)]


def test_every_patient_is_asked_for_and_doubles_are_kept(probes: Probes, recorder: Recorder, tmp_path: Path) -> None:
    probes.ask_stored(TWO, recorder.tick)
    assert rows(recorder, tmp_path, Kind.STORED) == [(0, 100), (0, 100)]
    assert rows(recorder, tmp_path, Kind.STORED_PROBED) == [(0, "ok", 2), (1, "info", "no answer")]


def test_a_store_that_never_answers_is_waited_for_no_longer_than_its_limit(
    target: Asked, probes: Probes, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_LIMIT_S", 0.02)
    target.hangs = "the target"
    probes.ask_stored(TWO, recorder.tick)
    assert [row[:2] for row in rows(recorder, tmp_path, Kind.STORED_PROBED)] == [(0, "info"), (1, "info")]
