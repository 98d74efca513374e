"""The targets that come as files: Nightscout, what it is told, and what of it the shell may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.model.environment import Address
from deadair.runtimes.node_start import NodeStart, ProcessStart
from deadair.targets.alerts.alert_path_section import SocketioPath
from deadair.targets.catalogue import SHIPPED, TARGETS
from deadair.targets.described.described_target import DescribedTarget
from deadair.targets.described.target_yaml import read_target
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Site
from tests.unit.described_site import nobody

PARTS = Path("/cache/deadair")


def nightscout(monkeypatch: pytest.MonkeyPatch, heartbeat: str | None = None) -> DescribedTarget:
    """The target as a process makes it whose cache lies elsewhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(PARTS.parent))
    monkeypatch.delenv("HEARTBEAT", raising=False)
    if heartbeat is not None:
        monkeypatch.setenv("HEARTBEAT", heartbeat)
    return DescribedTarget(read_target(SHIPPED / "nightscout"))


def site(no_data_after_s: float) -> Site:
    database, way = Address(port=7001), Address(port=7002)
    addresses = {"site": Address(port=7000), "database": database}
    return Site(
        data=Path("/run/data"), speed=1.0, sockets=addresses, listen=addresses, routes={"nightscout→mongo": way},
        capacity={}, defects=(), ask=nobody, times=ServiceTimes(no_data_after_s, 900.0, 10.0, 5.0),
        password="the-secret-of-the-site", logs=Path("/run/logs"),
    )  # fmt: skip


def started(start: NodeStart) -> ProcessStart:
    assert isinstance(start, ProcessStart)
    return start


def test_each_lies_in_a_folder_of_its_name() -> None:
    names = sorted(path.name for path in SHIPPED.iterdir())
    assert names
    assert [TARGETS[name].name for name in names] == names


def test_the_database_is_reached_over_a_link_and_both_listen_on_this_machine_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = nightscout(monkeypatch)
    database, service = (started(target.start_of(node, site(900))) for node in target.nodes)
    assert database.argv[1:] == ("127.0.0.1:7001", "/run/data/mongo")
    assert (service.variables["HOSTNAME"], service.variables["PORT"]) == ("127.0.0.1", "7000")
    assert service.variables["MONGODB_URI"] == "mongodb://127.0.0.1:7002/night"
    assert service.variables["API_SECRET"] == "the-secret-of-the-site"


def test_its_programs_lie_in_what_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    target = nightscout(monkeypatch)
    database, service = (started(target.start_of(node, site(900))) for node in target.nodes)
    (path,) = target.channels[0].paths
    assert isinstance(path, SocketioPath)
    for text in (database.argv[0], service.argv[0], str(service.folder), path.node, path.package):
        assert text is not None
        assert text.startswith(f"{PARTS}/nightscout-0.12.8-")
        assert "{" not in text
    assert target.needs == ("nightscout",)
    assert target.lacks() == ()


@pytest.mark.parametrize(("seconds", "minutes"), [(900.0, "15"), (30.0, "0.5"), (15.0, "0.25")])
def test_it_alarms_at_the_age_that_the_scenario_says(
    monkeypatch: pytest.MonkeyPatch, seconds: float, minutes: str
) -> None:
    service = started(nightscout(monkeypatch).start_of("nightscout", site(seconds)))
    assert service.variables["ALARM_TIMEAGO_WARN_MINS"] == minutes


def test_the_shell_says_how_often_it_looks_and_its_own_default_holds_else(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {}
    for heartbeat in (None, "10"):
        target = nightscout(monkeypatch, heartbeat)
        service = started(target.start_of("nightscout", site(900)))
        told[service.variables["HEARTBEAT"]] = target.handed_on().sha256()
    assert [*told] == ["60", "10"]
    assert told["60"] != told["10"]
