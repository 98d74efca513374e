"""The target that a target file makes: everything that ``Target`` asks for, read off the file's values.

It starts nothing and knows no runtime: it says what is to be started, and what a service is told and asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from deadair.model.environment import LOOPBACK, Address, ServerName
from deadair.model.errors import HarnessError
from deadair.model.phone_trace import Way
from deadair.model.reading import Reading
from deadair.model.roster import Roster
from deadair.runtimes.node_start import NodeStart
from deadair.runtimes.runtime import RuntimeNeeds
from deadair.targets.adapters.catalogue import AdapterSections, adapter_of
from deadair.targets.adapters.guarded import GuardedAdapter
from deadair.targets.adapters.plain_follower import UNJUDGED, PlainFollower
from deadair.targets.adapters.share import ReadBy
from deadair.targets.adapters.uploader import Uploader
from deadair.targets.alerts.alert_path_section import alert_paths_of
from deadair.targets.alerts.channel_spec import channels_of
from deadair.targets.app import App
from deadair.targets.described import probes
from deadair.targets.described.alert_clients import with_clients
from deadair.targets.described.consistency import LAST_MILE
from deadair.targets.described.described_door import described_door, end_sessions
from deadair.targets.described.enrollment import enroll
from deadair.targets.described.lacking import lacking
from deadair.targets.described.node_starts import sockets_of, start_of
from deadair.targets.described.questions import Questions
from deadair.targets.described.readiness import Readiness
from deadair.targets.described.target_file import SocketSection, TargetFile
from deadair.targets.described.target_yaml import ReadTarget
from deadair.targets.described.template_values import ACCOUNT, values_before_a_run, values_of_a_run, values_of_parts
from deadair.targets.described.templates import filled
from deadair.targets.door import Door
from deadair.targets.handed_on import HandedOn, handed_on
from deadair.targets.machine import Machine, Program
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Link, Site

NO_ALERT_PATH = "its target file names no alert path, so nobody knows when it alerts"
NO_DOOR = "its target file has no `door`"
NO_PROBE = "its target file has no probe `{}`"


class DescribedTarget:
    """A target made of data."""

    simulated = False
    profiles: Mapping[str, tuple[str, ...]] = {}
    defects: Mapping[str, str] = {}

    def __init__(self, read: ReadTarget) -> None:
        self._read = read
        self._file = file = read.file
        self._readiness = Readiness()
        self.folder: Path | None = read.folder
        self._folder = read.folder
        self.sha256 = read.sha256
        self.name = file.name
        self.runtime: str = file.runtime
        self.runtime_needs = _runtime_needs(file, read.folder)
        self.needs = file.needs
        self.nodes = tuple(file.nodes)
        self.sockets = tuple(file.sockets)
        self.links = (
            *(Link(name, link.to, link.outer, link.alias) for name, link in file.links.items() if name != LAST_MILE),
            Link(LAST_MILE, "push_links", outer=True),
        )
        self.servers: Mapping[str, ServerName] = {
            name: server for name, one in file.sockets.items() if (server := _server(one, read.folder))
        }
        self.alert_paths = alert_paths_of(file.alert_paths)
        self.channels = channels_of(with_clients(file.alert_paths, values_of_parts(file, read.folder)))
        self.reading_path = file.reading_path or ("uplink", *self.nodes, "downlink")
        self.way = Way(nodes=self.nodes)
        self.capacities = tuple(file.capacities)
        self.speed_max = file.speed_max
        self.knows_codes = False
        self.devices_max = file.devices_max
        self.answer_within_s: float | None = None
        self.roles: Mapping[str, tuple[str, ...]] = file.roles
        self.status_socket = file.probes.status.socket if file.probes.status is not None else None
        self.app_words = frozenset({"open_app"})
        self.unjudged = self._unjudged()

    @property
    def per_follow(self) -> frozenset[str]:
        """Return T, if follows are enrolled each with its own. An adapter of somebody's own is handed it."""
        if self._file.http is None:
            told = self._adapter.enrolls
        else:
            told = any("{no_data_after_" in step.model_dump_json() for step in self._file.http.enroll)
        return frozenset({"no_data_after"} if told else ())

    def uploader(self) -> Uploader:
        """Return the adapter: devices speak by it."""
        return self._adapter

    def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:
        """Return the plain follower: a target that is described has no app of its own."""
        return PlainFollower(self._adapter, speed=speed)

    def door(self, times: ServiceTimes) -> Door | None:
        """Return what the file says of it. It is not told how long a session lasts."""
        section = self._file.door
        return None if section is None else described_door(section, self._adapter, self._file.links["uplink"].to)

    def end_sessions(self, account: str, site: Site) -> None:
        """Ask as the file says."""
        if self._file.door is None:
            raise HarnessError(NO_DOOR)
        end_sessions(self._file.door, self._questions({**self._values(site), ACCOUNT: account}), site)

    def version(self) -> str:
        """Return which build is under test, as far as nothing has to run for it."""
        said = probes.version_before_a_run(self._file.version, self._questions(self._before))
        return said or "told by the running service"

    def running_version(self, site: Site) -> str | None:
        """Return the version that the running service says, none if it is not asked."""
        return probes.version_of_the_running(self._file.version, self._questions(self._values(site)), site) or None

    def detection_budget_s(self, speed: float) -> float:
        """Return what the file says, and at least the real second that a time-out takes."""
        return max(self._file.detection_budget.total_seconds(), speed)

    def handed_on(self) -> HandedOn:
        """Return what of the caller's shell reaches it."""
        return self._handed_on

    def lacks(self) -> tuple[str, ...]:
        """Say what is not there that it cannot be run without."""
        return (*self._handed_on.missing, *lacking(self._file, self._folder, self._before))

    def build(self, site: Site) -> None:
        """Write the files that nodes are configured by."""
        site.data.mkdir(parents=True, exist_ok=True)
        values = self._values(site)
        for name, template in self._read.templates.items():
            (site.data / name).write_text(filled(template, values), "utf-8")

    def start_of(self, node: str, site: Site) -> NodeStart:
        """Fill in what the file says of the node's start."""
        self._readiness.started(node, site)
        return start_of(self._file, self._folder, node, self._values(site), self._handed_on.variables)

    def program(self, node: str, machine: Machine, site: Site) -> Program | None:
        """Return none: what is described has no form in virtual time."""
        return None

    def why_not_ready(self, node: str, site: Site) -> str:
        """Ask as the file says, within a second."""
        questions = self._questions(self._values(site))
        section = self._file.nodes[node].ready
        try:
            self._readiness.demand(node, section, sockets_of(self._file, node), questions, site)
        except HarnessError as error:
            return str(error) or "it does not say why"
        return ""

    def enroll(self, roster: Roster, extra_accounts: Sequence[str], site: Site, *, password: str) -> None:
        """Make everybody known by what the adapter says."""
        socket = self._file.links["uplink"].to
        try:
            enroll(
                self._adapter,
                roster,
                extra_accounts,
                site,
                password=password,
                socket=socket,
                shown=self._handed_on.begin_of,
            )
        except HarnessError as error:
            raise type(error)(self._handed_on.redacted(str(error))) from None

    def status_request(self) -> Request:
        """Return the request that reads the status page."""
        status = self._file.probes.status
        return Request("/" if status is None else status.path, method="GET")

    def incident(self, answer: Answer) -> bool | None:
        """Look for what the file knows an incident by."""
        return None if self._file.probes.status is None else probes.incident(self._file.probes.status, answer)

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        """Ask as the file says."""
        probe, account = self._file.probes.stored, f"device-{patient}"
        if probe is None:
            raise HarnessError(NO_PROBE.format("stored"))
        return probes.stored(probe, account, self._questions({**self._values(site), ACCOUNT: account}), site)

    def backlog(self, site: Site) -> int | None:
        """Ask as the file says; none if it says nothing."""
        probe = self._file.probes.backlog
        return None if probe is None else probes.backlog(probe, self._questions(self._values(site)), site)

    @cached_property
    def _handed_on(self) -> HandedOn:
        file = self._file
        return handed_on(self.name, file.environment, file.secrets, defaults=file.defaults)

    @cached_property
    def _before(self) -> Mapping[str, str]:
        return values_before_a_run(self._file, self._folder, self._handed_on)

    @cached_property
    def _adapter(self) -> GuardedAdapter:
        return adapter_of(self._file.adapter, self._sections())

    def _sections(self) -> AdapterSections:
        read_by: ReadBy = "publisher" if self._file.share is None else self._file.share.read_by
        return AdapterSections(self._folder, self._before, self._file.http, read_by, self._handed_on.redacted)

    def _values(self, site: Site) -> Mapping[str, str]:
        return values_of_a_run(self._file, self._folder, self._handed_on, site)

    def _questions(self, values: Mapping[str, str]) -> Questions:
        return Questions(self._folder, values, self._handed_on)

    def _unjudged(self) -> Mapping[str, str]:
        """Return the rules that need what the file does not have, and ``backlog``, which is a part of one."""
        found = dict(UNJUDGED)
        if self._file.door is None:
            found["keeps_out"] = NO_DOOR
        if not self._file.alert_paths:
            found |= dict.fromkeys(("no_data_deadline", "no_false_alarm", "no_false_clear"), NO_ALERT_PATH)
        for probe, rule in (("stored", "nothing_lost"), ("backlog", "backlog"), ("status", "status_published")):
            if getattr(self._file.probes, probe) is None:
                found[rule] = NO_PROBE.format(probe)
        return found


def _runtime_needs(file: TargetFile, folder: Path) -> RuntimeNeeds:
    told = (name for node in file.nodes.values() for name in node.variables)
    compose_file = folder / (file.compose.file if file.compose is not None else "compose.yaml")
    return RuntimeNeeds(
        folder=compose_file.parent.resolve(),
        compose_file=compose_file.resolve(),
        services=tuple(node.start.service for node in file.nodes.values() if node.start.service is not None),
        variables=(*file.environment, *file.secrets, *told),
        reached={
            name: Address(host=socket.host or LOOPBACK, port=socket.port)
            for name, socket in file.sockets.items()
            if socket.port is not None
        },
    )


def _server(socket: SocketSection, folder: Path) -> ServerName | None:
    said = socket.server
    if said is None:
        return None
    return ServerName(host=said.host, tls=said.tls, ca_file=str(folder / said.ca_file) if said.ca_file else None)
