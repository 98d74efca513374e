"""A target file, as frozen values: what a service is made of, how it is started, told, asked, and how it alerts.

Each field's sentence goes into the JSON schema and docs/target-file.md. What needs two fields at once is judged in
``consistency.py``. This file knows no YAML, and nothing here is started.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from deadair.model.duration import Duration
from deadair.targets.adapters.http_section import HttpSection
from deadair.targets.adapters.share import ReadBy
from deadair.targets.alerts.alert_path_section import AlertPathSection
from deadair.targets.described.door_section import DoorSection
from deadair.targets.described.node_section import NodeSection
from deadair.targets.described.probe_sections import ProbeSections, VersionSection
from deadair.targets.described.sections import LinkName, PartName, PlaceName, Section, VariableName

TARGET_NAME = r"^[a-z0-9][a-z0-9-]{0,59}$"
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$")]


class ServerSection(Section):
    """A server that is called by a name of its own, though it is reached at another address."""

    host: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
    """The name: it stands in the Host header, and its certificate must be for it."""
    tls: bool = True
    """Whether it speaks HTTPS."""
    ca_file: str | None = None
    """The authorities that its certificate is trusted by: a PEM file in the target's folder. Without it, those of this
    machine."""


class SocketSection(Section):
    """A TCP socket that a node serves."""

    node: PartName | None = None
    """Who serves it; may be left out where there is one node."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """The port in its container, or with `attached` the one that it has. As a process it is told one:
    `{listen.NAME.port}`."""
    host: str | None = Field(default=None, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
    """`attached`: where it runs; without it, on this machine."""
    server: ServerSection | None = None
    """How it is called, if a name of its own matters to it."""


class LinkSection(Section):
    """A way over which something dials a socket, and which can be cut."""

    to: str
    """The socket that it leads to: one of `sockets`, or `push` (where webhooks and FCM messages go), `push_smtp`,
    `push_apns`."""
    outer: bool = False
    """Whether devices or phones dial it: `uplink`, `downlink`. The others are dialled by nodes, which are told of it by
    `{route.NAME}`."""
    alias: str = Field(default="", pattern=r"^$|^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?(:[0-9]{1,5})?$")
    """`docker`, `compose`: the name by which a container dials the socket and that no setting changes, `db` or
    `db:5432`. The name leads to where the link can be cut, and nobody is told."""


class ComposeSection(Section):
    """The compose file that the nodes are services of."""

    file: str = "compose.yaml"
    """The file, in the target's folder. It is not touched."""


class ShareSection(Section):
    """What differs between services that speak the Share API."""

    read_by: ReadBy = "publisher"
    """Whether followers read with the patient's own account, or as `subscriber` with theirs."""


class TargetFile(Section):
    """All of it."""

    name: Annotated[str, Field(pattern=TARGET_NAME)]
    """The target's name, for `--target` and in scenarios: small letters, digits and hyphens."""
    why: Why
    """What this service is, in a sentence or two."""
    version: VersionSection
    """What says which build is under test."""
    runtime: Literal["processes", "docker", "compose", "attached"] = "processes"
    """How its nodes run."""
    compose: ComposeSection | None = None
    """`compose`: the file."""
    adapter: str
    """How devices upload and phones read: `share`, `http`, `nightscout`, or a class of your own in a file of the
    target's folder, `./adapter.py:Adapter`."""
    http: HttpSection | None = None
    """With the adapter `http`: the requests of devices and phones."""
    share: ShareSection | None = None
    """With the adapter `share`: by which of its two paths followers read."""
    needs: tuple[str, ...] = ()
    """What is fetched and built before a run, because no machine has it: `nightscout`. Where its parts lie is
    `{needs.NAME.PART}`."""
    sockets: dict[PartName, SocketSection] = Field(min_length=1, max_length=100)
    """The sockets that its nodes serve."""
    nodes: dict[PartName, NodeSection] = Field(max_length=100)
    """Its nodes. They are started in this order."""
    links: dict[LinkName, LinkSection] = Field(min_length=1, max_length=100)
    """Its links. `last_mile`, over which phones are reached, is always there."""
    reading_path: tuple[PlaceName, ...] = ()
    """The nodes and links that a reading passes from its device to a phone, in order; by default `uplink`, all nodes,
    `downlink`."""
    roles: dict[PartName, tuple[PlaceName, ...]] = Field(default={}, max_length=200)
    """What its places are for, so that scenarios for any target find them: `storing`, `alerting`, `push`."""
    capacities: dict[PartName, str] = Field(default={}, max_length=200)
    """What of it a scenario may limit, and what `{capacity.NAME}` is where it does not."""
    files: dict[FileName, str] = Field(default={}, max_length=200)
    """Files that are written into the run's data folder before anything starts: a name, and the file of the target's
    folder that it is made from, with names in braces put in."""
    alert_paths: tuple[AlertPathSection, ...] = Field(default=(), max_length=50)
    """The ways by which it alerts followers that readings have stopped."""
    probes: ProbeSections = ProbeSections()
    """What it can be asked."""
    door: DoorSection | None = None
    """What must keep strangers out; `keeps_out` needs it."""
    detection_budget: Duration = timedelta(seconds=30)
    """How long it may take to notice a part of itself that is dead or hangs."""
    speed_max: float = Field(default=1.0, ge=0.01, le=1000, allow_inf_nan=False)
    """The highest speed that its settings can be compressed to. Most services cannot be sped up at all."""
    devices_max: int = Field(default=500, ge=1, le=1_000_000)
    """The most devices that it takes in a run."""
    environment: tuple[VariableName, ...] = ()
    """Variables of the caller's shell that are handed on to its nodes, and are part of the configuration's hash."""
    defaults: dict[VariableName, str] = Field(default={}, max_length=200)
    """What of them is not set in the caller's shell has this value; without one the run is refused."""
    secrets: tuple[VariableName, ...] = ()
    """The same, but their values are stored nowhere."""
