"""A whole service whose store is on a PostgreSQL server: while that hangs or is gone, nobody is left untold."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.injectors.processes import Identity, descendants
from deadair.model.clock import RunClock
from deadair.targets.reference_postgres import STORE, ReferencePostgres
from tests.e2e.storage_night import Night, now_s, until
from tools.live_reference import started
from tools.running_postgres import WHY_NONE
from tools.sink import Sink

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(WHY_NONE), reason=WHY_NONE)]

SPEED = 10.0
"""At which nodes wait a second for each other's answers."""
SOON_S = 1.0
APART = ("watchdog", "notifier", "sentinel")


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    phones = Sink()
    with (
        started(tmp_path, speed=SPEED, target=ReferencePostgres()) as service,
        phones.listening(service.site.routes["notifier→push"]),
    ):
        yield Night(service, phones)
        send(service.processes[STORE].pid, signal.SIGCONT)


def send(pid: int, number: signal.Signals) -> None:
    """Signal the server with everything that it started."""
    if (server := Identity.of(pid)) is not None:
        for one in (server, *descendants(server)):
            one.send(number)


def why_not_ready(night: Night, node: str) -> str:
    return night.service.target.why_not_ready(node, night.service.site)


def uploads_soon(night: Night, measured_s: int) -> None:
    """Upload, and see that the acknowledgement does not wait for the store."""
    clock = RunClock.starting_now(speed=1)
    night.upload(measured_s)
    assert clock.now_us() < SOON_S * 1e6


def goes_without_its_store(night: Night, measured_s: int) -> None:
    """See that all goes on but what needs the store, and that this says so."""
    for number in range(3):
        uploads_soon(night, measured_s + number)
    night.goes_blind_and_is_told()
    for node in ("gateway", "processor"):
        until(lambda node=node: "store: " in why_not_ready(night, node), f"the {node} does not say so")  # type: ignore[misc]
    assert [why_not_ready(night, node) for node in APART] == [""] * len(APART)
    answer = night.read()
    assert (answer.status, answer.body, dict(answer.headers)["retry-after"]) == (200, b"[]", "1")
    night.goes_blind_and_is_told()
    for node in ("gateway", "processor"):
        log = night.service.site.data / f"{node}.log"
        until(lambda log=log: '"event":"trouble","what":"store"' in log.read_text(), "its log does not say so")  # type: ignore[misc]
        assert "postgresql://" not in log.read_text()


def goes_on(night: Night, measured_s: int, readings: int) -> None:
    """See that everything is stored, once, and that nothing is wrong any more."""

    def all_there() -> bool:
        return night.read().body != b"[]" and night.stored() == [measured_s + number for number in range(readings)]

    until(all_there, "readings were lost")
    until(lambda: not any(why_not_ready(night, node) for node in night.service.target.nodes), "it is not over")


def test_a_server_that_hangs_stops_neither_alarms_nor_uploads_and_nothing_is_lost(night: Night) -> None:
    measured_s = now_s() - 10
    night.upload(measured_s)
    goes_on(night, measured_s, 1)
    send(night.service.processes[STORE].pid, signal.SIGSTOP)
    assert why_not_ready(night, STORE).startswith("it does not answer")
    goes_without_its_store(night, measured_s)
    send(night.service.processes[STORE].pid, signal.SIGCONT)
    goes_on(night, measured_s, 3)


def test_a_server_that_is_killed_does_neither_and_what_it_had_is_there_again(night: Night) -> None:
    measured_s = now_s() - 10
    night.upload(measured_s)
    goes_on(night, measured_s, 1)
    night.service.kill(STORE)
    goes_without_its_store(night, measured_s)
    night.service.start(STORE)
    goes_on(night, measured_s, 3)


def test_nodes_that_start_while_the_server_hangs_work_once_it_answers(night: Night) -> None:
    send(night.service.processes[STORE].pid, signal.SIGSTOP)
    for node in ("gateway", "processor"):
        night.service.kill(node)
        night.service.start(node)
        until(lambda node=node: "store: " in why_not_ready(night, node), f"the {node} does not start")  # type: ignore[misc]
    measured_s = now_s() - 10
    goes_without_its_store(night, measured_s)
    send(night.service.processes[STORE].pid, signal.SIGCONT)
    goes_on(night, measured_s, 3)
