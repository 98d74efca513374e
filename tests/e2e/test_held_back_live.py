"""A real Toxiproxy: bytes that it holds back are seen, and a service that hangs is not its fault."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest

from deadair.engines.live.free_ports import FreePorts
from deadair.injectors.held_back import HeldBack
from deadair.injectors.processes import Spawned, stop
from deadair.injectors.toxiproxy import Toxiproxy
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import Address
from tests.e2e.proxied_echo import FREEZE, PLACE, came, echoed, start

pytestmark = pytest.mark.live

OTHER = "downlink[south]"
SHOWS_S = 1.5
"""Real seconds: what was held back for over one shows."""


@dataclass
class Proxied:
    """Two proxies before one echo server."""

    toxiproxy: Toxiproxy
    listens: dict[str, Address]
    server: Spawned
    held: HeldBack
    clock: RunClock

    def connect(self, place: str = PLACE) -> socket.socket:
        return socket.create_connection((self.listens[place].host, self.listens[place].port), timeout=5)

    def seen(self, real_s: float, *broken: str) -> set[str]:
        """Look for so long; return the places that the last look shows."""
        limit, found = Deadline.after(real_s), set[str]()
        while not limit.passed():
            found = set(self.held.look(self.clock.now_us(), dict.fromkeys(broken, inf), speed=60))
            pause(0.1)
        return found


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Proxied]:
    toxiproxy, listens, processes = start(tmp_path, f"test-{tmp_path.name}", FreePorts(), PLACE, OTHER)
    (upstream,) = {Address.model_validate(address) for address in _upstreams(processes)}
    proxies = {place: (listen, upstream) for place, listen in listens.items()}
    yield Proxied(toxiproxy, listens, processes[0], HeldBack(proxies), RunClock.starting_now(speed=60))
    processes[0].identity.send(signal.SIGCONT)
    toxiproxy.close()
    stop(processes, limit_s=5)


def _upstreams(processes: list[Spawned]) -> list[dict[str, int]]:
    command = Path(f"/proc/{processes[0].identity.pid}/cmdline").read_bytes().decode().split("\0")
    return [{"port": int(command[3])}]


def test_bytes_that_flow_are_not_held_back(proxied: Proxied) -> None:
    with proxied.connect() as client, proxied.connect(OTHER) as other:
        assert echoed(client, b"x" * 300)
        assert echoed(other, b"y" * 200)
        assert proxied.seen(SHOWS_S) == set()


def test_bytes_that_a_proxy_holds_back_are_seen_and_its_neighbour_is_not_blamed(proxied: Proxied) -> None:
    with proxied.connect() as client, proxied.connect(OTHER) as other:
        assert echoed(client, b"x" * 300)
        proxied.toxiproxy.begin(FREEZE)
        assert set(proxied.toxiproxy.broken) == {PLACE}
        client.sendall(b"z" * 100)
        assert echoed(other, b"y" * 200)
        assert proxied.seen(SHOWS_S) == {PLACE}
        assert proxied.seen(0.5, PLACE) == set()
        proxied.toxiproxy.heal(FREEZE)
        assert not proxied.toxiproxy.broken
        assert came(client, b"z" * 100)
        assert proxied.seen(SHOWS_S) == set()


def test_a_service_that_hangs_is_why_itself(proxied: Proxied) -> None:
    with proxied.connect() as client, proxied.connect(OTHER) as other:
        assert echoed(client, b"x" * 300)
        proxied.server.identity.send(signal.SIGSTOP)
        client.sendall(b"z" * 100)
        assert proxied.seen(SHOWS_S) == set()
        other.setblocking(False)
        limit = Deadline.after(1.0)
        while not limit.passed():
            try:
                other.send(b"y" * 65536)
            except BlockingIOError:
                pause(0.05)
        assert proxied.seen(SHOWS_S) == set()


def test_a_dial_that_waits_on_though_the_service_goes_on_is_held_back_for_everybody(proxied: Proxied) -> None:
    """The server lets 128 connections wait; who comes then is tried again after some 11 s, and after 19."""
    proxied.server.identity.send(signal.SIGSTOP)
    with ExitStack() as stack:
        clients = [stack.enter_context(proxied.connect()) for _ in range(140)]
        for client in clients:
            client.sendall(b"x")
        assert proxied.seen(13) == set()
        proxied.server.identity.send(signal.SIGCONT)
        limit = Deadline.after(8.0)
        while (found := proxied.seen(0.3)) == set() and not limit.passed():
            pause(0.1)
        assert found == {PLACE, OTHER}
        limit = Deadline.after(20.0)
        while proxied.seen(0.3) and not limit.passed():
            pause(0.1)
        assert came(clients[-1], b"x")
