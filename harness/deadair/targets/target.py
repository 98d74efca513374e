"""What the harness needs of a target: start, ready, nodes, links, uploader, app, probes. Nothing else reaches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deadair.model.alert_path import AlertPath
from deadair.model.environment import Address, ServerName
from deadair.model.phone_trace import Way
from deadair.model.reading import Reading
from deadair.model.roster import Roster
from deadair.runtimes.node_start import NodeStart
from deadair.runtimes.runtime import RuntimeNeeds
from deadair.targets.adapters.uploader import Uploader
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.app import App
from deadair.targets.door import Door
from deadair.targets.handed_on import HandedOn
from deadair.targets.machine import Machine, Program
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import USUAL, ServiceTimes

LEAST_WAIT_REAL_S = 1.0
"""No time-out of a target is compressed below this: a busy machine is not a dead one."""


@dataclass(frozen=True, slots=True)
class Link:
    """A connection that can be cut. An *outer* link joins the fleet to the target and is cut cohort by cohort."""

    name: str
    leads_to: str
    """The socket it leads to: one of ``Target.sockets``, ``push_links``, or where the gateway listens for a channel
    (``deadair.targets.alerts.channel_spec.SOCKETS``)."""
    outer: bool = False
    alias: str = ""
    """The name (``db``, or ``db:5432``) by which a container dials it and that no setting can change; nothing: it is
    told its route. The proxy takes the name over."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where and how a target is to be built up for one run."""

    data: Path
    speed: float
    """Durations in the target's configuration are divided by this; rates per second are multiplied."""
    sockets: Mapping[str, Address]
    """Where the harness reaches each of ``Target.sockets``."""
    listen: Mapping[str, Address]
    """Where each of them must listen: in a container that is another address."""
    routes: Mapping[str, Address]
    """What to dial for each inner link of ``Target.links``."""
    capacity: Mapping[str, float]
    """Provisioned capacity by name, per real-life second; a name that is missing means unlimited."""
    defects: tuple[str, ...]
    ask: Callable[[str, Request, float], Answer]
    """Asks a socket one question of the administrator's, within so many real seconds; raises HarnessError if no
    answer comes. Not for the fleet's traffic."""
    times: ServiceTimes = USUAL
    """The scenario's times, for a service that has to be told of them."""
    password: str = ""
    """The password of every account of the run."""
    logs: Path | None = None
    """Where each node's output is written down, as ``NODE.log``; none where nothing is."""


class Target(Protocol):
    """A follow service under test."""

    name: str
    folder: Path | None
    """Where its target file lies; none: it is built in, or of an installed package."""
    sha256: str
    """Of all that its target file says; empty without one."""
    simulated: bool
    """Whether it has a form that runs in virtual time."""
    runtime: str
    """How its nodes run: a name in ``deadair.runtimes.catalogue``."""
    needs: tuple[str, ...]
    """What it is fetched and built of before a live run: names in ``deadair.provision.catalogue``."""
    runtime_needs: RuntimeNeeds
    """What that needs to know before there is a run."""
    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    sockets: tuple[str, ...]
    servers: Mapping[str, ServerName]
    """Of sockets that are called by a name of their own, or spoken to over TLS, that name."""
    status_socket: str | None
    """The one of its sockets that serves the public status page; none: it has no page."""
    app_words: frozenset[str]
    """What people can do with its app: words of ``deadair.scenario.people``."""
    alert_paths: tuple[AlertPath, ...]
    """Every way by which it alerts a follower that readings have stopped, in the order in which reports show them."""
    channels: tuple[ChannelSpec, ...]
    """The channels by which its messages come, which the push gateway opens."""
    way: Way
    """How readings and alerts go through it, for a phone's trace."""
    reading_path: tuple[str, ...]
    """The nodes and links that a reading passes from its device to a phone, in order: a fault there may hold it up."""
    capacities: tuple[str, ...]
    """What of it a scenario may limit, as its configuration names it."""
    speed_max: float
    """The highest speed that its configuration can be compressed to; a service that cannot be sped up has 1."""
    answer_within_s: float | None
    """How long its nodes wait for an answer, in real-life seconds, and never less than ``LEAST_WAIT_REAL_S``; none:
    nobody said."""
    devices_max: int
    """The most devices that it takes in a run."""
    knows_codes: bool
    """Whether its app takes a sensor's code for what it is, and shows the reading before it."""
    roles: Mapping[str, tuple[str, ...]]
    """What its places are for: ``storing``, ``alerting``, ``push``. A scenario for any target names roles as places."""
    unjudged: Mapping[str, str]
    """The rules that it cannot be judged by, each with the reason: such a rule is *not judged* and counts for nothing.
    ``backlog`` is a part of ``recovers``, which is judged without it.
    But a run in which ``no_data_deadline`` is among them is never a pass."""
    defects: Mapping[str, str]
    """Bad parts that can be planted in it: a name for each, and what is bad about it."""
    profiles: Mapping[str, tuple[str, ...]]
    """Defects that are planted together, by the profile's name."""

    @property
    def per_follow(self) -> frozenset[str]:
        """Return what each of its follows can have of its own: ``no_data_after``, else all have the T that the service
        is told; ``realarm_every``; ``second_patients``: a phone may have two; ``second_phones``: so may an account."""
        ...

    def uploader(self) -> Uploader:
        """Return how its devices speak. Raises DeadAirError if that is code of a stranger's, and not fit."""
        ...

    def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:
        """Return its follower app, none if it has none."""
        ...

    def door(self, times: ServiceTimes) -> Door | None:
        """Return how one gets in, for who tries whether strangers do; none if nobody says how."""
        ...

    def end_sessions(self, account: str, site: Site) -> None:
        """End all sessions of an account, as its administrator. Raises HarnessError if it is not done."""
        ...

    def version(self) -> str:
        """Return what is under test, for the report, as far as nothing has to run for it. Raises HarnessError."""
        ...

    def running_version(self, site: Site) -> str | None:
        """Return the version that the running service says; none if it is known already. Raises HarnessError."""
        ...

    def handed_on(self) -> HandedOn:
        """Return which of the caller's variables reach it, and those that are secret."""
        ...

    def lacks(self) -> tuple[str, ...]:
        """Return a sentence for everything without which this machine cannot run it. Runs nothing of it."""
        ...

    def detection_budget_s(self, speed: float) -> float:
        """Return the real-life seconds it may take to notice a dead or stuck part, time-outs ≥ 1 real s included."""
        ...

    def build(self, site: Site) -> None:
        """Write its configuration for this site."""
        ...

    def start_of(self, node: str, site: Site) -> NodeStart:
        """Return how one node is started; again, after it was killed. Of the kind that ``runtime`` starts."""
        ...

    def program(self, node: str, machine: Machine, site: Site) -> Program | None:
        """Return one node as it runs in virtual time, none if this target cannot be simulated."""
        ...

    def why_not_ready(self, node: str, site: Site) -> str:
        """Ask the node, within one real second: nothing if it is ready, else why it is not."""
        ...

    def enroll(self, roster: Roster, extra_accounts: Sequence[str], site: Site, *, password: str) -> None:
        """Create everybody's account, and some that follow nobody; raises HarnessError if the target refuses."""
        ...

    def status_request(self) -> Request:
        """Return the request that reads the public status page."""
        ...

    def incident(self, answer: Answer) -> bool | None:
        """Say whether that page shows an incident; none if the answer says nothing."""
        ...

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        """Return every stored reading of a patient, doubles included; raises HarnessError if it cannot be asked."""
        ...

    def backlog(self, site: Site) -> int | None:
        """Return how many accepted readings wait to be stored; within one real second, for it is asked each second.

        None if it cannot be asked at all. Raises HarnessError if it does not say.
        """
        ...
