"""The fleet's real processes over a fake service: what they do, what they record, how they end."""

from __future__ import annotations

import signal
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from deadair.engines.live.addresses import WITNESS_BEAT_REAL_S
from deadair.fleet.process.launch import read_status
from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.judging.standstills import BEATS_MISSED
from deadair.model.clock import pause
from tests.e2e.fleet_testbed import EVERY_US, SPEED, end, push, rows, stage, until
from tests.unit.fleet_fakes import serving

pytestmark = pytest.mark.live

STANDS_STILL_S = 1.3


def test_a_quiet_stretch(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        fleet = built.start_fleet()
        until(
            lambda: bool((status := read_status(built.folder.fleet_status)) and status.fresh == 6),
            "everybody is fresh",
            fleet,
        )
        assert built.send_push(push(3))[0] == 200
        assert built.send_push(push(99))[0] == 404
        until(
            lambda: bool((status := read_status(built.folder.fleet_status)) and status.presenting == 1),
            "the push is presented",
            fleet,
        )
        pause(EVERY_US / SPEED / 1e6)
        service.incident = True
        seen = len(service.seen)
        until(lambda: service.seen[seen:].count("/status") >= 2, "the status page was read", fleet)
        assert end(fleet) == 0
        assert end(gateway) == 0
        status = read_status(built.folder.fleet_status)
        assert status is not None
        assert not status.running
        history = built.history()
    assert history.torn == ()
    assert rows(history, Kind.TROUBLE) == []
    check_devices(history)
    check_phones(history)
    alarms = [(row["phone"], row["patient"], row["path"]) for row in rows(history, Kind.ALARM)]
    assert alarms == [(3, 3, "service_push")]
    pushes = [(row["phone"], row["patient"], row["path"], row["detail"]) for row in rows(history, Kind.PUSH)]
    assert pushes == [(3, 3, "service_push", "presented")]
    assert [(row["phone"], row["detail"]) for row in rows(history, Kind.CLEAR)] == [(3, "alarm")]
    accepted = [(row["phone"], row["outcome"], row["who"]) for row in rows(history, Kind.ACCEPTED)]
    assert (3, "ok", "push-gateway") in accepted
    assert (None, "fail", "push-gateway") in accepted
    looks = {(row["detail"], row["outcome"]) for row in rows(history, Kind.STATUS)}
    assert looks == {("clear", "ok"), ("incident", "ok")}
    links = {(row["place"], row["detail"]) for row in rows(history, Kind.LINK)}
    assert links == {("last_mile[south]", "up"), ("last_mile[rest]", "up")}


def check_devices(history: History) -> None:
    """Every reading is measured, stamped and handed in as it should be."""
    measured = {(row["patient"], row["measured_us"]): row for row in rows(history, Kind.MEASURED)}
    assert {patient for patient, _ in measured} == set(range(6))
    uploads = rows(history, Kind.UPLOAD)
    assert {row["outcome"] for row in uploads} == {"ok"}
    for row in uploads:
        made = measured[row["patient"], row["measured_us"]]
        assert made["value"] == row["value"]
        assert made["at_us"] <= row["intended_us"] <= row["sent_us"] <= row["at_us"]
        assert 0 <= made["at_us"] - made["measured_us"] < SPEED * 1e6


def check_phones(history: History) -> None:
    """Every phone polls on its timetable and shows what its device made, once each."""
    measured = {(row["patient"], row["measured_us"]) for row in rows(history, Kind.MEASURED)}
    polls = rows(history, Kind.POLL)
    assert {(row["outcome"], row["place"]) for row in polls} == {("ok", "downlink[south]"), ("ok", "downlink[rest]")}
    for phone in range(6):
        intended = [row["intended_us"] for row in polls if row["phone"] == phone]
        assert {later - earlier for earlier, later in pairwise(intended)} == {EVERY_US}
    screens = rows(history, Kind.SCREEN)
    assert {row["detail"] for row in screens} == {"blank", "current"}
    current = [row for row in screens if row["detail"] == "current"]
    assert all((row["patient"], row["measured_us"]) in measured for row in current)
    assert len(current) == len({(row["phone"], row["measured_us"]) for row in current})


def test_a_fleet_that_stands_still_shows_in_its_heartbeats(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        fleet = built.start_fleet()
        until(built.running, "the fleet runs", fleet)
        pause(1.0)
        fleet.send_signal(signal.SIGSTOP)
        pause(STANDS_STILL_S)
        fleet.send_signal(signal.SIGCONT)
        pause(1.0)
        assert end(fleet) == 0
        beats = [row["at_us"] / SPEED / 1e6 for row in rows(built.history(), Kind.HEARTBEAT)]
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    assert max(gaps) >= STANDS_STILL_S > BEATS_MISSED * WITNESS_BEAT_REAL_S > median(gaps)


def test_a_stalled_route_delays_nobody_else(tmp_path: Path) -> None:
    with serving() as service, serving() as frozen, stage(tmp_path, service.address) as built:
        frozen.stalled = True
        built.routes |= {"uplink[south]": frozen.address, "downlink[south]": frozen.address}
        built.write()
        built.start_gateway()
        fleet = built.start_fleet()
        until(built.running, "the fleet runs", fleet)
        pause(3.5)
        frozen.stalled = False
        pause(2.0)
        assert end(fleet) == 0
        history = built.history()
    uploads, polls = rows(history, Kind.UPLOAD), rows(history, Kind.POLL)
    lost = [row for row in (*polls, *uploads) if row["outcome"] == "info"]
    assert {row["phone"] % 2 for row in lost if row["phone"] is not None} == {0}
    assert all(0.9 < (row["at_us"] - row["sent_us"]) / SPEED / 1e6 < 1.5 for row in lost)
    others = [row for row in (*polls, *uploads) if row["patient"] % 2 == 1]
    assert {row["outcome"] for row in others} == {"ok"}
    assert max(row["at_us"] - row["intended_us"] for row in others) / SPEED / 1e6 < 0.9
    healed = {(row["patient"], row["measured_us"]) for row in uploads if row["patient"] % 2 == 0}
    made = [row for row in rows(history, Kind.MEASURED) if row["patient"] % 2 == 0]
    oldest = {patient: min(row["measured_us"] for row in made if row["patient"] == patient) for patient in (0, 2, 4)}
    assert set(oldest.items()) <= healed


def test_shed_and_forgotten_devices_come_back_with_everything(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        service.shed, service.forget_sessions = 6, 3
        built.write(defects=("no-app",))
        fleet = built.start_fleet()
        until(lambda: service.shed == 0 and service.forget_sessions == 0, "the service calms down", fleet)
        seen = len(service.seen)
        until(lambda: service.seen[seen:].count("/upload") >= 12, "everybody handed in", fleet)
        assert end(fleet) == 0
        history = built.history()
    outcomes = [row["outcome"] for row in rows(history, Kind.UPLOAD)]
    assert outcomes.count("fail") >= 9
    acknowledged = {(r["patient"], r["measured_us"]) for r in rows(history, Kind.UPLOAD) if r["outcome"] == "ok"}
    assert len(acknowledged) == sum(len(kept) for kept in service.stored.values())
