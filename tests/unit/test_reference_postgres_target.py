"""How the reference is told of its store on a PostgreSQL server, which is a node of the run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deadair.model.environment import Address
from deadair.provision import postgres
from deadair.reference.running.configuration import configured
from deadair.runtimes.node_start import ProcessStart
from deadair.targets.reference import Reference
from deadair.targets.reference_postgres import STORE, ReferencePostgres
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site

ADDRESSES = {socket: Address(port=8000 + number) for number, socket in enumerate(ReferencePostgres.sockets)}
ROUTES = {link.name: Address(port=9000 + n) for n, link in enumerate(ReferencePostgres.links) if not link.outer}
PASSWORD = "the password of the run"


def never(socket: str, request: Request, limit_s: float) -> Answer:
    raise AssertionError("nobody asks")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A place for it, where nothing is run."""
    monkeypatch.setattr(postgres, "run", lambda command, **how: "")
    monkeypatch.setattr(postgres, "postgres_programs", lambda environ: Path("/programs"))
    return Site(tmp_path, 60.0, ADDRESSES, ADDRESSES, ROUTES, {}, (), never, password=PASSWORD)


def start(node: str, site: Site) -> ProcessStart:
    made = ReferencePostgres().start_of(node, site)
    assert isinstance(made, ProcessStart)
    return made


def test_its_nodes_take_its_settings_and_dial_the_server_by_links_that_can_be_cut(site: Site) -> None:
    ReferencePostgres().build(site)
    settings = configured(site.data, start("gateway", site).variables)
    assert settings.store_url.endswith(f"@{ADDRESSES[STORE]}/postgres")
    assert settings.routes["gateway→store"] == str(ROUTES["gateway→store"])
    assert settings.routes["processor→store"] == str(ROUTES["processor→store"])
    assert STORE not in settings.sockets


def test_the_servers_password_is_told_by_the_environment_only(site: Site) -> None:
    ReferencePostgres().build(site)
    url: str = json.loads(start("processor", site).variables["FOLLOW_STORE_URL"])
    password = url.partition("@")[0].rpartition(":")[2]
    assert len(password) >= 32
    assert PASSWORD not in url
    other = start("processor", replace(site, password="of another run"))
    assert password not in other.variables["FOLLOW_STORE_URL"]
    assert password not in (site.data / "settings.json").read_text()
    assert all(password not in word for node in ReferencePostgres.nodes for word in start(node, site).argv)


def test_the_server_listens_where_the_links_lead_to_and_nowhere_else(site: Site) -> None:
    argv = start(STORE, site).argv
    words = " ".join(argv)
    assert f"-D {site.data / STORE} -h 127.0.0.1 -p {ADDRESSES[STORE].port}" in words
    assert "unix_socket_directories=" in argv
    assert "FOLLOW_STORE_URL" not in start(STORE, site).variables


def test_faults_of_storing_strike_the_server_and_the_ways_to_it() -> None:
    target = ReferencePostgres()
    assert target.roles["storing"] == (STORE, "gateway→store", "processor→store")
    assert target.roles["alerting"] == Reference.roles["alerting"]
    assert set(target.reading_path) <= {*target.nodes, *(link.name for link in target.links)}
    assert not target.simulated
