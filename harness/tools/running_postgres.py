"""A real PostgreSQL server for a test, started as a run starts it, which the test may stop, kill and start again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from deadair.injectors.child_environment import child_environment
from deadair.injectors.processes import Spawned, descendants, kill_all, spawn
from deadair.model.clock import Deadline, pause
from deadair.model.environment import LOOPBACK, Address
from deadair.provision.postgres import lacking_postgres, make_database, server_argv, server_url, why_not_serving
from tools.live_reference import free_ports

PASSWORD = "Pa55wordOfTheStore"
LIMIT_S = 20.0
WHY_NONE = "; ".join(lacking_postgres())


@dataclass
class RunningPostgres:
    """The server. ``url`` is how it is reached, whether or not it runs."""

    root: Path
    run_id: str
    address: Address = field(default_factory=lambda: Address(host=LOOPBACK, port=free_ports(1)[0]))
    process: Spawned | None = None

    @property
    def url(self) -> str:
        return server_url(self.address, PASSWORD)

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"

    def start(self) -> Spawned:
        """Start it and wait until it lets people in."""
        argv = server_argv(self.root / "store", self.address, child_environment())
        self.process = spawn("postgres", argv, run_id=self.run_id, folder=self.root, log=self.log)
        limit = Deadline.after(LIMIT_S)
        while why := why_not_serving(self.address, limit_s=1.0):
            assert not limit.passed(), f"{why}: {self.log.read_text()}"
            pause(0.02)
        return self.process

    def do(self, *statements: str) -> None:
        """Carry statements out, as nobody's node."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def empty(self) -> None:
        """Forget every table."""
        self.do("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    def kill(self) -> None:
        """End it as SIGKILL does, and see that all of it is gone."""
        assert self.process is not None
        others = descendants(self.process.identity)
        self.process.kill()
        self.process.handle.wait(LIMIT_S)
        limit = Deadline.after(LIMIT_S)
        while any(one.alive() for one in others):
            assert not limit.passed(), "it outlives its death"
            pause(0.01)


@contextlib.contextmanager
def made_postgres(root: Path) -> Iterator[RunningPostgres]:
    """Make a server's folder; whatever was started there is gone at the end."""
    server = RunningPostgres(root, run_id=f"test-{root.name}")
    make_database(root / "store", PASSWORD, child_environment())
    try:
        yield server
    finally:
        left = kill_all(server.run_id, limit_s=LIMIT_S)
        if server.process is not None:
            server.process.handle.wait(LIMIT_S)
    assert left == ()
