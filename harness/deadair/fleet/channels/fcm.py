"""Firebase Cloud Messaging, HTTP v1, as far as a follow service uses it: one message in, FCM's words out."""

from __future__ import annotations

import math
import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import orjson

from deadair.fleet.channels.alert_message import NobodyError, read_document
from deadair.fleet.channels.channel import HttpAnswer, Posted, retry_after
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.fleet.channels.pending_pushes import KEPT_S, PhonePush
from deadair.fleet.phones.phone import placed_us
from deadair.injectors.provider_orders import ProviderOrder
from deadair.model.clock import RunClock
from deadair.targets.alerts.channel_spec import ChannelSpec

BODY_BYTES_MAX = 16 * 1024
DATA_BYTES_MAX = 4096
"""FCM's own limit on a message's data."""
TOPIC = re.compile(r"[a-zA-Z0-9-_.~%]{1,900}", re.ASCII)
TTL_MAX_S = KEPT_S
"""FCM keeps a message four weeks at the most, and that long if it is not told otherwise."""
SEND_PATH = re.compile(r"/v1/projects/([^/]+)/messages:send")


@dataclass(frozen=True, slots=True)
class Message:
    """A push message, to a token or to a topic; the other is empty."""

    token: str
    data: dict[str, str]
    ttl_s: float = TTL_MAX_S
    collapse_key: str | None = None
    topic: str = ""

    def patient(self, first_number: int | None) -> int | None:
        """Return the patient of whom it speaks, by the number that the service has for the first of them."""
        said = self.data.get("patient", "")
        known = first_number is not None and said.isascii() and said.isdecimal() and len(said) < 10
        return int(said) - first_number if known and first_number is not None else None

    def alert_path(self, known: Container[str]) -> str | None:
        """Return by which of the known alert paths it comes, if it says so."""
        path = self.data.get("path")
        return path if path in known else None

    @property
    def measured_s(self) -> float | None:
        """When the newest reading that it speaks of was measured, in Unix seconds, if it says so."""
        try:
            return float(self.data["measured_s"])
        except (KeyError, ValueError):
            return None


class Refusal(Exception):  # noqa: N818 - FCM's answer, not an error of ours
    """An answer other than 200, as FCM words it."""

    def __init__(
        self, http_status: int, status: str, error_code: str, text: str, *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(text)
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        self.error_code = error_code
        detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": error_code}
        error = {"code": http_status, "message": text, "status": status, "details": [detail]}
        self.body = orjson.dumps({"error": error})


def unregistered() -> Refusal:
    """Return FCM's answer for a token it does not know."""
    return Refusal(404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found.")


def unavailable(http_status: int, *, retry_after_s: float) -> Refusal:
    """Return FCM's answer when it takes no messages for now; ``retry_after_s`` in whole seconds, 0 for none."""
    status, code = {429: ("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), 503: ("UNAVAILABLE", "UNAVAILABLE")}.get(
        http_status, ("INTERNAL", "INTERNAL")
    )
    wait_s = math.ceil(retry_after_s) if retry_after_s else None
    return Refusal(http_status, status, code, "The service takes no messages now.", retry_after_s=wait_s)


def invalid(text: str, *, http_status: int = 400) -> Refusal:
    """Return FCM's answer for a message it cannot read."""
    return Refusal(http_status, "INVALID_ARGUMENT", "INVALID_ARGUMENT", text)


def taken(project: str, number: int) -> bytes:
    """Return FCM's answer for a message it took."""
    return orjson.dumps({"name": f"projects/{project}/messages/{number}"})


def about(message: Message, clock: RunClock) -> dict[str, int | str | None]:
    """Return the columns of a history that tell what a message speaks of."""
    measured_us = None if message.measured_s is None else placed_us(clock, message.measured_s)
    return {"detail": message.data.get("kind", "")[:40], "measured_us": measured_us}


def read_message(body: bytes) -> Message:
    """Read ``messages:send``. Raises Refusal for anything FCM would not take."""
    try:
        message = orjson.loads(body)["message"]
        data, android = message.get("data", {}), message.get("android", {})
        ttl, collapse_key = android.get("ttl"), android.get("collapse_key")
        (kind, address), *others = [(key, message[key]) for key in ("token", "topic") if key in message]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise invalid("The request is not a message with a token or a topic.") from None
    if others or not isinstance(address, str) or not address:
        raise invalid("The registration token is not a valid FCM registration token.")
    if kind == "topic" and not TOPIC.fullmatch(address):
        raise invalid("Malformed topic name.")
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise invalid("Invalid value at 'message.data': every value must be a string.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in data.items()) > DATA_BYTES_MAX:
        raise invalid(f"Message too big: its data may have {DATA_BYTES_MAX} bytes.")
    if collapse_key is not None and not isinstance(collapse_key, str):
        raise invalid("Invalid value at 'message.android.collapse_key': must be a string.")
    token, topic = (address, "") if kind == "token" else ("", address)
    return Message(token, data, _ttl_s(ttl), collapse_key, topic)


def _ttl_s(ttl: Any) -> float:
    if ttl is None:
        return TTL_MAX_S
    if not isinstance(ttl, str) or not re.fullmatch(r"\d{1,9}(\.\d{1,9})?s", ttl) or float(ttl[:-1]) > TTL_MAX_S:
        raise invalid("Invalid value at 'message.android.ttl': write seconds, such as 300s, of four weeks at most.")
    return float(ttl[:-1])


class Fcm:
    """The channel. ``known``: the alert paths by which messages say that they come, where no pointer reads them."""

    body_bytes_max = BODY_BYTES_MAX

    def __init__(self, spec: ChannelSpec, intake: MessageIntake, known: Container[str]) -> None:
        self._paths = spec.paths
        self._first_patient = spec.first_patient
        self._intake = intake
        self._known = known
        self._taken = 0

    def claims(self, method: str, path: str) -> bool:
        """Take ``messages:send``."""
        return method == "POST" and SEND_PATH.fullmatch(path) is not None

    def answer(self, posted: Posted) -> HttpAnswer:
        """Take a message, or refuse it in FCM's words."""
        project = posted.path.split("/")[3]
        try:
            if posted.body is None:
                raise invalid(f"Request too large: it may have {BODY_BYTES_MAX} bytes.", http_status=413)
            message = read_message(posted.body)
            self._take(message, posted.body)
        except Refusal as refusal:
            self._intake.note_refused(refusal.error_code)
            return HttpAnswer(refusal.http_status, refusal.body, retry_after(refusal.retry_after_s))
        except NobodyError as error:
            self._intake.note_refused(error.code)
            return HttpAnswer(404, unregistered().body)
        self._taken += 1
        return HttpAnswer(200, taken(project, self._taken))

    def broken_off(self) -> None:
        """Write it down."""
        self._intake.note_refused("disconnected")

    def _take(self, message: Message, body: bytes) -> None:
        """Hand a message on. Raises Refusal, or NobodyError if nobody is there whom it could be for."""
        if self._paths:
            said = read_document(orjson.loads(body)["message"], self._paths)
            self._let_in(self._intake.refusal(said))
            self._intake.take(said, ttl_s=message.ttl_s, collapse_key=message.collapse_key)
            return
        self._let_in(self._intake.refusal_raw(message.token or None))
        push = PhonePush(message.data, message.ttl_s, message.collapse_key)
        path, columns = message.alert_path(self._known), about(message, self._intake.clock)
        token, patient = None if message.topic else message.token, message.patient(self._first_patient)
        if not self._intake.take_raw(token, push, patient=patient, path=path, said=columns):
            raise unregistered()

    def _let_in(self, refusal: ProviderOrder | None) -> None:
        """Raise FCM's answer for a message that a fault refuses."""
        if refusal is not None:
            raise unavailable(refusal.status, retry_after_s=refusal.retry_after_s / self._intake.clock.speed)
