"""A node of the service that crashes in a simulated run, however it does, is told by name, and nothing passes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.model.errors import HarnessError
from deadair.model.verdict import Verdict
from deadair.runner import try_out
from deadair.targets.machine import Machine, Program
from deadair.targets.reference import Reference
from deadair.targets.request import Request
from deadair.targets.target import Site
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

            return Planted(good.apps, both)

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
