"""TLS as it is configured: what cannot be used is named, and what is made opens for the names it was made for."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from deadair.reference.running.configuration import ConfigurationError
from deadair.reference.running.tls import make_certificate, server_context
from deadair.reference.settings import Settings


def shaken(certificate: Path, ca_file: Path, name: str) -> None:
    """Let a client that trusts this authority alone shake hands with a server of this name."""
    server = server_context(Settings(tls_certificate=str(certificate)))
    assert server is not None
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=str(ca_file))
    ends = client.wrap_bio(theirs, ours, server_hostname=name), server.wrap_bio(ours, theirs, server_side=True)
    for end in ends * 2:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue


def test_without_a_certificate_nothing_speaks_tls() -> None:
    assert server_context(Settings()) is None


def test_what_is_made_is_for_the_names_asked_for_and_for_loopback_and_nobody_else_reads_its_key(tmp_path: Path) -> None:
    certificate, ca_file = make_certificate(tmp_path / "tls", ["share.example"])
    for name in ("share.example", "localhost", "127.0.0.1"):
        shaken(certificate, ca_file, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(certificate, ca_file, "other.example")
    assert certificate.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE KEY" not in ca_file.read_bytes()


def test_a_key_in_a_file_of_its_own_will_do(tmp_path: Path) -> None:
    made = trustme.CA().issue_cert("share.example")
    made.cert_chain_pems[0].write_to_path(tmp_path / "certificate")
    made.private_key_pem.write_to_path(tmp_path / "key")
    settings = Settings(tls_certificate=str(tmp_path / "certificate"), tls_key=str(tmp_path / "key"))
    assert server_context(settings) is not None


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    made = trustme.CA().issue_cert("share.example")
    made.cert_chain_pems[0].write_to_path(tmp_path / "certificate")
    trustme.CA().issue_cert("share.example").private_key_pem.write_to_path(tmp_path / "other-key")
    (tmp_path / "text").write_text("no certificate")
    for certificate, key in (("none", ""), ("text", ""), ("certificate", ""), ("certificate", "other-key"), (".", "")):
        settings = Settings(tls_certificate=str(tmp_path / certificate), tls_key=key and str(tmp_path / key))
        with pytest.raises(ConfigurationError, match=f"^tls_certificate: {tmp_path / certificate}"):
            server_context(settings)
    with pytest.raises(ConfigurationError, match="there is no tls_certificate"):
        server_context(Settings(tls_key="key"))
