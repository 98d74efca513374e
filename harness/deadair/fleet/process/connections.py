"""Keep-alive connections to one address, in the clear or over TLS. Runs under gevent; knows no HTTP.

A connection that idled is not used again: servers close idle connections when they like (often after 5 s), and
a request that meets such a close is lost without anybody's fault.
"""

from __future__ import annotations

import logging
from select import POLLOUT
from typing import Any

from gevent.monkey import get_original
from gevent.socket import AF_INET, IPPROTO_TCP, MSG_PEEK, SOCK_STREAM, TCP_NODELAY, socket
from gevent.ssl import SSLCertVerificationError, SSLContext, create_default_context

from deadair.model.clock import Deadline
from deadair.model.environment import Address, ServerName
from deadair.model.errors import HarnessError

IDLE_MAX_S = 2.0


class Connections:
    """The idle ones, newest last. Raises HarnessError if the authorities that it is to trust cannot be read."""

    def __init__(self, address: Address) -> None:
        self._address = (address.host, address.port)
        self._tls = _context(address.server)
        self._told = False
        self._idle: list[tuple[Any, Deadline]] = []
        self._closed = False

    def take(self) -> Any:
        """Return a connection, a new one if need be. Raises OSError when it is refused."""
        while self._idle:
            connection, stale = self._idle.pop()
            if not stale.passed() and (_quiet(connection) if self._tls is None else _nothing_came(connection)):
                return connection
            connection.close()
        connection = socket(AF_INET, SOCK_STREAM)
        try:
            connection.connect(self._address)
            connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            return connection if self._tls is None else self._secured(connection, *self._tls)
        except BaseException:
            connection.close()
            raise

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

    def _secured(self, connection: Any, tls: SSLContext, host: str) -> Any:
        """Return a connection over TLS. Raises OSError; why nobody is trusted is written down once."""
        try:
            return tls.wrap_socket(connection, server_hostname=host)
        except SSLCertVerificationError as error:
            if not self._told:
                self._told = True
                logging.getLogger(__name__).error("%s:%s is not trusted to be %s: %s", *self._address, host, error)
            raise


def _context(server: ServerName | None) -> tuple[SSLContext, str] | None:
    """Return whom to trust and as whom, none if it is spoken to in the clear."""
    if server is None or not server.tls:
        return None
    try:
        return create_default_context(cafile=server.ca_file), server.host
    except OSError as error:
        raise HarnessError(f"the authorities in {server.ca_file} cannot be read: {error}") from error


def _nothing_came(connection: Any) -> bool:
    """Say whether an idle connection over TLS is open and nothing lies in it: one cannot peek into it."""
    poll = get_original("select", "poll")()
    poll.register(connection.fileno())
    return not any(events & ~POLLOUT for _, events in poll.poll(0))


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
