"""The reference service as real processes on free ports, for tests."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from harness.model.clock import Deadline, pause
from harness.model.environment import Address
from harness.targets.admin_http import ask
from harness.targets.base import Answer, Request, Site
from harness.targets.reference import Reference

START_LIMIT_S = 30.0


def free_ports(count: int) -> list[int]:
    """Return free ports of loopback, all different."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@contextlib.contextmanager
def running(data: Path, *, speed: float = 1.0, defects: tuple[str, ...] = ()) -> Iterator[tuple[Reference, Site]]:
    """Start all nodes, wait until they are ready, stop them at the end."""
    target = Reference()
    ports = free_ports(len(target.sockets) + 1)
    sockets = {name: Address(port=port) for name, port in zip(target.sockets, ports, strict=False)}
    nowhere = Address(port=ports[-1])
    routes = {link.name: sockets.get(link.leads_to, nowhere) for link in target.links if not link.outer}
    processes: list[subprocess.Popen[bytes]] = []

    def asked(name: str, request: Request, limit_s: float) -> Answer:
        return ask(sockets[name], request, limit_s)

    site = Site(data, speed, sockets, routes, {}, defects, asked)
    try:
        target.build(site)
        for node in target.nodes:
            with (data / f"{node}.log").open("ab") as log:
                processes.append(subprocess.Popen(target.command(node, site), stdout=log, stderr=log))
        limit = Deadline.after(START_LIMIT_S)
        while not all(target.ready(node, site) for node in target.nodes):
            assert not limit.passed(), "the reference service did not become ready"
            pause(0.02)
        yield target, site
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5.0)
            process.kill()
            process.wait(5.0)
