"""What containers print, written into the run's logs as it comes: one thread for each life of one.

A log that breaks off costs nobody a run; what was written down stays.
"""

from __future__ import annotations

import threading
from pathlib import Path

from deadair.model.errors import HarnessError
from deadair.runtimes.docker_engine import connected

FLUSHED_LIMIT_S = 2.0
"""How long the end of a log may take to come, once its container has ended."""


class ContainerLogs:
    """The logs of one run's containers."""

    def __init__(self, socket: str, folder: Path) -> None:
        self._socket = socket
        self._folder = folder
        self._threads: dict[str, threading.Thread] = {}

    def follow(self, name: str, container: str) -> None:
        """Write down what a container prints from its newest start on."""
        thread = threading.Thread(target=self._write, args=(name, container), name=f"log of {name}", daemon=True)
        self._threads[name] = thread
        thread.start()

    def flush(self) -> None:
        """Wait for the end of every log, within a limit."""
        for thread in self._threads.values():
            thread.join(FLUSHED_LIMIT_S)
        self._threads.clear()

    def _write(self, name: str, container: str) -> None:
        with (self._folder / f"{name}.log").open("ab", buffering=0) as log, connected(self._socket) as engine:
            try:
                for part in engine.log(container):
                    log.write(part)
            except (HarnessError, OSError) as error:
                log.write(f"deadair: no more of this log can be had ({error})\n".encode())
