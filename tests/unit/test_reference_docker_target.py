"""How the reference is told to run in containers: what it serves, what it shares, what a scenario takes from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deadair.model.environment import Address
from deadair.reference.running.configuration import configured
from deadair.runtimes.node_start import ContainerStart, in_words
from deadair.targets.reference import Reference
from deadair.targets.reference_docker import DATA, ReferenceDocker, image_name
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site

EVERYWHERE = "0.0.0.0"  # noqa: S104 - within a container
LISTEN = {socket: Address(host=EVERYWHERE, port=8000 + n) for n, socket in enumerate(ReferenceDocker.sockets)}


def never(socket: str, request: Request, limit_s: float) -> Answer:
    raise AssertionError("nobody asks")


def site(data: Path, **capacity: float) -> Site:
    """A place for it."""
    return Site(data, 60.0, LISTEN, LISTEN, {}, capacity, (), never)


def start(node: str, at: Site) -> ContainerStart:
    made = ReferenceDocker().start_of(node, at)
    assert isinstance(made, ContainerStart)
    return made


def test_every_socket_is_served_by_one_node(tmp_path: Path) -> None:
    served = [start(node, site(tmp_path)).ports for node in ReferenceDocker.nodes]
    assert {socket: port for ports in served for socket, port in ports.items()} == {
        socket: address.port for socket, address in LISTEN.items()
    }
    assert sum(map(len, served)) == len(LISTEN)


def test_all_nodes_share_one_folder_and_an_image_that_is_known_by_its_sources(tmp_path: Path) -> None:
    for node in ReferenceDocker.nodes:
        made = start(node, site(tmp_path))
        assert made.image == image_name()
        assert [(mount.source, mount.inside, mount.read_only) for mount in made.mounts] == [(tmp_path, DATA, False)]
        assert made.argv == ("-m", "deadair.reference", node, "--data", DATA)
    assert image_name().startswith("localhost/deadair:"), "a name that no registry can answer for"


@pytest.mark.parametrize("target", [Reference(), ReferenceDocker()])
def test_the_nodes_of_a_run_share_a_secret_that_is_written_down_nowhere(tmp_path: Path, target: Reference) -> None:
    asked: list[Request] = []

    def ask(socket: str, request: Request, limit_s: float) -> Answer:
        asked.append(request)
        return Answer(200, b'{"waiting": 0}')

    at = replace(site(tmp_path), password="that of a run", ask=ask)
    target.build(at)
    starts = [target.start_of(node, at) for node in target.nodes]
    (secret,) = {json.loads(one.variables["FOLLOW_INNER_SECRET"]) for one in starts}
    assert configured(tmp_path, starts[0].variables).inner_secret == secret
    assert target.backlog(at) == 0
    assert dict(asked[0].headers) == {"x-follow-secret": secret}
    said = (tmp_path / "settings.json").read_text() + str([in_words(one) for one in starts]) + repr(at)
    assert secret not in said


def test_a_scenario_may_limit_a_container_which_the_service_is_not_told(tmp_path: Path) -> None:
    limited = site(tmp_path, gateway_cpus=0.5, gateway_memory_mb=256.0, store_rows_per_s=2.0)
    assert (start("gateway", limited).cpus, start("gateway", limited).memory_mb) == (0.5, 256)
    assert (start("watchdog", limited).cpus, start("watchdog", limited).memory_mb) == (None, None)
    ReferenceDocker().build(limited)
    settings = json.loads((tmp_path / "settings.json").read_text("utf-8"))
    assert settings["store_rows_per_s"] == 120.0
    assert not [name for name in settings if name.startswith("gateway_") and name != "gateway_requests_per_s"]
    assert settings["sockets"]["gateway"] == f"{EVERYWHERE}:{LISTEN['gateway'].port}"
    assert {"gateway_cpus", "watchdog_memory_mb"} <= set(ReferenceDocker.capacities)


def test_it_is_the_reference_in_everything_else() -> None:
    assert ReferenceDocker.name == "reference-docker"
    assert (ReferenceDocker.links, ReferenceDocker.alert_paths) == (Reference.links, Reference.alert_paths)
    assert (ReferenceDocker.simulated, ReferenceDocker.runtime) == (False, "docker")
