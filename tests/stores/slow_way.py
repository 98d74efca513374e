"""A way to a server on which every answer is late: for stores that are slow, not gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from deadair.model.environment import Address

BLOCK_BYTES = 65_536


@contextlib.asynccontextmanager
async def slow_way(to: Address, *, late_s: float) -> AsyncIterator[str]:
    """Yield what to dial instead. Whatever the server says comes so much later."""
    loop = asyncio.get_running_loop()
    open_ends: list[asyncio.StreamWriter] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait_s: float) -> None:
        try:
            while said := await reader.read(BLOCK_BYTES):
                loop.call_later(wait_s, writer.write, said)
            loop.call_later(wait_s, writer.close)
        except OSError:
            writer.close()

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(to.host, to.port)
        open_ends.extend((writer, to_server))
        await asyncio.gather(pass_on(reader, to_server, 0.0), pass_on(from_server, writer, late_s))

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for end in open_ends:
            end.close()
        await asyncio.sleep(0.1)  # whoever reads there ends
