"""What uploaders go through. xDrip's order of calls is told here from its facts; the G7's is the fleet's own.

Each flow returns "ok", or in words what came instead.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from deadair.fleet.devices.device import DeviceState, begin_try, errand, settle
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.targets.adapters.share import ShareApi
from deadair.targets.request import Request
from tools.clients.driven_client import NoAnswer, Value
from tools.clients.reading_flows import FLOOD_S, OK, SESSION_LIFETIME_S, STRIKE_LIMIT_S, flooded
from tools.clients.sealed import demand_sealed
from tools.clients.served import Served, now_s, password_of

SERVICES = "/ShareWebServices/Services"
SERIAL = "SM00000000"
PATIENCE_S = 20.0
TRIES_MAX = 60


class Uploader(Protocol):
    """A device's side of it."""

    def upload(self, values: list[Value]) -> None:
        """Hand these in. Raises NoAnswer."""
        ...


class XDrip:
    """xDrip's order: it starts a session before it assigns its receiver, and posts one record at a time.

    On a 500 it begins a new session, and posts once more.
    """

    def __init__(self, served: Served, account: str, password: str) -> None:
        self._served = served
        self._account = account
        self._password = password
        self._session = ""

    def upload(self, values: list[Value]) -> None:
        """Post each; set up at first. Raises NoAnswer."""
        if not self._session:
            self._set_up()
        for value in values:
            if self._post(value) == 500:
                self._session = self._log_in()
                if (status := self._post(value)) != 200:
                    raise NoAnswer(f"a post with a new session was answered {status}")

    def followers_states(self) -> list[object]:
        """Invite somebody, and return the states of all subscriptions."""
        contact = self._call("Publisher/CreateContact", contactName="aunt", emailAddress="aunt@example.org")
        self._call("Publisher/CreateSubscriptionInvitation", {"DisplayName": "x"}, contactId=str(contact))
        return [one["State"] for one in self._call("Publisher/ListPublisherAccountSubscriptions")]

    def _set_up(self) -> None:
        self._session = self._log_in()
        who = {"accountName": self._account, "password": self._password, "applicationId": "x"}
        self._call("General/AuthenticatePublisherAccount", who, serialNumber=SERIAL)
        self._call("Publisher/StartRemoteMonitoringSession", serialNumber=SERIAL)
        assigned = self._call("Publisher/CheckMonitoredReceiverAssignmentStatus", serialNumber=SERIAL)
        if assigned != "AssignedToYou":
            self._call("Publisher/ReplacePublisherAccountMonitoredReceiver", serialNumber=SERIAL)

    def _log_in(self) -> str:
        who = {"accountName": self._account, "password": self._password, "applicationId": "x"}
        status, body = self._ask("General/LoginPublisherAccountByName", who)
        if status != 200:
            raise NoAnswer(f"the log-in was answered {status}")
        return str(json.loads(body))

    def _post(self, value: Value) -> int:
        ms = value[0] * 1000
        record = {"Trend": 4, "ST": f"/Date({ms})/", "DT": f"/Date({ms})/", "Value": value[1]}
        return self._ask("Publisher/PostReceiverEgvRecords", {"SN": SERIAL, "Egvs": [record], "TA": -5})[0]

    def _call(self, path: str, body: object = None, **query: str) -> Any:
        _, said = self._ask(path, body, **query)
        return json.loads(said) if said else None

    def _ask(self, path: str, body: object = None, **query: str) -> tuple[int, bytes]:
        fields = "&".join(f"{name}={value}" for name, value in {"sessionId": self._session, **query}.items())
        raw = b"" if body is None else json.dumps(body).encode()
        try:
            answer = self._served.ask(Request(f"{SERVICES}/{path}?{fields}", raw))
        except HarnessError as error:
            raise NoAnswer(str(error)) from None
        return answer.status, answer.body


class G7:
    """The G7's uploader, as the fleet has it: what it cannot hand in it keeps."""

    def __init__(self, served: Served, account: str, password: str) -> None:
        self._served = served
        self._account = account
        self._password = password
        self._device = DeviceState(100)
        self._speech = ShareApi()

    def upload(self, values: list[Value]) -> None:
        """Make one try with these and all that it still has. Raises NoAnswer."""
        pending = (*self._device.pending, *(Reading(*value) for value in reversed(values)))
        device = begin_try(self._device._replace(pending=pending))
        for _ in range(TRIES_MAX):
            todo = errand(device, self._speech, account=self._account, password=self._password)
            if todo is None:
                break
            try:
                answer = self._served.ask(todo.request)
            except HarnessError:
                break
            settled = settle(device, todo, answer, self._speech, again_us=None)
            device = settled.device
            if settled.over:
                break
        self._device = device
        if device.pending:
            raise NoAnswer(f"{len(device.pending)} readings are left")


@dataclass(frozen=True, slots=True)
class UploadStage:
    """Where one uploader goes through one flow."""

    name: str
    served: Served
    flow: str

    @property
    def account(self) -> str:
        """Return the name of the account that only this flow of this uploader uses."""
        return f"{self.name}-{self.flow}".replace(" ", "-")

    def uploader(self, password: str = "") -> Uploader:
        """Return the uploader, once it is sure that nothing can leave."""
        demand_sealed()
        return UPLOADERS[self.name](self.served, self.account, password or password_of(self.account))

    def values(self, count: int) -> list[Value]:
        """Return new values, newest first."""
        newest_s = now_s()
        return [(newest_s - 300 * k, 90 + k) for k in range(count)]

    def arrived(self, values: list[Value]) -> str:
        """Say whether these are stored."""
        try:
            self.served.wait_stored(self.account, values)
        except HarnessError as error:
            return str(error)
        return OK

    def until_taken(self, uploader: Uploader) -> str:
        """Upload something new until it is taken; say whether it is stored."""
        deadline = Deadline.after(PATIENCE_S)
        while True:
            values = self.values(1)
            try:
                uploader.upload(values)
            except NoAnswer as error:
                if deadline.passed():
                    return str(error)
                threading.Event().wait(1.0)
            else:
                return self.arrived(values)


def upload(stage: UploadStage) -> str:
    """An account that is bare is set up by whatever the uploader calls, and all it uploads is stored."""
    stage.served.add(stage.account, bare=True)
    uploader, values = stage.uploader(), stage.values(3)
    uploader.upload(values)
    if isinstance(uploader, XDrip) and not all(type(state) is int for state in uploader.followers_states()):
        return "a State is no number"
    return stage.arrived(values)


def wrong_password(stage: UploadStage) -> str:
    """Nothing is taken; with the right password it is."""
    stage.served.add(stage.account)
    values = stage.values(1)
    try:
        stage.uploader("not the password").upload(values)
    except NoAnswer:
        stage.uploader().upload(values)
        return stage.arrived(values)
    return "it was taken"


def expiry(stage: UploadStage) -> str:
    """Its session ends by itself."""
    return _session_ends(stage, lambda: threading.Event().wait(SESSION_LIFETIME_S + 0.5))


def revocation(stage: UploadStage) -> str:
    """All sessions of its account are ended."""
    return _session_ends(stage, lambda: stage.served.revoke(stage.account))


def _session_ends(stage: UploadStage, end: Callable[[], object]) -> str:
    stage.served.add(stage.account)
    uploader = stage.uploader()
    uploader.upload(stage.values(1))
    end()
    threading.Event().wait(1.1)  # a new stamp
    values = stage.values(1)
    uploader.upload(values)
    return stage.arrived(values)


def kill(stage: UploadStage, strike: threading.Barrier) -> str:
    """A node is killed: what is measured after that is taken."""
    stage.served.add(stage.account)
    uploader = stage.uploader()
    uploader.upload(stage.values(1))
    strike.wait(STRIKE_LIMIT_S)
    return stage.until_taken(uploader)


def over_its_limit(stage: UploadStage) -> str:
    """Others read as its account without end: what it measures is taken all the same."""
    stage.served.add(stage.account)
    uploader = stage.uploader()
    uploader.upload(stage.values(1))
    with flooded(stage.served, stage.account):
        deadline = Deadline.after(FLOOD_S)
        while not deadline.passed():
            threading.Event().wait(2.5)
            values = stage.values(1)
            uploader.upload(values)
    return stage.arrived(values)


UPLOADERS: Mapping[str, Callable[[Served, str, str], Uploader]] = {"xDrip's order": XDrip, "G7's uploader": G7}
FLOWS: Mapping[str, Callable[[UploadStage], str]] = {
    "by name": upload,
    "upload": upload,
    "wrong password": wrong_password,
    "expiry": expiry,
    "revocation": revocation,
    "429": over_its_limit,
}
