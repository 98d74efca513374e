"""What of a target it takes to try whether strangers are let in: how one speaks there, and what it promises. Values.

Knows neither who tries nor what is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.uploader import Outcome
from deadair.targets.request import Answer, Request


class DoorSpeech(Protocol):
    """How an account logs in, hands a reading in, and reads it again; stateless."""

    def login(self, client: Client) -> Request | None:
        """Return the next request of a log-in, none if the session that the client has is enough."""
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

    def read(self, client: Client) -> Request:
        """Return the request that reads the account's own newest reading."""
        ...

    def newest(self, answer: Answer) -> Reading | None:
        """Return the newest reading in an answer, none if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class OtherPatients:
    """How somebody who is logged in, and follows nobody, could ask for a reading of another's patient."""

    requests: Callable[[Client], Sequence[Request]]
    holds_reading: Callable[[Answer], bool]
    """Says whether an answer holds a reading, so that he was let in."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where and how somebody gets in, and what must keep everybody else out."""

    socket: str
    """The one of ``Target.sockets`` that devices and phones speak to."""
    speech: DoorSpeech
    lockout_tries: int
    """So many wrong passwords in a row lock an account; the harness stays below."""
    lockout_for_s: float
    """For how long, in real-life seconds: then the right password gets in again. 0: it locks nobody out."""
    session_lasts_s: float | None = None
    """How long a session holds, in real-life seconds; none: nobody said, or for ever."""
    revocable: bool = False
    """Whether an administrator can end a session before its time, by ``Target.end_sessions``."""
    others: OtherPatients | None = None
    """How another's patient could be asked for; none: nobody said."""
