"""The push provider's stand-in: opens the target's channels, hands what comes to the phones' links. Its own process.

``python -m deadair.fleet.channels.push_gateway RUN_FOLDER``. As a real one it says that it has *taken* a message, which
is no promise that a phone hears it: a link that is frozen takes bytes for a while.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import uvloop

from deadair.fleet.channels.alert_message import PhoneBook
from deadair.fleet.channels.catalogue import JOINED, POSTED, ChannelWorld
from deadair.fleet.channels.certificates import pem_path
from deadair.fleet.channels.channel import Channel
from deadair.fleet.channels.http_front import HttpFront, HttpServer
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.fleet.channels.push_links import LINE_BYTES_MAX, PushLinks
from deadair.fleet.process.fleet_plan import read_plan
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.provider_orders import Told, read_orders, write_told
from deadair.model.environment import PUSH_GATEWAY, Environment
from deadair.model.errors import DeadAirError, HarnessError
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.targets.alerts.channel_spec import PUSH, ChannelSpec, sockets_of

PUSH_LINKS = "push_links"
LOOK_EVERY_REAL_S = 0.15
OVERTIME_REAL_S = 30.0
ENDING_LIMIT_S = 2.0


class PushGateway:
    """The process's parts: the channels in front, the phones' links behind."""

    def __init__(  # noqa: PLR0913 - each is named at the one call site
        self,
        environment: Environment,
        recorder: Recorder,
        control: Path,
        *,
        roster: Roster,
        channels: Sequence[ChannelSpec],
        listening: Mapping[str, socket.socket],
        pem: Path,
    ) -> None:
        self._environment = environment
        self._listening = listening
        self._recorder = recorder
        self._control = control
        self._told = Told()
        self._links = PushLinks(recorder.clock)
        self.intake = MessageIntake(recorder, self._links, PhoneBook(roster))
        around = ChannelWorld(environment, self.intake, listening, pem, self._fail)
        posted = [one for one in channels if one.channel in POSTED]
        self.front = HttpFront([POSTED[one.channel](one, around) for one in posted], self._fail)
        joined = [one for one in channels if one.channel in JOINED]
        self._joined: dict[str, Channel] = {one.channel: JOINED[one.channel](one, around) for one in joined}
        self._key = pem
        self._pem = pem if any(one.tls_names for one in posted) else None
        self.stopping = asyncio.Event()
        self._exit = Exit.PASS

    async def run(self) -> int:
        """Serve until SIGTERM; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)
        links = await asyncio.start_server(self._link, sock=self._listening[PUSH_LINKS], limit=LINE_BYTES_MAX)
        opened: dict[str, Channel] = {"HTTP": HttpServer(self.front, self._listening[PUSH], self._pem), **self._joined}
        self._key.unlink(missing_ok=True)
        serving = {name: asyncio.create_task(channel.run()) for name, channel in opened.items()}
        try:
            await self._watch(serving)
        finally:
            links.close()
            self._links.close()
            for task in serving.values():
                task.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*serving.values(), return_exceptions=True), ENDING_LIMIT_S)
        return self._exit

    async def _watch(self, serving: Mapping[str, asyncio.Task[None]]) -> None:
        """Beat until the process is to stop, a channel ends by itself, or the run is over its wall limit."""
        limit_us = (self._environment.wall_limit_s + OVERTIME_REAL_S) * self._recorder.clock.speed * 1e6
        while not self.stopping.is_set():
            self._recorder.tick()
            self._obey()
            for name, task in serving.items():
                if task.done():
                    why = "" if task.cancelled() or task.exception() is None else f": {task.exception()}"
                    self._fail(HarnessError(f"the {name} part of the push gateway ended by itself{why}"))
            if self._recorder.clock.now_us() > limit_us:
                self._fail(HarnessError("nobody ended this process, and the run is over its wall limit"))
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), LOOK_EVERY_REAL_S)

    def _obey(self) -> None:
        """Do what the faults of now want, and tell what was done so far."""
        self.intake.desk.obey(read_orders(self._control))
        told = self.intake.desk.told()
        if told != self._told:
            self._told = told
            write_told(self._control, told)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep one link of a cohort's phones until it ends."""
        try:
            await self._links.keep(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            logging.getLogger(__name__).info("a link of phones ended: %s", error)
        except Exception as error:  # noqa: BLE001 - a crash of any kind must be noticed
            self._fail(error)
        finally:
            writer.close()

    def _fail(self, error: Exception) -> None:
        logging.getLogger(__name__).error("the process ends: %s", error, exc_info=error)
        if self._exit is Exit.PASS:
            self._exit = Exit.HARNESS
            sentence = f"{self._recorder.who}: {type(error).__name__}: {error}"
            self._recorder.add(Kind.TROUBLE, detail=sentence[:500])
        self.stopping.set()


def _listen(environment: Environment, route: str) -> socket.socket:
    address = environment.routes.get(route)
    if address is None:
        raise HarnessError(f"environment.json has no route {route}: the engine has to name where to listen")
    try:
        return socket.create_server((address.host, address.port), backlog=1024)
    except OSError as error:
        raise HarnessError(f"the push gateway cannot listen on {address} ({error.strerror})") from error


def _serve(folder: RunFolder) -> int:
    """Serve one run's messages. Raises HarnessError or OSError for a file that is missing, or a port that is taken."""
    channels = read_plan(folder).channels
    try:
        environment = Environment.model_validate_json(folder.environment.read_text("utf-8"))
        roster = Roster.from_json(folder.roster.read_text("utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise HarnessError(f"roster or environment in {folder.root} cannot be read: {error}") from error
    with ExitStack() as held:
        # The sockets first: a port that is taken must leave no shard behind.
        listening = {
            route: held.enter_context(_listen(environment, route)) for route in (PUSH_LINKS, *sockets_of(channels))
        }
        clock, beat_real_s = environment.run_clock, environment.beat_real_s_of(PUSH_GATEWAY)
        recorder = held.enter_context(Recorder(folder.history, PUSH_GATEWAY, clock, beat_real_s=beat_real_s))
        gateway = PushGateway(
            environment,
            recorder,
            folder.abort_request.parent,
            roster=roster,
            channels=channels,
            listening=listening,
            pem=pem_path(folder),
        )
        return uvloop.run(gateway.run())


def main(arguments: list[str]) -> int:
    """Serve one run's messages until SIGTERM; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if len(arguments) != 1:
        logging.getLogger(__name__).error("write python -m deadair.fleet.channels.push_gateway RUN_FOLDER")
        return Exit.USAGE
    try:
        return _serve(RunFolder(Path(arguments[0])))
    except (DeadAirError, OSError) as error:
        logging.getLogger(__name__).error("%s", error)
        return Exit.HARNESS
    except Exception as error:
        logging.getLogger(__name__).error("the process ends: %s", error, exc_info=error)
        return Exit.HARNESS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
