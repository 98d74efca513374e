"""The smallest target there is, and the one that a new target starts as a copy of. Nobody is ever alerted by it.

One node keeps what devices hand in and gives it back to whoever asks; the app shows the newest reading and nothing
else. Everything is accepted, nothing is checked, and nothing is kept over a restart.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope
from starlette.types import Send as SendAsgi

import deadair
from deadair.model.alert_path import AlertPath
from deadair.model.environment import ServerName
from deadair.model.errors import HarnessError
from deadair.model.phone_trace import Way
from deadair.model.reading import Reading
from deadair.model.roster import Phone, Roster
from deadair.runtimes.node_start import NodeStart, ProcessStart
from deadair.runtimes.runtime import RuntimeNeeds
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.uploader import Outcome, Uploader
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.app import Answered, App, Effect, Event, PollDue, Send, ShowScreen
from deadair.targets.door import Door
from deadair.targets.handed_on import NOTHING, HandedOn
from deadair.targets.machine import Machine, Program
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Link, Site

ASK_LIMIT_S = 5.0
READY_LIMIT_S = 1.0


class Node:
    """The service: ``POST /<account>`` adds readings, ``GET /<account>`` returns all of them."""

    def __init__(self) -> None:
        self._readings: dict[str, list[list[int]]] = defaultdict(list)
        self.apps: Mapping[str, Any] = {"noop": self}

    async def __call__(self, scope: Scope, receive: Receive, send: SendAsgi) -> None:
        """Answer one request."""
        request = HttpRequest(scope, receive)
        account = request.url.path.strip("/")
        if request.method == "POST":
            self._readings[account] += orjson.loads(await request.body())
        body = orjson.dumps({"account": account, "readings": self._readings.get(account, [])})
        await Response(body, media_type="application/json")(scope, receive, send)

    async def run(self) -> None:
        """Do nothing by itself, for ever."""
        await asyncio.Event().wait()


node = Node()
"""The one that a process of its own serves."""


class NoopUploader:
    """How a device speaks: a log-in is a question after its account, which always fits."""

    batch_readings_max = 100
    queue_readings_max = 100_000

    def login(self, client: Client) -> Request | None:
        """Ask after the account."""
        return None if client.session else _ask(client.account)

    def session(self, client: Client, answer: Answer) -> str | None:
        """Return the account: it is all that an upload needs."""
        try:
            return _read(answer)[0]
        except HarnessError:
            return None

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        """Hand readings in."""
        return Request(f"/{client.session}", orjson.dumps([list(reading) for reading in readings]))

    def outcome(self, answer: Answer) -> Outcome:
        """Take any answer for one that everything is stored, if it is no error."""
        return "ok" if answer.status == 200 else "fail"

    def remedy(self, client: Client, answer: Answer) -> Request | None:
        """Know of none."""
        return None

    def read(self, client: Client) -> Request:
        """Ask after the account."""
        return _ask(client.session)


class NoopApp:
    """The app: shows the newest reading as current, for ever. Its state is the account of the patient it follows."""

    def begin(self, phone: Phone, *, password: str, token: str, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Know whom to follow."""
        return f"device-{phone.patient}", ()

    def step(self, state: Any, event: Event, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Poll when it is time, and show what comes back. It hears no push and sets no timer."""
        match event:
            case PollDue():
                return state, (Send("poll", _ask(state), poll=True),)
            case Answered(_, answer):
                return state, _shown(answer)
        return state, ()


class Noop:
    """The target named ``noop``."""

    name = "noop"
    folder: Path | None = None
    sha256 = ""
    simulated = True
    runtime = "processes"
    runtime_needs = RuntimeNeeds()
    needs: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ("noop",)
    sockets: tuple[str, ...] = ("noop",)
    links: tuple[Link, ...] = (
        Link("uplink", leads_to="noop", outer=True),
        Link("downlink", leads_to="noop", outer=True),
        Link("last_mile", leads_to="push_links", outer=True),
    )
    servers: Mapping[str, ServerName] = {}
    status_socket: str | None = None
    alert_paths: tuple[AlertPath, ...] = ()
    channels: tuple[ChannelSpec, ...] = ()
    reading_path: tuple[str, ...] = ("uplink", "noop", "downlink")
    way = Way(nodes=("noop",))
    capacities: tuple[str, ...] = ()
    speed_max = 1000.0
    knows_codes = False
    answer_within_s: float | None = None
    per_follow = frozenset({"no_data_after", "realarm_every", "second_patients", "second_phones"})
    devices_max = 1_000_000
    roles: Mapping[str, tuple[str, ...]] = {"storing": ("noop",)}
    app_words = frozenset({"open_app"})
    unjudged: Mapping[str, str] = {"keeps_out": "it lets in whoever comes"}
    defects: Mapping[str, str] = {}
    profiles: Mapping[str, tuple[str, ...]] = {}

    def uploader(self) -> Uploader:
        """Return how its devices speak."""
        return NoopUploader()

    def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:
        """Return its app."""
        return NoopApp()

    def door(self, times: ServiceTimes) -> Door | None:
        """Return none: whoever comes is let in."""
        return None

    def end_sessions(self, account: str, site: Site) -> None:
        """Have none to end."""
        raise HarnessError("this target has no sessions")

    def version(self) -> str:
        """Return this distribution's version: the target is part of it."""
        return deadair.__version__

    def running_version(self, site: Site) -> str | None:
        """Say nothing more."""
        return None

    def handed_on(self) -> HandedOn:
        """Take nothing from the caller's shell."""
        return NOTHING

    def lacks(self) -> tuple[str, ...]:
        """Lack nothing: it is part of this distribution."""
        return ()

    def detection_budget_s(self, speed: float) -> float:
        """Need no time to notice a dead part: it looks for none."""
        return 0.0

    def build(self, site: Site) -> None:
        """Write no configuration: it has none."""

    def start_of(self, node: str, site: Site) -> NodeStart:
        """Serve the node by a process of its own."""
        address = site.listen["noop"]
        served = ("-m", "uvicorn", "deadair.targets.noop:node", "--host", address.host, "--port", str(address.port))
        return ProcessStart((sys.executable, *served, "--lifespan", "off", "--log-level", "warning"))

    def program(self, node: str, machine: Machine, site: Site) -> Program | None:
        """Return the node for virtual time: the same code, whose memory is as new as its machine's."""
        return Node()

    def why_not_ready(self, node: str, site: Site) -> str:
        """Ask after no account in particular."""
        try:
            status = site.ask("noop", _ask(""), READY_LIMIT_S).status
        except HarnessError as error:
            return str(error)
        return "" if status == 200 else f"it answered {status}"

    def enroll(self, roster: Roster, extra_accounts: Sequence[str], site: Site, *, password: str) -> None:
        """Create nothing: every account is there."""

    def status_request(self) -> Request:
        """Name a page that nobody looks at: there is no ``status`` among the sockets."""
        return _ask("status")

    def incident(self, answer: Answer) -> bool | None:
        """Say nothing of incidents."""
        return None

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        """Ask after the patient's account."""
        return tuple(_read(site.ask("noop", _ask(f"device-{patient}"), ASK_LIMIT_S))[1])

    def backlog(self, site: Site) -> int:
        """Store at once, so that nothing ever waits."""
        return 0


def _ask(account: str) -> Request:
    return Request(f"/{account}", method="GET")


def _read(answer: Answer) -> tuple[str, list[Reading]]:
    """Return the account of an answer and its readings. Raises HarnessError if it is no answer of the node's."""
    try:
        said = orjson.loads(answer.body)
        return str(said["account"]), [Reading(int(measured_s), int(value)) for measured_s, value in said["readings"]]
    except (ValueError, TypeError, KeyError) as error:
        raise HarnessError(f"the node answered {answer.status} and no readings: {answer.body[:200]!r}") from error


def _shown(answer: Answer) -> tuple[Effect, ...]:
    """Return what an answer changes on the screen: nothing, if there is no reading in it."""
    try:
        _, readings = _read(answer)
    except HarnessError:
        return ()
    return (ShowScreen("current", max(readings)),) if readings else ()
