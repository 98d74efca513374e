"""How a device speaks the Dexcom Share API: log in, upload in batches, read. Pure.

Facts: queue of at most 288 readings, batches of at most 50, trends as numbers on the way up, an empty body as the
sign of success, and ``DuplicateEgvPosted`` as another. A receiver has to be the account's, and its monitoring session
active; what is missing is made good when an upload is refused for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import orjson

from deadair.model.reading import Reading
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


class ShareUploader:
    """The Share API's ``Uploader``."""

    batch_readings_max = 50
    queue_readings_max = 288

    def login(self, account: str, password: str) -> Request:
        """Log in by name."""
        body = {"accountName": account, "password": password, "applicationId": "device"}
        return Request(f"{SERVICES}/General/LoginPublisherAccountByName", orjson.dumps(body))

    def session(self, answer: Answer) -> str | None:
        """Read the session id; the all-zero id means that the log-in failed."""
        try:
            session = orjson.loads(answer.body) if answer.status == 200 else None
        except ValueError:
            return None
        return session if isinstance(session, str) and len(session) == 36 and session != NO_SESSION else None

    def upload(self, session: str, readings: Sequence[Reading]) -> Request:
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
        return Request(f"{SERVICES}/Publisher/PostReceiverEgvRecords?sessionId={session}", body)

    def outcome(self, answer: Answer) -> Literal["ok", "duplicate", "fail", "login"]:
        """Read the outcome of an upload."""
        if 200 <= answer.status < 300:
            return "ok"
        code = _code(answer)
        if code == "DuplicateEgvPosted":
            return "duplicate"
        return "login" if code.startswith("Session") else "fail"

    def remedy(self, session: str, answer: Answer) -> Request | None:
        """Assign the receiver, or start the monitoring session."""
        call = REMEDIES.get(_code(answer))
        if call is None:
            return None
        return Request(f"{SERVICES}/Publisher/{call}?sessionId={session}&serialNumber={SERIAL_NUMBER}")

    def read(self, session: str) -> Request:
        """Read the newest value, as followers' programs poll."""
        path = f"{SERVICES}/Publisher/ReadPublisherLatestGlucoseValues?sessionId={session}&minutes=1440&maxCount=1"
        return Request(path, b"{}")


def _code(answer: Answer) -> str:
    """Return the code of an error in the API's own form, nothing if it has not that form."""
    try:
        return str(orjson.loads(answer.body).get("Code", ""))
    except (ValueError, AttributeError):
        return ""
