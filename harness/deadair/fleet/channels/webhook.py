"""A service that posts JSON to a URL: any body, read by the JSON pointers of the target file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from deadair.fleet.channels.alert_message import NobodyError, read_document
from deadair.fleet.channels.channel import HttpAnswer, Posted, retry_after
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.targets.alerts.alert_path_section import WebhookPath
from deadair.targets.alerts.channel_spec import ChannelSpec

METHODS = ("POST", "PUT", "PATCH")
INVALID = "INVALID_MESSAGE"


class Webhook:
    """The channel. It answers 200 to what it takes, 400 to what is no JSON, 404 to what is for nobody."""

    body_bytes_max = 256 * 1024

    def __init__(self, spec: ChannelSpec, intake: MessageIntake) -> None:
        self._paths = [path for path in spec.paths if isinstance(path, WebhookPath)]
        self._intake = intake

    def claims(self, method: str, path: str) -> bool:
        """Take every post to a path that one of the alert paths names, or that none has to name."""
        return method in METHODS and bool(self._of(path))

    def answer(self, posted: Posted) -> HttpAnswer:
        """Take a message."""
        if posted.body is None:
            return self._refused(413, INVALID, f"the message may have {self.body_bytes_max} bytes")
        try:
            document = orjson.loads(posted.body)
        except ValueError:
            return self._refused(400, INVALID, "the message is no JSON")
        message = read_document(document, self._of(posted.path))
        refusal = self._intake.refusal(message)
        if refusal is not None:
            headers = retry_after(self._intake.retry_after_s(refusal))
            return self._refused(refusal.status, "UNAVAILABLE", "no messages are taken now", headers)
        try:
            self._intake.take(message)
        except NobodyError as error:
            return self._refused(404, error.code, str(error))
        return HttpAnswer(200)

    def broken_off(self) -> None:
        """Write it down."""
        self._intake.note_refused("disconnected")

    def _of(self, path: str) -> Sequence[WebhookPath]:
        return [one for one in self._paths if one.url_path in (None, path)]

    def _refused(self, status: int, code: str, sentence: str, headers: Any = ()) -> HttpAnswer:
        self._intake.note_refused(code)
        return HttpAnswer(status, orjson.dumps({"error": sentence}), headers)
