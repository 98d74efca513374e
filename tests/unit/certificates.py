"""Certificates made for a test: an authority that nobody else knows, and a server of some name."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certified:
    """A server's side of TLS, and the file by which it is trusted."""

    context: ssl.SSLContext
    ca_file: str


def certified(folder: Path, name: str) -> Certified:
    """Make both."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    return Certified(context, str(ca_file))
