"""A whole service, ``up``, on a disk of its own: in memory, in a file, or none but the folder's; and what it says."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deadair.engines.live.free_ports import FreePorts
from deadair.model.environment import Address
from deadair.reference.running.door import SECRET_HEADER
from deadair.reference.running.layout import LAYOUT, PUSH
from deadair.reference.running.up import SECRET_FILE
from deadair.targets.admin_http import ask
from deadair.targets.request import Answer, Request
from tools.small_disk import as_seen_by, with_disk, with_disk_in_file
from tools.up_process import CHEAP, PROGRAM, address_of, up_process

MEMORY_BYTES = 16 * 1024 * 1024
FILE_BYTES = 64 * 1024 * 1024
END_LIMIT_S = 15.0
ASK_LIMIT_S = 5.0
PROBE_LIMIT_S = 1.0
PORTS, TAKING = FreePorts(), threading.Lock()
"""No port is given out twice by this process: several services may start at once."""
Disk = Literal["memory", "file", "none"]


@dataclass(frozen=True, slots=True)
class UpOnDisk:
    """A service that is up. ``folder``: as it sees its data; ``data``: as others do; ``line``: what it said."""

    pid: int
    folder: Path
    data: Path
    log_file: Path
    line: dict[str, Any]
    sockets: Mapping[str, Address]
    secret: str

    def address(self, name: str) -> Address:
        """Return where one of those sockets is that it tells of."""
        return address_of(self.line, name)

    def ask(self, name: str, request: Request) -> Answer:
        """Ask one of these sockets, as the owner of its folder may. Raises HarnessError."""
        return self._asked(self.address(name), request, ASK_LIMIT_S)

    def ask_node(self, node: str, path: str) -> Answer:
        """Ask a node how it is. Raises HarnessError."""
        return self._asked(self.sockets[LAYOUT[node].sockets[-1]], Request(path, method="GET"), PROBE_LIMIT_S)

    def _asked(self, address: Address, request: Request, limit_s: float) -> Answer:
        return ask(address, request._replace(headers=((SECRET_HEADER, self.secret),)), limit_s)

    def log(self) -> list[dict[str, Any]]:
        """Return what its log says so far."""
        return [json.loads(line) for line in self.log_file.read_text("utf-8").splitlines()]


@contextlib.contextmanager
def up_on_disk(parent: Path, *, disk: Disk = "memory", settings: Mapping[str, str] | None = None) -> Iterator[UpOnDisk]:
    """Run it on ``data`` in this folder. Of a disk of its own nothing is left; its log is."""
    folder, log_file = parent / "data", parent / "log"
    folder.mkdir(exist_ok=True)
    names = [*(name for place in LAYOUT.values() for name in place.sockets), PUSH]
    with TAKING:
        sockets = {name: PORTS.reserve().port for name in names}
        PORTS.close()
    command = [*PROGRAM, "up", "--data", str(folder)]
    if disk == "memory":
        command = with_disk(folder, MEMORY_BYTES, command)
    elif disk == "file":
        command = with_disk_in_file(folder, parent / "disk", FILE_BYTES, command)
    variables = {"FOLLOW_SOCKETS": json.dumps(sockets), **CHEAP, **(settings or {})}
    with up_process(command, log_file, variables, end_limit_s=END_LIMIT_S) as (process, line):
        data = folder if disk == "none" else as_seen_by(process.pid, folder)
        addresses = {name: Address(port=port) for name, port in sockets.items()}
        secret = (data / SECRET_FILE).read_text("utf-8")
        yield UpOnDisk(process.pid, folder, data, log_file, line, addresses, secret)
