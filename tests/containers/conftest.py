"""The engine that these tests run on, and a small image for nodes: a server without anything else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.provision.toxiproxy import toxiproxy_server
from deadair.runtimes.docker_calls import SOCKET
from deadair.runtimes.docker_cleanup import ORDER, remove_run
from deadair.runtimes.docker_engine import LABEL, DockerEngine, connected
from deadair.runtimes.forwarders import forwarder_image
from deadair.runtimes.runtime import RunMarks

ECHO = Address(host="127.0.0.1", port=9)
"""Nobody answers there: who needs an echo asks for one of his own."""


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerEngine]:
    """The engine of this machine."""
    with connected(SOCKET) as found:
        try:
            found.version()
        except HarnessError as error:
            pytest.skip(str(error))
        yield found


@pytest.fixture(scope="session")
def server() -> Path:
    """A toxiproxy-server: as a node it answers on its control port, 8474."""
    return toxiproxy_server(print)


@pytest.fixture(scope="session")
def image(engine: DockerEngine, server: Path) -> Iterator[str]:
    """An image of that server alone."""
    made = forwarder_image(engine, server, {"deadair.test": secrets.token_hex(4)})
    yield made
    engine.remove("images", made)


@pytest.fixture
def marks(tmp_path: Path, engine: DockerEngine, server: Path) -> Iterator[RunMarks]:
    """A run of which nothing is left at the end."""
    folder = RunFolder(tmp_path / "run")
    folder.create()
    marks = RunMarks(f"test-{secrets.token_hex(6)}", folder, (), toxiproxy=server)
    yield marks
    assert remove_run(SOCKET, marks.run_id) == []
    assert left(engine, marks.run_id) == {}


def left(engine: DockerEngine, run_id: str) -> dict[str, list[str]]:
    """Whatever carries a run's label."""
    found = {what: engine.with_label(what, f"{LABEL}={run_id}") for what in ORDER}
    return {what: ids for what, ids in found.items() if ids}
