"""Storage that is locked or full keeps readings waiting. It does not keep an alarm from leaving, and loses nothing."""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.adapters.client import device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.admin_http import ask
from deadair.targets.request import Request
from tools.live_reference import Service, started
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


def tells(log: Path, event: str) -> bool:
    """Say whether the log has that of storing."""
    return any(f'"event":"{event}","what":"storing"' in line for line in log.read_text().splitlines())


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


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    phones = Sink()
    with started(tmp_path) as service, phones.listening(service.site.routes["notifier→push"]):
        yield Night(service, phones)


@contextlib.contextmanager
def locked(data: Path, name: str) -> Iterator[None]:
    """Hold the write lock of a database."""
    holder = sqlite3.connect(data / f"{name}.sqlite", isolation_level=None, timeout=10.0)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def test_databases_that_somebody_locks_stop_no_alarm_and_lose_nothing(night: Night) -> None:
    processor = night.service.processes["processor"]
    log = night.service.site.data / "processor.log"
    measured_s = now_s()
    with locked(night.service.site.data, "store"):
        night.upload(measured_s)
        with locked(night.service.site.data, "inbox"), locked(night.service.site.data, "accounts"):
            night.goes_blind_and_is_told()
            until(lambda: tells(log, "trouble"), "the processor does not say so")
            night.goes_blind_and_is_told()
        assert night.stored() == []
    until(lambda: night.stored() == [measured_s], "the reading was lost")
    until(lambda: tells(log, "trouble is over"), "the processor does not say so")
    assert processor.poll() is None
    night.upload(measured_s + 1)
    until(lambda: night.stored() == [measured_s, measured_s + 1], "the service does not go on")


def test_a_disk_that_is_full_for_the_store_stops_no_alarm_and_loses_nothing(night: Night) -> None:
    processor = night.service.processes["processor"]
    measured_s = now_s()
    unlimited = resource.prlimit(processor.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(processor.pid, resource.RLIMIT_FSIZE, (0, unlimited[1]))
    for number in range(3):
        night.upload(measured_s + number)
    night.goes_blind_and_is_told()
    night.goes_blind_and_is_told()
    assert night.stored() == []
    assert processor.poll() is None
    resource.prlimit(processor.pid, resource.RLIMIT_FSIZE, unlimited)
    until(lambda: night.stored() == [measured_s, measured_s + 1, measured_s + 2], "readings were lost")


def test_a_processor_that_hangs_in_the_middle_stops_no_alarm(night: Night) -> None:
    """It stands still with whatever it holds, as on a disk that takes a request and never answers."""
    processor = night.service.processes["processor"]
    measured_s = now_s()
    night.upload(measured_s)
    processor.send_signal(signal.SIGSTOP)
    night.goes_blind_and_is_told()
    processor.send_signal(signal.SIGCONT)
    until(lambda: night.stored() == [measured_s], "the reading was lost")
