"""A log-in from its first request to its last, for whoever can wait for the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from deadair.targets.adapters.client import Client
from deadair.targets.request import Answer, Request

LOG_IN_REQUESTS_MAX = 8
"""How many requests a log-in may take: one that never comes to an end must not go on for ever."""


class LogsIn(Protocol):
    """What of an adapter, or an uploader, a log-in needs."""

    def login(self, client: Client) -> Request | None:
        """Return the next request of a log-in, none if the session that the client has is enough."""
        ...

    def session(self, client: Client, answer: Answer) -> str | None:
        """Return the session after an answer to ``login``, none if it was refused."""
        ...


def logged_in(speech: LogsIn, client: Client, ask: Callable[[Request], Answer | None]) -> Client | None:
    """Return the client with its session; none if it was refused, or did not come to an end."""
    for _ in range(LOG_IN_REQUESTS_MAX):
        request = speech.login(client)
        if request is None:
            return client
        answer = ask(request)
        session = None if answer is None else speech.session(client, answer)
        if session is None:
            return None
        client = client._replace(session=session)
    return None
