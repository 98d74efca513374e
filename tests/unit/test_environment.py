"""What every process of a run reads about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from deadair.model.clock import RunClock
from deadair.model.environment import Environment
from deadair.model.judgement import Subject


def test_every_process_gets_the_very_same_clock() -> None:
    clock = RunClock(epoch_wall_ns=1_795_419_653_123_456_789, epoch_mono_ns=9_223_372_036_854_775, speed=75)
    subject = Subject(version="1", command="none", configuration_sha256="0")
    made = Environment(
        run_id="r", engine="live", command="none", subject=subject, clock=clock.as_dict(), recorders=(), wall_limit_s=1
    )
    read = Environment.model_validate_json(made.model_dump_json()).run_clock
    assert read == clock
    assert read.of_wall_us(1_795_419_700) == clock.of_wall_us(1_795_419_700)


CLOCK: dict[str, Any] = {"epoch_wall_ns": 1_795_419_653_123_456_789, "epoch_mono_ns": 9_223_372, "speed": 60}


def told(clock: dict[str, Any]) -> str:
    subject = {"version": "1", "command": "none", "configuration_sha256": "0"}
    return json.dumps(
        {"run_id": "r", "engine": "live", "command": "none", "subject": subject, "clock": clock, "recorders": [],
         "wall_limit_s": 1}
    )  # fmt: skip


@pytest.mark.parametrize("speed", [60, 60.5])
def test_a_clock_is_written_as_it_was_read(speed: float) -> None:
    read = Environment.model_validate_json(told({**CLOCK, "speed": speed}))
    assert json.dumps(json.loads(read.model_dump_json())["clock"]) == json.dumps({**CLOCK, "speed": speed})


@pytest.mark.parametrize(
    "change", [{"speed": 0}, {"speed": -1.5}, {"speed": float("inf")}, {"speed": float("nan")}, {"speed": "fast"},
               {"epoch_wall_ns": 1e18}, {"epoch_wall_ns": None}, {"epoch_mono_ns": 2**63}, {"epoch_mono_ns": True},
               {"more": 1}]
)  # fmt: skip
def test_a_clock_that_tells_no_time_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Environment.model_validate_json(told({**CLOCK, **change}))


@pytest.mark.parametrize("which", ["beat_real_s", "witness_beat_real_s"])
@pytest.mark.parametrize("beat", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_recorder_that_would_not_be_missed_is_refused(which: str, beat: float) -> None:
    with pytest.raises(ValidationError):
        Environment.model_validate_json(json.dumps({**json.loads(told(CLOCK)), which: beat}))


@pytest.mark.parametrize("lacking", CLOCK)
def test_a_clock_that_is_not_whole_is_refused(lacking: str) -> None:
    with pytest.raises(ValidationError):
        Environment.model_validate_json(told({key: value for key, value in CLOCK.items() if key != lacking}))
