"""A service that emits its alerts to whoever is connected: the followers of each cohort have a connection of theirs.

It is made over the proxied link that the target names, so what cuts that link cuts the alerts too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from deadair.fleet.channels.alert_message import NobodyError, read_document
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.fleet.channels.socketio_2 import NodeClient
from deadair.fleet.channels.socketio_5 import PythonClient
from deadair.fleet.channels.socketio_client import Connected, Heard, SocketioClient
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.model.place import Place
from deadair.targets.alerts.alert_path_section import SocketioPath
from deadair.targets.alerts.channel_spec import ChannelSpec


class Socketio:
    """The channel. ``routes``: where each place of the run is dialled."""

    def __init__(self, spec: ChannelSpec, intake: MessageIntake, routes: Mapping[str, Address]) -> None:
        self._paths = [path for path in spec.paths if isinstance(path, SocketioPath)]
        self._intake = intake
        self._routes = routes

    async def run(self) -> None:
        """Listen on every connection until cancelled. Raises HarnessError if one cannot be had any more."""
        try:
            async with asyncio.TaskGroup() as connections:
                for path in self._paths:
                    for cohort, address in self._connections(path.link):
                        connections.create_task(self._listen(path, cohort, address))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    def _connections(self, link: str) -> Iterator[tuple[str | None, Address]]:
        """Yield who dials where over a link. Raises HarnessError if nobody can."""
        found = [(Place.parse(route), address) for route, address in self._routes.items()]
        over = [(place.cohort, address) for place, address in found if place.name == link]
        if not over:
            raise HarnessError(f"environment.json has no route {link}: the engine has to name what to dial")
        if any(address.server is not None and address.server.tls for _, address in over):
            raise HarnessError(f"the link {link} leads to a socket over TLS, and Socket.IO is heard in the clear only")
        yield from over

    async def _listen(self, path: SocketioPath, cohort: str | None, address: Address) -> None:
        await _client(path).listen(
            address,
            namespace=path.namespace,
            events=path.events,
            hello=[*path.hello[:1], *map(orjson.loads, path.hello[1:])],
            hear=partial(self._hear, path, cohort),
        )

    def _hear(self, path: SocketioPath, cohort: str | None, heard: Heard | Connected) -> None:
        """Take an event, or note that followers are connected now, or are no more."""
        if isinstance(heard, Connected):
            logging.getLogger(__name__).info("%s[%s]: %s", path.link, cohort, "up" if heard.up else "down")
            return
        if self._intake.desk.refusal(() if cohort is None else (cohort,)) is not None:
            self._intake.note_refused("UNAVAILABLE")
            return
        try:
            self._intake.take(read_document(_document(heard), [path]), cohort=cohort)
        except NobodyError as error:
            self._intake.note_refused(error.code)


def _client(path: SocketioPath) -> SocketioClient:
    """Return the client of the generation that the target's server speaks."""
    if path.node is not None and path.package is not None:
        return NodeClient(Path(path.node), Path(path.package))
    return PythonClient()


def _document(heard: Heard) -> dict[str, Any]:
    """Return an event as the document that a target's pointers look into."""
    return {"event": heard.event, "data": heard.args[0] if heard.args else None, "args": list(heard.args)}
