"""Nodes as services of a compose file that knows nothing of the harness: names taken over, nobody's things touched."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.model.errors import HarnessError, ScenarioError
from deadair.runtimes.allowance import Allowance
from deadair.runtimes.compose_program import ComposeProgram
from deadair.runtimes.compose_runtime import ComposeServices, check_compose
from deadair.runtimes.docker_calls import SOCKET
from deadair.runtimes.docker_engine import DockerEngine
from deadair.runtimes.node_start import ComposeStart, ContainerStart
from deadair.runtimes.runtime import Detour, Layout, PlannedRun, RunMarks, RuntimeNeeds
from tests.containers.conftest import ECHO, left
from tests.containers.test_docker_runtime import asked, dial, free, through, wait_for

pytestmark = pytest.mark.live

FILE = """
services:
  web:
    image: {image}
    command: [/toxiproxy-server, -host, 0.0.0.0]
    ports: ["8474", "9000"]
    depends_on: [db]
    environment: {{LEVEL: "${{LEVEL:-none}}"}}
    restart: always
  db:
    image: {image}
    command: [/toxiproxy-server, -host, 0.0.0.0, -port, "5432"]
    volumes: ["data:/data"]
volumes: {{data: {{}}}}
"""


@pytest.fixture(scope="module", autouse=True)
def _program(engine: DockerEngine) -> None:
    try:
        ComposeProgram("p", folder=Path("/"), socket=SOCKET).version()
    except HarnessError as error:
        pytest.skip(str(error))


@pytest.fixture
def project(tmp_path: Path, image: str) -> Path:
    """A project of two services, in a folder of its own."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "compose.yaml").write_text(FILE.format(image=image))
    return folder


@pytest.fixture
def compose(marks: RunMarks, project: Path) -> Iterator[tuple[ComposeServices, RunMarks]]:
    needs = RuntimeNeeds(project, project / "compose.yaml", ("web",), ("LEVEL",))
    made = RunMarks(marks.run_id, marks.folder, (), toxiproxy=marks.toxiproxy, needs=needs)
    runtime = ComposeServices(made, SOCKET)
    yield runtime, made
    assert runtime.stop_all(limit_s=1) == []


def planned(project: Path, *services: str, allow: tuple[str, ...] = ()) -> PlannedRun:
    needs = RuntimeNeeds(project, project / "compose.yaml", services or ("web",), ("LEVEL",))
    return PlannedRun(needs, Allowance(compose=allow), 60.0, "", print)


def test_a_name_that_a_service_dials_leads_to_this_machine_and_the_service_has_another(
    engine: DockerEngine, compose: tuple[ComposeServices, RunMarks], project: Path
) -> None:
    runtime, marks = compose
    host, (at, way) = runtime.prepare(print), free(2)
    with socket.create_server((host, 0)) as proxy:
        leads_to = Address(host=host, port=proxy.getsockname()[1])
        start = ComposeStart("web", {"api": 8474, "dial": 9000}, {"LEVEL": "told"})
        layout = Layout({"web": start}, {"api": at, "dial": way}, (Detour("web→db", "db", 5432, leads_to),), ECHO)
        before = (project / "compose.yaml").read_bytes()
        runtime.create(layout, print)
        life = runtime.start("web", start)
        helpers = runtime.others()
        wait_for(at)
        dial(at, "db:5432")
        assert through(way, proxy) == b"echo", "who dials db comes out where the link can be cut"
        dial(at, "db.direct:5432", port=9001, name="direct")
    assert (list(helpers), life.alive()) == (["db"], True)
    assert (project / "compose.yaml").read_bytes() == before
    said = engine.inspect(life.container)
    assert said["HostConfig"]["RestartPolicy"]["Name"] in ("", "no")
    assert {one["HostIp"] for ways in said["NetworkSettings"]["Ports"].values() for one in ways} == {"127.0.0.1"}
    assert "LEVEL=told" in said["Config"]["Env"]
    assert set(left(engine, marks.run_id)) == {"containers", "networks", "volumes", "images"}
    life.kill()
    limit = Deadline.after(10)
    while life.ended() is None:
        assert not limit.passed()
        pause(0.02)
    again = runtime.start("web", start)
    wait_for(at)
    assert (life.ended(), again.alive(), asked(at) is not None) == (-9, True, True)
    assert runtime.stop_all(limit_s=2) == []
    assert left(engine, marks.run_id) == {}
    kept = json.loads((marks.folder.root / "docker" / "compose.yaml").read_text())
    assert list(kept["services"]) == ["db", "web"] or list(kept["services"]) == ["web", "db"]


def test_a_helper_that_ends_badly_is_seen_and_one_that_is_through_is_none(
    compose: tuple[ComposeServices, RunMarks], project: Path, image: str
) -> None:
    runtime, _ = compose
    (project / "compose.yaml").write_text(
        f"services:\n  web: {{image: {image}, command: [/toxiproxy-server]}}\n"
        f"  bad: {{image: {image}, command: [/toxiproxy-server, -no-such]}}\n"
        f"  done: {{image: {image}, command: [/toxiproxy-server, -version]}}\n"
    )
    runtime.prepare(print)
    start = ComposeStart("web")
    runtime.create(Layout({"web": start}, {}, (), ECHO), print)
    runtime.start("web", start)
    helpers, limit = runtime.others(), Deadline.after(10)
    while helpers["bad"].ended() is None or helpers["done"].alive():
        assert not limit.passed()
        pause(0.02)
    assert (helpers["bad"].ended(), helpers["done"].ended()) == (2, None)


def test_a_volume_and_a_network_of_the_projects_own_name_are_there_after_it(
    engine: DockerEngine, compose: tuple[ComposeServices, RunMarks]
) -> None:
    """Those of the user's own project of this folder, and of its name."""
    runtime, marks = compose
    mine = {"deadair.test": marks.run_id}
    network = engine.make_network("shop_default", mine)
    engine._ask("for a volume", lambda api: api.create_volume("shop_data", labels=mine))
    try:
        runtime.prepare(print)
        runtime.create(Layout({"web": ComposeStart("web")}, {}, (), ECHO), print)
        assert runtime.stop_all(limit_s=1) == []
        assert engine.with_label("volumes", f"deadair.test={marks.run_id}") == ["shop_data"]
        assert engine.with_label("networks", f"deadair.test={marks.run_id}") == [network.id]
    finally:
        engine.remove("networks", network.id)
        engine.remove("volumes", "shop_data")


def test_a_named_volume_that_is_allowed_and_was_there_before_stays(
    engine: DockerEngine, marks: RunMarks, project: Path, image: str
) -> None:
    name = f"kept-{marks.run_id}"
    text = f"services: {{web: {{image: {image}, command: [/toxiproxy-server], volumes: ['a:/a', 'b:/b']}}}}\n"
    (project / "compose.yaml").write_text(text + f"volumes: {{a: {{name: {name}}}, b: {{name: {name}-made}}}}\n")
    allowed = Allowance(compose=("volumes.a.name", "volumes.b.name"))
    needs = RuntimeNeeds(project, project / "compose.yaml", ("web",))
    told = RunMarks(marks.run_id, marks.folder, (), toxiproxy=marks.toxiproxy, needs=needs, allowance=allowed)
    runtime = ComposeServices(told, SOCKET)
    engine._ask("for a volume", lambda api: api.create_volume(name))
    try:
        runtime.prepare(print)
        runtime.create(Layout({"web": ComposeStart("web")}, {}, (), ECHO), print)
        assert engine.exists("volumes", f"{name}-made")
        assert runtime.stop_all(limit_s=1) == []
        assert engine.exists("volumes", name), "what was there before is there after"
        assert not engine.exists("volumes", f"{name}-made"), "what the run made is gone"
    finally:
        engine.remove("volumes", name)


def test_a_sound_file_is_taken_before_anything_starts(project: Path) -> None:
    assert check_compose(planned(project), SOCKET)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: {web: {imge: a}}", "could not read the file: .*imge"),
        ("services: [", "the compose program could not read the file"),
        ("services: {other: {image: a}}", "there is no service web; there are other"),
        ("services: {web: {image: a, container_name: b}}", r"services\.web\.container_name: .*--allow FILE"),
        ("services: {web: {image: a, network_mode: host}}", r"services\.web\.network_mode"),
        ("services: {web: {image: a, volumes: ['/etc:/e']}}", r"/etc lies outside of the project"),
        ("services: {web: {image: a}}\nvolumes: {a: {external: true}}", r"volumes\.a\.external"),
    ],
)
def test_a_file_that_cannot_be_run_is_refused_before_anything_starts(project: Path, text: str, said: str) -> None:
    (project / "compose.yaml").write_text(f"version: '3.8'\n{text}\n")
    with pytest.raises(ScenarioError) as error:
        check_compose(planned(project), SOCKET)
    assert re.search(said, str(error.value), re.DOTALL), str(error.value)


def test_an_image_that_cannot_be_had_leaves_nothing(compose: tuple[ComposeServices, RunMarks], project: Path) -> None:
    runtime, _ = compose
    (project / "compose.yaml").write_text("services: {web: {image: 'localhost:1/none:1'}}\n")
    runtime.prepare(print)
    with pytest.raises(HarnessError, match="the compose program could not create"):
        runtime.create(Layout({"web": ComposeStart("web")}, {}, (), ECHO), print)
    with pytest.raises(HarnessError, match="the node web is no service of a compose file"):
        runtime.create(Layout({"web": ContainerStart("a")}, {}, (), ECHO), print)
