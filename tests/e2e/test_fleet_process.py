"""The fleet's real processes over a fake service: what they do, what they record, how they end."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from harness.fleet.launch import LoadPlan, fleet_argv, push_gateway_argv, read_load_status, read_status
from harness.fleet.plan import plan_path
from harness.fleet.roster import load_accounts
from harness.fleet.status import load_status_path, load_stop_path
from harness.history.reader import History
from harness.history.rows import Kind
from harness.injectors.base import Break
from harness.injectors.provider import Provider
from harness.model.clock import pause
from harness.model.environment import Address
from tests.e2e.fleet_fakes import serving
from tests.e2e.fleet_stage import EVERY_US, SPEED, end, rows, stage, until
from tests.e2e.reference_service import free_ports

pytestmark = pytest.mark.live


def push(phone: int, kind: str = "no_data", **more: object) -> dict[str, object]:
    data = {"kind": kind, "path": "service_push", "patient": f"device-{phone}"}
    return {"message": {"token": f"phone-token-{phone}", "data": data, **more}}


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


def test_nothing_sent_is_a_failure_and_no_maybe(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        nobody = built.push
        built.routes |= {f"downlink[{cohort}]": nobody for cohort in ("south", "rest")}
        built.write()
        fleet = built.start_fleet()
        until(lambda: service.seen.count("/upload") > 6, "uploads arrive", fleet)
        assert end(fleet) == 0
        history = built.history()
    assert {row["outcome"] for row in rows(history, Kind.POLL)} == {"fail"}
    assert {(row["place"], row["detail"]) for row in rows(history, Kind.LINK)} == {
        ("last_mile[south]", "down"),
        ("last_mile[rest]", "down"),
    }


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


def test_a_crash_is_told_and_ends_the_process(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write(defects=("crash",))
        fleet = built.start_fleet()
        assert fleet.wait(20.0) == 4
        history = built.history()
    assert history.torn == ()
    troubles = rows(history, Kind.TROUBLE)
    assert [row["detail"] for row in troubles] == ["fleet: RuntimeError: the app fell over"]


@pytest.mark.parametrize("route", ["uplink[south]", "downlink[rest]", "last_mile[rest]"])
def test_a_missing_route_is_told(tmp_path: Path, route: str) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        del built.routes[route]
        built.write()
        assert built.start_fleet().wait(20.0) == 4
        (trouble,) = rows(built.history(), Kind.TROUBLE)
    assert f"environment.json has no route {route}" in trouble["detail"]


def test_a_process_that_nobody_ends_ends_itself(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write(wall_limit_s=-29.0)
        fleet = built.start_fleet()
        gateway = built.start("push-gateway", push_gateway_argv(built.folder))
        assert (fleet.wait(20.0), gateway.wait(20.0)) == (4, 4)
        troubles = rows(built.history(), Kind.TROUBLE)
    assert {row["who"] for row in troubles} == {"fleet", "push-gateway"}


@pytest.mark.parametrize("missing", ["plan", "roster", "environment"])
def test_a_missing_file_is_one_sentence(tmp_path: Path, missing: str) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        paths = {
            "plan": plan_path(built.folder),
            "roster": built.folder.roster,
            "environment": built.folder.environment,
        }
        paths[missing].unlink()
        fleet = built.start_fleet()
        assert fleet.wait(20.0) == 4
        printed = built.log("fleet")
    assert "cannot be read" in printed
    assert "Traceback" not in printed


def test_a_target_nobody_knows_is_one_sentence(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        fleet = built.start("fleet", fleet_argv(built.folder))
        assert fleet.wait(20.0) == 4
        printed = built.log("fleet")
    assert "the plan names the target 'fake': there are reference" in printed
    assert "Traceback" not in printed


def backlog(readings: int, *, lasts_s: float) -> LoadPlan:
    return LoadPlan(
        fault_id="f1",
        kind="backlog",
        where="uplink",
        amount=readings,
        lasts_us=int(lasts_s * SPEED * 1e6),
        base_requests_per_s=0.0,
        accounts=load_accounts("f1", 3),
    )


def test_a_backlog_is_offered_once_and_handed_in_whole(tmp_path: Path) -> None:
    load = backlog(700, lasts_s=3.0)
    with serving() as service, stage(tmp_path, service.address) as built:
        service.shed, service.forget_sessions = 5, 2
        built.write(load)
        process = built.start_load(load)
        began_s = built.clock.to_wall_s(built.clock.now_us())
        told = load_status_path(built.folder, "f1")
        until(lambda: bool((status := read_load_status(told)) and status.done), "the backlog is over", process)
        assert end(process) == 0
        status = read_load_status(told)
        history = built.history()
    assert status is not None
    assert (status.offered, status.accepted) == (700, 700)
    assert status.answered > 700
    offered = rows(history, Kind.OFFERED)
    assert sum(row["value"] for row in offered) == 700
    assert {(row["place"], row["detail"], row["who"]) for row in offered} == {("uplink", "f1", "load-f1")}
    assert offered[-1]["at_us"] - offered[0]["at_us"] > 2.0 * SPEED * 1e6
    stamps = {account: sorted(kept) for account, kept in service.stored.items()}
    assert {account: len(kept) for account, kept in stamps.items()} == dict(
        zip(load.accounts, (234, 233, 233), strict=True)
    )
    assert max(kept[-1] for kept in stamps.values()) < began_s - 2 * 1_200_000_000 / SPEED / 1e6 + 1
    assert history.torn == ()


def overload(requests_per_real_s: float, *, lasts_s: float) -> LoadPlan:
    return LoadPlan(
        fault_id="f1",
        kind="overload",
        where="gateway",
        amount=10.0,
        lasts_us=int(lasts_s * SPEED * 1e6),
        base_requests_per_s=requests_per_real_s / 10.0 / SPEED,
        accounts=load_accounts("f1", 4),
    )


def test_an_overload_keeps_its_rate_and_stops_when_told(tmp_path: Path) -> None:
    load = overload(200.0, lasts_s=60.0)
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write(load)
        process = built.start_load(load)
        until(lambda: service.seen.count("/read") >= 400, "it hammers", process)
        load_stop_path(built.folder, "f1").touch()
        told = load_status_path(built.folder, "f1")
        until(lambda: bool((status := read_load_status(told)) and status.done), "it stops", process)
        pause(0.3)
        stopped_at = service.seen.count("/read")
        pause(0.3)
        assert service.seen.count("/read") == stopped_at
        assert end(process) == 0
        history = built.history()
    offered = rows(history, Kind.OFFERED)
    assert sum(row["value"] for row in offered) == stopped_at
    between_s = (offered[-2]["at_us"] - offered[0]["at_us"]) / SPEED / 1e6
    rate = sum(row["value"] for row in offered[1:-1]) / between_s
    assert 160 < rate < 240


def test_what_nobody_takes_is_not_offered(tmp_path: Path) -> None:
    load = overload(100.0, lasts_s=60.0)
    with stage(tmp_path, Address(port=free_ports(1)[0])) as built:
        with serving() as service:
            built.routes["load"] = service.address
            built.write(load)
            process = built.start_load(load)
            until(lambda: service.seen.count("/read") >= 50, "it hammers", process)
        pause(0.5)
        told = load_status_path(built.folder, "f1")
        first = read_load_status(told)
        pause(0.6)
        assert read_load_status(told) == first
        assert first is not None
        assert (first.offered >= 50, first.done) == (True, False)
        assert end(process) == 0


def test_a_stalled_service_bounds_the_overload(tmp_path: Path) -> None:
    load = overload(4000.0, lasts_s=60.0)
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write(load)
        process = built.start_load(load)
        until(lambda: service.seen.count("/read") >= 200, "it hammers", process)
        service.stalled = True
        stalled_us = built.clock.now_us()
        pause(2.5)
        assert end(process) == 0
        history = built.history()
    assert history.torn == ()
    first, *since = [row for row in rows(history, Kind.OFFERED) if row["at_us"] > stalled_us]
    # Each of 1,500 connections gives up after a second; on a busy machine rows come late, and are of more seconds.
    seconds = (since[-1]["at_us"] - first["at_us"]) / 1e6 / SPEED
    assert sum(row["value"] for row in since) <= (math.floor(seconds) + 1) * 1500


def test_the_provider_refuses_while_it_is_told_to(tmp_path: Path) -> None:
    outage = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 0.0})
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        provider = Provider(built.folder.abort_request.parent)
        assert built.send_push(push(1))[0] == 404
        provider.begin(outage)
        status, answer = built.send_push(push(1))
        assert (status, answer["error"]["status"]) == (503, "UNAVAILABLE")
        until(lambda: provider.look(outage).facts["refused"] == 1, "it tells what it refused", gateway)
        provider.heal(outage)
        assert provider.healed(outage)
        assert built.send_push(push(1))[0] == 404
        assert end(gateway) == 0


def test_messages_wait_for_a_link_that_is_down(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        fleet = built.start_fleet()
        until(lambda: built.send_push(push(1, "notice"))[0] == 200, "the phones said hello", fleet)
        assert end(fleet) == 0
        collapsing = {"android": {"ttl": "300s", "collapse_key": "k"}}
        for kind, more in [
            ("no_data", collapsing),
            ("notice", collapsing),
            ("no_data", {"android": {"ttl": "0s"}}),
        ]:
            status, answer = built.send_push(push(2, kind, **more))
            assert (status, set(answer)) == (200, {"name"})
        (built.folder.history / "fleet.arrow").rename(built.folder.root / "first-fleet.arrow")
        again = built.start_fleet()
        until(
            lambda: bool((status := read_status(built.folder.fleet_status)) and status.running and status.presenting),
            "what waited is presented",
            again,
        )
        assert (end(again), end(gateway)) == (0, 0)
        history = built.history()
    assert [(row["phone"], row["path"]) for row in rows(history, Kind.NOTICE)] == [(2, "service_push")]
    assert rows(history, Kind.ALARM) == []


def test_the_push_gateway_refuses_in_fcms_words(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        status, answer = built.send_push(push(1))
        assert (status, answer["error"]["details"][0]["errorCode"]) == (404, "UNREGISTERED")
        status, answer = built.send_push(json.dumps({"message": {"token": "x" * 50_000}}))
        assert (status, answer["error"]["status"]) == (413, "INVALID_ARGUMENT")
        taken = built.start("push-gateway-2", push_gateway_argv(built.folder))
        assert taken.wait(20.0) == 4
        assert "cannot listen on" in built.log("push-gateway-2")
        assert end(gateway) == 0
        outcomes = [(row["outcome"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert outcomes[-2:] == [("fail", "UNREGISTERED"), ("fail", "INVALID_ARGUMENT")]
