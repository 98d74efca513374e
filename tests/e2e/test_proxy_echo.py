"""The echo through a real Toxiproxy: heard while it runs, missing while it stands still, heard again after."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from deadair.engines.live.free_ports import FreePorts
from deadair.engines.live.proxy_echo import ProxyEcho
from deadair.history.reader import read
from deadair.history.rows import Kind
from deadair.injectors.processes import Spawned, spawn, stop
from deadair.injectors.toxiproxy import Toxiproxy, server_argv
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import PROXIES, Address
from deadair.provision.toxiproxy import toxiproxy_server

pytestmark = pytest.mark.live

SPEED = 60
PLACE = "deadair.echo"


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[tuple[Spawned, Address, Address]]:
    """A Toxiproxy, where its one proxy listens, and where that leads to."""
    ports = FreePorts()
    control, listen, upstream = ports.reserve(), ports.reserve(), ports.reserve()
    ports.close()
    server = spawn(
        "toxiproxy",
        server_argv(toxiproxy_server(lambda line: None), control),
        run_id=f"test-{tmp_path.name}",
        folder=tmp_path,
        log=tmp_path / "toxiproxy.log",
    )
    toxiproxy, limit = Toxiproxy(control), Deadline.after(20)
    while not toxiproxy.answers():
        assert not limit.passed()
        pause(0.02)
    toxiproxy.create(PLACE, listen=listen, upstream=upstream)
    yield server, listen, upstream
    stop([server], limit_s=5)


def heard(folder: Path) -> list[tuple[int, int]]:
    """When each echo was sent, and came back."""
    return list(read(folder).of(Kind.ECHO).select("sent_us", "at_us").iter_rows())


def test_an_echo_is_missing_while_the_proxies_stand_still(
    tmp_path: Path, proxied: tuple[Spawned, Address, Address]
) -> None:
    server, listen, upstream = proxied
    (folder := tmp_path / "history").mkdir()
    clock = RunClock.starting_now(speed=SPEED)
    echo = ProxyEcho(folder, clock, dial=listen, answer_at=upstream, beat_real_s=1 / 3)
    try:
        pause(1.5)
        server.identity.send(signal.SIGSTOP)
        pause(2.5)
        server.identity.send(signal.SIGCONT)
        pause(1.0)
    finally:
        assert echo.close() == []
    assert echo.close() == []
    history = read(folder)
    assert history.torn == ()
    assert set(history.rows["who"].unique()) == {PROXIES}
    echoes = heard(folder)
    gaps_s = [(later - earlier) / SPEED / 1e6 for (_, earlier), (_, later) in pairwise(echoes)]
    assert len(echoes) >= 5
    assert max(gaps_s) > 2.0
    beats = history.of(Kind.HEARTBEAT)["at_us"].to_list()
    assert len(beats) >= 10


def test_an_echo_that_nobody_answers_leaves_heartbeats_and_no_echo(tmp_path: Path) -> None:
    ports = FreePorts()
    nobody, answer_at = ports.reserve(), ports.reserve()
    ports.close()
    echo = ProxyEcho(tmp_path, RunClock.starting_now(speed=SPEED), dial=nobody, answer_at=answer_at, beat_real_s=0.1)
    pause(0.5)
    assert echo.close() == []
    assert heard(tmp_path) == []
    assert read(tmp_path).of(Kind.HEARTBEAT).height >= 3
