"""How devices and followers speak the Dexcom Share API. Pure.

Facts: queue of at most 288 readings, batches of at most 50, trends as numbers on the way up, an empty body as the
sign of success, and ``DuplicateEgvPosted`` as another. A receiver has to be the account's, and its monitoring session
active; what is missing is made good when an upload is refused for it. Followers read as publishers do, with the
patient's own account, or as subscribers, with theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import orjson

from deadair.model.json_pointer import find
from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.json_answers import newest_of, said_in
from deadair.targets.adapters.uploader import Outcome
from deadair.targets.request import Answer, Request

SERVICES = "/ShareWebServices/Services"
NO_SESSION = "00000000-0000-0000-0000-000000000000"
SERIAL_NUMBER = "SM00000000"
"""Every device's: the service keeps one receiver for each account, whatever others name."""
FLAT = 4
REMEDIES = {
    "MonitoredReceiverNotAssigned": "ReplacePublisherAccountMonitoredReceiver",
    "MonitoringSessionNotActive": "StartRemoteMonitoringSession",
}
ID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
KNOWN, OPENED = "account ", "subscriber "
"""How a session that is not whole yet begins: the account's id is known; a subscriber's session is open."""

ReadBy = Literal["publisher", "subscriber"]


class ShareApi:
    """The Share API, as ``Adapter`` and as ``Uploader``. ``read_by``: the path by which followers read."""

    batch_readings_max = 50
    queue_readings_max = 288

    def __init__(self, read_by: ReadBy = "publisher") -> None:
        self._read_by = read_by

    def login(self, client: Client) -> Request | None:
        """Log a device in by its name; a follower by the id that its name has, and then find its subscription."""
        if not client.follows:
            return None if client.session else _log_in("LoginPublisherAccountByName", client, client.account)
        if not client.session:
            whose = client.patient if self._read_by == "publisher" else client.account
            return _log_in("AuthenticatePublisherAccount", client, whose)
        if client.session.startswith(KNOWN):
            call = "LoginPublisherAccountById" if self._read_by == "publisher" else "LoginSubscriberAccount"
            body = {"accountId": client.session.removeprefix(KNOWN), "password": client.password}
            return Request(f"{SERVICES}/General/{call}", orjson.dumps({**body, "applicationId": "follow"}))
        if client.session.startswith(OPENED):
            query = f"sessionId={client.session.removeprefix(OPENED)}"
            return Request(f"{SERVICES}/Subscriber/ListSubscriberAccountSubscriptions?{query}", b"{}")
        return None

    def session(self, client: Client, answer: Answer) -> str | None:
        """Read an id; the all-zero one means that the log-in failed."""
        said = said_in(answer) if answer.status == 200 else None
        if client.session.startswith(OPENED):
            said = find(said, "/0/SubscriptionId")
        if not isinstance(said, str) or said == NO_SESSION or ID.fullmatch(said) is None:
            return None
        if client.session.startswith(OPENED):
            return f"{client.session.removeprefix(OPENED)} {said}"
        if client.follows and not client.session:
            return KNOWN + said
        return OPENED + said if client.follows and self._read_by == "subscriber" else said

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        """Post records, stamped in milliseconds of whole seconds."""
        records = [
            {
                "Trend": FLAT,
                "ST": f"/Date({r.measured_s * 1000})/",
                "DT": f"/Date({r.measured_s * 1000})/",
                "Value": r.value_mg_dl,
            }
            for r in readings
        ]
        body = orjson.dumps({"SN": SERIAL_NUMBER, "Egvs": records, "TA": 0})
        return Request(f"{SERVICES}/Publisher/PostReceiverEgvRecords?sessionId={client.session}", body)

    def outcome(self, answer: Answer) -> Outcome:
        """Read the outcome of an upload."""
        if 200 <= answer.status < 300:
            return "ok"
        code = _code(answer)
        if code == "DuplicateEgvPosted":
            return "duplicate"
        return "login" if code.startswith("Session") else "fail"

    def remedy(self, client: Client, answer: Answer) -> Request | None:
        """Assign the receiver, or start the monitoring session."""
        call = REMEDIES.get(_code(answer))
        if call is None:
            return None
        return Request(f"{SERVICES}/Publisher/{call}?sessionId={client.session}&serialNumber={SERIAL_NUMBER}")

    def read(self, client: Client) -> Request:
        """Read the newest value, as followers' programs poll."""
        query = f"sessionId={client.session}&minutes=1440&maxCount=1"
        return Request(f"{SERVICES}/Publisher/ReadPublisherLatestGlucoseValues?{query}", b"{}")

    def poll(self, client: Client) -> Request:
        """Read the newest value by the path of followers."""
        session, _, subscription = client.session.partition(" ")
        if not subscription:
            return self.read(client)
        path = f"{SERVICES}/Subscriber/ReadLastGlucoseFromSubscriptions?sessionId={session}"
        return Request(path, orjson.dumps([subscription]))

    def newest(self, answer: Answer) -> Reading | None:
        """Read the newest record, by either path."""
        said = said_in(answer) if answer.status == 200 else None
        records = said if isinstance(said, list) else []
        readings = (one["Egv"] if isinstance(one, dict) and "Egv" in one else one for one in records)
        return newest_of(readings, measured="/ST", value="/Value")


def _log_in(call: str, client: Client, account: str) -> Request:
    body = {"accountName": account, "password": client.password, "applicationId": "device"}
    return Request(f"{SERVICES}/General/{call}", orjson.dumps(body))


def _code(answer: Answer) -> str:
    """Return the code of an error in the API's own form, nothing if it has not that form."""
    code = find(said_in(answer), "/Code")
    return code if isinstance(code, str) else ""
