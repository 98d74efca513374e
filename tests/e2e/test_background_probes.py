"""A part that hangs delays nothing but itself: who asks it does not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from deadair.engines.early_end import AbortedError
from deadair.engines.live import background_probes
from deadair.engines.live.background_probes import BackgroundProbes
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.target import Site, Target

pytestmark = pytest.mark.live

ONE = Roster((Device(0, "rest", "a", 0.0),), ())


class Hanging:
    """A target of which one node, the backlog and the store answer nothing before they are let go."""

    nodes = ("gateway", "sentinel")

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.asked: list[str] = []

    def ready(self, node: str, site: Site) -> bool:
        self.asked.append(node)
        return node != "sentinel" or self.let_go.wait(30)

    def backlog(self, site: Site) -> int:
        self.let_go.wait(30)
        return 7

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        self.let_go.wait(30)
        raise HarnessError("no answer")


@pytest.fixture
def target() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.let_go.set()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path, "runner", RunClock.starting_now(speed=60)) as made:
        yield made


@pytest.fixture
def probes(target: Hanging, recorder: Recorder) -> BackgroundProbes:
    return BackgroundProbes(cast(Target, target), cast(Site, None), recorder)


def ask_until(probes: BackgroundProbes, condition: Callable[[], bool]) -> float:
    """Turn to the probes as a runner does; return the longest real time that one turn took."""
    limit, longest_s = Deadline.after(20), 0.0
    while not condition():
        assert not limit.passed()
        began = Deadline.after(10)
        probes.ask(room_s=0.0)
        longest_s = max(longest_s, 10 - began.left_s())
        pause(0.01)
    return longest_s


def readiness(recorder: Recorder, folder: Path) -> list[tuple[object, ...]]:
    recorder.flush()
    return list(read(folder).of(Kind.READY).select("place", "outcome").iter_rows())


def test_a_node_that_hangs_delays_no_turn_and_no_other_node(
    probes: BackgroundProbes, target: Hanging, recorder: Recorder, tmp_path: Path
) -> None:
    longest_s = ask_until(probes, lambda: target.asked.count("gateway") >= 4)
    assert longest_s < 0.5
    assert target.asked.count("sentinel") == 1, "it is not asked again before it has answered"
    assert probes.ready == {"gateway": True, "sentinel": False}
    target.let_go.set()
    ask_until(probes, lambda: probes.ready["sentinel"])
    assert readiness(recorder, tmp_path) == [("gateway", "ok"), ("sentinel", "ok")]


def test_a_node_that_answers_nothing_at_all_is_not_ready(
    probes: BackgroundProbes, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own limit is a promise of the target, and may be broken."""
    monkeypatch.setattr(background_probes, "LATE_S", 0.1)
    probes.forget("sentinel")
    ask_until(probes, lambda: ("sentinel", "fail") in readiness(recorder, tmp_path))


def test_a_backlog_that_is_waited_for_is_written_down_when_it_comes(
    probes: BackgroundProbes, target: Hanging, recorder: Recorder, tmp_path: Path
) -> None:
    def backlog() -> list[tuple[object, ...]]:
        recorder.flush()
        return list(read(tmp_path).of(Kind.BACKLOG).select("outcome", "value").iter_rows())

    ask_until(probes, lambda: target.asked.count("gateway") >= 2)
    assert backlog() == []
    target.let_go.set()
    ask_until(probes, lambda: bool(backlog()))
    assert backlog()[0] == ("ok", 7)


def test_what_a_node_answered_before_it_was_started_again_is_forgotten(
    probes: BackgroundProbes, target: Hanging
) -> None:
    ask_until(probes, lambda: probes.ask_node("gateway"))
    probes.ask_node("gateway")
    probes.forget("gateway")
    assert not probes.ask_node("gateway")
    ask_until(probes, lambda: probes.ask_node("gateway"))


def test_the_end_of_a_run_can_be_asked_for_while_a_store_hangs(probes: BackgroundProbes, target: Hanging) -> None:
    def check() -> None:
        raise AbortedError("enough")

    began = Deadline.after(10)
    with pytest.raises(AbortedError):
        probes.ask_stored(ONE, check)
    assert 10 - began.left_s() < 1.0


def test_a_store_that_does_not_answer_is_written_down(
    probes: BackgroundProbes, target: Hanging, recorder: Recorder, tmp_path: Path
) -> None:
    target.let_go.set()
    target.backlog = lambda site: 0  # type: ignore[method-assign]
    probes.ask_stored(ONE, recorder.tick)
    recorder.flush()
    found = read(tmp_path).of(Kind.STORED_PROBED).select("patient", "outcome", "detail").rows()
    assert found == [(0, "info", "no answer")]
