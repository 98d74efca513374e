"""Alerts that are part of the answer to a phone's own poll: taken where the poll is, in the fleet. Knows no socket.

An answer says how things stand, not what is new. So an alert is taken once, when it first stands in the answers to a
phone; and when it stands there no more, that is an all-clear, unless the target file says what one looks like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from deadair.fleet.channels.alert_message import AlertMessage, read_document
from deadair.fleet.channels.provider_desk import Refusals
from deadair.fleet.phones.phone import placed_us
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.provider_orders import FLEET_TELLS, Told, read_orders, write_told
from deadair.model.roster import Phone
from deadair.targets.alerts.alert_path_section import PollPath
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.request import Answer


class PollAlerts:
    """What stands in the answers to each phone."""

    def __init__(self, spec: ChannelSpec, recorder: Recorder) -> None:
        self._paths = [path for path in spec.paths if isinstance(path, PollPath)]
        self._recorder = recorder
        self._standing: dict[int, AlertMessage] = {}
        """By phone, the alert that was taken last and stands still."""
        self._desk = Refusals()
        self._told: Told | None = None

    @classmethod
    def of(cls, channels: Sequence[ChannelSpec], recorder: Recorder) -> PollAlerts | None:
        """Return it for a target that alerts in this way, none for any other."""
        return next((cls(spec, recorder) for spec in channels if spec.channel == "poll"), None)

    def obey(self, control: Path) -> None:
        """Take alerts or take none, as the faults of now want it, and tell how many were and were not taken."""
        self._desk.obey(read_orders(control))
        told = self._desk.told()
        if told != self._told:
            self._told = told
            write_told(control, told, who=FLEET_TELLS)

    def heard(self, phone: Phone, answer: Answer, *, unalerted: bool) -> Mapping[str, str] | None:
        """Take what is new in the answer to a phone's poll; return what its app is to be told, if there is anything.

        ``unalerted``: the phone is blind and presents no alarm. Then an alarm that stands there still is news to it.
        """
        if not 200 <= answer.status < 300:
            return None
        try:
            document = orjson.loads(answer.body)
        except ValueError:
            return None
        said = read_document(document, self._paths)
        if said.contradicts:
            self._recorder.add(Kind.TROUBLE, detail=said.contradiction)
        message = self._new(phone, said, unalerted=unalerted)
        if message is None:
            return None
        if self._desk.refusal((phone.cohort,)) is not None:
            self._recorder.add(Kind.ACCEPTED, outcome="fail", detail="UNAVAILABLE")
            return None
        self._standing[phone.phone] = message
        return self._taken(phone, message)

    def _new(self, phone: Phone, message: AlertMessage, *, unalerted: bool) -> AlertMessage | None:
        """Return what is new in an answer, none if nothing is."""
        before = self._standing.get(phone.phone)
        if message.kind == "other":
            stood = before is not None and before.kind != "clear"
            by_itself = stood and not any(path.clear for path in self._paths if before and path.name == before.path)
            return before._replace(kind="clear") if before is not None and by_itself else None
        if message.kind == "clear" and before is None:
            return None
        same = before is not None and (message.kind, message.path) == (before.kind, before.path)
        return None if same and not (unalerted and message.kind == "no_data") else message

    def _taken(self, phone: Phone, message: AlertMessage) -> Mapping[str, str]:
        clock = self._recorder.clock
        now_us = clock.now_us()
        measured_us = None if message.measured_s is None else placed_us(clock, message.measured_s)
        said = {"path": message.path, "detail": message.kind, "measured_us": measured_us}
        self._recorder.add(Kind.ACCEPTED, at_us=now_us, phone=phone.phone, outcome="ok", **said)
        data = {"path": message.path or "", "kind": message.kind, "patient": f"device-{phone.patient}"}
        if message.measured_s is not None:
            data["measured_s"] = repr(message.measured_s)
        return {**data, "taken_s": repr(clock.to_wall_s(now_us))}
