"""How uploaders and followers speak to Nightscout: REST entries, with the site's secret and no log-in. Pure.

A site is one patient's, so no account is named. To hand an entry in again changes nothing: it is known by its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.json_answers import newest_of, said_in
from deadair.targets.adapters.uploader import Outcome
from deadair.targets.request import Answer, Request
from deadair.targets.service_time import written

ENTRIES = "/api/v1/entries.json"


class NightscoutApi:
    """The ``Adapter``. The password of every account is the site's secret."""

    batch_readings_max = 300
    """As many as xDrip puts into one request."""
    queue_readings_max = 2016
    """A week: uploaders keep what nobody took on disk."""

    def login(self, client: Client) -> Request | None:
        """Need none: every request brings the secret."""
        return None

    def session(self, client: Client, answer: Answer) -> str | None:
        """Know of no session."""
        return None

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        """Post entries, each with its time twice, as uploaders do."""
        entries = [
            {
                "type": "sgv",
                "sgv": reading.value_mg_dl,
                "date": written(reading.measured_s, "ms"),
                "dateString": written(reading.measured_s, "iso"),
                "direction": "Flat",
                "device": client.patient,
            }
            for reading in readings
        ]
        return Request(ENTRIES, orjson.dumps(entries), headers=(_secret(client),))

    def outcome(self, answer: Answer) -> Outcome:
        """Take an error for what it is, though the entries may be stored all the same: they are handed in again."""
        return "ok" if 200 <= answer.status < 300 else "fail"

    def poll(self, client: Client) -> Request:
        """Ask for the newest entry."""
        return Request(f"{ENTRIES}?count=1", method="GET", headers=(_secret(client),))

    def newest(self, answer: Answer) -> Reading | None:
        """Read it."""
        entries = said_in(answer) if answer.status == 200 else None
        return newest_of(entries if isinstance(entries, list) else [], measured="/date", value="/sgv")


def _secret(client: Client) -> tuple[str, str]:
    """Return the header by which Nightscout knows who may: the digest of its secret."""
    return ("api-secret", hashlib.sha1(client.password.encode(), usedforsecurity=False).hexdigest())
