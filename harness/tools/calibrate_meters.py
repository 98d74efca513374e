"""Meters of the CPU time that a service's processes use."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

from deadair.model.clock import Deadline, pause
from tools.live_reference import Service

REPEATS = 3
LIMIT_S = 600.0
IDLE_S = 4.0
SETTLED_S = 0.3
"""Real seconds after which a node has done what was still under way."""


def took_s(deed: Callable[[], object]) -> float:
    """Return the real seconds that a deed takes."""
    limit = Deadline.after(LIMIT_S)
    deed()
    return LIMIT_S - limit.left_s()


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Return the seconds of CPU that all threads of a process have used; exact, unlike the ticks in its ``stat``."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


class Meters:
    """The CPU time of each node of a service, less what it uses when nobody wants anything of it."""

    def __init__(self, service: Service) -> None:
        self._processes = service.processes
        pause(SETTLED_S)
        before = {node: cpu_s(process) for node, process in self._processes.items()}
        passed_s = took_s(lambda: pause(IDLE_S))
        self._idle = {node: (cpu_s(self._processes[node]) - used_s) / passed_s for node, used_s in before.items()}

    def one_us(self, node: str, deeds: int, deed: Callable[[], object]) -> float:
        """Return the microseconds that one of so many deeds costs a node: the median of some repetitions."""
        return statistics.median(self._net_s(node, deed) / deeds * 1e6 for _ in range(REPEATS))

    def _net_s(self, node: str, deed: Callable[[], object]) -> float:
        def settled() -> None:
            deed()
            pause(SETTLED_S)

        before_s = cpu_s(self._processes[node])
        passed_s = took_s(settled)
        return cpu_s(self._processes[node]) - before_s - self._idle[node] * passed_s
