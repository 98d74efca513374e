"""A night for tests of storage: a service with one device, and followers who go blind and must be told."""

from __future__ import annotations

import json
from collections.abc import Callable

from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.adapters.client import device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.admin_http import ask
from deadair.targets.request import Answer, Request
from tools.live_reference import Service
from tools.sink import Sink

PASSWORD = "made for this test"
ALARM_LIMIT_S = 6.0
"""From the onset: the notifier looks every two seconds, and these processes share two cores with the tests."""
LIMIT_S = 30.0


def now_s() -> int:
    return int(RunClock.starting_now(speed=1).to_wall_s(0))


def until(condition: Callable[[], bool], why: str, limit_s: float = LIMIT_S) -> None:
    limit = Deadline.after(limit_s)
    while not condition():
        assert not limit.passed(), why
        pause(0.05)


class Night:
    """A service with one device, pushes that are counted, and follows that are known to the watchdog."""

    def __init__(self, service: Service, phones: Sink) -> None:
        self.service, self.phones = service, phones
        service.target.enroll(Roster((Device(0, "rest", "device-0", 0.0),), ()), [], service.site, password=PASSWORD)
        self._uploader = service.target.uploader()
        device = device_client("device-0", PASSWORD)
        client = logged_in(self._uploader, device, lambda one: service.site.ask("gateway", one, 5.0))
        assert client is not None
        self._client = client
        self._follow = 1000

    def read(self) -> Answer:
        """Ask for the newest readings, as the patient."""
        query = f"sessionId={self._client.session}&minutes=1440&maxCount=1"
        path = f"/ShareWebServices/Services/Publisher/ReadPublisherLatestGlucoseValues?{query}"
        return self.service.site.ask("gateway", Request(path), 10.0)

    def upload(self, measured_s: int) -> None:
        request = self._uploader.upload(self._client, [Reading(measured_s, 100)])
        assert self._uploader.outcome(self.service.site.ask("gateway", request, 10.0)) == "ok"

    def stored(self) -> list[int]:
        return sorted(reading.measured_s for reading in self.service.target.stored(0, self.service.site))

    def goes_blind_and_is_told(self) -> None:
        """A follow goes blind in a second; its alarm leaves in time."""
        self._follow += 1
        entry = {
            "follow": self._follow, "patient": 1, "token": f"token-{self._follow}", "no_data_after_s": 1.0,
            "realarm_every_s": 0.0, "since_s": float(now_s()), "confirmed_s": 0.0, "acknowledged_s": 0.0,
            "snoozed_until_s": 0.0,
        }  # fmt: skip
        before = self.phones.taken["no_data"]
        answer = ask(
            self.service.site.sockets["watchdog"], Request("/evidence", json.dumps([entry]).encode()), ALARM_LIMIT_S
        )
        assert answer.status == 200
        until(lambda: self.phones.taken["no_data"] > before, "the alarm did not leave in time", 1.0 + ALARM_LIMIT_S)
