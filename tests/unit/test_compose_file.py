"""What a compose file may not ask of this machine unallowed, and how it is written for one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deadair.model.errors import HarnessError, ScenarioError
from deadair.runtimes.allowance import Allowance, refuse
from deadair.runtimes.compose_file import (
    RunForm,
    for_run,
    named,
    needs_of,
    networks_of,
    parsed,
    refusals,
    written,
)

PROJECT = "deadair-1"
FORM = RunForm(PROJECT, {"deadair.run": "r"}, {"web": {80: 20_001}}, cores=(0,))


def refused(service: dict[str, Any] | None = None, folder: Path = Path("/app"), **rest: Any) -> list[str]:
    config = {"services": {"web": service or {"image": "web:1"}}, **rest}
    return [one.where for one in refusals(config, project=PROJECT, folder=folder)]


def service(section: dict[str, Any], form: RunForm = FORM) -> dict[str, Any]:
    made = for_run({"services": {"web": section}}, form)["services"]["web"]
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    ("section", "where"),
    [
        ({"container_name": "web"}, "services.web.container_name"),
        ({"network_mode": "host"}, "services.web.network_mode"),
        ({"volumes": ["/etc/ssl:/ssl:ro"]}, "services.web.volumes[/ssl]"),
        ({"volumes": [{"type": "bind", "source": "/var/run/docker.sock", "target": "/s"}]}, "services.web.volumes[/s]"),
        ({"volumes": ["/app/../secrets:/s"]}, "services.web.volumes[/s]"),
        ({"scale": 2}, "services.web.replicas"),
        ({"deploy": {"replicas": 3}}, "services.web.replicas"),
    ],
)
def test_what_could_touch_more_than_the_run_is_refused_by_its_place(section: dict[str, Any], where: str) -> None:
    assert refused(section) == [where]


def test_what_stays_within_the_project_is_taken() -> None:
    within = ["data:/data", "/app/conf:/conf:ro", "/anonymous", {"type": "volume", "source": "data", "target": "/d"}]
    assert refused({"volumes": within, "network_mode": "bridge", "scale": 1, "deploy": {"replicas": 1}}) == []


def test_a_volume_or_a_network_that_may_be_somebody_elses_is_refused_and_one_of_the_projects_own_is_not() -> None:
    outside: dict[str, Any] = {
        "volumes": {"a": {"external": True}, "b": {"name": "mine"}, "c": None, "d": {"name": "deadair-1_d"}},
        "networks": {"e": {"external": True, "name": "deadair-1_e"}, "f": {"name": "shared"}, "default": {}},
    }
    assert refused(**outside) == ["volumes.a.external", "volumes.b.name", "networks.e.external", "networks.f.name"]
    assert list(named({"services": {}, **outside}, project=PROJECT)) == [("volumes", "mine"), ("networks", "shared")]


def test_a_person_may_allow_each_by_its_place() -> None:
    found = list(
        refusals({"services": {"web": {"scale": 2, "container_name": "w"}}}, project=PROJECT, folder=Path("/"))
    )
    with pytest.raises(ScenarioError) as error:
        refuse("compose.yaml", found, Allowance(compose=("services.web.container_name",)))
    lines = str(error.value).splitlines()
    assert lines[0].startswith("compose.yaml: services.web.replicas: a run makes one container of each service")
    assert "`compose: [services.web.replicas]`" in lines[-1] and "--allow FILE" in lines[-1]
    refuse("compose.yaml", found, Allowance(compose=("services.web.container_name", "services.web.replicas")))


@pytest.mark.parametrize("ports", [["80"], ["8080:80", "127.0.0.1:9:443/tcp", "53:53/udp"], [{"target": 80}]])
def test_a_socket_has_the_runs_port_of_loopback_and_every_other_port_a_free_one(ports: list[Any]) -> None:
    made = service({"image": "web:1", "ports": ports})["ports"]
    others = ["127.0.0.1::443"] if len(ports) == 3 else []
    assert made == ["127.0.0.1:20001:80", *others], "nothing of it is reached from outside"


def test_everything_is_labelled_pinned_and_restarts_by_nobody() -> None:
    made = service({"image": "web:1", "labels": ["a=1"], "restart": "always", "deploy": {"resources": {"limits": {}}}})
    assert made["labels"] == {"a": "1", "deadair.run": "r"}
    assert (made["restart"], made["cpuset"], made["deploy"]) == ("no", "0", {"resources": {"limits": {}}})
    assert "cpuset" not in service({"image": "web:1"}, RunForm(PROJECT, {}, {}))
    assert service({"image": "web:1", "network_mode": "host"}).get("ports") is None


def test_a_built_service_gets_a_tag_and_a_dockerfile_of_ours_whatever_its_own_are() -> None:
    form = RunForm(PROJECT, {}, {}, built={"web": ("deadair-web:built", Path("/run/web.Dockerfile"))})
    made = service({"image": "mine:latest", "build": {"context": "/app", "args": {"A": "1"}}}, form)
    assert made["image"] == "deadair-web:built", "a tag of the user's is never moved"
    assert made["build"] == {"context": "/app", "args": {"A": "1"}, "dockerfile": "/run/web.Dockerfile"}


def test_volumes_and_networks_are_labelled_unless_they_were_there_before() -> None:
    config = {
        "version": "3.8",
        "name": "other",
        "services": {"web": {}},
        "volumes": {"a": {"name": f"{PROJECT}_a"}, "b": {"name": "before"}, "c": {"external": True}, "d": None},
    }
    made = for_run(config, RunForm(PROJECT, {"deadair.run": "r"}, {}, kept=("before",)))
    ours = {"labels": {"deadair.run": "r"}}
    assert made["volumes"] == {"a": ours, "b": {"name": "before"}, "c": {"external": True}, "d": ours}
    assert made["networks"] == {"default": ours}
    assert "name" not in made and made["version"] == "3.8"


def test_what_a_service_waits_for_and_where_it_is_known() -> None:
    config = {
        "services": {
            "a": {"depends_on": ["b"], "networks": ["x"]},
            "b": {
                "depends_on": {"c": {"condition": "service_healthy"}},
                "networks": {"x": None, "y": {"aliases": ["k"]}},
            },
            "c": {},
        }
    }  # fmt: skip
    assert needs_of(config, "a") == {"b": "service_started"}
    assert needs_of(config, "b") == {"c": "service_healthy"}
    assert needs_of(config, "c") == {}
    assert networks_of(config, "a") == {"x": ()}
    assert networks_of(config, "b") == {"x": (), "y": ("k",)}
    assert networks_of(config, "c") == {"default": ()}


def test_what_is_written_is_read_alike_by_all() -> None:
    config = {"services": {"web": {"restart": "no", "environment": {"A": "on", "B": "12:30"}}}}
    assert json.loads(written(config)) == config
    assert parsed(written(config), "compose.yaml") == config


@pytest.mark.parametrize("text", ["", "[]", "services: []", "services: {}", "a: [", "\x00"])
def test_what_is_no_project_is_a_sentence(text: str) -> None:
    with pytest.raises(HarnessError, match=r"^compose\.yaml: the compose program"):
        parsed(text, "compose.yaml")
