"""Which channels a target alerts by, and where the harness listens for each. Values; nothing here opens one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from deadair.targets.alerts.alert_path_section import AlertPathSection, ApnsPath, FcmPath

ChannelName = Literal["fcm", "webhook", "smtp", "apns", "socketio", "poll"]

PUSH = "push"
"""Where the push gateway listens for HTTP. It always does, and a link of a target may lead there."""
CA_FILE = "push-ca.pem"
"""In the run's data folder: the authority that signed the push gateway's certificate, where a channel is over TLS."""
SOCKETS: Mapping[str, str] = {"fcm": PUSH, "webhook": PUSH, "smtp": "push_smtp", "apns": "push_apns"}
"""By channel, where messages are sent to: a link may lead there as it may to a socket of the target's own. To the
others nothing is sent: followers listen themselves, or ask."""


class ChannelSpec(BaseModel):
    """One channel, and the alert paths by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: ChannelName
    paths: tuple[AlertPathSection, ...] = ()
    """None: the target's own app reads what comes, and each message names its own path."""
    first_patient: int | None = None
    """The service's own number of a run's first patient, where such messages name theirs by it in `patient`."""

    @property
    def tls_names(self) -> tuple[str, ...]:
        """Return the names it has to have a certificate for; none for a channel without TLS."""
        names = [name for path in self.paths if isinstance(path, FcmPath | ApnsPath) for name in path.tls_names]
        return tuple(dict.fromkeys(names))


def channels_of(sections: Iterable[AlertPathSection]) -> tuple[ChannelSpec, ...]:
    """Return the channels of these entries, in the order in which they are named first."""
    grouped: dict[ChannelName, list[AlertPathSection]] = {}
    for section in sections:
        grouped.setdefault(section.channel, []).append(section)
    return tuple(ChannelSpec(channel=channel, paths=tuple(paths)) for channel, paths in grouped.items())


def sockets_of(channels: Iterable[ChannelSpec]) -> tuple[str, ...]:
    """Return where the push gateway listens for these channels, ``push`` always among them."""
    return tuple(dict.fromkeys([PUSH, *(SOCKETS[one.channel] for one in channels if one.channel in SOCKETS)]))


def first_patient_of(channels: Iterable[ChannelSpec]) -> int | None:
    """Return the number that the first patient has in messages; none if they name none by a number."""
    return next((one.first_patient for one in channels if one.first_patient is not None), None)
