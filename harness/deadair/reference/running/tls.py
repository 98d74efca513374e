"""TLS for the sockets that strangers reach: from files that the configuration names, or made for one life of ``up``.

A caller has to shake hands before anything is read of it; while it does, it has a place in the server's hall, and as
long as a request may take to arrive. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from deadair.reference.running.configuration import ConfigurationError
from deadair.reference.running.connection_limits import Connection, Hall
from deadair.reference.running.layout import LOOPBACK
from deadair.reference.settings import Settings

ALWAYS = ("localhost", LOOPBACK)
"""Names that a certificate made here has, beside those that are asked for."""


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """Return the server's side of TLS, none if no certificate is configured. Raises ConfigurationError."""
    named = settings.tls_certificate
    if not named:
        if settings.tls_key:
            raise ConfigurationError("tls_key is the key of a certificate, and there is no tls_certificate")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(named, settings.tls_key or None, password=_no_password)
    except (OSError, ValueError) as error:
        files = f"{named} and {settings.tls_key}" if settings.tls_key else named
        raise ConfigurationError(
            f"tls_certificate: {files} cannot be used ({error}); both must be PEM, the key without a password"
        ) from error
    return context


def _no_password() -> bytes:
    raise ValueError("the key has a password")


def make_certificate(folder: Path, names: Iterable[str]) -> tuple[Path, Path]:
    """Make an authority, and a certificate of it for these names; return certificate with key, and the authority.

    Only for whoever tries the service out: it is another authority each time, and nobody has its key.
    Raises OSError, and ValueError if a name is none.
    """
    import trustme  # noqa: PLC0415 - it takes a tenth of a second, and most need none

    authority = trustme.CA(organization_name="Follow service, for one life of it")
    made = authority.issue_cert(*dict.fromkeys((*names, *ALWAYS)))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate, ca_file = folder / "server.pem", folder / "ca.pem"
    with os.fdopen(os.open(certificate, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(made.private_key_and_cert_chain_pem.bytes())
    ca_file.write_bytes(authority.cert_pem.bytes())
    return certificate, ca_file


class SecureConnection(Connection):
    """An HTTP connection that had to shake hands first."""

    guest: HandshakeGuest

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Enter the hall in the place of whoever shook hands."""
        self._hall.left(self.guest)
        super().connection_made(transport)


class HandshakeGuest(asyncio.Protocol):
    """A connection that shakes hands. uvicorn's own are counted nowhere before they have, and have a minute for it."""

    def __init__(self, hall: Hall, context: ssl.SSLContext, http: SecureConnection) -> None:
        self._hall = hall
        self._context = context
        self._http = http
        http.guest = self

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Enter, if there is room; whoever speaks no TLS yet cannot be told why not."""
        loop = asyncio.get_running_loop()
        if self._hall.enters(self):
            self._hall.waits(self, loop.time())
            # Nothing is read of a connection that is aborted here: the same one begins anew with its first byte.
            accepted = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
            self._task = loop.create_task(self._shake(accepted))
        transport.abort()

    async def _shake(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            with suppress(OSError):  # ssl.SSLError is one: whoever fails is gone
                await loop.connect_accepted_socket(lambda: self._http, accepted, ssl=self._context)
        finally:
            self._hall.left(self)

    def too_late(self) -> None:
        """Close: it has had its time."""
        self.leave_now()

    def leave_now(self) -> None:
        """Close, for another needs the place."""
        self._hall.left(self)
        self._task.cancel()

    def stuck(self) -> bool:
        """Nothing is said to it before it has shaken hands."""
        return False
