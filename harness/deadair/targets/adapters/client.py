"""Who sends a request: a device or a phone, with its account and the session that its log-in opened."""

from __future__ import annotations

from typing import NamedTuple


class Client(NamedTuple):
    """One account. Whoever speaks for it keeps the session, and asks for a new one when that is gone."""

    account: str
    password: str
    patient: str
    """The account of the patient: a device's own, and that of the patient whom a phone follows."""
    session: str = ""
    """What the log-in has opened so far; nothing before it."""
    token: str = ""
    """A phone's push token; a device has none."""

    @property
    def follows(self) -> bool:
        """Whether it is a phone."""
        return self.token != ""


def device_client(account: str, password: str, session: str | None = None) -> Client:
    """Return a device as a client."""
    return Client(account, password, account, session or "")
