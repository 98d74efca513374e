"""Keep-alive connections to one address. Runs under gevent; knows no HTTP.

A connection that idled is not used again: servers close idle connections when they like (often after 5 s), and
a request that meets such a close is lost without anybody's fault.
"""

from __future__ import annotations

from typing import Any

from gevent.socket import AF_INET, IPPROTO_TCP, MSG_PEEK, SOCK_STREAM, TCP_NODELAY, socket

from deadair.model.clock import Deadline
from deadair.model.environment import Address

IDLE_MAX_S = 2.0


class Connections:
    """The idle ones, newest last."""

    def __init__(self, address: Address) -> None:
        self._address = (address.host, address.port)
        self._idle: list[tuple[Any, Deadline]] = []
        self._closed = False

    def take(self) -> Any:
        """Return a connection, a new one if need be. Raises OSError when it is refused."""
        while self._idle:
            connection, stale = self._idle.pop()
            if not stale.passed() and _quiet(connection):
                return connection
            connection.close()
        connection = socket(AF_INET, SOCK_STREAM)
        try:
            connection.connect(self._address)
            connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        except BaseException:
            connection.close()
            raise
        return connection

    def keep(self, connection: Any) -> None:
        """Take back a connection that can be used again."""
        if self._closed:
            connection.close()
        else:
            self._idle.append((connection, Deadline.after(IDLE_MAX_S)))

    def close(self) -> None:
        """Close the idle ones, and each other when it comes back."""
        self._closed = True
        while self._idle:
            self._idle.pop()[0].close()


def _quiet(connection: Any) -> bool:
    """Say whether an idle connection is open and nothing unasked lies in it."""
    connection.settimeout(0.0)
    try:
        connection.recv(1, MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(None)
    return False
