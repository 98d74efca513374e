"""Loads in virtual time: they log in, wait for their go, offer what they should, and wake no more than they must."""

from __future__ import annotations

import json
from typing import Any, Literal, cast

import pytest

from deadair.fleet.load import load_driver as loads
from deadair.fleet.load.backlog import BacklogLoad
from deadair.fleet.load.load_driver import LOG_IN_LIMIT_S, LOG_INS_AT_ONCE, LoadDriver
from deadair.fleet.load.overload import OverloadLoad
from deadair.fleet.process.fleet_plan import LoadPlan
from deadair.history.rows import Kind
from deadair.model.errors import HarnessError
from deadair.targets.adapters.uploader import Uploader
from deadair.targets.request import Answer, Request
from deadair.targets.target import Target
from tests.unit.fleet_fakes import FakeTarget, FakeUploader
from tests.unit.virtual_runtime import CountingSignal, Service, VirtualRuntime

HOUR_US = 3_600_000_000
OK = Answer(200, b'"6a1f1c7e-0d2b-4c3a-9f4e-5b6c7d8e9f00"')


def plan_of(kind: Literal["backlog", "overload"], *, amount: float, rate: float = 0.0, accounts: int = 4) -> LoadPlan:
    return LoadPlan(
        fault_id="f1",
        kind=kind,
        where="uplink",
        amount=amount,
        lasts_us=HOUR_US,
        base_requests_per_s=rate,
        accounts=tuple(f"load-f1-{number}" for number in range(accounts)),
    )


def always_ok(request: Request) -> Answer:
    return OK


def overload(service: Service = always_ok, **more: Any) -> tuple[VirtualRuntime, OverloadLoad]:
    plan = plan_of("overload", amount=10.0, rate=more.pop("rate", 0.1), accounts=more.pop("accounts", 4))
    runtime = VirtualRuntime(service, **more)
    return runtime, OverloadLoad(runtime, plan)


def play_load(runtime: VirtualRuntime, load: LoadDriver) -> None:
    """Let a load run from its log-ins to its end, and a little longer."""

    def scene() -> None:
        runtime.spawn(load.run)
        runtime.switch.ready.wait()
        runtime.switch.go.set()
        runtime.switch.ended.wait()
        runtime.pause(10.0)

    runtime.play(scene)


class OneReadingATime(FakeUploader):
    batch_readings_max = 1


class SmallUploads(FakeTarget):
    def uploader(self) -> Uploader:
        return OneReadingATime()


def test_a_backlog_is_offered_in_uploads_as_small_as_the_target_takes() -> None:
    sizes = []

    def answer(request: Request) -> Answer:
        body = json.loads(request.body)
        sizes.extend([len(body["readings"])] if "readings" in body else [])
        return Answer(200, b'{"session": "s", "duplicate": false}')

    runtime = VirtualRuntime(answer, target=cast(Target, SmallUploads()))
    play_load(runtime, BacklogLoad(runtime, plan_of("backlog", amount=30.0)))
    assert sizes == [1] * 30


def offered(runtime: VirtualRuntime) -> int:
    return sum(row["value"] for row in runtime.rows(Kind.OFFERED))


def test_everybody_is_logged_in_a_few_at_once_before_the_load_is_ready() -> None:
    refusals = iter([Answer(503, b"", 0.5), None, Answer(500, b"")])
    runtime, load = overload(lambda _: next(refusals, OK), accounts=30)

    def scene() -> None:
        runtime.spawn(load.run)
        runtime.switch.ready.wait()

    runtime.play(scene)
    assert len(load.sessions) == 30
    assert runtime.switch.status.ready
    assert runtime.fake_route.most_under_way == LOG_INS_AT_ONCE


def test_accounts_that_cannot_log_in_end_the_load_after_the_limit() -> None:
    runtime, load = overload(lambda _: Answer(503, b""))
    with pytest.raises(HarnessError, match="4 accounts of f1 could not log in within 60 s"):
        runtime.play(load.run)
    assert LOG_IN_LIMIT_S <= runtime.clock.loop.time() < LOG_IN_LIMIT_S + 5.0


def test_a_crash_while_logging_in_leaves_nobody_waiting() -> None:
    def crash(request: Request) -> Answer:
        runtime.stopping.set()
        raise RuntimeError("planted")

    runtime, load = overload(crash)
    runtime.switch.go.set()
    with pytest.raises(RuntimeError, match="planted"):
        runtime.play(load._log_in_all)
    assert not load.sessions


def test_a_load_without_a_go_sleeps() -> None:
    runtime, load = overload()

    def scene() -> None:
        runtime.spawn(load.run)
        runtime.switch.ready.wait()
        before = CountingSignal.waits
        runtime.pause(72 * 3600.0)
        assert CountingSignal.waits == before

    runtime.play(scene)
    assert offered(runtime) == 0


def test_a_stalled_service_is_offered_as_much_as_there_are_connections_and_no_more() -> None:
    stalled_s, wanted_per_real_s = 1.0, 4000.0

    def only_log_ins(request: Request) -> Answer | None:
        return OK if b"password" in request.body else None

    runtime, load = overload(only_log_ins, rate=wanted_per_real_s / 10 / 60, took_s=stalled_s)

    def scene() -> None:
        runtime.spawn(load.run)
        runtime.switch.ready.wait()
        runtime.switch.go.set()
        runtime.pause(3.5 * stalled_s)

    runtime.play(scene)
    assert runtime.fake_route.most_under_way == OverloadLoad.connections
    assert load.offered == 3 * OverloadLoad.connections


def test_an_overload_of_a_few_requests_wakes_only_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loads, "TELL_EVERY_S", 3600.0)
    runtime, load = overload(speed=1.0, rate=0.01)
    before = CountingSignal.waits
    play_load(runtime, load)
    assert 359 <= offered(runtime) <= 360
    assert CountingSignal.waits - before < 2 * 360


def test_an_overload_of_nothing_offers_nothing_and_ends() -> None:
    runtime, load = overload(rate=0.0)
    play_load(runtime, load)
    assert offered(runtime) == 0
    assert runtime.switch.status.done


def test_what_was_under_way_when_the_load_ended_still_counts() -> None:
    runtime, load = overload(rate=0.5, took_s=0.9)
    play_load(runtime, load)
    # 5 requests in each second of real life, of which 270 are always under way; the last 4 ms may be cut off.
    assert 0.999 * 18_000 < offered(runtime) <= 18_000
    assert runtime.switch.status.offered == offered(runtime) == load.answered


@pytest.mark.parametrize("kind", ["backlog", "overload"])
def test_a_load_ends_when_its_time_is_over_however_long_the_service_lets_it_wait(
    kind: Literal["backlog", "overload"],
) -> None:
    """So a heal that comes late was the harness's doing: nothing of it waits for an answer of the service."""
    makes = {"backlog": BacklogLoad, "overload": OverloadLoad}
    runtime = VirtualRuntime(lambda request: OK if b"password" in request.body else None, took_s=30.0)
    load = makes[kind](runtime, plan_of(kind, amount=10.0, rate=0.1))
    took_s: list[float] = []

    def scene() -> None:
        runtime.spawn(load.run)
        runtime.switch.ready.wait()
        began_s = runtime.clock.loop.time()
        runtime.switch.go.set()
        runtime.switch.ended.wait()
        took_s.append(runtime.clock.loop.time() - began_s)

    runtime.play(scene)
    assert load.offered > load.answered
    assert took_s == pytest.approx([HOUR_US / runtime.clock.speed / 1e6], abs=0.01)


def test_a_backlog_is_offered_whole_and_again_what_was_refused() -> None:
    sheds = iter([Answer(503, b"", 0.3)] * 20)

    def shedding(request: Request) -> Answer | None:
        login = "Login" in request.path or "Authenticate" in request.path
        return OK if login else next(sheds, Answer(200, b"{}"))

    plan = plan_of("backlog", amount=1000.0)
    runtime = VirtualRuntime(shedding)
    load = BacklogLoad(runtime, plan)
    play_load(runtime, load)
    assert (offered(runtime), load.accepted) == (1000, 1000)
    assert load.answered > 1000
