"""What nobody asks for, catches or lets through in a simulated run is told all the same: nothing passes over it."""

# ruff: noqa: TID251 - a clock that is banned is what is tried here
from __future__ import annotations

import asyncio
import contextlib
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deadair.engines.run_plan import RunOrder
from deadair.engines.simulated import event_loop as loop
from deadair.engines.simulated.engine import run, run_in_memory
from deadair.engines.simulated.isolation_leaks import LeakError
from deadair.history.reader import read
from deadair.history.rows import Kind
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from deadair.runner import try_out
from deadair.targets.machine import Program
from tests.unit.planted_night import PLANTED, PLANTED_AT_S, Planted, PlantedError, PlantedReference, beside, plan, told


async def dying() -> None:
    await asyncio.sleep(PLANTED_AT_S)
    raise PlantedError


def gathered() -> object:
    return asyncio.gather(dying(), asyncio.sleep(1))


def shielded() -> object:
    return asyncio.shield(asyncio.create_task(dying()))


def task_of_asyncios() -> object:
    return asyncio.Task(dying())


def failed_future() -> object:
    future = asyncio.get_running_loop().create_future()
    future.set_exception(PlantedError())
    return future


@pytest.mark.parametrize("make", [gathered, shielded, task_of_asyncios, failed_future])
def test_an_error_that_nobody_asks_for_is_unknown_though_somebody_keeps_it(make: Callable[[], object]) -> None:
    kept: list[object] = []
    judgement = try_out(plan(PlantedReference("watchdog", beside(make, kept))))
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"PlantedError('{PLANTED}')" in told(judgement)
    assert kept


class Falls:
    """Raises where nobody can catch it."""

    def __del__(self) -> None:
        raise PlantedError


def fallen(_: object) -> None:
    raise PlantedError


def finalized() -> object:
    Falls()
    return None


def called_back() -> object:
    class Seen:
        pass

    return weakref.ref(Seen(), fallen)


@pytest.mark.parametrize("make", [finalized, called_back])
def test_an_error_that_nobody_can_catch_is_unknown(make: Callable[[], object]) -> None:
    judgement = try_out(plan(PlantedReference("watchdog", beside(make, []))))
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"PlantedError('{PLANTED}')" in told(judgement)


def test_what_garbage_does_when_it_is_collected_repeats_whatever_the_process_made_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Knot:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            gone.append(self)

    def plant(good: Program) -> Planted:
        gateway = good.apps["gateway"]

        async def app(scope: Any, receive: Any, send: Any) -> None:
            Knot()
            await asyncio.sleep(len(gone) % 7 / 1e4)
            await gateway(scope, receive, send)

        return Planted({**good.apps, "gateway": app}, good.run)

    monkeypatch.setattr(loop, "COLLECTS_EVERY_STEPS", 1000)
    histories = []
    for more in (0, 33_333):
        gone: list[Knot] = []
        made_before = [[number] for number in range(more)]
        histories.append(run_in_memory(plan(PlantedReference("gateway", plant)))[0].sha256())
        assert len(gone) > 100
        del made_before
    assert histories[0] == histories[1]


def test_a_leak_that_the_service_swallows_is_in_the_history(tmp_path: Path) -> None:
    def swallowed() -> object:
        with contextlib.suppress(LeakError):
            time.monotonic()
        return None

    made, folder = plan(PlantedReference("watchdog", beside(swallowed, []))), RunFolder(tmp_path)
    folder.create()
    with pytest.raises(LeakError):
        run(RunOrder(made.scenario, made.target, made.roster, made.defects, folder, "test", None), lambda _: None)
    (trouble,) = read(folder.history).of(Kind.TROUBLE)["detail"].to_list()
    assert "uses time.monotonic" in trouble


def test_whoever_stops_the_loop_ends_the_run_in_an_error() -> None:
    def stopped() -> object:
        asyncio.get_running_loop().call_later(PLANTED_AT_S, asyncio.get_running_loop().stop)
        return None

    with pytest.raises(HarnessError, match="somebody stopped the loop before the run was over"):
        try_out(plan(PlantedReference("watchdog", beside(stopped, []))))
