"""The push gateway's process with mail: from a service's SMTP client to the phones' link, and through an outage."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from deadair.history.rows import Kind
from deadair.injectors.injector import Break
from deadair.injectors.push_provider import Provider
from deadair.model.environment import Address
from deadair.targets.alerts.channel_spec import ChannelSpec
from tests.e2e.fleet_testbed import Stage, end, rows, stage, until
from tests.e2e.phone_link import phone_link
from tests.unit.test_alert_messages import SECTION

pytestmark = pytest.mark.live

MAIL = SECTION.validate_python({
    "name": "mail", "channel": "smtp", "patient": {"at": "/subject", "matches": "device-\\d+"},
    "alarm": {"/subject": {"matches": "^No data"}}, "clear": {"/text": {"matches": "again"}},
})  # fmt: skip


MAIL_TO = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<phone-2@b>\r\nDATA\r\n"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, Address(port=1)) as built:
        built.channels = (ChannelSpec(channel="smtp", paths=(MAIL,)),)
        built.write()
        yield built


def client(built: Stage) -> smtplib.SMTP:
    address = built.routes["push_smtp"]
    return smtplib.SMTP(address.host, address.port, timeout=5.0)


def send(
    built: Stage, subject: str, *, to: str = "phone-2@example.test", text: str = "", **headers: str
) -> tuple[int, str]:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "alerts@example.test", to
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(text)
    with client(built) as connection:
        try:
            connection.send_message(mail, to_addrs=to.split(","))
        except smtplib.SMTPDataError as error:
            return error.smtp_code, error.smtp_error.decode() if isinstance(
                error.smtp_error, bytes
            ) else error.smtp_error
    return 250, ""


def listens(built: Stage) -> bool:
    with suppress(OSError, smtplib.SMTPException):
        return client(built).quit()[0] == 221
    return False


def test_a_mail_reaches_the_followers_it_is_addressed_to(built: Stage) -> None:
    outage = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 0.0})
    gateway = built.start_gateway(answers=lambda: listens(built))
    with phone_link(built.routes["push_links"], built.roster, "south") as phones:
        assert send(built, "No data from device-2 – söme name") == (250, "")
        phone, data = phones.next()
        assert (phone, data["kind"], data["path"]) == (2, "no_data", "mail")
        assert send(built, "device-2", text="We see data again.") == (250, "")
        assert phones.next()[1]["kind"] == "clear"
        assert send(built, "No data from device-4", to="phone-2@example.test,phone-4@example.test") == (250, "")
        assert phones.next()[0] == 4
        assert send(built, "No data from device-2", to="stranger@example.test")[0] == 550
        assert send(built, "Your bill for device-2") == (250, "")
        provider = Provider(built.folder.abort_request.parent, "f1")
        provider.begin(outage)
        assert send(built, "No data from device-2")[0] == 451
        until(lambda: provider.look(outage).facts["refused"] == 1, "it tells what it refused", gateway)
        provider.heal(outage)
        assert phones.nothing()
    assert end(gateway) == 0
    found = [(row["phone"], row["outcome"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert found == [
        (2, "ok", "no_data"),
        (2, "ok", "clear"),
        (4, "ok", "no_data"),
        (None, "fail", "UNREGISTERED"),
        (None, "ok", "other"),
        (None, "fail", "UNAVAILABLE"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        MAIL_TO + b"Subject: =?utf-8?q?=FF?=\r\nTo: <<>>,;\r\nDate: never\r\n\r\n.\r\nQUIT\r\n",
        MAIL_TO + b"Content-Type: multipart/mixed; boundary=\r\n\r\n\xff\xfe\r\n.\r\nQUIT\r\n",
        b"\x00\xff" * 2000 + b"\r\nQUIT\r\n",
        b"HELO\r\nDATA\r\nQUIT\r\n",
        b"GET / HTTP/1.1\r\n\r\nQUIT\r\n",
    ],
)
def test_no_sender_ends_the_gateway(built: Stage, said: bytes) -> None:
    gateway = built.start_gateway(answers=lambda: listens(built))
    address = built.routes["push_smtp"]
    with socket.create_connection((address.host, address.port), 5.0) as connection, suppress(OSError):
        connection.sendall(said)
        while connection.recv(65_536):
            continue
    assert send(built, "No data from device-2") == (250, "")
    assert end(gateway) == 0


def test_a_sender_that_logs_in_is_let_in_with_any_password(built: Stage) -> None:
    gateway = built.start_gateway(answers=lambda: listens(built))
    with client(built) as connection:
        code: Any = connection.login("service", "whatever")[0]
    assert code == 235
    assert end(gateway) == 0
