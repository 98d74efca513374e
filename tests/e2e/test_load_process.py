"""A load's real process before a fake service: what it offers, at which rate, and how it ends."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from deadair.fleet.process.launch import LoadPlan, read_load_status
from deadair.fleet.process.status_files import load_status_path, load_stop_path
from deadair.fleet.roster import load_accounts
from deadair.history.rows import Kind
from deadair.model.clock import pause
from deadair.model.environment import Address
from tests.e2e.fleet_testbed import SPEED, end, rows, stage, until
from tests.unit.fleet_fakes import serving
from tools.live_reference import free_ports

pytestmark = pytest.mark.live


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
