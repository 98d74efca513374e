"""What devices, apps and nodes send and what comes back: one request, one answer. Knows no target."""

from __future__ import annotations

from typing import NamedTuple


class Request(NamedTuple):
    """What a device or app wants to send."""

    path: str
    body: bytes = b""
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    """Its own, beside those that every request has; one of the same name takes the place of that."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    retry_after_s: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Those of the answer, names in small letters; none where nobody could need them, as in virtual time."""
