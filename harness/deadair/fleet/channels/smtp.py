"""A service that sends mail: each message is for the followers it is addressed to. SMTP by aiosmtpd, under asyncio."""

from __future__ import annotations

import asyncio
import socket
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from deadair.fleet.channels.alert_message import NobodyError, read_document
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.targets.alerts.channel_spec import ChannelSpec

BYTES_MAX = 1024 * 1024
IDLE_MAX_S = 300.0
TAKEN = "250 2.0.0 taken"
UNAVAILABLE = "451 4.3.2 no messages are taken now"
UNREADABLE = "554 5.6.0 the message cannot be read"


class Smtp:
    """The channel. It lets everybody in, whatever the password, and answers 550 to mail for nobody."""

    def __init__(self, spec: ChannelSpec, intake: MessageIntake, listening: socket.socket) -> None:
        self._paths = spec.paths
        self._intake = intake
        self._listening = listening

    async def run(self) -> None:
        """Serve until cancelled."""
        loop = asyncio.get_running_loop()
        talk = partial(
            SMTP,
            self,
            data_size_limit=BYTES_MAX,
            enable_SMTPUTF8=True,
            hostname="push.deadair.invalid",
            ident="Dead Air",
            timeout=IDLE_MAX_S,
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=True),
            loop=loop,
        )
        server = await loop.create_server(talk, sock=self._listening)
        try:
            await server.serve_forever()
        finally:
            server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a message."""
        try:
            document = _document(envelope)
        except Exception:  # noqa: BLE001 - a header can make the library raise anything; whatever it is, it is no message
            self._intake.note_refused("INVALID_MESSAGE")
            return UNREADABLE
        message = read_document(document, self._paths)
        if self._intake.refusal(message) is not None:
            self._intake.note_refused("UNAVAILABLE")
            return UNAVAILABLE
        try:
            self._intake.take(message)
        except NobodyError as error:
            self._intake.note_refused(error.code)
            return f"550 5.1.1 {str(error).encode('ascii', 'replace').decode()[:200]}"
        return TAKEN


def _document(envelope: Envelope) -> dict[str, Any]:
    """Return a mail as the document that a target's pointers look into."""
    content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
    mail = message_from_bytes(content, policy=default)
    return {
        "to": list(envelope.rcpt_tos),
        "from": envelope.mail_from,
        "subject": str(mail["subject"] or ""),
        "text": _text(mail),
        "headers": {name.lower(): str(value) for name, value in mail.items()},
    }


def _text(mail: Message) -> str:
    """Return the plain text of a mail, nothing if it has none."""
    part = mail.get_body(("plain", "html")) if isinstance(mail, EmailMessage) else None
    return part.get_content() if part is not None else ""
