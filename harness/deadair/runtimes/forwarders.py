"""Stands in for nodes under the names by which others dial them, and leads on to the proxies of this machine.

A service that is told whom to dial is told the proxy. One that knows a name only gets a container that has that name:
a toxiproxy-server that passes everything on. No link is cut there. Where two names are dialled at one port, each has a
container of its own. An echo passes through all of them, one behind the other, so that one that stands still is seen.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.runtimes.container_logs import ContainerLogs
from deadair.runtimes.container_plan import ContainerPlan
from deadair.runtimes.docker_engine import LABEL, DockerEngine
from deadair.runtimes.runtime import Detour, RunMarks

PROGRAM, PLAN = "toxiproxy-server", "forward.json"
ECHO_PORT = 65_000
"""Where a forwarder takes the echo."""
NAME = "forwarder"


class Forwarders:
    """The forwarders of one run, on a network that is there already."""

    def __init__(self, engine: DockerEngine, logs: ContainerLogs, marks: RunMarks, *, prefix: str) -> None:
        self._engine = engine
        self._logs = logs
        self._marks = marks
        self._labels = {LABEL: marks.run_id}
        self._prefix = prefix

    def up(
        self,
        detours: Iterable[Detour],
        *,
        network: str,
        echo: Address,
        join: Callable[[str, Sequence[Detour]], None] = lambda container, group: None,
    ) -> Address:
        """Start one for each group of detours; return where an echo enters the first, to come out at ``echo``.

        ``join`` may join a container to other networks, where its names are known, before it is started.
        """
        if self._marks.toxiproxy is None:
            raise HarnessError("containers need a toxiproxy-server, and the order names none")
        image = forwarder_image(self._engine, self._marks.toxiproxy, self._labels)
        made = []
        sharing = groups(detours)
        plans = forwarder_plans(sharing, image=image, prefix=self._prefix, network=network, echo=echo)
        for group, (plan, proxies) in zip(sharing, plans, strict=True):
            # What carries traffic is kept from the processor of those that it carries it for.
            container = self._engine.create(replace(plan, cores=self._marks.harness_cores), self._labels)
            self._engine.copy_in(container, archive({PLAN: json.dumps(proxies).encode()}))
            join(container, group)
            made.append(container)
        for number, container in enumerate(made):
            self._engine.start(container)
            self._logs.follow(f"{NAME}-{number}", container)
        return self._engine.reached(made[0], ECHO_PORT)


def groups(detours: Iterable[Detour]) -> tuple[tuple[Detour, ...], ...]:
    """Return who can share a container: all who are dialled at different ports. There is one group at the least.

    Raises HarnessError if two links are dialled by one name and port: nobody could cut one of them alone.
    """
    taken: dict[tuple[str, int], str] = {}
    found: list[list[Detour]] = [[]]
    for detour in detours:
        other = taken.setdefault((detour.alias, detour.port), detour.link)
        if other != detour.link:
            raise HarnessError(
                f"the links {other} and {detour.link} are both dialled as {detour.alias}:{detour.port}, so neither can "
                "be cut alone: make one link of them, or tell one of them its way by a setting ({route.…})"
            )
        free = next((group for group in found if all(one.port != detour.port for one in group)), None)
        if free is None:
            found.append(free := [])
        free.append(detour)
    return tuple(tuple(group) for group in found)


def forwarder_plans(
    sharing: Sequence[Sequence[Detour]], *, image: str, prefix: str, network: str, echo: Address
) -> tuple[tuple[ContainerPlan, list[dict[str, object]]], ...]:
    """Return each container and its proxies; the first is where the echo enters, by any port of loopback."""
    names = [f"{prefix}-{NAME}-{number}" for number in range(len(sharing))]
    then = [f"{name}:{ECHO_PORT}" for name in names[1:]] + [str(echo)]
    made = []
    for name, group, onward in zip(names, sharing, then, strict=True):
        proxies = [_proxy("echo", ECHO_PORT, onward)]
        proxies += [_proxy(f"{one.alias}:{one.port}", one.port, str(one.leads_to)) for one in group]
        published = {ECHO_PORT: None} if name == names[0] else {}
        aliases = [name, *dict.fromkeys(one.alias for one in group)]
        plan = ContainerPlan(name, image, published=published, network=network, aliases=aliases)
        made.append((plan, proxies))
    return tuple(made)


def forwarder_image(engine: DockerEngine, server: Path, labels: Mapping[str, str]) -> str:
    """Make an image of nothing but a toxiproxy-server. Raises HarnessError if that needs more than itself."""
    try:
        program = server.read_bytes()
    except OSError as error:
        raise HarnessError(f"{server}: the toxiproxy-server cannot be read ({error})") from error
    if b"/lib64/ld-linux" in program[:4096]:
        raise HarnessError(
            f"{server} needs libraries of this machine, which a container has not: unset DEADAIR_TOXIPROXY, and one "
            "that needs none is built"
        )
    command = json.dumps([f"/{PROGRAM}", "-host", "127.0.0.1", "-config", f"/{PLAN}"])
    changes = (f"CMD {command}", "ENV LOG_LEVEL=warn", *(f'LABEL {name}="{value}"' for name, value in labels.items()))
    return engine.take_in(archive({PROGRAM: program}), changes=changes)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files that everybody may run."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _proxy(name: str, port: int, upstream: str) -> dict[str, object]:
    return {"name": name, "listen": f"0.0.0.0:{port}", "upstream": upstream, "enabled": True}
