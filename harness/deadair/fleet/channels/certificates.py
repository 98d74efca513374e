"""Certificates for channels over TLS, made for one run: an authority of its own, and the push gateway's certificate.

Made before anything starts, so that a service finds its authority where its configuration says. Nobody else has the
key, and it is gone once the gateway has read it.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from pathlib import Path

from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.targets.alerts.channel_spec import CA_FILE, ChannelSpec

ALWAYS = ("localhost", "127.0.0.1")
"""Names that every such certificate has, beside those that the target asks for."""


def pem_path(folder: RunFolder) -> Path:
    """Return where the gateway's certificate and key lie until it reads them."""
    return folder.abort_request.parent / "push.pem"


def make(folder: RunFolder, channels: Iterable[ChannelSpec]) -> None:
    """Make them, if there is a channel over TLS. Raises HarnessError if the disk refuses."""
    names = dict.fromkeys(name for channel in channels for name in channel.tls_names)
    if not names:
        return
    import trustme  # noqa: PLC0415 - it takes a tenth of a second, and most runs need none

    authority = trustme.CA(organization_name="Dead Air, for one run")
    certificate = authority.issue_cert(*dict.fromkeys((*names, *ALWAYS)))
    pem = pem_path(folder)
    try:
        pem.parent.mkdir(parents=True, exist_ok=True)
        folder.data.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(pem, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(certificate.private_key_and_cert_chain_pem.bytes())
        (folder.data / CA_FILE).write_bytes(authority.cert_pem.bytes())
    except OSError as error:
        raise HarnessError(f"the certificate of the push gateway cannot be written: {error}") from error


def server_context(pem: Path, *, protocols: Iterable[str]) -> ssl.SSLContext:
    """Return the server's side of TLS. Raises HarnessError if there is no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(protocols))
    try:
        context.load_cert_chain(pem)
    except OSError as error:
        raise HarnessError(f"{pem} is no certificate: the engine has to make it before the gateway starts") from error
    return context
