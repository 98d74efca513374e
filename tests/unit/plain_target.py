"""The fake service as a target that is described by data: the adapter ``http``, and the plain follower.

Run as a program it is the fleet's process with that target: ``python -m tests.unit.plain_target RUN_FOLDER``. The
defects of the plan name what is wrong with its adapter.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from deadair.model.alert_path import AlertPath
from deadair.model.reading import Reading
from deadair.targets.adapters.adapter import Adapter
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.guarded import GuardedAdapter
from deadair.targets.adapters.http import HttpAdapter
from deadair.targets.adapters.http_section import HttpSection
from deadair.targets.adapters.plain_follower import PlainFollower
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.app import App
from deadair.targets.request import Answer, Request
from deadair.targets.target import Target
from tests.unit.fleet_fakes import FakeTarget
from tests.unit.test_alert_messages import path

SECTION = {
    "login": {"path": "/login", "body": {"account": "{account}", "password": "{password}"}, "session": "/session"},
    "logged_out": {"status": [403]},
    "upload": {
        "path": "/upload",
        "body": {"session": "{session}", "readings": "{readings}"},
        "reading": ["{measured_s}", "{value_mg_dl}"],
        "duplicate": {"body": {"/duplicate": True}},
    },
    "poll": {
        "path": "/poll",
        "method": "POST",
        "body": {"patient": "{patient}"},
        "readings": "/newest",
        "measured": "/0",
        "value": "/1",
    },
}
"""How ``fleet_fakes.FakeService`` is spoken to."""


class Hostile(HttpAdapter):
    """An adapter that is well until it is asked for the newest reading. ``how``: what it does then."""

    def __init__(self, how: str) -> None:
        super().__init__(HttpSection.model_validate(SECTION), {})
        self._how = how

    def newest(self, answer: Answer) -> Any:
        match self._how:
            case "sleeps":
                time.sleep(3600)
            case "spins":
                while True:
                    pass
            case "raises":
                raise RuntimeError("out of order")
            case "leaves":
                sys.exit("good bye")
            case "mistypes":
                return {"measured_s": 1}
            case "foresees":
                return Reading(2_000_000_000_000 // 400, 100)
        return super().newest(answer)


@dataclass(frozen=True)
class PlainTarget(FakeTarget):
    alert_paths: tuple[AlertPath, ...] = (AlertPath("hook", whose="service", through_gateway=True),)
    channels: tuple[ChannelSpec, ...] = (ChannelSpec(channel="webhook", paths=(path(),)),)
    adapter: Adapter = field(default_factory=lambda: HttpAdapter(HttpSection.model_validate(SECTION), {}))

    def uploader(self) -> GuardedAdapter:
        return GuardedAdapter(self.adapter, "http")

    def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:  # type: ignore[override]
        adapter = Hostile(defects[0]) if defects else self.adapter
        return PlainFollower(GuardedAdapter(adapter, "./adapter.py:Adapter"), speed=speed)


class OneByOne:
    """The smallest adapter: a text a reading, nobody logs in."""

    batch_readings_max = 1
    queue_readings_max = 288

    def login(self, client: Client) -> Request | None:
        return None

    def session(self, client: Client, answer: Answer) -> str | None:
        return None

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        return Request(f"/{client.account}", f"{readings[0].measured_s} {readings[0].value_mg_dl}".encode())

    def outcome(self, answer: Answer) -> str:
        return "ok" if answer.status == 200 else "fail"

    def poll(self, client: Client) -> Request:
        return Request(f"/{client.patient}", method="GET")

    def newest(self, answer: Answer) -> Reading | None:
        return Reading(*map(int, answer.body.split())) if answer.body else None


if __name__ == "__main__":
    from deadair.fleet.process.locustfile import main

    sys.exit(main(sys.argv[1:], {"fake": cast(Target, PlainTarget())}))
