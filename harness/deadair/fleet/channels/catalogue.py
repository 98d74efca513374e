"""The one list of channels that the push gateway opens, each with what makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deadair.fleet.channels.channel import Channel, HttpChannel
from deadair.fleet.channels.fcm import Fcm
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.fleet.channels.socketio import Socketio
from deadair.fleet.channels.webhook import Webhook
from deadair.model.alert_path import pushed
from deadair.model.environment import Environment
from deadair.targets.alerts.channel_spec import ChannelSpec


@dataclass(frozen=True, slots=True)
class ChannelWorld:
    """What a channel may know of its run."""

    environment: Environment
    intake: MessageIntake


POSTED: Mapping[str, Callable[[ChannelSpec, ChannelWorld], HttpChannel]] = {
    "fcm": lambda spec, around: Fcm(spec, around.intake, pushed(around.environment.alert_paths or ())),
    "webhook": lambda spec, around: Webhook(spec, around.intake),
}
"""The channels whose messages are posted to the gateway's own HTTP server."""

JOINED: Mapping[str, Callable[[ChannelSpec, ChannelWorld], Channel]] = {
    "socketio": lambda spec, around: Socketio(spec, around.intake, around.environment.routes),
}
"""The channels that listen or connect by themselves."""
