"""Who waits for a processor is starved only if others have it: also where the nodes fill their core by design."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deadair.engines.live import starvation
from deadair.engines.live.processor_time import CoreTime, ProcessorTime
from deadair.engines.live.starvation import Kept, ProcessorCounts, Starvation, others_had, starved, waited
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.processes import Identity

LOOK_S = 2.0


class Still:
    """A clock that somebody else sets."""

    speed = 60.0
    at_us = 0

    def now_us(self) -> int:
        return self.at_us


def had(pid: int, ran_s: float, waited_s: float, *, start: int = 1) -> ProcessorTime:
    return ProcessorTime(Identity(pid, start), ran_s, {pid: waited_s})


class Machine:
    """A look after another, as figures of a real machine say: what the nodes ran and waited, what their core ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, cores: tuple[int, ...] = (0,)) -> None:
        self._clock = Still()
        self.rows: list[tuple[Kind, dict[str, Any]]] = []
        recorder = SimpleNamespace(clock=self._clock, add=lambda kind, **columns: self.rows.append((kind, columns)))
        self._processes: dict[int, ProcessorTime] = {}
        self._core: CoreTime | None = None
        self.pids: dict[str, tuple[int, ...]] = {}
        monkeypatch.setattr(Identity, "of", lambda pid: self._processes[pid].identity)
        monkeypatch.setattr(starvation, "processor_time", lambda identity: self._processes[identity.pid])
        monkeypatch.setattr(starvation, "core_time", lambda cores: self._core if cores else None)
        kept = Kept("target", lambda: self.pids, cores, cores_shared=1)
        self._starvation = Starvation(cast(Recorder, recorder), (kept,))

    def look(self, processes: Mapping[str, ProcessorTime], core: CoreTime | None, *, after_s: float = LOOK_S) -> None:
        self._processes = {one.identity.pid: one for one in processes.values()}
        self.pids = {name: (one.identity.pid,) for name, one in processes.items()}
        self._core = core
        self._clock.at_us += int(after_s * 60e6)
        self._starvation.look()

    def found(self) -> list[tuple[str, int, str | None]]:
        assert {kind for kind, _ in self.rows} <= {Kind.STARVED}
        return [(row["place"], row["value"], row.get("detail")) for _, row in self.rows]


# Measured on two cores while the gateway of `gate/gateway-saturated` worked its backlog off, as shares of its core.
MEASURED = {
    "the nodes fill their core, and nobody else is there": (0.986, 0.01, 0.072, None),
    "the nodes fill their core, and the kernel does something": (0.981, 0.03, 0.105, None),
    "others have what the nodes do not want": (0.348, 0.647, 0.08, None),
    "the nodes would fill their core, and others have half of it": (0.504, 0.499, 0.544, 998),
    "others have a third of it": (0.620, 0.382, 0.427, 764),
    "one loop at nice 19 in a session of its own": (0.456, 0.555, 0.6, 1110),
}


@pytest.mark.clause("V17")
@pytest.mark.parametrize(("ran", "others", "waits", "lost_ms"), MEASURED.values(), ids=MEASURED)
def test_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, ran: float, others: float, waits: float, lost_ms: int | None
) -> None:
    machine = Machine(monkeypatch)
    machine.look({"gateway": had(7, 100, 9), "store": had(8, 50, 3)}, CoreTime(400, 1))
    nodes = {"gateway": had(7, 100 + 2 * ran - 0.1, 9 + 2 * waits), "store": had(8, 50.1, 3.01)}
    machine.look(nodes, CoreTime(400 + 2 * (ran + others), 1))
    assert machine.found() == ([] if lost_ms is None else [("gateway", lost_ms, "target")])


@pytest.mark.clause("V17")
def test_time_that_the_machine_itself_was_kept_from_running_counts_as_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    for stolen_s in (0.0, 0.4, 0.9):
        machine.look({"gateway": had(7, 1, 0)}, CoreTime(1, stolen_s))
    assert machine.found() == [("gateway", 500, "target")]


def test_who_was_started_meanwhile_is_no_stranger_and_who_ended_leaves_nobody_to_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(monkeypatch)
    machine.look({"gateway": had(7, 1, 0)}, CoreTime(10, 0))
    machine.look({"gateway": had(7, 1.2, 1.5), "store": had(8, 1.7, 0)}, CoreTime(11.9, 0))
    assert machine.found() == []
    machine.look({"gateway": had(7, 1.4, 3.0), "store": had(9, 0.3, 0, start=2)}, CoreTime(13.9, 0))
    assert machine.found() == []
    machine.look({"gateway": had(7, 1.6, 4.5), "store": had(9, 0.4, 0, start=2)}, CoreTime(15.9, 0))
    assert machine.found() == [("gateway", 1700, "target")]


def test_of_several_cores_it_is_a_mean() -> None:
    before = ProcessorCounts({("fleet", 7): had(7, 0, 0)}, CoreTime(0, 0))
    now = ProcessorCounts({("fleet", 7): had(7, 1, 1)}, CoreTime(4, 0))
    assert others_had(before, now, cores=3) == 1.0
    assert others_had(before, now._replace(cores=None), cores=3) is None
    assert others_had(before, now._replace(had={}), cores=3) is None


def test_a_thread_that_waits_is_seen_beside_those_that_do_not() -> None:
    before = {("jvm", 7): ProcessorTime(Identity(7, 1), 0, {7: 1.0, 8: 1.0})}
    now = {("jvm", 7): ProcessorTime(Identity(7, 1), 1, {7: 1.0, 8: 2.5, 9: 9.0})}
    assert waited(before, now, stolen_s=0.25) == {"jvm": 1.75}


# --- where nobody can say what others had: a machine with one core, or a kernel that does not count -----------------


@pytest.mark.clause("V17")
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
    before = {("a", 7): had(7, 5, 9), ("b", 8): had(8, 5, 9)}
    now = {("a", 7): had(7, 5 + ran_s[0], 9 + waited_s[0]), ("b", 8): had(8, 5 + ran_s[1], 9 + waited_s[1])}
    assert {node: round(s, 6) for node, s in starved(before, now, real_s=1.0, cores=cores).items()} == found


def test_a_node_that_was_started_again_is_another_one() -> None:
    before = {("a", 7): had(7, 0, 0)}
    assert starved(before, {("a", 7): had(7, 0, 3, start=2)}, real_s=1.0, cores=1) == {}
    assert starved({}, {("a", 7): had(7, 0, 3)}, real_s=1.0, cores=1) == {}


def test_it_looks_every_two_seconds_and_writes_down_the_process_starved_most(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, cores=())
    for after_s, ran_s, waited_s in ((1, 9, 9), (1, 0, 0), (1, 9, 9), (1, 0.1, 1.8), (2, 0.2, 2.0)):
        machine.look({"a": had(7, ran_s, waited_s)}, None, after_s=after_s)
    assert machine.rows == [(Kind.STARVED, {"at_us": 240_000_000, "sent_us": 120_000_000, "place": "a", "value": 1800})]
