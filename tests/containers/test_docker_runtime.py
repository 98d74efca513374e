"""Nodes in containers: reached on loopback only, killed, paused, started again, and nothing of them stays."""

from __future__ import annotations

import json
import socket
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from deadair.engines.live.free_ports import FreePorts
from deadair.injectors.injector import Break
from deadair.injectors.kills import NodeKiller
from deadair.injectors.pauses import NodePauser
from deadair.injectors.running_node import RunningNode
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.runtimes.container_plan import ContainerPlan
from deadair.runtimes.docker_calls import SOCKET
from deadair.runtimes.docker_cleanup import ORDER, run_containers
from deadair.runtimes.docker_engine import LABEL, DockerEngine
from deadair.runtimes.docker_runtime import DockerContainers
from deadair.runtimes.node_start import ContainerStart, ImageBuild, Mount, ProcessStart
from deadair.runtimes.runtime import Detour, Layout, RunMarks, RuntimeNeeds
from tests.containers.conftest import ECHO, left

pytestmark = pytest.mark.live

SERVE = ("/toxiproxy-server", "-host", "0.0.0.0")  # noqa: S104 - within a container
LIMIT_S = 10.0


def free(count: int = 1) -> list[Address]:
    ports = FreePorts()
    found = [ports.reserve() for _ in range(count)]
    ports.close()
    return found


def node(image: str, **more: object) -> ContainerStart:
    """A node that answers, and can be told to dial somebody."""
    return ContainerStart(image, SERVE, **{"ports": {"api": 8474}, "variables": {"LOG_LEVEL": "info"}, **more})  # type: ignore[arg-type]


def asked(at: Address) -> str | None:
    """What the node answers, none if it does not."""
    with suppress(OSError), urllib.request.urlopen(f"http://{at}/version", timeout=1) as answer:
        return str(json.loads(answer.read())["version"])
    return None


def wait_for(at: Address) -> None:
    limit = Deadline.after(LIMIT_S)
    while asked(at) is None:
        assert not limit.passed()
        pause(0.05)


def dial(at: Address, upstream: str, *, port: int = 9000, name: str = "dial") -> None:
    """Let the node dial somebody for whoever comes to a port of it."""
    told = {"name": name, "listen": f"0.0.0.0:{port}", "upstream": upstream, "enabled": True}
    urllib.request.urlopen(f"http://{at}/proxies", json.dumps(told).encode(), timeout=5).close()


def through(entrance: Address, end: socket.socket) -> bytes:
    """What comes out at one end of what goes in at the other; whoever is between may only be starting."""
    limit = Deadline.after(LIMIT_S)
    end.settimeout(0.5)
    while True:
        with socket.create_connection((entrance.host, entrance.port), 5) as calling, suppress(OSError):
            calling.sendall(b"echo")
            answering, _ = end.accept()
            with answering:
                answering.settimeout(5)
                return answering.recv(4)
        assert not limit.passed()


def test_a_node_answers_on_loopback_only_and_dies_and_comes_back(
    engine: DockerEngine, marks: RunMarks, image: str
) -> None:
    runtime, (at,), start = DockerContainers(marks, SOCKET), free(), node(image)
    assert runtime.prepare(print).startswith(("172.", "192.168.", "10."))
    runtime.create(Layout({"api": start}, {"api": at}, (), ECHO), print)
    nodes: dict[str, RunningNode] = {"api": runtime.start("api", start)}
    wait_for(at)
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    assert all(asked(Address(host=str(other), port=at.port)) is None for other in others)
    first = nodes["api"]
    assert (first.ended(), first.alive(), len(first.pids()) >= 1) == (None, True, True)
    killer = NodeKiller(nodes, lambda name: nodes.update({name: runtime.start(name, start)}), lambda name: True)
    kill = Break("processes", "kill", "api")
    assert killer.look(kill).facts == {"alive": True, "ready": False}
    killer.begin(kill)
    assert killer.look(kill).facts == {"alive": False, "ready": False}
    assert (first.ended(), first.pids(), asked(at)) == (-9, (), None)
    killer.heal(kill)
    assert killer.healed(kill)
    assert killer.look(kill).facts == {"alive": True, "ready": True}
    wait_for(at)
    assert first.ended() == -9, "what is said of a life that is over does not change"
    assert runtime.stop_all(limit_s=3) == []
    assert left(engine, marks.run_id) == {}
    assert "Starting Toxiproxy" in (marks.folder.logs / "api.log").read_text()


def test_a_node_stands_still_and_goes_on_also_by_a_hand_that_knows_only_the_run(marks: RunMarks, image: str) -> None:
    runtime, (at,), start = DockerContainers(marks, SOCKET), free(), node(image)
    runtime.prepare(print)
    runtime.create(Layout({"api": start}, {"api": at}, (), ECHO), print)
    life = runtime.start("api", start)
    wait_for(at)
    pauser, stop = NodePauser({"api": life}, lambda name: True, lambda name: None), Break("pauses", "stop", "api")
    for _ in range(2):
        pauser.begin(stop)
        assert pauser.look(stop).facts == {"stopped": True, "ready": False}
    assert (life.alive(), life.ended(), asked(at)) == (True, None, None)
    pauser.heal(stop)
    assert pauser.healed(stop)
    wait_for(at)
    life.pause()
    assert any(one.stands_still() for one in run_containers(SOCKET, marks.run_id))
    for one in run_containers(SOCKET, marks.run_id):
        one.resume()
    assert not life.stands_still()
    life.pause()
    assert runtime.stop_all(limit_s=2) == [], "what stands still is removed all the same"


def test_a_node_is_told_the_port_that_its_target_names_or_the_one_it_is_reached_at(marks: RunMarks) -> None:
    needs = RuntimeNeeds(reached={"api": Address(port=8080)})
    named = DockerContainers(RunMarks(marks.run_id, marks.folder, (), needs=needs), SOCKET)
    assert [str(named.listen(socket, Address(port=31_000))) for socket in ("api", "other")] == [
        "0.0.0.0:8080",
        "0.0.0.0:31000",
    ]


def test_everything_is_labelled_and_kept_to_its_limits(engine: DockerEngine, marks: RunMarks, image: str) -> None:
    (marks.folder.data / "seen").write_text("by both")
    runtime = DockerContainers(RunMarks(marks.run_id, marks.folder, (0,), toxiproxy=marks.toxiproxy), SOCKET)
    start = node(
        image, variables={"LOG_LEVEL": "warn"}, cpus=0.5, memory_mb=64, user="65534:65534",
        mounts=(Mount(marks.folder.data, "/data", read_only=True),),
    )  # fmt: skip
    runtime.prepare(print)
    runtime.create(Layout({"api": start}, {"api": free()[0]}, (), ECHO), print)
    found = left(engine, marks.run_id)
    assert {what: len(ids) for what, ids in found.items()} == {"containers": 2, "networks": 1, "images": 1}
    (said,) = [said for one in found["containers"] if (said := engine.inspect(one))["Name"].endswith("-api")]
    host = said["HostConfig"]
    assert (host["NanoCpus"], host["Memory"], host["CpusetCpus"]) == (500_000_000, 64 * 1024 * 1024, "0")
    assert host["PortBindings"]["8474/tcp"][0]["HostIp"] == "127.0.0.1"
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert (said["Config"]["User"], said["Mounts"][0]["RW"]) == ("65534:65534", False)
    assert runtime.stop_all(limit_s=1) == []


def test_a_node_that_dies_by_itself_is_seen_with_its_code(marks: RunMarks, image: str) -> None:
    runtime = DockerContainers(marks, SOCKET)
    start = ContainerStart(image, ("/toxiproxy-server", "-no-such-option"))
    runtime.prepare(print)
    runtime.create(Layout({"api": start}, {}, (), ECHO), print)
    life, limit = runtime.start("api", start), Deadline.after(LIMIT_S)
    while (code := life.ended()) is None:
        assert not limit.passed()
        pause(0.02)
    assert code == 2
    assert runtime.stop_all(limit_s=1) == []


def test_a_name_leads_to_a_proxy_of_this_machine_and_an_echo_passes_through(marks: RunMarks, image: str) -> None:
    """A container dials what it knows by a name, and comes out where the link can be cut."""
    runtime, (at, way) = DockerContainers(marks, SOCKET), free(2)
    start = node(image, ports={"api": 8474, "dial": 9000})
    host = runtime.prepare(print)
    with socket.create_server((host, 0)) as proxy, socket.create_server((host, 0)) as echo:
        detour = Detour("web→db", "db", 5432, Address(host=host, port=proxy.getsockname()[1]))
        out = Address(host=host, port=echo.getsockname()[1])
        layout = Layout({"web": start}, {"api": at, "dial": way}, (detour,), out)
        entrance = runtime.create(layout, print)
        assert entrance is not None and entrance.host == "127.0.0.1"
        assert through(entrance, echo) == b"echo"
        runtime.start("web", start)
        wait_for(at)
        dial(at, "db:5432")
        assert through(way, proxy) == b"echo"
    assert runtime.stop_all(limit_s=1) == []


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (ContainerStart("localhost/deadair-none:1"), "which is not here and cannot be had: build it"),
        (ContainerStart("localhost/deadair-none:1", way="make it"), "which is not on this machine: make it"),
        (ContainerStart("Not A Name"), "which is not here and cannot be had|invalid reference"),
        (ContainerStart(ImageBuild(Path("/nowhere"))), "is built from /nowhere/Dockerfile, which cannot be read"),
        (ProcessStart(("true",)), "the node api is no container"),
    ],
)
def test_what_cannot_be_made_is_a_sentence_and_leaves_nothing(
    marks: RunMarks, start: ContainerStart | ProcessStart, said: str
) -> None:
    runtime = DockerContainers(marks, SOCKET)
    runtime.prepare(print)
    with pytest.raises(HarnessError, match=said):
        runtime.create(Layout({"api": start}, {}, (), ECHO), print)
    assert runtime.stop_all(limit_s=1) == []


def test_an_image_that_cannot_be_built_is_a_sentence_with_the_last_step_and_leaves_nothing(
    engine: DockerEngine, marks: RunMarks, tmp_path: Path, server: Path
) -> None:
    (tmp_path / "server").write_bytes(server.read_bytes())
    (tmp_path / "server").chmod(0o755)
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY server /server\nRUN ["/server", "-no-such-option"]\n')
    runtime = DockerContainers(marks, SOCKET)
    runtime.prepare(print)
    with pytest.raises(HarnessError, match=r"no image can be built: .*returned a non-zero code: 2"):
        runtime.create(Layout({"api": ContainerStart(ImageBuild(tmp_path))}, {}, (), ECHO), print)
    assert runtime.stop_all(limit_s=1) == []
    assert engine.with_label("dangling", "deadair.image=yes") == []
    assert engine.with_label("containers", "deadair.image=yes") == []


def test_a_built_image_keeps_its_tag_and_the_one_before_it_goes(
    engine: DockerEngine, marks: RunMarks, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY stamp /stamp\nCMD nothing\n")
    others = set(engine.with_label("images", "deadair.image=yes"))
    for stamp in ("one", "two"):
        (tmp_path / "stamp").write_text(stamp)
        runtime = DockerContainers(marks, SOCKET)
        runtime.prepare(print)
        runtime.create(Layout({"api": ContainerStart(ImageBuild(tmp_path))}, {}, (), ECHO), print)
        assert runtime.stop_all(limit_s=1) == []
    assert engine.with_label("dangling", "deadair.image=yes") == []
    kept = [one for one in engine.with_label("images", "deadair.image=yes") if one not in others]
    assert kept, "the next build would begin anew"
    for one in kept:
        with suppress(HarnessError):  # layers go with the image that is built on them
            engine.remove("images", one)
    assert not set(engine.with_label("images", "deadair.image=yes")) - others


def test_a_name_or_a_port_that_is_taken_is_told(engine: DockerEngine, marks: RunMarks, image: str) -> None:
    labels = {LABEL: marks.run_id}
    engine.create(ContainerPlan(f"{marks.run_id}-a", image), labels)
    with pytest.raises(HarnessError, match="already in use by container"):
        engine.create(ContainerPlan(f"{marks.run_id}-a", image), labels)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        plan = ContainerPlan(f"{marks.run_id}-b", image, published={8474: taken.getsockname()[1]})
        with pytest.raises(HarnessError, match="address already in use"):
            engine.start(engine.create(plan, labels))


def test_what_is_gone_is_removed_without_an_error(engine: DockerEngine) -> None:
    for what in ORDER:
        engine.remove(what, "0" * 64)
