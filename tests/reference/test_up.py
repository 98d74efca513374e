"""Decisions of ``up``: when a node is started again, and where everything listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deadair.reference.running import up
from deadair.reference.running.layout import LAYOUT, PUSH
from deadair.reference.running.up import REST_MAX_S, REST_S, CannotStart, addresses, rest_s
from deadair.reference.settings import Settings

SOCKETS = [name for place in LAYOUT.values() for name in place.sockets]


def test_a_node_that_ends_again_and_again_rests_longer_and_longer() -> None:
    rests = [REST_S]
    while rests[-1] < REST_MAX_S:
        rests.append(rest_s(1.0, rests[-1]))
        assert rests[-1] >= min(REST_MAX_S, 2 * rests[-2])
    assert rest_s(0.0, 0.0) == REST_S
    assert rest_s(0.0, REST_MAX_S) == REST_MAX_S


def test_after_a_good_life_it_rests_for_a_moment() -> None:
    assert rest_s(3600.0, REST_MAX_S) == REST_S


def test_without_a_word_all_listen_on_free_ports_of_loopback() -> None:
    found = addresses(Settings(), None)
    assert list(found) == [*SOCKETS, PUSH]
    assert {host for host, _ in found.values()} == {"127.0.0.1"}
    assert len({port for _, port in found.values()}) == len(SOCKETS) + 1


def test_from_a_port_on_they_have_one_after_the_other_in_a_fixed_order() -> None:
    for first in range(20_000, 60_000, 500):
        try:
            found = addresses(Settings(), first)
        except CannotStart:
            continue  # somebody has one of these
        assert [port for _, port in found.values()] == list(range(first, first + 8))
        assert found["gateway"] == ("127.0.0.1", first)
        return
    pytest.fail("no eight free ports")


def test_what_is_configured_is_taken() -> None:
    with socket.create_server(("127.0.0.2", 0)) as held:
        port = int(held.getsockname()[1])
    assert addresses(Settings(sockets={"gateway": f"127.0.0.2:{port}"}), None)["gateway"] == ("127.0.0.2", port)


def test_a_port_that_is_taken_is_told_by_its_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = int(held.getsockname()[1])
        with pytest.raises(CannotStart, match=f"status cannot listen on 127.0.0.1:{port}"):
            addresses(Settings(sockets={"status": port}), None)


@pytest.mark.parametrize("port", [-5, 0, 65_529, 10**9])
def test_a_port_that_cannot_be_is_told(port: int) -> None:
    with pytest.raises(CannotStart, match="it must be from 1 to 65528"):
        addresses(Settings(), port)


def test_a_node_that_cannot_start_ends_none_of_those_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def keep(*_: object) -> None:
        await asyncio.Event().wait()

    ready = asyncio.Event()

    async def all_ready(_: object) -> None:
        await ready.wait()

    monkeypatch.setattr(up.NodeProcesses, "keep", keep)
    monkeypatch.setattr(up, "_all_ready", all_ready)
    monkeypatch.setattr(up, "READY_LIMIT_S", 0.01)

    async def scene() -> None:
        said: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        log: Any = SimpleNamespace(say=lambda event, nodes=None, **_: said.put_nowait((event, nodes)))
        async with asyncio.timeout(5):
            running = asyncio.create_task(up.up(tmp_path, Settings(), log, port=None))
            assert await said.get() == ("not all nodes are ready", " ".join(LAYOUT))
            assert capsys.readouterr().out == ""
            ready.set()
            assert await said.get() == ("ready", None)
            assert "share_url" in json.loads(capsys.readouterr().out)
            signal.raise_signal(signal.SIGTERM)
            await running

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("said", "ready"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\n", False),
        (b"SSH-2.0 200 ok\r\n", False),
        (b"x" * 300_000, False),
        (b"", False),
    ],
)
def test_a_node_is_ready_only_if_it_says_so_in_http(said: bytes, ready: bool) -> None:
    async def scene() -> bool:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                writer.write(said)
                await writer.drain()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await up._is_ready(f"127.0.0.1:{port}")

    assert asyncio.run(scene()) is ready
