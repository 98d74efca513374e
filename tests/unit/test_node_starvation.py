"""A node that waits for a processor is starved only if it is others who have it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deadair.engines.live import node_starvation
from deadair.engines.live.node_starvation import NodeStarvation, ProcessorTime, processor_time, starved
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.processes import Identity
from deadair.injectors.running_node import RunningNode

ONE, TWO = Identity(7, 1), Identity(8, 1)


class Still:
    """A clock that somebody else sets."""

    speed = 60.0
    at_us = 0

    def now_us(self) -> int:
        return self.at_us


def had(identity: Identity, ran_s: float, waited_s: float) -> ProcessorTime:
    return ProcessorTime(identity, ran_s, waited_s)


@pytest.mark.parametrize(
    ("ran_s", "waited_s", "cores", "found"),
    [
        ((0.1, 0.1), (0.8, 0.1), 1, {"a": 0.8}),
        ((0.1, 0.1), (0.8, 0.9), 1, {"a": 0.8, "b": 0.9}),
        ((0.1, 0.1), (0.75, 0.4), 1, {}),
        ((0.9, 0.1), (0.1, 0.8), 1, {}),
        ((0.4, 0.1), (0.6, 0.8), 1, {}),
        ((0.9, 0.1), (0.1, 0.8), 4, {"b": 0.8}),
    ],
    ids=["one", "both", "for less than that", "the other node had it", "together they had half", "of four cores"],
)
def test_who_is_starved(
    ran_s: tuple[float, float], waited_s: tuple[float, float], cores: int, found: dict[str, float]
) -> None:
    before = {"a": had(ONE, 5, 9), "b": had(TWO, 5, 9)}
    now = {
        "a": had(ONE, 5 + ran_s[0], 9 + waited_s[0]),
        "b": had(TWO, 5 + ran_s[1], 9 + waited_s[1]),
    }
    assert {node: round(s, 6) for node, s in starved(before, now, real_s=1.0, cores=cores).items()} == found


def test_a_node_that_was_started_again_is_another_one() -> None:
    before = {"a": had(ONE, 0, 0)}
    assert starved(before, {"a": had(Identity(7, 2), 0, 3)}, real_s=1.0, cores=1) == {}
    assert starved({}, {"a": had(ONE, 0, 3)}, real_s=1.0, cores=1) == {}


def test_this_very_process_has_had_some_time() -> None:
    identity = Identity.of(os.getpid())
    assert identity is not None
    found = processor_time(identity)
    assert found is not None and found.ran_s > 0 and found.waited_s >= 0


def test_a_process_that_is_gone_or_not_counted_has_none(tmp_path: Path) -> None:
    assert processor_time(ONE, tmp_path) is None
    (tmp_path / "7").mkdir()
    (tmp_path / "7/stat").write_text(f"7 (a) b) S {' '.join(['0'] * 10)} 150 50 0")
    assert processor_time(ONE, tmp_path) is None
    (tmp_path / "7/schedstat").write_text("1 3500000000 9")
    assert processor_time(ONE, tmp_path) == ProcessorTime(ONE, 200 / node_starvation.TICKS_PER_S, 3.5)


def test_it_looks_every_two_seconds_and_writes_down_the_process_starved_most(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {
        ONE: iter([had(ONE, 0, 0), had(ONE, 0.1, 1.8), had(ONE, 0.2, 2.0)]),
        TWO: iter([had(TWO, 0, 0), had(TWO, 0.1, 1.7), had(TWO, 0.2, 1.7)]),
    }
    monkeypatch.setattr(Identity, "of", lambda pid: Identity(pid, 1))
    monkeypatch.setattr(node_starvation, "processor_time", lambda identity: next(times[identity]))
    clock = Still()
    rows: list[tuple[Kind, dict[str, Any]]] = []
    recorder = SimpleNamespace(clock=clock, add=lambda kind, **columns: rows.append((kind, columns)))
    nodes = {"a": cast(RunningNode, SimpleNamespace(pids=lambda: (7, 8)))}
    starvation = NodeStarvation(cast(Recorder, recorder), nodes, cores=1)
    for real_s in (1.0, 2.0, 3.0, 4.0, 6.0):
        clock.at_us = int(real_s * 60e6)
        starvation.look()
    assert rows == [(Kind.STARVED, {"at_us": 240_000_000, "sent_us": 120_000_000, "place": "a", "value": 1800})]
