"""What devices, apps and nodes send and what comes back: one request, one answer. Knows no target."""

from __future__ import annotations

from typing import NamedTuple


class Request(NamedTuple):
    """What a device or app wants to send."""

    path: str
    body: bytes = b""
    method: str = "POST"


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    retry_after_s: float | None = None
