"""What the kernel counts is read as it is written, and what it does not count is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deadair.engines.live.processor_time import TICKS_PER_S, CoreTime, ProcessorTime, core_time, processor_time
from deadair.injectors.processes import Identity

ONE = Identity(7, 1)
STAT = """\
cpu  2409286 480321 536209 1457333 26421 0 25222 5198 0 0
cpu0 1173251 246576 234852 795726 11868 0 8142 2710 0 0
cpu1 1236034 233744 301357 661607 14552 0 17080 2488 0 0
intr 55280738 0 0
"""


def test_this_very_process_and_its_cores_have_had_some_time() -> None:
    identity = Identity.of(os.getpid())
    assert identity is not None
    found, cores = processor_time(identity), core_time(os.sched_getaffinity(0))
    assert found is not None and found.ran_s > 0 and os.getpid() in found.waited_s
    assert cores is not None and cores.ran_s > found.ran_s / 2 and cores.stolen_s >= 0


def test_a_process_that_is_gone_or_not_counted_has_none(tmp_path: Path) -> None:
    assert processor_time(ONE, tmp_path) is None
    (tmp_path / "7").mkdir()
    (tmp_path / "7/stat").write_text(f"7 (a) b) S {' '.join(['0'] * 10)} 150 50 20 5")
    assert processor_time(ONE, tmp_path) is None
    for thread, waited_ns in (("7", 3_500_000_000), ("9", 250_000_000)):
        (tmp_path / f"7/task/{thread}").mkdir(parents=True)
        (tmp_path / f"7/task/{thread}/schedstat").write_text(f"1 {waited_ns} 9")
    assert processor_time(ONE, tmp_path) == ProcessorTime(ONE, 225 / TICKS_PER_S, {7: 3.5, 9: 0.25})


def test_cores_ran_without_their_interrupts(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(STAT)
    one, both = core_time([0], tmp_path), core_time([0, 1], tmp_path)
    assert one == CoreTime((1173251 + 246576 + 234852) / TICKS_PER_S, 2710 / TICKS_PER_S)
    assert both is not None and both.stolen_s == pytest.approx(5198 / TICKS_PER_S)


@pytest.mark.parametrize(
    "text", [None, "", "cpu0 1 2 3", "cpu0 a b c d e f g h", "cpu1 1 2 3 4 5 6 7 8"], ids=["gone", *map(str, range(4))]
)
def test_cores_that_are_not_counted_have_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "stat").write_text(text)
    assert core_time([0], tmp_path) is None
    assert core_time([], tmp_path) is None
