"""How a device of a target speaks. Pure: it makes requests and reads answers; the fleet sends them, and keeps time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from deadair.model.reading import Reading
from deadair.targets.request import Answer, Request


class Uploader(Protocol):
    """How a device of this target speaks; stateless."""

    batch_readings_max: int
    queue_readings_max: int

    def login(self, account: str, password: str) -> Request:
        """Return the request that opens a session."""
        ...

    def session(self, answer: Answer) -> str | None:
        """Return the session an answer to ``login`` carries, if it does."""
        ...

    def upload(self, session: str, readings: Sequence[Reading]) -> Request:
        """Return the request that uploads these readings."""
        ...

    def outcome(self, answer: Answer) -> Literal["ok", "duplicate", "fail", "login"]:
        """Say what an answer to ``upload`` means; ``login``: the session is gone; ok and duplicate: acknowledged."""
        ...

    def remedy(self, session: str, answer: Answer) -> Request | None:
        """Return what to send before a refused upload is tried again, none if nothing helps but time.

        What ``outcome`` says of its answer holds: ok means that it helped.
        """
        ...

    def read(self, session: str) -> Request:
        """Return the request that reads the account's own newest value, as real clients poll (used by overload)."""
        ...
