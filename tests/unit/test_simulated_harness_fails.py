"""A rule, an app, the push provider or a recorder that crashes in a simulated run is told by name; nothing passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from greenlet import GreenletExit

from deadair.engines.simulated.push_provider import SimulatedPush
from deadair.history.recorder import MemoryRecorder
from deadair.history.rows import Kind
from deadair.model.verdict import Verdict
from deadair.rules.no_false_alarm import NoFalseAlarm
from deadair.runner import try_out
from deadair.targets.app import App
from deadair.targets.reference import Reference
from deadair.targets.reference_app import ReferenceApp
from tests.unit.planted_night import PLANTED, PlantedError, plan, told


def test_a_rule_that_crashes_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(rule: NoFalseAlarm, evidence: object) -> object:
        raise PlantedError

    monkeypatch.setattr(NoFalseAlarm, "judge", judge)
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"no_false_alarm: the rule itself failed: PlantedError: {PLANTED}" in told(judgement)


@pytest.mark.parametrize(
    ("error", "said"),
    [(PlantedError(), f"fleet: PlantedError: {PLANTED}"), (GreenletExit(PLANTED), f"GreenletExit('{PLANTED}')")],
    ids=["an error", "an end of its green thread"],
)
def test_an_app_that_crashes_in_the_fleet_is_unknown(error: BaseException, said: str) -> None:
    class CrashingApp(ReferenceApp):
        def step(self, state: Any, event: Any, now_s: float) -> Any:
            self.steps = getattr(self, "steps", 0) + 1
            if self.steps == 40:
                raise error
            return super().step(state, event, now_s)

    class CrashingPhones(Reference):
        def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:
            return CrashingApp(defects, realarm_every_s=900.0, speed=speed)

    judgement = try_out(plan(CrashingPhones()))
    assert judgement.verdict is Verdict.UNKNOWN
    assert said in told(judgement)


def test_a_push_application_that_crashes_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(push: SimulatedPush, path: str, body: bytes) -> tuple[int, bytes]:
        raise PlantedError

    monkeypatch.setattr(SimulatedPush, "_answer", answer)
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert f"the application at push failed to answer: PlantedError('{PLANTED}')" in told(judgement)


def fill_disk(monkeypatch: pytest.MonkeyPatch, full: Callable[[MemoryRecorder, Kind], bool]) -> None:
    """Let recorders find no room, early in the storm, for the rows that ``full`` says."""
    good = MemoryRecorder.add

    def add(recorder: MemoryRecorder, what: Kind, *, at_us: int | None = None, **columns: Any) -> None:
        if full(recorder, what) and recorder.clock.now_us() > 12 * 60e6:
            raise OSError(28, "No space left on device")
        good(recorder, what, at_us=at_us, **columns)

    monkeypatch.setattr(MemoryRecorder, "add", add)


@pytest.mark.parametrize(("who", "kind"), [
    ("fleet", Kind.POLL), ("fleet", Kind.MEASURED), ("fleet", Kind.STATUS), ("push-gateway", Kind.ACCEPTED),
])  # fmt: skip
def test_a_recorder_whose_disk_is_full_is_unknown(monkeypatch: pytest.MonkeyPatch, who: str, kind: Kind) -> None:
    fill_disk(monkeypatch, lambda recorder, what: (recorder.who, what) == (who, kind))
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert "No space left on device" in told(judgement)


def test_a_recorder_that_cannot_even_tell_its_trouble_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch, lambda recorder, what: recorder.who == "fleet" and what != Kind.CLOSED)
    judgement = try_out(plan())
    assert judgement.verdict is Verdict.UNKNOWN
    assert "No space left on device" in told(judgement)


def test_a_runners_recorder_that_fails_lets_nobody_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch, lambda recorder, what: recorder.who == "runner")
    with pytest.raises(OSError, match="No space left on device"):
        try_out(plan())
