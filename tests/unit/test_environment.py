"""What every process of a run reads about it."""

from __future__ import annotations

from harness.model.clock import RunClock
from harness.model.environment import Environment
from harness.model.judgement import Subject


def test_every_process_gets_the_very_same_clock() -> None:
    clock = RunClock(epoch_wall_ns=1_795_419_653_123_456_789, epoch_mono_ns=9_223_372_036_854_775, speed=75)
    subject = Subject(version="1", command="none", configuration_sha256="0")
    made = Environment(
        run_id="r", engine="live", command="none", subject=subject, clock=clock.as_dict(), recorders=(), wall_limit_s=1
    )
    read = Environment.model_validate_json(made.model_dump_json()).run_clock
    assert read == clock
    assert read.of_wall_us(1_795_419_700) == clock.of_wall_us(1_795_419_700)
