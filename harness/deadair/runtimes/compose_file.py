"""What becomes of a compose file: what of it is refused, and how it is written for one run. Pure, over plain values.

What comes in is the compose program's own ``config`` output: everything is resolved, and nothing short-hand is left but
volumes and ports, which the two generations write differently.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from deadair.model.errors import HarnessError
from deadair.runtimes.allowance import ComposeRefusal

Config = Mapping[str, Any]
NODES_OWN = ("host", "none")
STARTED, HEALTHY, ENDED = "service_started", "service_healthy", "service_completed_successfully"


@dataclass(frozen=True, slots=True)
class RunForm:
    """What one run makes of a compose file."""

    project: str
    labels: Mapping[str, str]
    published: Mapping[str, Mapping[int, int]]
    """By service and port inside: the port of loopback that leads there."""
    cores: Sequence[int] = ()
    built: Mapping[str, tuple[str, Path]] = field(default_factory=dict)
    """By service that is built: the tag of its image, and the Dockerfile that is used instead of its own."""
    kept: Sequence[str] = ()
    """Volumes and networks that were there before under the name that they have: they get no label of ours."""


def parsed(text: str, file: object) -> Config:
    """Return what the compose program wrote. Raises HarnessError if that is no project."""
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        raise HarnessError(f"{file}: the compose program wrote what is no YAML ({error})") from error
    if not isinstance(found, dict) or not isinstance(found.get("services"), dict) or not found["services"]:
        raise HarnessError(f"{file}: the compose program knows no service in it")
    return found


def written(config: Config) -> str:
    """Return it as JSON, which is YAML that no generation of the program reads otherwise."""
    return json.dumps(config, indent=1, ensure_ascii=False)


def refusals(config: Config, *, project: str, folder: Path) -> Iterator[ComposeRefusal]:
    """Yield what it asks for of this machine that could touch what is not the run's."""
    for name, service in config["services"].items():
        where = f"services.{name}"
        if "container_name" in service:
            yield ComposeRefusal(f"{where}.container_name", "another container may have this name, or be taken for it")
        replicas = service.get("scale") or (service.get("deploy") or {}).get("replicas")
        if replicas is not None and replicas != 1:
            yield ComposeRefusal(
                f"{where}.replicas", "a run makes one container of each service, and cannot tell several apart"
            )
        mode = str(service.get("network_mode", ""))
        if mode == "host":
            yield ComposeRefusal(
                f"{where}.network_mode", "on the machine's own network all could reach it, and none be cut"
            )
        for source, target in _binds(service):
            if not _within(Path(source), folder):
                yield ComposeRefusal(f"{where}.volumes[{target}]", f"{source} lies outside of the project, {folder}")
    for kind in ("volumes", "networks"):
        for name, section in (config.get(kind) or {}).items():
            if (section or {}).get("external"):
                yield ComposeRefusal(f"{kind}.{name}.external", "it is somebody else's, and a run would work on it")
            elif not _implied(kind, name, section, project):
                yield ComposeRefusal(f"{kind}.{name}.name", "under a name of its own it may be somebody else's already")


def named(config: Config, *, project: str) -> Iterator[tuple[str, str]]:
    """Yield kind and name of what has a name of its own: it may have been there before the run."""
    for kind in ("volumes", "networks"):
        for name, section in (config.get(kind) or {}).items():
            if not (section or {}).get("external") and not _implied(kind, name, section, project):
                yield kind, str(section["name"])


def for_run(config: Config, form: RunForm) -> Config:
    """Return the file that is run: ports on loopback, labels on everything, nothing that restarts by itself."""
    services = {name: _service(name, service, form) for name, service in config["services"].items()}
    made: dict[str, Any] = {"services": services}
    if "version" in config:
        made["version"] = config["version"]
    for kind in ("volumes", "networks"):
        sections = {name: _made_by_us(kind, name, section, form) for name, section in (config.get(kind) or {}).items()}
        if kind == "networks":
            sections.setdefault("default", {"labels": dict(form.labels)})
        if sections:
            made[kind] = sections
    return {**{key: value for key, value in config.items() if key in ("configs", "secrets")}, **made}


def needs_of(config: Config, service: str) -> Mapping[str, str]:
    """Return the services that one waits for, and for what of each."""
    said = config["services"][service].get("depends_on") or {}
    if isinstance(said, list):
        return dict.fromkeys(map(str, said), STARTED)
    return {str(name): str((how or {}).get("condition", STARTED)) for name, how in said.items()}


def networks_of(config: Config, service: str) -> Mapping[str, Sequence[str]]:
    """Return the networks of a service, by their keys, and its further names in each."""
    said = config["services"][service].get("networks") or {"default": None}
    if isinstance(said, list):
        return dict.fromkeys(map(str, said), ())
    return {str(name): tuple((how or {}).get("aliases") or ()) for name, how in said.items()}


def _service(name: str, service: Mapping[str, Any], form: RunForm) -> dict[str, Any]:
    made = {key: value for key, value in service.items() if key not in ("ports", "restart", "scale")}
    made["labels"] = {**_labels(service.get("labels")), **form.labels}
    if "deploy" in made:
        made["deploy"] = {key: value for key, value in made["deploy"].items() if key == "resources"}
    made["restart"] = "no"
    if form.cores:
        made["cpuset"] = ",".join(map(str, form.cores))
    if str(service.get("network_mode", "")) not in NODES_OWN:
        wanted = dict(form.published.get(name, {}))
        others = [port for port in _ports(service) if port not in wanted]
        ports = [f"127.0.0.1:{outside}:{inside}" for inside, outside in wanted.items()]
        made["ports"] = [*ports, *(f"127.0.0.1::{port}" for port in others)]
    if name in form.built:
        tag, dockerfile = form.built[name]
        build = dict(service["build"])
        made["image"] = tag
        made["build"] = {**build, "dockerfile": str(dockerfile)}
    return made


def _made_by_us(kind: str, name: str, section: Mapping[str, Any] | None, form: RunForm) -> dict[str, Any]:
    made = dict(section or {})
    if made.get("external"):
        return made
    if _implied(kind, name, section, form.project):
        made.pop("name", None)
    elif made["name"] in form.kept:
        return made
    return {**made, "labels": {**_labels(made.get("labels")), **form.labels}}


def _labels(said: Any) -> dict[str, str]:
    return dict(str(one).partition("=")[::2] for one in said) if isinstance(said, list) else dict(said or {})


def _implied(kind: str, name: str, section: Mapping[str, Any] | None, project: str) -> bool:
    """Say whether a volume or a network has the name that the program gives it anyway, in either generation."""
    said = (section or {}).get("name")
    return said is None or said == f"{project}_{name}"


def _binds(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each folder of this machine that a service sees, and where."""
    for one in service.get("volumes") or ():
        if isinstance(one, Mapping):
            if one.get("type") == "bind":
                yield str(one.get("source", "")), str(one.get("target", ""))
            continue
        source, _, rest = str(one).partition(":")
        if rest and source.startswith(("/", ".", "~")):
            yield source, rest.partition(":")[0]


def _ports(service: Mapping[str, Any]) -> Iterator[int]:
    """Yield the TCP ports inside that a service publishes, each once."""
    seen = set()
    for one in service.get("ports") or ():
        text = str(one.get("target", "")) if isinstance(one, Mapping) else str(one).rpartition(":")[2]
        protocol = str(one.get("protocol", "tcp")) if isinstance(one, Mapping) else text.partition("/")[2] or "tcp"
        number = text.partition("/")[0]
        if protocol == "tcp" and number.isdecimal() and int(number) not in seen:
            seen.add(int(number))
            yield int(number)


def _within(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False
