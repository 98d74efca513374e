"""The client of Socket.IO 2 in a process beside the gateway, with a Node that only pretends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from deadair.fleet.channels.socketio_2 import NodeClient
from deadair.fleet.channels.socketio_client import Connected, Heard
from deadair.model.environment import Address
from deadair.model.errors import HarnessError

SERVER = Address(host="127.0.0.1", port=1337)


def node(folder: Path, code: str) -> NodeClient:
    """A Node that runs code of Python; ``orders`` are those of the client."""
    program = folder / "node"
    lines = (f"#!{sys.executable}", "import json, os, sys, time", "orders = json.loads(sys.argv[2])", code)
    program.write_text("\n".join(lines), encoding="utf-8")
    program.chmod(0o755)
    return NodeClient(program, folder / "socket.io-client")


async def listened(client: NodeClient, *, count: int = 1) -> list[Heard | Connected]:
    """Listen until so much was heard, or the client ends; return what was heard."""
    heard: list[Heard | Connected] = []
    enough = asyncio.Event()

    def hear(one: Heard | Connected) -> None:
        heard.append(one)
        if len(heard) >= count:
            enough.set()

    listening = asyncio.create_task(
        client.listen(SERVER, namespace="/", events=("alarm", "clear_alarm"), hello=("hi", 1), hear=hear)
    )
    waiting = asyncio.create_task(enough.wait())
    await asyncio.wait({listening, waiting}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    for task in (listening, waiting):
        task.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    return heard


def tells(*lines: str) -> str:
    return "".join(f"print({line!r}, flush=True)\n" for line in lines) + "time.sleep(60)\n"


def test_what_it_hears_is_handed_on_with_the_moment_it_came(tmp_path: Path) -> None:
    lines = (
        '{"what": "up", "at_ms": 1000}',
        '{"what": "event", "event": "alarm", "args": [{"group": "Time Ago"}, 2], "at_ms": 2500}',
        '{"what": "down", "why": "transport close", "at_ms": 4000}',
    )
    heard = asyncio.run(listened(node(tmp_path, tells(*lines)), count=3))
    alarm = Heard("alarm", ({"group": "Time Ago"}, 2), 2.5)
    assert heard == [Connected(up=True, at_s=1.0), alarm, Connected(up=False, at_s=4.0)]


def test_it_is_told_whom_to_call_and_what_to_listen_for(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'orders')!r}, 'w').write(json.dumps(orders))\nsys.exit(7)"
    with pytest.raises(HarnessError, match=r"the client of http://127\.0\.0\.1:1337/ ended with 7"):
        asyncio.run(listened(node(tmp_path, code)))
    said = json.loads((tmp_path / "orders").read_text("utf-8"))
    assert said == {
        "client": str(tmp_path / "socket.io-client"),
        "url": "http://127.0.0.1:1337/",
        "events": ["alarm", "clear_alarm"],
        "hello": ["hi", 1],
    }


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "[]",
        "7",
        '{"what": "event", "at_ms": 1}',
        '{"what": "event", "event": "alarm", "args": 5, "at_ms": 1}',
        '{"what": "event", "event": "alarm", "args": [], "at_ms": "now"}',
    ],
)
def test_a_line_that_tells_nothing_is_passed_over(tmp_path: Path, line: str) -> None:
    heard = asyncio.run(listened(node(tmp_path, tells(line, '{"what": "up", "at_ms": 0}'))))
    assert heard == [Connected(up=True, at_s=0.0)]


def test_a_line_without_an_end_is_the_end(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="wrote a line of over 65536 bytes"):
        asyncio.run(listened(node(tmp_path, "print('x' * 200_000, flush=True)\ntime.sleep(60)")))


def test_a_node_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"nowhere/node cannot be started \(No such file or directory\)"):
        asyncio.run(listened(NodeClient(tmp_path / "nowhere/node", tmp_path)))


def test_who_stops_listening_leaves_no_process(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    ignores = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code = f"{ignores}open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
    asyncio.run(listened(node(tmp_path, code + tells('{"what": "up", "at_ms": 0}'))))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), signal.SIGCONT)
