"""What a run asks of the Docker engine of this machine: networks, containers, images, and what is left of them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from deadair.model.clock import Deadline
from deadair.model.environment import LOOPBACK, Address
from deadair.model.errors import HarnessError
from deadair.runtimes.container_plan import ContainerNetwork, ContainerPlan, ContainerState
from deadair.runtimes.docker_calls import SOCKET, DockerCalls
from deadair.runtimes.docker_sentences import NotThere, told

SLOW_LIMIT_S = 600.0
"""Of a build, a pull, or a step of one that says nothing."""
LABEL = "deadair.run"
"""On everything that is made for a run; its value is the run's id."""
LOG_BYTES_MAX = "50m"


class DockerEngine(DockerCalls):
    """One engine, by its socket. Raises HarnessError for whatever it will not do, or not in time."""

    def make_network(self, name: str, labels: Mapping[str, str]) -> ContainerNetwork:
        """Make a network."""
        made = self._ask(f"for the network {name}", lambda api: api.create_network(name, "bridge", labels=dict(labels)))
        return self.network(made["Id"])

    def network(self, name: str) -> ContainerNetwork:
        """Look at a network."""
        found = self._ask(f"about the network {name}", lambda api: api.inspect_network(name))
        try:
            return ContainerNetwork(found["Id"], str(found["IPAM"]["Config"][0]["Gateway"]))
        except (KeyError, IndexError, TypeError) as error:
            raise HarnessError(f"the Docker network {name} has no address of this machine in it") from error

    def create(self, plan: ContainerPlan, labels: Mapping[str, str]) -> str:
        """Make a container and return its id."""

        def make(api: Any) -> Any:
            host = api.create_host_config(
                port_bindings={inside: (LOOPBACK, outside) for inside, outside in plan.published.items()},
                binds={source: dict(bind) for source, bind in plan.binds.items()},
                cpuset_cpus=",".join(map(str, plan.cores)) or None,
                nano_cpus=None if plan.cpus is None else int(plan.cpus * 1e9),
                mem_limit=None if plan.memory_mb is None else f"{plan.memory_mb}m",
                log_config={"Type": "json-file", "Config": {"max-size": LOG_BYTES_MAX}},
            )
            ends = {plan.network: api.create_endpoint_config(aliases=list(plan.aliases))} if plan.network else None
            return api.create_container(
                plan.image,
                list(plan.argv) or None,
                name=plan.name,
                user=plan.user or None,
                environment=dict(plan.variables),
                ports=list(plan.published),
                labels=dict(labels),
                host_config=host,
                networking_config=None if ends is None else api.create_networking_config(ends),
            )

        return str(self._ask(f"for the container {plan.name}", make)["Id"])

    def start(self, container: str) -> None:
        """Start a container, also again."""
        self._ask("to start a container", lambda api: api.start(container), limit_s=4 * self._limit_s)

    def kill(self, container: str) -> None:
        """End what runs in a container by SIGKILL; no error if it has ended."""
        self._heeded("to kill a container", lambda api: api.kill(container, "SIGKILL"))

    def stop(self, container: str, *, limit_s: float) -> None:
        """End what runs in a container: SIGTERM, a limit, SIGKILL. No error if it has ended."""
        call = lambda api: api.stop(container, timeout=int(limit_s))  # noqa: E731 - it is one call like the others
        self._heeded("to stop a container", call, limit_s=limit_s + self._limit_s)

    def pause(self, container: str) -> None:
        """Let a container stand still; no error if it has ended or stands still."""
        self._heeded("to pause a container", lambda api: api.pause(container))

    def resume(self, container: str) -> None:
        """Let a container go on; no error if it has ended or goes on."""
        self._heeded("to unpause a container", lambda api: api.unpause(container))

    def state(self, container: str) -> ContainerState:
        """Look at a container."""
        said = self.inspect(container)["State"]
        running = bool(said["Running"]) and not said.get("Restarting", False)
        return ContainerState(int(said["Pid"]), bool(said["Paused"]), running, int(said["ExitCode"]))

    def reached(self, container: str, port: int) -> Address:
        """Return where a published port of a running container is reached on loopback."""
        ports = self.inspect(container)["NetworkSettings"]["Ports"]
        try:
            return Address(port=int(ports[f"{port}/tcp"][0]["HostPort"]))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            code = self.state(container).code
            why = f"a container has ended (exit code {code}), or its port {port} is not published"
            raise HarnessError(why) from error

    def inspect(self, container: str) -> Any:
        """Return all that the engine says of a container."""
        return self._ask("about a container", lambda api: api.inspect_container(container))

    def log(self, container: str) -> Iterator[bytes]:
        """Yield what a container prints, from its newest start on, until it ends. Waits while it says nothing."""
        api = self._another(None)
        try:
            with told("for a container's log"):
                since = datetime.fromisoformat(self.inspect(container)["State"]["StartedAt"][:19] + "+00:00")
                yield from api.logs(container, stream=True, follow=True, since=int(since.timestamp()))
        finally:
            api.close()

    def connect(self, network: str, container: str, *, aliases: Sequence[str], address: str | None = None) -> None:
        """Join a container to a network, under some names."""
        what = f"to join a container to the network {network}"
        self._ask(
            what,
            lambda api: api.connect_container_to_network(
                container, network, aliases=list(aliases), ipv4_address=address
            ),
        )

    def disconnect(self, network: str, container: str) -> None:
        """Take a container off a network."""
        what = f"to take a container off the network {network}"
        self._ask(what, lambda api: api.disconnect_container_from_network(container, network))

    def exists(self, what: str, name: str) -> bool:
        """Say whether there is one of ``networks`` or ``volumes`` of that name."""
        calls: dict[str, Callable[[Any], object]] = {
            "networks": lambda api: api.inspect_network(name),
            "volumes": lambda api: api.inspect_volume(name),
        }
        try:
            self._ask(f"about {name}, one of the {what},", calls[what])
        except NotThere:
            return False
        return True

    def copy_in(self, container: str, archive: bytes) -> None:
        """Lay files into a container, from its root on."""
        self._ask("to take files", lambda api: api.put_archive(container, "/", archive))

    def image(self, name: str) -> str | None:
        """Return the id of an image of this machine, none if there is none of that name."""
        try:
            return str(self._ask(f"about the image {name}", lambda api: api.inspect_image(name)["Id"]))
        except NotThere:
            return None

    def pull(self, name: str) -> None:
        """Get an image from its registry."""
        self._ask(f"to pull the image {name}", lambda api: api.pull(name), limit_s=SLOW_LIMIT_S)

    def build(
        self, folder: Path, dockerfile: Path, *, arguments: Mapping[str, str], tag: str, note: Callable[[str], None]
    ) -> str:
        """Build an image and return its id. Containers that it was built in are removed, also if nobody waits any more.

        ``dockerfile`` may lie outside of ``folder``.
        """
        limit = Deadline.after(SLOW_LIMIT_S)
        said, image = "nothing", ""
        api = self._another(SLOW_LIMIT_S)
        try:
            with told(f"to build {tag},"):
                for line in api.build(
                    path=str(folder),
                    dockerfile=str(dockerfile),
                    buildargs=dict(arguments),
                    tag=tag,
                    rm=True,
                    forcerm=True,
                    decode=True,
                ):
                    if "error" in line:
                        why = " ".join(str(line["error"]).split())[:300]
                        raise HarnessError(f"{folder}: no image can be built: {why}; the last step said {said!r}")
                    image = str((line.get("aux") or {}).get("ID", image))
                    if text := str(line.get("stream", "")).strip():
                        said = text.splitlines()[-1][:200]
                        note(said)
                    if limit.passed():
                        raise HarnessError(
                            f"{folder}: no image is built after {SLOW_LIMIT_S:g} s; the last step said {said!r}"
                        )
        finally:
            api.close()
        if not image:
            raise HarnessError(f"{folder}: the engine built no image; it said last: {said!r}")
        return image

    def take_in(self, archive: bytes, *, changes: Sequence[str]) -> str:
        """Make an image of the files in an archive, as ``FROM scratch`` does, and return its id."""

        def take(api: Any) -> Any:
            return api.import_image_from_data(archive, changes=list(changes))

        said = self._ask("to import an image", take, limit_s=4 * self._limit_s)
        found = re.search(r"sha256:[0-9a-f]{64}", str(said))
        if found is None:
            raise HarnessError(f"Docker was to import an image, and named none: {str(said)[:200]!r}")
        return found[0]

    def with_label(self, what: str, label: str) -> list[str]:
        """Return the ids of what has a label (``name=value``): ``containers``, ``networks``, ``images``, ``volumes``.

        ``dangling``: of the images, those without a tag that no other is built on.
        """
        filters = {"label": label}
        calls: dict[str, Callable[[Any], list[str]]] = {
            "containers": lambda api: [one["Id"] for one in api.containers(all=True, filters=filters)],
            "networks": lambda api: [one["Id"] for one in api.networks(filters=filters)],
            "images": lambda api: [one["Id"] for one in api.images(all=True, filters=filters)],
            "dangling": lambda api: [one["Id"] for one in api.images(filters=filters | {"dangling": True})],
            "volumes": lambda api: [one["Name"] for one in api.volumes(filters=filters)["Volumes"] or ()],
        }
        return list(self._ask(f"which {what} there are", calls[what]))

    def remove(self, what: str, one: str) -> None:
        """Remove one of ``containers`` (ending it), ``networks``, ``images`` or ``volumes``; no error if it is gone."""
        calls: dict[str, Callable[[Any], object]] = {
            "containers": lambda api: api.remove_container(one, force=True, v=True),
            "networks": lambda api: api.remove_network(one),
            "images": lambda api: api.remove_image(one, force=False, noprune=False),
            "volumes": lambda api: api.remove_volume(one),
        }
        self._heeded(f"to remove {one[:19]}, one of the {what},", calls[what])


def socket_of(environ: Mapping[str, str] = os.environ) -> str:
    """Return the socket of the engine that the caller means. Raises HarnessError if it is another machine's."""
    named = environ.get("DOCKER_HOST", "")
    if not named:
        return SOCKET
    scheme, _, path = named.partition("://")
    if scheme != "unix":
        raise HarnessError(
            f"DOCKER_HOST is {named!r}, and containers must run on this machine, where the fleet and the proxies are: "
            "unset it, or name a socket (`unix:///var/run/docker.sock`)"
        )
    return path


@contextmanager
def connected(path: str) -> Iterator[DockerEngine]:
    """Yield an engine, and close the connection to it."""
    engine = DockerEngine(path)
    try:
        yield engine
    finally:
        engine.close()
