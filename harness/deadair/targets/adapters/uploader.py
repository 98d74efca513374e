"""How a device of a target speaks. Pure: it makes requests and reads answers; the fleet sends them, and keeps time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.request import Answer, Request

Outcome = Literal["ok", "duplicate", "fail", "login"]
"""What an answer means; ``login``: the session is gone; ok and duplicate: everything is stored, or was before."""


class Uploader(Protocol):
    """How a device of this target speaks; stateless."""

    batch_readings_max: int
    queue_readings_max: int

    def login(self, client: Client) -> Request | None:
        """Return the next request of a log-in, none if the session that the client has is enough.

        A log-in may take several: after each answer it is asked again, with the session so far.
        """
        ...

    def session(self, client: Client, answer: Answer) -> str | None:
        """Return the session after an answer to ``login``, none if it was refused."""
        ...

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        """Return the request that uploads these readings."""
        ...

    def outcome(self, answer: Answer) -> Outcome:
        """Say what an answer to ``upload`` means."""
        ...

    def remedy(self, client: Client, answer: Answer) -> Request | None:
        """Return what to send before a refused upload is tried again, none if nothing helps but time.

        What ``outcome`` says of its answer holds: ok means that it helped.
        """
        ...

    def read(self, client: Client) -> Request:
        """Return the request that reads the account's own newest value, as real clients poll (used by overload)."""
        ...
