"""The reference service as real processes on free ports, for tests."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deadair.engines.live.free_ports import FreePorts
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.runtimes.node_start import ProcessStart
from deadair.targets.admin_http import ask
from deadair.targets.reference import Reference
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site

START_LIMIT_S = 30.0


def free_ports(count: int) -> list[int]:
    """Return free ports of loopback, all different, that nothing which the kernel connects can take meanwhile."""
    with contextlib.closing(FreePorts()) as ports:
        return [ports.reserve().port for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Service:
    """All nodes of one installation. ``processes``: the newest life of each node."""

    target: Reference
    site: Site
    processes: dict[str, subprocess.Popen[bytes]]

    def start(self, node: str) -> None:
        """Start one node; it is ready a moment later."""
        with (self.site.data / f"{node}.log").open("ab") as log:
            start = self.target.start_of(node, self.site)
            assert isinstance(start, ProcessStart)
            variables = {**os.environ, **start.variables}
            self.processes[node] = subprocess.Popen(start.argv, stdout=log, stderr=log, env=variables)

    def wait_ready(self, node: str, *, look_every_s: float = 0.02) -> None:
        """Return when the node answers."""
        limit = Deadline.after(START_LIMIT_S)
        while why := self.target.why_not_ready(node, self.site):
            assert not limit.passed(), f"the {node} of the reference service did not become ready: {why}"
            pause(look_every_s)

    def kill(self, node: str) -> None:
        """End one node at once."""
        self.processes[node].kill()
        self.processes[node].wait(5.0)

    def stop(self) -> None:
        """End all nodes, the orderly way if they can."""
        for process in self.processes.values():
            process.terminate()
        for node, process in self.processes.items():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5.0)
            self.kill(node)


@contextlib.contextmanager
def started(
    data: Path,
    *,
    speed: float = 1.0,
    defects: tuple[str, ...] = (),
    capacity: Mapping[str, float] | None = None,
    detours: Mapping[str, Address] | None = None,
    target: Reference | None = None,
) -> Iterator[Service]:
    """Start all nodes, wait until they are ready, stop them at the end.

    ``detours`` are links that lead elsewhere than usual; pushes lead where nobody listens.
    """
    target = target or Reference()
    ports = free_ports(len(target.sockets) + 1)
    sockets = {name: Address(port=port) for name, port in zip(target.sockets, ports, strict=False)}
    nowhere = Address(port=ports[-1])
    routes = {link.name: sockets.get(link.leads_to, nowhere) for link in target.links if not link.outer}
    routes |= detours or {}

    def asked(name: str, request: Request, limit_s: float) -> Answer:
        return ask(sockets[name], request, limit_s)

    site = Site(data, speed, sockets, sockets, routes, capacity or {}, defects, asked)
    service = Service(target, site, {})
    try:
        target.build(site)
        for node in target.nodes:
            service.start(node)
        for node in target.nodes:
            service.wait_ready(node)
        yield service
    finally:
        service.stop()


@contextlib.contextmanager
def running(data: Path, *, speed: float = 1.0, defects: tuple[str, ...] = ()) -> Iterator[tuple[Reference, Site]]:
    """Start all nodes as ``started`` does, for whom need not know their processes."""
    with started(data, speed=speed, defects=defects) as service:
        yield service.target, service.site
