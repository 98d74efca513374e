"""One entry of ``alert_paths`` in a target file: by which channel a service alerts, and how its messages are read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from deadair.model.alert_path import AlertPath
from deadair.model.excerpt import excerpt
from deadair.targets.alerts.message_parts import Condition, Pick, Picked
from deadair.targets.service_time import TimeFormat

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]

TOKEN, RECIPIENTS = Pick(at="/token"), Pick(at="/to")


class AlertPathBase(BaseModel):
    """What every entry has, whatever its channel."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, use_attribute_docstrings=True)

    name: Name
    """Its name, as rules, reports and scenarios say it."""
    sender: str = Field("", alias="from")
    """The node that sends these messages; for the report."""
    follower: Picked | None = None
    """Where a message says whom it is for: a follower's account, push token or address. Without it a message is for
    every follower of its patient."""
    patient: Picked | None = None
    """Where a message says whose readings it speaks of: a device's account. Without it, of its follower's patient."""
    alarm: Condition | None = None
    """What makes a message an alarm: that readings have stopped."""
    notice: Condition | None = None
    """What makes a message a notice: that the service itself is in trouble."""
    clear: Condition | None = None
    """What makes a message an all-clear."""
    measured: Picked | None = None
    """Where an alarm says when the newest reading that it knows of was measured."""
    times: TimeFormat = "s"
    """How it writes that: `s` and `ms` are Unix time, `iso` is ISO 8601."""

    @model_validator(mode="after")
    def _alerts(self) -> Self:
        if self.alarm is None and self.notice is None:
            raise ValueError("say by what an `alarm` or a `notice` is recognized: this path alerts nobody")
        return self


class WebhookPath(AlertPathBase):
    """The service posts JSON to the harness."""

    channel: Literal["webhook"]
    url_path: str | None = Field(None, pattern=r"^/[!-~]*$")
    """The path it posts to; any unless this is said."""


class FcmPath(AlertPathBase):
    """The service sends by Firebase Cloud Messaging, HTTP v1. A message is what stands in `message`."""

    channel: Literal["fcm"]
    tls_names: tuple[HostName, ...] = Field(())
    """Over TLS, with a certificate for these names, made for the run. Without any, plain HTTP."""
    follower: Picked | None = TOKEN


class ApnsPath(AlertPathBase):
    """The service sends by Apple's HTTP/2 interface. A message has a `token`, a `payload` and its `headers`."""

    channel: Literal["apns"]
    tls_names: tuple[HostName, ...] = Field(("localhost",), min_length=1)
    """Names in the certificate, which is made for the run."""
    follower: Picked | None = TOKEN


class SmtpPath(AlertPathBase):
    """The service sends mail. A message has `to` (a list), `from`, `subject`, `text` and its `headers`."""

    channel: Literal["smtp"]
    follower: Picked | None = RECIPIENTS


class SocketioPath(AlertPathBase):
    """The service emits events to whoever is connected. A message has an `event`, `data` and all `args`."""

    channel: Literal["socketio"]
    link: str
    """The link over which followers are connected; of an outer one each cohort has a connection of its own."""
    protocol: Literal[2, 5] = 5
    """The client's generation: 5 for servers of today (Socket.IO 3 and later), 2 for Socket.IO 2 and before."""
    namespace: str = Field("/", pattern=r"^/[!-~]*$")
    """The namespace that followers join."""
    events: tuple[str, ...] = Field(min_length=1)
    """The events that are listened for."""
    hello: tuple[str, ...] = Field(())
    """What is emitted on connecting: an event's name, and each argument as JSON."""
    node: str | None = None
    """For protocol 2: the Node that its client is run with."""
    package: str | None = None
    """For protocol 2: the folder of the package `socket.io-client` 2."""

    @field_validator("hello")
    @classmethod
    def _is_json(cls, hello: tuple[str, ...]) -> tuple[str, ...]:
        for argument in hello[1:]:
            try:
                json.loads(argument)
            except ValueError:
                raise ValueError(f"{excerpt(argument)} is no JSON; a text goes in two pairs of quotes") from None
        return hello

    @model_validator(mode="after")
    def _has_its_client(self) -> Self:
        if (self.protocol == 2) is not (self.node is not None and self.package is not None):
            raise ValueError("protocol 2 has a client on Node: say its `node` and its `package`, and for 5 neither")
        return self


class PollPath(AlertPathBase):
    """The alert is part of the answer to a phone's poll, which is the message. It is taken when it first stands there.
    When it stands there no more, that is an all-clear, unless `clear` says what one looks like."""

    channel: Literal["poll"]


AlertPathSection = Annotated[
    WebhookPath | FcmPath | ApnsPath | SmtpPath | SocketioPath | PollPath, Field(discriminator="channel")
]


def alert_paths_of(sections: Iterable[AlertPathBase]) -> tuple[AlertPath, ...]:
    """Return the alert paths of these entries: each is the service's own, and comes by a channel that confirms it."""
    return tuple(
        AlertPath(section.name, whose="service", through_gateway=True, sender=section.sender) for section in sections
    )
