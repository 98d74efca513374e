"""The one list of channels that the push gateway opens, each with what makes it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deadair.fleet.channels.channel import Channel, HttpChannel
from deadair.fleet.channels.fcm import Fcm
from deadair.fleet.channels.http_front import HttpFront
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.fleet.channels.webhook import Webhook
from deadair.model.alert_path import pushed
from deadair.model.environment import Environment
from deadair.targets.alerts.channel_spec import SOCKETS, ChannelSpec


@dataclass(frozen=True, slots=True)
class ChannelWorld:
    """What a channel may know of its run."""

    environment: Environment
    intake: MessageIntake
    listening: Mapping[str, socket.socket]
    """The gateway's own sockets, by name."""
    pem: Path
    """Where certificate and key lie, if there is a channel over TLS."""
    fail: Callable[[Exception], None]
    """Is told of a crash, which then ends the process."""


POSTED: Mapping[str, Callable[[ChannelSpec, ChannelWorld], HttpChannel]] = {
    "fcm": lambda spec, around: Fcm(spec, around.intake, pushed(around.environment.alert_paths or ())),
    "webhook": lambda spec, around: Webhook(spec, around.intake),
}
"""The channels whose messages are posted to the gateway's own HTTP server."""


def _apns(spec: ChannelSpec, around: ChannelWorld) -> Channel:
    from deadair.fleet.channels.apns import Apns, ApnsServer  # noqa: PLC0415 - see ``JOINED``

    front = HttpFront([Apns(spec, around.intake)], around.fail)
    return ApnsServer(front, around.listening[SOCKETS["apns"]], around.pem)


def _smtp(spec: ChannelSpec, around: ChannelWorld) -> Channel:
    from deadair.fleet.channels.smtp import Smtp  # noqa: PLC0415

    return Smtp(spec, around.intake, around.listening[SOCKETS["smtp"]])


def _socketio(spec: ChannelSpec, around: ChannelWorld) -> Channel:
    from deadair.fleet.channels.socketio import Socketio  # noqa: PLC0415

    return Socketio(spec, around.intake, around.environment.routes)


JOINED: Mapping[str, Callable[[ChannelSpec, ChannelWorld], Channel]] = {
    "apns": _apns,
    "smtp": _smtp,
    "socketio": _socketio,
}
"""The channels that listen or connect by themselves. Each is imported by whoever has it: a run without it does not wait
for its library."""
