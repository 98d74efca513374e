"""An echo server behind a real Toxiproxy, with clients that talk or keep silent."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from deadair.engines.live.free_ports import FreePorts
from deadair.faults.fault import Sighting
from deadair.faults.partition import Partition
from deadair.injectors.injector import Break
from deadair.injectors.processes import Spawned, spawn, stop
from deadair.injectors.toxiproxy import Toxiproxy, server_argv
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.provision.toxiproxy import toxiproxy_server

PLACE = "uplink[south]"
FREEZE = Break("toxiproxy", "freeze", PLACE)
ECHO = """
import socket, sys, threading
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def serve(connection):
    try:
        while data := connection.recv(4096):
            connection.sendall(data)
    except OSError:
        pass
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""


def start(
    folder: Path, run_id: str, ports: FreePorts, *places: str
) -> tuple[Toxiproxy, dict[str, Address], list[Spawned]]:
    """Start an echo server, a Toxiproxy, and a proxy for each place."""
    control, upstream = ports.reserve(), ports.reserve()
    listens = {place: ports.reserve() for place in places}
    ports.close()
    binary = toxiproxy_server(lambda line: None)
    processes = [
        spawn(
            "echo",
            [sys.executable, "-c", ECHO, str(upstream.port)],
            run_id=run_id,
            folder=folder,
            log=folder / "echo.log",
        ),
        spawn("toxiproxy", server_argv(binary, control), run_id=run_id, folder=folder, log=folder / "toxiproxy.log"),
    ]
    toxiproxy = Toxiproxy(control)
    limit = Deadline.after(20)
    while not (toxiproxy.answers() and _listens(upstream)) and not limit.passed():
        pause(0.02)
    for place, listen in listens.items():
        toxiproxy.create(place, listen=listen, upstream=upstream)
    toxiproxy.watch()
    return toxiproxy, listens, processes


def _listens(address: Address) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex((address.host, address.port)) == 0


class Link:
    """A frozen and healed link, the looks at it collected."""

    def __init__(self, toxiproxy: Toxiproxy, listens: dict[str, Address]) -> None:
        self.toxiproxy = toxiproxy
        self.listen = listens[PLACE]
        self.sightings: list[Sighting] = []

    def connect(self) -> socket.socket:
        client = socket.create_connection((self.listen.host, self.listen.port), timeout=5)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def see(self, when: str) -> None:
        look = self.toxiproxy.look(FREEZE)
        self.sightings.append(Sighting(len(self.sightings), when, PLACE, look))  # type: ignore[arg-type]

    def see_until_gone(self, limit_s: float = 5.0) -> None:
        limit = Deadline.after(limit_s)
        while not limit.passed():
            self.see("after")
            if Partition().prove(self.sightings).gone:
                return
            pause(0.02)


@contextlib.contextmanager
def link(folder: Path) -> Iterator[Link]:
    """Everything up, and down again."""
    ports = FreePorts()
    toxiproxy, listens, processes = start(folder, f"test-{folder.name}", ports, PLACE)
    try:
        yield Link(toxiproxy, listens)
    finally:
        toxiproxy.close()
        stop(processes, limit_s=5)


def echoed(client: socket.socket, data: bytes) -> bool:
    """Say whether what was sent comes back within the client's time-out."""
    client.sendall(data)
    return came(client, data)


def came(client: socket.socket, data: bytes) -> bool:
    """Say whether these bytes arrive within the client's time-out."""
    got = b""
    with contextlib.suppress(TimeoutError):
        while len(got) < len(data) and (part := client.recv(len(data) - len(got))):
            got += part
    return got == data
