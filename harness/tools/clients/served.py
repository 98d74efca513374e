"""The whole reference service over TLS on the vendor's port, with accounts and readings in it. Knows no client."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import Address, ServerName
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.reference.running.door import SECRET_HEADER
from deadair.reference.running.up import SECRET_FILE
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.adapters.share import SERIAL_NUMBER, ShareApi
from deadair.targets.admin_http import ask
from deadair.targets.request import Answer, Request
from tools.clients.driven_client import Value
from tools.clients.sealed import NAMES
from tools.up_process import CHEAP, PROGRAM, address_of, up_process

PORT = 443
ASK_LIMIT_S = 10.0
STORED_LIMIT_S = 30.0
STEP_S = 300
QUICK = {**CHEAP, "FOLLOW_DRAIN_EVERY_S": "0.2", "FOLLOW_LOG_INS_PER_ADDRESS_PER_S": "null"}
"""Passwords that cost little, readings that are stored soon; all clients come from one address."""
UPLOADER = ShareApi()


@dataclass(frozen=True, slots=True)
class Served:
    """A service that is up; ``line``: what it said."""

    data: Path
    line: Mapping[str, Any]

    @property
    def address(self) -> Address:
        """Return where clients find it, by one of the vendor's names."""
        return Address(port=PORT, server=ServerName(host=NAMES[0], ca_file=str(self.line["ca_file"])))

    def ask(self, request: Request) -> Answer:
        """Ask as a client. Raises HarnessError."""
        return ask(self.address, request, ASK_LIMIT_S)

    def admin(self, path: str, body: object = None) -> Any:
        """Ask as the administrator, who reads if there is no body. Raises HarnessError."""
        secret = (self.data / SECRET_FILE).read_text(encoding="utf-8")
        raw = b"" if body is None else json.dumps(body).encode()
        request = Request(path, raw, method="GET" if body is None else "POST", headers=((SECRET_HEADER, secret),))
        answer = ask(address_of(self.line, "admin"), request, ASK_LIMIT_S)
        if answer.status != 200:
            raise HarnessError(f"{path} was answered {answer.status}: {answer.body[:200]!r}")
        return json.loads(answer.body)

    def add(self, name: str, *, bare: bool = False) -> str:
        """Create an account, with a receiver unless it is to be bare; return its id. Its password is its name's."""
        account = [name, password_of(name), *([] if bare else [SERIAL_NUMBER])]
        return str(self.admin("/accounts", {"accounts": [account]})["ids"][0])

    def session(self, name: str) -> Client:
        """Log in as a device of this account."""
        client = logged_in(UPLOADER, device_client(name, password_of(name)), self.ask)
        if client is None:
            raise HarnessError(f"{name} cannot log in")
        return client

    def fill(self, name: str, count: int, *, newest_age_s: float = 0.0) -> list[Value]:
        """Upload so many readings, five minutes apart, wait until they are stored, and return them, newest first."""
        newest_s = now_s() - round(newest_age_s)
        values = [(newest_s - STEP_S * k, 80 + (newest_s // 7 + 3 * k) % 120) for k in range(count)]
        client = self.session(name)
        for first in range(0, count, UPLOADER.batch_readings_max):
            batch = values[first : first + UPLOADER.batch_readings_max]
            upload = UPLOADER.upload(client, [Reading(*one) for one in batch])
            answer = self.ask(upload)
            if UPLOADER.outcome(answer) != "ok":
                raise HarnessError(f"an upload was answered {answer.status}: {answer.body[:200]!r}")
        self.wait_stored(name, values)
        return values

    def stored(self, name: str) -> set[Value]:
        """Return what is stored of an account."""
        return {(measured_s, value) for measured_s, value in self.admin(f"/stored?account={name}")}

    def wait_stored(self, name: str, values: list[Value]) -> None:
        """Return when they are stored. Raises HarnessError."""
        deadline = Deadline.after(STORED_LIMIT_S)
        while not set(values) <= self.stored(name):
            if deadline.passed():
                raise HarnessError(f"the readings of {name} were not stored in {STORED_LIMIT_S:g} s")
            pause(0.1)

    def add_reading(self, name: str) -> Value:
        """Upload one reading of now, and try again while the service cannot take it; return it."""
        deadline = Deadline.after(STORED_LIMIT_S)
        while True:
            try:
                (one,) = self.fill(name, 1)
            except HarnessError:
                if deadline.passed():
                    raise
                pause(0.2)
            else:
                return one

    def revoke(self, name: str) -> None:
        """End all sessions of an account."""
        self.admin("/sessions/revoke", {"accounts": [name]})

    def kill(self, node: str) -> None:
        """Kill the first life of a node, or whatever life its process has now."""
        os.kill(self.pid(node), signal.SIGKILL)

    def pid(self, node: str) -> int:
        """Return the process of a node: of those that ``up`` started, the one that is called so."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if words[1:4] == [b"-m", b"deadair.reference", node.encode()] and str(self.data).encode() in words:
                    return int(path.parent.name)
        raise HarnessError(f"the {node} does not run")


def password_of(name: str) -> str:
    """Return the password of an account of this service."""
    return f"{name}: a password made for this"


def now_s() -> int:
    """Return the wall's time, in whole seconds."""
    return int(RunClock.starting_now(speed=1).to_wall_s(0))


@contextlib.contextmanager
def served(data: Path, **settings: object) -> Iterator[Served]:
    """Run the service, with these settings; it is over afterwards, and the folder can be used again."""
    said = {f"FOLLOW_{name.upper()}": json.dumps(value) for name, value in settings.items()}
    sockets = {"FOLLOW_SOCKETS": json.dumps({"gateway": f"127.0.0.1:{PORT}"})}
    data.mkdir(parents=True, exist_ok=True)
    command, log_file = [*PROGRAM, "up", "--data", str(data), "--tls", *NAMES], data.parent / f"{data.name}.log"
    with up_process(command, log_file, {**QUICK, **sockets, **said}, end_limit_s=ASK_LIMIT_S) as (_, line):
        yield Served(data, line)
