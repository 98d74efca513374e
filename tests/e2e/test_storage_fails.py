"""Storage that is locked or full keeps readings waiting. It does not keep an alarm from leaving, and loses nothing."""

from __future__ import annotations

import contextlib
import resource
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.storage_night import Night, now_s, until
from tools.live_reference import started
from tools.sink import Sink


def tells(log: Path, event: str) -> bool:
    """Say whether the log has that of storing."""
    return any(f'"event":"{event}","what":"storing"' in line for line in log.read_text().splitlines())


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
