"""One short question to a target over loopback HTTP, with a limit. Not for the fleet's traffic."""

from __future__ import annotations

import http.client
import socket
import ssl

from deadair.model.clock import Deadline
from deadair.model.environment import Address, ServerName
from deadair.model.errors import HarnessError
from deadair.targets.request import Answer, Request

BYTES_MAX = 64 * 1024 * 1024
"""Of an answer: all that a run of a million devices has stored of one patient is shorter."""
BLOCK_BYTES = 65_536


def ask(address: Address, request: Request, limit_s: float, *, from_host: str | None = None) -> Answer:
    """Return the answer, whatever its status. Raises HarnessError if there is none, or none within the limit.

    One request, one connection: an administrator's call must not inherit a stuck one. ``from_host``: the address of
    this machine to come from; none: whichever it is.
    """
    limit = Deadline.after(limit_s)
    source = None if from_host is None else (from_host, 0)
    connection = http.client.HTTPConnection(address.host, address.port, timeout=limit_s, source_address=source)
    try:
        if address.server is not None and address.server.tls:
            connection.sock = _secured(address, address.server, limit_s, source)
        own = {name.title(): value for name, value in request.headers}
        headers = {"Host": address.called, "Content-Type": "application/json", **own}
        connection.request(request.method, request.path, body=request.body or None, headers=headers)
        answer = connection.getresponse()
        said = tuple((name.lower(), value) for name, value in answer.getheaders())
        return Answer(answer.status, _body(answer, limit), headers=said)
    except (OSError, http.client.HTTPException, ValueError) as error:
        sentence = f"{request.method} {request.path} on {address} failed: {type(error).__name__}: {error}"
        raise HarnessError(sentence) from error
    finally:
        connection.close()


def _secured(address: Address, server: ServerName, limit_s: float, source: tuple[str, int] | None) -> ssl.SSLSocket:
    """Return a connection over TLS to the server of that name. Raises OSError if it is not that server."""
    context = ssl.create_default_context(cafile=server.ca_file)
    plain = socket.create_connection((address.host, address.port), limit_s, source)
    try:
        return context.wrap_socket(plain, server_hostname=server.host)
    except BaseException:
        plain.close()
        raise


def _body(answer: http.client.HTTPResponse, limit: Deadline) -> bytes:
    """Return a body. Raises ValueError for one without an end: a server that drips keeps every single wait short."""
    body = bytearray()
    while part := answer.read1(BLOCK_BYTES):
        body += part
        if len(body) > BYTES_MAX:
            raise ValueError(f"the answer is longer than {BYTES_MAX} bytes")
        if limit.passed():
            raise ValueError("the answer had no end within its limit")
    if answer.length:
        raise http.client.IncompleteRead(bytes(body), answer.length)
    return bytes(body)
