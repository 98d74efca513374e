"""What an adapter is: how the devices of a target upload, and how phones read. The whole of it fits in 60 lines.

An adapter is stateless and pure: it makes requests and reads answers. Who sends them, when, and how long that may take
is the fleet's affair; a call that takes longer than a moment ends the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.uploader import Outcome
from deadair.targets.request import Answer, Request


class Adapter(Protocol):
    """How one service is spoken to."""

    batch_readings_max: int
    """How many readings one upload may carry."""
    queue_readings_max: int
    """How many readings a device keeps that cannot upload; of more it loses the oldest."""

    def login(self, client: Client) -> Request | None:
        """Return the next request of a log-in, none if the session that the client has is enough.

        Without log-ins: none. With several: after each answer it is asked again, with the session so far.
        """
        ...

    def session(self, client: Client, answer: Answer) -> str | None:
        """Return the session after an answer to ``login``, none if it was refused."""
        ...

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        """Return the request by which a device uploads these readings, oldest first."""
        ...

    def outcome(self, answer: Answer) -> Outcome:
        """Say what an answer to ``upload`` means; to ``poll``: whether it means ``login``, for a new session."""
        ...

    def poll(self, client: Client) -> Request:
        """Return the request by which a client asks for the newest reading of ``client.patient``."""
        ...

    def newest(self, answer: Answer) -> Reading | None:
        """Return the newest reading in an answer to ``poll``, none if there is none."""
        ...


class Remedies(Protocol):
    """An adapter that knows what to do about some refusals."""

    def remedy(self, client: Client, answer: Answer) -> Request | None:
        """Return what to send before a refused upload is tried again, none if nothing helps but time."""
        ...


class Enrollment(NamedTuple):
    """One request that makes somebody known to the service."""

    request: Request
    socket: str = ""
    """Where to send it; nothing: where devices upload."""
    accepted: tuple[int, ...] = ()
    """The statuses that are well, all of 2xx unless said."""

    def went_well(self, status: int) -> bool:
        """Say whether an answer of this status means that it is done."""
        return status in self.accepted if self.accepted else 200 <= status < 300


class Enrolls(Protocol):
    """An adapter whose service has to be told of accounts before they are used."""

    def enroll(self, client: Client, no_data_after_s: float) -> Sequence[Enrollment]:
        """Return what to send, in order, for one device or phone; of a device ``no_data_after_s`` says nothing."""
        ...
