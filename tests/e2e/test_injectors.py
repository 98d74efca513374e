"""The injectors that need no server: sockets, processes, load files, and the one that does nothing."""

from __future__ import annotations

import json
import socket
import sys
from itertools import count
from pathlib import Path

import pytest

from deadair.injectors.injector import Break
from deadair.injectors.kills import NodeKiller
from deadair.injectors.load_switch import LoadSwitch
from deadair.injectors.noop import Noop
from deadair.injectors.processes import Identity, Spawned, find, kill_all, spawn, stop
from deadair.injectors.tcp_counters import SocketCounters, Traffic
from deadair.injectors.toxiproxy import Toxiproxy, proxy_name
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from tests.e2e.run_parts import SLEEP, RunParts

pytestmark = pytest.mark.live

KILL = Break("processes", "kill", "watchdog")
FLOOD = Break("load", "overload", "gateway", {"wanted_per_s": 5.0})
NOTHING = Break("noop", "nothing", "watchdog")


def test_bytes_are_counted_by_port_and_direction() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        counters = SocketCounters([port])
        with socket.create_connection(("127.0.0.1", port)) as client:
            served, _ = server.accept()
            with served:
                client.sendall(b"x" * 100)
                assert len(served.recv(1000)) == 100
                served.sendall(b"y" * 50)
                assert len(client.recv(1000)) == 50
                limit = Deadline.after(5)
                while counters.look()[port].answered_bytes < 50 and not limit.passed():
                    pause(0.01)
                assert counters.look()[port] == Traffic(100, 1, 50, 50, 1)
        counters.close()


def test_a_connection_that_lived_between_two_looks_is_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        counters = SocketCounters([port])
        assert counters.look()[port] == Traffic()
        with socket.create_connection(("127.0.0.1", port)) as client:
            served, _ = server.accept()
            client.sendall(b"x" * 100)
            served.recv(1000)
            served.sendall(b"y" * 50)
            client.recv(1000)
            served.close()
        limit = Deadline.after(5)
        while counters.look()[port].answered_bytes < 50 and not limit.passed():
            pause(0.01)
        traffic = counters.look()[port]
        assert (traffic.asked_segments, traffic.answered_bytes, traffic.connections) == (1, 50, 1)
        assert counters.missed == 0
        counters.close()


def test_opening_and_closing_is_no_traffic() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        counters = SocketCounters([port])
        socket.create_connection(("127.0.0.1", port)).close()
        server.accept()[0].close()
        limit = Deadline.after(5)
        while counters.look()[port].connections < 1 and not limit.passed():
            pause(0.01)
        assert counters.look()[port] == Traffic(0, 0, 0, 0, 1)
        counters.close()


def test_a_process_is_known_by_its_start_too(tmp_path: Path) -> None:
    process = spawn("x", SLEEP, run_id="t", folder=tmp_path, log=tmp_path / "x.log")
    assert process.identity.alive()
    assert not Identity(process.identity.pid, process.identity.start_ticks - 1).alive()
    assert stop([process], limit_s=5) == ()
    assert not process.identity.alive()


def test_a_command_that_cannot_be_started_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="ghost cannot be started"):
        spawn("ghost", ["/nonexistent/program"], run_id="t", folder=tmp_path, log=tmp_path / "x.log")


def test_who_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    log = tmp_path / "x.log"
    process = spawn("deaf", [sys.executable, "-c", deaf], run_id="t", folder=tmp_path, log=log)
    limit = Deadline.after(10)
    while b"deaf" not in log.read_bytes() and not limit.passed():
        pause(0.01)
    assert stop([process], limit_s=0.2) == ("deaf",)
    assert process.ended() == -9


def test_only_the_processes_of_the_run_are_killed(tmp_path: Path) -> None:
    ours, spared = RunParts(tmp_path / "a"), RunParts(tmp_path / "b")
    process, other = ours.spawn(), spared.spawn()
    assert kill_all(ours.run_id, limit_s=5) == ()
    assert (process.ended(), other.ended()) == (-9, None)
    ours.close()
    spared.close()


def test_an_id_that_passed_to_a_stranger_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = RunParts(tmp_path)
    process = parts.spawn()
    assert find(parts.run_id) == (process.identity,)
    starts = count(1)
    monkeypatch.setattr(Identity, "of", lambda pid: Identity(pid, next(starts)))
    assert find(parts.run_id) == ()
    monkeypatch.undo()
    parts.close()


class Nodes:
    """One node that can be killed and started again."""

    def __init__(self, parts: RunParts) -> None:
        self._parts = parts
        self.processes: dict[str, Spawned] = {"watchdog": parts.spawn("watchdog")}
        self.killer = NodeKiller(self.processes, self.start, lambda node: True)

    def start(self, node: str) -> None:
        self.processes[node] = self._parts.spawn(node)


def test_a_killed_node_is_gone_until_it_is_started_again(tmp_path: Path) -> None:
    parts = RunParts(tmp_path)
    nodes = Nodes(parts)
    assert dict(nodes.killer.look(KILL).facts) == {"alive": True, "ready": False}
    nodes.killer.begin(KILL)
    assert dict(nodes.killer.look(KILL).facts) == {"alive": False, "ready": False}
    assert not nodes.killer.healed(KILL)
    nodes.killer.heal(KILL)
    again = nodes.processes["watchdog"].identity
    nodes.killer.heal(KILL)
    assert nodes.processes["watchdog"].identity == again
    assert nodes.killer.healed(KILL)
    assert dict(nodes.killer.look(KILL).facts) == {"alive": True, "ready": True}
    parts.close()


def test_an_unknown_node_cannot_be_killed() -> None:
    with pytest.raises(HarnessError, match="no node ghost"):
        NodeKiller({}, lambda node: None, lambda node: True).begin(Break("processes", "kill", "ghost"))


def tell(control: Path, **told: object) -> None:
    full = {"ready": True, "offered": 0, "answered": 0, "accepted": 0, "done": False, **told}
    (control / "f1.status.json").write_text(json.dumps(full))


def test_load_begins_by_a_file_and_tells_by_another(tmp_path: Path) -> None:
    load = LoadSwitch(tmp_path, "f1", speed=60)
    tell(tmp_path, offered=7)
    load.begin(FLOOD)
    assert (tmp_path / "f1.go").exists()
    facts = load.look(FLOOD).facts
    assert (facts["offered"], facts["wanted_per_s"], facts["ramp_s"]) == (7, 5.0, 60.0)
    assert not load.healed(FLOOD)
    tell(tmp_path, offered=9, done=True)
    load.heal(FLOOD)
    assert (tmp_path / "f1.stop").exists()
    assert load.healed(FLOOD)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"ready": false}', "\xff"])
def test_load_does_not_begin_before_its_process_is_ready(tmp_path: Path, text: str) -> None:
    (tmp_path / "f1.status.json").write_text(text)
    with pytest.raises(HarnessError, match="not ready"):
        LoadSwitch(tmp_path, "f1", speed=60).begin(FLOOD)


def test_load_that_does_not_stop_is_not_healed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.load_switch.TAKE_LIMIT_S", 0.05)
    load = LoadSwitch(tmp_path, "f1", speed=60)
    tell(tmp_path)
    load.begin(FLOOD)
    load.heal(FLOOD)
    assert not load.healed(FLOOD)


def test_load_that_hangs_is_ended_by_who_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.load_switch.TAKE_LIMIT_S", 0.05)
    ended: list[str] = []
    load = LoadSwitch(tmp_path, "f1", speed=60, end=ended.append)
    tell(tmp_path, offered=7)
    load.begin(FLOOD)
    load.heal(FLOOD)
    assert ended == ["f1"]
    assert load.healed(FLOOD)
    facts = load.look(FLOOD).facts
    assert (facts["done"], facts["offered"]) == (True, 7)


def test_load_that_stops_is_not_ended(tmp_path: Path) -> None:
    ended: list[str] = []
    load = LoadSwitch(tmp_path, "f1", speed=60, end=ended.append)
    tell(tmp_path)
    load.begin(FLOOD)
    tell(tmp_path, done=True)
    load.heal(FLOOD)
    assert ended == []
    assert load.healed(FLOOD)


def test_healing_load_that_never_began_is_no_error(tmp_path: Path) -> None:
    load = LoadSwitch(tmp_path, "f1", speed=60)
    load.heal(FLOOD)
    assert load.healed(FLOOD)


def test_the_injector_of_nothing_remembers_what_was_made_and_not_undone() -> None:
    noop = Noop()
    assert noop.healed(NOTHING)
    noop.begin(NOTHING)
    assert noop.look(NOTHING).facts == {"made": True}
    assert not noop.healed(NOTHING)
    noop.heal(NOTHING)
    noop.heal(NOTHING)
    assert noop.healed(NOTHING)
    assert noop.look(NOTHING).facts == {"made": False}


def test_proxies_have_plain_names() -> None:
    assert proxy_name("uplink[south]") == "uplink.south"
    assert proxy_name("notifier→push") == "notifier-to-push"


def test_a_proxy_server_that_is_not_there_is_one_sentence() -> None:
    toxiproxy = Toxiproxy(Address(port=1))
    assert not toxiproxy.answers()
    with pytest.raises(HarnessError, match="cannot be reached"):
        toxiproxy.heal(Break("toxiproxy", "freeze", "uplink[south]"))
