"""A node of the service that crashes in a simulated run, however it does, is told by name, and nothing passes."""

# ruff: noqa: TID251 - a clock that is banned is what is tried here
from __future__ import annotations

import asyncio
import contextlib
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.engines.order import Order
from harness.engines.simulated import loop
from harness.engines.simulated.engine import run, run_in_memory
from harness.engines.simulated.leaks import LeakError
from harness.engines.simulated.loop import VirtualLoop
from harness.history.reader import read
from harness.history.rows import Kind
from harness.model.errors import HarnessError
from harness.model.run_folder import RunFolder
from harness.model.verdict import Verdict
from harness.runner import try_out
from harness.targets.base import Request, Site
from harness.targets.reference import Reference
from harness.targets.simulated import Machine, Program
from tests.unit.planted_night import PLANTED, PLANTED_AT_S, Planted, PlantedError, PlantedReference, plan, told


def test_without_a_crash_the_night_passes() -> None:
    judgement = try_out(plan())
    assert (judgement.verdict, judgement.doubts) == (Verdict.PASS, ())
    assert judgement.silences.count > 0


def crashing(at_s: float) -> Callable[[Program], Planted]:
    """Return what plants a crash beside a node's own work, so many seconds after its start."""

    def plant(good: Program) -> Planted:
        async def run() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(good.run())
                await asyncio.sleep(at_s)
                raise PlantedError

        return Planted(good.apps, run)

    return plant


@pytest.mark.parametrize("node", Reference.nodes)
def test_a_node_whose_work_crashes_is_unknown(node: str) -> None:
    judgement = try_out(plan(PlantedReference(node, crashing(PLANTED_AT_S))))
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"{node}: {node}" in told(judgement)
    assert PLANTED in told(judgement)


def test_a_node_whose_work_returns_is_unknown() -> None:
    def plant(good: Program) -> Planted:
        async def run() -> None:
            await asyncio.wait([asyncio.create_task(good.run())], timeout=PLANTED_AT_S)

        return Planted(good.apps, run)

    judgement = try_out(plan(PlantedReference("notifier", plant)))
    assert judgement.verdict is Verdict.UNKNOWN
    assert "notifier ended by itself" in told(judgement)


def test_a_node_that_cannot_boot_is_unknown() -> None:
    def plant(good: Program) -> Planted:
        raise PlantedError

    judgement = try_out(plan(PlantedReference("sentinel", plant)))
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.why.startswith("nothing is proved: runner: sentinel: ")
    assert PLANTED in judgement.why


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "forgotten"])
def test_a_task_of_the_service_that_dies_silently_is_unknown(kept: bool) -> None:
    async def die() -> None:
        await asyncio.sleep(PLANTED_AT_S)
        raise PlantedError

    references: list[asyncio.Task[None]] = []

    def plant(good: Program) -> Planted:
        async def run() -> None:
            task = asyncio.create_task(die(), name="a task on the side")
            references.extend([task] if kept else [])
            del task
            await good.run()

        return Planted(good.apps, run)

    judgement = try_out(plan(PlantedReference("watchdog", plant)))
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"watchdog: a task on the side: PlantedError('{PLANTED}')" in told(judgement)


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


def beside(make: Callable[[], object], kept: list[object]) -> Callable[[Program], Planted]:
    """Return what makes something beside a node's own work, and keeps hold of it."""

    def plant(good: Program) -> Planted:
        async def run() -> None:
            kept.append(make())
            await good.run()

        return Planted(good.apps, run)

    return plant


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
        run(Order(made.scenario, made.target, made.roster, made.defects, folder, "test", None), lambda _: None)
    (trouble,) = read(folder.history).of(Kind.TROUBLE)["detail"].to_list()
    assert "uses time.monotonic" in trouble


def test_who_gives_up_an_inner_request_harms_nobody() -> None:
    class Impatient(Reference):
        def program(self, node: str, machine: Machine, site: Site) -> Program | None:
            good = super().program(node, machine, site)
            if good is None or node != "watchdog":
                return good

            async def ask() -> None:
                await asyncio.sleep(PLANTED_AT_S)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.0001):
                        await machine.ask("watchdog→sentinel", Request("/nowhere", b""), limit_s=1.0)

            async def both() -> None:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(good.run())
                    tasks.create_task(ask())

            return Planted(good.apps, both)  # type: ignore[return-value]

    assert try_out(plan(Impatient())).verdict is Verdict.PASS


def test_an_application_that_looks_whether_its_client_is_still_there_harms_nobody() -> None:
    def plant(good: Program) -> Planted:
        gateway = good.apps["gateway"]

        async def app(scope: Any, receive: Any, send: Any) -> None:
            first = await receive()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(receive(), 0.0001)

            async def body() -> Any:
                return first

            await gateway(scope, body, send)

        return Planted({**good.apps, "gateway": app}, good.run)

    assert try_out(plan(PlantedReference("gateway", plant))).verdict is Verdict.PASS


def test_whoever_stops_the_loop_ends_the_run_in_an_error() -> None:
    def stopped() -> object:
        asyncio.get_running_loop().call_later(PLANTED_AT_S, asyncio.get_running_loop().stop)
        return None

    with pytest.raises(HarnessError, match="somebody stopped the loop before the run was over"):
        try_out(plan(PlantedReference("watchdog", beside(stopped, []))))


@pytest.mark.parametrize("answered", [False, True], ids=["before its answer", "after its answer"])
def test_an_application_that_crashes_at_one_request_is_unknown(answered: bool) -> None:
    def plant(good: Program) -> Planted:
        gateway, served = good.apps["gateway"], iter(range(10**9))

        async def app(scope: Any, receive: Any, send: Any) -> None:
            crashes = next(served) == 50
            if answered or not crashes:
                await gateway(scope, receive, send)
            if crashes:
                raise PlantedError

        return Planted({**good.apps, "gateway": app}, good.run)

    judgement = try_out(plan(PlantedReference("gateway", plant)))
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"the application at gateway failed to answer: PlantedError('{PLANTED}')" in told(judgement)


def test_a_service_that_goes_round_in_one_moment_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VirtualLoop.__init__, "__kwdefaults__", {"steps_at_once_max": 20_000})

    def plant(good: Program) -> Planted:
        async def run() -> None:
            await asyncio.sleep(PLANTED_AT_S)
            while True:
                await asyncio.sleep(0)

        return Planted(good.apps, run)

    with pytest.raises(HarnessError, match="callbacks ran and time did not move"):
        try_out(plan(PlantedReference("watchdog", plant)))


def test_a_crash_in_the_very_last_moment_is_unknown() -> None:
    ends_s = (38 * 60 + 30) / 60.0
    judgement = try_out(plan(PlantedReference("watchdog", crashing(ends_s))))
    assert judgement.verdict is Verdict.UNKNOWN
    assert PLANTED in told(judgement)


def test_a_failing_build_that_crashes_too_never_passes() -> None:
    def plant(good: Program) -> Planted:
        async def run() -> None:
            await asyncio.sleep(PLANTED_AT_S)
            raise PlantedError

        return Planted(good.apps, run)

    defective = replace(plan(PlantedReference("watchdog", plant)), defects=("disarmed-by-stored",))
    assert try_out(defective).verdict is not Verdict.PASS
