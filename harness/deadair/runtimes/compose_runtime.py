"""The runtime ``compose``: each node is a service of the target's own compose file, which is not touched.

What is run is the compose program's ``config`` output, written anew for one run. Containers are created first; then the
names of those that a link is cut before are given to forwarders; then everything is started, what nodes wait for first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from deadair.injectors.running_node import RunningNode
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.model.errors import HarnessError, ScenarioError
from deadair.runtimes.allowance import refuse
from deadair.runtimes.compose_file import (
    ENDED,
    HEALTHY,
    Config,
    RunForm,
    for_run,
    named,
    needs_of,
    networks_of,
    parsed,
    refusals,
    written,
)
from deadair.runtimes.compose_program import ComposeProgram
from deadair.runtimes.container_logs import ContainerLogs
from deadair.runtimes.container_node import ContainerNode
from deadair.runtimes.docker_cleanup import remove_run, stop_containers
from deadair.runtimes.docker_engine import LABEL, DockerEngine
from deadair.runtimes.docker_images import built_by, remove_untagged
from deadair.runtimes.docker_runtime import EVERYWHERE
from deadair.runtimes.forwarders import Forwarders
from deadair.runtimes.node_start import ComposeStart, NodeStart
from deadair.runtimes.runtime import Detour, Layout, PlannedRun, RunMarks

SERVICE_LABEL = "com.docker.compose.service"
NEED_LIMIT_S = 60.0
"""How long a service may take to become what another one waits for."""
POLL_S = 0.1


class Helper(ContainerNode):
    """A service that is no node. One that ends in order has done what it was for."""

    def ended(self) -> int | None:
        """Return its exit code if it has ended badly."""
        return super().ended() or None


class ComposeServices:
    """The services of one run."""

    outlives_run = False

    def __init__(self, marks: RunMarks, socket: str) -> None:
        self._marks = marks
        self._engine = DockerEngine(socket)
        self._labels = {LABEL: marks.run_id}
        self._project = f"deadair-{hashlib.sha256(marks.run_id.encode()).hexdigest()[:10]}"
        self._program = ComposeProgram(self._project, folder=marks.needs.folder, socket=socket, run_id=marks.run_id)
        self._logs = ContainerLogs(socket, marks.folder.logs)
        self._config: Config = {"services": {}}
        self._containers: dict[str, str] = {}
        self._nodes: dict[str, str] = {}
        """The service of each node."""
        self._started: set[str] = set()
        self._helpers: dict[str, RunningNode] = {}

    def prepare(self, note: Callable[[str], None]) -> str:
        """Make a network of our own: by its address this machine is reached from all others, too."""
        note("making a network of containers")
        return self._engine.make_network(f"{self._project}-outside", self._labels).gateway

    def reach(self, socket: str) -> None:
        """Leave it to the run."""

    def listen(self, socket: str, reached: Address) -> Address:
        """Return the port that the target names, at every address that the container has."""
        return Address(host=EVERYWHERE, port=self._marks.needs.reached.get(socket, reached).port)

    def create(self, layout: Layout, note: Callable[[str], None]) -> Address | None:
        """Build, make all containers, let forwarders take names over."""
        starts = _services(layout.starts)
        self._nodes = {node: start.service for node, start in starts.items()}
        marks, file = self._marks, self._marks.needs.compose_file
        variables = {name: value for start in starts.values() for name, value in start.variables.items()}
        self._config = parsed(self._program.config(file, variables), file)
        refuse(file, refusals(self._config, project=self._project, folder=marks.needs.folder), marks.allowance)
        _demand(self._config, file, self._nodes.values())
        form = self._form(starts, layout)
        text = written(for_run(self._config, form))
        kept = marks.folder.root / "docker" / "compose.yaml"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(marks.redacted(text), "utf-8")
        if form.built:
            note(f"building the images of {', '.join(form.built)}")
            self._program.build(text, tuple(form.built))
            remove_untagged(self._engine)
        note(f"creating the services of {file.name}: {', '.join(self._config['services'])}")
        self._program.create(text)
        for container in self._engine.with_label("containers", f"{LABEL}={marks.run_id}"):
            self._containers[str(self._engine.inspect(container)["Config"]["Labels"][SERVICE_LABEL])] = container
        forwarders = Forwarders(self._engine, self._logs, marks, prefix=self._project)
        outside = f"{self._project}-outside"
        return forwarders.up(layout.detours, network=outside, echo=layout.echo, join=self._take_over)

    def start(self, node: str, start: NodeStart) -> ContainerNode:
        """Start a node's container, after whatever it waits for; and after the last node whatever waits for that."""
        service = self._nodes[node]
        for needed, condition in needs_of(self._config, service).items():
            self._provide(needed, condition, wanted_by=service)
        life = ContainerNode.started(self._engine, node, self._containers[service])
        self._logs.follow(node, life.container)
        self._started.add(service)
        return life

    def others(self) -> Mapping[str, RunningNode]:
        """Start what waits for nodes, and return all that is no node."""
        for service in self._config["services"]:
            self._provide(service, "", wanted_by="")
        return self._helpers

    def stop_all(self, *, limit_s: float) -> list[str]:
        """End every container, and remove all that carries the run's label: no volume that was there before does."""
        wrong = stop_containers(self._engine.socket, self._containers.values(), limit_s=limit_s)
        self._logs.flush()
        self._containers.clear()
        self._started.clear()
        self._helpers.clear()
        wrong += remove_run(self._engine.socket, self._marks.run_id)
        self._engine.close()
        return wrong

    def _form(self, starts: Mapping[str, ComposeStart], layout: Layout) -> RunForm:
        published: dict[str, dict[int, int]] = {}
        for start in starts.values():
            ways = {inside: layout.reached[socket].port for socket, inside in start.ports.items()}
            published.setdefault(start.service, {}).update(ways)
        scratch = self._marks.folder.root / "docker"
        built = {}
        for name, service in self._config["services"].items():
            if build := service.get("build"):
                context = self._marks.needs.folder / str(build.get("context", "."))
                built[name] = built_by(context, str(build.get("dockerfile", "Dockerfile")), name, scratch)
        kept = [one for kind, one in named(self._config, project=self._project) if self._engine.exists(kind, one)]
        return RunForm(self._project, self._labels, published, self._marks.cores, built, kept)

    def _provide(self, service: str, condition: str, *, wanted_by: str) -> None:
        """Start a service that is no node, after whatever it waits for itself, and wait until it is as it should be."""
        if service not in self._started and service not in self._nodes.values():
            self._started.add(service)
            for needed, wanted in needs_of(self._config, service).items():
                self._provide(needed, wanted, wanted_by=service)
            life = Helper.started(self._engine, service, self._containers[service])
            self._logs.follow(service, life.container)
            self._helpers[service] = life
        if condition in (HEALTHY, ENDED) and service in self._started:
            limit = Deadline.after(NEED_LIMIT_S)
            while not self._is(service, condition):
                if limit.passed():
                    what = "healthy" if condition == HEALTHY else "through with its work"
                    raise HarnessError(f"{wanted_by} waits for {service}, which is not {what} after {NEED_LIMIT_S:g} s")
                pause(POLL_S)

    def _is(self, service: str, condition: str) -> bool:
        state = self._engine.inspect(self._containers[service])["State"]
        if condition == HEALTHY:
            return str((state.get("Health") or {}).get("Status")) == "healthy"
        if not state["Running"] and int(state["ExitCode"]):
            raise HarnessError(f"{service} ended with exit code {state['ExitCode']}; see logs/{service}.log")
        return not state["Running"]

    def _take_over(self, forwarder: str, group: Sequence[Detour]) -> None:
        """Let a forwarder have the names of a group wherever they are known; whoever had one is left another."""
        names: dict[str, list[str]] = {}
        for detour in group:
            for network in self._networks_with(detour.alias):
                names.setdefault(network, []).append(detour.alias)
        for network, aliases in names.items():
            for service in self._config["services"]:
                self._give_up(service, network, aliases)
            self._engine.connect(network, forwarder, aliases=aliases)

    def _networks_with(self, alias: str) -> tuple[str, ...]:
        """Return the networks in which somebody has a name; all of them if nobody has it."""
        every, with_it = dict[str, None](), dict[str, None]()
        for service in self._config["services"]:
            for key, aliases in networks_of(self._config, service).items():
                every[key] = None
                if alias == service or alias in aliases:
                    with_it[key] = None
        return tuple(self._real_name(key) for key in with_it or every)

    def _real_name(self, key: str) -> str:
        said = (self._config.get("networks") or {}).get(key) or {}
        return str(said.get("name") or f"{self._project}_{key}")

    def _give_up(self, service: str, network: str, aliases: Sequence[str]) -> None:
        container = self._containers.get(service)
        joined = self._engine.inspect(container)["NetworkSettings"]["Networks"].get(network) if container else None
        had = tuple((joined or {}).get("Aliases") or ())
        if container is None or joined is None or not set(had) & set(aliases):
            return
        left = [f"{alias}.direct" if alias in aliases else alias for alias in had]
        address = (joined.get("IPAMConfig") or {}).get("IPv4Address") or None
        self._engine.disconnect(network, container)
        self._engine.connect(network, container, aliases=left, address=address)


def check_compose(planned: PlannedRun, socket: str) -> str:
    """Look through a compose file before anything starts; return the program's version.

    Raises HarnessError without a program, and ScenarioError for a file that cannot be taken.
    """
    needs, project = planned.needs, "deadair"
    program = ComposeProgram(project, folder=needs.folder, socket=socket)
    version = program.version()
    # What the variables will be is not known yet. A number can stand for a port, a name or a text.
    config = parsed(program.config(needs.compose_file, dict.fromkeys(needs.variables, "1")), needs.compose_file)
    refuse(needs.compose_file, refusals(config, project=project, folder=needs.folder), planned.allowance)
    _demand(config, needs.compose_file, needs.services)
    return version


def _demand(config: Config, file: object, services: Iterable[str]) -> None:
    for service in services:
        if service not in config["services"]:
            raise ScenarioError(f"{file}: there is no service {service}; there are {', '.join(config['services'])}")


def _services(starts: Mapping[str, NodeStart]) -> dict[str, ComposeStart]:
    found = {}
    for node, start in starts.items():
        if not isinstance(start, ComposeStart):
            raise HarnessError(f"the node {node} is no service of a compose file, and its target says that it is one")
        found[node] = start
    return found
