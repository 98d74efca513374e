"""A site of one patient: an entry is handed in, read back, grows old, and the alarm comes over Socket.IO."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from deadair.fleet.channels.alert_message import read_document
from deadair.fleet.channels.socketio_2 import NodeClient
from deadair.fleet.channels.socketio_client import Connected, Heard
from deadair.injectors.processes import find
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import Address
from deadair.model.reading import Reading
from deadair.model.run_folder import RunFolder
from deadair.provision.nightscout import nightscout_parts
from deadair.runtimes.processes import Processes
from deadair.runtimes.runtime import RunMarks
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.nightscout import NightscoutApi
from deadair.targets.admin_http import ask
from deadair.targets.alerts.alert_path_section import SocketioPath
from deadair.targets.catalogue import SHIPPED
from deadair.targets.described.described_target import DescribedTarget
from deadair.targets.described.target_yaml import read_target
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Site
from tools.live_reference import free_ports

pytestmark = pytest.mark.live

T_S = 15.0
START_LIMIT_S = 30.0
ALARM_LIMIT_S = 60.0
SECRET = "the-secret-of-the-site"
API = NightscoutApi()


@dataclass(frozen=True)
class Running:
    """A site that runs. ``run_id`` marks its processes."""

    target: DescribedTarget
    site: Site
    run_id: str

    @property
    def alerts(self) -> SocketioPath:
        (path,) = self.target.channels[0].paths
        assert isinstance(path, SocketioPath)
        return path

    def ask(self, request: Request) -> Answer:
        return self.site.ask("site", request, 5.0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start it as a run does, but for the proxies. It looks each 10 s whether the newest entry is too old."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm on the PATH, and Nightscout is fetched with it")
    nightscout_parts(print)
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("HEARTBEAT", "10")
        target = DescribedTarget(read_target(SHIPPED / "nightscout"))
        assert target.lacks() == ()
    folder = RunFolder(tmp_path_factory.mktemp("site"))
    folder.create()
    sockets = dict(zip(target.sockets, (Address(port=port) for port in free_ports(2)), strict=True))
    site = Site(
        data=folder.data, speed=1.0, sockets=sockets, listen=sockets, routes={"nightscout→mongo": sockets["database"]},
        capacity={}, defects=(), ask=lambda socket, *question: ask(sockets[socket], *question),
        times=ServiceTimes(no_data_after_s=T_S), password=SECRET, logs=folder.logs,
    )  # fmt: skip
    marks = RunMarks(f"test-{secrets.token_hex(6)}", folder, ())
    runtime = Processes(marks)
    try:
        for node in target.nodes:
            process = runtime.start(node, target.start_of(node, site))
            limit = Deadline.after(START_LIMIT_S)
            while why := target.why_not_ready(node, site):
                log = (folder.logs / f"{node}.log").read_text("utf-8")
                assert process.ended() is None, log
                assert not limit.passed(), f"{why}\n{log}"
                pause(0.1)
        yield Running(target, site, marks.run_id)
    finally:
        assert runtime.stop_all(limit_s=5.0) == []
        assert find(marks.run_id) == ()


def test_an_entry_is_stored_and_read_back_and_its_alarm_comes_when_it_is_too_old(running: Running) -> None:
    device = device_client("device-0", SECRET)
    follower = Client("phone-0", SECRET, "device-0", token="phone-token-0")
    assert API.newest(running.ask(API.poll(follower))) is None
    reading = Reading(int(RunClock.starting_now(speed=1.0).to_wall_s(0)), 123)
    intruder = device._replace(password="the-secret-of-another")
    assert API.outcome(running.ask(API.upload(intruder, [reading]))) == "fail"
    for _ in range(2):  # to hand it in again changes nothing
        assert API.outcome(running.ask(API.upload(device, [reading]))) == "ok"
    assert API.newest(running.ask(API.poll(follower))) == reading
    assert running.target.stored(0, running.site) == (reading,)

    alarm = asyncio.run(_first_alarm(running))
    assert alarm.at_s is not None
    late_s = alarm.at_s - (reading.measured_s + T_S)
    assert 0 < late_s < 25, f"the alarm came {late_s:.1f} s after the reading was too old"


async def _first_alarm(running: Running) -> Heard:
    """Return the first event that the target file knows for an alarm."""
    found: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()

    def hear(path: SocketioPath, heard: Heard | Connected) -> None:
        if isinstance(heard, Heard) and not found.done():
            document = {"event": heard.event, "data": heard.args[0]}
            if read_document(document, [path]).kind == "no_data":
                found.set_result(heard)

    path = running.alerts
    client = NodeClient(Path(path.node or ""), Path(path.package or ""))
    listening = asyncio.create_task(
        client.listen(
            running.site.sockets["site"],
            namespace=path.namespace,
            events=path.events,
            hello=(),
            hear=partial(hear, path),
        )
    )
    try:
        return await asyncio.wait_for(found, ALARM_LIMIT_S)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


def test_nothing_of_it_listens_but_to_this_machine(running: Running) -> None:
    assert sorted(_listening(running.run_id)) == sorted(
        ("127.0.0.1", address.port) for address in running.site.sockets.values()
    )


def _listening(run_id: str) -> Iterator[tuple[str, int]]:
    """Yield every address that a process of the run takes connections on."""
    ours = {inode for one in find(run_id) for inode in _sockets_of(one.pid)}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text("utf-8").splitlines()[1:]:
            local, state, inode = (line.split()[column] for column in (1, 3, 9))
            if state == "0A" and inode in ours:
                address, port = local.split(":")
                yield ("127.0.0.1" if address == "0100007F" else address), int(port, 16)


def _sockets_of(pid: int) -> Iterator[str]:
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                yield target[len("socket:[") : -1]
