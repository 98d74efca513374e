"""How the fleet's processes end when something is missing, broken or gone: by themselves, and with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.fleet.process.fleet_plan import plan_path
from deadair.fleet.process.launch import fleet_argv, push_gateway_argv
from deadair.history.rows import Kind
from tests.e2e.fleet_testbed import end, rows, stage, until
from tests.unit.fleet_fakes import serving


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
    assert "the run's plan names the target 'fake'; write one of `noop`, `reference`" in printed
    assert "Traceback" not in printed
