"""A real client, unmodified, reads a patient from the running service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydexcom
import pydexcom.dexcom
import pytest

from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.reading import Reading
from deadair.model.roster import Device, Roster
from deadair.targets.adapters.client import device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.reference import Reference
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site
from tools.live_reference import running

PASSWORD = "made for this test"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reference, Site]]:
    with running(tmp_path_factory.mktemp("service")) as (target, site):
        target.enroll(Roster((Device(0, "rest", "device-0", 0.0),), ()), [], site, password=PASSWORD)
        yield target, site


def send(site: Site, request: Request) -> Answer:
    return site.ask("gateway", request, 5.0)


def client(site: Site, monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD) -> Any:
    base = f"http://{site.sockets['gateway']}/ShareWebServices/Services/"
    monkeypatch.setitem(pydexcom.dexcom.DEXCOM_BASE_URLS, pydexcom.Region.US, base)
    monkeypatch.setenv("NO_PROXY", "*")
    return pydexcom.Dexcom(username="device-0", password=password)


def test_pydexcom_reads_the_newest_value(service: tuple[Reference, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    target, site = service
    uploader = target.uploader()
    device = logged_in(uploader, device_client("device-0", PASSWORD), lambda one: send(site, one))
    assert device is not None
    now_s = int(RunClock.starting_now(speed=1).to_wall_s(0))
    upload = uploader.upload(device, [Reading(now_s - 300, 120), Reading(now_s, 87)])
    assert uploader.outcome(send(site, upload)) == "ok"
    limit = Deadline.after(20.0)
    while len(target.stored(0, site)) < 2:
        assert not limit.passed(), "the readings were not stored"
        pause(0.05)
    reading = client(site, monkeypatch).get_current_glucose_reading()
    assert reading.value == 87
    assert reading.datetime.timestamp() == now_s
    assert reading.trend_description == "steady"
    assert target.backlog(site) == 0


def test_pydexcom_is_told_of_a_wrong_password(service: tuple[Reference, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pydexcom.errors.AccountError):
        client(service[1], monkeypatch, "not it")
