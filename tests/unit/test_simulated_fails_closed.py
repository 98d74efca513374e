"""Whatever crashes in a simulated run, of service, fleet or harness, is told by name, and nothing passes.

Each test plants one crash into a small night that passes without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from harness.checkers.no_false_alarm import NoFalseAlarm
from harness.engines.order import Plan
from harness.engines.simulated.loop import VirtualLoop
from harness.engines.simulated.push import SimulatedPush
from harness.history.recorder import MemoryRecorder
from harness.history.rows import Kind
from harness.model.errors import HarnessError
from harness.model.judgement import Judgement
from harness.model.verdict import Verdict
from harness.runner import try_out
from harness.scenario.load import loads
from harness.targets.base import App, Site
from harness.targets.reference import Reference
from harness.targets.reference_app import ReferenceApp
from harness.targets.simulated import Machine, Program

SCENARIO = loads(
    """
name: planted
why: A night so small that a crash can be planted anywhere in it.
target: {name: reference, capacity: {gateway_requests_per_s: 20, store_rows_per_s: 33}}
seed: 5
speed: 60
fleet: {devices: 3, followers_per_device: 1, reading_every: 2m, poll_every: 2m, no_data_after: 10m,
        cohorts: {south: 34%}}
phases: {warm_up: 8m, storm: 20m, recovery: 10m}
timeline:
  - {at: 0m, lasts: 18m, where: "downlink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: nothing_lost}
  - {kind: shows_age}
  - {kind: recovers, within: 8m}
""",
    "planted.yaml",
)
PLANTED_AT_S = 15.0
"""Seconds of the loop's clock after a part's start: a quarter of an hour later, early in the storm."""
PLANTED = "a crash that was planted"


class PlantedError(Exception):
    """What every planted crash raises."""

    def __init__(self) -> None:
        super().__init__(PLANTED)


@dataclass
class Planted:
    """A node of the service in which something is planted."""

    apps: Mapping[str, Any]
    run: Callable[[], Awaitable[None]]


class PlantedReference(Reference):
    """The reference, one node of which is built by ``plant`` from the good one."""

    def __init__(self, node: str, plant: Callable[[Program], Planted]) -> None:
        self._node = node
        self._plant = plant

    def program(self, node: str, machine: Machine, site: Site) -> Program | None:
        good = super().program(node, machine, site)
        return self._plant(good) if good is not None and node == self._node else good  # type: ignore[return-value]


def plan(target: Reference | None = None) -> Plan:
    return Plan.drawn(SCENARIO, target or Reference())


def told(judgement: Judgement) -> str:
    """Return all that the report says of trouble."""
    findings = [f"{finding.rule}: {finding.why}" for finding in judgement.findings]
    return "\n".join([judgement.why, *(doubt.what for doubt in judgement.doubts), *findings])


def test_without_a_crash_the_night_passes() -> None:
    judgement = try_out(plan())
    assert (judgement.verdict, judgement.doubts) == (Verdict.PASS, ())
    assert judgement.silences.count > 0


def test_a_checker_that_crashes_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(rule: NoFalseAlarm, evidence: object) -> object:
        raise PlantedError

    monkeypatch.setattr(NoFalseAlarm, "judge", judge)
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"no_false_alarm: the checker itself failed: PlantedError: {PLANTED}" in told(judgement)


def test_an_app_that_crashes_in_the_fleet_is_unknown() -> None:
    class CrashingApp(ReferenceApp):
        def step(self, state: Any, event: Any, now_s: float) -> Any:
            self.steps = getattr(self, "steps", 0) + 1
            if self.steps == 40:
                raise PlantedError
            return super().step(state, event, now_s)

    class CrashingPhones(Reference):
        def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:
            return CrashingApp(defects, realarm_every_s=900.0, speed=speed)

    judgement = try_out(plan(CrashingPhones()))
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"fleet: PlantedError: {PLANTED}" in told(judgement)


@pytest.mark.parametrize("node", Reference.nodes)
def test_a_node_whose_work_crashes_is_unknown(node: str) -> None:
    def plant(good: Program) -> Planted:
        async def run() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(good.run())
                await asyncio.sleep(PLANTED_AT_S)
                raise PlantedError

        return Planted(good.apps, run)

    judgement = try_out(plan(PlantedReference(node, plant)))
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


def test_a_push_application_that_crashes_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(push: SimulatedPush, path: str, body: bytes) -> tuple[int, bytes]:
        raise PlantedError

    monkeypatch.setattr(SimulatedPush, "_answer", answer)
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"the application at push failed to answer: PlantedError('{PLANTED}')" in told(judgement)


@pytest.mark.parametrize(("who", "kind"), [
    ("fleet", Kind.POLL), ("fleet", Kind.MEASURED), ("fleet", Kind.STATUS), ("push-gateway", Kind.ACCEPTED),
])  # fmt: skip
def test_a_recorder_whose_disk_is_full_is_unknown(monkeypatch: pytest.MonkeyPatch, who: str, kind: Kind) -> None:
    good = MemoryRecorder.add

    def add(recorder: MemoryRecorder, what: Kind, *, at_us: int | None = None, **columns: Any) -> None:
        if (recorder.who, what) == (who, kind) and recorder.clock.now_us() > 12 * 60e6:
            raise OSError(28, "No space left on device")
        good(recorder, what, at_us=at_us, **columns)

    monkeypatch.setattr(MemoryRecorder, "add", add)
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert "No space left on device" in told(judgement)


def test_a_recorder_that_cannot_even_tell_its_trouble_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    good = MemoryRecorder.add

    def add(recorder: MemoryRecorder, what: Kind, *, at_us: int | None = None, **columns: Any) -> None:
        if recorder.who == "fleet" and recorder.clock.now_us() > 12 * 60e6 and what != Kind.CLOSED:
            raise OSError(28, "No space left on device")
        good(recorder, what, at_us=at_us, **columns)

    monkeypatch.setattr(MemoryRecorder, "add", add)
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert "No space left on device" in told(judgement)


def test_a_runners_recorder_that_fails_lets_nobody_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    good = MemoryRecorder.add

    def add(recorder: MemoryRecorder, what: Kind, *, at_us: int | None = None, **columns: Any) -> None:
        if recorder.who == "runner" and recorder.clock.now_us() > 12 * 60e6:
            raise OSError(28, "No space left on device")
        good(recorder, what, at_us=at_us, **columns)

    monkeypatch.setattr(MemoryRecorder, "add", add)
    with pytest.raises(OSError, match="No space left on device"):
        try_out(plan())


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

    def plant(good: Program) -> Planted:
        async def run() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(good.run())
                await asyncio.sleep(ends_s)
                raise PlantedError

        return Planted(good.apps, run)

    judgement = try_out(plan(PlantedReference("watchdog", plant)))
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
