"""A service that runs already is reached on this machine, or where a person has allowed it, and is never touched."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deadair.model.environment import Address
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.run_folder import RunFolder
from deadair.runtimes import attached
from deadair.runtimes.allowance import Allowance, AttachedAllowance
from deadair.runtimes.attached import Attached, check_attached, resolved
from deadair.runtimes.node_start import ProcessStart
from deadair.runtimes.runtime import Layout, PlannedRun, RunMarks, RuntimeNeeds

pytestmark = pytest.mark.live

FAR = Address(host="staging.example", port=443)
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def here() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Address(port=listening.getsockname()[1])


def planned(address: Address, allowance: Allowance | None = None) -> tuple[PlannedRun, list[str]]:
    said: list[str] = []
    needs = RuntimeNeeds(reached={"api": address})
    return PlannedRun(needs, allowance or Allowance(), 600.0, "8 devices upload", said.append), said


def allowed(until: datetime) -> Allowance:
    one = AttachedAllowance(host=FAR.host, port=FAR.port, until=until.isoformat(), said_by="who owns it")
    return Allowance(attached=(one,))


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Staging leads to an address that is no loopback, and answers; it is noon."""
    monkeypatch.setattr(attached, "_now_utc", lambda: NOW)
    monkeypatch.setattr(attached, "resolved", lambda address: address.model_copy(update={"host": "192.0.2.7"}))
    monkeypatch.setattr(attached, "_listens", lambda address: True)


def test_on_this_machine_nobody_needs_to_allow_it_and_what_is_done_is_said(here: Address) -> None:
    plan, said = planned(here)
    check_attached(plan)
    assert said == [f"attached to {here}, on this machine: 8 devices upload"]


def test_elsewhere_it_is_refused_with_what_to_write(far: None) -> None:
    plan, said = planned(FAR)
    with pytest.raises(ScenarioError, match=r"nobody has allowed.*host: staging\.example, port: 443, until.*--allow"):
        check_attached(plan)
    other = Address(host=FAR.host, port=444)
    with pytest.raises(ScenarioError, match="nobody has allowed"):
        check_attached(planned(other, allowed(NOW + timedelta(hours=1)))[0])
    assert said == []


def test_who_allowed_it_and_what_is_done_are_said_before_anything_starts(far: None) -> None:
    plan, said = planned(FAR, allowed(NOW + timedelta(minutes=11)))
    check_attached(plan)
    assert said == [
        "attached to staging.example:443 (192.0.2.7), as who owns it allows until 2026-11-28T12:11:00+00:00: "
        "8 devices upload"
    ]


def test_a_run_that_could_last_longer_than_allowed_is_refused(far: None) -> None:
    with pytest.raises(ScenarioError, match="this run may last 10 min from now: ask who owns it for longer"):
        check_attached(planned(FAR, allowed(NOW + timedelta(minutes=9)))[0])


def test_nobody_there_and_a_name_that_leads_nowhere_are_sentences(here: Address) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(HarnessError, match=f"nobody takes connections at 127.0.0.1:{port}"):
        check_attached(planned(Address(port=port))[0])
    with pytest.raises(HarnessError, match="leads to no IPv4 address"):
        resolved(Address(host="nowhere.invalid", port=80))
    assert resolved(Address(host="localhost", port=80)) == Address(port=80)


def test_it_is_reached_and_left_alone(tmp_path: Path, here: Address) -> None:
    folder = RunFolder(tmp_path)
    runtime = Attached(RunMarks("run", folder, (), needs=RuntimeNeeds(reached={"api": here})))
    assert runtime.prepare(print) == "127.0.0.1"
    assert (runtime.reach("api"), runtime.listen("api", here), runtime.outlives_run) == (here, here, True)
    runtime.create(Layout({}, {"api": here}, (), here), print)
    with pytest.raises(HarnessError, match="what is attached runs already"):
        runtime.start("api", ProcessStart(("true",)))
    assert (runtime.others(), runtime.stop_all(limit_s=1)) == ({}, [])
    socket.create_connection((here.host, here.port), 5).close()
