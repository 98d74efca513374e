"""``up``: all nodes on one machine, each a process of its own, watched and started again. Knows no node's work.

No node outlives this process: each has a pipe from it as standard input, and ends itself when that breaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from deadair.reference.running.layout import LAYOUT, LOOPBACK, PUSH, address, leads_to
from deadair.reference.running.log import Log
from deadair.reference.running.tls import make_certificate, server_context
from deadair.reference.settings import Settings

READY_LIMIT_S = 30.0
LOOK_EVERY_S = 0.05
LOOK_LIMIT_S = 1.0
STOP_LIMIT_S = 4.0
GOOD_LIFE_S = 60.0
"""After a life so long a node is started again at once."""
REST_S, REST_MAX_S = 0.2, 10.0
SECRET_FILE = "inner_secret"  # noqa: S105 - its name
"""Where, in the data folder, the owner of the folder finds the secret that the nodes of this life share."""
PORT_MAX = 65_528
"""The last port from which on there are eight."""

Listening = Mapping[str, tuple[str, int]]
"""Where each socket listens, and where pushes go."""


class CannotStart(Exception):  # noqa: N818 - an answer to whoever runs this
    """The service is not up; the message says why."""


def rest_s(lived_s: float, rested_s: float) -> float:
    """Return how long a node that ended rests: a moment after a good life, else twice as long as last time."""
    return REST_S if lived_s >= GOOD_LIFE_S else min(REST_MAX_S, max(REST_S, 2.0 * rested_s))


class NodeProcesses:
    """The processes of all nodes, the newest of each."""

    def __init__(self, data: Path, variables: Mapping[str, str], log: Log) -> None:
        self._data = data
        self._variables = {**os.environ, **variables}
        self._log = log
        self.processes: dict[str, Process] = {}

    async def keep(self, node: str) -> None:
        """Run a node for ever, and again whenever it ends."""
        loop = asyncio.get_running_loop()
        rested_s = 0.0
        while True:
            began_s = loop.time()
            code: int | str
            try:
                process = self.processes[node] = await self._start(node)
                code = await process.wait()
            except OSError as error:  # the machine has no room for it now
                code = str(error)
            lived_s = loop.time() - began_s
            rested_s = rest_s(lived_s, rested_s)
            self._log.say("a node ended", ended=node, code=code, lived_s=round(lived_s, 3), again_in_s=rested_s)
            await asyncio.sleep(rested_s)

    async def _start(self, node: str) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deadair.reference", node, "--data", str(self._data), "--tied",
            stdin=PIPE, stdout=DEVNULL, env=self._variables, start_new_session=True,
        )  # fmt: skip

    async def end(self) -> None:
        """End all: the orderly way, and at once when a limit is over."""
        left = [process for process in self.processes.values() if process.returncode is None]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)
            waits = [asyncio.create_task(process.wait()) for process in left]
            if waits:
                await asyncio.wait(waits, timeout=STOP_LIMIT_S)
            left = [process for process in left if process.returncode is None]


async def up(
    data: Path, settings: Settings, log: Log, *, port: int | None, tls_names: Collection[str] | None = None
) -> None:
    """Run the service until SIGTERM or SIGINT; one line of JSON on standard output says when it is ready, and where.

    With ``tls_names`` it speaks TLS, with the certificate that is configured or one made for these names.
    Raises CannotStart and ConfigurationError.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with _claimed(data):
        where = addresses(settings, port)
        links = [link for place in LAYOUT.values() for link in place.links]
        routes = {link: settings.routes.get(link, _dialled(where[leads_to(link)])) for link in links}
        there = {place.store_link for place in LAYOUT.values()} & settings.routes.keys()
        routes |= {link: settings.routes[link] for link in sorted(there)}
        sockets = {name: f"{host}:{number}" for name, (host, number) in where.items() if name != PUSH}
        ca_file = None
        if tls_names is not None and not settings.tls_certificate:
            certificate, ca_file = _certificate(data, tls_names)
            settings = replace(settings, tls_certificate=str(certificate), tls_key="")
        scheme = "http" if server_context(settings) is None else "https"
        variables = {
            "FOLLOW_SOCKETS": json.dumps(sockets),
            "FOLLOW_ROUTES": json.dumps(routes),
            "FOLLOW_TLS_CERTIFICATE": json.dumps(settings.tls_certificate),
            "FOLLOW_TLS_KEY": json.dumps(settings.tls_key),
            "FOLLOW_INNER_SECRET": json.dumps(_shared_secret(data, settings)),
        }
        nodes = NodeProcesses(data, variables, log)
        keepers = [asyncio.create_task(nodes.keep(node)) for node in LAYOUT]
        try:
            ready = asyncio.create_task(_all_ready(where))
            stopping = asyncio.create_task(stop.wait())
            await _first(ready, stopping, *keepers, limit_s=READY_LIMIT_S)
            if not ready.done() and not stop.is_set():
                # Those that can work go on: a part that cannot is no reason to end those that tell followers so.
                log.say("not all nodes are ready", after_s=READY_LIMIT_S, nodes=" ".join(await _not_ready(where)))
                await _first(ready, stopping, *keepers)
            if not stop.is_set():
                _announce(where, routes, nodes.processes, scheme, ca_file)
                log.say("ready")
                await _first(stopping, *keepers)
            log.say("stopping")
        finally:
            for keeper in keepers:
                keeper.cancel()
            await nodes.end()
            with contextlib.suppress(OSError):  # the disk may have failed meanwhile
                (data / SECRET_FILE).unlink(missing_ok=True)


async def _first(*tasks: asyncio.Task[Any], limit_s: float | None = None) -> None:
    """Wait until one of these ends, and raise what it raised."""
    done, _ = await asyncio.wait(tasks, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def addresses(settings: Settings, port: int | None) -> dict[str, tuple[str, int]]:
    """Return an address for each socket, and for pushes: the configured, from ``port`` on, or free ones.

    Raises CannotStart if one of them is taken.
    """
    found: dict[str, tuple[str, int]] = {}
    if port is not None and not 0 < port <= PORT_MAX:
        raise CannotStart(f"--port {port}: it must be from 1 to {PORT_MAX}")
    with contextlib.ExitStack() as held:
        for place, name in enumerate([*(name for each in LAYOUT.values() for name in each.sockets), PUSH]):
            fallback = (LOOPBACK, port + place if port else 0)
            host, number = address(settings.sockets[name]) if name in settings.sockets else fallback
            if name == PUSH and number:
                found[name] = host, number  # whoever takes pushes may be there already
                continue
            try:
                one = held.enter_context(socket.create_server((host, number)))
            except OSError as error:
                raise CannotStart(f"{name} cannot listen on {host}:{number}: {error}") from error
            found[name] = host, int(one.getsockname()[1])
    return found


def _certificate(data: Path, names: Collection[str]) -> tuple[Path, Path]:
    try:
        return make_certificate(data.absolute() / "tls", names)
    except (OSError, ValueError) as error:
        raise CannotStart(f"--tls {' '.join(names)}: no certificate can be made ({error})") from error


@contextlib.contextmanager
def _claimed(data: Path) -> Iterator[None]:
    """Keep others from running a second service on this folder. Raises CannotStart."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "up.lock").open("w")
    except OSError as error:
        raise CannotStart(f"--data {data} cannot be used ({error.strerror}); name another folder") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(f"another service runs on {data}") from error
        yield


def _shared_secret(data: Path, settings: Settings) -> str:
    """Return what the nodes share: what is configured, else one of this life; write it where its owner finds it.

    Raises CannotStart.
    """
    secret = settings.inner_secret or secrets.token_urlsafe(24)
    file = data / SECRET_FILE
    try:
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(secret)
    except OSError as error:
        raise CannotStart(f"{file} cannot be written ({error.strerror}); make room, or name another folder") from error
    return secret


def _announce(
    where: Listening, routes: Mapping[str, str], processes: Mapping[str, Process], scheme: str, ca_file: Path | None
) -> None:
    line: dict[str, Any] = {
        "share_url": f"{scheme}://{_dialled(where['gateway'])}",
        "status_url": f"{scheme}://{_dialled(where['status'])}",
        "admin_url": f"http://{_dialled(where['gateway-admin'])}",
        "push_url": f"http://{routes['notifier→push']}",
        "pids": {node: process.pid for node, process in processes.items()},
    }
    if ca_file is not None:
        line["ca_file"] = str(ca_file)
    with contextlib.suppress(OSError):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def _dialled(where: tuple[str, int]) -> str:
    """Return what to dial for an address to listen on."""
    host, port = where
    return f"{LOOPBACK if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - nobody listens there by this


async def _all_ready(where: Listening) -> None:
    left: Collection[str] = LAYOUT
    while left := await _not_ready(where, left):
        await asyncio.sleep(LOOK_EVERY_S)


async def _not_ready(where: Listening, nodes: Collection[str] = LAYOUT) -> list[str]:
    """Return those of the nodes that do not say now that they are ready."""
    ready = await asyncio.gather(*(_is_ready(_dialled(where[LAYOUT[node].sockets[-1]])) for node in nodes))
    return [node for node, is_ready in zip(nodes, ready, strict=True) if not is_ready]


async def _is_ready(dialled: str) -> bool:
    try:
        async with asyncio.timeout(LOOK_LIMIT_S):
            reader, writer = await asyncio.open_connection(*address(dialled))
            with contextlib.closing(writer):
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
                return (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    except (OSError, TimeoutError, ValueError):
        return False  # an endless line is a ValueError: somebody else listens there
