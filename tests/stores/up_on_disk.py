"""A whole service, ``up``, on a small disk of its own, and what its log says."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deadair.model.environment import Address
from deadair.reference.running.door import SECRET_HEADER
from deadair.reference.running.up import SECRET_FILE
from deadair.targets.admin_http import ask
from deadair.targets.request import Answer, Request
from tools.small_disk import as_seen_by, with_disk

DISK_BYTES = 16 * 1024 * 1024
READY_LIMIT_S = 40.0
END_LIMIT_S = 10.0
ASK_LIMIT_S = 20.0
CHEAP = {"FOLLOW_PASSWORD_MEMORY_KIB": "8", "FOLLOW_PASSWORD_PASSES": "1"}
PROGRAM = (sys.executable, "-m", "deadair.reference")


@dataclass(frozen=True, slots=True)
class UpOnDisk:
    """A service that is up; ``data``: its folder as it is seen from outside; ``line``: what it said."""

    data: Path
    log_file: Path
    line: dict[str, Any]

    def address(self, name: str) -> Address:
        """Return where one of its sockets is."""
        host, _, port = self.line[f"{name}_url"].removeprefix("http://").partition(":")
        return Address(host=host, port=int(port))

    def ask(self, name: str, request: Request) -> Answer:
        """Ask one of its sockets, as the owner of its folder may."""
        secret = (self.data / SECRET_FILE).read_text()
        return ask(self.address(name), request._replace(headers=((SECRET_HEADER, secret),)), ASK_LIMIT_S)

    def log(self) -> list[dict[str, Any]]:
        """Return what its log says so far."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


@contextlib.contextmanager
def up_on_disk(
    folder: Path, *, size_bytes: int | None = DISK_BYTES, settings: dict[str, str] | None = None
) -> Iterator[UpOnDisk]:
    """Run it below this folder; all is gone afterwards but the log. Without a size it has no disk of its own."""
    data, log_file = folder / "data", folder / "log"
    data.mkdir(exist_ok=True)
    program = [*PROGRAM, "up", "--data", str(data)]
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            program if size_bytes is None else with_disk(data, size_bytes, program),
            env={**os.environ, **CHEAP, **(settings or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    assert process.stdout is not None
    late = threading.Timer(READY_LIMIT_S, process.kill)
    late.start()
    try:
        line = process.stdout.readline()
        late.cancel()
        assert line, log_file.read_text()
        yield UpOnDisk(data if size_bytes is None else as_seen_by(process.pid, data), log_file, json.loads(line))
    finally:
        late.cancel()
        process.terminate()
        try:
            process.wait(END_LIMIT_S)
        finally:
            process.kill()
            process.communicate()
