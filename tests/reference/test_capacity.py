"""Provisioned capacity and who gets it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.reference.capacity import Bucket, dearness
from deadair.reference.defects.fifo import QueueingAdmission
from deadair.reference.http.admission import Admission, Urgency
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from deadair.reference.storage.queue_bound import QueueBound
from deadair.reference.wiring import NODES, dearness_of
from deadair.targets.machine import Machine
from deadair.targets.reference_simulated import SimulatedEnv


class Meter:
    """As much of a machine as charges need."""

    def __init__(self) -> None:
        self.rng = self.now = None
        self.charged_s = 0.0

    def charge(self, cpu_s: float) -> None:
        self.charged_s += cpu_s


@pytest.mark.parametrize(
    ("cpu_ms_per_s", "times"), [(None, 1.0), (5000.0, 1.0), (1000.0, 1.0), (250.0, 4.0), (0.5, 2000.0)]
)
def test_work_is_as_much_dearer_as_less_than_a_core_is_provisioned(cpu_ms_per_s: float | None, times: float) -> None:
    assert dearness(cpu_ms_per_s) == times


def test_only_the_gateways_work_is_dearer_for_its_lack_of_cpu() -> None:
    found = {node: dearness_of(node, Settings(gateway_cpu_ms_per_s=100.0)) for node in NODES}
    assert found == {node: 10.0 if node == "gateway" else 1.0 for node in NODES}


def test_dear_work_burns_in_real_time_what_it_does_not_cost_anyway(tmp_path: Path) -> None:
    before_s = time.thread_time()
    LiveEnv(tmp_path, Settings(), dearness=5.0).cpu(0.01)
    assert time.thread_time() - before_s >= 0.04


def test_work_at_its_own_price_burns_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "thread_time", lambda: pytest.fail("nothing is to be burnt"))
    LiveEnv(tmp_path, Settings()).cpu(3600.0)


def test_dear_work_is_charged_in_virtual_time() -> None:
    meter = Meter()
    SimulatedEnv(cast(Machine, meter), dearness=4.0).cpu(0.5)
    assert meter.charged_s == 2.0


@given(
    per_s=st.floats(0.1, 1000),
    steps=st.lists(st.tuples(st.floats(0, 10), st.floats(0, 50)), max_size=50),
)
def test_a_bucket_never_gives_more_than_was_provisioned(per_s: float, steps: list[tuple[float, float]]) -> None:
    bucket = Bucket.full(per_s, burst=per_s, now_s=0.0)
    now_s = taken = 0.0
    for wait_s, amount in steps:
        now_s += wait_s
        if bucket.fill(now_s) >= amount:
            bucket.take(amount)
            taken += amount
    assert taken <= per_s * (1 + now_s) * (1 + 1e-9) + 1e-9


def test_unlimited_is_unlimited() -> None:
    bucket = Bucket.full(None, burst=0.0, now_s=0.0)
    bucket.take(1e12)
    assert bucket.fill(0.0) == float("inf")
    assert bucket.wait_s(1e12) == 0.0


def test_a_clock_that_goes_back_fills_nothing() -> None:
    bucket = Bucket.full(10.0, burst=10.0, now_s=100.0)
    bucket.take(10.0)
    assert bucket.fill(50.0) == 0.0


def test_when_capacity_is_short_the_vital_kinds_are_the_last_to_be_refused() -> None:
    async def served() -> dict[Urgency, int]:
        admission = Admission(Settings(gateway_requests_per_s=1.0, capacity_burst_s=100.0), 0.0)
        counts = dict.fromkeys(Urgency, 0)
        for number in range(400):
            for kind in reversed(Urgency):
                if await admission.enter(f"{kind} {number}", kind, 0.0) is None:
                    counts[kind] += 1
        return counts

    counts = asyncio.run(served())
    assert counts[Urgency.FRESH_UPLOAD] > counts[Urgency.POLL] > 0
    assert sum(counts.values()) <= 100


def test_one_who_hammers_leaves_the_others_their_share() -> None:
    async def served() -> tuple[int, int]:
        admission = Admission(
            Settings(gateway_requests_per_s=7.0, account_requests_per_s=1 / 30, account_requests_burst=10.0), 0.0
        )
        mine = hammered = 0
        for tick in range(6000):
            now_s = tick * 0.05
            hammered += await admission.enter("hammer", Urgency.READ, now_s) is None
            if tick % 100 == 0:
                mine += await admission.enter(f"phone {tick % 700}", Urgency.POLL, now_s) is None
        return mine, hammered

    mine, hammered = asyncio.run(served())
    assert mine == 60
    assert hammered <= 10 + 300 / 30 + 1


def test_one_who_hammers_is_not_forgotten_for_others_who_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.reference.capacity.BUCKETS_MAX", 100)

    async def served() -> int:
        admission = Admission(Settings(account_requests_burst=10.0), 0.0)
        hammered = 0
        for number in range(5000):
            hammered += await admission.enter("hammer", Urgency.READ, 0.0) is None
            await admission.enter(f"phone {number}", Urgency.POLL, 0.0)
        assert len(admission._accounts._buckets) == 100
        return hammered

    assert asyncio.run(served()) == 10 - 3  # it reads: 30 % are for what is more vital


def test_an_accounts_own_readers_and_backlog_do_not_keep_its_fresh_readings_out() -> None:
    async def scene(kind: Urgency) -> list[float | None]:
        admission = Admission(Settings(), 0.0)
        uploads = []
        for tick in range(1, 20 * 600):
            await admission.enter("7", kind, tick / 20)
            if tick % (20 * 60) == 0:
                uploads.append(await admission.enter("7", Urgency.FRESH_UPLOAD, tick / 20))
        return uploads

    for kind in (Urgency.READ, Urgency.LOGIN, Urgency.BACKFILL):
        assert asyncio.run(scene(kind)) == [None] * 9, kind


@pytest.mark.parametrize("burst", [0.5, 1.0, 1.5])
def test_however_little_may_be_saved_up_every_kind_is_served_now_and_then(burst: float) -> None:
    async def scene(kind: Urgency) -> int:
        admission = Admission(Settings(account_requests_burst=burst), 0.0)
        return sum([await admission.enter("7", kind, float(tick)) is None for tick in range(60)])

    assert all(asyncio.run(scene(kind)) >= 10 for kind in Urgency)


def test_the_fifo_defect_serves_in_turn_whoever_asks() -> None:
    async def scene() -> list[float | None]:
        admission = QueueingAdmission(Settings(gateway_requests_per_s=1e6), 0.0)
        return await asyncio.gather(*(admission.enter("hammer", Urgency.READ, 0.0) for _ in range(50)))

    assert asyncio.run(scene()) == [None] * 50


def test_room_is_counted_now_and_then_and_never_too_low() -> None:
    counts = iter([10, 4, 7])
    room = QueueBound(lambda: next(counts), every_s=30.0)
    assert room.waiting(100.0) == 10
    room.add(5)
    assert room.waiting(129.0) == 15
    assert room.waiting(130.0) == 4
    assert room.waiting(50.0) == 7
