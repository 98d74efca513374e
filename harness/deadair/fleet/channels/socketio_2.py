"""Listens to a server of Socket.IO 2 by Node's own client, in a process beside the gateway. asyncio.

Socket.IO 2 is spoken by no client of Python that is still kept. The Node and the ``socket.io-client`` 2 are needs of
the target that speaks it. Knows no message's meaning.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

from deadair.fleet.channels.socketio_client import Connected, Hear, Heard
from deadair.model.environment import Address
from deadair.model.errors import HarnessError

PROGRAM = Path(__file__).with_name("socketio_2.js")
LINE_BYTES_MAX = 64 * 1024
END_LIMIT_S = 1.0


class NodeClient(NamedTuple):
    """What a client of Socket.IO 2 is run with."""

    node: Path
    """A Node that it works with."""
    package: Path
    """The folder of ``socket.io-client`` 2."""

    async def listen(
        self,
        address: Address,
        *,
        namespace: str,
        events: Sequence[str],
        hello: Sequence[Any],
        hear: Hear,
    ) -> None:
        """Hand on what is heard, for ever. Raises HarnessError if the client ends: then nobody listens any more."""
        url = f"http://{address.host}:{address.port}{namespace}"
        orders = {"client": str(self.package), "url": url, "events": list(events), "hello": list(hello)}
        async with _process(str(self.node), str(PROGRAM), json.dumps(orders)) as process:
            while line := await _line(process, url):
                if (heard := _read(line)) is not None:
                    hear(heard)
            raise HarnessError(f"the client of {url} ended with {await _ended(process)}; what it said is in the log")


@asynccontextmanager
async def _process(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a process, and end it whatever happens; it ends by itself if this one dies. Raises HarnessError."""
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LINE_BYTES_MAX)
    except OSError as error:
        raise HarnessError(f"{command[0]} cannot be started ({error.strerror or error})") from error
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_LIMIT_S)


async def _line(process: asyncio.subprocess.Process, url: str) -> bytes:
    """Return the next line, nothing at the end."""
    lines = cast(asyncio.StreamReader, process.stdout)
    try:
        return await lines.readline()
    except ValueError:
        raise HarnessError(f"the client of {url} wrote a line of over {LINE_BYTES_MAX} bytes") from None


async def _ended(process: asyncio.subprocess.Process) -> int | None:
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), END_LIMIT_S)
    return process.returncode


def _read(line: bytes) -> Heard | Connected | None:
    """Read what the client tells; nothing of a line that makes no sense, for a server may have had its hand in it."""
    try:
        told = json.loads(line)
        what, at_s = told["what"], told["at_ms"] / 1000
        if what == "event":
            return Heard(str(told["event"]), tuple(told["args"]), at_s)
        return Connected(what == "up", at_s)
    except (ValueError, KeyError, TypeError):
        logging.getLogger(__name__).warning("a line that tells nothing: %.80r", line)
        return None
