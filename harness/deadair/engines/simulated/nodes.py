"""The target as it stands in virtual time: its nodes on their machines, their sockets, disks and lives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from deadair.engines.run_plan import RunPlan, times_of
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.node_machine import Disks, NodeMachine, Note
from deadair.engines.simulated.simulated_process import Process
from deadair.engines.simulated.virtual_clock import VirtualClock
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site

ADMIN = "admin"
"""The administrator's way to every socket: no proxy, never cut."""
ELSEWHERE = "elsewhere"
"""The way of whoever is not of the fleet: like the administrator's, and from an address of his own."""
BOOT_REAL_S = 0.6
"""What a node's process takes to start, as measured on the live service (see docs/calibration.md)."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a node, from its start to its death."""

    process: Process
    work: asyncio.Task[None] | None
    """What it does by itself; none until it has booted."""


class SimulatedNodes:
    """All nodes of one target. ``site`` is how the target itself is asked."""

    def __init__(
        self, plan: RunPlan, clock: VirtualClock, network: Network, folder: RunFolder, note: Note | None
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._network = network
        self._note = note
        self._disks = Disks()
        self._sockets = {link.name: link.leads_to for link in plan.target.links}
        self._lives: dict[str, Life] = {}
        for way in (ADMIN, ELSEWHERE):
            network.link(way).proxied = False
        network.link(ELSEWHERE).client = ("127.0.0.3", 0)
        self.site = Site(
            data=folder.data,
            speed=plan.scenario.speed,
            sockets={},
            listen={},
            routes={},
            capacity=plan.scenario.target.capacity,
            defects=plan.defects,
            ask=partial(self._ask, ADMIN),
            times=times_of(plan.scenario),
        )

    def process(self, node: str) -> Process:
        """Return the process of a node's newest life."""
        return self._lives[node].process

    def start(self, node: str) -> None:
        """Let a node boot; it serves and works a moment later."""
        process = Process(self._clock.loop, node)
        self._lives[node] = Life(process, None)
        self._clock.loop.call_later(BOOT_REAL_S, process.run_soon, self._boot, node, process)

    def kill(self, node: str) -> None:
        """Let a node die: what it still had to do never happens, and what it had not committed never was."""
        process = self.process(node)
        process.crash()
        self._network.hush(process)
        self._disks.lose_uncommitted()

    def ended(self) -> str | None:
        """Return the name of a living node whose work has ended by itself, if there is one."""
        for node, life in self._lives.items():
            if life.process.alive and life.work is not None and life.work.done():
                return node
        return None

    def close(self) -> None:
        """Close the databases."""
        self._disks.close()

    def _boot(self, node: str, process: Process) -> None:
        machine = NodeMachine(
            process, self._clock, network=self._network, disks=self._disks, sockets=self._sockets, note=self._note
        )
        program = self._plan.target.program(node, machine, self.site)
        if program is None:
            raise HarnessError(f"the target {self._plan.target.name} cannot be simulated: run it with --engine live")
        for socket, app in program.apps.items():
            self._network.listen(socket, process, app)
        self._lives[node] = Life(process, process.spawn(program.run(), node))

    def ask_from_elsewhere(self, socket: str, request: Request, limit_s: float) -> Answer:
        """Ask a socket as somebody who is not of the fleet. Raises HarnessError if no answer comes."""
        return self._ask(ELSEWHERE, socket, request, limit_s)

    def _ask(self, way: str, socket: str, request: Request, limit_s: float) -> Answer:
        """Ask a socket. Raises HarnessError if no answer comes."""
        threads = self._clock.threads
        self._network.exchange(way, socket, request, limit_s=limit_s, done=threads.waker())
        answer: Answer | None
        answer, _ = threads.suspend()
        if answer is None:
            raise HarnessError(f"{request.method} {request.path} of {socket} was not answered")
        return answer
