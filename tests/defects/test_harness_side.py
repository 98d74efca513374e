"""Defects of the harness itself: planted, each makes a night unknown by its own doubt, or ends it by its name.

None of them is the service's: a night that it passes must not be failed, and must not be green.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deadair.engines.simulated import fleet_runtime
from deadair.fleet.phones import phone
from deadair.fleet.phones.phone import Handset
from deadair.history.recorder import MemoryRecorder, Recorder
from deadair.history.rows import Kind
from deadair.injectors.kills import SimulatedKiller
from deadair.injectors.push_provider import SimulatedOrders
from deadair.injectors.toxiproxy import SimulatedFreezer
from deadair.model.errors import HarnessError
from deadair.model.judgement import Judgement
from deadair.model.verdict import Verdict
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from deadair.targets.app import Effect, Present
from tools.seeds import judged, scaled

SHARE = 0.3
LOST_SHARE = 0.01
STALL_REAL_S = 6.0
STALLS_AFTER_ITEMS = 400
NEEDED = {Kind.HEARTBEAT, Kind.CLOSED, Kind.PHASE, Kind.STEADY, Kind.FAULT, Kind.SAMPLE}
"""What the runner writes of itself: without it a run is unknown whatever the others lose."""


def tonight(name: str = "smoke/partition") -> Judgement:
    return judged(scaled(load(shipped()[name]), SHARE))


def unknown_by(*doubts: str) -> None:
    """Run a night, and see that nobody is blamed for it: each of these is among its doubts."""
    found = tonight()
    said = [doubt.what for doubt in found.doubts]
    assert found.verdict is Verdict.UNKNOWN, found.why
    assert [finding.rule for finding in found.findings if finding.verdict is Verdict.FAIL] == []
    for doubt in doubts:
        assert any(doubt in one for one in said), said


def test_the_same_nights_pass_without_any() -> None:
    for name in ("smoke/partition", "smoke/kill"):
        found = tonight(name)
        assert found.verdict is Verdict.PASS, found.why
        assert not found.doubts


def test_a_rule_that_throws_is_unknown_by_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def throws(*_: object) -> None:
        raise ZeroDivisionError("no limit")

    monkeypatch.setattr(NoDataDeadline, "judge", throws)
    unknown_by("no_data_deadline had nothing to judge")
    assert [each.why for each in tonight().findings if each.rule == "no_data_deadline"] == [
        "the rule itself failed: ZeroDivisionError: no limit"
    ]


@pytest.mark.parametrize(
    ("injector", "name", "doubt"),
    [
        (SimulatedFreezer, "smoke/partition", "f1 (partition at downlink[south]) was not proved to have had an effect"),
        (SimulatedKiller, "smoke/kill", "f2 (kill at watchdog) was not proved to have had an effect"),
        (SimulatedOrders, "smoke/provider", "f2 (refuse at push) was not proved to have had an effect"),
    ],
)
def test_a_fault_that_does_nothing_is_not_proved(
    monkeypatch: pytest.MonkeyPatch, injector: type[Any], name: str, doubt: str
) -> None:
    monkeypatch.setattr(injector, "begin", lambda *_: None)
    found = tonight(name)
    assert found.verdict is Verdict.UNKNOWN, found.why
    assert any(one.what.startswith(doubt) for one in found.doubts)


@pytest.mark.parametrize(
    ("injector", "name", "said"),
    [
        (SimulatedFreezer, "smoke/partition", r"f1: the freeze of downlink\[south\] is still there after healing"),
        (SimulatedKiller, "smoke/kill", "f2: the kill of watchdog is still there after healing"),
        (SimulatedOrders, "smoke/provider", "f2: the refuse of push is still there after healing"),
    ],
)
def test_a_heal_that_does_nothing_ends_the_run_as_the_harness_own_failure(
    monkeypatch: pytest.MonkeyPatch, injector: type[Any], name: str, said: str
) -> None:
    monkeypatch.setattr(injector, "heal", lambda *_: None)
    with pytest.raises(HarnessError, match=said):
        tonight(name)


def test_a_fleet_that_stands_still_is_behind_its_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stalls(fleet_runtime.SimulatedScheduler[Any]):
        def due(self) -> Iterator[tuple[int, Any]]:
            for number, item in enumerate(super().due()):
                if number == STALLS_AFTER_ITEMS:
                    self._clock.pause(STALL_REAL_S)
                yield item

    monkeypatch.setattr(
        fleet_runtime.SimulatedRuntime, "scheduler", lambda runtime, until: Stalls(runtime.clock, until)
    )
    unknown_by("real ms behind its schedule; 500 ms are allowed")


def test_a_recorder_that_stops_beating_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    tick = Recorder.tick

    def tired(self: Recorder) -> None:
        if self.who != "push-gateway" or not 9 * 60e6 < self.clock.now_us() < 14 * 60e6:
            tick(self)

    monkeypatch.setattr(Recorder, "tick", tired)
    unknown_by("push-gateway")


def loses(keep: Callable[..., None], *, numbered: bool) -> Callable[..., None]:
    """Return an ``add`` that loses a hundredth of the rows, before or after they have their number."""
    generator = random.Random(1)

    def add(self: MemoryRecorder, kind: Kind, **columns: Any) -> None:
        lost = kind not in NEEDED and generator.random() < LOST_SHARE
        if not lost or numbered:
            keep(self, kind, **columns)
        if lost and numbered:
            self._rows.pop()

    return add


@pytest.mark.parametrize(
    ("numbered", "doubt"),
    [(True, "fleet.arrow: rows are missing inside it"), (False, "made by no device, by the fleet's own rows")],
)
def test_a_recorder_that_loses_a_hundredth_of_its_rows_is_seen_by_numbers_and_by_other_rows(
    monkeypatch: pytest.MonkeyPatch, doubt: str, *, numbered: bool
) -> None:
    monkeypatch.setattr(MemoryRecorder, "add", loses(Recorder.add, numbered=numbered), raising=False)
    unknown_by(doubt)


def test_a_push_gateway_that_writes_down_half_of_what_it_takes_is_seen_by_what_phones_got(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add, taken = Recorder.add, [0]

    def half(self: MemoryRecorder, kind: Kind, **columns: Any) -> None:
        taken[0] += kind == Kind.ACCEPTED
        if kind != Kind.ACCEPTED or taken[0] % 2:
            add(self, kind, **columns)

    monkeypatch.setattr(MemoryRecorder, "add", half, raising=False)
    unknown_by("got by phones and taken by no push gateway, by its own rows")


def test_phones_that_present_nothing_are_seen_by_what_their_app_said(monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out = phone._carry_out

    def mute(handset: Handset, effects: tuple[Effect, ...]) -> tuple[Handset, tuple[Effect, ...]]:
        return carry_out(handset, tuple(one for one in effects if not isinstance(one, Present)))

    monkeypatch.setattr(phone, "_carry_out", mute)
    unknown_by("presented, and nothing rang or stood on the phone then, by the fleet's own rows")
