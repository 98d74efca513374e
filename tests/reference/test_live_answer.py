"""What a node takes from another's answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deadair.reference.running.layout import LOOPBACK
from deadair.reference.running.live import LiveEnv, _seconds
from deadair.reference.settings import Settings


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("30", 30.0), ("0", 0.0), ("", None), ("-1", None), ("1e9", None), ("9" * 400, None), ("²", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", None)],
)  # fmt: skip
def test_a_wish_to_be_left_alone_is_read_and_nonsense_is_none(retry_after: str, seconds: float | None) -> None:
    assert _seconds(retry_after) == seconds


def test_whoever_sends_us_elsewhere_has_not_taken_what_we_sent(tmp_path: Path) -> None:
    # A push must not go to whom a stranger names; and to follow a name that is none ended the whole node.
    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://x..y/\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def scene() -> int:
        async with await asyncio.start_server(elsewhere, LOOPBACK, 0) as server:
            env = LiveEnv(tmp_path, Settings(routes={"link": f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"}))
            try:
                return (await env.post("link", "/", b"{}", timeout_s=5.0)).status
            finally:
                await env.close()

    assert asyncio.run(scene()) == 307
